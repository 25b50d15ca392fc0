//! Prices of single buyers, and orders that are corrected to the prices of now, with the real programs.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use countersign_tests::po::Po;
use countersign_tests::programs::{run, run_with_input};
use countersign_tests::shop::{Shop, rows};
use serde_json::{Value, json};

const HEAD: &str = "buyer,sku,currency,price,per,from,to\n";

/// Imports rows of prices.
#[track_caller]
fn imports(shop: &Shop, table: &str) -> String {
    shop.write("prices.csv", format!("{HEAD}{table}"));
    shop.opd(&["price", "import", "prices.csv"]).ok().text()
}

/// What a buyer's catalogue says of an item.
#[track_caller]
fn offered(po: &Po, sku: &str) -> Value {
    let items = rows(&po.run(&["items", "--json"]).ok().json());
    let found = items.into_iter().find(|item| item["sku"] == sku);
    found.unwrap_or_else(|| panic!("no {sku}"))
}

/// What the shop knows of an order's attempts, the newest first: state and total.
fn attempts(shop: &Shop, number: &str) -> Vec<(String, String)> {
    let of_number = shop.orders().into_iter();
    let of_number = of_number.filter(|order| order["purchase_order_number"] == number);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    of_number
        .map(|order| (text(&order["state"]), text(&order["total"])))
        .collect()
}

#[test]
fn a_contract_price_is_the_buyers_own() {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let (acme, bolt) = (Po::joined(&shop, "acme"), Po::joined(&shop, "bolt"));
    let said = imports(
        &shop,
        "acme,WATER,USD,1250,100,2026-01-01,\nacme,BREAD,USD,2.00,,2026-01-01,2026-01-31\n",
    );
    assert_eq!(said, "Imported 2 new prices, 0 changed, 0 as before.\n");
    let water = offered(&acme, "WATER");
    assert_eq!(
        (&water["unit_price"], &water["per"]),
        (&json!("1250.00"), &json!(100))
    );
    assert_eq!(offered(&bolt, "WATER")["unit_price"], "15.00");
    // The price of last January does not hold any more.
    assert_eq!(offered(&acme, "BREAD")["unit_price"], "2.50");
    let cheap = acme.orders(&["WATER=3", "--number", "PO-1"]).ok().json();
    assert_eq!(cheap["order"]["total"], "37.50");
    let dear = bolt.orders(&["WATER=3", "--number", "PO-1"]).ok().json();
    assert_eq!(dear["order"]["total"], "45.00");
    shop.opd(&["price", "end", "acme", "WATER", "--currency", "USD"])
        .ok();
    assert_eq!(offered(&acme, "WATER")["unit_price"], "15.00");
    let ended = rows(&shop.opd_json(&["price", "list", "--buyer", "acme", "--sku", "WATER"]));
    assert_eq!((ended.len(), ended[0]["to"].is_string()), (1, true));
    shop.opd(&["price", "end", "acme", "WATER", "--currency", "USD"])
        .ends_with(5);
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn an_import_is_whole_or_not_at_all_and_tells_what_it_would_change() {
    let shop = Shop::open();
    Po::joined(&shop, "acme");
    imports(
        &shop,
        "acme,WATER,USD,14.00,,2026-01-01,\nacme,SALT,USD,0.90,,2026-01-01,\n",
    );
    shop.write(
        "next.csv",
        format!(
            "{HEAD}acme,WATER,USD,13.50,,2026-01-01,2026-12-31\n\
             acme,SALT,USD,0.9,1,2026-01-01,\n\
             acme,BREAD,EUR,210,100,2026-06-01,\n"
        ),
    );
    let dry = shop
        .opd(&["price", "import", "next.csv", "--dry-run"])
        .ok()
        .text();
    assert_eq!(
        dry,
        "- acme WATER: 14.00 USD from 2026-01-01\n\
         + acme WATER: 13.50 USD from 2026-01-01 to 2026-12-31\n\
         + acme BREAD: 210.00 per 100 EUR from 2026-06-01\n\
         Would import 1 new price, 1 changed, 1 as before.\n"
    );
    assert_eq!(rows(&shop.opd_json(&["price", "list"])).len(), 2);

    shop.write(
        "wrong.csv",
        format!(
            "{HEAD}acme,WATER,USD,1.00,,2026-02-01,\n\
             nobody,WATER,USD,1.00,,2026-02-01,\n\
             acme,NOTHING,USD,1.00,,2026-02-01,\n"
        ),
    );
    let refused = shop.opd(&["price", "import", "wrong.csv"]).ends_with(1);
    for told in [
        "2 wrong rows",
        "line 3: nobody WATER: there is no such buyer",
        "line 4: acme NOTHING: there is no such item",
    ] {
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
    assert_eq!(rows(&shop.opd_json(&["price", "list"])).len(), 2);
    shop.opd(&["price", "import", "next.csv"]).ok();
    assert_eq!(rows(&shop.opd_json(&["price", "list"])).len(), 3);
    shop.opd(&["price", "import", "missing.csv"]).ends_with(5);
}

/// A shop whose acme has drafted an order at prices that have changed since, in `order.json`.
fn overtaken() -> (Shop, Po) {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let po = Po::joined(&shop, "acme");
    let now = countersign_tests::chance::now();
    let root = shop.front().root.fingerprint().to_string();
    let order = json!({
        "document": "countersign/order/1", "seller": "shop.example", "seller_root": root,
        "buyer": "acme", "purchase_order_number": "PO-1", "issued_at": format!("{now:.3}"),
        "currency": "USD", "total": "53.93", "contract": "C-7",
        "lines": [
            {"line": 1, "sku": "WATER", "description": "WATER", "quantity": 3, "unit": "EA", "unit_price": "15.00"},
            {"line": 2, "sku": "SALT", "description": "SALT", "quantity": 7, "unit": "EA", "unit_price": "0.99"},
            {"line": 3, "sku": "RICE", "description": "RICE", "quantity": 1, "unit": "EA", "unit_price": "2.00"},
        ],
    });
    po.write("order.json", order.to_string());
    imports(&shop, "acme,WATER,USD,16.00,,2026-01-01,\n");
    (shop, po)
}

const DIFFERENCES: [&str; 3] = [
    "line 1    WATER: price 15.00 USD becomes 16.00 USD",
    "line 2    SALT: quantity 7 becomes 5",
    "line 3    RICE: is not on offer and left out",
];

#[test]
fn an_order_that_prices_and_stock_overtook_is_corrected_under_its_number() {
    let (shop, po) = overtaken();
    let run = po
        .orders(&["--file", "order.json", "--accept-current"])
        .ok();
    let answer = run.json();
    assert_eq!(
        (&answer["decision"], &answer["order"]["attempt"]),
        (&json!("accepted"), &json!(2))
    );
    assert_eq!(answer["order"]["total"], "52.95");
    for told in DIFFERENCES {
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    let made = attempts(&shop, "PO-1");
    assert_eq!(
        made,
        [
            ("accepted".to_owned(), "52.95".to_owned()),
            ("declined".to_owned(), "53.93".to_owned())
        ]
    );
    // All else of the order is as it was.
    po.run(&["evidence", "PO-1", "-o", "deal.json"]).ok();
    let root = shop.front().root.fingerprint().to_string();
    po.run(&["verify", "deal.json", "--root", &root]).ok();
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn without_leave_to_correct_it_the_command_is_told() {
    let (shop, po) = overtaken();
    let run = po.orders(&["--file", "order.json"]).ends_with(6);
    for told in DIFFERENCES {
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    let command = "po order WATER=3 SALT=5 --number PO-1";
    assert!(run.stderr.contains(command), "{}", run.stderr);
    assert_eq!(attempts(&shop, "PO-1").len(), 1);
    let words: Vec<&str> = command.split(' ').skip(2).collect();
    let answer = po.orders(&words).ok().json();
    assert_eq!(answer["order"]["total"], "52.95");
}

#[test]
fn whoever_is_asked_sees_old_and_new_and_decides() {
    let (shop, po) = overtaken();
    let arguments = ["order", "--file", "order.json"];
    // Yes to the order, no to its correction.
    let refused = run_with_input(&mut po.command(&arguments), b"y\nn\n").ends_with(6);
    for told in DIFFERENCES {
        assert!(refused.stderr.contains(told), "{}", refused.stderr);
    }
    assert!(
        refused.text().contains("declined: PO-1"),
        "{}",
        refused.text()
    );
    assert_eq!(attempts(&shop, "PO-1").len(), 1);
    let agreed = run_with_input(&mut po.command(&arguments), b"y\ny\n").ok();
    assert!(
        agreed.stderr.contains("the total is then 52.95 USD"),
        "{}",
        agreed.stderr
    );
    assert!(
        agreed.text().contains("accepted: PO-1"),
        "{}",
        agreed.text()
    );
    assert_eq!(attempts(&shop, "PO-1").len(), 2);
}

#[test]
fn another_unit_is_left_to_a_person() {
    let (shop, po) = overtaken();
    shop.write(
        "goods.csv",
        "sku,name,unit,unit_price,currency,quantity\nWATER,WATER,KGM,15.00,USD,9\n",
    );
    shop.opd(&["item", "import", "goods.csv"]).ok();
    let mut command = po.command(&[
        "order",
        "--file",
        "order.json",
        "--yes",
        "--no-input",
        "--accept-current",
    ]);
    let refused = run(&mut command).ends_with(6);
    assert!(
        refused.text().contains("unit-differs"),
        "{}",
        refused.text()
    );
    assert!(
        !refused.stderr.contains("would be accepted"),
        "{}",
        refused.stderr
    );
    assert_eq!(attempts(&shop, "PO-1").len(), 1);
}

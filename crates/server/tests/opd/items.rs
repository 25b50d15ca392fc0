//! `opd item` and `opd stock`.

use super::support::Desk;

const HEAD: &str = "sku,name,unit,unit_price,currency,quantity\n";

fn with_water() -> Desk {
    let desk = Desk::made();
    desk.write(
        "items.csv",
        format!("{HEAD}WATER,\"Water, 1 l\",EA,15.00,USD,100\n"),
    );
    desk.opd(&["item", "import", "items.csv", "--set-stock"])
        .ok();
    desk
}

#[test]
fn a_dry_run_counts_and_changes_nothing() {
    let desk = with_water();
    desk.write(
        "items.csv",
        format!("{HEAD}WATER,Water,EA,16.00,USD,1\nSALT,Salt,KGM,0.99,USD,1\n"),
    );
    let before = desk.opd(&["item", "list"]).ok().out;
    let arguments = [
        "item",
        "import",
        "items.csv",
        "--set-stock",
        "--dry-run",
        "--json",
    ];
    let counted = desk.opd(&arguments).ok().json();
    let change = |column, before: Option<&str>, after| serde_json::json!({"column": column, "before": before, "after": after});
    let expected = serde_json::json!({
        "added": 1,
        "changed": 1,
        "unchanged": 0,
        "dry_run": true,
        "changes": [
            {"sku": "WATER", "is_new": false, "changes": [
                change("name", Some("Water, 1 l"), "Water"),
                change("unit_price", Some("15"), "16"),
                change("quantity", Some("100"), "1"),
            ]},
            {"sku": "SALT", "is_new": true, "changes": [
                change("name", None, "Salt"),
                change("unit", None, "KGM"),
                change("unit_price", None, "0.99"),
                change("currency", None, "USD"),
                change("per", None, "1"),
                change("quantity", None, "1"),
            ]},
        ],
    });
    assert_eq!(counted, expected);
    assert_eq!(desk.opd(&["item", "list"]).ok().out, before);
}

#[test]
fn one_wrong_row_stops_all_and_is_named_by_its_line() {
    let desk = with_water();
    desk.write(
        "items.csv",
        format!("{HEAD}SALT,Salt,KGM,0.99,USD,1\nBREAD,Bread,EA,free,USD,1\n"),
    );
    let refused = desk.opd(&["item", "import", "items.csv"]).with_code(1);
    assert!(
        refused.err.contains("line 3: unit_price \"free\""),
        "{}",
        refused.err
    );
    assert!(!desk.opd(&["item", "list"]).ok().out.contains("SALT"));
}

#[test]
fn stock_stays_unless_it_is_to_be_set() {
    let desk = with_water();
    desk.write("items.csv", format!("{HEAD}WATER,Water,EA,16.00,USD,1\n"));
    let imported = desk.opd(&["item", "import", "items.csv"]).ok();
    assert!(imported.err.contains("--set-stock"), "{}", imported.err);
    let items = desk.opd(&["item", "list", "--json"]).ok().json();
    assert_eq!(items["data"][0]["on_hand"], 100);
    assert_eq!(items["data"][0]["unit_price"], "16.00");
    assert_eq!(items["next"], serde_json::Value::Null);
}

#[test]
fn stock_comes_in_and_is_counted() {
    let desk = with_water();
    let received = desk
        .opd(&["stock", "receive", "WATER", "5", "--json"])
        .ok()
        .json();
    assert_eq!(received["on_hand"], 105);
    let said = desk
        .opd(&["stock", "correct", "WATER", "3", "--reason", "a leak"])
        .ok()
        .out;
    assert_eq!(said, "WATER: 3 on hand, 0 promised, 3 available\n");
}

#[test]
fn an_unknown_item_is_not_found_in_words_and_in_json() {
    let desk = with_water();
    let refused = desk.opd(&["stock", "receive", "SALT", "5"]).with_code(5);
    assert!(
        refused.err.starts_with("error: there is no such item"),
        "{}",
        refused.err
    );
    let refused = desk
        .opd(&["--json", "stock", "receive", "SALT", "5"])
        .with_code(5);
    assert_eq!(refused.problem()["code"], "not-found");
}

#[test]
fn what_is_no_quantity_is_a_wrong_command_line() {
    let desk = with_water();
    for wrong in ["0", "1.5", "1000001", "9223372036854775808", ""] {
        desk.opd(&["stock", "receive", "WATER", wrong]).with_code(2);
    }
    desk.opd(&["stock", "receive", "WATER", "-1"]).with_code(2);
    desk.opd(&["stock", "correct", "WATER", "1"]).with_code(2);
}

#[test]
fn what_is_exported_is_imported_and_changes_nothing() {
    let desk = with_water();
    desk.write(
        "more.csv",
        format!(
            "{},per,backorder,low_stock\n\"SALT, fine\",\"Salt \"\"fine\"\"\",KGM,0.995,USD,7,10,no,3\n",
            HEAD.trim()
        ),
    );
    desk.opd(&["item", "import", "more.csv", "--set-stock"])
        .ok();
    let csv = desk.opd(&["item", "export"]).ok().out;
    let salt = "\"SALT, fine\",\"Salt \"\"fine\"\"\",KGM,0.995,USD,7,10,no,3\n";
    assert!(csv.contains(salt), "{csv}");
    assert!(
        csv.ends_with("WATER,\"Water, 1 l\",EA,15.00,USD,100,1,yes,none\n"),
        "{csv}"
    );
    let json = desk.opd(&["item", "export", "--format", "json"]).ok().out;
    for (name, text) in [("out.csv", csv), ("out.json", json)] {
        desk.write(name, text);
        let dry = ["item", "import", name, "--set-stock", "--dry-run", "--json"];
        let dry = desk.opd(&dry).ok().json();
        let counts = (&dry["unchanged"], &dry["changes"]);
        assert_eq!(counts, (&2.into(), &serde_json::json!([])), "{name}");
    }
    desk.write(
        "wrong.csv",
        format!("{},backorder\nA,A,EA,1,USD,1,maybe\n", HEAD.trim()),
    );
    let refused = desk.opd(&["item", "import", "wrong.csv"]).with_code(1);
    assert!(
        refused.err.contains("line 2: backorder \"maybe\""),
        "{}",
        refused.err
    );
}

#[test]
fn an_item_is_kept_as_it_is_told_and_listed_when_low() {
    let desk = with_water();
    let low = || desk.opd(&["stock", "low", "--json"]).ok().json();
    assert_eq!(low()["data"], serde_json::json!([]));
    desk.opd(&["item", "keep", "WATER", "--low-stock", "100"])
        .ok();
    assert_eq!(low()["data"][0]["sku"], "WATER");
    assert_eq!(low()["data"][0]["backorder"], true);
    let said = desk
        .opd(&["item", "keep", "WATER", "--backorder", "no"])
        .ok();
    assert_eq!(
        said.out,
        "WATER is not back-ordered, and is low at 100 available.\n"
    );
    desk.opd(&["item", "keep", "WATER", "--low-stock", "none"])
        .ok();
    assert_eq!(low()["data"], serde_json::json!([]));
    desk.opd(&["item", "keep", "SALT", "--low-stock", "1"])
        .with_code(5);
    desk.opd(&["item", "keep", "WATER"]).with_code(2);
}

#[test]
fn every_movement_is_listed_with_what_was_there_after_it() {
    let desk = with_water();
    desk.opd(&["stock", "receive", "WATER", "5"]).ok();
    desk.opd(&["stock", "correct", "WATER", "3", "--reason", "a leak"])
        .ok();
    let said = desk.opd(&["stock", "movements", "WATER"]).ok().out;
    let words: Vec<Vec<&str>> = said
        .lines()
        .map(|row| row.split_whitespace().collect())
        .collect();
    assert_eq!(words[1][2..6], ["corrected", "+100", "100", "0"]);
    assert_eq!(words[2][2..6], ["received", "+5", "105", "0"]);
    assert_eq!(words[3][2..6], ["corrected", "-102", "3", "0"]);
    assert!(words[3].ends_with(&["a", "leak"]), "{said}");
    desk.opd(&["stock", "movements", "SALT"]).with_code(5);
}

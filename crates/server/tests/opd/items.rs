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

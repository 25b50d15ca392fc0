//! Clerks at other machines: they sign in, move orders, and leave their names.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use countersign_tests::clerk::Clerk;
use countersign_tests::po::Po;
use countersign_tests::shop::{Shop, rows};
use serde_json::Value;

fn manual_shop() -> Shop {
    Shop::open_with(&[("OPD_DESK_MODE", "manual")])
}

fn moved_by(order: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let timeline = order["timeline"].as_array().unwrap().iter();
    timeline
        .map(|event| (text(&event["event"]), text(&event["by"])))
        .collect()
}

#[test]
fn two_clerks_from_other_machines_move_orders_in_their_own_names() {
    let shop = manual_shop();
    let acme = Po::joined(&shop, "acme");
    acme.orders(&["WATER=3", "--number", "PO-1"]).ok();
    acme.orders(&["SALT=1", "--number", "PO-2"]).ok();
    let kim = Clerk::at_work(&shop, "kim", "clerk");
    let lee = Clerk::at_work(&shop, "lee", "supervisor");

    let listed = kim.json(&["order", "list", "--state", "accepted"]);
    assert_eq!(
        listed,
        shop.opd_json(&["order", "list", "--state", "accepted"])
    );
    assert_eq!(rows(&listed).len(), 2);
    kim.opd(&["order", "prepare", "PO-1"]).ok();
    let late = lee.opd(&["order", "prepare", "PO-1"]).ends_with(6);
    assert!(late.stderr.contains("kim"), "{}", late.stderr);
    lee.opd(&["order", "pack", "PO-1"]).ok();
    let two_of_them = ["--carrier", "bicycle", "--line", "1=2"];
    kim.opd(&[&["order", "ship", "PO-1"][..], &two_of_them].concat())
        .ok();
    lee.opd(&["order", "cancel", "PO-2", "--reason", "broken"])
        .ok();

    let order = shop.opd_json(&["order", "show", "PO-1"]);
    let who = |event: &str| {
        let moves = moved_by(&order);
        let found = moves.into_iter().find(|(name, _)| name == event);
        found.unwrap_or_else(|| panic!("{event} in {order}")).1
    };
    assert_eq!(who("preparing"), "kim");
    assert_eq!(who("packed"), "lee");
    assert_eq!(who("part_shipped"), "kim");
    assert_eq!(
        kim.json(&["order", "show", "PO-1"])["timeline"],
        order["timeline"]
    );
    let cancelled = kim.json(&["order", "show", "PO-2"]);
    assert_eq!(cancelled["state"], "cancelled");
    for arguments in [
        &["order", "list"][..],
        &["order", "list", "--csv"],
        &["order", "show", "PO-2"],
        &["item", "list"],
        &["buyer", "list"],
        &["refusals"],
    ] {
        let there = kim.opd(arguments).ok().text();
        let here = shop.opd(arguments).ok().text();
        let actions = |text: String| {
            let lines = text.lines().filter(|line| !line.starts_with("possible"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(actions(there), actions(here), "{arguments:?}");
    }
}

#[test]
fn stock_is_received_by_clerks_corrected_by_supervisors_and_neither_by_auditors() {
    let mut shop = manual_shop();
    let kim = Clerk::at_work(&shop, "kim", "clerk");
    let lee = Clerk::at_work(&shop, "lee", "supervisor");
    let ada = Clerk::at_work(&shop, "ada", "auditor");
    let received = kim.json(&["stock", "receive", "WATER", "5"]);
    assert_eq!(received["on_hand"], 105);
    let correct = ["stock", "correct", "WATER", "90", "--reason", "counted"];
    let refused = kim.opd(&correct).ends_with(1);
    assert!(refused.stderr.contains("role"), "{}", refused.stderr);
    assert_eq!(lee.json(&correct)["on_hand"], 90);
    ada.opd(&["order", "list"]).ok();
    ada.opd(&["stock", "receive", "WATER", "5"]).ends_with(1);
    shop.opd(&["clerk", "role", "kim", "auditor"]).ok();
    kim.opd(&["stock", "receive", "WATER", "5"]).ends_with(1);
    let people = shop.opd_json(&["clerk", "list"]);
    let roles: Vec<String> = rows(&people)
        .iter()
        .map(|row| {
            format!(
                "{}: {}",
                row["id"].as_str().unwrap(),
                row["role"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(roles, ["ada: auditor", "kim: auditor", "lee: supervisor"]);
    shop.opd(&["clerk", "disable", "lee"]).ok();
    lee.opd(&["item", "list"]).ends_with(4);
    lee.logs_in(&[]).ends_with(4);
    shop.opd(&["clerk", "enable", "lee"]).ok();
    lee.logs_in(&[]).ok();
    lee.opd(&["item", "list"]).ok();
    shop.close();
}

#[test]
fn the_rest_of_the_desk_works_from_elsewhere_as_it_does_at_the_server() {
    let shop = manual_shop();
    let acme = Po::joined(&shop, "acme");
    let kim = Clerk::at_work(&shop, "kim", "clerk");
    let lee = Clerk::at_work(&shop, "lee", "supervisor");
    let ada = Clerk::at_work(&shop, "ada", "auditor");
    let prices = "buyer,sku,currency,price,per,from,to\nacme,WATER,USD,12.50,,2026-01-01,\n";
    let goods = "sku,name,unit,unit_price,currency\nSALT,Salt,KGM,9.00,USD\n";
    for clerk in [&kim, &lee] {
        clerk.write("prices.csv", prices);
        clerk.write("goods.csv", goods);
    }
    for decided in [
        &["price", "import", "prices.csv"][..],
        &["item", "import", "goods.csv"],
        &["item", "keep", "WATER", "--low-stock", "500"],
        &["buyer", "set", "acme", "--credit-limit", "USD=900.00"],
        &["buyer", "limit", "acme", "USD=700.00"],
    ] {
        let refused = kim.opd(decided).ends_with(1);
        assert!(refused.stderr.contains("role"), "{}", refused.stderr);
        lee.opd(decided).ok();
    }
    acme.orders(&["WATER=3", "--number", "PO-1"]).ok();
    kim.opd(&["order", "prepare", "PO-1"]).ok();
    let none = kim.opd(&["order", "slip", "PO-1"]).ends_with(6);
    assert!(none.stderr.contains("nothing of PO-1"), "{}", none.stderr);
    kim.opd(&["order", "pack", "PO-1"]).ok();
    kim.opd(&["order", "note", "PO-1", "fragile"]).ok();
    for read in [
        &["order", "slip", "PO-1"][..],
        &["order", "slip", "PO-1", "--html"],
        &["order", "picklist", "--json"],
        &["stock", "movements", "WATER"],
        &["stock", "low"],
        &["item", "export"],
        &["item", "export", "--format", "json"],
        &["price", "list"],
        &["price", "list", "--buyer", "acme", "--sku", "WATER"],
        &["buyer", "accounts", "acme"],
        &["buyer", "set", "acme"],
        &["outbox", "list", "--all", "--json"],
        &["webhook", "list"],
    ] {
        let printed_at = |text: String| {
            let lines = text.lines().filter(|line| !line.contains("printed_at"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let (there, here) = (ada.opd(read).ok().text(), shop.opd(read).ok().text());
        assert_eq!(printed_at(there), printed_at(here), "{read:?}");
    }
    let wrong = format!("{prices}nobody,WATER,USD,1.00,,2026-01-01,\n");
    lee.write("wrong.csv", wrong);
    let refused = lee.opd(&["price", "import", "wrong.csv"]).ends_with(1);
    let line = "line 3: nobody WATER: there is no such buyer";
    assert!(refused.stderr.contains(line), "{}", refused.stderr);
    lee.opd(&["price", "end", "acme", "WATER", "--currency", "USD"])
        .ok();
    lee.opd(&["buyer", "disable", "acme"]).ok();
    acme.orders(&["WATER=1", "--number", "PO-2"]).ends_with(4);
    lee.opd(&["buyer", "enable", "acme"]).ok();
    lee.opd(&["buyer", "disable", "kim"]).ends_with(5);
    kim.opd(&["outbox", "retry", "9999"]).ends_with(5);
    kim.opd(&["webhook", "replay", "1", "msg_1"]).ends_with(5);
}

#[test]
fn what_is_the_operators_is_refused_elsewhere_in_words() {
    let shop = manual_shop();
    let lee = Clerk::at_work(&shop, "lee", "supervisor");
    for operators in [
        &["clerk", "list"][..],
        &["key", "list", "acme"],
        &["token", "list"],
        &["seller", "show"],
        &["log", "verify"],
        &["serve", "--check"],
        &["--remote", "init", "--origin", "other.example"],
        &["buyer", "invite", "acme"],
        &["webhook", "remove", "1"],
    ] {
        let refused = lee.opd(operators).ends_with(2);
        let words = "works at the seller's data directory only";
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
        assert!(refused.stderr.contains("--data DIR"), "{}", refused.stderr);
    }
}

#[test]
fn a_login_pins_the_seller_is_kept_private_and_ends() {
    let shop = manual_shop();
    let kim = Clerk::hired(&shop, "kim", "clerk");
    kim.opd(&["order", "list"]).ends_with(5);
    let unpinned = kim.logs_in(&[]).ends_with(1);
    assert!(
        unpinned.stderr.contains("--fingerprint sha256:"),
        "{}",
        unpinned.stderr
    );
    let wrong = format!("sha256:{}", "0".repeat(64));
    kim.logs_in(&["--fingerprint", &wrong]).ends_with(3);
    let fingerprint = shop.front().root.fingerprint().to_string();
    kim.logs_in(&["--fingerprint", &fingerprint]).ok();
    let file = kim.folder().join(".local/state/countersign/login.json");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    kim.opd(&["order", "list"]).ok();
    kim.opd(&["--remote", "order", "list"]).ok();
    // A data directory that is named comes first, and is none.
    kim.opd(&["--data", "nowhere", "order", "list"])
        .ends_with(5);
    kim.opd(&["logout"]).ok();
    kim.opd(&["order", "list"]).ends_with(4);
    kim.logs_in(&[]).ok();
    kim.opd(&["order", "list"]).ok();
    kim.write("password", "a wrong one");
    kim.logs_in(&[]).ends_with(4);

    let other = manual_shop();
    let text = fs::read_to_string(&file).unwrap();
    let moved = text.replace(
        &format!(": {}", shop.port()),
        &format!(": {}", other.port()),
    );
    kim.write(".local/state/countersign/login.json", moved);
    let impostor = kim.opd(&["order", "list"]).ends_with(3);
    assert!(
        impostor.stderr.contains("another root"),
        "{}",
        impostor.stderr
    );
}

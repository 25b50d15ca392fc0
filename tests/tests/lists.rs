//! Orders found again: at the desk by filter, as a table, as CSV; by the buyer to order once more.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use countersign_tests::po::Po;
use countersign_tests::shop::{Shop, rows};

fn found(shop: &Shop, filter: &[&str]) -> Vec<String> {
    let mut arguments = vec!["order", "list"];
    arguments.extend(filter);
    let page = shop.opd_json(&arguments);
    let numbers = rows(&page).into_iter();
    numbers
        .map(|row| row["purchase_order_number"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_desk_finds_orders_and_exports_exactly_those() {
    let shop = Shop::open();
    let acme = Po::joined(&shop, "acme");
    let bolt = Po::joined(&shop, "bolt");
    for (buyer, number, item) in [
        (&acme, "PO-1", "WATER=1"),
        (&acme, "PO-2", "SALT=2"),
        (&bolt, "B-1", "WATER=1"),
    ] {
        buyer.orders(&[item, "--number", number]).ok();
    }
    bolt.orders(&["SALT=99", "--number", "B-2"]).ends_with(6);
    for (filter, numbers) in [
        (&["--sku", "WATER"][..], &["B-1", "PO-1"][..]),
        (&["--buyer", "bolt"], &["B-2", "B-1"]),
        (&["--state", "declined"], &["B-2"]),
        (&["--query", "po-2"], &["PO-2"]),
        (&["--number", "B-1"], &["B-1"]),
        (&["--from", "2026-01-01", "--to", "2026-01-31"], &[]),
        (&["--late"], &[]),
        (&["--held"], &[]),
    ] {
        assert_eq!(found(&shop, filter), numbers, "{filter:?}");
        let mut arguments = vec!["order", "list", "--csv"];
        arguments.extend(filter);
        let csv = shop.opd(&arguments).ok().text();
        let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
        assert_eq!(lines.len(), 1 + numbers.len(), "{csv}");
        for (line, number) in lines.iter().skip(1).zip(numbers) {
            assert!(line.contains(&format!(",{number},")), "{line}");
        }
    }
    let table = shop.opd(&["order", "list", "--sku", "SALT"]).ok().text();
    assert!(table.contains("PO-2") && !table.contains("PO-1"), "{table}");
}

#[test]
fn an_order_is_repeated_at_the_prices_of_now() {
    let shop = Shop::open();
    let acme = Po::joined(&shop, "acme");
    acme.orders(&["WATER=2", "SALT=1", "--number", "PO-1"]).ok();
    shop.sells(&[("WATER", "16.00", 100)]);
    let again = acme.orders(&["--again", "PO-1", "--number", "PO-2"]).ok();
    let order = &again.json()["order"];
    assert_eq!(order["total"], "32.99");
    let quantities: Vec<_> = order["lines"].as_array().unwrap().iter().collect();
    assert_eq!(quantities.len(), 2);
    assert_eq!(quantities[0]["ordered"], 2);
    acme.orders(&["--again", "PO-9"]).ends_with(5);
    let both = acme.orders(&["--again", "PO-1", "WATER=1"]);
    both.ends_with(2);
}

//! Names as people write them, and lists longer than a screen.

use std::collections::BTreeSet;

use countersign_tests::po::Po;
use countersign_tests::shop::Shop;

const NAMES: [&str; 7] = [
    "Nuka:Cola",
    "a::b",
    "O'Brien",
    "Café",
    "Quit",
    "5=5",
    "naïve \"quoted\" name, with a comma",
];

#[test]
fn unusual_names_are_listed_and_can_be_ordered() {
    let shop = Shop::open();
    let long = "x".repeat(200);
    let names: Vec<&str> = NAMES.iter().copied().chain([long.as_str()]).collect();
    let mut table = String::from("sku,name,unit,unit_price,currency,quantity\n");
    for name in &names {
        let quoted = name.replace('"', "\"\"");
        table.extend(["\"", &quoted, "\",\"", &quoted, "\",EA,1.00,USD,10\n"]);
    }
    shop.write("names.csv", table);
    shop.opd(&["item", "import", "names.csv", "--set-stock"])
        .ok();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let mut draft = acme.draft("PO-1");
    for name in &names {
        draft = draft.line(name, 2, "1.00");
    }
    session.submits(&acme.envelope(&draft)).decision("accepted");
    for name in &names {
        assert_eq!(session.available(name), 8, "{name}");
    }
}

#[test]
fn po_orders_unusual_names_too() {
    let shop = Shop::open();
    let long = "x".repeat(200);
    let names = ["Nuka:Cola", "a::b", "O'Brien", "Café", "Quit", "5=5", &long];
    shop.sells(&names.map(|name| (name, "1.00", 10)));
    let po = Po::joined(&shop, "acme");
    let listed = po.run(&["items", "--json"]).ok().json();
    let listed = countersign_tests::shop::rows(&listed);
    for name in names {
        assert!(listed.iter().any(|item| item["sku"] == name), "{listed:?}");
    }
    let wishes: Vec<String> = names.iter().map(|name| format!("{name}=2")).collect();
    let wishes: Vec<&str> = wishes.iter().map(String::as_str).collect();
    let placed = po.orders(&wishes).ok().json();
    assert_eq!(
        (&placed["decision"], &placed["order"]["total"]),
        (&"accepted".into(), &"14.00".into())
    );
}

#[test]
fn five_thousand_items_are_listed_page_by_page_and_the_last_can_be_ordered() {
    let shop = Shop::open();
    let names: Vec<String> = (0..5_000).map(|n| format!("ITEM-{n:04}")).collect();
    let goods: Vec<(&str, &str, u32)> = names
        .iter()
        .map(|name| (name.as_str(), "1.00", 10))
        .collect();
    shop.sells(&goods);
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let mut seen = BTreeSet::new();
    let mut path = "/v1/items".to_owned();
    loop {
        let page = session.get(&path).with_status(200).json();
        let rows = countersign_tests::shop::rows(&page);
        seen.extend(
            rows.iter()
                .filter_map(|row| row["sku"].as_str().map(str::to_owned)),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/items?after={next}"),
            None => break,
        }
    }
    assert!(
        names.iter().all(|name| seen.contains(name)),
        "{} of 5000 listed",
        seen.len()
    );
    let draft = acme.draft("PO-1").line("ITEM-4999", 10, "1.00");
    session.submits(&acme.envelope(&draft)).decision("accepted");
    let po = Po::joined(&shop, "globex");
    let listed = po.run(&["items"]).ok().text();
    assert_eq!(listed.matches("ITEM-").count(), 2 * 5_000, "SKU and name");
    po.orders(&["ITEM-0000=1", "ITEM-4998=1"]).ok();
}

#[test]
fn names_that_hide_something_are_refused() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    for (what, name) in [
        ("a line break", "WATER\nBREAD"),
        ("a right-to-left override", "WATER\u{202e}DAERB"),
        ("a zero-width space", "WA\u{200b}TER"),
        ("a decomposed letter", "Cafe\u{301}"),
        ("a slash", "WATER/1"),
        ("257 bytes", &"x".repeat(257)),
        ("nothing", ""),
    ] {
        let draft = acme.draft("PO-1").line(name, 1, "1.00");
        let answer = session.submits(&acme.envelope(&draft));
        let problem = answer.problem(400, "order-not-understood");
        assert_eq!(problem["pointer"], "/lines/0/sku", "{what}: {problem}");
    }
}

use std::fmt::Write;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::sample::{ISSUED_AT, any_order, at, units};
use crate::strict_json::NotUnderstood;

/// An order that uses every member there is.
fn document() -> Value {
    json!({
        "document": "countersign/order/1",
        "seller": "shop.example", "seller_root": format!("sha256:{}", "9f".repeat(32)),
        "buyer": "acme", "purchase_order_number": "PO-1001",
        "issued_at": ISSUED_AT, "lapses_at": "2026-11-23T19:04:05.123Z",
        "currency": "USD", "total": "47.50", "fulfilment": "partial",
        "lines": [
            {"line": 1, "sku": "WATER", "description": "Water, 1 l", "quantity": 3, "unit": "EA",
             "unit_price": "15.00"},
            {"line": 2, "sku": "SCREW", "description": "Screw", "quantity": 250, "unit": "EA",
             "unit_price": "1", "per": 100, "requested_delivery": "2026-12-01",
             "buyer_item": "S-1", "note": "zinc"},
        ],
        "ship_to": {"name": "Acme Ltd", "street": "1 Main St", "city": "Fullerton", "region": "CA",
                    "postal_code": "92831", "country": "US", "phone": "1", "attention": "Jo",
                    "street_2": "Rear"},
        "requested_delivery": "2026-12-24", "contract": "C-1", "contact": "Jo",
        "replaces": "PO-1000", "references": ["a", "b"], "note": "ring\ntwice",
    })
}

fn parse(document: &Value) -> Result<PurchaseOrder, NotUnderstood> {
    PurchaseOrder::parse(document.to_string().as_bytes())
}

/// The document with one value put in place of another.
fn with(pointer: &str, value: impl Into<Value>) -> Value {
    let mut document = document();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match name.parse::<usize>() {
        Ok(place) => parent[place] = value.into(),
        Err(_) => parent[name] = value.into(),
    }
    document
}

/// The document with so many lines, one dollar each.
fn with_lines(count: usize) -> Value {
    let line = |n: usize| json!({"line": n, "sku": format!("S{n}"), "description": "x", "quantity": 1, "unit": "EA", "unit_price": "1.00"});
    let mut document = with("/lines", (1..=count).map(line).collect::<Vec<_>>());
    document["total"] = format!("{count}.00").into();
    document
}

#[track_caller]
fn refused(pointer: &str, value: impl Into<Value>) {
    let value = value.into();
    let refusal = parse(&with(pointer, value.clone())).expect_err(&format!("{pointer} {value}"));
    assert_eq!(
        refusal.pointer, pointer,
        "{value} was refused with: {refusal}"
    );
}

/// Refuses the document after a change of its text that JSON trees cannot express.
#[track_caller]
fn refused_as_text(from: &str, to: &str, pointer: &str) {
    let text = document().to_string();
    assert!(text.contains(from), "{from} is not there");
    let refusal = PurchaseOrder::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err();
    assert_eq!(refusal.pointer, pointer, "{to} was refused with: {refusal}");
}

#[test]
fn every_member_is_read() {
    let order = parse(&document()).unwrap();
    assert_eq!(order.total.minor, 4750);
    assert_eq!(order.fulfilment, Fulfilment::Partial);
    assert_eq!(order.lapses_at, at("2026-11-23T19:04:05.123Z"));
    assert_eq!(order.lines[1].per, units(100));
    assert_eq!(order.lines[1].buyer_item.as_ref().unwrap().as_str(), "S-1");
    assert_eq!(order.ship_to.as_ref().unwrap().city.as_str(), "Fullerton");
    assert_eq!(order.references.len(), 2);
    assert_eq!(order.note.as_ref().unwrap().as_str(), "ring\ntwice");
}

#[test]
fn what_may_be_missing_has_its_default() {
    let mut document = document();
    let members = document.as_object_mut().unwrap();
    for optional in [
        "lapses_at",
        "fulfilment",
        "ship_to",
        "requested_delivery",
        "contract",
        "contact",
        "replaces",
        "references",
        "note",
    ] {
        members.remove(optional).unwrap();
    }
    let order = parse(&document).unwrap();
    assert_eq!(order.lapses_at, at("2026-11-23T18:19:05.123Z"));
    assert_eq!(order.fulfilment, Fulfilment::Complete);
    assert_eq!(order.ship_to, None);
    assert!(order.references.is_empty());
}

#[test]
fn what_must_be_there_is_missed() {
    for required in [
        "document",
        "seller",
        "seller_root",
        "buyer",
        "purchase_order_number",
        "issued_at",
        "currency",
        "total",
        "lines",
    ] {
        let mut document = document();
        document.as_object_mut().unwrap().remove(required).unwrap();
        assert_eq!(
            parse(&document).unwrap_err().pointer,
            format!("/{required}")
        );
    }
    for required in [
        "line",
        "sku",
        "description",
        "quantity",
        "unit",
        "unit_price",
    ] {
        let mut document = document();
        document["lines"][1]
            .as_object_mut()
            .unwrap()
            .remove(required)
            .unwrap();
        assert_eq!(
            parse(&document).unwrap_err().pointer,
            format!("/lines/1/{required}")
        );
    }
    for required in ["name", "street", "city", "country"] {
        let mut document = document();
        document["ship_to"]
            .as_object_mut()
            .unwrap()
            .remove(required)
            .unwrap();
        assert_eq!(
            parse(&document).unwrap_err().pointer,
            format!("/ship_to/{required}")
        );
    }
}

#[test]
fn an_unknown_member_is_refused_wherever_it_stands() {
    refused("/surprise", 1);
    refused("/lines/1/surprise", 1);
    refused("/ship_to/surprise", "x");
    let refusal = parse(&with("/a~b", 1)).unwrap_err();
    assert_eq!(refusal.pointer, "/a~0b");
}

#[test]
fn a_member_that_stands_twice_is_refused() {
    let twice = br#"{"document":"countersign/order/1","document":"countersign/order/1"}"#;
    let refusal = PurchaseOrder::parse(twice).unwrap_err();
    assert_eq!(refusal.pointer, "/document");
    assert!(refusal.detail.contains("twice"), "{refusal}");
    refused_as_text("\"buyer\":", "\"buyer\":\"acme\",\"buyer\":", "/buyer");
    refused_as_text(
        "\"buyer\":",
        "\"bu\\u0079er\":\"acme\",\"buyer\":",
        "/buyer",
    );
    refused_as_text(
        "\"sku\":\"SCREW\"",
        "\"sku\":\"SCREW\",\"sku\":\"SCREW\"",
        "/lines/1/sku",
    );
}

#[test]
fn a_value_of_another_type_is_refused() {
    for pointer in [
        "/document",
        "/seller",
        "/total",
        "/lines/0/unit_price",
        "/issued_at",
        "/note",
        "/ship_to/city",
    ] {
        for wrong in [
            json!(45),
            json!(45.0),
            json!(true),
            json!(null),
            json!(["x"]),
            json!({"a": "b"}),
        ] {
            refused(pointer, wrong);
        }
    }
    for pointer in ["/lines/0/quantity", "/lines/0/line", "/lines/1/per"] {
        for wrong in [json!("1"), json!(1.5), json!(true), json!(null), json!([1])] {
            refused(pointer, wrong);
        }
    }
    for wrong in [json!("x"), json!(1), json!({"0": {}}), json!(null)] {
        refused("/lines", wrong.clone());
        refused("/references", wrong);
    }
    refused("/ship_to", json!(["x"]));
    refused("/ship_to", json!(null));
    refused("/lines/0", json!("x"));
    refused("/references/1", json!(2));
}

#[test]
fn a_quantity_is_whole_and_within_its_limits() {
    for wrong in [
        json!(0),
        json!(-1),
        json!(1_000_001),
        json!(1_u64 << 31),
        json!((1_u64 << 32) + 3),
        json!(1_u64 << 63),
        json!(u64::MAX),
    ] {
        refused("/lines/0/quantity", wrong);
    }
    for wrong in [
        "1e2",
        "100.0",
        "3.0",
        "-0",
        "1e400",
        "99999999999999999999999",
        "NaN",
        "Infinity",
        "03",
        "+3",
    ] {
        refused_as_text(
            "\"quantity\":3",
            &format!("\"quantity\":{wrong}"),
            "/lines/0/quantity",
        );
    }
    assert!(
        parse(&{
            let mut most = with("/lines/0/quantity", 1_000_000);
            most["total"] = "15000002.50".into();
            most
        })
        .is_ok()
    );
}

#[test]
fn a_price_is_a_plain_decimal() {
    for wrong in [
        "",
        "-15.00",
        "+15",
        "1e2",
        "015",
        "15.",
        ".5",
        "15,00",
        "NaN",
        "1000000000000",
        "0.0000001",
        " 15",
    ] {
        refused("/lines/0/unit_price", wrong);
    }
}

#[test]
fn the_total_is_the_sum_of_the_lines_with_the_digits_of_the_currency() {
    for wrong in [
        "47.49",
        "47.51",
        "47.5",
        "47.500",
        "47",
        "-47.50",
        "0.00",
        "4.75e1",
        "99999999999999999999.00",
    ] {
        refused("/total", wrong);
    }
    refused("/currency", "usd");
    refused("/currency", "XAU");
    refused_as_text("\"currency\":\"USD\"", "\"currency\":\"JPY\"", "/total");
}

#[test]
fn an_amount_too_large_to_count_is_refused() {
    let mut line = with("/lines/0/unit_price", "999999999999.99");
    line["lines"][0]["quantity"] = 1_000_000.into();
    assert_eq!(parse(&line).unwrap_err().pointer, "/lines/0/unit_price");
    let mut sum = with_lines(1_000);
    for line in sum["lines"].as_array_mut().unwrap() {
        line["unit_price"] = "99999999999".into();
        line["quantity"] = 900_000.into();
    }
    assert_eq!(parse(&sum).unwrap_err().pointer, "/total");
}

#[test]
fn text_that_could_be_misread_is_refused() {
    for wrong in [
        "",
        "a\u{200b}b",
        "a\u{202e}b",
        "a\u{7}b",
        "e\u{301}",
        "a\nb",
        "\u{feff}a",
    ] {
        refused("/contact", wrong);
        refused("/lines/0/sku", wrong);
        refused("/lines/1/description", wrong);
        refused("/references/1", wrong);
        refused("/ship_to/street", wrong);
    }
    refused("/note", "a\tb");
    refused("/lines/1/note", "a\u{2028}b");
    for pointer in [
        "/contract",
        "/contact",
        "/ship_to/city",
        "/references/0",
        "/lines/1/buyer_item",
    ] {
        refused(pointer, "x".repeat(201));
    }
    refused("/note", "x".repeat(2_001));
    refused("/lines/0/description", "x".repeat(257));
    refused("/lines/0/sku", "x".repeat(257));
    refused("/lines/0/sku", "a/b");
    refused("/lines/0/unit", "each");
}

#[test]
fn names_and_numbers_have_their_form() {
    refused("/seller", "Shop.example");
    refused("/seller_root", "9f".repeat(32));
    refused("/seller_root", format!("sha256:{}", "9F".repeat(32)));
    refused("/buyer", "Acme");
    refused("/purchase_order_number", "-1");
    refused("/replaces", "");
    refused("/fulfilment", "some");
    refused("/ship_to/country", "usa");
    refused("/requested_delivery", "2026-02-29");
    refused("/lines/1/requested_delivery", "tomorrow");
    refused("/references", vec!["x"; 21]);
}

#[test]
fn an_offer_stands_for_at_most_seven_days() {
    assert!(parse(&with("/lapses_at", "2026-11-30T18:04:05.123Z")).is_ok());
    assert!(parse(&with("/lapses_at", "2026-11-23T18:04:05.124Z")).is_ok());
    refused("/lapses_at", "2026-11-30T18:04:05.124Z");
    refused("/lapses_at", ISSUED_AT);
    refused("/lapses_at", "2026-11-23T18:04:05.122Z");
    refused("/lapses_at", "2026-11-23T18:04:05.1234Z");
    refused("/issued_at", "2026-11-23T18:04:05+00:00");
}

#[test]
fn an_order_at_the_end_of_time_is_refused() {
    let mut document = with("/issued_at", "9999-12-30T22:00:00.999Z");
    document
        .as_object_mut()
        .unwrap()
        .remove("lapses_at")
        .unwrap();
    assert_eq!(parse(&document).unwrap_err().pointer, "/issued_at");
}

#[test]
fn lines_are_counted_from_one_without_a_gap() {
    refused("/lines/0/line", 0);
    refused("/lines/0/line", 2);
    refused("/lines/1/line", 1);
    refused("/lines/1/line", 3);
}

#[test]
fn an_item_is_on_one_line_only() {
    refused("/lines/1/sku", "WATER");
}

#[test]
fn an_order_has_one_to_a_thousand_lines() {
    refused("/lines", json!([]));
    assert_eq!(parse(&with_lines(1_000)).unwrap().lines.len(), 1_000);
    for too_many in [1_001, 10_001] {
        assert_eq!(parse(&with_lines(too_many)).unwrap_err().pointer, "/lines");
    }
}

#[test]
fn too_many_lines_are_not_read_to_their_end() {
    let mut text = String::from(r#"{"lines":["#);
    for _ in 0..10_001 {
        write!(text, "{{}},").unwrap();
    }
    text.push_str("this is not JSON");
    let refusal = PurchaseOrder::parse(text.as_bytes()).unwrap_err();
    assert_eq!(refusal.pointer, "/lines");
    assert!(refusal.detail.contains("more than 1000"), "{refusal}");
}

#[test]
fn an_order_is_for_one_seller_and_from_one_buyer() {
    let order = parse(&document()).unwrap();
    let (seller, root, buyer) = (&order.seller, &order.seller_root, &order.buyer);
    assert_eq!(order.addressed_to(seller, root, buyer), Ok(()));
    let other_seller = "other.example".parse().unwrap();
    let other_root = Digest::from_bytes([1; 32]);
    let other_buyer = "zenith".parse().unwrap();
    let wrong_seller = Err(Misaddressed::WrongSeller);
    assert_eq!(order.addressed_to(&other_seller, root, buyer), wrong_seller);
    assert_eq!(order.addressed_to(seller, &other_root, buyer), wrong_seller);
    assert_eq!(
        order.addressed_to(seller, root, &other_buyer),
        Err(Misaddressed::WrongBuyer)
    );
}

proptest! {
    #[test]
    fn an_order_reads_back_as_written(order in any_order()) {
        prop_assert_eq!(PurchaseOrder::parse(&order.to_json()), Ok(order));
    }

    #[test]
    fn no_octets_make_the_reader_panic(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(PurchaseOrder::parse(&octets).is_err());
    }

    #[test]
    fn a_changed_octet_never_makes_the_reader_panic(place in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let mut octets = document().to_string().into_bytes();
        let place = place.index(octets.len());
        octets[place] = octet;
        if let Ok(order) = PurchaseOrder::parse(&octets) {
            prop_assert_eq!(PurchaseOrder::parse(&order.to_json()), Ok(order));
        }
    }
}

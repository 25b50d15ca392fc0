use countersign_api::{PackingSlip, SlipLine};

use super::pick_list::PickLine;
use super::*;

const NASTY: &str = "<script>alert('1')</script> & \"two\"";

fn address() -> countersign_order::Address {
    let json = serde_json::json!({
        "name": "Acme Ltd", "street": "1 Main St", "city": "Fullerton", "region": "CA",
        "postal_code": "92831", "country": "US",
    });
    serde_json::from_value(json).unwrap()
}

fn slip() -> PackingSlip {
    PackingSlip {
        seller: "shop.example".parse().unwrap(),
        buyer: "Acme Ltd".to_owned(),
        purchase_order_number: "PO-1".parse().unwrap(),
        sales_order_number: "SO-7".parse().ok(),
        shipment: 2,
        shipped: None,
        ship_to: Some(address()),
        note: Some("ring\ntwice".parse().unwrap()),
        lines: vec![SlipLine {
            line: 1,
            sku: "WATER".parse().unwrap(),
            description: "Water, 1 l".parse().unwrap(),
            unit: "EA".parse().unwrap(),
            ordered: 9,
            units: 3,
            before: 2,
            cancelled: 1,
        }],
    }
}

fn line(sku: &str, units: u32, description: &str) -> PickLine {
    PickLine {
        line: 1,
        sku: sku.parse().unwrap(),
        description: description.parse().unwrap(),
        units,
        unit: "EA".parse().unwrap(),
    }
}

fn pick_list(orders: &[(&str, Vec<PickLine>)]) -> PickList {
    let order = |(number, lines): &(&str, Vec<PickLine>)| PickOrder {
        id: countersign_order::OrderId::from_uuid_bytes([0; 16]),
        buyer: "acme".parse().unwrap(),
        purchase_order_number: number.parse().unwrap(),
        sales_order_number: "SO-7".parse().ok(),
        note: None,
        lines: lines
            .iter()
            .map(|l| line(l.sku.as_str(), l.units, l.description.as_str()))
            .collect(),
    };
    PickList {
        printed_at: "2026-11-26 05:03:12Z".to_owned(),
        orders: orders.iter().map(order).collect(),
    }
}

#[track_caller]
fn fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 72, "too wide: {line:?}");
        assert_eq!(line.trim_end(), line, "ends in spaces");
    }
}

#[test]
fn a_packing_slip_says_what_is_here_went_before_and_follows() {
    let expected = "\
PACKING SLIP                                                shop.example

Your order    PO-1 (SO-7 of ours)
Shipment      2, packed
Buyer         Acme Ltd
Deliver to    Acme Ltd
              1 Main St
              92831 Fullerton CA
              US
Your note     ring
              twice

LINE      HERE   ORDERED    BEFORE  TO FOLLOW  UNIT
------------------------------------------------------------------------
   1         3         9         2          3  EA
      WATER
      Water, 1 l
";
    assert_eq!(slip_text(&slip()), expected);
}

#[test]
fn a_pick_list_sums_up_what_several_orders_take() {
    let list = pick_list(&[
        ("PO-1", vec![line("WATER", 3, "Water, 1 l")]),
        (
            "PO-2",
            vec![line("WATER", 4, "Water, 1 l"), line("SALT", 1, "Salt")],
        ),
    ]);
    let text = list.text();
    fits(&text);
    let (totals, orders) = text.split_once("SO-7: PO-1 of acme").unwrap();
    assert!(totals.contains("[ ]        7 EA   WATER\n"), "{text}");
    assert!(orders.contains("[ ]        4 EA   WATER\n"), "{text}");
    assert!(!pick_list(&[("PO-1", vec![])]).text().contains("All of it"));
}

#[test]
fn long_names_wrap_and_no_line_is_wider_than_the_paper() {
    let long = "x".repeat(200);
    let words = "several words that go on and on ".repeat(7);
    let mut slip = slip();
    slip.buyer = words.clone();
    slip.purchase_order_number = "P".repeat(64).parse().unwrap();
    slip.lines[0].sku = long.parse().unwrap();
    slip.lines[0].description = words.trim().parse().unwrap();
    fits(&slip_text(&slip));
    let list = pick_list(&[(&"P".repeat(64), vec![line(&long, u32::MAX, words.trim())])]);
    fits(&list.text());
    assert_eq!(list.text().matches('x').count(), 200);
}

#[test]
fn nothing_in_a_page_is_markup_but_ours() {
    let mut slip = slip();
    slip.buyer = NASTY.to_owned();
    slip.lines[0].description = NASTY.parse().unwrap();
    let list = pick_list(&[("PO-1", vec![line("A", 1, NASTY)])]);
    for page in [slip_html(&slip), list.html()] {
        assert!(
            page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/"),
            "{page}"
        );
        assert!(!page.contains("<script"), "{page}");
        for fetched in ["http://", "https://", "src=", "url(", "<link"] {
            assert!(!page.contains(fetched), "{fetched} in {page}");
        }
    }
}

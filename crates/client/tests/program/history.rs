//! What the seller signed about an order: each statement follows the one before, and none is missing.

use countersign_order::{
    Cancellation, CancelledBy, CancelledLine, Common, Decision, Digest, KeyAction, KeyStatement,
    OrderId, OrderReference, Receipt, Shipment, ShipmentLine, Statement,
};
use jiff::ToSpan as _;

use crate::buyer::{Buyer, files_below};
use crate::shop::{Conduct, Shop, now};

fn holds(receipt: &mut Receipt) {
    receipt.decision = Decision::Held;
    receipt.held_until = Some(now().checked_add(1.hour()).unwrap());
}

/// A shop that holds every order, and a buyer whose PO-1 it holds.
fn held() -> (Shop, Buyer) {
    let shop = Shop::open(Conduct {
        receipt: holds,
        ..Conduct::default()
    });
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").ends_with(6);
    (shop, buyer)
}

/// A buyer whose PO-1 is accepted, with a shipment and then a cancellation of the rest.
fn shipped_and_cancelled() -> (Shop, Buyer) {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").succeeds();
    shop.signs(shipment);
    shop.signs(cancellation);
    (shop, buyer)
}

fn accepted(common: Common, held: &Receipt) -> Statement {
    Statement::Receipt(Box::new(Receipt {
        common,
        decision: Decision::Accepted,
        held_until: None,
        ..held.clone()
    }))
}

fn reference(receipt: &Receipt) -> OrderReference {
    OrderReference {
        id: OrderId::from_uuid_bytes([0; 16]),
        buyer: receipt.buyer.clone(),
        purchase_order_number: receipt.purchase_order_number.clone(),
        attempt: receipt.attempt,
        sales_order_number: receipt.sales_order_number,
    }
}

fn shipment(common: Common, receipt: &Receipt) -> Statement {
    shipment_of(reference(receipt), common)
}

fn shipment_of(order: OrderReference, common: Common) -> Statement {
    Statement::Shipment(Shipment {
        common,
        order,
        shipment: 1,
        lines: vec![ShipmentLine {
            line: 1,
            sku: "WATER".parse().unwrap(),
            quantity: 1,
            back_ordered: 0,
        }],
        carrier: "bicycle".parse().unwrap(),
        tracking: Some("B-42".parse().unwrap()),
        shipped_at: now(),
    })
}

fn cancellation(common: Common, receipt: &Receipt) -> Statement {
    Statement::Cancellation(Cancellation {
        common,
        order: reference(receipt),
        lines: vec![CancelledLine {
            line: 1,
            sku: "WATER".parse().unwrap(),
            quantity: 1,
        }],
        by: CancelledBy::Seller,
        request_sha256: None,
        reason: "the roof leaks".parse().unwrap(),
    })
}

#[test]
fn a_held_order_that_is_accepted_shows_both_receipts() {
    let (shop, buyer) = held();
    buyer.verifies("PO-1").ends_with(6);
    shop.signs(accepted);
    let run = buyer.verifies("PO-1").succeeds();
    let (held, accepted) = (run.out.find("held"), run.out.find("\naccepted: PO-1"));
    assert!(held.is_some() && held < accepted, "{}", run.out);
    let names: Vec<_> = files_below(&buyer.home())
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    for kept in ["receipt.p7s", "statement-2.p7s"] {
        assert!(names.iter().any(|name| name == kept), "{names:?}");
    }
}

#[test]
fn shipments_and_a_cancellation_are_shown_as_they_were_signed() {
    let (_shop, buyer) = shipped_and_cancelled();
    let run = buyer.verifies("PO-1").succeeds();
    for word in [
        "accepted",
        "bicycle",
        "B-42",
        "the roof leaks",
        "3 statements",
    ] {
        assert!(run.out.contains(word), "{}", run.out);
    }
    let run = buyer.runs(["receipt", "PO-1", "--json"]).succeeds();
    let page: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let documents: Vec<_> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| statement["document"].as_str().unwrap())
        .collect();
    assert_eq!(
        documents,
        [
            "countersign/receipt/1",
            "countersign/shipment/1",
            "countersign/cancellation/1"
        ]
    );
}

#[test]
fn a_receipt_that_was_lost_is_fetched_when_the_next_one_comes() {
    let shop = Shop::open(Conduct {
        receipt: holds,
        second_receipt: Some(|receipt| {
            receipt.decision = Decision::Accepted;
            receipt.held_until = None;
        }),
        ..Conduct::default()
    });
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").succeeds();
    assert!(!buyer.waits_for("PO-1"));
    assert!(buyer.verifies("PO-1").succeeds().out.contains("held"));
}

#[test]
fn statements_with_a_gap_or_in_another_order_are_not_believed() {
    let changes: [fn(&mut Vec<Vec<u8>>); 4] = [
        |statements| drop(statements.remove(0)),
        |statements| drop(statements.remove(1)),
        |statements| statements.swap(1, 2),
        Vec::clear,
    ];
    for change in changes {
        let (shop, buyer) = shipped_and_cancelled();
        shop.shows(change);
        let run = buyer.verifies("PO-1").ends_with(3);
        assert!(run.out.is_empty(), "{}", run.out);
    }
}

#[test]
fn a_statement_that_names_another_one_before_it_is_not_believed() {
    for previous in [None, Some(Digest::from_bytes([0xee; 32]))] {
        let (shop, buyer) = held();
        shop.signs(|common, receipt| accepted(Common { previous, ..common }, receipt));
        buyer.verifies("PO-1").ends_with(3);
    }
}

#[test]
fn a_statement_about_another_order_is_not_believed() {
    let changes: [fn(&mut OrderReference); 4] = [
        |order| order.id = OrderId::from_uuid_bytes([9; 16]),
        |order| order.buyer = "other".parse().unwrap(),
        |order| order.purchase_order_number = "PO-2".parse().unwrap(),
        |order| order.attempt = 2,
    ];
    for change in changes {
        let (shop, buyer) = held();
        shop.signs(|common, receipt| {
            let mut order = reference(receipt);
            change(&mut order);
            shipment_of(order, common)
        });
        buyer.verifies("PO-1").ends_with(3);
    }
}

#[test]
fn a_second_receipt_about_other_bytes_is_not_believed() {
    let (shop, buyer) = held();
    shop.signs(|common, receipt| {
        let mut other = receipt.clone();
        other.order.signed_data_sha256 = Digest::from_bytes([0xee; 32]);
        accepted(common, &other)
    });
    buyer.verifies("PO-1").ends_with(3);
}

#[test]
fn an_answer_that_was_no_holding_is_final() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").succeeds();
    shop.signs(|common, receipt| {
        Statement::Receipt(Box::new(Receipt {
            common,
            decision: Decision::Declined,
            ..receipt.clone()
        }))
    });
    buyer.verifies("PO-1").ends_with(3);
}

#[test]
fn a_statement_about_a_key_is_none_about_an_order() {
    let (shop, buyer) = held();
    shop.signs(|common, receipt| {
        Statement::Key(KeyStatement {
            common,
            buyer: receipt.buyer.clone(),
            account: receipt.account.clone(),
            action: KeyAction::Revoked,
            certificate: Vec::new().into(),
            key_fingerprint: receipt.order.certificate_sha256,
            certificate_fingerprint: receipt.order.certificate_sha256,
            authorised_by: countersign_order::Authorisation::Operator,
            possession_sha256: None,
            authorisation_sha256: None,
            reason: None,
        })
    });
    buyer.verifies("PO-1").ends_with(3);
}

#[test]
fn a_statement_by_a_key_that_is_not_the_sellers_is_not_believed() {
    let (shop, buyer) = shipped_and_cancelled();
    let other = Shop::honest();
    Buyer::of(&other).orders("PO-1").succeeds();
    other.shows(|theirs| shop.shows(|ours| ours[2] = theirs.remove(0)));
    buyer.verifies("PO-1").ends_with(3);
}

#[test]
fn a_statement_that_was_seen_before_may_not_be_left_out_later() {
    let (shop, buyer) = shipped_and_cancelled();
    buyer.verifies("PO-1").succeeds();
    shop.shows(|statements| drop(statements.pop()));
    let run = buyer.verifies("PO-1").ends_with(3);
    assert!(run.err.contains("statement-3.p7s"), "{}", run.err);
}

#[test]
fn the_receipt_of_another_order_than_the_one_asked_for_is_not_shown() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-2").succeeds();
    buyer.verifies("PO-1").ends_with(3);
    shop.confuses(|view| view.purchase_order_number = "PO-1".parse().unwrap());
    buyer.verifies("PO-1").ends_with(3);
}

//! What a receipt must say before the program believes that an order was answered.

use countersign_order::{Decision, Digest, Reason, ReasonCode, Receipt};

use crate::buyer::Buyer;
use crate::shop::{Conduct, Shop};

const OTHER: Digest = Digest::from_bytes([0xee; 32]);

/// An order whose receipt was changed like this is reported as invalid and stays pending.
#[track_caller]
fn is_not_believed(receipt: fn(&mut Receipt)) {
    let shop = Shop::open(Conduct {
        receipt,
        ..Conduct::default()
    });
    let buyer = Buyer::of(&shop);
    let run = buyer.orders("PO-1").ends_with(3);
    assert!(!run.out.contains("accepted"), "{}", run.out);
    assert!(buyer.waits_for("PO-1"));
}

#[test]
fn a_receipt_for_other_content_is_not_believed() {
    is_not_believed(|receipt| receipt.order.content_sha256 = OTHER);
}

#[test]
fn a_receipt_for_other_signed_attributes_is_not_believed() {
    is_not_believed(|receipt| receipt.order.signed_attributes_sha256 = OTHER);
}

#[test]
fn a_receipt_for_another_signature_is_not_believed() {
    is_not_believed(|receipt| receipt.order.signature_sha256 = OTHER);
}

#[test]
fn a_receipt_for_another_certificate_is_not_believed() {
    is_not_believed(|receipt| receipt.order.certificate_sha256 = OTHER);
}

#[test]
fn a_receipt_for_other_signed_data_is_not_believed() {
    is_not_believed(|receipt| receipt.order.signed_data_sha256 = OTHER);
}

#[test]
fn a_receipt_for_another_buyer_is_not_believed() {
    is_not_believed(|receipt| receipt.buyer = "other".parse().unwrap());
}

#[test]
fn a_receipt_for_another_number_is_not_believed() {
    is_not_believed(|receipt| receipt.purchase_order_number = "PO-2".parse().unwrap());
}

#[test]
fn a_receipt_of_another_seller_is_not_believed() {
    is_not_believed(|receipt| receipt.common.seller = "other.example".parse().unwrap());
}

#[test]
fn a_receipt_under_another_root_is_not_believed() {
    is_not_believed(|receipt| receipt.common.seller_root = OTHER);
}

#[test]
fn a_receipt_with_another_total_is_not_believed() {
    is_not_believed(|receipt| receipt.total = "1.00".to_owned());
}

#[test]
fn a_receipt_signed_with_a_key_that_is_not_the_sellers_is_not_believed() {
    let shop = Shop::open(Conduct {
        receipt_key_is_its_own: true,
        ..Conduct::default()
    });
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").ends_with(3);
    assert!(buyer.waits_for("PO-1"));
}

#[test]
fn the_receipt_counts_and_not_the_json_beside_it() {
    let shop = Shop::open(Conduct {
        receipt: |receipt| {
            receipt.decision = Decision::Declined;
            receipt.sales_order_number = None;
            receipt.reasons = vec![Reason {
                line: Some(1),
                code: ReasonCode::OutOfStock,
                offered: Some("2".to_owned()),
                current: Some("0".to_owned()),
            }];
        },
        body_says_accepted: true,
        ..Conduct::default()
    });
    let run = Buyer::of(&shop).orders("PO-1").ends_with(6);
    assert!(!run.out.contains("accepted"), "{}", run.out);
    assert!(run.out.contains("declined"), "{}", run.out);
    assert!(run.out.contains("out-of-stock"), "{}", run.out);
}

#[test]
fn an_order_and_its_receipt_are_kept_together() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").succeeds();
    let run = buyer.runs(["receipt", "PO-1"]).succeeds();
    assert!(run.out.contains("accepted"), "{}", run.out);
    assert!(run.out.contains("PO-1"), "{}", run.out);
}

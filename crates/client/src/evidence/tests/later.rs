//! What comes after the first receipt: shipments, second receipts, cancellations.

use countersign_api::EvidenceSigned;
use countersign_order::{
    Cancellation, CancellationRequest, CancelledBy, Decision, Der, Digest, KeyAction, Statement,
};

use super::fixture::{Books, World, now, reference, sha256, signed_order};
use super::{Verdict, is_invalid, judge, misstated, spoilt, verdict};

#[test]
fn later_statements_follow_each_other_and_are_about_the_order() {
    let then = |write: fn(&mut Books<'_>)| {
        move |books: &mut Books<'_>, signed: &[u8]| {
            books.key(KeyAction::Enrolled, |_| {});
            books.receipt(signed, |_| {});
            write(books);
        }
    };
    misstated(
        "does not name the one before",
        then(|books| books.shipment(1, |_| {})),
    );
    misstated(
        "about another order",
        then(|books| {
            books.shipment(2, |shipment| {
                shipment.order.purchase_order_number = "PO-2".parse().unwrap()
            });
        }),
    );
    misstated(
        "about another order",
        then(|books| {
            books.shipment(2, |shipment| shipment.order.attempt = 2);
        }),
    );
    misstated(
        "about another order",
        then(|books| {
            books.shipment(2, |shipment| shipment.order.buyer = "bolt".parse().unwrap());
        }),
    );
    spoilt("not a receipt", |evidence, _| {
        evidence.statements.remove(0);
    });
    spoilt("does not name the one before", |evidence, _| {
        let again = evidence.statements[1].clone();
        evidence.statements.push(again);
    });
    misstated("does not end a held order", |books, signed| {
        books.key(KeyAction::Enrolled, |_| {});
        books.receipt(signed, |_| {});
        let previous = sha256(&books.statements[2]);
        books.receipt(signed, |receipt| receipt.common.previous = Some(previous));
    });
}

#[test]
fn a_held_order_ends_in_a_second_receipt() {
    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |receipt| receipt.decision = Decision::Held);
    let previous = sha256(&books.statements[2]);
    books.receipt(&signed, |receipt| receipt.common.previous = Some(previous));
    let evidence = books.evidence(signed, &[1], &[2, 3]);
    let report = judge(
        &serde_json::to_vec(&evidence).unwrap(),
        &world.trusted(),
        &[],
    );
    assert_eq!(report.verdict, Verdict::Logged);
    let deal = report.deal.unwrap();
    assert!(
        deal.contains("held on") && deal.contains("accepted on"),
        "{deal}"
    );
}

#[test]
fn a_cancellation_stands_with_the_request_it_answers() {
    let cancellation = |by, request_sha256| {
        move |common| {
            Statement::Cancellation(Cancellation {
                common,
                order: reference(),
                lines: Vec::new(),
                by,
                request_sha256,
                reason: "changed my mind".parse().unwrap(),
            })
        }
    };
    let begin = |books: &mut Books<'_>, signed: &[u8]| {
        books.key(KeyAction::Enrolled, |_| {});
        books.receipt(signed, |_| {});
    };
    let missing = Some(Digest::from_bytes([1; 32]));
    misstated(
        "not those that the cancellations answer",
        |books, signed| {
            begin(books, signed);
            books.state_after(Some(2), cancellation(CancelledBy::Buyer, missing));
        },
    );
    misstated("does not say who asked", |books, signed| {
        begin(books, signed);
        books.state_after(Some(2), cancellation(CancelledBy::Buyer, None));
    });
    misstated("does not say who asked", |books, signed| {
        begin(books, signed);
        books.state_after(Some(2), cancellation(CancelledBy::Seller, missing));
    });

    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    begin(&mut books, &signed);
    books.state_after(Some(2), cancellation(CancelledBy::Seller, None));
    let mut evidence = books.evidence(signed, &[1], &[2, 3]);
    assert!(!verdict(&world, &evidence).is_invalid());
    evidence.cancellation_requests.push(evidence.order.clone());
    is_invalid(&world, &evidence, "not those that the cancellations answer");
}

#[test]
fn a_cancellation_that_the_buyer_asked_for_holds_if_that_is_what_was_signed() {
    let world = World::new();
    let signed = signed_order(&world);
    let judged = |change: fn(&mut CancellationRequest)| {
        let mut books = Books::open(&world);
        books.key(KeyAction::Enrolled, |_| {});
        books.receipt(&signed, |_| {});
        let mut request = CancellationRequest {
            seller: "shop.example".parse().unwrap(),
            seller_root: sha256(world.root.certificate().der()),
            buyer: "acme".parse().unwrap(),
            purchase_order_number: "PO-1".parse().unwrap(),
            receipt_sha256: sha256(&books.statements[2]),
            reason: "changed my mind".parse().unwrap(),
            issued_at: now(),
        };
        change(&mut request);
        let request = world.buyer.sign(&request.to_json(), now()).unwrap();
        let asked = Some(sha256(&request));
        books.state_after(Some(2), |common| {
            Statement::Cancellation(Cancellation {
                common,
                order: reference(),
                lines: Vec::new(),
                by: CancelledBy::Buyer,
                request_sha256: asked,
                reason: "changed my mind".parse().unwrap(),
            })
        });
        let mut evidence = books.evidence(signed.clone(), &[1], &[2, 3]);
        evidence.cancellation_requests.push(EvidenceSigned {
            signed_data: Der::from(request),
            ..evidence.order.clone()
        });
        verdict(&world, &evidence).to_string()
    };
    assert!(judged(|_| {}).starts_with("witnessed by 1 of 1"));
    let other = judged(|request| request.purchase_order_number = "PO-2".parse().unwrap());
    assert!(other.contains("about another order"), "{other}");
    let other = judged(|request| request.receipt_sha256 = Digest::from_bytes([1; 32]));
    assert!(other.contains("about another order"), "{other}");
    let other = judged(|request| request.buyer = "bolt".parse().unwrap());
    assert!(other.contains("between others"), "{other}");
}

//! What is said of an order after its receipt.

use countersign_order::{
    Decision, Digest, KeyAction, OrderId, Receipt, RecoveredLog, Recovery, SalesOrderNumber,
    ShipmentLine, Statement,
};
use jiff::SignedDuration;

use super::books::Books;
use super::world::{World, now, sha256, signed_order};
use super::{Verdict, is_invalid, judge, misstated, spoilt, verdict};

fn hold(receipt: &mut Receipt) {
    receipt.decision = Decision::Held;
    receipt.held_until = Some(receipt.received_at);
}

/// An enrolled key, a receipt, and what follows.
fn then(write: fn(&mut Books<'_>)) -> impl FnOnce(&mut Books<'_>, &[u8]) {
    move |books, signed| {
        books.key(KeyAction::Enrolled, |_| {});
        books.receipt(signed, |_| {});
        write(books);
    }
}

#[test]
fn later_statements_follow_each_other_and_are_about_the_order() {
    misstated(
        "does not name the one before",
        then(|books| books.shipment(1, |_| {})),
    );
    misstated(
        "about another order",
        then(|books| {
            books.shipment(2, |shipment| {
                shipment.order.purchase_order_number = "PO-2".parse().unwrap();
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
    misstated(
        "about another order",
        then(|books| {
            books.shipment(2, |shipment| {
                shipment.order.sales_order_number = Some(SalesOrderNumber::from_sequence(2));
            });
        }),
    );
    misstated(
        "about another order",
        then(|books| {
            books.shipment(2, |shipment| shipment.lines[0].quantity = 1);
            books.cancellation_but(3, None, |cancellation| {
                cancellation.order.id = OrderId::from_uuid_bytes([6; 16]);
            });
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
fn only_receipts_shipments_and_cancellations_are_about_an_order() {
    misstated(
        "not about the order",
        then(|books| {
            books.state_after(Some(2), |common| {
                Statement::Recovery(Recovery {
                    common,
                    lost: RecoveredLog {
                        origin: "shop.example".parse().unwrap(),
                        checkpoint: String::new(),
                        kept_size: 0,
                        kept_root: Digest::from_bytes([1; 32]),
                    },
                    successor: "shop.example/2".parse().unwrap(),
                    reason: "none".parse().unwrap(),
                })
            });
        }),
    );
}

#[test]
fn a_held_order_ends_in_a_second_receipt() {
    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, hold);
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
fn nothing_comes_before_what_it_follows() {
    misstated(
        "before the one that it follows",
        then(|books| {
            books.shipment(2, |shipment| {
                shipment.common.issued_at = now() - SignedDuration::from_secs(1);
            });
        }),
    );
    // A shipment that names a leaf before its receipt's, and stands there in the file, too.
    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    books.shipment(2, |shipment| {
        shipment.common.log.as_mut().unwrap().leaf = 1;
    });
    let mut evidence = books.evidence(signed, &[1], &[2, 3]);
    evidence.statements[1].leaf = 1;
    is_invalid(&world, &evidence, "before the one that it follows");
}

#[test]
fn a_hold_ends_once_and_for_the_same_attempt() {
    let because = "does not end a held order";
    let second = |change: fn(&mut Receipt)| {
        move |books: &mut Books<'_>, signed: &[u8]| {
            books.key(KeyAction::Enrolled, |_| {});
            books.receipt(signed, hold);
            let previous = sha256(&books.statements[2]);
            books.receipt(signed, |receipt| {
                receipt.common.previous = Some(previous);
                change(receipt);
            });
        }
    };
    misstated(because, second(hold));
    misstated(because, second(|receipt| receipt.attempt = 2));
    misstated(
        because,
        second(|receipt| receipt.account = "acme/jo".parse().unwrap()),
    );
    misstated(
        because,
        second(|receipt| {
            receipt.sales_order_number = Some(SalesOrderNumber::from_sequence(2));
        }),
    );
    misstated(
        "another signature",
        second(|receipt| {
            receipt.order.signed_data_sha256 = Digest::from_bytes([1; 32]);
        }),
    );
}

#[test]
fn only_what_was_accepted_is_shipped_and_what_was_declined_is_not_cancelled() {
    misstated("not accepted", |books, signed| {
        books.key(KeyAction::Enrolled, |_| {});
        books.receipt(signed, hold);
        books.shipment(2, |_| {});
    });
    misstated("was declined", |books, signed| {
        books.key(KeyAction::Enrolled, |_| {});
        books.receipt(signed, |receipt| {
            receipt.decision = Decision::Declined;
            receipt.sales_order_number = None;
            receipt.lines[0].accepted = 0;
        });
        books.cancellation_but(2, None, |cancellation| {
            cancellation.order.sales_order_number = None;
        });
    });
}

#[test]
fn shipments_are_counted_and_so_are_their_units() {
    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    books.shipment(2, |shipment| shipment.lines[0].quantity = 2);
    books.cancellation(3, None);
    let evidence = books.evidence(signed, &[1], &[2, 3, 4]);
    assert!(!verdict(&world, &evidence).is_invalid());

    misstated(
        "before another is missing",
        then(|books| books.shipment(2, |shipment| shipment.shipment = 2)),
    );
    misstated(
        "more units",
        then(|books| books.shipment(2, |shipment| shipment.lines[0].quantity = 4)),
    );
    misstated(
        "more units",
        then(|books| {
            books.shipment(2, |_| {});
            books.cancellation(3, None);
        }),
    );
    // Sums that no number holds are refused, too.
    misstated(
        "more units",
        then(|books| {
            books.shipment(2, |shipment| {
                let most = ShipmentLine {
                    quantity: u32::MAX,
                    ..shipment.lines[0].clone()
                };
                shipment.lines = vec![most.clone(), most];
            });
        }),
    );
    for change in [
        |line: &mut ShipmentLine| line.line = 2,
        |line: &mut ShipmentLine| line.sku = "WINE".parse().unwrap(),
    ] {
        misstated("a line that is not in the order", |books, signed| {
            books.key(KeyAction::Enrolled, |_| {});
            books.receipt(signed, |_| {});
            books.shipment(2, |shipment| change(&mut shipment.lines[0]));
        });
    }
}

//! What a receipt promises must be what the order asks and what the decision says.

use countersign_order::{
    Decision, Draft, DraftLine, Fulfilment, KeyAction, Quantity, Reason, ReasonCode, Receipt,
};

use super::books::Books;
use super::world::{World, address, signed_order_but};
use super::{Verdict, is_invalid, verdict};

/// The evidence of an order whose draft and receipt were changed like this.
fn made(
    draft: impl FnOnce(&mut Draft),
    receipt: impl FnOnce(&mut Receipt),
) -> (World, countersign_api::Evidence) {
    let world = World::new();
    let signed = signed_order_but(&world, draft);
    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, receipt);
    let evidence = books.evidence(signed, &[1], &[2]);
    (world, evidence)
}

#[track_caller]
fn is_refused(because: &str, draft: fn(&mut Draft), receipt: fn(&mut Receipt)) {
    let (world, evidence) = made(draft, receipt);
    is_invalid(&world, &evidence, because);
}

#[track_caller]
fn is_good(draft: fn(&mut Draft), receipt: fn(&mut Receipt)) {
    let (world, evidence) = made(draft, receipt);
    let verdict = verdict(&world, &evidence);
    assert!(matches!(verdict, Verdict::Witnessed { .. }), "{verdict}");
}

fn declines(receipt: &mut Receipt) {
    receipt.decision = Decision::Declined;
    receipt.sales_order_number = None;
    receipt.lines[0].accepted = 0;
    receipt.reasons = vec![Reason {
        line: Some(1),
        code: ReasonCode::OutOfStock,
        offered: Some("3".to_owned()),
        current: Some("0".to_owned()),
    }];
}

#[test]
fn a_receipt_is_for_the_lines_of_the_order() {
    let because = "names other lines than the order";
    is_refused(because, |_| {}, |receipt| receipt.lines.clear());
    is_refused(
        because,
        |_| {},
        |receipt| {
            let again = receipt.lines[0].clone();
            receipt.lines.push(again);
        },
    );
    is_refused(because, |_| {}, |receipt| receipt.lines[0].line = 2);
    is_refused(
        because,
        |_| {},
        |receipt| {
            receipt.lines[0].sku = "WINE".parse().unwrap();
        },
    );
    is_refused(
        because,
        |_| {},
        |receipt| {
            receipt.lines[0].unit = "KGM".parse().unwrap();
        },
    );
    is_refused(
        because,
        |_| {},
        |receipt| {
            receipt.lines[0].unit_price = "14.00".to_owned();
        },
    );
    is_refused(
        because,
        |_| {},
        |receipt| {
            receipt.lines[0].per = Quantity::try_from(2_u32).unwrap();
        },
    );
}

#[test]
fn goods_go_where_the_order_sends_them() {
    let sent = |draft: &mut Draft| draft.ship_to = Some(address());
    is_good(sent, |_| {});
    is_refused("another address", sent, |receipt| receipt.ship_to = None);
    // Without an address of its own, the order leaves it to what the seller knows.
    is_good(|_| {}, |receipt| receipt.ship_to = Some(address()));
}

#[test]
fn an_accepted_order_is_promised_as_a_whole() {
    let because = "not what it decides";
    is_refused(because, |_| {}, |receipt| receipt.lines[0].accepted = 2);
    is_refused(because, |_| {}, |receipt| receipt.lines[0].accepted = 4);
    is_refused(
        because,
        |_| {},
        |receipt| {
            (receipt.lines[0].accepted, receipt.lines[0].back_ordered) = (2, 1);
        },
    );
    is_refused(
        because,
        |_| {},
        |receipt| {
            (receipt.lines[0].accepted, receipt.lines[0].back_ordered) = (u32::MAX, 4);
        },
    );
    is_refused(because, |_| {}, |receipt| receipt.sales_order_number = None);
    is_refused(
        because,
        |_| {},
        |receipt| {
            receipt.held_until = Some(receipt.received_at);
        },
    );
    is_refused(
        because,
        |_| {},
        |receipt| {
            declines(receipt);
            receipt.decision = Decision::Accepted;
        },
    );
    is_refused(
        because,
        |_| {},
        |receipt| {
            let (number, lines) = (receipt.sales_order_number, receipt.lines.clone());
            declines(receipt);
            receipt.decision = Decision::Accepted;
            (receipt.sales_order_number, receipt.lines) = (number, lines);
        },
    );
}

#[test]
fn part_of_an_order_may_wait_if_the_buyer_allowed_that() {
    let partial = |draft: &mut Draft| draft.fulfilment = Fulfilment::Partial;
    is_good(partial, |receipt| {
        (receipt.lines[0].accepted, receipt.lines[0].back_ordered) = (1, 2);
    });
    let because = "not what it decides";
    is_refused(because, partial, |receipt| {
        (receipt.lines[0].accepted, receipt.lines[0].back_ordered) = (0, 3);
    });
    is_refused(because, partial, |receipt| {
        (receipt.lines[0].accepted, receipt.lines[0].back_ordered) = (1, 1);
    });
}

#[test]
fn a_declined_order_is_promised_nothing() {
    is_good(|_| {}, declines);
    let because = "not what it decides";
    is_refused(
        because,
        |_| {},
        |receipt| {
            declines(receipt);
            receipt.lines[0].accepted = 3;
        },
    );
    is_refused(
        because,
        |_| {},
        |receipt| {
            declines(receipt);
            receipt.lines[0].back_ordered = 3;
        },
    );
    is_refused(
        because,
        |_| {},
        |receipt| {
            let number = receipt.sales_order_number;
            declines(receipt);
            receipt.sales_order_number = number;
        },
    );
    is_refused(
        because,
        |_| {},
        |receipt| {
            declines(receipt);
            receipt.held_until = Some(receipt.received_at);
        },
    );
}

#[test]
fn a_held_order_says_until_when() {
    let hold = |receipt: &mut Receipt| {
        receipt.decision = Decision::Held;
        receipt.held_until = Some(receipt.received_at);
    };
    is_good(|_| {}, hold);
    is_refused(
        "not what it decides",
        |_| {},
        |receipt| {
            receipt.decision = Decision::Held;
        },
    );
}

#[test]
fn an_order_of_several_lines_is_promised_line_by_line() {
    let world = World::new();
    let two_lines = |draft: &mut Draft| {
        let mut offer = draft.lines[0].offer.clone();
        offer.sku = "BREAD".parse().unwrap();
        draft
            .lines
            .push(DraftLine::of(offer, Quantity::try_from(2_u32).unwrap()));
    };
    let signed = signed_order_but(&world, two_lines);
    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    let good = books.evidence(signed.clone(), &[1], &[2]);
    assert!(!verdict(&world, &good).is_invalid());

    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |receipt| receipt.lines.reverse());
    let evidence = books.evidence(signed, &[1], &[2]);
    is_invalid(&world, &evidence, "names other lines");
}

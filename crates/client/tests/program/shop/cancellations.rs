//! Cancelling: opened and verified as a desk does, then always followed.

use countersign_api::{CancellationAnswer, Code};
use countersign_envelope::Sealed;
use countersign_order::{
    Cancellation, CancellationRequest, CancelledBy, CancelledLine, Common, Digest, LogPlace,
    OrderReference, OrderState, Statement,
};

use super::orders::{Book, Taken, digest, digest_of};
use super::{Desk, json, now, problem};
use crate::wire::Answer;

/// Answers a request to cancel this order.
pub(super) fn answer(desk: &Desk, book: &mut Book, place: usize, message: Vec<u8>) -> Answer {
    let received = book.cancellations_received;
    book.cancellations_received += 1;
    (desk.conduct.cancel)(received).unwrap_or_else(|| follow(desk, book, place, message))
}

fn follow(desk: &Desk, book: &mut Book, place: usize, message: Vec<u8>) -> Answer {
    let opened = Sealed::parse(message)
        .and_then(|sealed| sealed.open(std::slice::from_ref(&desk.keys.recipient)))
        .unwrap();
    let Ok(verified) = opened.verify(&book.certificates) else {
        return problem(Code::SignatureNotAccepted);
    };
    let Ok(request) = CancellationRequest::parse(verified.content()) else {
        return problem(Code::OrderNotUnderstood);
    };
    let order = &mut book.orders[place];
    if request.receipt_sha256 != digest_of(&order.statements[0]) {
        return problem(Code::WrongOrder);
    }
    order.view.state = OrderState::Cancelled;
    let signed_data = digest(verified.signature().signed_data_sha256());
    let mut cancellation = cancellation(desk, order, &request, signed_data);
    cancellation.common.log = Some(LogPlace {
        origin: desk.conduct.log_origin.parse().unwrap(),
        leaf: u64::try_from(book.log.entries.len()).unwrap(),
    });
    let document = Statement::Cancellation(cancellation).to_json();
    let signed = desk.keys.receipt.sign(&document, now()).unwrap();
    order.statements.push(signed.clone());
    (desk.conduct.once_cancelled)(&mut order.statements);
    let view = order.view.clone();
    let origin = desk.conduct.log_origin;
    let (proof, checkpoint) = book.log.append(&signed, origin, &desk.keys.log);
    let answer = CancellationAnswer {
        order: view,
        statement: signed.into(),
        proof,
        checkpoint,
    };
    json(201, &answer)
}

fn cancellation(
    desk: &Desk,
    order: &Taken,
    request: &CancellationRequest,
    signed_data: Digest,
) -> Cancellation {
    let view = &order.view;
    let mut cancellation = Cancellation {
        common: Common {
            previous: Some(digest_of(order.statements.last().unwrap())),
            ..desk.keys.common()
        },
        order: OrderReference {
            id: view.id,
            buyer: view.buyer.clone(),
            purchase_order_number: view.purchase_order_number.clone(),
            attempt: view.attempt,
            sales_order_number: view.sales_order_number,
        },
        lines: vec![CancelledLine {
            line: 1,
            sku: "WATER".parse().unwrap(),
            quantity: 2,
        }],
        by: CancelledBy::Buyer,
        request_sha256: Some(signed_data),
        reason: request.reason.clone(),
    };
    (desk.conduct.cancellation)(&mut cancellation);
    cancellation
}

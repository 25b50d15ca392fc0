//! What the buyer signed to call the order off: each request stands with the cancellation that
//! answers it, and was signed with a key of the buyer's.

use countersign_api::{Evidence, EvidenceSigned};
use countersign_envelope::{Certificate, Opened};
use countersign_order::CancellationRequest;

use super::report::Steps;
use super::statements::{Deal, Party, sha256};
use super::{certificate, keys};
use crate::failure::Failure;
use crate::receipt::Sent;
use crate::seller::{Seller, invalid};

/// Examines the requests of a file, one for each cancellation that the buyer asked for.
pub(super) fn examine(
    file: &Evidence,
    seller: &Seller,
    sent: &Sent,
    deal: &Deal,
    steps: &mut Steps,
) -> Result<(), Failure> {
    let (requests, answered) = (&file.cancellation_requests, deal.requested());
    let are_paired = requests.len() == answered.len()
        && requests
            .iter()
            .zip(answered)
            .all(|(request, answered)| sha256(request.signed_data.as_bytes()) == answered.request);
    if !are_paired {
        return Err(invalid(
            "the cancellation requests are not those that the cancellations answer",
        ));
    }
    // Any account of the buyer's may call the order off, with a key of its own.
    let any_account = Party {
        account: None,
        ..deal.party.clone()
    };
    for (request, answered) in requests.iter().zip(answered) {
        let certificate = certificate(request)?;
        must_be_about(&read(request, &certificate)?, seller, sent, deal)?;
        steps.passed(
            "the cancellation answers a request that is signed by a key of the buyer's",
            &format!("the buyer's certificate {}", certificate.fingerprint()),
        );
        let statements = &request.key_statements;
        let counted = &answered.place;
        keys::examine(
            statements,
            &certificate,
            &any_account,
            counted,
            seller,
            steps,
        )?;
    }
    Ok(())
}

fn read(
    request: &EvidenceSigned,
    certificate: &Certificate,
) -> Result<CancellationRequest, Failure> {
    let verified = Opened::from_signed_data(request.signed_data.as_bytes().to_vec())
        .ok()
        .and_then(|opened| opened.verify(std::slice::from_ref(certificate)).ok())
        .ok_or_else(|| invalid("a cancellation request is not signed by the key beside it"))?;
    CancellationRequest::parse(verified.content())
        .map_err(|_| invalid("what should be a cancellation request is another document"))
}

/// The request names this seller, this buyer and a receipt of this order.
fn must_be_about(
    request: &CancellationRequest,
    seller: &Seller,
    sent: &Sent,
    deal: &Deal,
) -> Result<(), Failure> {
    let order = sent.order();
    let is_addressed = request
        .addressed_to(&seller.origin, &seller.root, &order.buyer)
        .is_ok();
    let receipts = deal.receipts().iter().copied();
    if is_addressed && request.is_about(&order.purchase_order_number, receipts) {
        Ok(())
    } else {
        Err(invalid("a cancellation request is about another order"))
    }
}

//! Asking to cancel an order. It is cancelled once the seller's statement says so, about this very
//! request, and follows from the receipt that the request names.

use std::path::PathBuf;

use countersign_api::CancellationAnswer;
use countersign_envelope::{self as envelope, Certificate, Opened, Signer};
use countersign_order::{
    AccountId, Cancellation, CancellationRequest, CancelledBy, Common, Decision, Digest, OrderId,
    ReasonCode, Receipt, Statement,
};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::history::History;
use crate::home::{KeptRequest, Pending};
use crate::http::{Answer, Api};
use crate::seller::{Seller, digest};
use crate::submission::{Message, deliver};
use crate::watch::{Freshness, Watch};

/// An order that is cancelled, as the verified statement says.
#[derive(Debug)]
pub(crate) struct Cancelled {
    /// What the server says beside the statement; only the order's state is used.
    pub(crate) answer: CancellationAnswer,
    /// What the seller signed.
    pub(crate) statement: Ended,
    /// Where the request and the statement are kept.
    pub(crate) folder: PathBuf,
}

/// How the seller said that an order is called off.
#[derive(Debug)]
pub(crate) enum Ended {
    /// What was not shipped of an accepted order will not go.
    Cancelled(Box<Cancellation>),
    /// A held order is declined.
    Withdrawn(Box<Receipt>),
}

impl Ended {
    /// What every statement says.
    pub(crate) const fn common(&self) -> &Common {
        match self {
            Self::Cancelled(cancellation) => &cancellation.common,
            Self::Withdrawn(receipt) => &receipt.common,
        }
    }
}

/// Signs a request to cancel this order and seals it to the seller.
pub(crate) fn sign_and_seal(
    seller: &Seller,
    signer: &Signer,
    account: &AccountId,
    order: OrderId,
    request: &CancellationRequest,
) -> Result<Pending, Failure> {
    let message = Message {
        account,
        purchase_order_number: &request.purchase_order_number,
        cancels: Some(order),
        document: &request.to_json(),
    };
    message.sign_and_seal(seller, signer)
}

/// Keeps an envelope, sends it, verifies the cancellation and keeps both together.
pub(crate) fn submit(
    context: &Context,
    api: &Api,
    seller: &Seller,
    pending: &Pending,
    order: OrderId,
) -> Result<Cancelled, Failure> {
    let certificate =
        Certificate::from_der(pending.certificate.as_bytes()).map_err(Failure::because)?;
    let sent = SentRequest::read(pending.signed_data.as_bytes(), &certificate)?;
    context.home.keep_pending(&seller.origin, pending)?;
    let watch = Watch::begin(context, api, seller)?;
    let answer: Answer<CancellationAnswer> = deliver(context, api, seller, pending)?;
    let signed = answer.body.statement.as_bytes();
    let statement = verify(seller, signed)?;
    let (proof, note) = (&answer.body.proof, &answer.body.checkpoint);
    let checkpoint = watch.holds(signed, statement.common(), proof, note)?;
    sent.must_be_answered_by(&statement, order)?;
    let history = History::fetch(api, seller, &answer.body.order)?;
    must_follow(&history, sent.request.receipt_sha256, signed)?;
    let kept = KeptRequest {
        signed_data: pending.signed_data.as_bytes(),
        certificate: &certificate,
    };
    let home = &context.home;
    let folder = home.keep_cancellation(&seller.origin, &order, &kept, history.signed())?;
    let freshness = if answer.is_repeat {
        Freshness::Current
    } else {
        Freshness::New
    };
    watch.follow(&checkpoint, freshness)?;
    home.forget_pending(&seller.origin, pending)?;
    Ok(Cancelled {
        answer: answer.body,
        statement,
        folder,
    })
}

/// A request that was signed here, read back from what was signed.
struct SentRequest {
    request: CancellationRequest,
    signed_data: Digest,
}

impl SentRequest {
    fn read(signed_data: &[u8], certificate: &Certificate) -> Result<Self, Failure> {
        let damaged = |why: &str| {
            let message = format!("the signed request cannot be used: {why}");
            Failure::new(Exit::Invalid, message)
        };
        let verified = Opened::from_signed_data(signed_data.to_vec())
            .map_err(|_| damaged("it is not a signed message"))?
            .verify(std::slice::from_ref(certificate))
            .map_err(|_| damaged("its signature does not verify"))?
            .and_then(|content| CancellationRequest::parse(content))
            .map_err(|error| damaged(&format!("its document is no request: {error}")))?;
        Ok(Self {
            signed_data: digest(verified.signature().signed_data_sha256()),
            request: verified.into_content(),
        })
    }

    /// Compares a verified cancellation with what was sent, member by member.
    fn must_be_answered_by(&self, said: &Ended, order: OrderId) -> Result<(), Failure> {
        let request = &self.request;
        let same = match said {
            Ended::Cancelled(said) => [
                ("request", said.request_sha256 == Some(self.signed_data)),
                ("author", said.by == CancelledBy::Buyer),
                ("order", said.order.id == order),
                ("buyer", said.order.buyer == request.buyer),
                (
                    "purchase order number",
                    said.order.purchase_order_number == request.purchase_order_number,
                ),
                ("reason", said.reason == request.reason),
            ],
            // Which attempt it is about the receipts before it tell.
            Ended::Withdrawn(said) => [
                ("request", said.request_sha256 == Some(self.signed_data)),
                ("author", is_withdrawn(said)),
                ("decision", said.decision == Decision::Declined),
                ("buyer", said.buyer == request.buyer),
                (
                    "purchase order number",
                    said.purchase_order_number == request.purchase_order_number,
                ),
                ("reason", said.note.as_ref() == Some(&request.reason)),
            ],
        };
        match same.iter().find(|(_, is_same)| !is_same) {
            None => Ok(()),
            Some((what, _)) => Err(Failure::invalid(format!(
                "the cancellation names another {what} than the request that was sent"
            ))),
        }
    }
}

/// Whether a receipt says that the buyer called the order off.
pub(crate) fn is_withdrawn(receipt: &Receipt) -> bool {
    let codes = receipt.reasons.iter().map(|reason| reason.code);
    codes.eq([ReasonCode::BuyerWithdrew])
}

/// Verifies a cancellation under the seller's root.
fn verify(seller: &Seller, signed: &[u8]) -> Result<Ended, Failure> {
    match seller.verify(signed)?.into_content() {
        Statement::Cancellation(cancellation) => Ok(Ended::Cancelled(Box::new(cancellation))),
        Statement::Receipt(receipt) => Ok(Ended::Withdrawn(receipt)),
        Statement::Shipment(_)
        | Statement::Key(_)
        | Statement::Seller(_)
        | Statement::Recovery(_) => Err(Failure::invalid(
            "the seller's statement is not a cancellation",
        )),
    }
}

/// Whether a cancellation stands among the statements about the order, after the receipt that was
/// named.
fn must_follow(history: &History, receipt: Digest, cancellation: &[u8]) -> Result<(), Failure> {
    let signed = history.signed();
    let place = signed.iter().position(|signed| signed == cancellation);
    let earlier = place.and_then(|place| signed.get(..place)).unwrap_or(&[]);
    let is_named = |signed: &Vec<u8>| digest(envelope::Digest::of(signed)) == receipt;
    if earlier.iter().any(is_named) {
        Ok(())
    } else {
        Err(Failure::invalid(
            "the cancellation does not follow from the receipt that was named",
        ))
    }
}

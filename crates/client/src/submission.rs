//! Signing, sealing and sending, so that nothing is lost wherever this program is killed.
//!
//! The envelope is kept before it is sent, and let go of once its answer is verified and kept. A
//! kill in between leaves the envelope, and sending the same bytes again gives the same answer.

use std::path::PathBuf;
use std::time::Duration;

use countersign_api::{Code, OrderAnswer};
use countersign_envelope::{Certificate, Signer, seal};
use countersign_order::{AccountId, Der, OrderId, PurchaseOrder, PurchaseOrderNumber, Receipt};
use serde::de::DeserializeOwned;

use crate::clock;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::history::History;
use crate::home::{KeptOrder, Pending};
use crate::http::{Answer, Api, is_worth_repeating};
use crate::random;
use crate::receipt::{self, Match, Sent};
use crate::seller::{Seller, digest};
use crate::watch::{Freshness, Watch};

/// How often the same bytes are sent again while the desk is busy.
const REPEATS: u32 = 5;
/// How long to wait before a repeat, unless the server says.
const PAUSE: Duration = Duration::from_secs(1);
/// How long to wait at most, whatever the server says.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// An order with its verified answer.
#[derive(Debug)]
pub(crate) struct Receipted {
    /// What the server says beside the receipt; only its order ID and state are used.
    pub(crate) answer: OrderAnswer,
    /// What the seller signed.
    pub(crate) receipt: Receipt,
    /// Where order and receipt are kept, if the receipt answers these very octets.
    pub(crate) folder: Option<PathBuf>,
}

/// Signs an order document and seals it to the seller.
pub(crate) fn sign_and_seal(
    seller: &Seller,
    signer: &Signer,
    account: &AccountId,
    document: &[u8],
) -> Result<Pending, Failure> {
    let order = PurchaseOrder::parse(document).map_err(|error| {
        Failure::new(
            Exit::Failure,
            format!("the order document is not accepted: {error}"),
        )
    })?;
    if order.seller != seller.origin || order.seller_root != seller.root {
        let message = format!(
            "the order document is addressed to {} under the root {}",
            order.seller, order.seller_root
        );
        return Err(Failure::new(Exit::Failure, message).advise(format!(
            "this seller is {} under {}: its documents name both",
            seller.origin, seller.root
        )));
    }
    let number = &order.purchase_order_number;
    let message = Message {
        account,
        purchase_order_number: number,
        cancels: None,
        document,
    };
    message.sign_and_seal(seller, signer)
}

/// A document that is to be signed and sealed.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) purchase_order_number: &'a PurchaseOrderNumber,
    /// The order that it asks to cancel; none if it is an order itself.
    pub(crate) cancels: Option<OrderId>,
    pub(crate) document: &'a [u8],
}

impl Message<'_> {
    /// Signs the document and seals it to the seller.
    pub(crate) fn sign_and_seal(
        &self,
        seller: &Seller,
        signer: &Signer,
    ) -> Result<Pending, Failure> {
        let now = clock::now();
        let signed_data = signer.sign(self.document, now).map_err(Failure::because)?;
        let envelope = seal(&signed_data, &[seller.recipient(now)?], &mut random::rng())
            .map_err(Failure::because)?;
        Ok(Pending {
            purchase_order_number: self.purchase_order_number.clone(),
            cancels: self.cancels,
            account: self.account.clone(),
            sealed_at: now,
            content: digest(countersign_envelope::Digest::of(self.document)),
            certificate: Der::from(signer.certificate().der().to_vec()),
            signed_data: Der::from(signed_data),
            envelope: Der::from(envelope),
        })
    }
}

/// Keeps an envelope, sends it, verifies the receipt and keeps both together.
pub(crate) fn submit(
    context: &Context,
    api: &Api,
    seller: &Seller,
    pending: &Pending,
) -> Result<Receipted, Failure> {
    let certificate =
        Certificate::from_der(pending.certificate.as_bytes()).map_err(Failure::because)?;
    let sent = Sent::read(pending.signed_data.as_bytes(), &certificate)?;
    context.home.keep_pending(&seller.origin, pending)?;
    let watch = Watch::begin(context, api, seller)?;
    let answer: Answer<OrderAnswer> = deliver(context, api, seller, pending)?;
    let receipt = receipt::verify(seller, answer.body.receipt.as_bytes())?;
    let checkpoint = watch.holds(
        answer.body.receipt.as_bytes(),
        &receipt.common,
        &answer.body.proof,
        &answer.body.checkpoint,
    )?;
    let folder = match receipt::compare(&receipt, &sent)? {
        Match::Exact => Some(context.home.keep_order(
            &seller.origin,
            &answer.body.order.id,
            &KeptOrder {
                signed_data: pending.signed_data.as_bytes().to_vec(),
                certificate,
            },
            &from_the_first(api, seller, &answer.body, &receipt)?,
        )?),
        Match::SameOrder if answer.is_repeat => None,
        Match::SameOrder => {
            return Err(Failure::invalid(
                "the receipt answers another signature than the one that was sent",
            ));
        }
    };
    if folder.is_some() {
        context.home.keep_proof(
            &seller.origin,
            &answer.body.order.id,
            &answer.body.proof,
            &answer.body.checkpoint,
        )?;
    }
    let freshness = if answer.is_repeat {
        Freshness::Current
    } else {
        Freshness::New
    };
    watch.follow(&checkpoint, freshness)?;
    context.home.forget_pending(&seller.origin, pending)?;
    Ok(Receipted {
        answer: answer.body,
        receipt,
        folder,
    })
}

/// The receipt as it was signed, and those before it: the first answer to an order may have been lost
/// and the order, which was held, answered again since.
fn from_the_first(
    api: &Api,
    seller: &Seller,
    answer: &OrderAnswer,
    receipt: &Receipt,
) -> Result<Vec<Vec<u8>>, Failure> {
    if receipt.common.previous.is_none() {
        return Ok(vec![answer.receipt.as_bytes().to_vec()]);
    }
    let history = History::fetch(api, seller, &answer.order)?;
    let signed = history.signed();
    let place = signed
        .iter()
        .position(|signed| signed == answer.receipt.as_bytes())
        .ok_or_else(|| Failure::invalid("the receipt is none of those signed about the order"))?;
    Ok(signed.iter().take(place + 1).cloned().collect())
}

/// Keeps an envelope and sends it. It stays kept until its answer is verified, unless the answer is
/// that nothing can come of it.
pub(crate) fn deliver<T: DeserializeOwned>(
    context: &Context,
    api: &Api,
    seller: &Seller,
    pending: &Pending,
) -> Result<Answer<T>, Failure> {
    let session = api.session()?;
    if session.account != pending.account {
        let message = format!(
            "{} is {}'s, and {} is signed in",
            pending.describe(),
            pending.account,
            session.account
        );
        return Err(Failure::new(Exit::SignIn, message)
            .advise("sign in with the account that it is from: po login HOST PORT ID"));
    }
    context.home.keep_pending(&seller.origin, pending)?;
    let answer = send(context, api, pending);
    if let Err(failure) = &answer
        && proves_that_nothing_came_of_it(failure)
    {
        context.home.forget_pending(&seller.origin, pending)?;
    }
    answer
}

fn send<T: DeserializeOwned>(
    context: &Context,
    api: &Api,
    pending: &Pending,
) -> Result<Answer<T>, Failure> {
    let mut repeats = 0;
    loop {
        match api.post_envelope(&pending.path(), pending.envelope.as_bytes()) {
            Err(failure) if repeats < REPEATS && is_worth_repeating(&failure) => {
                context.output.message(&failure.to_string());
                repeats += 1;
                let pause = failure.retry_after.unwrap_or(PAUSE);
                std::thread::sleep(pause.min(PAUSE_MAX));
            }
            Err(failure) if failure.exit == Exit::Retry => {
                return Err(failure.advise(format!(
                    "{} is kept and nothing is lost: send the same bytes again with: po resend {}",
                    pending.describe(),
                    pending.purchase_order_number
                )));
            }
            answer => return answer,
        }
    }
}

/// Whether the answer says that the message was refused for good, so that nothing can come of it.
fn proves_that_nothing_came_of_it(failure: &Failure) -> bool {
    match failure.code() {
        Some(
            Code::TooLarge
            | Code::MediaType
            | Code::BadRequest
            | Code::EnvelopeNotAccepted
            | Code::SignatureNotAccepted
            | Code::OrderNotUnderstood
            | Code::WrongSeller
            | Code::WrongBuyer
            | Code::WrongOrder
            | Code::NumberAlreadyUsed
            | Code::KeyNotActive
            | Code::TimestampNotAccepted
            | Code::OverOrderLimit
            | Code::MoveNotAllowed,
        ) => true,
        Some(
            Code::SignInRequired
            | Code::SignInNotAccepted
            | Code::TokenNotSufficient
            | Code::SlowDown
            | Code::Busy
            // Said before it is known whether the message was answered: its answer may have been lost.
            | Code::RecipientUnknown
            | Code::NewKeyRequired
            | Code::ClockNotTrusted
            | Code::KeyNotAccepted
            | Code::KeyInUse
            | Code::EnrolmentNotAuthorised
            | Code::PasswordNotAccepted
            | Code::NotFound
            | Code::MethodNotAllowed
            | Code::StockNotAccepted
            | Code::RoleNotEnough
            | Code::StorageUnavailable
            | Code::OutcomeUnknown
            | Code::InternalError,
        )
        | None => false,
    }
}

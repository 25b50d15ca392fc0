//! Why a message did not become an order, and what of that is recorded.

use std::sync::Arc;
use std::time::Duration;

use countersign_api::Code;
use countersign_envelope::AlgorithmHint;
use countersign_order::{Misaddressed, NotUnderstood, PurchaseOrder, Rejection};
use countersign_store::{RefusedItem, RefusedOrder};

use super::super::DeskError;
use super::places::NoPlace;

/// Why a message did not become an order.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The account sends too fast.
    SlowDown(Duration),
    /// No place is free in the queue.
    NoPlace,
    /// The body is longer than an order can be.
    TooLarge,
    /// The body says that it is something else.
    MediaType,
    /// None of the recipients is a current key of ours.
    RecipientUnknown,
    /// The envelope could not be opened, for whatever cause.
    EnvelopeNotAccepted {
        /// What the envelope's own labels show.
        hint: Option<AlgorithmHint>,
    },
    /// No key has ever been enrolled for the account.
    NewKeyRequired,
    /// The signature is not by a key of the account, for whatever cause.
    SignatureNotAccepted {
        /// What the message's own labels show.
        hint: Option<AlgorithmHint>,
    },
    /// What was signed is not an order document.
    OrderNotUnderstood(NotUnderstood),
    /// The order is for another seller, or another buyer's.
    Misaddressed(Misaddressed, Arc<PurchaseOrder>),
    /// The order was refused in its turn; recorded there.
    Rejected(Rejection),
    /// The desk could not do its work.
    Desk(DeskError),
}

impl Refusal {
    /// The code under which the refusal is recorded before it is told; none if there is nothing
    /// to record, or it has been recorded already.
    pub(super) fn code_to_record(&self) -> Option<Code> {
        match self {
            Self::TooLarge => Some(Code::TooLarge),
            Self::MediaType => Some(Code::MediaType),
            Self::RecipientUnknown => Some(Code::RecipientUnknown),
            Self::EnvelopeNotAccepted { .. } => Some(Code::EnvelopeNotAccepted),
            Self::NewKeyRequired => Some(Code::NewKeyRequired),
            Self::SignatureNotAccepted { .. } => Some(Code::SignatureNotAccepted),
            Self::OrderNotUnderstood(_) => Some(Code::OrderNotUnderstood),
            Self::Misaddressed(Misaddressed::WrongSeller, _) => Some(Code::WrongSeller),
            Self::Misaddressed(Misaddressed::WrongBuyer, _) => Some(Code::WrongBuyer),
            Self::SlowDown(_) | Self::NoPlace | Self::Rejected(_) | Self::Desk(_) => None,
        }
    }

    /// What was asked for, if a signature says so.
    pub(super) fn order(&self) -> Option<RefusedOrder> {
        match self {
            Self::Misaddressed(_, order) => Some(refused_order(order)),
            Self::SlowDown(_)
            | Self::NoPlace
            | Self::TooLarge
            | Self::MediaType
            | Self::RecipientUnknown
            | Self::EnvelopeNotAccepted { .. }
            | Self::NewKeyRequired
            | Self::SignatureNotAccepted { .. }
            | Self::OrderNotUnderstood(_)
            | Self::Rejected(_)
            | Self::Desk(_) => None,
        }
    }
}

/// The code under which a rejection in the writer's turn is recorded.
pub(crate) fn code_of(rejection: &Rejection) -> Option<Code> {
    match rejection {
        Rejection::NumberAlreadyUsed { .. } => Some(Code::NumberAlreadyUsed),
        Rejection::KeyNotActive => Some(Code::KeyNotActive),
        Rejection::TimestampNotAccepted => Some(Code::TimestampNotAccepted),
        Rejection::SignInRequired | Rejection::ClockNotTrusted => None,
    }
}

/// What a refused order asked for.
pub(crate) fn refused_order(order: &PurchaseOrder) -> RefusedOrder {
    let items = order.lines.iter().map(|line| RefusedItem {
        sku: line.sku.clone(),
        quantity: line.quantity,
    });
    RefusedOrder {
        purchase_order_number: order.purchase_order_number.clone(),
        issued_at: order.issued_at,
        items: items.collect(),
    }
}

impl From<NoPlace> for Refusal {
    fn from(_: NoPlace) -> Self {
        Self::NoPlace
    }
}

impl From<DeskError> for Refusal {
    fn from(error: DeskError) -> Self {
        Self::Desk(error)
    }
}

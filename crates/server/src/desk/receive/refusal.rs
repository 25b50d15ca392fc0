//! Why a message had no effect, and what of that is recorded.

use countersign_api::Code;
use countersign_envelope::AlgorithmHint;
use countersign_order::{
    CancellationRequest, Misaddressed, NotUnderstood, PurchaseOrder, Rejection,
};
use countersign_store::{RefusedItem, RefusedOrder};

use super::super::cancel::Unfollowed;
use super::super::{DeskError, Quota};
use crate::shares::NoneLeft;

/// Why a message did not become an order, or did not cancel one.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The account sends too fast.
    SlowDown(Quota),
    /// No place is free in the queue.
    NoPlace,
    /// The body is longer than any message can be.
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
    /// What was signed is not the document that belongs here.
    OrderNotUnderstood(NotUnderstood),
    /// What was signed is for another seller, or another buyer's.
    Misaddressed(Misaddressed, Box<RefusedOrder>),
    /// The order was refused in its turn; recorded there.
    Rejected(Rejection),
    /// The request to cancel was not followed in its turn.
    Unfollowed(Unfollowed, Box<RefusedOrder>),
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
            Self::Unfollowed(Unfollowed::NotFound, _) => Some(Code::NotFound),
            Self::Unfollowed(Unfollowed::WrongOrder, _) => Some(Code::WrongOrder),
            Self::Unfollowed(Unfollowed::KeyNotActive, _) => Some(Code::KeyNotActive),
            Self::Unfollowed(Unfollowed::NotTimely, _) => Some(Code::TimestampNotAccepted),
            Self::Unfollowed(Unfollowed::TooLate(_), _) => Some(Code::MoveNotAllowed),
            Self::SlowDown(_) | Self::NoPlace | Self::Rejected(_) | Self::Desk(_) => None,
        }
    }

    /// What was asked for, if a signature says so.
    pub(super) fn order(&self) -> Option<RefusedOrder> {
        match self {
            Self::Misaddressed(_, asked) | Self::Unfollowed(_, asked) => Some((**asked).clone()),
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
        Rejection::OverOrderLimit { .. } => Some(Code::OverOrderLimit),
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

/// What a refused request was about.
pub(super) fn refused_request(request: &CancellationRequest) -> RefusedOrder {
    RefusedOrder {
        purchase_order_number: request.purchase_order_number.clone(),
        issued_at: request.issued_at,
        items: Vec::new(),
    }
}

impl From<NoneLeft> for Refusal {
    fn from(_: NoneLeft) -> Self {
        Self::NoPlace
    }
}

impl From<DeskError> for Refusal {
    fn from(error: DeskError) -> Self {
        Self::Desk(error)
    }
}

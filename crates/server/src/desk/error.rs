//! Why an operation did not happen, by who must act: the peer, the operator, or us.

use std::sync::Arc;

use countersign_envelope::{KeyRefusal, SignError};
use countersign_order::{OrderState, PurchaseOrderNumber};
use countersign_store::StoreError;
use countersign_transparency::NoteSignError;
use jiff::Timestamp;

use super::passwords::HashError;
use crate::background::Panicked;
use crate::checkpoint_file::CheckpointFileError;

/// Why an operation did not happen. Nothing of it was kept, except after
/// [`DeskError::OutcomeUnknown`], which leaves that open.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeskError {
    /// There is no such thing, or it is not the caller's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The thing to be added is there already.
    #[error("there is already such {0}")]
    AlreadyExists(&'static str),
    /// What was asked makes no sense, in a sentence for people.
    #[error("{0}")]
    Unfit(String),
    /// The key may not be enrolled by anyone.
    #[error("the key is not accepted")]
    KeyNotAccepted(#[source] Arc<KeyRefusal>),
    /// The key is one too many, or the documents beside it do not fit.
    #[error("the enrolment is not accepted: {0}")]
    EnrolmentNotAccepted(&'static str),
    /// The key, or the name its certificate goes by, is enrolled already.
    #[error("the key is in use")]
    KeyInUse,
    /// Nobody entitled to it asked for this key.
    #[error("the enrolment is not authorised")]
    EnrolmentNotAuthorised,
    /// The account's address was changed so lately that no invite enrols a key.
    #[error(
        "the account's e-mail address was changed: until {until} no invite enrols a key for it. An \
         active key of the account may allow one, or the seller's operator may enrol it"
    )]
    AddressTooNew {
        /// When invites count again.
        until: Timestamp,
    },
    /// The account may not come in, or the invite's code opens nothing.
    #[error("the account may not come in, or the invite opens nothing")]
    NotLetIn,
    /// The stock cannot be set to this, in a sentence for people.
    #[error("{0}")]
    StockNotAccepted(String),
    /// The order is past this step.
    #[error("the order is {state}: {moved_by} brought it there at {moved_at}")]
    MoveNotAllowed {
        /// The state the order is in.
        state: OrderState,
        /// Who brought it there.
        moved_by: String,
        /// When.
        moved_at: Timestamp,
    },
    /// Nothing of the order with this number of the buyer's is packed, or went.
    #[error("nothing of {0} is packed")]
    NothingPacked(PurchaseOrderNumber),
    /// The time in which a held order could be answered is over.
    #[error("the order was held until {until}, and will be declined")]
    HoldIsOver {
        /// When it was over.
        until: Timestamp,
    },
    /// The clock stands well before the last statement: nothing can be signed with such a time.
    #[error("the clock stands before the last statement")]
    ClockNotTrusted,
    /// The key that signs statements was replaced since this program began: what it signs would count for
    /// nothing.
    #[error("the key that signs statements was replaced since this program began")]
    KeyReplaced,
    /// Another writer got there first; the operation may be tried again.
    #[error("another writer got there first")]
    Conflict,
    /// More is under way than the desk can take.
    #[error("the desk is busy")]
    Busy,
    /// The server is stopping.
    #[error("the server is stopping")]
    ShuttingDown,
    /// Whether it happened is not known; asking again with the same bytes tells.
    #[error("it is not known whether this happened")]
    OutcomeUnknown,
    /// The disk is full.
    #[error("no space is left for the store")]
    StorageFull,
    /// The store cannot be used now: the disk fails, or the file is gone.
    #[error("the store failed")]
    StorageUnavailable(#[source] Arc<StoreError>),
    /// What is stored makes no sense, or what was to be stored broke a rule.
    #[error("the store failed")]
    Store(#[source] Arc<StoreError>),
    /// A statement could not be signed.
    #[error("a statement could not be signed")]
    Sign(#[source] Arc<SignError>),
    /// A checkpoint could not be signed.
    #[error("a checkpoint could not be signed")]
    SignCheckpoint(#[source] Arc<NoteSignError>),
    /// The newest checkpoint could not be remembered.
    #[error("the newest checkpoint could not be remembered")]
    CheckpointFile(#[source] Arc<CheckpointFileError>),
    /// A password could not be hashed.
    #[error("a password could not be hashed")]
    Hash(#[source] Arc<HashError>),
    /// Something that was stored cannot be read back.
    #[error("the stored {0} makes no sense")]
    Inconsistent(&'static str),
    /// A defect ended the work.
    #[error("the work panicked")]
    Panicked,
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::Busy => Self::Busy,
            StoreError::Full => Self::StorageFull,
            StoreError::OutcomeUnknown(source) => {
                tracing::error!(source, "the outcome of a commit is not known");
                Self::OutcomeUnknown
            }
            error @ StoreError::Unavailable(_) => Self::StorageUnavailable(Arc::new(error)),
            error @ (StoreError::Inconsistent { .. } | StoreError::RuleBroken(_)) => {
                Self::Store(Arc::new(error))
            }
        }
    }
}

impl From<CheckpointFileError> for DeskError {
    fn from(error: CheckpointFileError) -> Self {
        Self::CheckpointFile(Arc::new(error))
    }
}

impl From<Panicked> for DeskError {
    fn from(Panicked: Panicked) -> Self {
        Self::Panicked
    }
}

impl From<HashError> for DeskError {
    fn from(error: HashError) -> Self {
        Self::Hash(Arc::new(error))
    }
}

impl From<KeyRefusal> for DeskError {
    fn from(refusal: KeyRefusal) -> Self {
        Self::KeyNotAccepted(Arc::new(refusal))
    }
}

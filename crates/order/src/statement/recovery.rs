//! `countersign/recovery/1`: a log lost its end, and another follows it. Signed by the root.
//!
//! It is the first entry of the log that follows. What stood in the lost range is not in the seller's
//! books any more; whoever holds a statement of it still holds the seller's signature.

use serde::{Deserialize, Serialize};

use super::Common;
use crate::digest::Digest;
use crate::party::LogOrigin;
use crate::text::ShortText;

/// The end of one log and the beginning of the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// What every statement says, without a place in the log.
    #[serde(flatten)]
    pub common: Common,
    /// The log that lost its end.
    pub lost: RecoveredLog,
    /// The log that follows it.
    pub successor: LogOrigin,
    /// Why.
    pub reason: ShortText,
}

/// A log, as far as it was published and as far as it could be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveredLog {
    /// The log.
    pub origin: LogOrigin,
    /// The last checkpoint that is known: a signed note. Its leaves from `kept_size` on are lost.
    pub checkpoint: String,
    /// How many leaves could be kept, counted from the first.
    pub kept_size: u64,
    /// The root over these.
    pub kept_root: Digest,
}

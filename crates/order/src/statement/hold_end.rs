//! How a hold ends without an acceptance.

use crate::decision::{Reason, ReasonCode};
use crate::digest::Digest;
use crate::text::ShortText;

/// Why a held order is declined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldEnd {
    /// A person of the seller's did not approve it.
    NotApproved {
        /// Why, for the buyer to read.
        note: ShortText,
    },
    /// Nobody answered in its time.
    Expired,
    /// The buyer called it off.
    Withdrawn {
        /// Why, as the buyer signed it.
        note: ShortText,
        /// The digest of the signed request.
        request: Digest,
    },
}

impl HoldEnd {
    /// The reason that the receipt gives.
    pub const fn reason(&self) -> Reason {
        Reason {
            line: None,
            code: match self {
                Self::NotApproved { .. } => ReasonCode::NotApproved,
                Self::Expired => ReasonCode::HoldExpired,
                Self::Withdrawn { .. } => ReasonCode::BuyerWithdrew,
            },
            offered: None,
            current: None,
        }
    }

    /// Why, in words, if somebody said so.
    pub const fn note(&self) -> Option<&ShortText> {
        match self {
            Self::NotApproved { note } | Self::Withdrawn { note, .. } => Some(note),
            Self::Expired => None,
        }
    }

    /// The digest of the buyer's request, if there is one.
    pub const fn request(&self) -> Option<Digest> {
        match self {
            Self::Withdrawn { request, .. } => Some(*request),
            Self::NotApproved { .. } | Self::Expired => None,
        }
    }
}

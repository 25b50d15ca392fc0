//! When a buyer's document may arrive, and how near to its date it must be signed.

use jiff::{SignedDuration, Timestamp};

use crate::time::to_millisecond;

/// How far a buyer's clock may run ahead of ours, and ours behind the last statement.
pub const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(2);
/// How long a document is good for if it does not say.
const DEFAULT_LIFE: SignedDuration = SignedDuration::from_mins(15);
/// How far apart a document's issue and its signature may lie.
const SIGNING_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The time between a document's issue and its lapse.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) issued_at: Timestamp,
    pub(crate) lapses_at: Timestamp,
}

impl Window {
    /// The window of a document that says no more than when it was issued.
    ///
    /// None at the end of time, where nothing is left to arrive in.
    pub(crate) fn from(issued_at: Timestamp) -> Option<Self> {
        let lapses_at = default_lapse(issued_at)?;
        Some(Self {
            issued_at,
            lapses_at,
        })
    }

    /// Whether a document arrived between its issue and its lapse, and was signed when it was
    /// issued.
    ///
    /// The arrival is judged as a statement will say it, to the millisecond.
    pub(crate) fn admits(&self, signing_time: Timestamp, received_at: Timestamp) -> bool {
        let arrival = to_millisecond(received_at);
        let early = self.issued_at.duration_since(arrival);
        let apart = signing_time.duration_since(self.issued_at).abs();
        early <= CLOCK_TOLERANCE && arrival <= self.lapses_at && apart <= SIGNING_TOLERANCE
    }
}

/// When a document issued then ends if it does not say.
pub(crate) fn default_lapse(issued_at: Timestamp) -> Option<Timestamp> {
    issued_at.checked_add(DEFAULT_LIFE).ok()
}

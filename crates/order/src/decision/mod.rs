//! What the desk answers to verified orders, and why: a pure function over a batch.

mod check;
mod decide;
mod hold;
mod outcome;
mod snapshot;
#[cfg(test)]
mod tests;

pub use decide::{Entry, MAX_ATTEMPTS, decide};
pub use hold::{AmountError, Amounts, Credit, HoldFor, HoldRules, NotAHold};
pub use outcome::{
    Changes, Decided, DecidedLine, Decision, Outcome, Reason, ReasonCode, Rejection,
};
pub use snapshot::{BuyerStanding, KeyStanding, PriorAttempt, Snapshot, prevailing};

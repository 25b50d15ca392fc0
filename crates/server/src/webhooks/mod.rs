//! Webhooks (Standard Webhooks 1.0): others are told by HTTP of what happens, each message signed.
//!
//! What is told is written by the transaction in which it happens; this is how it is worded, signed,
//! sent and tried again, and which addresses are never asked.

mod address;
mod courier;
mod event;
mod schedule;
mod secret;

pub use address::{Allowed, NotAllowable};
pub use courier::{Answer, Courier, Message, UnfitUrl, check_url};
pub use event::{EventKind, UnknownKind};
pub use secret::{Secret, UnfitSecret, signatures};

pub(crate) use event::{Facts, KeyFacts, OrderFacts, Subject, payload, test_payload};
pub(crate) use schedule::{ATTEMPTS_MAX, patience, wait_before};

//! The real `po`, run against a shop that answers as each test wants: honestly, or not.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on may panic"
)]

mod buyer;
mod cancellations;
mod evidence;
mod flags;
mod history;
mod log;
mod messages;
mod orders;
mod pinning;
mod receipts;
mod secrets;
mod seller_statement;
mod shop;
mod wire;

//! The server over TLS, from the outside: one module for each part of the contract.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod cancellation;
mod enrolment;
mod failures;
mod fulfilment;
mod lists;
mod live;
mod log;
mod orders;
mod refusals;
mod roles;
mod service;
mod sessions;
mod support;
mod witnesses;
mod writer;

//! The server over TLS, from the outside: one module for each part of the contract.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod authorisation;
mod cancellation;
mod clocks;
mod desk_work;
mod enrolment;
mod failures;
mod fulfilment;
mod fuzzed;
mod holds;
mod lists;
mod live;
mod log;
mod orders;
mod people;
mod prices;
mod refusals;
mod service;
mod sessions;
mod support;
mod timing;
mod webhooks;
mod witnesses;
mod writer;

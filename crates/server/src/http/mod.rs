//! HTTP: reads a request, asks the desk, writes the answer. Knows no rule of the business.
//!
//! Routes, bodies and problems are the contract's; `problem` alone decides what the outside
//! learns of a failure, and `access` alone who may ask. `witness` speaks a protocol of its own, to a
//! program that is no shop.

mod access;
mod account;
mod answer;
mod app;
mod body;
mod connections;
pub(crate) mod desk;
mod framing;
mod items;
mod keys;
mod leftover;
mod listener;
mod live;
mod log;
mod orders;
mod path;
pub mod problem;
mod query;
mod rate_limit;
mod refusals;
mod revision;
mod router;
mod seller;
mod service;
mod sessions;
mod stall;
mod streamed;
mod witness;

pub(crate) use app::App;
pub(crate) use desk::{desk_item_view, movement_view, note_view, read_buyers};
pub(crate) use keys::view as key_view;
pub use listener::TlsError;
pub(crate) use listener::{run, tls, tls_with};
pub(crate) use live::{order_event, watch};
pub(crate) use orders::{csv as order_table, filter as order_filter, view as order_view};
pub(crate) use refusals::refusal_view;
pub(crate) use router::router;
pub(crate) use witness::{Booth, router as witness_router};

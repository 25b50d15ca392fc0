//! What the stories in `tests/tests/` are told with: a shop, its buyers, the wire between them,
//! and the outside judges `openssl`, `curl`, Go and a real mail server.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_in_result,
    clippy::return_self_not_must_use,
    reason = "a test that cannot set its scene ends at the spot"
)]

pub mod attack;
pub mod backup;
pub mod books;
pub mod buyer;
pub mod canary;
pub mod chance;
pub mod clerk;
pub mod crowd;
pub mod customers;
pub mod document;
pub mod faketime;
pub mod forgery;
pub mod go;
pub mod guide;
pub mod http;
pub mod idle;
pub mod judge;
pub mod mail;
pub mod openssl;
pub mod po;
pub mod postgres;
pub mod programs;
pub mod python;
pub mod receiver;
pub mod recorder;
pub mod rfc;
pub mod rotation;
mod serving;
pub mod shop;
pub mod small_log;
pub mod terminal;
pub mod tidy;
pub mod wire;
pub mod witness;

/// Says something beside a test's outcome.
#[expect(
    clippy::print_stderr,
    reason = "the test runner shows it when a test fails"
)]
pub fn remark(text: &str) {
    eprintln!("{text}");
}

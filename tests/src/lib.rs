//! What the stories in `tests/tests/` are told with: a shop, its buyers, the wire between them,
//! and the outside judges `openssl`, `curl` and a real mail server.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set its scene ends at the spot"
)]

pub mod tidy;

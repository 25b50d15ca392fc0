//! The program's only source of time.

use jiff::Timestamp;

/// The present time.
#[expect(
    clippy::disallowed_methods,
    reason = "this function is the one that may"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

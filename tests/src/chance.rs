//! The tests' own clock and source of randomness.

use jiff::{Timestamp, Unit};
use rand_core::{CryptoRng, UnwrapErr};

/// The time, in the whole milliseconds a document can state.
pub fn now() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "the tests are a program of their own"
    )]
    let now = Timestamp::now();
    now.round(Unit::Millisecond)
        .expect("a time of today can be rounded")
}

/// The operating system's randomness.
pub fn rng() -> impl CryptoRng {
    UnwrapErr(getrandom::SysRng)
}

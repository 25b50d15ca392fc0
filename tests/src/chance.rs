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

/// A number from the environment, by which a run is made longer or repeated; this one if none is there.
pub fn wanted(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// What a run's dice are made of: `COUNTERSIGN_SEED`, or another each time. It is said, so that the run can be
/// repeated.
pub fn seed() -> u64 {
    let now = u64::try_from(now().as_millisecond()).unwrap();
    let seed = wanted("COUNTERSIGN_SEED", now);
    crate::remark(&format!("COUNTERSIGN_SEED={seed}"));
    seed
}

/// The operating system's randomness.
pub fn rng() -> impl CryptoRng {
    UnwrapErr(getrandom::SysRng)
}

/// A generator that anyone can run again: splitmix64.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// The generator of a seed.
    pub const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from zero on, below an end.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        usize::try_from(mixed % u64::try_from(end).unwrap()).unwrap()
    }
}

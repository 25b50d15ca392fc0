//! The program's only source of randomness: the operating system.

#![expect(clippy::disallowed_types, reason = "this module is the one that may")]

use getrandom::SysRng;
use rand_core::{CryptoRng, Rng as _, UnwrapErr};

/// Letters of a number that is made up: no two of them look alike.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKMNPQRSTUVWXYZ023456789";

/// The operating system's generator. It panics where there is no randomness, since nothing can be
/// signed or sealed without.
pub(crate) fn rng() -> impl CryptoRng {
    UnwrapErr(SysRng)
}

/// A few letters and digits, so that a number made up is not one used before.
pub(crate) fn letters(count: usize) -> String {
    let mut rng = rng();
    (0..count)
        .filter_map(|_| ALPHABET.get(usize::from(rng.next_u32().to_le_bytes()[0] % 32)))
        .map(|letter| char::from(*letter))
        .collect()
}

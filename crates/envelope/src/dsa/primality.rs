//! Whether a number is prime, decided the same way every time.
//!
//! Miller–Rabin with random bases would need a generator; with fixed bases a composite can be made
//! to pass. Here the bases come from a digest of the number and of a label, which whoever made the
//! number could not choose independently (FIPS 186-4 C.3.1 for the test itself).

use std::sync::LazyLock;

use crypto_bigint::{BoxedUint, Limb, NonZero, Odd, Resize};
use crypto_primes::hazmat::MillerRabin;

use crate::digest::Digest;

/// Rounds for numbers made by others: an error of at most 2^-128 (FIPS 186-4 table C.1).
pub(super) const ROUNDS: u32 = 64;

/// Every prime below this is tried as a factor.
const SMALL_FACTOR_MAX: u32 = 1 << 16;

const BASE_LABEL: &[u8] = b"countersign miller-rabin base";

/// Whether an odd number above 2^16 passes trial division and `rounds` rounds of Miller–Rabin.
pub(super) fn is_probably_prime(number: &Odd<BoxedUint>, rounds: u32) -> bool {
    if has_small_factor(number.as_ref()) {
        return false;
    }
    let test = MillerRabin::new(number.clone());
    (0..rounds).all(|round| test.test(&base(number, round)).is_probably_prime())
}

/// Whether an odd number above 2^16 has a factor below it.
pub(crate) fn has_small_factor(number: &BoxedUint) -> bool {
    small_primes()
        .iter()
        .any(|prime| number.rem_limb(*prime) == Limb::ZERO)
}

/// A base between 2 and number − 2.
fn base(number: &Odd<BoxedUint>, round: u32) -> BoxedUint {
    let encoded = number.to_be_bytes();
    let octets: Vec<u8> = (0_u32..)
        .flat_map(|block| {
            let place = [round.to_be_bytes(), block.to_be_bytes()].concat();
            *Digest::of(&[BASE_LABEL, &place, &encoded].concat()).as_bytes()
        })
        .take(encoded.len())
        .collect();
    let small = |value: u8| BoxedUint::from(value).resize(number.bits_precision());
    let Some(range) = number
        .as_ref()
        .wrapping_sub(small(3))
        .into_nz()
        .into_option()
    else {
        return small(2);
    };
    BoxedUint::from_be_slice_vartime(&octets)
        .rem_vartime(&range)
        .wrapping_add(small(2))
}

fn small_primes() -> &'static [NonZero<Limb>] {
    static PRIMES: LazyLock<Vec<NonZero<Limb>>> = LazyLock::new(|| {
        (3..SMALL_FACTOR_MAX)
            .step_by(2)
            .filter(|number| {
                (3..)
                    .step_by(2)
                    .take_while(|divisor| divisor * divisor <= *number)
                    .all(|divisor| number % divisor != 0)
            })
            .filter_map(|prime| NonZero::new(Limb::from(prime)).into_option())
            .collect()
    });
    &PRIMES
}

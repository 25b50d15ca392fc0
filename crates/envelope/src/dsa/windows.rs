//! A power of a base that has no table: odd powers of it, and windows of the exponent that end in a one
//! (Menezes, van Oorschot and Vanstone, "Handbook of Applied Cryptography", algorithm 14.85).

use crypto_bigint::modular::BoxedMontyForm;
use crypto_bigint::{BoxedUint, MontyMultiplier as _};

use super::parameters::DsaParameters;

/// The longest window. One of 4 bits, or of 6, takes more multiplications with exponents of 256 bits.
const WINDOW_BITS: u32 = 5;

/// The odd powers of a base, and where an exponent needs them.
pub(super) struct Windows {
    /// The base to the power of 1, 3, 5, …
    odd_powers: Vec<BoxedMontyForm>,
    /// For each bit of the exponent that ends a window, which of them it is.
    chosen: Vec<Option<usize>>,
}

impl Windows {
    pub(super) fn new(parameters: &DsaParameters, base: &BoxedUint, exponent: &BoxedUint) -> Self {
        Self {
            odd_powers: odd_powers(parameters, base),
            chosen: windows(exponent, parameters.q_bits()),
        }
    }

    /// What the window that ends at a bit of the exponent stands for.
    pub(super) fn factor(&self, place: u32) -> Option<&BoxedMontyForm> {
        let place = usize::try_from(place).ok()?;
        let chosen = self.chosen.get(place).copied().flatten()?;
        self.odd_powers.get(chosen)
    }
}

fn odd_powers(parameters: &DsaParameters, base: &BoxedUint) -> Vec<BoxedMontyForm> {
    let mut multiplier = parameters.multiplier();
    let mut power = parameters.element(base);
    let square = power.square();
    let mut odd_powers = vec![power.clone()];
    for _ in 1..1 << (WINDOW_BITS - 1) {
        multiplier.mul_assign(&mut power, &square);
        odd_powers.push(power.clone());
    }
    odd_powers
}

/// For each bit of an exponent: if a window ends there, its value without the last bit.
fn windows(exponent: &BoxedUint, bits: u32) -> Vec<Option<usize>> {
    let mut windows = Vec::new();
    let mut next = 0;
    for place in 0..bits {
        let starts = place >= next && exponent.bit_vartime(place);
        windows.push(starts.then(|| {
            next = place + WINDOW_BITS;
            (1..WINDOW_BITS)
                .filter(|bit| exponent.bit_vartime(place + bit))
                .fold(0, |value, bit| value | 1 << (bit - 1))
        }));
    }
    windows
}

//! Products of powers, whose exponents are gone through at once so that the bases share the squarings.
//! Bases and exponents are public, so time may vary.

use std::sync::Arc;

use crypto_bigint::modular::BoxedMontyForm;
use crypto_bigint::{BoxedUint, MontyMultiplier as _};

use super::comb::Comb;
use super::parameters::{DsaParameters, Multiplier};
use super::windows::Windows;

/// A base and its exponent.
pub(super) enum Power<'a> {
    /// The base has a table.
    Comb(Arc<Comb>, &'a BoxedUint),
    /// It has none.
    Windows(Windows),
}

impl Power<'_> {
    /// How many squarings it takes.
    fn squarings(&self, parameters: &DsaParameters) -> u32 {
        match self {
            Self::Comb(comb, _) => comb.columns(),
            Self::Windows(_) => parameters.q_bits(),
        }
    }

    /// Multiplies a product by what this base adds when so many squarings are left.
    fn multiply(&self, product: &mut BoxedMontyForm, left: u32, multiplier: &mut Multiplier<'_>) {
        match self {
            Self::Comb(comb, exponent) => {
                for factor in comb.factors(exponent, left) {
                    multiplier.mul_assign(product, factor);
                }
            }
            Self::Windows(windows) => {
                if let Some(factor) = windows.factor(left) {
                    multiplier.mul_assign(product, factor);
                }
            }
        }
    }
}

/// The product of powers modulo p. The exponents are below q.
pub(super) fn product(parameters: &DsaParameters, powers: &[Power<'_>]) -> BoxedMontyForm {
    let mut multiplier = parameters.multiplier();
    let mut product = parameters.one();
    let squarings = powers.iter().map(|power| power.squarings(parameters)).max();
    for left in (0..squarings.unwrap_or_default()).rev() {
        multiplier.square_assign(&mut product);
        for power in powers {
            power.multiply(&mut product, left, &mut multiplier);
        }
    }
    product
}

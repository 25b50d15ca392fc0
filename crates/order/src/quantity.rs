//! How many units: whole, never zero, at most a million.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::schema;

/// A whole number of units, 1 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u32")]
pub struct Quantity(u32);

/// A number is no quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("is not a whole number from 1 to 1000000")]
pub struct QuantityError;

impl Quantity {
    /// A single unit.
    pub const ONE: Self = Self(1);
    /// The most that can be asked for on one line.
    pub const MAX: Self = Self(1_000_000);

    /// The number of units.
    pub const fn units(self) -> u32 {
        self.0
    }
}

impl TryFrom<u64> for Quantity {
    type Error = QuantityError;

    fn try_from(units: u64) -> Result<Self, QuantityError> {
        match u32::try_from(units) {
            Ok(units @ 1..=1_000_000) => Ok(Self(units)),
            Ok(_) | Err(_) => Err(QuantityError),
        }
    }
}

impl TryFrom<u32> for Quantity {
    type Error = QuantityError;

    fn try_from(units: u32) -> Result<Self, QuantityError> {
        u64::from(units).try_into()
    }
}

impl From<Quantity> for u32 {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

schema!(
    Quantity, "A whole number of units.", { "type": "integer", "minimum": 1, "maximum": 1_000_000 }
);

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_one_to_a_million() {
        for right in [1_u64, 1_000_000] {
            assert!(Quantity::try_from(right).is_ok(), "{right} was refused");
        }
        for wrong in [
            0_u64,
            1_000_001,
            1 << 31,
            1 << 32,
            (1 << 32) + 1,
            1 << 63,
            u64::MAX,
        ] {
            assert_eq!(
                Quantity::try_from(wrong),
                Err(QuantityError),
                "{wrong} was taken"
            );
        }
    }
}

//! Money: whole minor units of an ISO 4217 currency, decimal prices, and rounding half to even.
//!
//! Whatever does not fit is refused; nothing here wraps, saturates or passes through floating point.

mod currency;
mod price;
#[cfg(test)]
mod tests;

use std::fmt;

use thiserror::Error;

pub use currency::Currency;
pub use price::{UnitPrice, line_amount, open_amount};

/// Why some text is no amount, price or currency, or why an amount cannot be stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not the code of a currency with minor units.
    #[error("is not an ISO 4217 currency code")]
    Currency,
    /// Not a decimal number as documents write it.
    #[error("is not a decimal number such as 15 or 15.00")]
    Decimal,
    /// More or fewer fraction digits than allowed here.
    #[error("has {found} fraction digits where {allowed} are allowed")]
    FractionDigits {
        /// How many there are.
        found: usize,
        /// How many there may be: exactly, in an amount; at most, in a price.
        allowed: usize,
    },
    /// Larger than can be counted.
    #[error("is too large")]
    Overflow,
}

/// An amount of money, in minor units of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Cents, for example; as many as the currency's digits say.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// No money at all.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads an amount that has exactly the currency's fraction digits and is not negative.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let decimal = price::Decimal::parse(text)?;
        let allowed = usize::from(currency.minor_digits());
        let found = decimal.fraction.len();
        if found != allowed {
            return Err(MoneyError::FractionDigits { found, allowed });
        }
        let minor = decimal.scaled(allowed).ok_or(MoneyError::Overflow)?;
        let minor = i64::try_from(minor).map_err(|_| MoneyError::Overflow)?;
        Ok(Self { minor, currency })
    }

    /// The sum of two amounts of minor units in this amount's currency.
    pub fn checked_add_minor(self, minor: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_add(minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The number alone, with exactly the currency's digits: `45.00`.
    pub fn amount(self) -> String {
        let digits = usize::from(self.currency.minor_digits());
        let sign = if self.minor < 0 { "-" } else { "" };
        format!(
            "{sign}{}",
            price::decimal_text(self.minor.unsigned_abs(), digits)
        )
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

//! Prices, and what a line of an order comes to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Currency, Money, MoneyError};
use crate::quantity::Quantity;
use crate::text::schema;

/// The most fraction digits a price may have.
const FRACTION_DIGITS: usize = 6;
/// Ten to the power of [`FRACTION_DIGITS`].
const MILLION: u128 = 1_000_000;
/// Prices stay below a million million, so that they also fit a signed column of 64 bits.
const MAX_MILLIONTHS: u64 = 999_999_999_999_999_999;

/// The price of so many units: a decimal of up to six fraction digits, not negative.
///
/// It compares as a number: `15` and `15.00` are the same price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitPrice {
    millionths: u64,
}

impl UnitPrice {
    /// The price of so many millionths of a currency's major unit.
    pub fn from_millionths(millionths: u64) -> Result<Self, MoneyError> {
        if millionths > MAX_MILLIONTHS {
            return Err(MoneyError::Overflow);
        }
        Ok(Self { millionths })
    }

    /// The price in millionths of a currency's major unit.
    pub const fn millionths(self) -> u64 {
        self.millionths
    }

    /// The number as a buyer reads it: with the currency's digits, and more only where needed.
    pub fn in_currency(self, currency: Currency) -> String {
        self.with_digits(usize::from(currency.minor_digits()))
    }

    /// Whether two prices ask the same for a unit.
    pub fn is_same_rate(self, per: Quantity, other: Self, other_per: Quantity) -> bool {
        let cross =
            |price: Self, per: Quantity| u128::from(price.millionths) * u128::from(per.units());
        cross(self, other_per) == cross(other, per)
    }

    fn with_digits(self, at_least: usize) -> String {
        let mut text = decimal_text(self.millionths, FRACTION_DIGITS);
        let whole_bytes = text.len() - FRACTION_DIGITS;
        let significant = text.trim_end_matches('0').len();
        text.truncate(significant.max(whole_bytes + at_least));
        if text.ends_with('.') {
            text.pop();
        }
        text
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.with_digits(0))
    }
}

impl FromStr for UnitPrice {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let decimal = Decimal::parse(text)?;
        let found = decimal.fraction.len();
        if found > FRACTION_DIGITS {
            return Err(MoneyError::FractionDigits {
                found,
                allowed: FRACTION_DIGITS,
            });
        }
        let millionths = decimal
            .scaled(FRACTION_DIGITS)
            .ok_or(MoneyError::Overflow)?;
        Self::from_millionths(millionths)
    }
}

impl TryFrom<String> for UnitPrice {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<UnitPrice> for String {
    fn from(price: UnitPrice) -> Self {
        price.to_string()
    }
}

schema!(UnitPrice, "A decimal of up to six fraction digits, not negative.", { "type": "string", "pattern": "^(0|[1-9][0-9]{0,11})(\\.[0-9]{1,6})?$" });

/// What a line comes to: quantity × price ÷ per, rounded half to even to the currency's minor unit.
pub fn line_amount(
    quantity: Quantity,
    price: UnitPrice,
    per: Quantity,
    currency: Currency,
) -> Result<Money, MoneyError> {
    // At most 10⁶ × 10¹⁸ × 10⁴: far inside 128 bits.
    let minor_per_major = 10_u128.pow(u32::from(currency.minor_digits()));
    let dividend = u128::from(quantity.units()) * u128::from(price.millionths) * minor_per_major;
    let rounded = divide_half_even(dividend, MILLION * u128::from(per.units()));
    let minor = i64::try_from(rounded).map_err(|_| MoneyError::Overflow)?;
    Ok(Money { minor, currency })
}

/// What so many units come to at a price, rounded like a line; the most that can be counted if it is
/// more.
pub fn open_amount(units: u64, price: UnitPrice, per: Quantity, currency: Currency) -> Money {
    let minor_per_major = 10_u128.pow(u32::from(currency.minor_digits()));
    let dividend = u128::from(units)
        .saturating_mul(u128::from(price.millionths))
        .saturating_mul(minor_per_major);
    let rounded = divide_half_even(dividend, MILLION * u128::from(per.units()));
    let minor = i64::try_from(rounded).unwrap_or(i64::MAX);
    Money { minor, currency }
}

/// Divides, and rounds to the nearest whole number; from the middle, to the even one.
fn divide_half_even(dividend: u128, divisor: u128) -> u128 {
    let (quotient, remainder) = (dividend / divisor, dividend % divisor);
    let is_odd = quotient % 2 == 1;
    match (remainder * 2).cmp(&divisor) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Equal if !is_odd => quotient,
        std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => quotient + 1,
    }
}

/// The digits of a decimal number: no sign, no exponent, no idle zero in front.
pub(super) struct Decimal<'a> {
    whole: &'a str,
    pub(super) fraction: &'a str,
}

impl<'a> Decimal<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, MoneyError> {
        let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if are_digits(fraction) => (whole, fraction),
            Some(_) => return Err(MoneyError::Decimal),
            None => (text, ""),
        };
        if !are_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) {
            return Err(MoneyError::Decimal);
        }
        Ok(Self { whole, fraction })
    }

    /// The number times ten to the power of `digits`, which are no fewer than it has.
    pub(super) fn scaled(&self, digits: usize) -> Option<u64> {
        let padding = digits.checked_sub(self.fraction.len())?;
        let all = self
            .whole
            .bytes()
            .chain(self.fraction.bytes())
            .chain(std::iter::repeat_n(b'0', padding));
        all.map(|b| u64::from(b - b'0'))
            .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(digit))
    }
}

/// Writes `scaled` ÷ 10^`digits` with exactly that many fraction digits.
pub(super) fn decimal_text(scaled: u64, digits: usize) -> String {
    let mut text = format!("{scaled:0width$}", width = digits + 1);
    if digits > 0 {
        text.insert(text.len() - digits, '.');
    }
    text
}

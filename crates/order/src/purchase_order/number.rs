//! The two numbers an order goes by: the buyer's and the seller's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text::{TextError, checked_text, formed, schema};

checked_text!(
    /// The buyer's number for an order: a letter or digit, then up to 63 more of those and `._/-`.
    PurchaseOrderNumber,
    |text| formed(text, 64, is_number(text), "a letter or digit, then letters, digits and ._/-"),
    { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$" }
);

fn is_number(text: &str) -> bool {
    text.bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._/-".contains(&b))
}

/// The seller's number for an order: `SO-` and a number counted up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SalesOrderNumber(u64);

impl SalesOrderNumber {
    /// The number of this place in the count.
    pub const fn from_sequence(sequence: u64) -> Self {
        Self(sequence)
    }

    /// The place in the count.
    pub const fn sequence(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SalesOrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SO-{}", self.0)
    }
}

impl FromStr for SalesOrderNumber {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text.strip_prefix("SO-")
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .filter(|number| number.to_string() == text)
            .ok_or(TextError::Form("SO- and a number"))
    }
}

impl TryFrom<String> for SalesOrderNumber {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<SalesOrderNumber> for String {
    fn from(number: SalesOrderNumber) -> Self {
        number.to_string()
    }
}

schema!(SalesOrderNumber, "The seller's number for an order.", { "type": "string", "pattern": "^SO-(0|[1-9][0-9]*)$" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purchase_order_number_is_the_buyers_within_limits() {
        for right in ["PO-1001", "1", "2026/11.a_b-c", &"9".repeat(64)] {
            assert!(
                right.parse::<PurchaseOrderNumber>().is_ok(),
                "{right:?} was refused"
            );
        }
        for wrong in ["", "-1", "/1", "PO 1", "PÖ", &"9".repeat(65)] {
            assert!(
                wrong.parse::<PurchaseOrderNumber>().is_err(),
                "{wrong:?} was taken"
            );
        }
    }

    #[test]
    fn a_sales_order_number_has_one_form() {
        let number = SalesOrderNumber::from_sequence(41);
        assert_eq!(number.to_string(), "SO-41");
        assert_eq!("SO-41".parse(), Ok(number));
        for wrong in ["41", "SO-", "SO-041", "SO-+41", "so-41"] {
            assert!(
                wrong.parse::<SalesOrderNumber>().is_err(),
                "{wrong:?} was taken"
            );
        }
    }
}

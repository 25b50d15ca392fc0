//! What is sold: an item's number and unit, and what a buyer is offered it for.

use crate::money::{Currency, UnitPrice};
use crate::quantity::Quantity;
use crate::text::{Name, TextError, checked_text, formed, one_line};

checked_text!(
    /// The seller's number for an item: 1 to 256 bytes of text without `/`.
    Sku,
    is_sku,
    { "type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[^/]+$" }
);

checked_text!(
    /// A unit of measure: a code of UN/ECE Recommendation 20, such as `EA` or `KGM`.
    Unit,
    |text| formed(text, 3, is_unit(text), "a UN/ECE Recommendation 20 code"),
    { "type": "string", "pattern": "^[A-Z0-9]{1,3}$" }
);

/// What one buyer is offered an item for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The item.
    pub sku: Sku,
    /// What the buyer sees it called.
    pub name: Name,
    /// The unit it is counted in.
    pub unit: Unit,
    /// The price's currency.
    pub currency: Currency,
    /// The price of `per` units.
    pub unit_price: UnitPrice,
    /// How many units the price is for.
    pub per: Quantity,
}

fn is_sku(text: &str) -> Result<(), TextError> {
    one_line(text, 256)?;
    if text.contains('/') {
        Err(TextError::Form("free of /"))
    } else {
        Ok(())
    }
}

fn is_unit(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sku_is_text_without_a_slash() {
        for right in ["WATER", "water 1 l", "Wasser-Größe", &"a".repeat(256)] {
            assert!(right.parse::<Sku>().is_ok(), "{right:?} was refused");
        }
        for wrong in [
            "",
            "a/b",
            "a\nb",
            "e\u{301}",
            "a\u{200b}b",
            &"a".repeat(257),
        ] {
            assert!(wrong.parse::<Sku>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_unit_is_a_short_code() {
        assert!("EA".parse::<Unit>().is_ok());
        for wrong in ["", "ea", "EACH", "E-"] {
            assert!(wrong.parse::<Unit>().is_err(), "{wrong:?} was taken");
        }
    }
}

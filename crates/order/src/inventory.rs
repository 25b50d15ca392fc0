//! What is in stock, and how much of it is spoken for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stock of one item, in its unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockLevel {
    /// Units in the house.
    pub on_hand: i64,
    /// Units of those that are promised to orders and not yet shipped.
    pub reserved: i64,
}

/// By how much a move changes the stock of one line's item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StockChange {
    /// Change of the units in the house.
    pub on_hand: i64,
    /// Change of the units promised.
    pub reserved: i64,
}

impl StockLevel {
    /// Units that can still be promised: never below zero, also after a correction below what is
    /// promised already.
    pub fn available(self) -> u64 {
        u64::try_from(self.on_hand.saturating_sub(self.reserved)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_available_when_more_is_promised_than_there_is() {
        assert_eq!(
            StockLevel {
                on_hand: 5,
                reserved: 3
            }
            .available(),
            2
        );
        assert_eq!(
            StockLevel {
                on_hand: 3,
                reserved: 5
            }
            .available(),
            0
        );
        assert_eq!(
            StockLevel {
                on_hand: i64::MIN,
                reserved: i64::MAX
            }
            .available(),
            0
        );
    }
}

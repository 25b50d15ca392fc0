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

/// How an item is kept in stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// Whether units that are not there may be promised for later.
    pub backorder: bool,
    /// The item is low when no more than this is available.
    pub low_stock: Option<u32>,
}

/// What moved stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// Units came in.
    Received,
    /// Units were set aside for an order.
    Reserved,
    /// Units that were set aside are free again.
    Released,
    /// Units left with a shipment.
    Shipped,
    /// A count, or a search of the shelf, found another number.
    Corrected,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            backorder: true,
            low_stock: None,
        }
    }
}

impl Keeping {
    /// Whether so much is low.
    pub fn is_low(self, level: StockLevel) -> bool {
        let is_low = |threshold: u32| level.available() <= u64::from(threshold);
        self.low_stock.is_some_and(is_low)
    }
}

impl MovementKind {
    /// The word for it in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Reserved => "reserved",
            Self::Released => "released",
            Self::Shipped => "shipped",
            Self::Corrected => "corrected",
        }
    }
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

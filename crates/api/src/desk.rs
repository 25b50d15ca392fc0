//! What clerks send.

use countersign_order::{Quantity, ShortText, Sku, StockLevel};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Units handed to a carrier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipRequest {
    /// Who carries them.
    pub carrier: ShortText,
    /// Under which number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<ShortText>,
    /// Which units; all that are reserved unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<ShipLine>>,
}

/// Units of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipLine {
    /// The line's number.
    pub line: u32,
    /// How many of its units.
    pub quantity: Quantity,
}

/// Why an order is cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRequest {
    /// For the statement, which the buyer reads.
    pub reason: ShortText,
}

/// Why a held order is declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineRequest {
    /// For the receipt, which the buyer reads.
    pub reason: ShortText,
}

/// A change of an item's stock: exactly one of `receive` and `on_hand`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemChange {
    /// Units that came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receive: Option<Quantity>,
    /// Units counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_hand: Option<i64>,
    /// Why the count is corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ShortText>,
}

/// An item's stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StockView {
    /// The item.
    pub sku: Sku,
    /// Its level.
    #[serde(flatten)]
    pub level: StockLevel,
}

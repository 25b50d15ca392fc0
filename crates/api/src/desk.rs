//! What clerks send, and what only the desk sees.

use countersign_order::time::rfc3339;
use countersign_order::{
    BuyerId, Currency, EmailAddress, MovementKind, Name, Note, OrderId, Quantity, ShortText, Sku,
    StockLevel, Unit,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// What is packed of an order; all that is reserved unless said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PackRequest {
    /// How many units of which lines are packed; of the others all that is reserved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<PackLine>,
    /// Why what is not packed of the lines named is not there: it leaves the stock and is
    /// back-ordered. Unless said, it stays reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<ShortText>,
}

/// Packed units of one line, none among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackLine {
    /// The line's number.
    pub line: u32,
    /// How many of its units.
    pub quantity: u32,
}

/// A note on an order, for the desk alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteRequest {
    /// What to note.
    pub note: Note,
}

/// A movement of an item's stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MovementView {
    /// Its place among all movements.
    pub number: u64,
    /// When.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What moved it.
    pub kind: MovementKind,
    /// Units that came to be on hand, or left.
    pub on_hand: i64,
    /// Units that came to be promised, or are so no more.
    pub reserved: i64,
    /// The order it was for.
    pub order: Option<OrderId>,
    /// The line of the order.
    pub line: Option<u32>,
    /// Why a count differed.
    pub reason: Option<String>,
}

/// Units handed to a carrier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipRequest {
    /// Who carries them.
    pub carrier: ShortText,
    /// Under which number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<ShortText>,
    /// Which units; all that are packed unless said.
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
    /// Why the count is corrected; needed with `on_hand`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ShortText>,
}

/// Units that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StockReceipt {
    /// How many.
    pub quantity: Quantity,
}

/// An item as the seller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeskItem {
    /// The item.
    pub sku: Sku,
    /// What it is called.
    pub name: Name,
    /// What its quantity counts.
    pub unit: Unit,
    /// The price of `per` units, with at least the currency's digits.
    pub unit_price: String,
    /// How many units the price is for.
    pub per: Quantity,
    /// The price's currency.
    pub currency: Currency,
    /// Units that are there.
    pub on_hand: i64,
    /// Units of those that are promised.
    pub reserved: i64,
    /// Units that can be promised now.
    pub available: u64,
    /// Whether what is missing of it may be back-ordered.
    pub backorder: bool,
    /// How many available units are few; never unless said.
    pub low_stock: Option<u32>,
}

/// A buyer as the seller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeskBuyer {
    /// Its ID.
    pub id: BuyerId,
    /// What it is called.
    pub name: String,
    /// Where the mail of its first account goes.
    pub email: Option<EmailAddress>,
    /// Whether it may come in.
    pub enabled: bool,
    /// Whether its orders are declined.
    pub on_stop: bool,
    /// Whether its first account has a password.
    pub has_password: bool,
    /// Keys of its accounts that are active.
    pub active_keys: usize,
    /// When it was added.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub created_at: Timestamp,
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

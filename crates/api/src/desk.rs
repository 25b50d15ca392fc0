//! What clerks send, and what only the desk sees.

use countersign_order::time::rfc3339;
use countersign_order::{
    BuyerId, Currency, EmailAddress, LowStock, MovementKind, Name, Note, OrderId, Quantity,
    ShortText, Sku, StockLevel, Unit,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

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

/// How an item is kept from now on; what is not given stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepingRequest {
    /// Whether units that are not there may be promised for later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backorder: Option<bool>,
    /// The item is low when no more than this is available; null is never.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub low_stock: Option<LowStock>,
}

/// A value that is there, though it may be null.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<LowStock>, D::Error> {
    LowStock::deserialize(deserializer).map(Some)
}

/// A mail as the desk sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailView {
    /// Its number in the outbox.
    pub number: u64,
    /// The event it tells of.
    pub event: String,
    /// What kind of letter.
    pub kind: String,
    /// Where it goes.
    pub to: String,
    /// How far it has come.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was written.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub created_at: Timestamp,
    /// When it is due (again).
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub due_at: Timestamp,
    /// What the last attempt failed with.
    pub last_error: Option<String>,
}

/// How far a mail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MailState {
    /// It is due, or will be.
    #[serde(rename = "waiting")]
    Waiting,
    /// It was taken over by the mail server.
    #[serde(rename = "sent")]
    Sent,
    /// It is not tried any more.
    #[serde(rename = "given up")]
    GivenUp,
}

/// Which mails; all unless said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MailQuery {
    /// The `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Rows on the page: 50 unless asked for, 200 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only those that have come this far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<MailState>,
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

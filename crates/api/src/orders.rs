//! Orders: the answer to one, and how it stands.

use countersign_order::time::rfc3339;
use countersign_order::{
    AccountId, Action, Address, BuyerId, Currency, Decision, Der, Digest, LineProgress, Name, Note,
    OrderId, OrderState, PurchaseOrderNumber, Quantity, Reason, SalesOrderNumber, Sku, Unit,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instant::Instant;
use crate::{Day, LeafProof};

/// The answer to an order. Only what the verified receipt says counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderAnswer {
    /// The order as it stands now.
    pub order: OrderView,
    /// What the receipt says.
    pub decision: Decision,
    /// Why, if it was declined.
    pub reasons: Vec<Reason>,
    /// The signed receipt.
    pub receipt: Der,
    /// Where the receipt is in the log.
    pub proof: LeafProof,
    /// The log's checkpoint that the proof leads to: a signed note.
    pub checkpoint: String,
}

/// The answer to a request to cancel. Only what the verified statement says counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CancellationAnswer {
    /// The order as it stands now.
    pub order: OrderView,
    /// The signed cancellation.
    pub statement: Der,
    /// Where the cancellation is in the log.
    pub proof: LeafProof,
    /// The log's checkpoint that the proof leads to: a signed note.
    pub checkpoint: String,
}

/// An order as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderView {
    /// Its key.
    pub id: OrderId,
    /// Who ordered.
    pub buyer: BuyerId,
    /// The account that sent it.
    pub account: AccountId,
    /// The buyer's number.
    pub purchase_order_number: PurchaseOrderNumber,
    /// The attempt under that number, from 1.
    pub attempt: u32,
    /// Our number; null if it was declined.
    pub sales_order_number: Option<SalesOrderNumber>,
    /// How it stands.
    pub state: OrderState,
    /// How often it has changed, from 1: the `ETag` of an answer about it, for `If-Match`.
    #[serde(default)]
    pub revision: u32,
    /// When it arrived.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub received_at: Timestamp,
    /// The currency of every price.
    pub currency: Currency,
    /// What all lines come to.
    pub total: String,
    /// Where it goes; null means the buyer's address.
    pub ship_to: Option<Address>,
    /// What else the buyer wanted to say.
    pub note: Option<Note>,
    /// Its lines.
    pub lines: Vec<OrderLine>,
    /// What happened to it, oldest first.
    pub timeline: Vec<Event>,
    /// What the one who asks may do with it now.
    pub allowed_actions: Vec<Action>,
}

/// A line of an order, and where its units are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderLine {
    /// The item.
    pub sku: Sku,
    /// The item as the buyer saw it.
    pub description: Name,
    /// What its quantity counts.
    pub unit: Unit,
    /// The agreed price of `per` units.
    pub unit_price: String,
    /// How many units the price is for.
    pub per: Quantity,
    /// When the buyer would like to have it.
    pub requested_delivery: Option<Day>,
    /// Its number, and where its units are.
    #[serde(flatten)]
    pub progress: LineProgress,
}

/// What somebody of the desk wrote on an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoteView {
    /// When.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What.
    pub note: Note,
}

/// A row of an order's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What happened.
    pub event: String,
    /// Anything more, for people.
    pub detail: Option<String>,
}

/// Which orders, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OrderQuery {
    /// The `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Rows on the page: 50 unless asked for, 200 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only those in this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<OrderState>,
    /// Only those under this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase_order_number: Option<PurchaseOrderNumber>,
    /// Only this buyer's; for the desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer: Option<BuyerId>,
    /// Only those with this item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// Only those received on this day, in UTC, or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_from: Option<Day>,
    /// Only those received on this day, in UTC, or earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_to: Option<Day>,
    /// Only those that contain this text in their numbers, the buyer's ID or name, or an item,
    /// whatever the case of its Latin letters; no character has a meaning of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// If true, only those that are held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<bool>,
    /// If true, only late ones: a unit was asked for by a day that is over, in UTC, and is neither
    /// shipped nor cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<bool>,
}

/// A statement of the seller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatementView {
    /// Its number, which is its leaf.
    pub number: u64,
    /// Which document it is, such as `countersign/receipt/1`.
    pub document: String,
    /// When it was signed.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub issued_at: Timestamp,
    /// SHA-256 of its DER.
    pub sha256: Digest,
    /// The statement itself.
    pub statement: Der,
}

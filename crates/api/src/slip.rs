//! The packing slip of a parcel.

use countersign_order::time::rfc3339;
use countersign_order::{
    Address, Name, Note, Origin, PurchaseOrderNumber, SalesOrderNumber, ShortText, Sku, Unit,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// Which parcel of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SlipQuery {
    /// The shipment, counted from 1; what is packed, or else the last one that went, unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipment: Option<u32>,
}

/// What lies in one parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackingSlip {
    /// Who sells.
    pub seller: Origin,
    /// What the buyer is called.
    pub buyer: String,
    /// The buyer's number.
    pub purchase_order_number: PurchaseOrderNumber,
    /// Our number.
    pub sales_order_number: Option<SalesOrderNumber>,
    /// Which shipment of the order this is, counted from one.
    pub shipment: u32,
    /// How it went, if it did.
    pub shipped: Option<SlipDeparture>,
    /// Where it goes.
    pub ship_to: Option<Address>,
    /// The buyer's note.
    pub note: Option<Note>,
    /// The order's lines.
    pub lines: Vec<SlipLine>,
}

/// How a parcel went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlipDeparture {
    /// Who carries it.
    pub carrier: ShortText,
    /// Under which number.
    pub tracking: Option<ShortText>,
    /// When it left.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub shipped_at: Timestamp,
}

/// One line of an order, as far as this parcel goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlipLine {
    /// Its number.
    pub line: u32,
    /// The item.
    pub sku: Sku,
    /// What it is called.
    pub description: Name,
    /// What its quantity counts.
    pub unit: Unit,
    /// Units ordered.
    pub ordered: u32,
    /// Units in this parcel.
    pub units: u32,
    /// Units that went before it.
    pub before: u32,
    /// Units that will not go.
    pub cancelled: u32,
}

//! What lies in a parcel, for the paper that lies in it, too.

use countersign_order::time::rfc3339;
use countersign_order::{
    Address, Name, Note, Origin, PurchaseOrderNumber, SalesOrderNumber, ShortText, Sku, Unit,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// Which parcel; what is packed unless said, or else the last that left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PackingSlipQuery {
    /// The number of the shipment, counted from one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipment: Option<u32>,
}

/// What lies in one parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackingSlip {
    /// Who sends it.
    pub seller: Origin,
    /// What the buyer is called.
    pub buyer: String,
    /// The buyer's number of the order.
    pub purchase_order_number: PurchaseOrderNumber,
    /// The seller's number of the order.
    pub sales_order_number: Option<SalesOrderNumber>,
    /// Which shipment of the order this is, counted from one.
    pub shipment: u32,
    /// How it left; null while it is only packed.
    pub despatch: Option<Despatch>,
    /// Where it goes.
    pub ship_to: Option<Address>,
    /// The buyer's note.
    pub note: Option<Note>,
    /// The lines of the order, also those of which nothing is in this parcel.
    pub lines: Vec<PackingSlipLine>,
}

/// How a parcel left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Despatch {
    /// Who carries it.
    pub carrier: ShortText,
    /// The carrier's number of it.
    pub tracking: Option<ShortText>,
    /// When.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub shipped_at: Timestamp,
}

/// One line of an order, as far as a parcel goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackingSlipLine {
    /// Its number.
    pub line: u32,
    /// The item.
    pub sku: Sku,
    /// The item as the buyer saw it.
    pub description: Name,
    /// What its quantities count.
    pub unit: Unit,
    /// Units that were ordered.
    pub ordered: u32,
    /// Units in this parcel.
    pub units: u32,
    /// Units that went before it.
    pub before: u32,
    /// Units that will not go.
    pub cancelled: u32,
}

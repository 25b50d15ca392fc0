//! `countersign/shipment/1`: goods have gone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Common, OrderReference};
use crate::item::Sku;
use crate::text::ShortText;
use crate::time::rfc3339;

/// One shipment of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// What every statement says.
    #[serde(flatten)]
    pub common: Common,
    /// The order.
    pub order: OrderReference,
    /// Which shipment of the order this is, counted from one.
    pub shipment: u32,
    /// What has gone.
    pub lines: Vec<ShipmentLine>,
    /// Who carries it.
    pub carrier: ShortText,
    /// The carrier's number for it.
    pub tracking: Option<ShortText>,
    /// When it went.
    #[serde(with = "rfc3339")]
    pub shipped_at: Timestamp,
}

/// One line of a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentLine {
    /// The line's number.
    pub line: u32,
    /// The item.
    pub sku: Sku,
    /// Units gone with this shipment.
    pub quantity: u32,
    /// Units still to come in.
    pub back_ordered: u32,
}

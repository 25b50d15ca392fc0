//! What happens to orders, as it happens: server-sent events.

use countersign_order::time::rfc3339;
use countersign_order::{BuyerId, OrderId, OrderState, PurchaseOrderNumber};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// The data of an event. Its ID is a number that grows with each change of any order, for ever: whoever
/// sends it back as `Last-Event-ID` gets what came after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderEvent {
    /// The order.
    pub order: OrderId,
    /// Who ordered.
    pub buyer: BuyerId,
    /// The buyer's number.
    pub purchase_order_number: PurchaseOrderNumber,
    /// Which row of the order's timeline this is, from 1.
    pub version: u32,
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
    /// The state the order is in since; null if more has happened to it.
    pub state: Option<OrderState>,
}

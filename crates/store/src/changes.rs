//! What happens to orders, in one sequence for all of them, for those who follow.

use async_trait::async_trait;
use countersign_order::{BuyerId, OrderId, OrderState, PurchaseOrderNumber};

use crate::{EventRecord, StoreError};

/// One thing that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place in the sequence of all changes, from 1.
    pub number: u64,
    /// The order.
    pub order: OrderId,
    /// Whose order it is.
    pub buyer: BuyerId,
    /// The buyer's number of it.
    pub purchase_order_number: PurchaseOrderNumber,
    /// How often the order has changed with this; 1 is its decision.
    pub version: u32,
    /// The state it is in since, unless more has happened to it.
    pub state: Option<OrderState>,
    /// What happened.
    pub event: EventRecord,
}

/// Whose changes are followed; all, if nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeScope {
    /// Only this order's.
    pub order: Option<OrderId>,
    /// Only this buyer's.
    pub buyer: Option<BuyerId>,
}

impl ChangeScope {
    /// Whether a change is one of those.
    pub fn holds(&self, change: &Change) -> bool {
        self.order
            .as_ref()
            .is_none_or(|order| *order == change.order)
            && self
                .buyer
                .as_ref()
                .is_none_or(|buyer| *buyer == change.buyer)
    }
}

/// Reading changes. Their numbers are those of the commits: what is seen later has a greater number.
#[async_trait]
pub trait ReadChanges {
    /// The number of the newest change; 0 if nothing has happened yet.
    async fn newest_change(&mut self) -> Result<u64, StoreError>;

    /// The changes after this number, oldest first.
    async fn changes(
        &mut self,
        scope: &ChangeScope,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError>;
}

//! The hot path in SQL: [`super::load`], then [`super::apply`]. Three statements read, and one writes to
//! each table, whatever the size of the batch. Sets go in as arrays, one for each column, which `unnest`
//! puts together again.

use async_trait::async_trait;
use countersign_order::{Changes, Entry, Snapshot};
use jiff::civil::Date;

use super::inventory::StockRow;
use super::unit_of_work::UnitOfWork;
use crate::{Intake, Loaded, NewOrder, StoreError};

#[async_trait]
impl Intake for UnitOfWork {
    async fn load(&mut self, batch: &[Entry], today: Date) -> Result<Loaded, StoreError> {
        let mut snapshot = Snapshot::default();
        let correspondents = self.load_standing(batch, &mut snapshot).await?;
        // These two lock what they read: stock first, then orders, the head of the log last.
        self.load_items(batch, today, &mut snapshot).await?;
        let seller_statement = self.load_head_and_attempts(batch, &mut snapshot).await?;
        Ok(Loaded {
            snapshot,
            correspondents,
            seller_statement,
        })
    }

    async fn apply(
        &mut self,
        orders: &[NewOrder<'_>],
        changes: &Changes,
    ) -> Result<(), StoreError> {
        if orders.is_empty() {
            return Ok(());
        }
        self.insert_orders(orders).await?;
        self.insert_lines(orders).await?;
        self.keep_reservations(orders).await?;
        self.move_stock(changes.reserved.iter().map(|(sku, reserved)| StockRow {
            sku: sku.as_str(),
            on_hand: 0,
            reserved: *reserved,
        }))
        .await
    }
}

//! The hot path in SQL: [`super::load`], then [`super::apply`]. Three statements read, and one writes to
//! each table, whatever the size of the batch.
//!
//! Sets go in as JSON, read by `jsonb_each`: `json_each` would write every row out as text and parse
//! it again for each column, which measured as a third of the batch. Bytes go in as one blob per
//! batch, and each row cuts its own out of it, since JSON would have to carry them as hex.

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
        let seller_statement = self.load_head_and_attempts(batch, &mut snapshot)?;
        let correspondents = self.load_standing(batch, &mut snapshot)?;
        self.load_items(batch, today, &mut snapshot)?;
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
        self.insert_orders(orders)?;
        self.insert_lines(orders)?;
        self.keep_reservations(orders)?;
        self.move_stock(changes.reserved.iter().map(|(sku, reserved)| StockRow {
            sku: sku.as_str(),
            on_hand: 0,
            reserved: *reserved,
        }))
    }
}

//! The hot path in SQL: [`super::load`], then [`super::apply`]. Three statements read, and one writes to
//! each table, whatever the size of the batch. Sets go in as arrays, one for each column, which `unnest`
//! puts together again. What does not need the answer to what went before goes out in one round trip.

use async_trait::async_trait;
use countersign_order::{Changes, Entry, Snapshot};
use jiff::civil::Date;

use super::apply::{insert_lines, insert_orders, insert_reservations};
use super::inventory::{StockRow, move_stock};
use super::load::{
    add_head_and_attempts, add_items, add_standing, ask_head_and_attempts, ask_items, ask_standing,
};
use super::unit_of_work::UnitOfWork;
use crate::{Intake, Loaded, NewOrder, StoreError};

#[async_trait]
impl Intake for UnitOfWork {
    async fn load(&mut self, batch: &[Entry], today: Date) -> Result<Loaded, StoreError> {
        // The last two lock what they read: stock first, then orders, the head of the log last.
        let asked = [
            ask_standing(batch),
            ask_items(batch, today),
            ask_head_and_attempts(batch),
        ];
        let [standing, items, head_and_attempts] = self.query_all(&asked).await?;
        let mut snapshot = Snapshot::default();
        let correspondents = add_standing(&standing, &mut snapshot)?;
        add_items(&items, &mut snapshot)?;
        let (head, seller_statement) = add_head_and_attempts(&head_and_attempts, &mut snapshot)?;
        self.head = Some(head);
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
        let mut written = vec![insert_orders(orders)?, insert_lines(orders)];
        written.extend(insert_reservations(orders));
        written.extend(move_stock(changes.reserved.iter().map(
            |(sku, reserved)| StockRow {
                sku: sku.as_str(),
                on_hand: 0,
                reserved: *reserved,
            },
        )));
        self.execute_all(written).await
    }
}

//! What happens to orders, in SQL. Triggers number it: whoever writes a timeline cannot forget to.

use async_trait::async_trait;

use super::cell::{Record, Word, column_number};
use super::orders::DECIDED_BY;
use super::unit_of_work::UnitOfWork;
use crate::{Change, ChangeScope, EventRecord, ReadChanges, StoreError};

#[async_trait]
impl ReadChanges for UnitOfWork {
    async fn newest_change(&mut self) -> Result<u64, StoreError> {
        let newest = self
            .row(
                "order_changes",
                "SELECT max(number) AS number
             FROM order_changes",
                &[],
                |record| record.cell::<Option<u64>>("number"),
            )
            .await?;
        Ok(newest.flatten().unwrap_or_default())
    }

    async fn changes(
        &mut self,
        scope: &ChangeScope,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let order = match scope.order {
            Some(_) => "order_changes.order_id = $3",
            None => "$3::text IS NULL",
        };
        let buyer = match scope.buyer {
            Some(_) => "order_changes.buyer = $4",
            None => "$4::text IS NULL",
        };
        let sql = format!(
            "SELECT
                 order_changes.number,
                 order_changes.order_id,
                 order_changes.version,
                 order_changes.buyer,
                 orders.purchase_order_number,
                 CASE WHEN orders.version = order_changes.version THEN orders.state END AS state,
                 orders.decision,
                 orders.decided_at,
                 order_events.at,
                 order_events.by,
                 order_events.event,
                 order_events.detail
             FROM order_changes
             JOIN orders ON orders.id = order_changes.order_id
             LEFT JOIN order_events
                 ON order_events.order_id = order_changes.order_id
                 AND order_events.version = order_changes.version
             WHERE order_changes.number > $1
                 AND {order}
                 AND {buyer}
             ORDER BY order_changes.number
             LIMIT $2"
        );
        let (order, buyer) = (scope.order.as_ref(), scope.buyer.as_ref());
        self.rows(
            "order_changes",
            &sql,
            &[
                &column_number(after),
                &i64::from(limit),
                &order.map(ToString::to_string),
                &buyer.map(ToString::to_string),
            ],
            change,
        )
        .await
    }
}

fn change(record: &Record<'_>) -> Result<Change, StoreError> {
    let version: u32 = record.cell("version")?;
    let event = if version == 1 {
        let decision: countersign_order::Decision = record.cell("decision")?;
        EventRecord {
            at: record.cell("decided_at")?,
            by: DECIDED_BY.to_owned(),
            event: decision.word().to_owned(),
            detail: None,
        }
    } else {
        EventRecord {
            at: record.cell("at")?,
            by: record.cell("by")?,
            event: record.cell("event")?,
            detail: record.cell("detail")?,
        }
    };
    Ok(Change {
        number: record.cell("number")?,
        order: record.cell("order_id")?,
        buyer: record.cell("buyer")?,
        purchase_order_number: record.cell("purchase_order_number")?,
        version,
        state: record.cell("state")?,
        event,
    })
}

//! What happens to orders, in SQL. Triggers number it: whoever writes a timeline cannot forget to.

use async_trait::async_trait;
use rusqlite::params;

use super::cell::{Record, Word, column_number};
use super::orders::DECIDED_BY;
use super::unit_of_work::UnitOfWork;
use crate::{Change, ChangeScope, EventRecord, ReadChanges, StoreError};

#[async_trait]
impl ReadChanges for UnitOfWork {
    async fn newest_change(&mut self) -> Result<u64, StoreError> {
        let newest = self.row(
            "SELECT max(number) AS number
             FROM order_changes",
            (),
            |row| {
                Record {
                    row,
                    table: "order_changes",
                }
                .cell::<Option<u64>>("number")
            },
        )?;
        Ok(newest.flatten().unwrap_or_default())
    }

    async fn changes(
        &mut self,
        scope: &ChangeScope,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let values = params![
            column_number(after),
            limit,
            scope.order.as_ref().map(ToString::to_string),
            scope.buyer.as_ref().map(ToString::to_string),
        ];
        self.rows(&selected(scope), values, |row| {
            change(&Record {
                row,
                table: "order_changes",
            })
        })
    }
}

/// The query for changes after `?1`, at most `?2`, of the order `?3`, of the buyer `?4`.
fn selected(scope: &ChangeScope) -> String {
    let order = match scope.order {
        Some(_) => "order_changes.order_id = ?3",
        None => "?3 IS NULL",
    };
    let buyer = match scope.buyer {
        Some(_) => "order_changes.buyer = ?4",
        None => "?4 IS NULL",
    };
    format!(
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
         CROSS JOIN orders ON orders.id = order_changes.order_id
         LEFT JOIN order_events
             ON order_events.order_id = order_changes.order_id
             AND order_events.version = order_changes.version
         WHERE order_changes.number > ?1
             AND {order}
             AND {buyer}
         ORDER BY order_changes.number
         LIMIT ?2"
    )
}

fn change(record: &Record<'_, '_>) -> Result<Change, StoreError> {
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

#[cfg(test)]
mod tests {
    use super::super::plan::steps;
    use super::*;

    #[test]
    fn whoever_goes_on_reads_no_change_of_others() {
        let order = Some(countersign_order::OrderId::from_uuid_bytes([7; 16]));
        let buyer = Some("acme".parse().unwrap());
        let all = ChangeScope::default;
        for (scope, found_by) in [
            (all(), "USING INTEGER PRIMARY KEY (rowid>?)"),
            (
                ChangeScope { order, ..all() },
                "changes_of_order (order_id=? AND number>?)",
            ),
            (
                ChangeScope { buyer, ..all() },
                "changes_of_buyer (buyer=? AND number>?)",
            ),
        ] {
            let plan = steps(&selected(&scope), params![1, 1, "", ""]).join("\n");
            assert!(plan.contains(found_by), "{found_by}:\n{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}

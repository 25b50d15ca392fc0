//! What the desk writes on orders, in SQL.

use countersign_order::OrderId;

use super::cell::micros;
use super::unit_of_work::UnitOfWork;
use crate::{NoteRecord, ORDER_NOTES_MAX, StoreError};

impl UnitOfWork {
    pub(super) async fn notes_of(
        &mut self,
        order: &OrderId,
    ) -> Result<Vec<NoteRecord>, StoreError> {
        self.rows(
            "order_notes",
            "SELECT
                 number,
                 at,
                 by,
                 note
             FROM order_notes
             WHERE order_id = $1
             ORDER BY number
             LIMIT $2",
            &[&order.to_string(), &i64::from(ORDER_NOTES_MAX)],
            |record| {
                Ok(NoteRecord {
                    at: record.cell("at")?,
                    by: record.cell("by")?,
                    note: record.cell("note")?,
                })
            },
        )
        .await
    }

    pub(super) async fn insert_note(
        &mut self,
        order: &OrderId,
        note: &NoteRecord,
    ) -> Result<bool, StoreError> {
        self.changes(
            "INSERT INTO order_notes (
                 order_id,
                 at,
                 by,
                 note
             )
             SELECT $1::text, $2::bigint, $3::text, $4::text
             WHERE (SELECT count(*) FROM order_notes WHERE order_id = $1) < $5",
            &[
                &order.to_string(),
                &micros(note.at),
                &note.by,
                &note.note.as_str(),
                &i64::from(ORDER_NOTES_MAX),
            ],
        )
        .await
    }
}

//! What the desk writes on orders, in SQL.

use countersign_order::OrderId;
use rusqlite::params;

use super::cell::{Record, micros};
use super::unit_of_work::UnitOfWork;
use crate::{NoteRecord, ORDER_NOTES_MAX, StoreError};

impl UnitOfWork {
    pub(super) fn notes_of(&self, order: &OrderId) -> Result<Vec<NoteRecord>, StoreError> {
        self.rows(
            "SELECT
                 number,
                 at,
                 by,
                 note
             FROM order_notes
             WHERE order_id = ?1
             ORDER BY number
             LIMIT ?2",
            params![order.to_string(), ORDER_NOTES_MAX],
            |row| {
                let record = Record {
                    row,
                    table: "order_notes",
                };
                Ok(NoteRecord {
                    at: record.cell("at")?,
                    by: record.cell("by")?,
                    note: record.cell("note")?,
                })
            },
        )
    }

    pub(super) fn insert_note(
        &self,
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
             SELECT ?1, ?2, ?3, ?4
             WHERE (SELECT count(*) FROM order_notes WHERE order_id = ?1) < ?5",
            params![
                order.to_string(),
                micros(note.at),
                note.by,
                note.note.as_str(),
                ORDER_NOTES_MAX
            ],
        )
    }
}

//! What people of the desk write on orders for each other. No buyer sees it, and no mail tells it.

use async_trait::async_trait;
use countersign_order::{Note, OrderId};
use countersign_store::{NoteRecord, ORDER_NOTES_MAX};

use super::{DeskError, Operation, Work};

/// Writes a note on an order.
#[derive(Debug)]
pub struct AddNote {
    /// The order.
    pub order: OrderId,
    /// What to note.
    pub note: Note,
}

#[async_trait]
impl Operation for AddNote {
    type Answer = NoteRecord;

    async fn apply(&self, work: &mut Work<'_>) -> Result<NoteRecord, DeskError> {
        if work.transaction.order(&self.order).await?.is_none() {
            return Err(DeskError::NotFound("order"));
        }
        let note = NoteRecord {
            at: work.now,
            by: work.actor.to_string(),
            note: self.note.clone(),
        };
        if !work
            .transaction
            .insert_order_note(&self.order, &note)
            .await?
        {
            return Err(DeskError::Unfit(format!(
                "the order has {ORDER_NOTES_MAX} notes, and takes no more"
            )));
        }
        work.audit("note-order", &self.order.to_string(), "")
            .await?;
        Ok(note)
    }
}

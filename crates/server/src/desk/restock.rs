//! Items and stock: what is sold, and how much of it is there.

use async_trait::async_trait;
use countersign_order::{Offer, Quantity, Sku, StockLevel};
use countersign_store::{ItemsChanged, StockMoved, StockRefusal};

use super::{DeskError, Operation, Work};

/// Adds items, or changes their facts; can also count their stock.
#[derive(Debug)]
pub struct ImportItems {
    /// Each item, and how many are on hand if its stock is to be set.
    pub items: Vec<(Offer, Option<i64>)>,
}

#[async_trait]
impl Operation for ImportItems {
    type Answer = ItemsChanged;

    async fn apply(&self, work: &mut Work<'_>) -> Result<ItemsChanged, DeskError> {
        let offers: Vec<_> = self.items.iter().map(|(offer, _)| offer.clone()).collect();
        let occasion = work.occasion();
        let changed = work.transaction.upsert_items(&offers).await?;
        for (offer, on_hand) in &self.items {
            if let Some(on_hand) = on_hand {
                let transaction = &mut *work.transaction;
                let moved = transaction
                    .correct_stock(&offer.sku, *on_hand, occasion)
                    .await?;
                settle(work, &offer.sku, moved)?;
            }
        }
        let count = offers.len().to_string();
        work.audit("import-items", "items", &count).await?;
        Ok(changed)
    }
}

/// Adds units that came in, and promises them to whoever waits longest.
#[derive(Debug)]
pub struct ReceiveStock {
    /// The item.
    pub sku: Sku,
    /// How many units.
    pub quantity: Quantity,
}

#[async_trait]
impl Operation for ReceiveStock {
    type Answer = StockLevel;

    async fn apply(&self, work: &mut Work<'_>) -> Result<StockLevel, DeskError> {
        let occasion = work.occasion();
        let transaction = &mut *work.transaction;
        let moved = transaction
            .receive_stock(&self.sku, self.quantity, occasion)
            .await?;
        let level = settle(work, &self.sku, moved)?;
        let units = self.quantity.to_string();
        work.audit("receive-stock", self.sku.as_str(), &units)
            .await?;
        Ok(level)
    }
}

/// Sets what is on hand after a count.
#[derive(Debug)]
pub struct CorrectStock {
    /// The item.
    pub sku: Sku,
    /// How many units there are.
    pub on_hand: i64,
    /// Why the count differs.
    pub reason: String,
}

#[async_trait]
impl Operation for CorrectStock {
    type Answer = StockLevel;

    async fn apply(&self, work: &mut Work<'_>) -> Result<StockLevel, DeskError> {
        let occasion = work.occasion();
        let transaction = &mut *work.transaction;
        let moved = transaction
            .correct_stock(&self.sku, self.on_hand, occasion)
            .await?;
        let level = settle(work, &self.sku, moved)?;
        let detail = format!("{}: {}", self.on_hand, self.reason);
        work.audit("correct-stock", self.sku.as_str(), &detail)
            .await?;
        Ok(level)
    }
}

fn settle(
    work: &mut Work<'_>,
    sku: &Sku,
    moved: Result<StockMoved, StockRefusal>,
) -> Result<StockLevel, DeskError> {
    match moved {
        Ok(moved) => {
            work.wake_fulfilment();
            work.note_filled(moved.filled);
            Ok(moved.level)
        }
        Err(StockRefusal::UnknownItem) => Err(DeskError::NotFound("item")),
        Err(StockRefusal::BelowReserved(level)) => Err(DeskError::StockNotAccepted(format!(
            "{} units of {sku} are promised to orders",
            level.reserved
        ))),
        Err(StockRefusal::OutOfRange) => Err(DeskError::StockNotAccepted(format!(
            "{sku} cannot have so many units"
        ))),
    }
}

//! Items and stock: what is sold, and how much of it is there.

use async_trait::async_trait;
use countersign_order::{Keeping, Offer, Quantity, ShortText, Sku, StockLevel};
use countersign_store::{ItemsChanged, StockMoved, StockRefusal};

use super::item_differences::KeepingChange;
use super::{DeskError, Operation, Work};

/// Adds items, or changes their facts; can also count their stock.
#[derive(Debug)]
pub struct ImportItems {
    /// Each item, and how many are on hand if its stock is to be set.
    pub items: Vec<(Offer, Option<i64>)>,
    /// How items are to be kept, in the order of the items; those left out stay as they are.
    pub keeping: Vec<KeepingChange>,
}

/// Why stock is there that a file counts.
const IMPORTED: &str = "counted in an imported file";

#[async_trait]
impl Operation for ImportItems {
    type Answer = ItemsChanged;

    async fn apply(&self, work: &mut Work<'_>) -> Result<ItemsChanged, DeskError> {
        let differences = self.differences(work.transaction).await?;
        let changed = self.count(&differences);
        let offers: Vec<_> = self.items.iter().map(|(offer, _)| offer.clone()).collect();
        let occasion = work.occasion();
        let reason = reason(IMPORTED)?;
        work.transaction.upsert_items(&offers).await?;
        keep(work, &self.keeping).await?;
        for (offer, on_hand) in &self.items {
            if let Some(on_hand) = on_hand {
                let transaction = &mut *work.transaction;
                let moved = transaction
                    .correct_stock(&offer.sku, *on_hand, &reason, occasion)
                    .await?;
                settle(work, &offer.sku, moved)?;
            }
        }
        let count = offers.len().to_string();
        work.audit("import-items", "items", &count).await?;
        Ok(changed)
    }
}

/// Changes how an item is kept.
#[derive(Debug)]
pub struct KeepItem(pub KeepingChange);

#[async_trait]
impl Operation for KeepItem {
    type Answer = Keeping;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Keeping, DeskError> {
        let kept = keep(work, std::slice::from_ref(&self.0)).await?;
        let (sku, keeping) = kept.into_iter().next().ok_or(DeskError::NotFound("item"))?;
        let backorder = if keeping.backorder { "yes" } else { "no" };
        let low = keeping.low_stock;
        let low = low.map_or_else(|| "none".to_owned(), |threshold| threshold.to_string());
        let detail = format!("backorder {backorder}, low_stock {low}");
        work.audit("keep-item", sku.as_str(), &detail).await?;
        Ok(keeping)
    }
}

/// Changes how items are kept, of those that are there.
async fn keep(
    work: &mut Work<'_>,
    changes: &[KeepingChange],
) -> Result<Vec<(Sku, Keeping)>, DeskError> {
    let mut kept = Vec::with_capacity(changes.len());
    for change in changes {
        if let Some(item) = work.transaction.item(&change.sku).await? {
            kept.push((change.sku.clone(), change.over(item.keeping)));
        }
    }
    if !kept.is_empty() {
        work.transaction.keep_items(&kept).await?;
    }
    Ok(kept)
}

fn reason(text: &str) -> Result<ShortText, DeskError> {
    text.parse()
        .map_err(|_unfit| DeskError::Inconsistent("reason"))
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
    pub reason: ShortText,
}

#[async_trait]
impl Operation for CorrectStock {
    type Answer = StockLevel;

    async fn apply(&self, work: &mut Work<'_>) -> Result<StockLevel, DeskError> {
        let occasion = work.occasion();
        let transaction = &mut *work.transaction;
        let moved = transaction
            .correct_stock(&self.sku, self.on_hand, &self.reason, occasion)
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

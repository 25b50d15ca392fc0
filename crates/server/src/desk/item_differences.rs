//! What an import of items would change, item by item: the same for a dry run and for the real one.

use countersign_order::{Keeping, Offer, Sku};
use countersign_store::{ItemRecord, ItemsChanged, View};

use super::DeskError;
use super::restock::ImportItems;

/// How an item is to be kept; what is not said stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepingChange {
    /// The item.
    pub sku: Sku,
    /// Whether units that are not there may be promised for later.
    pub backorder: Option<bool>,
    /// The item is low when no more than this is available; the inner none is no threshold.
    pub low_stock: Option<Option<u32>>,
}

/// What an import would do to one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemDifference {
    /// The item.
    pub sku: Sku,
    /// Whether it was not there before.
    pub is_new: bool,
    /// What would change; of a new item all that is set.
    pub changes: Vec<Difference>,
}

/// A value that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The column of the file.
    pub column: &'static str,
    /// What it is; null for a new item.
    pub before: Option<String>,
    /// What it would be.
    pub after: String,
}

impl KeepingChange {
    /// How the item is kept once this is done.
    pub fn over(&self, keeping: Keeping) -> Keeping {
        Keeping {
            backorder: self.backorder.unwrap_or(keeping.backorder),
            low_stock: self.low_stock.unwrap_or(keeping.low_stock),
        }
    }
}

impl ImportItems {
    /// What this would change; items that stay as they are, are left out.
    pub async fn differences(
        &self,
        view: &mut (dyn View + '_),
    ) -> Result<Vec<ItemDifference>, DeskError> {
        let mut found = Vec::new();
        let mut keeping = self.keeping.iter().peekable();
        for (offer, on_hand) in &self.items {
            let kept = keeping.next_if(|change| change.sku == offer.sku);
            let known = view.item(&offer.sku).await?;
            let changes = differences(known.as_ref(), offer, kept, *on_hand);
            if known.is_none() || !changes.is_empty() {
                found.push(ItemDifference {
                    sku: offer.sku.clone(),
                    is_new: known.is_none(),
                    changes,
                });
            }
        }
        Ok(found)
    }

    /// How many items these differences add and change, and how many stay.
    pub fn count(&self, differences: &[ItemDifference]) -> ItemsChanged {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let added = differences.iter().filter(|item| item.is_new).count();
        ItemsChanged {
            added: number(added),
            changed: number(differences.len() - added),
            unchanged: number(self.items.len() - differences.len()),
        }
    }
}

fn differences(
    known: Option<&ItemRecord>,
    offer: &Offer,
    keeping: Option<&KeepingChange>,
    on_hand: Option<i64>,
) -> Vec<Difference> {
    let offer_of = |of: fn(&Offer) -> String| (known.map(|item| of(&item.offer)), Some(of(offer)));
    let price = |offer: &Offer| offer.unit_price.to_string();
    let before = known.map(|item| item.keeping);
    let after = keeping.map(|change| change.over(before.unwrap_or_default()));
    let columns = [
        ("name", offer_of(|offer| offer.name.to_string())),
        ("unit", offer_of(|offer| offer.unit.to_string())),
        ("unit_price", offer_of(price)),
        ("currency", offer_of(|offer| offer.currency.to_string())),
        ("per", offer_of(|offer| offer.per.to_string())),
        (
            "quantity",
            (
                known.map(|item| item.stock.on_hand.to_string()),
                on_hand.map(|count| count.to_string()),
            ),
        ),
        ("backorder", (before.map(backorder), after.map(backorder))),
        ("low_stock", (before.map(low_stock), after.map(low_stock))),
    ];
    columns
        .into_iter()
        .filter_map(|(column, (before, after))| {
            let after = after.filter(|after| before.as_ref() != Some(after))?;
            Some(Difference {
                column,
                before,
                after,
            })
        })
        .collect()
}

fn backorder(keeping: Keeping) -> String {
    if keeping.backorder { "yes" } else { "no" }.to_owned()
}

fn low_stock(keeping: Keeping) -> String {
    let threshold = keeping.low_stock.map(|threshold| threshold.to_string());
    threshold.unwrap_or_else(|| "none".to_owned())
}

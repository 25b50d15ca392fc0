//! `opd item`: what is sold, for how much, and what of it is there.

use std::path::Path;

use countersign_api::DeskItem;
use countersign_store::{ItemsChanged, View};
use serde::Serialize;

use super::place::Place;
use super::{counted, whole};
use crate::cli::{Item, ItemImport};
use crate::context::Context;
use crate::desk::operations::ImportItems;
use crate::failure::{Exit, Failure};
use crate::import::items::{self, ImportedItem, ItemsError};
use crate::output::table;

/// No screen holds more mistakes.
const MISTAKES_SHOWN: usize = 20;

/// What an import did, or would do.
#[derive(Clone, Copy, Debug, Serialize)]
struct Imported {
    added: u64,
    changed: u64,
    unchanged: u64,
    dry_run: bool,
}

pub(super) async fn run(context: &Context, item: &Item) -> Result<(), Failure> {
    match item {
        Item::Import(import) => self::import(context, import).await,
        Item::List => list(context).await,
    }
}

async fn import(context: &Context, import: &ItemImport) -> Result<(), Failure> {
    let items =
        items::read(&import.file, import.currency).map_err(|error| refusal(&import.file, error))?;
    let shop = context.shop().await?;
    let counts_given = items.iter().any(|item| item.on_hand.is_some());
    let changed = if import.dry_run {
        survey(&mut *shop.look().await?, &items).await?
    } else {
        let stocked = |item: ImportedItem| (item.offer, item.on_hand.filter(|_| import.set_stock));
        let items = items.into_iter().map(stocked).collect();
        shop.run(ImportItems { items }).await?
    };
    if counts_given && !import.set_stock {
        context
            .output
            .message("The stock was left as it is; --set-stock sets it to the file's quantities.");
    }
    let imported = Imported {
        added: changed.added,
        changed: changed.changed,
        unchanged: changed.unchanged,
        dry_run: import.dry_run,
    };
    context.output.data(&imported, || sentence(imported))
}

fn sentence(imported: Imported) -> String {
    let Imported {
        added,
        changed,
        unchanged,
        dry_run,
    } = imported;
    let would = if dry_run { "Would import" } else { "Imported" };
    let added = counted(added, "new item");
    format!("{would} {added}, {changed} changed, {unchanged} as before.")
}

/// What an import would change, without changing it.
async fn survey(view: &mut dyn View, items: &[ImportedItem]) -> Result<ItemsChanged, Failure> {
    let mut changed = ItemsChanged {
        added: 0,
        changed: 0,
        unchanged: 0,
    };
    for item in items {
        match view.item(&item.offer.sku).await? {
            None => changed.added += 1,
            Some(known) if known.offer == item.offer => changed.unchanged += 1,
            Some(_) => changed.changed += 1,
        }
    }
    Ok(changed)
}

fn refusal(file: &Path, error: ItemsError) -> Failure {
    let file = file.display();
    match error {
        ItemsError::Missing => Failure::not_found(format_args!("file {file}")),
        ItemsError::File(text) => Failure::new(Exit::Failure, format!("{file}: {text}")),
        ItemsError::Rows(rows) => {
            let count = rows.len();
            let shown = rows.iter().take(MISTAKES_SHOWN);
            let wrong = counted(count, "wrong row");
            let mut lines = vec![format!("{file}: nothing was imported: {wrong}")];
            lines.extend(shown.map(|row| format!("  {}: {}", row.place, row.text)));
            if count > MISTAKES_SHOWN {
                lines.push(format!("  and {} more", count - MISTAKES_SHOWN));
            }
            Failure::new(Exit::Failure, lines.join("\n"))
        }
    }
}

async fn list(context: &Context) -> Result<(), Failure> {
    let rows = Place::of(context).await?.items().await?;
    context.output.data(&whole(&rows), || {
        let head = [
            "SKU",
            "NAME",
            ">PRICE",
            "UNIT",
            ">ON HAND",
            ">PROMISED",
            ">AVAILABLE",
        ];
        let cells: Vec<_> = rows.iter().map(cells).collect();
        table(&head, &cells)
    })
}

fn cells(item: &DeskItem) -> Vec<String> {
    let unit = match item.per.units() {
        1 => item.unit.to_string(),
        per => format!("{per} {}", item.unit),
    };
    vec![
        item.sku.to_string(),
        item.name.to_string(),
        format!("{} {}", item.unit_price, item.currency.code()),
        unit,
        item.on_hand.to_string(),
        item.reserved.to_string(),
        item.available.to_string(),
    ]
}

//! `opd item`: what is sold, for how much, and what of it is there.

use std::path::Path;

use countersign_api::DeskItem;
use countersign_store::{ItemRecord, View};
use serde::Serialize;

use super::place::Place;
use super::{ROWS, counted, whole};
use crate::cli::{Backorder, FileFormat, Item, ItemImport, ItemKeep};
use crate::context::Context;
use crate::desk::operations::{ImportItems, ItemDifference, KeepItem, KeepingChange};
use crate::failure::{Exit, Failure};
use crate::http::desk_item_view;
use crate::import::items::write::{self, FileRow};
use crate::import::items::{self, ImportedItem, ItemsError};
use crate::output::table;

/// No screen holds more mistakes.
const MISTAKES_SHOWN: usize = 20;

/// What an import did, or would do.
#[derive(Clone, Debug, Serialize)]
struct Imported {
    added: u64,
    changed: u64,
    unchanged: u64,
    dry_run: bool,
    /// What a dry run would change.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ItemDifference>>,
}

pub(super) async fn run(context: &Context, command: &Item) -> Result<(), Failure> {
    match command {
        Item::Import(import) => self::import(context, import).await,
        Item::List => list(context).await,
        Item::Export(asked) => export(context, asked.format).await,
        Item::Keep(asked) => keep(context, asked).await,
    }
}

async fn import(context: &Context, import: &ItemImport) -> Result<(), Failure> {
    let items =
        items::read(&import.file, import.currency).map_err(|error| refusal(&import.file, error))?;
    let shop = context.shop().await?;
    let counts_given = items.iter().any(|item| item.on_hand.is_some());
    let operation = operation(items, import.set_stock);
    let (count, changes) = if import.dry_run {
        let mut view = shop.look().await?;
        let differences = operation.differences(&mut *view).await?;
        (operation.count(&differences), Some(differences))
    } else {
        (shop.run(operation).await?, None)
    };
    if counts_given && !import.set_stock {
        context
            .output
            .message("The stock was left as it is; --set-stock sets it to the file's quantities.");
    }
    let imported = Imported {
        added: count.added,
        changed: count.changed,
        unchanged: count.unchanged,
        dry_run: import.dry_run,
        changes,
    };
    context.output.data(&imported, || {
        let changes = imported.changes.iter().flatten();
        changes.fold(sentence(&imported), |text, item| text + &difference(item))
    })
}

fn operation(items: Vec<ImportedItem>, set_stock: bool) -> ImportItems {
    let mut operation = ImportItems {
        items: Vec::with_capacity(items.len()),
        keeping: Vec::new(),
    };
    for item in items {
        if item.backorder.is_some() || item.low_stock.is_some() {
            operation.keeping.push(KeepingChange {
                sku: item.offer.sku.clone(),
                backorder: item.backorder,
                low_stock: item.low_stock,
            });
        }
        let on_hand = item.on_hand.filter(|_| set_stock);
        operation.items.push((item.offer, on_hand));
    }
    operation
}

/// What would change of one item, a line for each value.
fn difference(item: &ItemDifference) -> String {
    let sku = &item.sku;
    let mark = if item.is_new { "+" } else { "~" };
    let changes = item.changes.iter().map(|change| {
        let (column, after) = (change.column, &change.after);
        match &change.before {
            Some(before) => format!("\n    {column}: {before} -> {after}"),
            None => format!("\n    {column}: {after}"),
        }
    });
    format!("\n{mark} {sku}{}", changes.collect::<String>())
}

fn sentence(imported: &Imported) -> String {
    let Imported {
        added,
        changed,
        unchanged,
        dry_run,
        ..
    } = imported;
    let would = if *dry_run { "Would import" } else { "Imported" };
    let added = counted(added, "new item");
    format!("{would} {added}, {changed} changed, {unchanged} as before.")
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
        if rows.is_empty() {
            return String::new();
        }
        table(&HEAD, &rows.iter().map(cells).collect::<Vec<_>>())
    })
}

/// Lists the items that are low.
pub(super) async fn low(context: &Context, place: &Place) -> Result<(), Failure> {
    let rows = place.low_items().await?;
    if rows.is_empty() {
        context.output.message("No item is low.");
    }
    context.output.data(&whole(&rows), || {
        if rows.is_empty() {
            return String::new();
        }
        table(&HEAD, &rows.iter().map(cells).collect::<Vec<_>>())
    })
}

/// Every item, by SKU.
async fn all(view: &mut dyn View) -> Result<Vec<ItemRecord>, Failure> {
    let (mut rows, mut after): (Vec<ItemRecord>, _) = (Vec::new(), None);
    loop {
        let page = view.items(None, after.as_ref(), ROWS).await?;
        after = page.rows.last().map(|item| item.offer.sku.clone());
        rows.extend(page.rows);
        if !page.more {
            return Ok(rows);
        }
    }
}

/// Prints all items as a file that import reads.
async fn export(context: &Context, format: FileFormat) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let items = all(&mut *shop.look().await?).await?;
    let rows: Vec<FileRow> = items.into_iter().map(FileRow::of).collect();
    let text = match format {
        FileFormat::Csv => write::csv(&rows).map_err(|error| Failure::caused_by(&error))?,
        FileFormat::Json => write::json(&rows).map_err(|error| Failure::caused_by(&error))?,
    };
    context.output.data(&rows, || text)
}

/// Says how an item is kept.
async fn keep(context: &Context, asked: &ItemKeep) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let change = KeepingChange {
        sku: asked.sku.clone(),
        backorder: asked.backorder.map(|answer| answer == Backorder::Yes),
        low_stock: asked.low_stock,
    };
    shop.run(KeepItem(change)).await?;
    let item = shop.look().await?.item(&asked.sku).await?;
    let missing = || Failure::not_found(format_args!("item {}", asked.sku));
    let view = desk_item_view(item.ok_or_else(missing)?);
    context.output.data(&view, || {
        let backorder = if view.backorder {
            "may be back-ordered"
        } else {
            "is not back-ordered"
        };
        let low = view.low_stock.map_or_else(
            || "never low".to_owned(),
            |threshold| format!("low at {threshold} available"),
        );
        format!("{} {backorder}, and is {low}.", view.sku)
    })
}

const HEAD: [&str; 9] = [
    "SKU",
    "NAME",
    ">PRICE",
    "UNIT",
    ">ON HAND",
    ">PROMISED",
    ">AVAILABLE",
    ">LOW AT",
    "BACKORDER",
];

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
        item.low_stock
            .map(|low| low.to_string())
            .unwrap_or_default(),
        if item.backorder { "yes" } else { "no" }.to_owned(),
    ]
}

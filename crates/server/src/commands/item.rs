//! `opd item`: what is sold, for how much, and what of it is there.

use std::path::Path;

use countersign_api::{
    DeskItem, ItemDifference, ItemImport as Request, ItemRow, ItemsImported, KeepRequest, Threshold,
};

use super::place::Place;
use super::{counted, whole};
use crate::cli::{Backorder, FileFormat, Item, ItemImport, ItemKeep, LowStock};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::import::items::write::{self, FileRow};
use crate::import::items::{self, ImportedItem, ItemsError};
use crate::output::table;

/// No screen holds more mistakes.
const MISTAKES_SHOWN: usize = 20;

pub(super) async fn run(context: &Context, item: &Item) -> Result<(), Failure> {
    match item {
        Item::Import(import) => self::import(context, import).await,
        Item::List => list(context).await,
        Item::Export(asked) => export(context, asked.format).await,
        Item::Keep(asked) => keep(context, asked).await,
    }
}

async fn import(context: &Context, import: &ItemImport) -> Result<(), Failure> {
    let items =
        items::read(&import.file, import.currency).map_err(|error| refusal(&import.file, error))?;
    let counts_given = items.iter().any(|item| item.on_hand.is_some());
    let rows = items.into_iter().map(|item| row(item, import.set_stock));
    let request = Request {
        dry_run: import.dry_run,
        items: rows.collect(),
    };
    let imported = Place::of(context).await?.import_items(request).await?;
    if counts_given && !import.set_stock {
        context
            .output
            .message("The stock was left as it is; --set-stock sets it to the file's quantities.");
    }
    context.output.data(&imported, || {
        let differences = imported.changes.iter().flatten();
        differences.fold(sentence(&imported), |text, item| text + &difference(item))
    })
}

fn row(item: ImportedItem, set_stock: bool) -> ItemRow {
    ItemRow {
        sku: item.offer.sku,
        name: item.offer.name,
        unit: item.offer.unit,
        unit_price: item.offer.unit_price,
        per: item.offer.per,
        currency: item.offer.currency,
        on_hand: item.on_hand.filter(|_| set_stock),
        backorder: item.backorder,
        low_stock: item.low_stock.map(Threshold::from),
    }
}

/// What would change of one item, a line for each value.
fn difference(item: &ItemDifference) -> String {
    let sku = &item.sku;
    let mark = if item.is_new { "+" } else { "~" };
    let changes = item.changes.iter().map(|change| {
        let (column, after) = (&change.column, &change.after);
        match &change.before {
            Some(before) => format!("\n    {column}: {before} -> {after}"),
            None => format!("\n    {column}: {after}"),
        }
    });
    format!("\n{mark} {sku}{}", changes.collect::<String>())
}

fn sentence(imported: &ItemsImported) -> String {
    let ItemsImported {
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

/// Prints all items as a file that import reads.
async fn export(context: &Context, format: FileFormat) -> Result<(), Failure> {
    let items = Place::of(context).await?.items().await?;
    let rows: Vec<FileRow> = items.into_iter().map(FileRow::of).collect();
    let text = match format {
        FileFormat::Csv => write::csv(&rows).map_err(|error| Failure::caused_by(&error))?,
        FileFormat::Json => write::json(&rows).map_err(|error| Failure::caused_by(&error))?,
    };
    context.output.data(&rows, || text)
}

/// Says how an item is kept.
async fn keep(context: &Context, asked: &ItemKeep) -> Result<(), Failure> {
    let request = KeepRequest {
        backorder: asked.backorder.map(|answer| answer == Backorder::Yes),
        low_stock: asked.low_stock.map(|LowStock(threshold)| threshold.into()),
    };
    let view = Place::of(context)
        .await?
        .keep_item(&asked.sku, request)
        .await?;
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

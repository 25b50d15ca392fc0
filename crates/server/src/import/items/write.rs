//! Items written as the file that [`super::read`] reads: importing it changes nothing.

use countersign_api::DeskItem;
use countersign_order::{Currency, Name, Quantity, Sku, Unit};
use serde::Serialize;

/// A row of the file, by the names of its columns.
#[derive(Debug, Serialize)]
pub(crate) struct FileRow {
    sku: Sku,
    name: Name,
    unit: Unit,
    unit_price: String,
    currency: Currency,
    quantity: i64,
    per: Quantity,
    backorder: &'static str,
    low_stock: String,
}

impl FileRow {
    pub(crate) fn of(item: DeskItem) -> Self {
        let low_stock = item.low_stock.map(|threshold| threshold.to_string());
        Self {
            unit_price: item.unit_price,
            sku: item.sku,
            name: item.name,
            unit: item.unit,
            currency: item.currency,
            quantity: item.on_hand,
            per: item.per,
            backorder: if item.backorder { "yes" } else { "no" },
            low_stock: low_stock.unwrap_or_else(|| "none".to_owned()),
        }
    }
}

/// The rows as CSV (RFC 4180), with a head even if there are none.
pub(crate) fn csv(rows: &[FileRow]) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(false)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for row in rows {
        writer.serialize(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The rows as a JSON array.
pub(crate) fn json(rows: &[FileRow]) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(rows)
}

/// The columns, as [`FileRow`] has them.
const COLUMNS: [&str; 9] = [
    "sku",
    "name",
    "unit",
    "unit_price",
    "currency",
    "quantity",
    "per",
    "backorder",
    "low_stock",
];

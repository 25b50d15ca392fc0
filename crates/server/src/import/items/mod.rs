//! Items from a CSV file (RFC 4180) or a JSON array: every row is right, or none is taken.

pub(crate) mod write;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::path::Path;

use countersign_order::{Currency, Offer, Quantity, Sku, UnitPrice};

use crate::desk::operations::{LowStock, NoThreshold};
use crate::files::read_bounded;

/// The largest list of items that is imported, in bytes: a million items fit.
pub(super) const FILE_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// What a row must say, and what it may.
const REQUIRED: [&str; 4] = ["sku", "name", "unit", "unit_price"];
const OPTIONAL: [&str; 5] = ["currency", "quantity", "per", "backorder", "low_stock"];

/// Excel begins its files so.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// An item as a file offers it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ImportedItem {
    pub(crate) offer: Offer,
    /// How many are on hand, if the file says so.
    pub(crate) on_hand: Option<i64>,
    /// Whether it may be back-ordered, if the file says so.
    pub(crate) backorder: Option<bool>,
    /// When it is low, if the file says so.
    pub(crate) low_stock: Option<LowStock>,
}

/// Where in the file something stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Line(u64),
    Item(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(formatter, "line {number}"),
            Self::Item(number) => write!(formatter, "item {number}"),
        }
    }
}

/// What is wrong with a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RowError {
    pub(crate) place: Place,
    pub(crate) text: String,
}

/// Why a file gives no items.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ItemsError {
    /// There is no such file.
    Missing,
    /// The file as a whole is not one.
    File(String),
    /// Some rows are wrong: all that are, in their order.
    Rows(Vec<RowError>),
}

/// A row as it stands in the file, by column.
type Row = BTreeMap<String, String>;

/// Reads a file of items; `currency` is that of rows that name none.
pub(crate) fn read(
    path: &Path,
    currency: Option<Currency>,
) -> Result<Vec<ImportedItem>, ItemsError> {
    let bytes = read_bounded(path, FILE_MAX_BYTES).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            ItemsError::Missing
        } else {
            ItemsError::File(format!("it cannot be read: {error}"))
        }
    })?;
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let is = |name: &str| {
        path.extension()
            .is_some_and(|end| end.eq_ignore_ascii_case(name))
    };
    let rows = if is("json") {
        json_rows(bytes)?
    } else if is("csv") {
        csv_rows(bytes)?
    } else {
        return Err(ItemsError::File(
            "its name ends in neither .csv nor .json".to_owned(),
        ));
    };
    understand(rows, currency)
}

pub(super) fn csv_rows(bytes: &[u8]) -> Result<Vec<(Place, Row)>, ItemsError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let head = reader
        .headers()
        .map_err(|error| ItemsError::File(csv_error(&error)))?
        .clone();
    let columns: Vec<&str> = head.iter().collect();
    if let Some(missing) = REQUIRED.iter().find(|name| !columns.contains(name)) {
        return Err(ItemsError::File(format!(
            "its first line has no column {missing}; the columns are {},{}",
            REQUIRED.join(","),
            OPTIONAL.join(",")
        )));
    }
    if let Some(unknown) = columns.iter().find(|name| !is_column(name)) {
        return Err(ItemsError::File(format!(
            "it has an unknown column {unknown:?}"
        )));
    }
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cells = columns.iter().zip(&record);
                let row = cells.map(|(name, cell)| ((*name).to_owned(), cell.to_owned()));
                rows.push((Place::Line(line), row.collect()));
            }
            Err(error) => wrong.push(RowError {
                place: Place::Line(error.position().map_or(0, csv::Position::line)),
                text: csv_error(&error),
            }),
        }
    }
    if wrong.is_empty() {
        Ok(rows)
    } else {
        Err(ItemsError::Rows(wrong))
    }
}

pub(super) fn csv_error(error: &csv::Error) -> String {
    if let csv::ErrorKind::UnequalLengths {
        expected_len, len, ..
    } = error.kind()
    {
        format!("it has {len} columns, and the first line {expected_len}")
    } else if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        "it is not text in UTF-8".to_owned()
    } else {
        error.to_string()
    }
}

pub(super) fn json_rows(bytes: &[u8]) -> Result<Vec<(Place, Row)>, ItemsError> {
    let items: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(bytes)
        .map_err(|error| ItemsError::File(format!("it is not a JSON array of objects: {error}")))?;
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for (place, item) in (1..).map(Place::Item).zip(items) {
        match item.into_iter().map(json_cell).collect() {
            Ok(row) => rows.push((place, row)),
            Err(text) => wrong.push(RowError { place, text }),
        }
    }
    if wrong.is_empty() {
        Ok(rows)
    } else {
        Err(ItemsError::Rows(wrong))
    }
}

/// Quantities may be JSON numbers; a price may not, since JSON knows no decimals.
fn json_cell((name, value): (String, serde_json::Value)) -> Result<(String, String), String> {
    if !is_column(&name) {
        return Err(format!("it has an unknown member {name:?}"));
    }
    let text = match value {
        serde_json::Value::String(text) => text,
        serde_json::Value::Number(number) if matches!(&*name, "quantity" | "per" | "low_stock") => {
            number.to_string()
        }
        serde_json::Value::Number(number) => {
            return Err(format!("{name} must be a string, \"{number}\""));
        }
        serde_json::Value::Null => String::new(),
        serde_json::Value::Bool(_) | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
            return Err(format!("{name} must be a string"));
        }
    };
    Ok((name, text))
}

fn is_column(name: &str) -> bool {
    REQUIRED.contains(&name) || OPTIONAL.contains(&name)
}

pub(super) fn understand(
    rows: Vec<(Place, Row)>,
    currency: Option<Currency>,
) -> Result<Vec<ImportedItem>, ItemsError> {
    if rows.is_empty() {
        return Err(ItemsError::File("it holds no items".to_owned()));
    }
    let mut seen: HashMap<Sku, Place> = HashMap::new();
    let (mut items, mut wrong) = (Vec::with_capacity(rows.len()), Vec::new());
    for (place, row) in rows {
        let item = item(&row, currency).and_then(|item| {
            match seen.insert(item.offer.sku.clone(), place) {
                None => Ok(item),
                Some(first) => Err(format!("{} stands in {first}, too", item.offer.sku)),
            }
        });
        match item {
            Ok(item) => items.push(item),
            Err(text) => wrong.push(RowError { place, text }),
        }
    }
    if wrong.is_empty() {
        Ok(items)
    } else {
        Err(ItemsError::Rows(wrong))
    }
}

fn item(row: &Row, currency: Option<Currency>) -> Result<ImportedItem, String> {
    let cell = |name: &str| {
        row.get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    };
    let currency = match (cell("currency"), currency) {
        (Some(code), _) => code
            .parse()
            .map_err(|error| format!("currency {code:?}: {error}"))?,
        (None, Some(currency)) => currency,
        (None, None) => return Err("it names no currency, and --currency is not given".to_owned()),
    };
    let unit_price: UnitPrice = parsed(cell("unit_price"), "unit_price")?;
    let per = cell("per").map_or(Ok(Quantity::ONE), |text| {
        let number: u64 = parsed(Some(text), "per")?;
        Quantity::try_from(number).map_err(|error| format!("per {error}"))
    })?;
    let on_hand = cell("quantity")
        .map(|text| {
            whole(text).ok_or_else(|| format!("quantity {text:?} is not a whole number, 0 or more"))
        })
        .transpose()?;
    let backorder = cell("backorder")
        .map(|text| match text {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(format!("backorder {text:?} is neither yes nor no")),
        })
        .transpose()?;
    let low_stock = cell("low_stock")
        .map(|text| {
            let threshold = text.parse();
            threshold.map_err(|error: NoThreshold| format!("low_stock {text:?} {error}"))
        })
        .transpose()?;
    Ok(ImportedItem {
        offer: Offer {
            sku: parsed(cell("sku"), "sku")?,
            name: parsed(cell("name"), "name")?,
            unit: parsed(cell("unit"), "unit")?,
            currency,
            unit_price,
            per,
        },
        on_hand,
        backorder,
        low_stock,
    })
}

/// A whole number, 0 or more.
fn whole(text: &str) -> Option<i64> {
    let number: u64 = text.parse().ok()?;
    i64::try_from(number).ok()
}

pub(super) fn parsed<T>(text: Option<&str>, name: &str) -> Result<T, String>
where
    T: std::str::FromStr,
    T::Err: fmt::Display,
{
    let text = text.ok_or_else(|| format!("{name} is empty"))?;
    text.parse()
        .map_err(|error| format!("{name} {text:?}: {error}"))
}

#[cfg(test)]
mod tests;

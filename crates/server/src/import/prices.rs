//! Agreed prices from a CSV file (RFC 4180): every row is right, or none is taken.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use countersign_order::time::parse_date;
use countersign_order::{Quantity, Sku};
use countersign_store::{PriceKey, PriceRecord};
use jiff::civil::Date;

use super::items::{BYTE_ORDER_MARK, FILE_MAX_BYTES, Place, RowError, csv_error, parsed};
use crate::files::read_bounded;

/// The columns of the file; `per` and `to` may be left out or empty.
const COLUMNS: [&str; 7] = ["buyer", "sku", "currency", "price", "per", "from", "to"];
const OPTIONAL: [&str; 2] = ["per", "to"];

/// A price, and the line it stands in.
pub(crate) type ImportedPrice = (Place, PriceRecord);

/// Why a file gives no prices.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum PricesError {
    /// There is no such file.
    Missing,
    /// The file as a whole is not one.
    File(String),
    /// Some rows are wrong: all that are, in their order.
    Rows(Vec<RowError>),
}

/// Reads a file of prices.
pub(crate) fn read(path: &Path) -> Result<Vec<ImportedPrice>, PricesError> {
    let bytes = read_bounded(path, FILE_MAX_BYTES).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            PricesError::Missing
        } else {
            PricesError::File(format!("it cannot be read: {error}"))
        }
    })?;
    understand(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes))
}

pub(super) fn understand(bytes: &[u8]) -> Result<Vec<ImportedPrice>, PricesError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let head = reader
        .headers()
        .map_err(|error| PricesError::File(csv_error(&error)))?
        .clone();
    let columns: Vec<&str> = head.iter().collect();
    must_be_columns(&columns)?;
    let mut first_places: HashMap<PriceKey, Place> = HashMap::new();
    let (mut prices, mut wrong) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let line = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let place = Place::Line(line.map_or(0, csv::Position::line));
        let price = record
            .map_err(|error| csv_error(&error))
            .and_then(|record| {
                let row: HashMap<&str, &str> = columns.iter().copied().zip(&record).collect();
                price(&row)
            });
        let price = price.and_then(
            |price| match first_places.insert(price.key.clone(), place) {
                None => Ok(price),
                Some(first) => Err(format!(
                    "a price of the same buyer, item, currency and first day stands in {first}, too"
                )),
            },
        );
        match price {
            Ok(price) => prices.push((place, price)),
            Err(text) => wrong.push(RowError { place, text }),
        }
    }
    if !wrong.is_empty() {
        Err(PricesError::Rows(wrong))
    } else if prices.is_empty() {
        Err(PricesError::File("it holds no prices".to_owned()))
    } else {
        Ok(prices)
    }
}

fn must_be_columns(columns: &[&str]) -> Result<(), PricesError> {
    let is_missing = |name: &&&str| !columns.contains(name) && !OPTIONAL.contains(name);
    if let Some(missing) = COLUMNS.iter().find(is_missing) {
        return Err(PricesError::File(format!(
            "its first line has no column {missing}; the columns are {}",
            COLUMNS.join(",")
        )));
    }
    match columns.iter().find(|name| !COLUMNS.contains(name)) {
        None => Ok(()),
        Some(unknown) => Err(PricesError::File(format!(
            "it has an unknown column {unknown:?}; the columns are {}",
            COLUMNS.join(",")
        ))),
    }
}

fn price(row: &HashMap<&str, &str>) -> Result<PriceRecord, String> {
    let cell = |name: &str| row.get(name).copied().filter(|text| !text.is_empty());
    let per = cell("per").map_or(Ok(Quantity::ONE), |text| {
        let number: u64 = parsed(Some(text), "per")?;
        Quantity::try_from(number).map_err(|error| format!("per {error}"))
    })?;
    let sku: Sku = parsed(cell("sku"), "sku")?;
    let from = day(cell("from"), "from")?;
    let to = cell("to").map(|text| day(Some(text), "to")).transpose()?;
    if to.is_some_and(|to| to < from) {
        return Err("its last day, to, is before its first, from".to_owned());
    }
    Ok(PriceRecord {
        key: PriceKey {
            buyer: parsed(cell("buyer"), "buyer")?,
            sku,
            currency: parsed(cell("currency"), "currency")?,
            from,
        },
        unit_price: parsed(cell("price"), "price")?,
        per,
        to,
    })
}

fn day(text: Option<&str>, name: &str) -> Result<Date, String> {
    let text = text.ok_or_else(|| format!("{name} is empty"))?;
    parse_date(text).map_err(|error| format!("{name} {text:?}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "buyer,sku,currency,price,per,from,to\n";

    fn wrong(rows: &str) -> Vec<String> {
        match understand(format!("{HEAD}{rows}").as_bytes()) {
            Err(PricesError::Rows(rows)) => {
                let told = rows
                    .iter()
                    .map(|row| format!("{}: {}", row.place, row.text));
                told.collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_row_is_a_price() {
        let rows =
            "acme,WATER,USD,1450.5,100,2026-12-01,2026-12-31\nbolt,\"A, b\",EUR,1,,2026-12-01,\n";
        let prices = understand(format!("{HEAD}{rows}").as_bytes()).unwrap();
        let (place, first) = &prices[0];
        assert_eq!(*place, Place::Line(2));
        assert_eq!(first.unit_price.to_string(), "1450.5");
        assert_eq!((first.per.units(), first.key.from.day()), (100, 1));
        assert_eq!(
            first.to.map(|to| to.to_string()).as_deref(),
            Some("2026-12-31")
        );
        let (_, second) = &prices[1];
        assert_eq!(
            (second.key.sku.as_str(), second.per.units(), second.to),
            ("A, b", 1, None)
        );
    }

    #[test]
    fn optional_columns_may_be_missing_and_others_may_not() {
        let read = |text: &str| understand(text.as_bytes());
        assert!(read("from,price,currency,sku,buyer\n2026-12-01,1,USD,WATER,acme\n").is_ok());
        for (head, told) in [
            ("buyer,sku,currency,price,per", "no column from"),
            (
                "buyer,sku,currency,price,from,until",
                "unknown column \"until\"",
            ),
        ] {
            let Err(PricesError::File(text)) = read(head) else {
                panic!("{head} was taken");
            };
            assert!(text.contains(told), "{text}");
        }
        assert_eq!(
            read(HEAD),
            Err(PricesError::File("it holds no prices".to_owned()))
        );
    }

    #[test]
    fn every_wrong_row_is_told_with_its_line() {
        let told = wrong(
            "acme,WATER,USD,14.50,,2026-12-01,\n\
             Acme!,WATER,USD,14.50,,2026-12-01,\n\
             acme,WATER,XYZ,14.50,,2026-12-01,\n\
             acme,WATER,USD,-1,,2026-12-01,\n\
             acme,WATER,USD,1,0,2026-12-01,\n\
             acme,WATER,USD,1,,yesterday,\n\
             acme,WATER,USD,1,,2026-12-02,2026-12-01\n\
             acme,WATER,USD,1\n\
             acme,WATER,USD,15.00,,2026-12-01,\n",
        );
        let starts = [
            "line 3: buyer",
            "line 4: currency",
            "line 5: price",
            "line 6: per",
            "line 7: from",
            "line 8: its last day",
            "line 9: it has 4 columns",
            "line 10: a price of the same",
        ];
        assert_eq!(told.len(), starts.len(), "{told:#?}");
        for (told, start) in told.iter().zip(starts) {
            assert!(told.starts_with(start), "{told}");
        }
    }
}

//! `opd price`: what single buyers agreed to pay.

use std::path::Path;

use countersign_api::{
    Day, PriceChange, PriceEnd as EndRequest, PriceImport as Request, PriceQuery, PriceRow,
    PriceView, PricesImported, WrongRow,
};
use countersign_store::PriceRecord;

use super::place::Place;
use super::{counted, whole};
use crate::cli::{Price, PriceEnd, PriceImport, PriceList};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::import::items::RowError;
use crate::import::prices::{self, ImportedPrice, PricesError};
use crate::output::table;

/// No screen holds more mistakes.
const MISTAKES_SHOWN: usize = 20;

pub(super) async fn run(context: &Context, price: &Price) -> Result<(), Failure> {
    match price {
        Price::Import(import) => self::import(context, import).await,
        Price::List(list) => self::list(context, list).await,
        Price::End(end) => self::end(context, end).await,
    }
}

async fn import(context: &Context, import: &PriceImport) -> Result<(), Failure> {
    let read = prices::read(&import.file).map_err(|error| refusal(&import.file, error))?;
    let request = Request {
        dry_run: import.dry_run,
        prices: read.iter().map(|(_, price)| row(price)).collect(),
    };
    let imported = Place::of(context).await?.import_prices(request).await;
    let imported = imported.map_err(|failure| in_the_file(failure, &import.file, &read))?;
    context.output.data(&imported, || describe(&imported))
}

fn row(price: &PriceRecord) -> PriceRow {
    PriceRow {
        buyer: price.key.buyer.clone(),
        sku: price.key.sku.clone(),
        currency: price.key.currency,
        price: price.unit_price,
        per: price.per,
        from: Day(price.key.from),
        to: price.to.map(Day),
    }
}

/// Says of rows that are refused in which lines of the file they stand.
fn in_the_file(failure: Failure, file: &Path, read: &[ImportedPrice]) -> Failure {
    let wrong = failure.problem.iter().flat_map(|problem| &problem.rows);
    let wrong: Vec<RowError> = wrong.filter_map(|wrong| row_error(read, wrong)).collect();
    if wrong.is_empty() {
        failure
    } else {
        refusal(file, PricesError::Rows(wrong))
    }
}

fn row_error(read: &[ImportedPrice], wrong: &WrongRow) -> Option<RowError> {
    let (place, price) = read.get(wrong.row)?;
    let text = format!("{} {}: {}", price.key.buyer, price.key.sku, wrong.detail);
    Some(RowError {
        place: *place,
        text,
    })
}

/// The differences, if nothing was changed, and a sentence that counts them.
fn describe(imported: &PricesImported) -> String {
    let PricesImported {
        added,
        changed,
        unchanged,
        dry_run,
        changes,
    } = imported;
    let would = if *dry_run { "Would import" } else { "Imported" };
    let added = counted(added, "new price");
    let sentence = format!("{would} {added}, {changed} changed, {unchanged} as before.");
    let differences = changes.iter().filter(|_| *dry_run).flat_map(difference);
    differences.chain([sentence]).collect::<Vec<_>>().join("\n")
}

fn difference(change: &PriceChange) -> Vec<String> {
    let before = change.before.as_ref();
    let before = before.map(|before| format!("- {}", line(before)));
    let after = format!("+ {}", line(&change.after));
    before.into_iter().chain([after]).collect()
}

fn line(price: &PriceView) -> String {
    let PriceView {
        buyer,
        sku,
        currency,
        from,
        ..
    } = price;
    let to = price.to.as_ref();
    let to = to.map_or_else(String::new, |to| format!(" to {to}"));
    format!("{buyer} {sku}: {} {currency} from {from}{to}", rate(price))
}

fn rate(price: &PriceView) -> String {
    match price.per.units() {
        1 => price.price.clone(),
        per => format!("{} per {per}", price.price),
    }
}

fn refusal(file: &Path, error: PricesError) -> Failure {
    let file = file.display();
    match error {
        PricesError::Missing => Failure::not_found(format_args!("file {file}")),
        PricesError::File(text) => Failure::new(Exit::Failure, format!("{file}: {text}")),
        PricesError::Rows(rows) => {
            let wrong = counted(rows.len(), "wrong row");
            let mut lines = vec![format!("{file}: nothing was imported: {wrong}")];
            let shown = rows.iter().take(MISTAKES_SHOWN);
            lines.extend(shown.map(|row| format!("  {}: {}", row.place, row.text)));
            if rows.len() > MISTAKES_SHOWN {
                lines.push(format!("  and {} more", rows.len() - MISTAKES_SHOWN));
            }
            Failure::new(Exit::Failure, lines.join("\n"))
        }
    }
}

async fn list(context: &Context, list: &PriceList) -> Result<(), Failure> {
    let asked = PriceQuery {
        buyer: list.buyer.clone(),
        sku: list.sku.clone(),
        ..PriceQuery::default()
    };
    let rows = Place::of(context).await?.prices(&asked).await?;
    context.output.data(&whole(&rows), || {
        let cells: Vec<_> = rows.iter().map(cells).collect();
        table(&["BUYER", "SKU", ">PRICE", "FROM", "TO"], &cells)
    })
}

fn cells(price: &PriceView) -> Vec<String> {
    vec![
        price.buyer.to_string(),
        price.sku.to_string(),
        format!("{} {}", rate(price), price.currency),
        price.from.to_string(),
        price.to.map(|to| to.to_string()).unwrap_or_default(),
    ]
}

async fn end(context: &Context, end: &PriceEnd) -> Result<(), Failure> {
    let request = EndRequest {
        buyer: end.buyer.clone(),
        sku: end.sku.clone(),
        currency: end.currency,
        last_day: end.to.map(Day),
    };
    let ended = Place::of(context).await?.end_price(request).await?;
    context.output.data(&ended, || {
        let prices = counted(ended.ended, "price");
        let PriceEnd { buyer, sku, .. } = end;
        let last_day = ended.last_day;
        format!("Ended {prices} of {buyer} for {sku}: the last day is {last_day}.")
    })
}

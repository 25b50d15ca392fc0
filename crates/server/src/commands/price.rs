//! `opd price`: what single buyers agreed to pay.

use std::path::Path;

use countersign_order::time::day_of;
use countersign_order::{BuyerId, Currency, Quantity, Sku};
use countersign_store::{PriceFilter, PriceRecord};
use serde::Serialize;

use super::{ROWS, counted, whole};
use crate::cli::{Price, PriceEnd, PriceImport, PriceList};
use crate::context::Context;
use crate::desk::operations::{EndPrice, ImportPrices, PriceChange, UnfitPrice};
use crate::desk::prices::compare;
use crate::failure::{Exit, Failure};
use crate::import::items::RowError;
use crate::import::prices::{self, ImportedPrice, PricesError};
use crate::output::table;

/// No screen holds more mistakes.
const MISTAKES_SHOWN: usize = 20;

/// A price as the seller sees it.
#[derive(Debug, Serialize)]
struct PriceView {
    buyer: BuyerId,
    sku: Sku,
    currency: Currency,
    price: String,
    per: Quantity,
    from: String,
    to: Option<String>,
}

/// What an import did, or would do.
#[derive(Debug, Serialize)]
struct Imported {
    added: usize,
    changed: usize,
    unchanged: usize,
    dry_run: bool,
    changes: Vec<Change>,
}

#[derive(Debug, Serialize)]
struct Change {
    before: Option<PriceView>,
    after: PriceView,
}

/// What ending a price came to.
#[derive(Debug, Serialize)]
struct Ended {
    ended: usize,
    last_day: String,
}

pub(super) async fn run(context: &Context, price: &Price) -> Result<(), Failure> {
    match price {
        Price::Import(import) => self::import(context, import).await,
        Price::List(list) => self::list(context, list).await,
        Price::End(end) => self::end(context, end).await,
    }
}

async fn import(context: &Context, import: &PriceImport) -> Result<(), Failure> {
    let read = prices::read(&import.file).map_err(|error| refusal(&import.file, error))?;
    let shop = context.shop().await?;
    let prices: Vec<PriceRecord> = read.iter().map(|(_, price)| price.clone()).collect();
    let compared = if import.dry_run {
        compare(&mut *shop.look().await?, &prices).await?
    } else {
        shop.run(ImportPrices { prices }).await?
    };
    let changes = compared.map_err(|unfit| {
        let rows = unfit.iter().filter_map(|unfit| row_error(&read, unfit));
        refusal(&import.file, PricesError::Rows(rows.collect()))
    })?;
    let imported = imported(changes, import.dry_run);
    context.output.data(&imported, || describe(&imported))
}

fn row_error(read: &[ImportedPrice], unfit: &UnfitPrice) -> Option<RowError> {
    let (place, price) = read.get(unfit.place)?;
    let text = format!("{} {}: {}", price.key.buyer, price.key.sku, unfit.why);
    Some(RowError {
        place: *place,
        text,
    })
}

fn imported(changes: Vec<PriceChange>, dry_run: bool) -> Imported {
    let all = changes.len();
    let added = changes.iter().filter(|change| change.before.is_none());
    let added = added.count();
    let moved: Vec<PriceChange> = changes
        .into_iter()
        .filter(|change| change.before.as_ref() != Some(&change.after))
        .collect();
    Imported {
        added,
        changed: moved.len() - added,
        unchanged: all - moved.len(),
        dry_run,
        changes: moved
            .into_iter()
            .map(|change| Change {
                before: change.before.map(view),
                after: view(change.after),
            })
            .collect(),
    }
}

/// The differences, if nothing was changed, and a sentence that counts them.
fn describe(imported: &Imported) -> String {
    let Imported {
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

fn difference(change: &Change) -> Vec<String> {
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
    let filter = PriceFilter {
        buyer: list.buyer.clone(),
        sku: list.sku.clone(),
    };
    let shop = context.shop().await?;
    let mut store = shop.look().await?;
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = store.prices(&filter, after.as_ref(), ROWS).await?;
        let Some(end) = page.last() else { break };
        after = Some(end.key.clone());
        rows.extend(page.into_iter().map(view));
    }
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
        price.from.clone(),
        price.to.clone().unwrap_or_default(),
    ]
}

async fn end(context: &Context, end: &PriceEnd) -> Result<(), Failure> {
    let today = day_of(context.clock.now());
    let last_day = match end.to {
        Some(day) => day,
        None => today
            .yesterday()
            .map_err(|error| Failure::caused_by(&error))?,
    };
    let shop = context.shop().await?;
    let ended = shop
        .run(EndPrice {
            buyer: end.buyer.clone(),
            sku: end.sku.clone(),
            currency: end.currency,
            last_day,
        })
        .await?;
    let (buyer, sku) = (&end.buyer, &end.sku);
    let last_day = last_day.to_string();
    context.output.data(
        &Ended {
            ended,
            last_day: last_day.clone(),
        },
        || {
            let prices = counted(ended, "price");
            format!("Ended {prices} of {buyer} for {sku}: the last day is {last_day}.")
        },
    )
}

fn view(price: PriceRecord) -> PriceView {
    PriceView {
        price: price.unit_price.in_currency(price.key.currency),
        buyer: price.key.buyer,
        sku: price.key.sku,
        currency: price.key.currency,
        per: price.per,
        from: price.key.from.to_string(),
        to: price.to.map(|to| to.to_string()),
    }
}

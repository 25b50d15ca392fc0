//! `GET` and `POST /v1/desk/prices`, `POST /v1/desk/prices/end`: what single buyers agreed to pay.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{
    Code, Day, Page, PriceChange, PriceEnd, PriceImport, PriceQuery, PriceRow, PriceView,
    PricesEnded, PricesImported, Problem, WrongRow, limits,
};
use countersign_order::time::day_of;
use countersign_store::{PriceFilter, PriceKey, PriceRecord};
use http::HeaderMap;
use jiff::Timestamp;

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::problem::Refused;
use super::super::query;
use super::item_import::wrong_rows;
use crate::desk::operations::{EndPrice, ImportPrices, PriceChange as Change, UnfitPrice};
use crate::desk::prices::compare;

/// Lists prices.
pub(in crate::http) async fn prices(
    State(app): State<Arc<App>>,
    asked: Result<Query<PriceQuery>, QueryRejection>,
) -> Result<Json<Page<PriceView>>, Refused> {
    let asked = query::read(asked)?;
    let after = asked.after.as_deref().map(key_of).transpose()?;
    let rows = query::rows(asked.limit);
    let filter = filter(&asked);
    let mut store = app.desk.store().read().await?;
    // One more than is shown tells whether there is a next page.
    let mut prices = store.prices(&filter, after.as_ref(), rows + 1).await?;
    let shown = usize::try_from(rows).unwrap_or(usize::MAX);
    let more = prices.len() > shown;
    prices.truncate(shown);
    let next = prices.last().filter(|_| more).map(|price| mark(&price.key));
    let data = prices.into_iter().map(price_view).collect();
    Ok(Json(Page { data, next }))
}

/// Adds prices, or changes them.
pub(in crate::http) async fn import_prices(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PricesImported>, Refused> {
    let limit = limits::IMPORT_MAX_BYTES;
    let PriceImport { dry_run, prices } =
        body::json_within(&app, signed_in.account(), &headers, body, limit).await?;
    let prices = price_records(prices)?;
    let compared = if dry_run {
        compare(&mut *app.desk.store().read().await?, &prices).await?
    } else {
        let operation = ImportPrices { prices };
        app.desk.run(&signed_in.actor(), operation).await?
    };
    Ok(Json(prices_imported(compared, dry_run)?))
}

/// Ends prices.
pub(in crate::http) async fn end_price(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PricesEnded>, Refused> {
    let request: PriceEnd = body::json(&app, signed_in.account(), &headers, body).await?;
    let operation = price_end(request, app.desk.clock().now())?;
    let last_day = Day(operation.last_day);
    let ended = app.desk.run(&signed_in.actor(), operation).await?;
    Ok(Json(PricesEnded { ended, last_day }))
}

/// The prices that are asked for.
pub(crate) fn filter(asked: &PriceQuery) -> PriceFilter {
    PriceFilter {
        buyer: asked.buyer.clone(),
        sku: asked.sku.clone(),
    }
}

/// Where a page ended, for the query of the next; no part but the last may hold a slash, nor does it.
fn mark(key: &PriceKey) -> String {
    let PriceKey {
        buyer,
        sku,
        currency,
        from,
    } = key;
    format!("{buyer}/{currency}/{from}/{sku}")
}

fn key_of(mark: &str) -> Result<PriceKey, Refused> {
    let mut parts = mark.splitn(4, '/');
    let mut part = || parts.next().ok_or(Code::BadRequest);
    let (buyer, currency, from, sku) = (part()?, part()?, part()?, part()?);
    let from: Day = from.parse().map_err(|_| Code::BadRequest)?;
    Ok(PriceKey {
        buyer: buyer.parse().map_err(|_| Code::BadRequest)?,
        sku: sku.parse().map_err(|_| Code::BadRequest)?,
        currency: currency.parse().map_err(|_| Code::BadRequest)?,
        from: from.0,
    })
}

/// The prices to bring in; refuses those that stand there twice, and those that end before they begin.
pub(crate) fn price_records(rows: Vec<PriceRow>) -> Result<Vec<PriceRecord>, Box<Problem>> {
    let mut seen = HashSet::new();
    let mut wrong = Vec::new();
    let mut records = Vec::with_capacity(rows.len());
    for (row, price) in rows.into_iter().enumerate() {
        let record = PriceRecord {
            key: PriceKey {
                buyer: price.buyer,
                sku: price.sku,
                currency: price.currency,
                from: price.from.0,
            },
            unit_price: price.price,
            per: price.per,
            to: price.to.map(|day| day.0),
        };
        if record.to.is_some_and(|to| to < record.key.from) {
            let detail = "its last day, to, is before its first, from".to_owned();
            wrong.push(WrongRow { row, detail });
        }
        if !seen.insert(record.key.clone()) {
            let detail = "its buyer, item, currency and first day stand there twice".to_owned();
            wrong.push(WrongRow { row, detail });
        }
        records.push(record);
    }
    if wrong.is_empty() {
        Ok(records)
    } else {
        Err(wrong_rows(wrong))
    }
}

/// What ends prices; today is the day of `now`.
pub(crate) fn price_end(request: PriceEnd, now: Timestamp) -> Result<EndPrice, Box<Problem>> {
    let last_day = match request.last_day {
        Some(day) => day.0,
        None => day_of(now)
            .yesterday()
            .map_err(|_before_time| Problem::from(Code::BadRequest))?,
    };
    Ok(EndPrice {
        buyer: request.buyer,
        sku: request.sku,
        currency: request.currency,
        last_day,
    })
}

/// What an import did, or would do, or why it cannot be done.
pub(crate) fn prices_imported(
    compared: Result<Vec<Change>, Vec<UnfitPrice>>,
    dry_run: bool,
) -> Result<PricesImported, Box<Problem>> {
    let changes = compared.map_err(|unfit| {
        let row = |unfit: UnfitPrice| WrongRow {
            row: unfit.place,
            detail: unfit.why.to_owned(),
        };
        wrong_rows(unfit.into_iter().map(row).collect())
    })?;
    let all = changes.len();
    let added = changes.iter().filter(|change| change.before.is_none());
    let added = added.count();
    let moved: Vec<PriceChange> = changes
        .into_iter()
        .filter(|change| change.before.as_ref() != Some(&change.after))
        .map(|change| PriceChange {
            before: change.before.map(price_view),
            after: price_view(change.after),
        })
        .collect();
    Ok(PricesImported {
        added,
        changed: moved.len() - added,
        unchanged: all - moved.len(),
        dry_run,
        changes: moved,
    })
}

/// A price as the seller sees it.
pub(crate) fn price_view(price: PriceRecord) -> PriceView {
    PriceView {
        price: price.unit_price.in_currency(price.key.currency),
        buyer: price.key.buyer,
        sku: price.key.sku,
        currency: price.key.currency,
        per: price.per,
        from: Day(price.key.from),
        to: price.to.map(Day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_after_the_price_it_ended_with() {
        let key = PriceKey {
            buyer: "acme".parse().unwrap(),
            sku: "water 1 l".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            from: "2026-11-23".parse().unwrap(),
        };
        assert_eq!(key_of(&mark(&key)).unwrap(), key);
        for wrong in ["", "acme", "acme/USD/2026-11-23", "acme/USD/tomorrow/WATER"] {
            assert!(key_of(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}

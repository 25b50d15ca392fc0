//! `GET /v1/orders`: the buyer's own, the one received last first, by page or as one table.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use countersign_api::{Code, OrderQuery, Problem, limits, media};
use countersign_order::{OrderId, Role};
use countersign_store::{OrderFilter, OrderRecord, Page, StoreError};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use super::super::App;
use super::super::access::BuyerSignedIn;
use super::super::problem::Refused;
use super::super::query;
use super::super::streamed::{self, Gone, Writing};
use super::{csv, filter, view};

/// Lists the buyer's orders.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    BuyerSignedIn(sender): BuyerSignedIn,
    headers: HeaderMap,
    asked: Result<Query<OrderQuery>, QueryRejection>,
) -> Result<Response, Refused> {
    let mut asked = query::read(asked)?;
    if asked.buyer.is_some() {
        return Err(not_understood("these are the orders of one buyer already"));
    }
    asked.buyer = Some(sender.buyer);
    answer(app, Role::Buyer, &headers, &asked).await
}

/// The orders that are asked for, as this role sees them: a page, or all of them as a table.
pub(crate) async fn answer(
    app: Arc<App>,
    role: Role,
    headers: &HeaderMap,
    asked: &OrderQuery,
) -> Result<Response, Refused> {
    let now = app.desk.clock().now();
    let filter = filter(asked, now).map_err(not_understood)?;
    if accepts_csv(headers) {
        if asked.after.is_some() || asked.limit.is_some() {
            return Err(not_understood("a table has all rows: no after, no limit"));
        }
        return table(app, role, filter).await;
    }
    let before = query::after(asked.after.as_deref())?;
    let rows = query::rows(asked.limit);
    let page = read(&app, &filter, before.as_ref(), rows).await?;
    let key = |order: &OrderRecord| order.id.to_string();
    Ok(Json(query::page(page, key, |order| view(order, role))).into_response())
}

fn not_understood(why: impl Into<String>) -> Refused {
    Problem::from(Code::BadRequest)
        .with_detail(why.into())
        .into()
}

/// Whether the peer asks for CSV by name.
fn accepts_csv(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).into_iter();
    let accepted = accepted.filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        let named = range.split(';').next().unwrap_or_default();
        named.trim().eq_ignore_ascii_case(media::CSV)
    })
}

async fn read(
    app: &App,
    filter: &OrderFilter,
    before: Option<&OrderId>,
    rows: u32,
) -> Result<Page<OrderRecord>, StoreError> {
    let mut store = app.desk.store().read().await?;
    store.orders(filter, before, rows).await
}

/// All orders as a table that is read while it is sent, a page at a time: no snapshot is held open
/// for a slow peer, and each row is as it was when its page was read.
async fn table(app: Arc<App>, role: Role, filter: OrderFilter) -> Result<Response, Refused> {
    let first = read(&app, &filter, None, limits::PAGE_MAX_ROWS).await?;
    let (writing, body) = streamed::body();
    tokio::spawn(async move {
        if let Err(error) = write_all(&app, role, &filter, first, &writing).await {
            tracing::warn!(%error, "a table was broken off");
            writing.break_off("the store failed").await;
        }
    });
    let mut response = Response::new(body);
    let media = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    response.headers_mut().insert(CONTENT_TYPE, media);
    Ok(response)
}

async fn write_all(
    app: &App,
    role: Role,
    filter: &OrderFilter,
    first: Page<OrderRecord>,
    writing: &Writing,
) -> Result<(), StoreError> {
    let mut text = csv::head();
    let mut page = first;
    loop {
        let last = page.rows.last().map(|order| order.id);
        for order in page.rows {
            text.push_str(&csv::row(&view(order, role)));
        }
        if let Err(Gone) = writing.write(std::mem::take(&mut text)).await {
            return Ok(());
        }
        if !page.more {
            return Ok(());
        }
        page = read(app, filter, last.as_ref(), limits::PAGE_MAX_ROWS).await?;
    }
}

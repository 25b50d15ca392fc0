//! `GET /v1/items`: what a buyer can order, at the buyer's own prices.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Code, ItemQuery, ItemView, Page, limits};
use countersign_order::time::day_of;
use countersign_order::{Currency, Offer, Sku, prevailing};
use countersign_store::ItemRecord;

use super::App;
use super::access::SignedIn;
use super::problem::Refused;
use super::query;

/// Lists items by SKU.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(current): SignedIn,
    asked: Result<Query<ItemQuery>, QueryRejection>,
) -> Result<Json<Page<ItemView>>, Refused> {
    let asked = query::read(asked)?;
    let text = asked.query.as_deref().filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.len() > limits::QUERY_MAX_BYTES) {
        return Err(Code::BadRequest.into());
    }
    let after = query::after(asked.after.as_deref())?;
    let mut view = app.desk.store().read().await?;
    let rows = query::rows(asked.limit);
    let mut page = view.items(text, after.as_ref(), rows).await?;
    if let Some(buyer) = &current.session.buyer {
        let skus: Vec<&Sku> = page.rows.iter().map(|item| &item.offer.sku).collect();
        let today = day_of(app.desk.clock().now());
        let agreed = view.agreed_offers(buyer, &skus, today).await?;
        for item in &mut page.rows {
            if let Some(agreed) = agreed.get(&item.offer.sku) {
                item.offer = shown(agreed, &item.offer, asked.currency).clone();
            }
        }
    }
    let key = |item: &ItemRecord| item.offer.sku.to_string();
    Ok(Json(query::page(page, key, item_view)))
}

/// The offer that a catalogue shows: in the currency asked for, else the buyer's own in the currency
/// of the list price, else any of the buyer's own.
fn shown<'a>(agreed: &'a [Offer], general: &'a Offer, currency: Option<Currency>) -> &'a Offer {
    if let Some(currency) = currency {
        return prevailing(agreed, general, currency);
    }
    let is_alike = |offer: &&Offer| offer.currency == general.currency;
    let own = agreed.iter().find(is_alike).or_else(|| agreed.first());
    own.unwrap_or(general)
}

pub(crate) fn item_view(item: ItemRecord) -> ItemView {
    let offer = item.offer;
    ItemView {
        unit_price: offer.unit_price.in_currency(offer.currency),
        sku: offer.sku,
        name: offer.name,
        unit: offer.unit,
        per: offer.per,
        currency: offer.currency,
        available: item.stock.available(),
    }
}

//! `po items`: what can be ordered, at this buyer's prices.

use countersign_api::{ItemView, Page};

use crate::cli::Items;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::table;

pub(crate) fn run(context: &Context, items: &Items) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    let query: Vec<(&str, &str)> = items
        .query
        .as_deref()
        .map(|text| ("query", text))
        .into_iter()
        .collect();
    let page = Page {
        data: api.get_all::<ItemView>("/v1/items", &query)?,
        next: None,
    };
    context.output.data(&page, || {
        if page.data.is_empty() {
            "no items".to_owned()
        } else {
            catalogue(&page.data)
        }
    })?;
    Ok(Exit::Ok)
}

/// The catalogue as a table.
pub(crate) fn catalogue(items: &[ItemView]) -> String {
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|item| {
            vec![
                item.sku.to_string(),
                item.name.to_string(),
                price(&item.unit_price, item.per.units()),
                item.currency.to_string(),
                item.unit.to_string(),
                item.available.to_string(),
            ]
        })
        .collect();
    table(
        &["SKU", "name", "price", "", "unit", "available"],
        &rows,
        &[2, 5],
    )
}

/// A price, with the number of units it is for unless that is one.
pub(crate) fn price(unit_price: &str, per: u32) -> String {
    if per == 1 {
        unit_price.to_owned()
    } else {
        format!("{unit_price} per {per}")
    }
}

//! `po items`: what can be ordered, at this buyer's prices.

use countersign_api::{ItemView, Page};

use crate::cli::Items;
use crate::context::Context;
use crate::describe;
use crate::failure::{Exit, Failure};

pub(crate) fn run(context: &Context, items: &Items) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    let query = items.query.as_deref().map(|text| ("query", text));
    let page = Page {
        data: api.get_all::<ItemView>("/v1/items", query.as_slice())?,
        next: None,
    };
    context
        .output
        .data(&page, || describe::catalogue(&page.data))?;
    Ok(Exit::Ok)
}

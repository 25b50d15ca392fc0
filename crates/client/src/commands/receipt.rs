//! `po receipt`: verifies all that the seller signed about an order, and keeps it with the order.

use std::path::PathBuf;

use countersign_api::OrderView;
use serde_json::json;

use super::order::exit;
use super::status::find;
use crate::cli::Receipt;
use crate::context::Context;
use crate::describe;
use crate::failure::{Exit, Failure};
use crate::history::History;
use crate::http::Api;
use crate::receipt::{Match, Sent};
use crate::seller::Seller;

pub(crate) fn run(context: &Context, command: &Receipt) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, seller) = context.signed_in(&pinned)?;
    let order = find(&api, &command.order)?;
    let (history, folder) = fetch(context, &api, &seller, &order)?;
    let document = json!({ "data": history.statements(), "next": null });
    context.output.data(&document, || {
        let mut lines = vec![describe::history(
            &history,
            folder.as_ref().map(|_| Match::Exact),
        )];
        if let Some(folder) = &folder {
            lines.push(format!("kept in   {}", folder.display()));
        }
        lines.join("\n")
    })?;
    Ok(exit(history.receipt().decision))
}

/// All that the seller signed about an order, verified; kept with the order if that is kept here,
/// which is where then.
pub(super) fn fetch(
    context: &Context,
    api: &Api,
    seller: &Seller,
    order: &OrderView,
) -> Result<(History, Option<PathBuf>), Failure> {
    let history = History::fetch(api, seller, order)?;
    let home = &context.home;
    let Some(kept) = home.kept_order(&seller.origin, &order.id)? else {
        return Ok((history, None));
    };
    history.must_answer(&Sent::read(&kept.signed_data, &kept.certificate)?)?;
    let statements = history.signed();
    home.must_be_all(&seller.origin, &order.id, statements)?;
    let folder = home.keep_order(&seller.origin, &order.id, &kept, statements)?;
    Ok((history, Some(folder)))
}

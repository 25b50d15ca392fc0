//! `po receipt`: verifies all that the seller signed about an order, and keeps it with the order.

use serde_json::json;

use super::order::exit;
use super::status::find;
use crate::cli::Receipt;
use crate::context::Context;
use crate::describe;
use crate::failure::{Exit, Failure};
use crate::history::History;
use crate::receipt::{Match, Sent};

pub(crate) fn run(context: &Context, command: &Receipt) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, seller) = context.signed_in(&pinned)?;
    let order = find(&api, &command.order)?;
    let history = History::fetch(&api, &seller, &order)?;
    let home = &context.home;
    let kept = home.kept_order(&pinned.origin, &order.id)?;
    let folder = match &kept {
        Some(kept) => {
            history.must_answer(&Sent::read(&kept.signed_data, &kept.certificate)?)?;
            let statements = history.signed();
            home.must_be_all(&pinned.origin, &order.id, statements)?;
            Some(home.keep_order(&pinned.origin, &order.id, kept, statements)?)
        }
        None => None,
    };
    let document = json!({ "data": history.statements(), "next": null });
    context.output.data(&document, || {
        let mut lines = vec![describe::history(
            &history,
            kept.as_ref().map(|_| Match::Exact),
        )];
        if let Some(folder) = &folder {
            lines.push(format!("kept in   {}", folder.display()));
        }
        lines.join("\n")
    })?;
    Ok(exit(history.receipt().decision))
}

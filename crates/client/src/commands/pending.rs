//! `po pending` and `po resend`: what was sent and has no verified answer yet.

use countersign_order::time::write_instant;
use serde_json::json;

use super::{cancel, order};
use crate::cli::Resend;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::table;
use crate::{cancellation, submission};

pub(crate) fn list(context: &Context) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let pending = context.home.pending(&pinned.origin)?;
    let documents: Vec<_> = pending
        .iter()
        .map(|pending| {
            json!({
                "purchase_order_number": pending.purchase_order_number,
                "cancels": pending.cancels,
                "account": pending.account,
                "sealed_at": write_instant(pending.sealed_at),
                "content_sha256": pending.content,
            })
        })
        .collect();
    let rows: Vec<Vec<String>> = pending
        .iter()
        .map(|pending| {
            vec![
                pending.purchase_order_number.to_string(),
                if pending.cancels.is_some() {
                    "cancellation".to_owned()
                } else {
                    "order".to_owned()
                },
                pending.account.to_string(),
                write_instant(pending.sealed_at),
            ]
        })
        .collect();
    context
        .output
        .data(&json!({ "data": documents, "next": null }), || {
            if rows.is_empty() {
                "nothing is pending".to_owned()
            } else {
                table(&["number", "message", "account", "sealed at"], &rows, &[])
            }
        })?;
    Ok(Exit::Ok)
}

/// Sends the same bytes again. The first that fails ends it; those before it are done.
pub(crate) fn resend(context: &Context, resend: &Resend) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let mut pending = context.home.pending(&pinned.origin)?;
    if let Some(number) = &resend.number {
        pending.retain(|pending| pending.purchase_order_number == *number);
        if pending.is_empty() {
            let message = format!("nothing about order {number} is pending");
            return Err(
                Failure::new(Exit::NotFound, message).advise("see: po pending, and: po status")
            );
        }
    }
    if pending.is_empty() {
        context.output.message("nothing is pending");
        return Ok(Exit::Ok);
    }
    let (api, seller) = context.signed_in(&pinned)?;
    let mut exit = Exit::Ok;
    for pending in &pending {
        let this = match pending.cancels {
            None => {
                let receipted = submission::submit(context, &api, &seller, pending)?;
                order::show(context, &receipted)?
            }
            Some(order) => {
                let cancelled = cancellation::submit(context, &api, &seller, pending, order)?;
                cancel::show(context, &cancelled)?
            }
        };
        if exit == Exit::Ok {
            exit = this;
        }
    }
    Ok(exit)
}

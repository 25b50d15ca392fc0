//! `po receipt`: verifies an order's receipt under the pinned root, and keeps it with the order.

use countersign_order::Statement;

use super::order::exit;
use super::status::find;
use crate::cli::Receipt;
use crate::context::Context;
use crate::describe;
use crate::failure::{Exit, Failure};
use crate::receipt::{self, Match, Sent};

pub(crate) fn run(context: &Context, command: &Receipt) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, seller) = context.signed_in(&pinned)?;
    let order = find(&api, &command.order)?;
    let bytes = api.get_bytes(&format!("/v1/orders/{}/receipt", order.id))?;
    let receipt = receipt::verify(&seller, &bytes)?;
    if receipt.buyer != order.buyer || receipt.purchase_order_number != order.purchase_order_number
    {
        return Err(Failure::new(
            Exit::Invalid,
            "the receipt is about another order",
        ));
    }
    let kept = context.home.kept_order(&pinned.origin, &order.id)?;
    let folder = match &kept {
        Some(kept) => {
            let sent = Sent::read(&kept.signed_data, &kept.certificate)?;
            if receipt::compare(&receipt, &sent)? != Match::Exact {
                return Err(Failure::new(
                    Exit::Invalid,
                    "the receipt answers another signature than the one kept here",
                ));
            }
            Some(
                context
                    .home
                    .keep_order(&pinned.origin, &order.id, kept, &bytes)?,
            )
        }
        None => None,
    };
    let decision = receipt.decision;
    let text = describe::receipt(&receipt, kept.as_ref().map(|_| Match::Exact));
    let statement = Statement::Receipt(Box::new(receipt));
    context.output.data(&statement, || match &folder {
        Some(folder) => format!("{text}\nkept in   {}", folder.display()),
        None => text,
    })?;
    Ok(exit(decision))
}

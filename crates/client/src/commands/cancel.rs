//! `po cancel`: signs, seals and sends a request to cancel an order, and shows what the seller
//! signed in answer.

use countersign_api::{CancellationAnswer, OrderView};
use countersign_envelope::{Certificate, Digest};
use countersign_order::time::to_millisecond;
use countersign_order::{CancellationRequest, OrderId};

use super::receipt::fetch;
use super::status::find;
use crate::cancellation::{Cancelled, Ended, sign_and_seal, submit};
use crate::cli::Cancel;
use crate::clock;
use crate::context::Context;
use crate::describe;
use crate::enrolment::remember;
use crate::failure::{Exit, Failure};
use crate::http::Api;
use crate::key_file::{self, label};
use crate::seller::Seller;

pub(crate) fn run(context: &Context, cancel: &Cancel) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, seller) = context.signed_in(&pinned)?;
    let account = api.session()?.account.clone();
    let order = find(&api, &cancel.order)?;
    must_not_be_pending(context, &seller, order.id)?;
    let request = write(context, &api, &seller, &order, cancel)?;
    let path = key_file::choose(&pinned, &account, cancel.key.as_deref(), "--key")?;
    let certificate = key_file::certificate(&path)?;
    if !cancel.yes {
        let text = to_be_signed(&request, &certificate);
        context.output.message(&text);
        if !context.terminal.agrees("Sign and send?", "--yes")? {
            return Err(Failure::because("nothing was signed and nothing was sent"));
        }
    }
    let signer = key_file::open(context, &path)?;
    let pending = sign_and_seal(&seller, &signer, &account, order.id, &request)?;
    let cancelled = submit(context, &api, &seller, &pending, order.id)?;
    remember(context, &seller, &account, &path, &certificate)?;
    show(context, &cancelled)
}

/// Another request while the answer to the first is not known could only come second to it.
fn must_not_be_pending(context: &Context, seller: &Seller, order: OrderId) -> Result<(), Failure> {
    let pending = context.home.pending(&seller.origin)?;
    let Some(earlier) = pending.iter().find(|sent| sent.cancels == Some(order)) else {
        return Ok(());
    };
    let message = format!(
        "{} was sent before, and its answer is not known",
        earlier.describe()
    );
    Err(Failure::new(Exit::Declined, message).advise(format!(
        "send the same bytes again with: po resend {}",
        earlier.purchase_order_number
    )))
}

/// Writes the request in the words of the verified receipt that counts.
fn write(
    context: &Context,
    api: &Api,
    seller: &Seller,
    order: &OrderView,
    cancel: &Cancel,
) -> Result<CancellationRequest, Failure> {
    let (history, _) = fetch(context, api, seller, order)?;
    let receipt = history.receipt();
    Ok(CancellationRequest {
        seller: seller.origin.clone(),
        seller_root: seller.root,
        buyer: receipt.buyer.clone(),
        purchase_order_number: receipt.purchase_order_number.clone(),
        receipt_sha256: history.receipt_sha256(),
        reason: cancel.reason.clone(),
        issued_at: to_millisecond(clock::now()),
    })
}

/// What is about to be signed, and with which key.
fn to_be_signed(request: &CancellationRequest, key: &Certificate) -> String {
    let document = request.to_json();
    [
        format!(
            "Cancel what is not shipped of order {} of {} to {}",
            request.purchase_order_number, request.buyer, request.seller
        ),
        format!("receipt   {}", request.receipt_sha256),
        format!("reason    {}", request.reason),
        format!(
            "document  {} bytes, {}",
            document.len(),
            Digest::of(&document)
        ),
        format!("key       {}", label(key)),
    ]
    .join("\n")
}

/// Shows what the verified cancellation says.
pub(crate) fn show(context: &Context, cancelled: &Cancelled) -> Result<Exit, Failure> {
    let Cancelled {
        answer,
        statement,
        folder,
    } = cancelled;
    // In the shape of the answer, but in the words of what was signed.
    let mut document: CancellationAnswer = answer.clone();
    let order = &mut document.order;
    let told = match statement {
        Ended::Cancelled(said) => {
            let named = &said.order;
            order.id = named.id;
            order.buyer.clone_from(&named.buyer);
            order.attempt = named.attempt;
            order.sales_order_number = named.sales_order_number;
            let number = &named.purchase_order_number;
            order.purchase_order_number.clone_from(number);
            describe::cancellation(said)
        }
        Ended::Withdrawn(said) => {
            order.buyer.clone_from(&said.buyer);
            order.attempt = said.attempt;
            let number = &said.purchase_order_number;
            order.purchase_order_number.clone_from(number);
            describe::withdrawal(said)
        }
    };
    context.output.data(&document, || {
        [
            told,
            format!(
                "statement verified: signed by {} over the very request you sent",
                statement.common().seller
            ),
            format!("kept in   {}", folder.display()),
        ]
        .join("\n")
    })?;
    Ok(Exit::Ok)
}

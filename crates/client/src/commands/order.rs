//! `po order`: signs, seals and sends an order, and shows what its receipt says.

use std::path::Path;

use countersign_api::OrderAnswer;
use countersign_order::{Decision, Fulfilment, PurchaseOrder, PurchaseOrderNumber, Quantity};

use super::status::find;
use crate::cli::Order;
use crate::context::Context;
use crate::correction::Correction;
use crate::describe;
use crate::drafting::{self, Wanted, Wish};
use crate::enrolment::remember;
use crate::failure::{Exit, Failure};
use crate::files;
use crate::http::Api;
use crate::key_file;
use crate::receipt::Match;
use crate::seller::Seller;
use crate::submission::{Receipted, sign_and_seal, submit};

/// How often an order is corrected in one go: prices and stock may move meanwhile.
const CORRECTIONS_MAX: u32 = 3;

pub(crate) fn run(context: &Context, order: &Order) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, seller) = context.signed_in(&pinned)?;
    let account = api.session()?.account.clone();
    let mut document = match &order.file {
        Some(file) => files::read(file)?,
        None => write(&api, &seller, order)?.to_json(),
    };
    let path = key_file::choose(&pinned, &account, order.key.as_deref(), "--key")?;
    let certificate = key_file::certificate(&path)?;
    let mut corrections = 0;
    let mut is_agreed = order.yes || order.envelope_only.is_some();
    loop {
        let shown = PurchaseOrder::parse(&document)
            .map_err(|error| Failure::because(format!("the order is not understood: {error}")))?;
        must_not_be_pending(context, &seller, &shown.purchase_order_number)?;
        if !is_agreed {
            let text = describe::to_be_signed(&shown, &document, &certificate);
            context.output.message(&text);
            if !context.terminal.agrees("Sign and send?", "--yes")? {
                return Err(Failure::because("nothing was signed and nothing was sent"));
            }
        }
        let signer = key_file::open(context, &path)?;
        let pending = sign_and_seal(&seller, &signer, &account, &document)?;
        if let Some(file) = &order.envelope_only {
            return write_envelope(context, file, pending.envelope.as_bytes());
        }
        let receipted = submit(context, &api, &seller, &pending)?;
        remember(context, &seller, &account, &path, &certificate)?;
        let may_correct = corrections < CORRECTIONS_MAX;
        match correct(context, &api, order, &shown, &receipted)? {
            Some(corrected) if may_correct => document = corrected.to_json(),
            Some(_) | None => return show(context, &receipted),
        }
        (corrections, is_agreed) = (corrections + 1, true);
    }
}

/// The order as it would be accepted now, if this one is declined and the buyer wants that one.
fn correct(
    context: &Context,
    api: &Api,
    order: &Order,
    declined: &PurchaseOrder,
    receipted: &Receipted,
) -> Result<Option<PurchaseOrder>, Failure> {
    let receipt = &receipted.receipt;
    let Some(correction) = Correction::of(api, declined, receipt)? else {
        return Ok(None);
    };
    let can_ask = context.terminal.asks() && !order.yes;
    if !order.accept_current && !can_ask {
        let told = correction.describe(declined);
        let command = correction.command(declined);
        context.output.message(&format!(
            "{told}\nto order that under the same number: {command}"
        ));
        return Ok(None);
    }
    let corrected = correction.order(declined)?;
    context.output.message(&describe::receipt(receipt, None));
    context.output.message(&correction.describe(declined));
    if order.accept_current {
        return Ok(Some(corrected));
    }
    let total = format!("the total is then {}", corrected.total);
    context.output.message(&total);
    let prompt = "Sign and send the corrected order under the same number?";
    let agrees = context.terminal.agrees(prompt, "--accept-current")?;
    Ok(Some(corrected).filter(|_| agrees))
}

/// Writes down what is ordered, at the prices that are offered now.
fn write(api: &Api, seller: &Seller, order: &Order) -> Result<PurchaseOrder, Failure> {
    let wish = Wish {
        number: match &order.number {
            Some(number) => number.clone(),
            None => drafting::made_up_number()?,
        },
        lines: match &order.again {
            Some(earlier) => drafting::lines(api, &wanted_before(api, earlier)?)?,
            None => drafting::lines(api, &order.wanted)?,
        },
        fulfilment: if order.partial {
            Fulfilment::Partial
        } else {
            Fulfilment::Complete
        },
        note: order.note.clone(),
    };
    wish.order(&drafting::buyer(api)?, seller)
}

/// What an earlier order asked for.
fn wanted_before(api: &Api, earlier: &str) -> Result<Vec<Wanted>, Failure> {
    let order = find(api, earlier)?;
    let wanted = order.lines.into_iter().map(|line| {
        let quantity = Quantity::try_from(line.progress.ordered).map_err(Failure::because)?;
        Ok(Wanted {
            sku: line.sku,
            quantity,
        })
    });
    wanted.collect()
}

/// Another order under a number whose answer is not known yet might be one order too many.
fn must_not_be_pending(
    context: &Context,
    seller: &Seller,
    number: &PurchaseOrderNumber,
) -> Result<(), Failure> {
    let pending = context.home.pending(&seller.origin)?;
    if pending
        .iter()
        .any(|pending| pending.cancels.is_none() && pending.purchase_order_number == *number)
    {
        let message = format!("order {number} was sent before, and its answer is not known");
        return Err(Failure::new(Exit::Declined, message).advise(format!(
            "send the same bytes again with: po resend {number}"
        )));
    }
    Ok(())
}

fn write_envelope(context: &Context, file: &Path, envelope: &[u8]) -> Result<Exit, Failure> {
    files::must_be_new(file)?;
    files::write_private(file, envelope)?;
    let message = format!(
        "the sealed order is in {}; nothing was sent",
        file.display()
    );
    context.output.message(&message);
    Ok(Exit::Ok)
}

/// Shows what the verified receipt says, and ends as it decided.
pub(crate) fn show(context: &Context, receipted: &Receipted) -> Result<Exit, Failure> {
    let Receipted {
        answer,
        receipt,
        folder,
    } = receipted;
    let belongs = if folder.is_some() {
        Match::Exact
    } else {
        Match::SameOrder
    };
    // In the shape of the answer, but in the words of what was signed.
    let mut document: OrderAnswer = answer.clone();
    document.decision = receipt.decision;
    document.reasons.clone_from(&receipt.reasons);
    document.order.attempt = receipt.attempt;
    document.order.sales_order_number = receipt.sales_order_number;
    document.order.received_at = receipt.received_at;
    document.order.total.clone_from(&receipt.total);
    document.order.ship_to.clone_from(&receipt.ship_to);
    context.output.data(&document, || {
        let mut lines = vec![describe::receipt(receipt, Some(belongs))];
        if let Some(folder) = folder {
            lines.push(format!("kept in   {}", folder.display()));
        }
        lines.join("\n")
    })?;
    Ok(exit(receipt.decision))
}

/// How the program ends after this decision.
pub(crate) const fn exit(decision: Decision) -> Exit {
    match decision {
        Decision::Accepted => Exit::Ok,
        Decision::Held | Decision::Declined => Exit::Declined,
    }
}

//! `po order`: signs, seals and sends an order, and shows what its receipt says.

use std::path::Path;

use countersign_api::{ItemView, OrderAnswer};
use countersign_order::{
    BuyerId, Decision, Draft, DraftLine, Fulfilment, Offer, PurchaseOrder, PurchaseOrderNumber,
    Receipt,
};

use super::items::price;
use super::key::remember;
use crate::cli::{Order, Wanted};
use crate::clock;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::files;
use crate::http::Api;
use crate::key_file;
use crate::output::table;
use crate::random;
use crate::seller::Seller;
use crate::submission::{Receipted, sign_and_seal, submit};

pub(crate) fn run(context: &Context, order: Order) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, seller) = context.signed_in(&pinned)?;
    let account = api.session()?.account.clone();
    let document = match &order.file {
        Some(file) => files::read(file)?,
        None => draft(&api, &seller, &order)?.to_json(),
    };
    let path = key_file::choose(&pinned, &account, order.key.as_deref())?;
    let certificate = key_file::certificate(&path)?;
    let shown = PurchaseOrder::parse(&document).map_err(|error| {
        Failure::new(
            Exit::Failure,
            format!("the order document is not accepted: {error}"),
        )
    })?;
    if !order.yes && order.envelope_only.is_none() {
        context.output.message(&describe(&shown));
        let prompt = format!("Sign with {} and send?", key_file::label(&certificate));
        if !context.terminal.agrees(&prompt, "--yes")? {
            return Err(Failure::new(
                Exit::Failure,
                "nothing was signed and nothing was sent",
            ));
        }
    }
    let signer = key_file::open(context, &path)?;
    let pending = sign_and_seal(&seller, &signer, &account, &document)?;
    if let Some(file) = &order.envelope_only {
        return write_envelope(context, file, pending.envelope.as_bytes());
    }
    let receipted = submit(context, &api, &seller, &pending)?;
    remember(context, &seller, account, &path, &signer)?;
    show(context, &receipted)
}

/// Writes down what is ordered, at the prices that are offered now.
fn draft(api: &Api, seller: &Seller, order: &Order) -> Result<PurchaseOrder, Failure> {
    let buyer = api.session()?.buyer.clone().ok_or_else(|| {
        Failure::new(
            Exit::Failure,
            "the account that is signed in belongs to no buyer",
        )
    })?;
    let items: Vec<ItemView> = api.get_all("/v1/items", &[])?;
    let lines: Vec<DraftLine> = order
        .wanted
        .iter()
        .map(|wanted| line(&items, wanted))
        .collect::<Result<_, _>>()?;
    let note = order
        .note
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error| Failure::new(Exit::Failure, format!("the note {error}")))?;
    let fulfilment = if order.partial {
        Fulfilment::Partial
    } else {
        Fulfilment::Complete
    };
    let number = match &order.number {
        Some(number) => number.clone(),
        None => made_up_number()?,
    };
    compose(seller, buyer, number, lines, fulfilment, note)
}

/// The item that is wanted, as it is offered.
fn line(items: &[ItemView], wanted: &Wanted) -> Result<DraftLine, Failure> {
    let item = items
        .iter()
        .find(|item| item.sku == wanted.sku)
        .ok_or_else(|| {
            Failure::new(Exit::NotFound, format!("{} is not on offer", wanted.sku))
                .advise("see: po items")
        })?;
    Ok(DraftLine::of(offer(item)?, wanted.quantity))
}

/// What is offered, as it goes into an order.
pub(crate) fn offer(item: &ItemView) -> Result<Offer, Failure> {
    Ok(Offer {
        sku: item.sku.clone(),
        name: item.name.clone(),
        unit: item.unit.clone(),
        currency: item.currency,
        unit_price: item.unit_price.parse().map_err(|error| {
            Failure::new(
                Exit::Failure,
                format!("the server's price of {} {error}", item.sku),
            )
        })?,
        per: item.per,
    })
}

/// Makes an order of its lines.
pub(crate) fn compose(
    seller: &Seller,
    buyer: BuyerId,
    number: PurchaseOrderNumber,
    lines: Vec<DraftLine>,
    fulfilment: Fulfilment,
    note: Option<countersign_order::Note>,
) -> Result<PurchaseOrder, Failure> {
    Draft {
        seller: seller.origin.clone(),
        seller_root: seller.root,
        buyer,
        purchase_order_number: number,
        issued_at: clock::now(),
        lapses_at: None,
        fulfilment,
        lines,
        ship_to: None,
        requested_delivery: None,
        contract: None,
        contact: None,
        replaces: None,
        references: Vec::new(),
        note,
    }
    .complete()
    .map_err(|error| Failure::new(Exit::Failure, error.to_string()))
}

/// A number for an order whose buyer gave none: the day, and letters that are not used twice.
pub(crate) fn made_up_number() -> Result<PurchaseOrderNumber, Failure> {
    let day: String = clock::now()
        .to_string()
        .chars()
        .filter(char::is_ascii_digit)
        .take(8)
        .collect();
    format!("PO-{day}-{}", random::letters(6))
        .parse()
        .map_err(|error| Failure::new(Exit::Failure, format!("the number {error}")))
}

fn write_envelope(context: &Context, file: &Path, envelope: &[u8]) -> Result<Exit, Failure> {
    files::must_be_new(file)?;
    files::write_private(file, envelope)?;
    context.output.message(&format!(
        "the sealed order is in {}; nothing was sent",
        file.display()
    ));
    Ok(Exit::Ok)
}

/// An order as a person reads it before signing.
pub(crate) fn describe(order: &PurchaseOrder) -> String {
    let rows: Vec<Vec<String>> = order
        .lines
        .iter()
        .map(|line| {
            vec![
                line.line.to_string(),
                line.sku.to_string(),
                line.description.to_string(),
                line.quantity.to_string(),
                line.unit.to_string(),
                price(
                    &line.unit_price.in_currency(order.currency),
                    line.per.units(),
                ),
            ]
        })
        .collect();
    let fulfilment = match order.fulfilment {
        Fulfilment::Complete => "all or nothing",
        Fulfilment::Partial => "what is there, the rest back-ordered",
    };
    let note = order
        .note
        .as_ref()
        .map_or_else(String::new, |note| format!("\nnote   {note}"));
    format!(
        "Order {} of {} to {}\n{}total  {} {}   ({fulfilment}){note}",
        order.purchase_order_number,
        order.buyer,
        order.seller,
        table(
            &["", "SKU", "name", "quantity", "unit", "price"],
            &rows,
            &[0, 3, 5]
        ),
        order.total.amount(),
        order.currency,
    )
}

/// Shows what the verified receipt says, and ends as it decided.
pub(crate) fn show(context: &Context, receipted: &Receipted) -> Result<Exit, Failure> {
    let Receipted {
        answer,
        receipt,
        folder,
        is_repeat,
    } = receipted;
    if *is_repeat {
        context
            .output
            .message("this order was decided before; this is its receipt");
    }
    let document = OrderAnswer {
        decision: receipt.decision,
        reasons: receipt.reasons.clone(),
        ..answer.clone()
    };
    context.output.data(&document, || {
        let mut text = describe_receipt(receipt);
        text.push_str(&format!("order     {}\n", answer.order.id));
        if let Some(folder) = folder {
            text.push_str(&format!("kept in   {}\n", folder.display()));
        }
        text
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

/// A verified receipt as a person reads it.
pub(crate) fn describe_receipt(receipt: &Receipt) -> String {
    let decision = match receipt.decision {
        Decision::Accepted => "ACCEPTED",
        Decision::Held => "HELD: not accepted yet",
        Decision::Declined => "DECLINED",
    };
    let mut text = format!("{decision}: {}", receipt.purchase_order_number);
    if let Some(number) = receipt.sales_order_number {
        text.push_str(&format!(", sales order {number}"));
    }
    text.push_str(&format!(
        "\ntotal     {} {}\n",
        receipt.total, receipt.currency
    ));
    for line in receipt.lines.iter().filter(|line| line.back_ordered > 0) {
        text.push_str(&format!(
            "line {:<4} {}: {} now, {} back-ordered\n",
            line.line, line.sku, line.accepted, line.back_ordered
        ));
    }
    for reason in &receipt.reasons {
        let line = reason
            .line
            .map_or_else(String::new, |line| format!("line {line}: "));
        let code = serde_json::to_string(&reason.code).unwrap_or_default();
        let values = match (&reason.offered, &reason.current) {
            (Some(offered), Some(current)) => format!(" (you: {offered}, now: {current})"),
            (Some(offered), None) => format!(" (you: {offered})"),
            (None, Some(current)) => format!(" (now: {current})"),
            (None, None) => String::new(),
        };
        text.push_str(&format!(
            "because   {line}{}{values}\n",
            code.trim_matches('"')
        ));
    }
    if let Some(until) = receipt.held_until {
        text.push_str(&format!(
            "held until {}\n",
            countersign_order::time::write_instant(until)
        ));
    }
    text.push_str("receipt   verified: signed by the seller, over the very bytes you sent\n");
    text
}

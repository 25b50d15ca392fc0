//! Orders, statements and items as people read them.

mod statements;

use countersign_api::{Event, ItemView, OrderView};
use countersign_envelope::{Certificate, Digest};
use countersign_order::time::write_instant;
use countersign_order::{Fulfilment, Money, OrderState, PurchaseOrder};

use crate::key_file::label;
use crate::output::table;

pub(crate) use statements::{cancellation, history, receipt, withdrawal};

/// The catalogue.
pub(crate) fn catalogue(items: &[ItemView]) -> String {
    if items.is_empty() {
        return "no items".to_owned();
    }
    let rows: Vec<Vec<String>> = items.iter().map(item).collect();
    table(&ITEM_HEAD, &rows, &[2, 4])
}

/// Items of the catalogue, each with its place in it: its number is one more.
pub(crate) fn numbered_catalogue(items: &[(usize, &ItemView)]) -> String {
    let numbered = |(place, offered): &(usize, &ItemView)| {
        let mut row = vec![(place + 1).to_string()];
        row.extend(item(offered));
        row
    };
    let rows: Vec<Vec<String>> = items.iter().map(numbered).collect();
    let head: Vec<&str> = std::iter::once("#").chain(ITEM_HEAD).collect();
    table(&head, &rows, &[0, 3, 5])
}

const ITEM_HEAD: [&str; 5] = ["SKU", "name", "price", "unit", "available"];

fn item(item: &ItemView) -> Vec<String> {
    vec![
        item.sku.to_string(),
        item.name.to_string(),
        format!(
            "{} {}",
            price(&item.unit_price, item.per.units()),
            item.currency
        ),
        item.unit.to_string(),
        item.available.to_string(),
    ]
}

/// A price, with the number of units it is for unless that is one.
fn price(unit_price: &str, per: u32) -> String {
    if per == 1 {
        unit_price.to_owned()
    } else {
        format!("{unit_price} per {per}")
    }
}

/// An order as its document says it.
fn purchase_order(order: &PurchaseOrder) -> String {
    let rows: Vec<Vec<String>> = order
        .lines
        .iter()
        .map(|line| {
            let amount = line.amount(order.currency);
            vec![
                line.line.to_string(),
                line.sku.to_string(),
                line.description.to_string(),
                format!("{} {}", line.quantity, line.unit),
                price(
                    &line.unit_price.in_currency(order.currency),
                    line.per.units(),
                ),
                amount.map_or_else(|error| error.to_string(), Money::amount),
            ]
        })
        .collect();
    let head = ["", "SKU", "name", "quantity", "price", "amount"];
    let fulfilment = match order.fulfilment {
        Fulfilment::Complete => "all or nothing",
        Fulfilment::Partial => "what is there now, the rest when it comes in",
    };
    let mut lines = vec![
        format!(
            "Order {} of {} to {}",
            order.purchase_order_number, order.buyer, order.seller
        ),
        table(&head, &rows, &[0, 3, 4, 5]),
        format!(
            "total     {} {}, net of tax and freight",
            order.total.amount(),
            order.currency
        ),
        format!("delivery  {fulfilment}"),
        format!("good till {}", write_instant(order.lapses_at)),
    ];
    if let Some(note) = &order.note {
        lines.push(format!("note      {note}"));
    }
    lines.join("\n")
}

/// What is about to be signed, and with which key.
pub(crate) fn to_be_signed(order: &PurchaseOrder, document: &[u8], key: &Certificate) -> String {
    format!(
        "{}\ndocument  {} bytes, {}\nkey       {}",
        purchase_order(order),
        document.len(),
        Digest::of(document),
        label(key),
    )
}

/// How an order stands, as the server tells it now.
pub(crate) fn standing(order: &OrderView) -> String {
    let rows: Vec<Vec<String>> = order
        .lines
        .iter()
        .map(|line| {
            let progress = &line.progress;
            let mut row = vec![progress.line.to_string(), line.sku.to_string()];
            row.extend(
                [
                    progress.ordered,
                    progress.reserved,
                    progress.back_ordered,
                    progress.shipped,
                    progress.cancelled,
                ]
                .map(|units| units.to_string()),
            );
            row
        })
        .collect();
    let head = [
        "",
        "SKU",
        "ordered",
        "reserved",
        "back-ordered",
        "shipped",
        "cancelled",
    ];
    let sales_order = order
        .sales_order_number
        .map_or_else(String::new, |number| format!(", sales order {number}"));
    let mut lines = vec![
        format!(
            "{}: {}{sales_order}, {} {}",
            order.purchase_order_number,
            state(order.state),
            order.total,
            order.currency,
        ),
        format!("order {}", order.id),
        table(&head, &rows, &[0, 2, 3, 4, 5, 6]),
        String::new(),
    ];
    lines.extend(order.timeline.iter().map(event));
    lines.join("\n")
}

/// Orders, one a row.
pub(crate) fn standings(orders: &[OrderView]) -> String {
    if orders.is_empty() {
        return "no orders".to_owned();
    }
    let rows: Vec<Vec<String>> = orders
        .iter()
        .map(|order| {
            vec![
                order.purchase_order_number.to_string(),
                state(order.state),
                format!("{} {}", order.total, order.currency),
                write_instant(order.received_at),
                order.id.to_string(),
            ]
        })
        .collect();
    let head = ["number", "state", "total", "received at", "order"];
    table(&head, &rows, &[2])
}

/// A row of an order's timeline.
pub(crate) fn event(event: &Event) -> String {
    let detail = event
        .detail
        .as_ref()
        .map_or_else(String::new, |detail| format!("  {detail}"));
    let at = write_instant(event.at);
    format!("{at}  {:<12} {}{detail}", event.event, event.by)
}

/// A state in words.
fn state(state: OrderState) -> String {
    state.as_str().replace('_', " ")
}

//! `opd order`: what was ordered, and how far it is.

use countersign_api::{NoteView, OrderView};
use countersign_order::{OrderId, PurchaseOrderNumber, Role, SalesOrderNumber};
use countersign_store::{NoteRecord, OrderFilter, OrderRecord, View};
use serde::Serialize;

use super::{ROWS, moment, papers, whole};
use crate::cli::{Order, OrderChoice, OrderList, OrderNote};
use crate::context::{Context, Shop};
use crate::desk::operations::{AddNote, EndHold, HoldAnswer, MoveOrder, Step};
use crate::failure::{Exit, Failure};
use crate::http::{note_view, order_filter, order_table, order_view};
use crate::output::{facts, table};

/// The operator may do what a supervisor may.
const ROLE: Role = Role::Supervisor;

pub(super) async fn run(context: &Context, order: &Order) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let (choice, step) = match order {
        Order::List(list) => return self::list(context, &shop, list).await,
        Order::Show(choice) => {
            let mut view = shop.look().await?;
            let found = find(&mut *view, &choice.order).await?;
            let notes = view.order_notes(&found.id).await?;
            return show(context, found, notes);
        }
        Order::Approve(choice) => {
            return end_hold(context, &shop, choice, HoldAnswer::Approve).await;
        }
        Order::Decline(decline) => {
            let reason = decline.reason.clone();
            let answer = HoldAnswer::Decline { reason };
            return end_hold(context, &shop, &decline.choice, answer).await;
        }
        Order::Prepare(choice) => (choice, Step::Prepare),
        Order::Picklist(asked) => return papers::picklist(context, &shop, asked).await,
        Order::Slip(asked) => return papers::slip(context, &shop, asked).await,
        Order::Note(note) => return self::note(context, &shop, note).await,
        Order::Pack(pack) => {
            let step = Step::Pack {
                lines: pack.lines.iter().map(|packed| packed.0).collect(),
                missing: pack.missing.clone(),
            };
            (&pack.choice, step)
        }
        Order::Ship(shipment) => {
            let lines: Vec<_> = shipment.lines.iter().map(|shipped| shipped.0).collect();
            let step = Step::Ship {
                lines: (!lines.is_empty()).then_some(lines),
                carrier: shipment.carrier.clone(),
                tracking: shipment.tracking.clone(),
            };
            (&shipment.choice, step)
        }
        Order::Cancel(cancel) => {
            let step = Step::Cancel {
                reason: cancel.reason.clone(),
                request: None,
            };
            (&cancel.choice, step)
        }
    };
    let order = find(&mut *shop.look().await?, &choice.order).await?.id;
    let moved = shop
        .run(MoveOrder {
            order,
            step,
            revision: None,
        })
        .await?;
    tell(context, moved)
}

/// Answers a held order.
async fn end_hold(
    context: &Context,
    shop: &Shop,
    choice: &OrderChoice,
    answer: HoldAnswer,
) -> Result<(), Failure> {
    let order = find(&mut *shop.look().await?, &choice.order).await?.id;
    tell(context, shop.run(EndHold { order, answer }).await?)
}

/// Says where an order stands now.
fn tell(context: &Context, order: OrderRecord) -> Result<(), Failure> {
    let view = order_view(order, ROLE);
    context.output.data(&view, || {
        let OrderView {
            purchase_order_number,
            buyer,
            state,
            ..
        } = &view;
        format!("{purchase_order_number} of {buyer} is {}.", state.as_str())
    })
}

async fn list(context: &Context, shop: &Shop, list: &OrderList) -> Result<(), Failure> {
    let filter = order_filter(&list.query(), context.clock.now())
        .map_err(|why| Failure::new(Exit::Usage, why))?;
    let limit = list.limit.unwrap_or(usize::MAX);
    let mut view = shop.look().await?;
    let mut orders: Vec<OrderView> = Vec::new();
    let mut before = None;
    loop {
        let page = view.orders(&filter, before.as_ref(), ROWS).await?;
        before = page.rows.last().map(|order| order.id);
        orders.extend(page.rows.into_iter().map(|order| order_view(order, ROLE)));
        if !page.more || orders.len() >= limit {
            break;
        }
    }
    orders.truncate(limit);
    if list.csv {
        let rows = orders.iter().map(order_table::row);
        return context
            .output
            .as_it_is(&(order_table::head() + &rows.collect::<String>()));
    }
    context.output.data(&whole(&orders), || {
        let head = [
            "RECEIVED", "BUYER", "NUMBER", "OURS", "STATE", ">TOTAL", "ORDER",
        ];
        let cells: Vec<_> = orders.iter().map(cells).collect();
        table(&head, &cells)
    })
}

fn cells(order: &OrderView) -> Vec<String> {
    vec![
        moment(order.received_at),
        order.buyer.to_string(),
        order.purchase_order_number.to_string(),
        ours(order.sales_order_number),
        order.state.as_str().to_owned(),
        format!("{} {}", order.total, order.currency.code()),
        order.id.to_string(),
    ]
}

fn ours(number: Option<SalesOrderNumber>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

/// The order that is meant by its ID, our number, or the buyer's.
pub(super) async fn find(view: &mut dyn View, text: &str) -> Result<OrderRecord, Failure> {
    let missing = || Failure::not_found(format_args!("order {text}")).advise("see: opd order list");
    if let Ok(id) = text.parse::<OrderId>() {
        return view.order(&id).await?.ok_or_else(missing);
    }
    let number: Option<PurchaseOrderNumber> = text.parse().ok();
    let ours: Option<SalesOrderNumber> = text.parse().ok();
    let filter = OrderFilter {
        text: Some(text.to_owned()),
        ..OrderFilter::default()
    };
    let found = view.orders(&filter, None, ROWS).await?.rows;
    let mut meant = found.into_iter().filter(|order| {
        (ours.is_some() && order.sales_order_number == ours)
            || number.as_ref() == Some(&order.purchase_order_number)
    });
    let order = meant.next().ok_or_else(missing)?;
    // Earlier attempts under the same number were declined; the newest is meant.
    if meant.any(|other| other.buyer != order.buyer) {
        return Err(Failure::new(
            Exit::Conflict,
            format!("several buyers have an order {text}"),
        )
        .advise("name it by its ID: opd order list"));
    }
    Ok(order)
}

/// Writes a note on an order.
async fn note(context: &Context, shop: &Shop, asked: &OrderNote) -> Result<(), Failure> {
    let order = find(&mut *shop.look().await?, &asked.choice.order).await?;
    let number = order.purchase_order_number;
    let note = asked.text.clone();
    let operation = AddNote {
        order: order.id,
        note,
    };
    let written = note_view(shop.run(operation).await?);
    context.output.data(&written, || {
        format!(
            "Noted on {number} of {}; buyers do not see it.",
            order.buyer
        )
    })
}

/// An order with what the desk wrote on it.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    order: OrderView,
    notes: Vec<NoteView>,
}

fn show(context: &Context, order: OrderRecord, notes: Vec<NoteRecord>) -> Result<(), Failure> {
    let note = order
        .note
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let shown = Shown {
        order: order_view(order, ROLE),
        notes: notes.into_iter().map(note_view).collect(),
    };
    context.output.data(&shown, || {
        let order = describe(&shown.order, note);
        format!("{order}{}", self::notes(&shown.notes))
    })
}

fn describe(order: &OrderView, note: String) -> String {
    let ship_to = order.ship_to.as_ref().map_or_else(String::new, |address| {
        let parts = [
            Some(address.name.to_string()),
            Some(address.street.to_string()),
            address.postal_code.as_ref().map(ToString::to_string),
            Some(address.city.to_string()),
            Some(address.country.to_string()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    });
    let actions: Vec<String> = order
        .allowed_actions
        .iter()
        .filter_map(|action| serde_json::to_value(action).ok())
        .filter_map(|action| action.as_str().map(str::to_owned))
        .collect();
    let head = facts(&[
        ("order", order.id.to_string()),
        ("buyer", order.buyer.to_string()),
        ("account", order.account.to_string()),
        ("number", order.purchase_order_number.to_string()),
        ("our number", ours(order.sales_order_number)),
        ("attempt", order.attempt.to_string()),
        ("state", order.state.as_str().to_owned()),
        ("revision", order.revision.to_string()),
        ("received", moment(order.received_at)),
        (
            "total",
            format!("{} {}", order.total, order.currency.code()),
        ),
        ("ship to", ship_to),
        ("note", note),
        ("possible", actions.join(", ")),
    ]);
    format!("{head}\n{}\n{}", lines(order), timeline(order))
}

fn notes(notes: &[NoteView]) -> String {
    if notes.is_empty() {
        return String::new();
    }
    let cells: Vec<_> = notes
        .iter()
        .map(|note| {
            let text = note.note.to_string().replace('\n', " ");
            vec![moment(note.at), note.by.clone(), text]
        })
        .collect();
    format!("\n{}", table(&["AT", "BY", "NOTE"], &cells))
}

fn lines(order: &OrderView) -> String {
    let head = [
        ">LINE",
        "SKU",
        "DESCRIPTION",
        ">PRICE",
        ">ORDERED",
        ">RESERVED",
        ">PACKED",
        ">LATER",
        ">SHIPPED",
        ">CANCELLED",
    ];
    let cells: Vec<_> = order
        .lines
        .iter()
        .map(|line| {
            let progress = line.progress;
            vec![
                progress.line.to_string(),
                line.sku.to_string(),
                line.description.to_string(),
                line.unit_price.clone(),
                format!("{} {}", progress.ordered, line.unit),
                progress.reserved.to_string(),
                progress.packed.to_string(),
                progress.back_ordered.to_string(),
                progress.shipped.to_string(),
                progress.cancelled.to_string(),
            ]
        })
        .collect();
    table(&head, &cells)
}

fn timeline(order: &OrderView) -> String {
    let cells: Vec<_> = order
        .timeline
        .iter()
        .map(|event| {
            vec![
                moment(event.at),
                event.event.clone(),
                event.by.clone(),
                event.detail.clone().unwrap_or_default(),
            ]
        })
        .collect();
    table(&["AT", "EVENT", "BY", ""], &cells)
}

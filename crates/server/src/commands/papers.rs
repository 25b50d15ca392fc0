//! `opd order picklist` and `opd order slip`: the papers that go to the shelves and into parcels.

use countersign_api::OrderQuery;
use countersign_order::{OrderState, Shipment, Statement};
use countersign_store::{LineRecord, OrderRecord, StatementKind, View};

use super::moment;
use super::order::find;
use super::place::Place;
use crate::books;
use crate::cli::{Picklist, Slip};
use crate::context::{Context, Shop};
use crate::failure::{Exit, Failure};
use crate::paper::{PackingSlip, PickList, PickOrder, SlipLine};

/// Where an order stands when somebody may be sent to the shelves for it.
const TO_PICK: [OrderState; 3] = [
    OrderState::Accepted,
    OrderState::Preparing,
    OrderState::PartShipped,
];

pub(super) async fn picklist(
    context: &Context,
    place: &Place,
    asked: &Picklist,
) -> Result<(), Failure> {
    let orders = if asked.orders.is_empty() {
        all_to_pick(context, place).await?
    } else {
        let mut orders = Vec::new();
        for text in &asked.orders {
            orders.push(PickOrder::of(find(context, place, text).await?));
        }
        orders
    };
    let orders: Vec<_> = orders.into_iter().filter(|o| !o.lines.is_empty()).collect();
    if orders.is_empty() {
        context.output.message("There is nothing to fetch.");
    }
    let list = PickList {
        printed_at: moment(context.clock.now()),
        orders,
    };
    context
        .output
        .data(&list, || if asked.html { list.html() } else { list.text() })
}

/// What is to be fetched for all orders, the oldest first.
async fn all_to_pick(context: &Context, place: &Place) -> Result<Vec<PickOrder>, Failure> {
    let mut orders = Vec::new();
    for state in TO_PICK {
        let asked = OrderQuery {
            state: Some(state),
            ..OrderQuery::default()
        };
        orders.extend(place.orders(context, &asked, usize::MAX).await?);
    }
    orders.sort_by_key(|order| order.id);
    Ok(orders.into_iter().map(PickOrder::of).collect())
}

pub(super) async fn slip(context: &Context, place: &Place, asked: &Slip) -> Result<(), Failure> {
    let id = find(context, place, &asked.choice.order).await?.id;
    let shop = place.shop()?;
    let mut view = shop.look().await?;
    let missing = || Failure::not_found(format_args!("order {id}"));
    let order = view.order(&id).await?.ok_or_else(missing)?;
    let shipments = shipments(shop, &mut *view, &order).await?;
    let buyer = view.buyer(&order.buyer).await?;
    let is_packed = order.lines.iter().any(|line| line.progress.packed > 0);
    let gone = u32::try_from(shipments.len()).unwrap_or(u32::MAX);
    let number = match asked.shipment {
        Some(number) => number,
        None if is_packed => gone + 1,
        None => gone,
    };
    let known = 1..=gone + u32::from(is_packed);
    if !known.contains(&number) {
        return Err(nothing_to_show(&order, number, gone));
    }
    let before: Vec<&Shipment> = shipments.iter().filter(|s| s.shipment < number).collect();
    let this = shipments.iter().find(|s| s.shipment == number);
    let address = buyer.as_ref().and_then(|buyer| buyer.address.clone());
    let slip = PackingSlip {
        seller: shop.desk.seller().origin().clone(),
        buyer: buyer.map_or_else(|| order.buyer.to_string(), |buyer| buyer.name),
        shipment: number,
        shipped: this.map(shipped),
        ship_to: order.ship_to.clone().or(address),
        lines: lines(&order, &before, this),
        purchase_order_number: order.purchase_order_number,
        sales_order_number: order.sales_order_number,
        note: order.note,
    };
    context
        .output
        .data(&slip, || if asked.html { slip.html() } else { slip.text() })
}

fn nothing_to_show(order: &OrderRecord, number: u32, gone: u32) -> Failure {
    let name = &order.purchase_order_number;
    if gone == 0 && number <= 1 {
        let message = format!("nothing of {name} is packed");
        Failure::new(Exit::Conflict, message).advise("pack it first: opd order pack ORDER")
    } else {
        Failure::not_found(format_args!("shipment {number} of {name}"))
            .advise(format!("it has {gone} shipments"))
    }
}

/// What was shipped of an order, oldest first, as it was signed.
async fn shipments(
    shop: &Shop,
    view: &mut dyn View,
    order: &OrderRecord,
) -> Result<Vec<Shipment>, Failure> {
    let statements = view.statements_of(&order.id).await?;
    let mut shipments = Vec::new();
    for record in statements {
        if record.kind == StatementKind::Shipment
            && let Some(Statement::Shipment(shipment)) = books::said(shop.desk.seller(), &record)?
        {
            shipments.push(shipment);
        }
    }
    Ok(shipments)
}

fn shipped(shipment: &Shipment) -> String {
    let tracking = shipment.tracking.as_ref();
    let tracking = tracking.map_or_else(String::new, |number| format!(" {number}"));
    let at = moment(shipment.shipped_at);
    format!("{}{tracking}, {at}", shipment.carrier)
}

/// The lines of an order: those of a shipment, or what is packed.
fn lines(order: &OrderRecord, before: &[&Shipment], this: Option<&Shipment>) -> Vec<SlipLine> {
    let of = |shipment: &Shipment, line: u32| -> u32 {
        let lines = shipment.lines.iter().filter(|gone| gone.line == line);
        lines.map(|gone| gone.quantity).sum()
    };
    let slip_line = |row: &LineRecord| {
        let line = row.progress.line;
        SlipLine {
            line,
            sku: row.sku.clone(),
            description: row.description.clone(),
            unit: row.unit.clone(),
            ordered: row.progress.ordered,
            units: this.map_or(row.progress.packed, |this| of(this, line)),
            before: before.iter().map(|shipment| of(shipment, line)).sum(),
            cancelled: row.progress.cancelled,
        }
    };
    order.lines.iter().map(slip_line).collect()
}

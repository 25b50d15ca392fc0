//! Packing slips: what lies in a parcel, as the order stands or as the shipment's statement says.

use countersign_api::{PackingSlip, SlipDeparture, SlipLine};
use countersign_order::{OrderId, Shipment, Statement};
use countersign_store::{LineRecord, OrderRecord, StatementKind, View};

use super::DeskError;
use crate::books;
use crate::seller::Seller;

/// The slip of a shipment, counted from 1; of what is packed, or else of the last one that went, unless
/// said.
pub(crate) async fn packing_slip(
    seller: &Seller,
    view: &mut dyn View,
    id: &OrderId,
    shipment: Option<u32>,
) -> Result<PackingSlip, DeskError> {
    let order = view.order(id).await?.ok_or(DeskError::NotFound("order"))?;
    let shipments = shipments(seller, view, &order).await?;
    let buyer = view.buyer(&order.buyer).await?;
    let is_packed = order.lines.iter().any(|line| line.progress.packed > 0);
    let gone = u32::try_from(shipments.len()).unwrap_or(u32::MAX);
    let number = match shipment {
        Some(number) => number,
        None if is_packed => gone + 1,
        None => gone,
    };
    let known = 1..=gone + u32::from(is_packed);
    if !known.contains(&number) {
        return Err(if gone == 0 && number <= 1 {
            DeskError::NothingPacked(order.purchase_order_number)
        } else {
            DeskError::NotFound("shipment of this order")
        });
    }
    let before: Vec<&Shipment> = shipments.iter().filter(|s| s.shipment < number).collect();
    let this = shipments.iter().find(|s| s.shipment == number);
    let address = buyer.as_ref().and_then(|buyer| buyer.address.clone());
    Ok(PackingSlip {
        seller: seller.origin().clone(),
        buyer: buyer.map_or_else(|| order.buyer.to_string(), |buyer| buyer.name),
        shipment: number,
        shipped: this.map(departure),
        ship_to: order.ship_to.clone().or(address),
        lines: lines(&order, &before, this),
        purchase_order_number: order.purchase_order_number,
        sales_order_number: order.sales_order_number,
        note: order.note,
    })
}

/// What was shipped of an order, oldest first, as it was signed.
async fn shipments(
    seller: &Seller,
    view: &mut dyn View,
    order: &OrderRecord,
) -> Result<Vec<Shipment>, DeskError> {
    let statements = view.statements_of(&order.id).await?;
    let mut shipments = Vec::new();
    for record in statements {
        if record.kind == StatementKind::Shipment
            && let Some(Statement::Shipment(shipment)) = books::said(seller, &record)?
        {
            shipments.push(shipment);
        }
    }
    Ok(shipments)
}

fn departure(shipment: &Shipment) -> SlipDeparture {
    SlipDeparture {
        carrier: shipment.carrier.clone(),
        tracking: shipment.tracking.clone(),
        shipped_at: shipment.shipped_at,
    }
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

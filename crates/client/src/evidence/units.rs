//! Where the units of an order go: what a receipt promises of it, and what later statements take.

use countersign_order::{Decision, Fulfilment, Line, PurchaseOrder, Receipt, ReceiptLine, Sku};

use crate::failure::Failure;
use crate::seller::invalid;

/// The units of each line that no shipment or cancellation has taken yet.
#[derive(Debug)]
pub(super) struct Units {
    lines: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    line: u32,
    sku: Sku,
    units: u32,
}

impl Units {
    /// All units of an order.
    pub(super) fn of(order: &PurchaseOrder) -> Self {
        let open = |line: &Line| Open {
            line: line.line,
            sku: line.sku.clone(),
            units: line.quantity.units(),
        };
        Self {
            lines: order.lines.iter().map(open).collect(),
        }
    }

    /// Takes units of a line that is in the order and has so many left.
    pub(super) fn take(&mut self, line: u32, sku: &Sku, units: u32) -> Result<(), Failure> {
        let open = self
            .lines
            .iter_mut()
            .find(|open| open.line == line && open.sku == *sku)
            .ok_or_else(|| invalid("a statement names a line that is not in the order"))?;
        open.units = open
            .units
            .checked_sub(units)
            .ok_or_else(|| invalid("more units are shipped and cancelled than were ordered"))?;
        Ok(())
    }
}

/// Whether a receipt promises just what can be promised of the order: its items at its prices, and
/// its units all, in part or not at all, as order and decision have it.
pub(super) fn promised(receipt: &Receipt, order: &PurchaseOrder) -> Result<(), Failure> {
    let is_of_order = receipt.lines.len() == order.lines.len()
        && order
            .lines
            .iter()
            .zip(&receipt.lines)
            .all(|(line, said)| is_same_line(line, said, order));
    if !is_of_order {
        return Err(invalid("the receipt names other lines than the order"));
    }
    if order.ship_to.is_some() && receipt.ship_to != order.ship_to {
        return Err(invalid("the receipt names another address than the order"));
    }
    let is_declined = receipt.decision == Decision::Declined;
    let is_whole = if is_declined {
        takes_nothing(receipt)
    } else {
        takes_all(receipt, order)
    };
    let is_consistent = is_whole
        && (receipt.decision != Decision::Accepted || receipt.reasons.is_empty())
        && receipt.sales_order_number.is_none() == is_declined
        && receipt.held_until.is_some() == (receipt.decision == Decision::Held);
    if is_consistent {
        Ok(())
    } else {
        Err(invalid("what the receipt promises is not what it decides"))
    }
}

fn is_same_line(line: &Line, said: &ReceiptLine, order: &PurchaseOrder) -> bool {
    said.line == line.line
        && said.sku == line.sku
        && said.unit == line.unit
        && said.unit_price == line.unit_price.in_currency(order.currency)
        && said.per == line.per
}

fn takes_nothing(receipt: &Receipt) -> bool {
    receipt
        .lines
        .iter()
        .all(|line| (line.accepted, line.back_ordered) == (0, 0))
}

fn takes_all(receipt: &Receipt, order: &PurchaseOrder) -> bool {
    let all = order.lines.iter().zip(&receipt.lines).all(|(line, said)| {
        said.accepted.checked_add(said.back_ordered) == Some(line.quantity.units())
    });
    let none_waits = receipt.lines.iter().all(|line| line.back_ordered == 0);
    let some_goes = receipt.lines.iter().any(|line| line.accepted > 0);
    all && match order.fulfilment {
        Fulfilment::Complete => none_waits,
        Fulfilment::Partial => some_goes,
    }
}

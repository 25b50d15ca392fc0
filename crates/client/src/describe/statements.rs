//! What the seller signed about an order, in its words and no others.

use countersign_order::time::write_instant;
use countersign_order::{
    Cancellation, CancelledBy, Decision, Origin, Reason, Receipt, Shipment, Sku, Statement,
};

use crate::history::History;
use crate::receipt::Match;

/// What a verified receipt says; `to` is how it belongs to an order that is kept here.
pub(crate) fn receipt(receipt: &Receipt, to: Option<Match>) -> String {
    [answer(receipt), verified(&receipt.common.seller, to)].join("\n")
}

/// All that the seller signed about an order, oldest first.
pub(crate) fn history(history: &History, to: Option<Match>) -> String {
    let statements = history.statements();
    let mut parts: Vec<String> = statements.iter().filter_map(statement).collect();
    let verified = verified(&history.receipt().common.seller, to);
    if parts.len() == 1 {
        parts.push(verified);
        return parts.join("\n");
    }
    let count = statements.len();
    parts.push(format!(
        "{verified}\nhistory   verified: {count} statements, each names the one before"
    ));
    parts.join("\n\n")
}

/// What a statement about an order says; others are about none.
fn statement(statement: &Statement) -> Option<String> {
    match statement {
        Statement::Receipt(receipt) => Some(answer(receipt)),
        Statement::Shipment(gone) => Some(shipment(gone)),
        Statement::Cancellation(ended) => Some(cancellation(ended)),
        Statement::Key(_) | Statement::Seller(_) | Statement::Recovery(_) => None,
    }
}

/// What a verified receipt says that declines a held order because its buyer called it off.
pub(crate) fn withdrawal(receipt: &Receipt) -> String {
    let number = &receipt.purchase_order_number;
    let note = receipt.note.iter().map(|note| format!("because   {note}"));
    let withdrawn = format!("withdrawn: {number}, which was held, by the buyer");
    let lines: Vec<String> = std::iter::once(withdrawn).chain(note).collect();
    lines.join("\n")
}

fn answer(receipt: &Receipt) -> String {
    let decision = match receipt.decision {
        Decision::Accepted => "accepted",
        Decision::Held => "held, which is no acceptance yet",
        Decision::Declined => "declined",
    };
    let sales_order = receipt
        .sales_order_number
        .map_or_else(String::new, |number| format!(", sales order {number}"));
    let mut lines = vec![
        format!("{decision}: {}{sales_order}", receipt.purchase_order_number),
        format!("total     {} {}", receipt.total, receipt.currency),
    ];
    let promised = receipt
        .lines
        .iter()
        .filter(|_| receipt.decision != Decision::Declined);
    lines.extend(promised.map(|line| {
        let units = format!("{} {}", line.accepted, line.unit);
        units_of(line.line, &line.sku, &units, line.back_ordered)
    }));
    lines.extend(receipt.reasons.iter().map(reason));
    lines.extend(receipt.note.iter().map(|note| format!("note      {note}")));
    if let Some(until) = receipt.held_until {
        lines.push(format!("answer by {}", write_instant(until)));
    }
    lines.join("\n")
}

fn shipment(shipment: &Shipment) -> String {
    let number = &shipment.order.purchase_order_number;
    let mut lines = vec![
        format!("shipped:  {number}, shipment {}", shipment.shipment),
        format!("carrier   {}", shipment.carrier),
    ];
    lines.extend(
        shipment
            .tracking
            .iter()
            .map(|tracking| format!("tracking  {tracking}")),
    );
    lines.push(format!("gone at   {}", write_instant(shipment.shipped_at)));
    lines.extend(shipment.lines.iter().map(|line| {
        let units = line.quantity.to_string();
        units_of(line.line, &line.sku, &units, line.back_ordered)
    }));
    lines.join("\n")
}

/// What a verified cancellation says.
pub(crate) fn cancellation(cancellation: &Cancellation) -> String {
    let number = &cancellation.order.purchase_order_number;
    let by = match cancellation.by {
        CancelledBy::Buyer => "buyer",
        CancelledBy::Seller => "seller",
    };
    let mut lines = vec![format!("cancelled: {number}, by the {by}")];
    lines.extend(
        cancellation
            .lines
            .iter()
            .map(|line| units_of(line.line, &line.sku, &line.quantity.to_string(), 0)),
    );
    lines.push(format!("because   {}", cancellation.reason));
    lines.join("\n")
}

fn units_of(line: u32, sku: &Sku, units: &str, back_ordered: u32) -> String {
    let back_ordered = match back_ordered {
        0 => String::new(),
        units => format!(", {units} back-ordered"),
    };
    format!("line {line:<4} {sku}: {units}{back_ordered}")
}

fn verified(seller: &Origin, to: Option<Match>) -> String {
    match to {
        Some(Match::Exact) => {
            format!("receipt   verified: signed by {seller} over the very bytes you sent")
        }
        Some(Match::SameOrder) => format!(
            "receipt   verified: signed by {seller} over this order, sent before under another signature"
        ),
        None => {
            format!("receipt   verified: signed by {seller}; the order itself is not kept here")
        }
    }
}

fn reason(reason: &Reason) -> String {
    let line = reason
        .line
        .map_or_else(String::new, |line| format!("line {line}: "));
    let values = match (&reason.offered, &reason.current) {
        (Some(offered), Some(current)) => format!(" (you: {offered}, now: {current})"),
        (Some(offered), None) => format!(" (you: {offered})"),
        (None, Some(current)) => format!(" (now: {current})"),
        (None, None) => String::new(),
    };
    format!("because   {line}{}{values}", reason.code.as_str())
}

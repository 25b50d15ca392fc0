//! Every order: its rows must say what the buyer signed and what the seller answered.

use std::collections::BTreeMap;

use countersign_envelope::{Certificate, Opened};
use countersign_order::{
    Decision, Digest, OrderState, PurchaseOrder, Receipt, SignedOrder, Statement,
};
use countersign_store::{
    LineRecord, OrderFilter, OrderRecord, StatementKind, StatementRecord, View,
};

use super::{Findings, ROWS};
use crate::desk::{DeskError, signed_order};
use crate::seller::Signers;

/// Examines all orders, and tells how many there are.
pub(super) async fn examine(
    signers: &Signers,
    view: &mut dyn View,
    findings: &mut Findings,
) -> Result<u64, DeskError> {
    let mut count = 0;
    let mut before = None;
    loop {
        let page = view
            .orders(&OrderFilter::default(), before.as_ref(), ROWS)
            .await?;
        before = page.rows.last().map(|order| order.id);
        for order in &page.rows {
            count += 1;
            one_order(signers, view, order, findings).await?;
        }
        if !page.more {
            break;
        }
    }
    every_receipt_has_its_order(view, findings).await?;
    Ok(count)
}

async fn every_receipt_has_its_order(
    view: &mut dyn View,
    findings: &mut Findings,
) -> Result<(), DeskError> {
    let mut next = 0;
    loop {
        let statements = view.statements_from(next, ROWS).await?;
        let Some(last) = statements.last() else {
            return Ok(());
        };
        next = last.number + 1;
        for statement in statements {
            if statement.kind != StatementKind::Receipt {
                continue;
            }
            let order = match statement.order {
                Some(id) => view.order(&id).await?,
                None => None,
            };
            if order.is_none() {
                let place = format!("statement {}", statement.number);
                findings.add(&place, "is a receipt, and its order is missing");
            }
        }
    }
}

async fn one_order(
    signers: &Signers,
    view: &mut dyn View,
    order: &OrderRecord,
    findings: &mut Findings,
) -> Result<(), DeskError> {
    let place = format!("order {}", order.id);
    let records = view.statements_of(&order.id).await?;
    for record in &records {
        let place = format!("statement {}", record.number);
        findings.same(
            &place,
            "account",
            &record.account.as_ref(),
            &Some(&order.account),
        );
    }
    let statements = chain(signers, &records, &place, findings);
    let Some(Statement::Receipt(first)) = statements.first() else {
        findings.add(&place, "has no receipt");
        return Ok(());
    };
    let number = records.first().map_or(u64::MAX, |record| record.number);
    findings.same(&place, "receipt", &order.receipt, &number);
    answered(order, first, &place, findings);
    match ordered(view, order).await? {
        None => findings.add(&place, "signed_data is not what the buyer signed"),
        Some((document, signed)) => {
            findings.same(&place, "signed_data", &signed, &first.order);
            asked(order, &document, &place, findings);
        }
    }
    done(order, &statements, &place, findings);
    Ok(())
}

/// The statements about an order, each of which must name the one before.
fn chain(
    signers: &Signers,
    records: &[StatementRecord],
    place: &str,
    findings: &mut Findings,
) -> Vec<Statement> {
    let mut previous: Option<Digest> = None;
    let mut statements = Vec::with_capacity(records.len());
    for record in records {
        // One that is not signed is found where all statements are read.
        let Some(said) = signers.read(record) else {
            return statements;
        };
        if said.common().previous != previous {
            let what = format!("statement {} does not name the one before", record.number);
            findings.add(place, what);
        }
        previous = Some(record.sha256);
        statements.push(said);
    }
    statements
}

/// The row must say what the receipt answered.
fn answered(order: &OrderRecord, receipt: &Receipt, place: &str, findings: &mut Findings) {
    findings.same(place, "buyer", &order.buyer, &receipt.buyer);
    findings.same(place, "account", &order.account, &receipt.account);
    let number = &receipt.purchase_order_number;
    findings.same(
        place,
        "purchase_order_number",
        &order.purchase_order_number,
        number,
    );
    findings.same(place, "attempt", &order.attempt, &receipt.attempt);
    findings.same(
        place,
        "sales_order_number",
        &order.sales_order_number,
        &receipt.sales_order_number,
    );
    findings.same(place, "decision", &order.decision, &receipt.decision);
    findings.same(place, "reasons", &order.reasons, &receipt.reasons);
    findings.same(place, "currency", &order.total.currency, &receipt.currency);
    findings.same(place, "total", &order.total.amount(), &receipt.total);
    findings.same(
        place,
        "received_at",
        &order.received_at,
        &receipt.received_at,
    );
    findings.same(
        place,
        "decided_at",
        &order.decided_at,
        &receipt.common.issued_at,
    );
    findings.same(place, "held_until", &order.held_until, &receipt.held_until);
    findings.same(
        place,
        "content_sha256",
        &order.content,
        &receipt.order.content_sha256,
    );
    let certificate = &receipt.order.certificate_sha256;
    findings.same(place, "certificate_sha256", &order.certificate, certificate);
}

/// What the buyer signed, verified under the enrolled certificate.
async fn ordered(
    view: &mut dyn View,
    order: &OrderRecord,
) -> Result<Option<(PurchaseOrder, SignedOrder)>, DeskError> {
    let signed_data = view.signed_data(&order.id).await?;
    let key = view.key_by_fingerprint(&order.certificate).await?;
    let (Some(signed_data), Some(key)) = (signed_data, key) else {
        return Ok(None);
    };
    Ok(Certificate::from_der(&key.key.certificate)
        .ok()
        .and_then(|key| {
            Opened::from_signed_data(signed_data)
                .ok()?
                .verify(&[key])
                .ok()
        })
        .and_then(|verified| {
            let document = PurchaseOrder::parse(verified.content()).ok()?;
            Some((document, signed_order(verified.signature())))
        }))
}

/// The rows must say what the buyer asked.
fn asked(order: &OrderRecord, document: &PurchaseOrder, place: &str, findings: &mut Findings) {
    findings.same(place, "buyer", &order.buyer, &document.buyer);
    let number = &document.purchase_order_number;
    findings.same(
        place,
        "purchase_order_number",
        &order.purchase_order_number,
        number,
    );
    findings.same(place, "total", &order.total, &document.total);
    findings.same(place, "fulfilment", &order.fulfilment, &document.fulfilment);
    findings.same(place, "ship_to", &order.ship_to, &document.ship_to);
    findings.same(place, "note", &order.note, &document.note);
    findings.same(place, "issued_at", &order.issued_at, &document.issued_at);
    findings.same(place, "lines", &order.lines.len(), &document.lines.len());
    for (row, line) in order.lines.iter().zip(&document.lines) {
        let place = format!("{place} line {}", line.line);
        findings.same(&place, "line", &row.progress.line, &line.line);
        findings.same(&place, "sku", &row.sku, &line.sku);
        findings.same(&place, "description", &row.description, &line.description);
        findings.same(&place, "unit", &row.unit, &line.unit);
        findings.same(&place, "unit_price", &row.unit_price, &line.unit_price);
        findings.same(&place, "per", &row.per, &line.per);
        let day = line.requested_delivery.or(document.requested_delivery);
        findings.same(&place, "requested_delivery", &row.requested_delivery, &day);
        findings.same(
            &place,
            "ordered",
            &row.progress.ordered,
            &line.quantity.units(),
        );
    }
}

/// The rows must say what was shipped and cancelled, and stand where that leads.
fn done(order: &OrderRecord, statements: &[Statement], place: &str, findings: &mut Findings) {
    let mut shipped: BTreeMap<u32, u32> = BTreeMap::new();
    let mut cancelled: BTreeMap<u32, u32> = BTreeMap::new();
    let mut decision = order.decision;
    for statement in statements {
        match statement {
            Statement::Receipt(receipt) => decision = receipt.decision,
            Statement::Shipment(shipment) => {
                for line in &shipment.lines {
                    add(&mut shipped, line.line, line.quantity);
                }
            }
            Statement::Cancellation(cancellation) => {
                for line in &cancellation.lines {
                    add(&mut cancelled, line.line, line.quantity);
                }
            }
            Statement::Key(_) | Statement::Seller(_) | Statement::Recovery(_) => {
                findings.add(place, "has a statement that is not about an order");
            }
        }
    }
    if decision == Decision::Declined {
        cancelled = order
            .lines
            .iter()
            .map(|row| (row.progress.line, row.progress.ordered))
            .collect();
    }
    for row in &order.lines {
        let of = |units: &BTreeMap<u32, u32>| units.get(&row.progress.line).copied().unwrap_or(0);
        let place = format!("{place} line {}", row.progress.line);
        findings.same(&place, "shipped", &row.progress.shipped, &of(&shipped));
        findings.same(
            &place,
            "cancelled",
            &row.progress.cancelled,
            &of(&cancelled),
        );
    }
    if !may_stand(order, decision) {
        let state = order.state.as_str();
        findings.add(
            place,
            format!("is {state}, which is not where its statements lead"),
        );
    }
}

fn add(units: &mut BTreeMap<u32, u32>, line: u32, quantity: u32) {
    let sum = units.entry(line).or_default();
    *sum = sum.saturating_add(quantity);
}

/// Whether an order of which so much is shipped and cancelled may be in its state.
fn may_stand(order: &OrderRecord, decision: Decision) -> bool {
    let sum = |of: fn(&LineRecord) -> u32| order.lines.iter().map(of).any(|units| units > 0);
    let is_open = sum(|row| row.progress.open());
    let (has_shipped, has_cancelled) = (
        sum(|row| row.progress.shipped),
        sum(|row| row.progress.cancelled),
    );
    match order.state {
        OrderState::Held => decision == Decision::Held,
        OrderState::Declined => decision == Decision::Declined,
        _ if decision != Decision::Accepted => false,
        OrderState::Accepted => is_open && !has_shipped,
        OrderState::Preparing | OrderState::Packed => is_open,
        OrderState::PartShipped => is_open && has_shipped,
        OrderState::Shipped => !is_open && has_shipped && !has_cancelled,
        OrderState::Closed => !is_open && has_shipped && has_cancelled,
        OrderState::Cancelled => !is_open && !has_shipped,
    }
}

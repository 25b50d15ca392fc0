//! Keeping the decided orders of a batch; see [`super::intake`].

use countersign_order::{Line, LineProgress, MovementKind, Note, Progress, SalesOrderNumber};

use super::bound::Bound;
use super::cell::{Word, column, column_number, json, micros};
use super::movements::{MovementRow, insert_movements};
use super::orders::DECIDED_BY;
use crate::{NewOrder, Occasion, StoreError};

const INSERT_ORDERS: &str = "
    INSERT INTO orders (
        id,
        buyer,
        account,
        purchase_order_number,
        attempt,
        sales_order_number,
        decision,
        reasons,
        state,
        fulfilment,
        currency,
        total_minor,
        ship_to,
        note,
        issued_at,
        received_at,
        decided_at,
        held_until,
        content_sha256,
        certificate_sha256,
        receipt,
        signed_data
    )
    SELECT
        id,
        buyer,
        account,
        purchase_order_number,
        attempt,
        sales_order_number,
        decision,
        reasons,
        decision,
        fulfilment,
        currency,
        total_minor,
        ship_to,
        note,
        issued_at,
        received_at,
        decided_at,
        held_until,
        content_sha256,
        certificate_sha256,
        receipt,
        signed_data
    FROM unnest(
        $1::text[],
        $2::text[],
        $3::text[],
        $4::text[],
        $5::bigint[],
        $6::bigint[],
        $7::text[],
        $8::text[],
        $9::text[],
        $10::text[],
        $11::bigint[],
        $12::text[],
        $13::text[],
        $14::bigint[],
        $15::bigint[],
        $16::bigint[],
        $17::bigint[],
        $18::bytea[],
        $19::bytea[],
        $20::bigint[],
        $21::bytea[]
    ) AS decided (
        id,
        buyer,
        account,
        purchase_order_number,
        attempt,
        sales_order_number,
        decision,
        reasons,
        fulfilment,
        currency,
        total_minor,
        ship_to,
        note,
        issued_at,
        received_at,
        decided_at,
        held_until,
        content_sha256,
        certificate_sha256,
        receipt,
        signed_data
    )";

const INSERT_LINES: &str = "
    INSERT INTO order_lines (
        order_id,
        line,
        sku,
        description,
        unit,
        unit_price,
        per,
        requested_delivery,
        ordered,
        reserved,
        back_ordered,
        cancelled
    )
    SELECT
        order_id,
        line,
        sku,
        description,
        unit,
        unit_price,
        per,
        requested_delivery,
        ordered,
        reserved,
        back_ordered,
        cancelled
    FROM unnest(
        $1::text[],
        $2::bigint[],
        $3::text[],
        $4::text[],
        $5::text[],
        $6::text[],
        $7::bigint[],
        $8::text[],
        $9::bigint[],
        $10::bigint[],
        $11::bigint[],
        $12::bigint[]
    ) AS lines (
        order_id,
        line,
        sku,
        description,
        unit,
        unit_price,
        per,
        requested_delivery,
        ordered,
        reserved,
        back_ordered,
        cancelled
    )";

/// The statement that keeps the orders of a batch.
pub(super) fn insert_orders<'a>(orders: &'a [NewOrder<'a>]) -> Result<Bound<'a>, StoreError> {
    let entries = column(orders, |order| order.entry);
    let documents = column(&entries, |entry| entry.order.as_ref());
    let decided = column(orders, |order| order.decided);
    let reasons: Vec<String> = decided
        .iter()
        .map(|decided| json(&decided.reasons))
        .collect::<Result<_, _>>()?;
    let ship_to: Vec<Option<String>> = documents
        .iter()
        .map(|order| order.ship_to.as_ref().map(json).transpose())
        .collect::<Result<_, _>>()?;
    Ok(Bound::new(INSERT_ORDERS)
        .to(column(&decided, |decided| decided.order_id.to_string()))
        .to(column(&documents, |order| order.buyer.as_str()))
        .to(column(&entries, |entry| entry.account.as_str()))
        .to(column(&documents, |order| {
            order.purchase_order_number.as_str()
        }))
        .to(column(&decided, |decided| i64::from(decided.attempt)))
        .to(column(&decided, |decided| {
            let number = decided.sales_order_number;
            number.map(|number| column_number(SalesOrderNumber::sequence(number)))
        }))
        .to(column(&decided, |decided| decided.decision.word()))
        .to(reasons)
        .to(column(&documents, |order| order.fulfilment.word()))
        .to(column(&documents, |order| order.currency.code()))
        .to(column(&documents, |order| order.total.minor))
        .to(ship_to)
        .to(column(&documents, |order| {
            order.note.as_ref().map(Note::as_str)
        }))
        .to(column(&documents, |order| micros(order.issued_at)))
        .to(column(&entries, |entry| micros(entry.received_at)))
        .to(column(&decided, |decided| micros(decided.decided_at)))
        .to(column(&decided, |decided| decided.held_until.map(micros)))
        .to(column(&entries, |entry| {
            entry.content.as_bytes().as_slice()
        }))
        .to(column(&entries, |entry| {
            entry.certificate.as_bytes().as_slice()
        }))
        .to(column(orders, |order| column_number(order.receipt)))
        .to(column(orders, |order| order.signed_data)))
}

/// The statement that keeps their lines.
pub(super) fn insert_lines<'a>(orders: &'a [NewOrder<'a>]) -> Bound<'a> {
    let rows: Vec<LineRow<'_>> = orders.iter().flat_map(lines_of).collect();
    Bound::new(INSERT_LINES)
        .to(column(&rows, |row| row.order.decided.order_id.to_string()))
        .to(column(&rows, |row| i64::from(row.units.line)))
        .to(column(&rows, |row| row.line.sku.as_str()))
        .to(column(&rows, |row| row.line.description.as_str()))
        .to(column(&rows, |row| row.line.unit.as_str()))
        .to(column(&rows, |row| row.line.unit_price.to_string()))
        .to(column(&rows, |row| i64::from(row.line.per.units())))
        .to(column(&rows, |row| {
            let of_line = row.line.requested_delivery;
            let day = of_line.or(row.order.entry.order.requested_delivery);
            day.map(|day| day.to_string())
        }))
        .to(column(&rows, |row| i64::from(row.units.ordered)))
        .to(column(&rows, |row| i64::from(row.units.reserved)))
        .to(column(&rows, |row| i64::from(row.units.back_ordered)))
        .to(column(&rows, |row| i64::from(row.units.cancelled)))
}

/// The statement that keeps what they set aside, as movements of stock; none, if that is nothing.
#[must_use = "it runs only when a unit of work is given it"]
pub(super) fn insert_reservations<'a>(orders: &'a [NewOrder<'a>]) -> Option<Bound<'a>> {
    let occasion = Occasion {
        at: orders.first()?.decided.decided_at,
        by: DECIDED_BY,
    };
    let mut movements = Vec::new();
    for order in orders {
        let lines = order.entry.order.lines.iter().zip(&order.decided.lines);
        movements.extend(lines.map(|(line, promised)| {
            let units = i64::from(promised.accepted);
            MovementRow::of(MovementKind::Reserved, &line.sku, units)
                .for_line(order.decided.order_id, promised.line)
        }));
    }
    insert_movements(movements, occasion)
}

/// A line of a decided order.
struct LineRow<'a> {
    order: &'a NewOrder<'a>,
    line: &'a Line,
    units: LineProgress,
}

fn lines_of<'a>(order: &'a NewOrder<'a>) -> impl Iterator<Item = LineRow<'a>> {
    let progress = Progress::of(&order.entry.order, order.decided);
    let lines = order.entry.order.lines.iter().zip(progress.lines);
    lines.map(move |(line, units)| LineRow { order, line, units })
}

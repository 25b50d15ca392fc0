//! Keeping the decided orders of a batch; see [`super::intake`].

use countersign_order::{Line, LineProgress, MovementKind, Note, Progress, SalesOrderNumber};

use super::cell::{Word, column, column_number, json, micros};
use super::movements::MovementRow;
use super::orders::DECIDED_BY;
use super::unit_of_work::UnitOfWork;
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

impl UnitOfWork {
    pub(super) async fn insert_orders(
        &mut self,
        orders: &[NewOrder<'_>],
    ) -> Result<(), StoreError> {
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
        self.execute(
            INSERT_ORDERS,
            &[
                &column(&decided, |decided| decided.order_id.to_string()),
                &column(&documents, |order| order.buyer.as_str()),
                &column(&entries, |entry| entry.account.as_str()),
                &column(&documents, |order| order.purchase_order_number.as_str()),
                &column(&decided, |decided| i64::from(decided.attempt)),
                &column(&decided, |decided| {
                    let number = decided.sales_order_number;
                    number.map(|number| column_number(SalesOrderNumber::sequence(number)))
                }),
                &column(&decided, |decided| decided.decision.word()),
                &reasons,
                &column(&documents, |order| order.fulfilment.word()),
                &column(&documents, |order| order.currency.code()),
                &column(&documents, |order| order.total.minor),
                &ship_to,
                &column(&documents, |order| order.note.as_ref().map(Note::as_str)),
                &column(&documents, |order| micros(order.issued_at)),
                &column(&entries, |entry| micros(entry.received_at)),
                &column(&decided, |decided| micros(decided.decided_at)),
                &column(&decided, |decided| decided.held_until.map(micros)),
                &column(&entries, |entry| entry.content.as_bytes().as_slice()),
                &column(&entries, |entry| entry.certificate.as_bytes().as_slice()),
                &column(orders, |order| column_number(order.receipt)),
                &column(orders, |order| order.signed_data),
            ],
        )
        .await?;
        Ok(())
    }

    pub(super) async fn insert_lines(&mut self, orders: &[NewOrder<'_>]) -> Result<(), StoreError> {
        let rows: Vec<LineRow<'_>> = orders.iter().flat_map(lines_of).collect();
        self.execute(
            INSERT_LINES,
            &[
                &column(&rows, |row| row.order.decided.order_id.to_string()),
                &column(&rows, |row| i64::from(row.units.line)),
                &column(&rows, |row| row.line.sku.as_str()),
                &column(&rows, |row| row.line.description.as_str()),
                &column(&rows, |row| row.line.unit.as_str()),
                &column(&rows, |row| row.line.unit_price.to_string()),
                &column(&rows, |row| i64::from(row.line.per.units())),
                &column(&rows, |row| {
                    let of_line = row.line.requested_delivery;
                    let day = of_line.or(row.order.entry.order.requested_delivery);
                    day.map(|day| day.to_string())
                }),
                &column(&rows, |row| i64::from(row.units.ordered)),
                &column(&rows, |row| i64::from(row.units.reserved)),
                &column(&rows, |row| i64::from(row.units.back_ordered)),
                &column(&rows, |row| i64::from(row.units.cancelled)),
            ],
        )
        .await?;
        Ok(())
    }

    /// Keeps what the orders of a batch set aside as movements of stock.
    pub(super) async fn keep_reservations(
        &mut self,
        orders: &[NewOrder<'_>],
    ) -> Result<(), StoreError> {
        let Some(first) = orders.first() else {
            return Ok(());
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
        let occasion = Occasion {
            at: first.decided.decided_at,
            by: DECIDED_BY,
        };
        self.keep_movements(movements, occasion).await
    }
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

//! Cancelling: the same for a clerk and for a buyer, who has signed a request.

use countersign_order::{
    Cancellation, CancelledBy, CancelledLine, Common, Digest, LineProgress, LineUnits, ShortText,
    Sku, Statement,
};
use countersign_store::OrderRecord;

use super::enrol::correspondent;
use super::fulfil::{about, reference};
use super::{DeskError, Work, letters};
use crate::mail::{News, OrderCancelled};

/// Says that what was open will not go, and promises the stock it held to whoever waits.
pub(super) async fn cancel(
    work: &mut Work<'_>,
    order: &OrderRecord,
    before: &[LineProgress],
    reason: &ShortText,
    request: Option<Digest>,
) -> Result<(), DeskError> {
    let (about, _) = about(work, order).await?;
    let units: Vec<LineUnits> = before
        .iter()
        .map(|line| LineUnits {
            line: line.line,
            units: line.open(),
        })
        .filter(|units| units.units > 0)
        .collect();
    let news = OrderCancelled {
        numbers: letters::numbers(order),
        lines: letters::lines(order, &units),
        by_buyer: request.is_some(),
        reason: reason.to_string(),
    };
    let (lines, order_reference) = (cancelled_lines(order, &units), reference(order));
    let reason = reason.clone();
    let write = move |common: Common| {
        Statement::Cancellation(Cancellation {
            common,
            order: order_reference,
            lines,
            by: match request {
                Some(_) => CancelledBy::Buyer,
                None => CancelledBy::Seller,
            },
            request_sha256: request,
            reason,
        })
    };
    let statement = work.state(about, write).await?;
    let to = correspondent(work, &order.account).await?;
    let event = letters::event(&to, statement.number, News::OrderCancelled(news));
    work.mail(&to.email, &event).await?;
    let released: Vec<Sku> = order.lines.iter().map(|line| line.sku.clone()).collect();
    let occasion = work.occasion();
    work.transaction
        .fill_back_orders(&released, occasion)
        .await?;
    work.wake_fulfilment();
    Ok(())
}

fn cancelled_lines(order: &OrderRecord, units: &[LineUnits]) -> Vec<CancelledLine> {
    units
        .iter()
        .filter_map(|units| {
            let line = order
                .lines
                .iter()
                .find(|line| line.progress.line == units.line)?;
            Some(CancelledLine {
                line: units.line,
                sku: line.sku.clone(),
                quantity: units.units,
            })
        })
        .collect()
}

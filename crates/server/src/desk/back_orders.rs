//! Stock that was set aside for orders that wait: whoever waits is told, once for each order and
//! operation, however many of its lines were filled.

use std::collections::BTreeMap;

use countersign_order::OrderId;
use countersign_store::FilledLine;

use super::enrol::correspondent;
use super::{DeskError, Work, letters};
use crate::mail::{BackOrderFilled, MailLine, News};

/// Tells the buyers whose lines were filled.
pub(super) async fn tell(work: &mut Work<'_>, filled: &[FilledLine]) -> Result<(), DeskError> {
    let mut orders: BTreeMap<OrderId, Vec<&FilledLine>> = BTreeMap::new();
    for line in filled {
        orders.entry(line.order).or_default().push(line);
    }
    for (id, filled) in orders {
        let order = work.transaction.order(&id).await?;
        let order = order.ok_or(DeskError::Inconsistent("back-order"))?;
        let mut lines = Vec::with_capacity(filled.len());
        for line in &order.lines {
            let units: u32 = filled
                .iter()
                .filter(|filled| filled.line == line.progress.line)
                .map(|filled| filled.quantity)
                .sum();
            if units > 0 {
                lines.push(MailLine {
                    sku: line.sku.to_string(),
                    description: line.description.to_string(),
                    quantity: units,
                    unit: line.unit.to_string(),
                    back_ordered: line.progress.back_ordered,
                });
            }
        }
        let to = correspondent(work, &order.account).await?;
        let news = News::BackOrderFilled(BackOrderFilled {
            numbers: letters::numbers(&order),
            lines,
            filled_at: work.now,
        });
        work.mail(&to.email, &letters::notice(&to, news)).await?;
    }
    Ok(())
}

//! Ending a hold: each end is a second receipt of the same attempt, which names the first, with the
//! stock that is let go and the letter that tells of it.

use async_trait::async_trait;
use countersign_order::{
    Common, Digest, HoldEnd, Move, OrderId, OrderState, Progress, Receipt, ShortText, Sku,
    Statement,
};
use countersign_store::{EventRecord, OrderMove, OrderRecord};

use super::enrol::correspondent;
use super::fulfil::{about, find, must_be_seen, refusal};
use super::{DeskError, Operation, Work, letters};
use crate::seller::Signers;

/// Holds that are ended in one transaction: few, so that no new order waits long behind them.
const EXPIRED_AT_ONCE: u32 = 32;

/// Answers a held order, as a supervisor or the operator.
#[derive(Debug)]
pub struct EndHold {
    /// The order.
    pub order: OrderId,
    /// The revision of the order that whoever answers has seen, if it must be the present one.
    pub revision: Option<u32>,
    /// The answer.
    pub answer: HoldAnswer,
}

/// What a person answers to a held order.
#[derive(Debug, Clone)]
pub enum HoldAnswer {
    /// The seller will deliver.
    Approve,
    /// The seller will not.
    Decline {
        /// Why, for the receipt, which the buyer reads.
        reason: ShortText,
    },
}

#[async_trait]
impl Operation for EndHold {
    type Answer = OrderRecord;

    async fn apply(&self, work: &mut Work<'_>) -> Result<OrderRecord, DeskError> {
        let order = find(work, &self.order).await?;
        must_be_seen(self.revision, &order)?;
        if let (OrderState::Held, Some(until)) = (order.state, order.held_until)
            && until <= work.now
        {
            return Err(DeskError::HoldIsOver { until });
        }
        let (action, end) = match &self.answer {
            HoldAnswer::Approve => ("approve-order", None),
            HoldAnswer::Decline { reason } => {
                let note = reason.clone();
                ("decline-order", Some(HoldEnd::NotApproved { note }))
            }
        };
        end_hold(work, order, end.as_ref()).await?;
        work.audit(action, &self.order.to_string(), "").await?;
        find(work, &self.order).await
    }
}

/// Declines some of the held orders that nobody answered in their time.
#[derive(Debug)]
pub(crate) struct EndExpiredHolds;

#[async_trait]
impl Operation for EndExpiredHolds {
    /// Whether there may be more.
    type Answer = bool;

    async fn apply(&self, work: &mut Work<'_>) -> Result<bool, DeskError> {
        let transaction = &mut *work.transaction;
        let expired = transaction.expired_holds(work.now, EXPIRED_AT_ONCE).await?;
        for id in &expired {
            let order = find(work, id).await?;
            end_hold(work, order, Some(&HoldEnd::Expired)).await?;
            work.audit("expire-hold", &id.to_string(), "").await?;
        }
        Ok(u32::try_from(expired.len()).is_ok_and(|count| count == EXPIRED_AT_ONCE))
    }
}

/// Declines a held order because its buyer has signed a request to call it off.
pub(super) async fn withdraw(
    work: &mut Work<'_>,
    order: OrderRecord,
    note: ShortText,
    request: Digest,
) -> Result<OrderRecord, DeskError> {
    let end = HoldEnd::Withdrawn { note, request };
    end_hold(work, order, Some(&end)).await
}

/// Ends a hold: with a reason to decline, or else by accepting. Gives back the order as it stands then.
async fn end_hold(
    work: &mut Work<'_>,
    order: OrderRecord,
    end: Option<&HoldEnd>,
) -> Result<OrderRecord, DeskError> {
    let order = move_on(work, order, end).await?;
    let first = first_receipt(work, &order).await?;
    let (about, _) = about(work, &order).await?;
    let lines: Vec<_> = order.lines.iter().map(|line| line.progress).collect();
    let write = |common: Common| {
        let receipt = match end {
            None => first.accepting(common, &lines),
            Some(end) => first.declining(common, end),
        };
        Statement::Receipt(Box::new(receipt))
    };
    let statement = work.state(about, write).await?;
    let to = correspondent(work, &order.account).await?;
    let event = letters::event(&to, statement.number, letters::hold_ended(&order, end));
    work.mail(&to.email, &event).await?;
    if end.is_some() {
        let released: Vec<Sku> = order.lines.iter().map(|line| line.sku.clone()).collect();
        work.fill_back_orders(&released).await?;
    }
    work.wake_fulfilment();
    Ok(order)
}

/// Moves state, lines, timeline and stock.
async fn move_on(
    work: &mut Work<'_>,
    mut order: OrderRecord,
    end: Option<&HoldEnd>,
) -> Result<OrderRecord, DeskError> {
    let before = Progress {
        state: order.state,
        lines: order.lines.iter().map(|line| line.progress).collect(),
    };
    let made = match end {
        None => Move::Accept,
        Some(_) => Move::Decline,
    };
    let after = before
        .after(&made)
        .map_err(|refused| refusal(&order, refused))?;
    let event = EventRecord {
        at: work.now,
        by: work.actor.to_string(),
        event: after.state.as_str().to_owned(),
        detail: end.map(told),
    };
    let order_move = OrderMove {
        order: order.id,
        version: order.version,
        progress: after,
        event,
        missing: None,
    };
    work.transaction.move_order(&order_move).await?;
    let OrderMove {
        progress, event, ..
    } = order_move;
    order.state = progress.state;
    order.version += 1;
    order.timeline.push(event);
    for (line, progress) in order.lines.iter_mut().zip(progress.lines) {
        line.progress = progress;
    }
    Ok(order)
}

/// The code of a reason, and the words that were given with it.
fn told(end: &HoldEnd) -> String {
    let code = end.reason().code.as_str();
    match end.note() {
        Some(note) => format!("{code}: {note}"),
        None => code.to_owned(),
    }
}

/// What was answered first, read back from what was signed.
async fn first_receipt(work: &mut Work<'_>, order: &OrderRecord) -> Result<Receipt, DeskError> {
    let statement = work.transaction.statement(order.receipt).await?;
    let statement = statement.ok_or(DeskError::Inconsistent("receipt"))?;
    let signers = Signers::of(work.desk.seller())?;
    match signers.read(&statement) {
        Some(Statement::Receipt(receipt)) => Ok(*receipt),
        Some(
            Statement::Shipment(_)
            | Statement::Cancellation(_)
            | Statement::Key(_)
            | Statement::Seller(_)
            | Statement::Recovery(_),
        )
        | None => Err(DeskError::Inconsistent("receipt")),
    }
}

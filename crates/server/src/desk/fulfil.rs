//! Fulfilling: each move of an order changes its state, lines, timeline and stock, and makes the
//! statement and the mail that follow from it, together.

use async_trait::async_trait;
use countersign_order::{
    Common, Digest, LineUnits, Move, MoveNotAllowed, OrderId, OrderReference, OrderState, Progress,
    Shipment, ShipmentLine, ShortText, Sku, Statement,
};
use countersign_store::crash::{CrashPoint, reach};
use countersign_store::{EventRecord, OrderMove, OrderRecord, StatementKind};

use super::cancel::cancel;
use super::enrol::correspondent;
use super::statements::About;
use super::{DeskError, Operation, Work, letters};
use crate::mail::{News, OrderShipped};

/// The carrier of what the desk ships by itself.
const NO_CARRIER: &str = "none";

/// Moves an order one step on.
#[derive(Debug)]
pub struct MoveOrder {
    /// The order.
    pub order: OrderId,
    /// The step.
    pub step: Step,
    /// The revision of the order that whoever asks has seen, if it must be the present one.
    pub revision: Option<u32>,
}

/// A step of an order's life that somebody takes.
#[derive(Debug, Clone)]
pub enum Step {
    /// Starts picking.
    Prepare,
    /// Says that it is ready to go.
    Pack {
        /// How many units of which lines are packed; of the others all that is reserved.
        lines: Vec<LineUnits>,
        /// Why what is not packed of these lines is not there; unless said, it stays reserved.
        missing: Option<ShortText>,
    },
    /// Hands units to a carrier.
    Ship {
        /// Which units; all that are packed unless said.
        lines: Option<Vec<LineUnits>>,
        /// Who carries them.
        carrier: ShortText,
        /// Under which number.
        tracking: Option<ShortText>,
    },
    /// Cancels what is not shipped.
    Cancel {
        /// Why, for the statement, which the buyer reads.
        reason: ShortText,
        /// The digest of the buyer's signed request; without one the seller does it unasked.
        request: Option<Digest>,
    },
}

#[async_trait]
impl Operation for MoveOrder {
    type Answer = OrderRecord;

    async fn apply(&self, work: &mut Work<'_>) -> Result<OrderRecord, DeskError> {
        let order = find(work, &self.order).await?;
        must_be_seen(self.revision, &order)?;
        let action = action_of(&self.step);
        take(work, order, &self.step).await?;
        work.audit(action, &self.order.to_string(), "").await?;
        find(work, &self.order).await
    }
}

/// Prepares, packs and ships what is reserved of these orders, as the automatic desk does.
#[derive(Debug)]
pub struct FulfilOrders {
    /// The orders; those that have nothing to ship any more are left alone.
    pub orders: Vec<OrderId>,
}

#[async_trait]
impl Operation for FulfilOrders {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let ship = Step::Ship {
            lines: None,
            carrier: NO_CARRIER
                .parse()
                .map_err(|_unfit| DeskError::Inconsistent("carrier"))?,
            tracking: None,
        };
        let pack = Step::Pack {
            lines: Vec::new(),
            missing: None,
        };
        for id in &self.orders {
            let mut order = find(work, id).await?;
            while let Some(step) = next_step(&order, &pack, &ship) {
                order = take(work, order, step).await?;
            }
        }
        Ok(())
    }
}

/// The next step of an order that has something reserved.
fn next_step<'a>(order: &OrderRecord, pack: &'a Step, ship: &'a Step) -> Option<&'a Step> {
    let has_reserved = order.lines.iter().any(|line| line.progress.reserved > 0);
    match order.state {
        _ if !has_reserved => None,
        OrderState::Accepted | OrderState::PartShipped => Some(&Step::Prepare),
        OrderState::Preparing => Some(pack),
        OrderState::Packed => Some(ship),
        OrderState::Held
        | OrderState::Shipped
        | OrderState::Closed
        | OrderState::Cancelled
        | OrderState::Declined => None,
    }
}

pub(super) async fn find(work: &mut Work<'_>, id: &OrderId) -> Result<OrderRecord, DeskError> {
    let order = work.transaction.order(id).await?;
    order.ok_or(DeskError::NotFound("order"))
}

/// Takes a step, and gives back the order as it stands after it.
pub(super) async fn take(
    work: &mut Work<'_>,
    mut order: OrderRecord,
    step: &Step,
) -> Result<OrderRecord, DeskError> {
    let before = Progress {
        state: order.state,
        lines: order.lines.iter().map(|line| line.progress).collect(),
    };
    let made = move_of(step, &before);
    let after = before
        .clone()
        .after(&made)
        .map_err(|refused| refusal(&order, refused))?;
    let event = EventRecord {
        at: work.now,
        by: work.actor.to_string(),
        event: after.state.as_str().to_owned(),
        detail: detail_of(step, &before, &after),
    };
    let order_move = OrderMove {
        order: order.id,
        version: order.version,
        progress: after.clone(),
        event: event.clone(),
        missing: match step {
            Step::Pack { missing, .. } => missing.clone(),
            Step::Prepare | Step::Ship { .. } | Step::Cancel { .. } => None,
        },
    };
    work.transaction.move_order(&order_move).await?;
    reach(CrashPoint::OrderMoved);
    order.state = after.state;
    order.version += 1;
    order.timeline.push(event);
    for (line, progress) in order.lines.iter_mut().zip(&after.lines) {
        line.progress = *progress;
    }
    match (step, made) {
        (
            Step::Ship {
                carrier, tracking, ..
            },
            Move::Ship { lines },
        ) => {
            ship(work, &order, &lines, carrier, tracking.as_ref()).await?;
        }
        (Step::Cancel { reason, request }, _) => {
            cancel(work, &order, &before.lines, reason, *request).await?;
        }
        (
            Step::Pack {
                missing: Some(_), ..
            },
            _,
        ) => give_to_others(work, &order).await?,
        (Step::Prepare | Step::Pack { .. } | Step::Ship { .. }, _) => {}
    }
    Ok(order)
}

fn move_of(step: &Step, progress: &Progress) -> Move {
    match step {
        Step::Prepare => Move::Prepare,
        Step::Pack { lines, missing } => Move::Pack {
            lines: lines.clone(),
            is_short: missing.is_some(),
        },
        Step::Ship {
            lines: Some(lines), ..
        } => Move::Ship {
            lines: lines.clone(),
        },
        Step::Ship { lines: None, .. } => progress.ship_all(),
        Step::Cancel { .. } => Move::Cancel,
    }
}

/// Says that goods have gone.
async fn ship(
    work: &mut Work<'_>,
    order: &OrderRecord,
    units: &[LineUnits],
    carrier: &ShortText,
    tracking: Option<&ShortText>,
) -> Result<(), DeskError> {
    let (about, earlier) = about(work, order).await?;
    let shipment = earlier + 1;
    let shipped_at = work.now;
    let (lines, order_reference) = (shipment_lines(order, units), reference(order));
    let (carrier, tracking) = (carrier.clone(), tracking.cloned());
    let news = OrderShipped {
        numbers: letters::numbers(order),
        shipment,
        lines: letters::lines(order, units),
        carrier: carrier.to_string(),
        tracking: tracking.as_ref().map(ShortText::to_string),
        shipped_at,
        more_follows: order.lines.iter().any(|line| line.progress.open() > 0),
    };
    let write = move |common: Common| {
        Statement::Shipment(Shipment {
            common,
            order: order_reference,
            shipment,
            lines,
            carrier,
            tracking,
            shipped_at,
        })
    };
    let statement = work.state(about, write).await?;
    let to = correspondent(work, &order.account).await?;
    let event = letters::event(&to, statement.number, News::OrderShipped(news));
    work.mail(&to.email, &event).await?;
    reach(CrashPoint::ShipmentStated);
    Ok(())
}

/// What the next statement about an order follows, and how many shipments there were.
pub(super) async fn about(
    work: &mut Work<'_>,
    order: &OrderRecord,
) -> Result<(About, u32), DeskError> {
    let earlier = work.transaction.statements_of(&order.id).await?;
    let shipments = earlier
        .iter()
        .filter(|statement| statement.kind == StatementKind::Shipment)
        .count();
    let about = About {
        order: Some(order.id),
        account: Some(order.account.clone()),
        previous: earlier.last().map(|statement| statement.sha256),
    };
    Ok((about, u32::try_from(shipments).unwrap_or(u32::MAX)))
}

/// What later statements call an order.
pub(super) fn reference(order: &OrderRecord) -> OrderReference {
    OrderReference {
        id: order.id,
        buyer: order.buyer.clone(),
        purchase_order_number: order.purchase_order_number.clone(),
        attempt: order.attempt,
        sales_order_number: order.sales_order_number,
    }
}

fn shipment_lines(order: &OrderRecord, units: &[LineUnits]) -> Vec<ShipmentLine> {
    units
        .iter()
        .filter_map(|units| {
            let line = order
                .lines
                .iter()
                .find(|line| line.progress.line == units.line)?;
            Some(ShipmentLine {
                line: units.line,
                sku: line.sku.clone(),
                quantity: units.units,
                back_ordered: line.progress.back_ordered,
            })
        })
        .collect()
}

pub(super) fn refusal(order: &OrderRecord, refused: MoveNotAllowed) -> DeskError {
    match refused {
        MoveNotAllowed::State { .. } => moved_meanwhile(order),
        MoveNotAllowed::Lines | MoveNotAllowed::Units { .. } | MoveNotAllowed::Nothing => {
            DeskError::Unfit(refused.to_string())
        }
    }
}

/// Refuses to go on from another revision than the one that was seen.
pub(super) fn must_be_seen(seen: Option<u32>, order: &OrderRecord) -> Result<(), DeskError> {
    match seen {
        Some(revision) if revision != order.version => Err(moved_meanwhile(order)),
        Some(_) | None => Ok(()),
    }
}

/// Says who brought an order where it is, and when.
fn moved_meanwhile(order: &OrderRecord) -> DeskError {
    let last = order.timeline.last();
    DeskError::MoveNotAllowed {
        state: order.state,
        moved_by: last.map(|event| event.by.clone()).unwrap_or_default(),
        moved_at: last.map_or(order.decided_at, |event| event.at),
    }
}

/// What is left of an item after a search of the shelf goes to whoever waits longest.
async fn give_to_others(work: &mut Work<'_>, order: &OrderRecord) -> Result<(), DeskError> {
    let skus: Vec<Sku> = order.lines.iter().map(|line| line.sku.clone()).collect();
    work.fill_back_orders(&skus).await?;
    work.wake_fulfilment();
    Ok(())
}

fn detail_of(step: &Step, before: &Progress, after: &Progress) -> Option<String> {
    match step {
        Step::Prepare => None,
        Step::Pack { .. } => packed_in_part(before, after),
        Step::Ship {
            carrier, tracking, ..
        } => Some(match tracking {
            Some(tracking) => format!("{carrier} {tracking}"),
            None => carrier.to_string(),
        }),
        Step::Cancel { reason, .. } => Some(reason.to_string()),
    }
}

/// What of a pack was not all that was reserved, line by line.
fn packed_in_part(before: &Progress, after: &Progress) -> Option<String> {
    let lines = before.lines.iter().zip(&after.lines);
    let told: Vec<String> = lines
        .filter(|(before, after)| after.packed < before.reserved)
        .map(|(before, after)| {
            let (line, packed, reserved) = (after.line, after.packed, before.reserved);
            match before.missing(after) {
                0 => format!("line {line}: {packed} of {reserved}"),
                missing => format!("line {line}: {packed} of {reserved}, {missing} not found"),
            }
        })
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn action_of(step: &Step) -> &'static str {
    match step {
        Step::Prepare => "prepare-order",
        Step::Pack { .. } => "pack-order",
        Step::Ship { .. } => "ship-order",
        Step::Cancel { .. } => "cancel-order",
    }
}

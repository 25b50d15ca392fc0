//! An order as its buyer, or a clerk, sees it.

use countersign_api::{Day, Event, OrderLine, OrderView};
use countersign_order::{Action, Decided, Entry, OrderState, Progress, Role};
use countersign_store::OrderRecord;

use crate::desk::Actor;

/// An order at rest; what may be done with it depends on who asks.
pub(crate) fn view(order: OrderRecord, role: Role) -> OrderView {
    let progress = Progress {
        state: order.state,
        lines: order.lines.iter().map(|line| line.progress).collect(),
    };
    let currency = order.total.currency;
    let lines = order.lines.into_iter().map(|line| OrderLine {
        sku: line.sku,
        description: line.description,
        unit: line.unit,
        unit_price: line.unit_price.in_currency(currency),
        per: line.per,
        requested_delivery: line.requested_delivery.map(Day),
        progress: line.progress,
    });
    let timeline = order.timeline.into_iter().map(|event| Event {
        at: event.at,
        by: event.by,
        event: event.event,
        detail: event.detail,
    });
    OrderView {
        id: order.id,
        buyer: order.buyer,
        account: order.account,
        purchase_order_number: order.purchase_order_number,
        attempt: order.attempt,
        sales_order_number: order.sales_order_number,
        state: order.state,
        revision: order.version,
        received_at: order.received_at,
        currency,
        total: order.total.amount(),
        ship_to: order.ship_to,
        note: order.note,
        lines: lines.collect(),
        timeline: timeline.collect(),
        allowed_actions: allowed_actions(&progress, role),
    }
}

/// An order that was decided this moment, as the store has it now.
pub(super) fn of_decision(entry: &Entry, decided: &Decided) -> OrderView {
    let order = &entry.order;
    let progress = Progress::of(order, decided);
    let lines = order.lines.iter().zip(&progress.lines);
    OrderView {
        id: decided.order_id,
        buyer: order.buyer.clone(),
        account: entry.account.clone(),
        purchase_order_number: order.purchase_order_number.clone(),
        attempt: decided.attempt,
        sales_order_number: decided.sales_order_number,
        state: progress.state,
        revision: 1,
        received_at: entry.received_at,
        currency: order.currency,
        total: order.total.amount(),
        ship_to: order.ship_to.clone(),
        note: order.note.clone(),
        lines: lines
            .map(|(line, progress)| OrderLine {
                sku: line.sku.clone(),
                description: line.description.clone(),
                unit: line.unit.clone(),
                unit_price: line.unit_price.in_currency(order.currency),
                per: line.per,
                requested_delivery: line
                    .requested_delivery
                    .or(order.requested_delivery)
                    .map(Day),
                progress: *progress,
            })
            .collect(),
        timeline: vec![Event {
            at: decided.decided_at,
            by: Actor::automatic().to_string(),
            event: progress.state.as_str().to_owned(),
            detail: None,
        }],
        allowed_actions: allowed_actions(&progress, Role::Buyer),
    }
}

/// What may be done by whoever has this role: clerks move an order, a
/// supervisor answers a held one, and its buyer may cancel it, which withdraws a held one.
fn allowed_actions(progress: &Progress, role: Role) -> Vec<Action> {
    let is_allowed = |action: &Action| match (action, role) {
        (Action::Accept | Action::Decline, Role::Supervisor)
        | (Action::Prepare | Action::Pack | Action::Ship, Role::Clerk | Role::Supervisor)
        | (Action::Cancel, Role::Clerk | Role::Supervisor | Role::Buyer) => true,
        (Action::Prepare | Action::Pack | Action::Ship, Role::Buyer | Role::Auditor)
        | (Action::Cancel, Role::Auditor)
        | (Action::Accept | Action::Decline, Role::Clerk | Role::Buyer | Role::Auditor)
        | (Action::Fill, _) => false,
    };
    let mut actions = progress.allowed_actions();
    actions.retain(is_allowed);
    if progress.state == OrderState::Held && role == Role::Buyer {
        actions.push(Action::Cancel);
    }
    actions
}

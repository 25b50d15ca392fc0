//! The news a change makes, as the outbox keeps it: the facts of the moment, for one correspondent.

use countersign_order::{
    Decided, Decision, EmailAddress, Entry, HoldEnd, LineUnits, PurchaseOrder, Reason,
};
use countersign_store::{Correspondent, MailDetail as StoredDetail, OrderRecord};

use crate::mail::{
    DeclineReason, MailDetail, MailEvent, MailLine, News, OrderAccepted, OrderDeclined, OrderHeld,
    OrderNumbers, Reader,
};

/// An event for an account, announcing a statement.
pub(super) fn event(to: &Correspondent, statement: u64, news: News) -> MailEvent {
    MailEvent {
        statement: Some(statement),
        ..notice(to, news)
    }
}

/// An event for an account, of which no statement tells.
pub(super) fn notice(to: &Correspondent, news: News) -> MailEvent {
    MailEvent {
        name: to.name.clone(),
        account: to.account.clone(),
        detail: match to.mail_detail {
            StoredDetail::Full => MailDetail::Full,
            StoredDetail::NumberOnly => MailDetail::NumberOnly,
        },
        language: to.correspondence.language.clone(),
        reader: Reader::Account,
        statement: None,
        copies: copies(to, &news),
        news,
    }
}

/// Who gets the news beside the account that ordered: mail about an order goes to the buyer's
/// address for orders, mail about a shipment also to the one for goods in. No address gets it twice.
fn copies(to: &Correspondent, news: &News) -> Vec<(Reader, EmailAddress)> {
    let (is_order, is_shipment) = match news {
        News::OrderShipped(_) => (true, true),
        News::OrderAccepted(_)
        | News::OrderHeld(_)
        | News::OrderDeclined(_)
        | News::OrderCancelled(_)
        | News::BackOrderFilled(_) => (true, false),
        News::KeyEnrolled(_)
        | News::KeyRevoked(_)
        | News::KeyExpiring(_)
        | News::PasswordChanged(_)
        | News::EmailChanged(_)
        | News::AccountDisabled(_)
        | News::AccountEnabled(_)
        | News::WebhookDisabled(_) => (false, false),
    };
    let agreed = &to.correspondence;
    let wanted = [
        (Reader::Orders, &agreed.orders_email, is_order),
        (Reader::GoodsIn, &agreed.goods_in_email, is_shipment),
    ];
    let mut copies: Vec<(Reader, EmailAddress)> = Vec::new();
    for (reader, address, is_wanted) in wanted {
        let is_new = |address: &EmailAddress| {
            *address != to.email && copies.iter().all(|(_, other)| other != address)
        };
        if let Some(address) = address
            .clone()
            .filter(|address| is_wanted && is_new(address))
        {
            copies.push((reader, address));
        }
    }
    copies
}

/// The news of a decision.
pub(super) fn decision(entry: &Entry, decided: &Decided) -> News {
    let order = &entry.order;
    let numbers = OrderNumbers {
        order: decided.order_id,
        purchase_order_number: order.purchase_order_number.clone(),
        sales_order_number: decided.sales_order_number,
    };
    match (decided.decision, decided.held_until) {
        (Decision::Accepted, _) => News::OrderAccepted(OrderAccepted {
            numbers,
            lines: accepted_lines(order, decided),
            currency: order.currency.code().to_owned(),
            total: order.total.amount(),
        }),
        (Decision::Held, held_until) => News::OrderHeld(OrderHeld {
            numbers,
            held_until: held_until.unwrap_or(decided.decided_at),
        }),
        (Decision::Declined, _) => News::OrderDeclined(OrderDeclined {
            numbers,
            reasons: decided
                .reasons
                .iter()
                .map(|reason| decline_reason(order, reason))
                .collect(),
        }),
    }
}

/// The news that a hold has ended.
pub(super) fn hold_ended(order: &OrderRecord, end: Option<&HoldEnd>) -> News {
    let numbers = numbers(order);
    let Some(end) = end else {
        let lines = order.lines.iter().map(|line| MailLine {
            sku: line.sku.to_string(),
            description: line.description.to_string(),
            quantity: line.progress.reserved,
            unit: line.unit.to_string(),
            back_ordered: line.progress.back_ordered,
        });
        return News::OrderAccepted(OrderAccepted {
            numbers,
            lines: lines.collect(),
            currency: order.total.currency.code().to_owned(),
            total: order.total.amount(),
        });
    };
    News::OrderDeclined(OrderDeclined {
        numbers,
        reasons: vec![DeclineReason {
            code: end.reason().code.as_str().to_owned(),
            sku: None,
            offered: None,
            current: end.note().map(ToString::to_string),
        }],
    })
}

/// The numbers of an order at rest.
pub(super) fn numbers(order: &OrderRecord) -> OrderNumbers {
    OrderNumbers {
        order: order.id,
        purchase_order_number: order.purchase_order_number.clone(),
        sales_order_number: order.sales_order_number,
    }
}

/// Lines of an order at rest, with the units that the news is about.
pub(super) fn lines(order: &OrderRecord, units: &[LineUnits]) -> Vec<MailLine> {
    units
        .iter()
        .filter_map(|units| {
            let line = order
                .lines
                .iter()
                .find(|line| line.progress.line == units.line)?;
            Some(MailLine {
                sku: line.sku.to_string(),
                description: line.description.to_string(),
                quantity: units.units,
                unit: line.unit.to_string(),
                back_ordered: line.progress.open(),
            })
        })
        .collect()
}

fn accepted_lines(order: &PurchaseOrder, decided: &Decided) -> Vec<MailLine> {
    order
        .lines
        .iter()
        .zip(&decided.lines)
        .map(|(line, promised)| MailLine {
            sku: line.sku.to_string(),
            description: line.description.to_string(),
            quantity: promised.accepted,
            unit: line.unit.to_string(),
            back_ordered: promised.back_ordered,
        })
        .collect()
}

fn decline_reason(order: &PurchaseOrder, reason: &Reason) -> DeclineReason {
    let sku = reason.line.and_then(|number| {
        let line = order.lines.iter().find(|line| line.line == number)?;
        Some(line.sku.to_string())
    });
    DeclineReason {
        code: reason.code.as_str().to_owned(),
        sku,
        offered: reason.offered.clone(),
        current: reason.current.clone(),
    }
}

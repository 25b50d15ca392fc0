//! What webhooks are told with a change: one event for each letter about an order or a key's enrolment.

use countersign_order::{Decided, Decision, Entry, OrderState};
use countersign_store::{LogHead, NewWebhookEvent};
use jiff::Timestamp;

use super::super::{Desk, DeskError, Work};
use crate::mail::{MailEvent, News};
use crate::webhooks::{EventKind, Facts, KeyFacts, OrderFacts, Subject, payload};

/// Tells webhooks what a mail tells, if they may want to know.
pub(in crate::desk) async fn announce(
    work: &mut Work<'_>,
    event: &MailEvent,
) -> Result<(), DeskError> {
    let Some(kind) = EventKind::of_mail(event.kind()) else {
        return Ok(());
    };
    if work.transaction.webhooks().await?.is_empty() {
        return Ok(());
    }
    let account = work.transaction.account(&event.account).await?;
    let Some(buyer) = account.and_then(|account| account.buyer) else {
        return Ok(());
    };
    let Some(subject) = subject(work, event).await? else {
        return Ok(());
    };
    let head = work.transaction.log_head().await?;
    let head = head.ok_or(DeskError::Inconsistent("log"))?;
    let facts = facts(&head, buyer.as_str(), event.statement, subject);
    let event = NewWebhookEvent {
        order: event.order().copied(),
        buyer,
        ..new_event(work.desk, kind, facts, work.now)?
    };
    let now = work.now;
    let transaction = &mut *work.transaction;
    Ok(transaction.insert_webhook_events(&[event], now).await?)
}

/// What a mail is about, as it stands now.
async fn subject(work: &mut Work<'_>, event: &MailEvent) -> Result<Option<Subject>, DeskError> {
    let Some(id) = event.order() else {
        return Ok(key_facts(event).map(Subject::Key));
    };
    let order = work.transaction.order(id).await?;
    let order = order.ok_or(DeskError::Inconsistent("order"))?;
    Ok(Some(Subject::Order(OrderFacts {
        order: id.to_string(),
        purchase_order_number: order.purchase_order_number.to_string(),
        sales_order_number: order.sales_order_number.map(|number| number.to_string()),
        state: order.state.as_str().to_owned(),
    })))
}

/// What webhooks are told of a decision.
pub(in crate::desk) fn of_decision(
    desk: &Desk,
    (head, statement): (&LogHead, u64),
    entry: &Entry,
    decided: &Decided,
) -> Result<NewWebhookEvent, DeskError> {
    let (kind, state) = match decided.decision {
        Decision::Accepted => (EventKind::OrderAccepted, OrderState::Accepted),
        Decision::Held => (EventKind::OrderHeld, OrderState::Held),
        Decision::Declined => (EventKind::OrderDeclined, OrderState::Declined),
    };
    let order = &entry.order;
    let subject = Subject::Order(OrderFacts {
        order: decided.order_id.to_string(),
        purchase_order_number: order.purchase_order_number.to_string(),
        sales_order_number: decided.sales_order_number.map(|number| number.to_string()),
        state: state.as_str().to_owned(),
    });
    let facts = facts(head, order.buyer.as_str(), Some(statement), subject);
    Ok(NewWebhookEvent {
        order: Some(decided.order_id),
        buyer: order.buyer.clone(),
        ..new_event(desk, kind, facts, decided.decided_at)?
    })
}

fn facts(head: &LogHead, buyer: &str, statement: Option<u64>, subject: Subject) -> Facts {
    Facts {
        buyer: buyer.to_owned(),
        statement,
        log: head.origin.to_string(),
        leaf: statement.map(|number| number.saturating_sub(head.first_statement)),
        subject,
    }
}

fn key_facts(event: &MailEvent) -> Option<KeyFacts> {
    let (key, fingerprint) = if let News::KeyEnrolled(enrolled) = &event.news {
        (enrolled.key, &enrolled.key_fingerprint)
    } else if let News::KeyRevoked(revoked) = &event.news {
        (revoked.key, &revoked.key_fingerprint)
    } else {
        return None;
    };
    Some(KeyFacts {
        account: event.account.to_string(),
        key: key.to_string(),
        key_fingerprint: fingerprint.clone(),
    })
}

/// An event without its order and buyer.
fn new_event(
    desk: &Desk,
    kind: EventKind,
    facts: Facts,
    at: Timestamp,
) -> Result<NewWebhookEvent, DeskError> {
    let buyer = facts
        .buyer
        .parse()
        .map_err(|_not_one| DeskError::Inconsistent("buyer"))?;
    let statement = facts.statement;
    let payload = payload(kind, at, desk.seller().origin().as_str(), facts)
        .map_err(|_unwritable| DeskError::Inconsistent("webhook event"))?;
    Ok(NewWebhookEvent {
        id: format!("msg_{}", hex::encode(desk.random().uuid_v7(at))),
        kind: kind.to_string(),
        buyer,
        order: None,
        statement,
        payload,
    })
}

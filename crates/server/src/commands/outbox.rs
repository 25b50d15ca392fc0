//! `opd outbox`: mail that waits, was given up, or was sent.

use countersign_order::time::write_instant;
use countersign_store::{MailFilter, MailRecord, MailState};
use serde::Serialize;

use super::{ROWS, counted, moment, whole};
use crate::cli::{Outbox, OutboxRetry};
use crate::context::{Context, Shop};
use crate::desk::operations::RetryMail;
use crate::failure::Failure;
use crate::output::table;

/// A mail as the operator sees it.
#[derive(Debug, Serialize)]
struct MailView {
    number: u64,
    event: String,
    kind: String,
    to: String,
    state: &'static str,
    attempts: u32,
    created_at: String,
    due_at: String,
    last_error: Option<String>,
}

pub(super) async fn run(context: &Context, outbox: &Outbox) -> Result<(), Failure> {
    let shop = context.shop().await?;
    match outbox {
        Outbox::List(list) => self::list(context, &shop, list.all).await,
        Outbox::Retry(retry) => self::retry(context, &shop, retry).await,
    }
}

async fn list(context: &Context, shop: &Shop, all: bool) -> Result<(), Failure> {
    let mails = mails(shop, None).await?;
    let mails: Vec<_> = mails
        .into_iter()
        .filter(|mail| all || mail.state != MailState::Sent)
        .collect();
    let views: Vec<_> = mails.iter().map(mail_view).collect();
    context.output.data(&whole(&views), || {
        let head = [
            ">NUMBER",
            "STATE",
            "KIND",
            "TO",
            ">TRIES",
            "DUE",
            "LAST ERROR",
        ];
        let cells: Vec<_> = mails.iter().map(cells).collect();
        table(&head, &cells)
    })
}

async fn retry(context: &Context, shop: &Shop, retry: &OutboxRetry) -> Result<(), Failure> {
    let numbers = if retry.numbers.is_empty() {
        let dead = mails(shop, Some(MailState::Dead)).await?;
        dead.into_iter().map(|mail| mail.number).collect()
    } else {
        retry.numbers.clone()
    };
    for number in &numbers {
        shop.run(RetryMail { number: *number }).await?;
    }
    context.output.message(&match numbers.len() {
        0 => "Nothing was given up.".to_owned(),
        count => format!(
            "Due now: {}. A running server does the rest.",
            counted(count, "mail")
        ),
    });
    Ok(())
}

async fn mails(shop: &Shop, state: Option<MailState>) -> Result<Vec<MailRecord>, Failure> {
    let filter = MailFilter { state };
    let mut view = shop.look().await?;
    let mut mails = Vec::new();
    let mut before = None;
    loop {
        let page = view.mails(&filter, before, ROWS).await?;
        before = page.rows.last().map(|mail| mail.number);
        mails.extend(page.rows);
        if !page.more {
            return Ok(mails);
        }
    }
}

fn mail_view(mail: &MailRecord) -> MailView {
    MailView {
        number: mail.number,
        event: mail.event_id.clone(),
        kind: mail.kind.clone(),
        to: mail.to.to_string(),
        state: state(mail),
        attempts: mail.attempts,
        created_at: write_instant(mail.created_at),
        due_at: write_instant(mail.due_at),
        last_error: mail.last_error.clone(),
    }
}

fn cells(mail: &MailRecord) -> Vec<String> {
    vec![
        mail.number.to_string(),
        state(mail).to_owned(),
        mail.kind.clone(),
        mail.to.to_string(),
        mail.attempts.to_string(),
        match mail.state {
            MailState::Waiting => moment(mail.due_at),
            MailState::Sent | MailState::Dead => String::new(),
        },
        mail.last_error.clone().unwrap_or_default(),
    ]
}

fn state(mail: &MailRecord) -> &'static str {
    match mail.state {
        MailState::Waiting => "waiting",
        MailState::Sent => "sent",
        MailState::Dead => "given up",
    }
}

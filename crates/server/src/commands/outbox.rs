//! `opd outbox`: mail that waits, was given up, or was sent.

use std::cmp::Reverse;

use countersign_api::{MailState, MailView};

use super::place::Place;
use super::{counted, moment, whole};
use crate::cli::{Outbox, OutboxRetry};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::table;

pub(super) async fn run(context: &Context, outbox: &Outbox) -> Result<(), Failure> {
    let place = Place::of(context).await?;
    match outbox {
        Outbox::List(list) => self::list(context, &place, list.all).await,
        Outbox::Retry(retry) => self::retry(context, &place, retry).await,
    }
}

async fn list(context: &Context, place: &Place, all: bool) -> Result<(), Failure> {
    let mails = if all {
        place.mails(None).await?
    } else {
        let mut mails = place.mails(Some(MailState::Waiting)).await?;
        mails.extend(place.mails(Some(MailState::GivenUp)).await?);
        mails.sort_by_key(|mail| Reverse(mail.number));
        mails
    };
    context.output.data(&whole(&mails), || {
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

async fn retry(context: &Context, place: &Place, retry: &OutboxRetry) -> Result<(), Failure> {
    let numbers = if retry.numbers.is_empty() {
        let dead = place.mails(Some(MailState::GivenUp)).await?;
        dead.into_iter().map(|mail| mail.number).collect()
    } else {
        retry.numbers.clone()
    };
    for number in &numbers {
        place.retry_mail(*number).await?;
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

fn cells(mail: &MailView) -> Vec<String> {
    vec![
        mail.number.to_string(),
        mail.state.as_str().to_owned(),
        mail.kind.clone(),
        mail.to.to_string(),
        mail.attempts.to_string(),
        match mail.state {
            MailState::Waiting => moment(mail.due_at),
            MailState::Sent | MailState::GivenUp => String::new(),
        },
        mail.last_error.clone().unwrap_or_default(),
    ]
}

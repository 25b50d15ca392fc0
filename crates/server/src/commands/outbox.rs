//! `opd outbox`: mail that waits, was given up, or was sent.

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
    let mut mails = place.mails(None).await?;
    mails.retain(|mail| all || mail.state != MailState::Sent);
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
        let given_up = place.mails(Some(MailState::GivenUp)).await?;
        given_up.into_iter().map(|mail| mail.number).collect()
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
        state(mail.state).to_owned(),
        mail.kind.clone(),
        mail.to.clone(),
        mail.attempts.to_string(),
        match mail.state {
            MailState::Waiting => moment(mail.due_at),
            MailState::Sent | MailState::GivenUp => String::new(),
        },
        mail.last_error.clone().unwrap_or_default(),
    ]
}

fn state(state: MailState) -> &'static str {
    match state {
        MailState::Waiting => "waiting",
        MailState::Sent => "sent",
        MailState::GivenUp => "given up",
    }
}

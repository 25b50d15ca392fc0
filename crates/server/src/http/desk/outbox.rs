//! `GET /v1/desk/outbox`, `POST /v1/desk/outbox/{number}/retry`: what is mailed, and what could not be.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Code, MailQuery, MailView, Page};
use countersign_store::{MailFilter, MailRecord, MailState};
use http::StatusCode;

use super::super::House;
use super::super::access::SignedIn;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::query;
use crate::desk::operations::RetryMail;

/// Lists mails.
pub(crate) async fn outbox(
    State(house): State<Arc<House>>,
    asked: Result<Query<MailQuery>, QueryRejection>,
) -> Result<Json<Page<MailView>>, Refused> {
    let asked = query::read(asked)?;
    let before = query::after(asked.after.as_deref())?;
    let filter = MailFilter {
        state: asked.state.map(stored_state),
    };
    let mut view = house.desk.store().read().await?;
    let page = view
        .mails(&filter, before, query::rows(asked.limit))
        .await?;
    let key = |mail: &MailRecord| mail.number.to_string();
    Ok(Json(query::page(page, key, mail_view)))
}

/// Makes a mail due now.
pub(crate) async fn retry_mail(
    State(house): State<Arc<House>>,
    signed_in: SignedIn,
    Named(number): Named,
) -> Result<StatusCode, Refused> {
    let number = number.parse().map_err(|_| Code::NotFound)?;
    let operation = RetryMail { number };
    house.desk.run(&signed_in.actor(), operation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A mail for the outside.
pub(crate) fn mail_view(mail: MailRecord) -> MailView {
    MailView {
        number: mail.number,
        event: mail.event_id,
        kind: mail.kind,
        to: mail.to.to_string(),
        state: match mail.state {
            MailState::Waiting => countersign_api::MailState::Waiting,
            MailState::Sent => countersign_api::MailState::Sent,
            MailState::Dead => countersign_api::MailState::GivenUp,
        },
        attempts: mail.attempts,
        created_at: mail.created_at,
        due_at: mail.due_at,
        last_error: mail.last_error,
    }
}

/// A state as the store knows it.
pub(crate) fn stored_state(state: countersign_api::MailState) -> MailState {
    match state {
        countersign_api::MailState::Waiting => MailState::Waiting,
        countersign_api::MailState::Sent => MailState::Sent,
        countersign_api::MailState::GivenUp => MailState::Dead,
    }
}

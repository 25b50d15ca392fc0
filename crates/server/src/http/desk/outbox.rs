//! `GET /v1/desk/outbox`, `POST /v1/desk/outbox/{number}/retry`: mail that waits, was given up, or was
//! sent.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_api::{Code, MailQuery, MailState, MailView, Page};
use countersign_store::{MailFilter, MailRecord, MailState as Stored};
use http::StatusCode;

use super::super::App;
use super::super::access::SignedIn;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::query;
use crate::desk::operations::RetryMail;

/// Lists mail.
pub(in crate::http) async fn outbox(
    State(app): State<Arc<App>>,
    asked: Result<Query<MailQuery>, QueryRejection>,
) -> Result<Json<Page<MailView>>, Refused> {
    let asked = query::read(asked)?;
    let before = query::after(asked.after.as_deref())?;
    let filter = mail_filter(asked.state);
    let mut view = app.desk.store().read().await?;
    let page = view
        .mails(&filter, before, query::rows(asked.limit))
        .await?;
    let key = |mail: &MailRecord| mail.number.to_string();
    Ok(Json(query::page(page, key, mail_view)))
}

/// Sends a mail again.
pub(in crate::http) async fn retry_mail(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(number): Named,
) -> Result<StatusCode, Refused> {
    let number = number.parse().map_err(|_| Code::NotFound)?;
    let operation = RetryMail { number };
    app.desk.run(&signed_in.actor(), operation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The mails that have come this far, or all.
pub(crate) fn mail_filter(state: Option<MailState>) -> MailFilter {
    let state = state.map(|state| match state {
        MailState::Waiting => Stored::Waiting,
        MailState::Sent => Stored::Sent,
        MailState::GivenUp => Stored::Dead,
    });
    MailFilter { state }
}

/// A mail as the seller sees it.
pub(crate) fn mail_view(mail: MailRecord) -> MailView {
    MailView {
        number: mail.number,
        event: mail.event_id,
        kind: mail.kind,
        to: mail.to,
        state: match mail.state {
            Stored::Waiting => MailState::Waiting,
            Stored::Sent => MailState::Sent,
            Stored::Dead => MailState::GivenUp,
        },
        attempts: mail.attempts,
        created_at: mail.created_at,
        due_at: mail.due_at,
        last_error: mail.last_error,
    }
}

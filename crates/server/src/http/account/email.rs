//! `POST /v1/account/email`: where the account's mail goes, for whoever knows the password.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use countersign_api::EmailChange;
use http::{HeaderMap, StatusCode};

use super::super::access::SignedIn;
use super::super::problem::Refused;
use super::super::{App, body};
use super::expect_password;
use crate::desk::operations::ChangeEmail;
use crate::source::Source;

/// Changes the address; the old one is told.
pub(crate) async fn email(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Extension(source): Extension<Source>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Refused> {
    let request: EmailChange = body::json(&app, signed_in.account(), &headers, body).await?;
    let matched = expect_password(&app, &signed_in, request.password, source).await?;
    let operation = ChangeEmail {
        account: signed_in.account().clone(),
        email: request.email,
        matched: Some(matched),
    };
    app.desk.run(&signed_in.actor(), operation).await?;
    Ok(StatusCode::NO_CONTENT)
}

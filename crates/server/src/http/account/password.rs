//! `POST /v1/account/password`: a new password, for whoever knows the old one.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::{Extension, Json};
use countersign_api::{Code, PasswordChange, Session};
use http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

use super::super::access::SignedIn;
use super::super::problem::Refused;
use super::super::{App, body, sessions};
use super::expect_password;
use crate::desk::ChangePassword;
use crate::desk::passwords::Password;
use crate::source::Source;

/// Changes the password. Every session ends, this one too, and the answer is a new one.
pub(crate) async fn password(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Extension(source): Extension<Source>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Session>), Refused> {
    let request: PasswordChange = body::json(&app, signed_in.account(), &headers, body).await?;
    let chosen = Password::new(Zeroizing::new(request.new_password));
    let chosen = chosen.map_err(|_unfit| Code::PasswordNotAccepted)?;
    let matched = expect_password(&app, &signed_in, request.password, source).await?;
    let operation = ChangePassword {
        account: signed_in.account().clone(),
        matched,
        verifier: app.authenticator.hash(&app.desk, chosen, source).await?,
    };
    let opened = app.desk.run(&signed_in.actor(), operation).await?;
    Ok(sessions::view(opened))
}

//! `POST /v1/sessions`: whatever is wrong with an attempt, the answer is the same.

use std::sync::Arc;

use axum::Extension;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use countersign_api::{Session, SessionRequest};
use http::StatusCode;
use zeroize::Zeroizing;

use super::super::App;
use super::super::body;
use super::super::problem::Refused;
use crate::desk::Actor;
use crate::desk::sessions::{OpenSession, Opened};
use crate::desk::sign_in::{Claim, Recognised, SignInError};
use crate::source::Source;

/// Signs an account in.
pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(source): Extension<Source>,
    body: Body,
) -> Result<(StatusCode, Json<Session>), Refused> {
    let claim = read(&app, body).await;
    let recognised = app.authenticator.recognise(&app.desk, claim, source).await;
    app.desk.metrics().signed_in(recognised.is_ok());
    Ok(super::view(open(&app, recognised?).await?))
}

/// Opens the session of an account whose password was right.
pub(super) async fn open(app: &App, recognised: Recognised) -> Result<Opened, SignInError> {
    let actor = Actor::account(&recognised.account);
    let operation = OpenSession {
        account: recognised.account,
        matched: Some(recognised.matched),
        stronger: recognised.stronger,
    };
    Ok(app.desk.run(&actor, operation).await?)
}

async fn read(app: &App, body: Body) -> Option<Claim> {
    let bytes = Zeroizing::new(body::read_small(app, body).await.ok()?);
    let request: SessionRequest = serde_json::from_slice(&bytes).ok()?;
    Some(Claim {
        id: request.id,
        password: Zeroizing::new(request.password),
    })
}

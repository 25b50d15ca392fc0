//! `DELETE /v1/sessions/current`.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use super::super::App;
use super::super::access::SignedIn;
use super::super::problem::Refused;
use crate::desk::sessions::EndSession;

/// Ends the session.
pub(crate) async fn sign_out(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
) -> Result<StatusCode, Refused> {
    let actor = signed_in.actor();
    let token_sha256 = signed_in.0.token_sha256;
    app.desk.run(&actor, EndSession { token_sha256 }).await?;
    Ok(StatusCode::NO_CONTENT)
}

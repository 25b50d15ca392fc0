//! `POST /v1/keys/challenges`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use countersign_api::KeyChallenge;
use http::StatusCode;

use super::super::App;
use super::super::access::SignedIn;
use super::super::problem::Refused;
use crate::desk::sessions::MakeChallenge;

/// Makes a challenge for a new key to sign.
pub(crate) async fn challenge(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
) -> Result<(StatusCode, Json<KeyChallenge>), Refused> {
    let account = signed_in.account().clone();
    let made = app
        .desk
        .run(&signed_in.actor(), MakeChallenge { account })
        .await?;
    let challenge = KeyChallenge {
        challenge: made.text,
        expires_at: made.expires_at,
    };
    Ok((StatusCode::CREATED, Json(challenge)))
}

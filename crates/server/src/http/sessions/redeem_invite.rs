//! `POST /v1/invites/redeem`: sets the password once; later the same code and password sign in.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::{Extension, Json};
use countersign_api::{Code, InviteRedemption, Session};
use http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

use super::super::App;
use super::super::body;
use super::super::problem::Refused;
use super::sign_in::open;
use crate::desk::Actor;
use crate::desk::invites::{self, InviteState, RedeemInvite};
use crate::desk::passwords::Password;
use crate::desk::sign_in::Claim;
use crate::source::Source;

/// Sets the password of an invited account and signs it in.
pub(crate) async fn redeem_invite(
    State(app): State<Arc<App>>,
    Extension(source): Extension<Source>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Session>), Refused> {
    let request: InviteRedemption = body::small_json(&app, &headers, body).await?;
    let chosen = Zeroizing::new(request.password);
    let password = Password::new(chosen.clone()).map_err(|_unfit| Code::PasswordNotAccepted)?;
    let opened = match invites::look_up(&app.desk, &request.code).await? {
        InviteState::Fresh(account) => {
            let verifier = app.authenticator.hash(&app.desk, password, source).await?;
            let operation = RedeemInvite {
                code: request.code,
                verifier,
            };
            app.desk.run(&Actor::account(&account), operation).await?
        }
        InviteState::Redeemed(account) => {
            let claim = Claim {
                id: account.to_string(),
                password: chosen,
            };
            let recognised = app
                .authenticator
                .recognise(&app.desk, Some(claim), source)
                .await?;
            open(&app, recognised).await?
        }
        InviteState::Void => {
            // Guessing codes costs what guessing passwords costs, in time and in tokens.
            app.authenticator.recognise(&app.desk, None, source).await?;
            return Err(Code::SignInNotAccepted.into());
        }
    };
    Ok(super::view(opened))
}

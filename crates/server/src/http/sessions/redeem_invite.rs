//! `POST /v1/invites/redeem`: sets the password once; later the same code and password sign in.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::{Extension, Json};
use countersign_api::{Code, InviteRedemption, Session};
use http::{HeaderMap, StatusCode};
use zeroize::Zeroizing;

use super::super::House;
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
    State(house): State<Arc<House>>,
    Extension(source): Extension<Source>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Session>), Refused> {
    let request: InviteRedemption = body::small_json(&house, &headers, body).await?;
    let chosen = Zeroizing::new(request.password);
    let password = Password::new(chosen.clone()).map_err(|_unfit| Code::PasswordNotAccepted)?;
    let opened = match invites::look_up(&house.desk, &request.code).await? {
        InviteState::Fresh(account) => {
            let verifier = house.door.hash(&house.desk, password, source).await?;
            let operation = RedeemInvite {
                code: request.code,
                verifier,
            };
            house.desk.run(&Actor::account(&account), operation).await?
        }
        InviteState::Redeemed(account) => {
            let claim = Claim {
                id: account.to_string(),
                password: chosen,
            };
            let recognised = house
                .door
                .recognise(&house.desk, Some(claim), source)
                .await?;
            open(&house, recognised).await?
        }
        InviteState::Void => {
            // Guessing codes costs what guessing passwords costs, in time and in tokens.
            house.door.recognise(&house.desk, None, source).await?;
            return Err(Code::SignInNotAccepted.into());
        }
    };
    Ok(super::view(opened))
}

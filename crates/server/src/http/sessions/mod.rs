//! Sessions: signing in, redeeming an invite, signing out.

mod redeem_invite;
mod sign_in;
mod sign_out;

use axum::Json;
use countersign_api::{AccountView, Session};
use http::StatusCode;

use crate::desk::sessions::Opened;

pub(super) use redeem_invite::redeem_invite;
pub(super) use sign_in::sign_in;
pub(super) use sign_out::sign_out;

/// A session that was opened, for its holder alone.
pub(super) fn view(opened: Opened) -> (StatusCode, Json<Session>) {
    let session = Session {
        token: opened.token.expose().to_owned(),
        expires_at: opened.ends_at,
        account: AccountView {
            id: opened.account,
            buyer: opened.buyer,
            role: opened.role,
        },
    };
    (StatusCode::CREATED, Json(session))
}

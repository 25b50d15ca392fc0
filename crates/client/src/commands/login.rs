//! `po login` and `po logout`: the session that commands share.

use countersign_api::{Session, SessionRequest};
use serde_json::json;

use super::trust::pin_at;
use crate::cli::Login;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::home::{KeptSession, Pinned};
use crate::http::Api;

pub(crate) fn run(context: &Context, login: &Login) -> Result<Exit, Failure> {
    let pinned = pin_at(context, &login.host, login.port)?;
    let (mut api, _) = context.connect(&pinned)?;
    let session = sign_in(context, &pinned, &mut api, &login.id)?;
    context.output.data(
        &json!({ "account": session.account, "buyer": session.buyer, "seller": pinned.origin }),
        || format!("{} is signed in to {}", session.account, pinned.origin),
    )?;
    Ok(Exit::Ok)
}

/// Signs in with ID and password, and keeps the session.
pub(crate) fn sign_in(
    context: &Context,
    pinned: &Pinned,
    api: &mut Api,
    id: &str,
) -> Result<KeptSession, Failure> {
    let password = context.password(&format!("Password of {id}: "))?;
    let request = SessionRequest {
        id: id.to_owned(),
        password: password.to_string(),
    };
    let session = api.post("/v1/sessions", &request)?;
    keep(context, pinned, api, session)
}

/// Keeps a session and goes on in it.
pub(crate) fn keep(
    context: &Context,
    pinned: &Pinned,
    api: &mut Api,
    session: Session,
) -> Result<KeptSession, Failure> {
    let kept = KeptSession {
        token: session.token,
        account: session.account.id,
        buyer: session.account.buyer,
        expires_at: session.expires_at,
    };
    context.home.keep_session(&pinned.origin, &kept)?;
    api.use_session(kept.clone());
    Ok(kept)
}

pub(crate) fn log_out(context: &Context) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    match api.delete("/v1/sessions/current") {
        Ok(()) => {}
        // A session that has ended already needs no ending.
        Err(failure) if failure.exit == Exit::SignIn => {}
        Err(failure) => return Err(failure),
    }
    context.home.forget_session(&pinned.origin)?;
    context
        .output
        .message(&format!("signed out of {}", pinned.origin));
    Ok(Exit::Ok)
}

//! `opd login` and `opd logout`: working at a desk elsewhere.

use countersign_api::{Session as Opened, SessionRequest};
use countersign_order::Role;
use serde_json::json;
use ureq::http::Method;

use crate::cli::Login;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::remote::{Remote, Session, pin};

pub(super) fn log_in(context: &Context, wanted: &Login) -> Result<(), Failure> {
    let logins = Context::logins()?;
    let mut login = pin(&logins, wanted, context.input, context.output)?;
    let remote = Remote::of(&mut login, &logins, &context.clock)?;
    let prompt = format!("Password of {}: ", wanted.id);
    let password = context
        .input
        .password(wanted.password_file.as_deref(), &prompt)?;
    let request = SessionRequest {
        id: wanted.id.clone(),
        password: password.as_str().to_owned(),
    };
    let opened: Opened = remote.send_json(Method::POST, "/v1/sessions", &request)?;
    if opened.account.role == Role::Buyer {
        let message = format!("{} is a buyer's account", opened.account.id);
        return Err(Failure::new(Exit::Failure, message)
            .advise("opd is for the seller's people; buyers sign in with: po login HOST PORT ID"));
    }
    let session = Session {
        token: opened.token,
        account: opened.account.id,
        role: opened.account.role,
        expires_at: opened.expires_at,
    };
    login.session = Some(session.clone());
    logins.keep(&login)?;
    let document = json!({
        "account": session.account,
        "role": session.role,
        "seller": login.origin,
    });
    context.output.data(&document, || {
        let (account, role) = (&session.account, session.role.as_str());
        format!("{account} is signed in to {} as {role}", login.origin)
    })
}

pub(super) fn log_out(context: &Context) -> Result<(), Failure> {
    let logins = Context::logins()?;
    let remote = Remote::signed_in(&logins, &context.clock)?;
    match remote.sign_out() {
        // A session that has ended already needs no ending.
        Err(failure) if failure.exit != Exit::SignIn => return Err(failure),
        Ok(()) | Err(_) => {}
    }
    let Some(mut login) = logins.read()? else {
        return Ok(());
    };
    login.session = None;
    logins.keep(&login)?;
    let origin = &login.origin;
    context.output.message(&format!("signed out of {origin}"));
    Ok(())
}

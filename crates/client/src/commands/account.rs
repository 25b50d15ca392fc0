//! `po password` and `po email`: what holds for the account itself.

use countersign_api::{EmailChange, PasswordChange, Session};
use serde_json::json;

use super::login;
use crate::cli::{NewEmail, NewPassword};
use crate::context::Context;
use crate::failure::{Exit, Failure};

pub(crate) fn change_password(context: &Context, new: &NewPassword) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (mut api, _) = context.signed_in(&pinned)?;
    let account = api.session()?.account.clone();
    let request = PasswordChange {
        password: context
            .password(&format!("Password of {account} until now: "))?
            .to_string(),
        new_password: context
            .next_password(new.new_password_file.as_deref())?
            .to_string(),
    };
    let session: Session = api.post("/v1/account/password", &request)?;
    // The session before has ended with the password.
    let session = login::keep(context, &pinned, &mut api, session)?;
    context.output.data(
        &json!({ "account": session.account, "seller": pinned.origin }),
        || {
            format!(
                "the password of {} is changed; its other sessions have ended",
                session.account
            )
        },
    )?;
    Ok(Exit::Ok)
}

pub(crate) fn change_email(context: &Context, new: &NewEmail) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    let account = api.session()?.account.clone();
    let password = context.password(&format!("Password of {account}: "))?;
    let request = EmailChange {
        password: password.to_string(),
        email: new.email.clone(),
    };
    api.post_for_nothing("/v1/account/email", &request)?;
    context.output.data(
        &json!({ "account": account, "email": new.email, "seller": pinned.origin }),
        || format!("mail of {account} goes to {}", new.email),
    )?;
    Ok(Exit::Ok)
}

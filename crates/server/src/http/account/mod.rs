//! The account's own password and address, changed by whoever knows the password.

mod email;
mod password;

use zeroize::Zeroizing;

use super::App;
use super::access::SignedIn;
use super::problem::Refused;
use crate::desk::sign_in::Claim;
use crate::source::Source;

pub(super) use email::email;
pub(super) use password::password;

/// Expects the password of whoever is signed in: a session alone changes nothing here. Gives the verifier that
/// it matched, which must still be the account's when the change is made.
pub(super) async fn expect_password(
    app: &App,
    signed_in: &SignedIn,
    password: String,
    source: Source,
) -> Result<String, Refused> {
    let claim = Claim {
        id: signed_in.account().to_string(),
        password: Zeroizing::new(password),
    };
    let authenticator = &app.authenticator;
    let recognised = authenticator
        .recognise(&app.desk, Some(claim), source)
        .await?;
    Ok(recognised.matched)
}

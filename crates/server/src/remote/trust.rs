//! Whether a server is the seller that is meant: its root is compared once, by a person or with a
//! fingerprint, and everything after that rests on it.

use countersign_api::SellerView;
use countersign_connection::seller_statement;
use countersign_envelope::Certificate;
use countersign_order::{Digest, SellerStatement};

use super::api::ask_who;
use super::login::{Login, Logins, address};
use crate::cli;
use crate::failure::{Exit, Failure};
use crate::input::Input;
use crate::output::Output;

/// How many of a fingerprint's last characters a person types.
const TYPED_CHARACTERS: usize = 8;

/// Pins the seller at an address, or finds it pinned. Nothing of the person's is sent to it before.
pub(crate) fn pin(
    logins: &Logins,
    wanted: &cli::Login,
    input: Input,
    output: Output,
) -> Result<Login, Failure> {
    let known = logins.read()?;
    let known_root = known.as_ref().map(Login::root).transpose()?;
    let view = ask_who(&address(&wanted.host, wanted.port), None)?;
    let root = Certificate::from_pem(&view.certificates.root)
        .map_err(|error| invalid(&format!("the server's root certificate: {error}")))?;
    let statement = shown(&view, &root)?;
    let fingerprint = statement.common.seller_root;
    let is_known = known_root.is_some_and(|known| known.fingerprint() == root.fingerprint());
    match &wanted.fingerprint {
        Some(expected) if *expected == fingerprint => {}
        Some(expected) => {
            let message = format!("the server's root is {fingerprint}, not {expected}");
            return Err(Failure::new(Exit::Invalid, message)
                .advise("this is not the seller you were told about: nothing was sent to it"));
        }
        None if is_known => {}
        None => confirm(wanted, &statement, input, output)?,
    }
    let known = known.filter(|_| is_known);
    let seen = known.as_ref().map_or(0, |known| known.statement);
    let login = Login {
        origin: statement.common.seller.clone(),
        host: wanted.host.clone(),
        port: wanted.port,
        root: root.to_pem(),
        statement: not_older(&statement, seen)?,
        // A sign-in that fails ends no session.
        session: known.and_then(|known| known.session),
    };
    logins.keep(&login)?;
    Ok(login)
}

/// Asks the pinned seller for its statement, which must not be older than one seen before.
pub(crate) fn meet(login: &mut Login, logins: &Logins) -> Result<SellerStatement, Failure> {
    let root = login.root()?;
    let view = ask_who(&login.address(), Some(&root))?;
    let statement = shown(&view, &root)?;
    if statement.common.seller != login.origin {
        let origin = &statement.common.seller;
        let message = format!("this server says it is {origin}, not {}", login.origin);
        return Err(invalid(&message));
    }
    let newest = not_older(&statement, login.statement)?;
    if newest != login.statement {
        login.statement = newest;
        logins.keep(login)?;
    }
    Ok(statement)
}

fn not_older(statement: &SellerStatement, seen: u64) -> Result<u64, Failure> {
    if statement.number < seen {
        return Err(invalid(
            "the seller statement is older than one seen before",
        ));
    }
    Ok(statement.number)
}

fn shown(view: &SellerView, root: &Certificate) -> Result<SellerStatement, Failure> {
    let statement = seller_statement(view.statement.as_bytes(), root)
        .map_err(|error| invalid(&error.to_string()))?;
    if statement.common.seller != view.origin {
        return Err(invalid("the seller statement names another seller"));
    }
    Ok(statement)
}

/// Lets a person compare the fingerprint with what the operator told them.
fn confirm(
    wanted: &cli::Login,
    statement: &SellerStatement,
    input: Input,
    output: Output,
) -> Result<(), Failure> {
    let origin = &statement.common.seller;
    let fingerprint: &Digest = &statement.common.seller_root;
    let text = fingerprint.to_string();
    if !input.asks() {
        let cli::Login { host, port, id, .. } = wanted;
        let message = format!("the seller at {host} {port} is not pinned");
        return Err(Failure::new(Exit::Failure, message).advise(format!(
            "if {origin} has this fingerprint, by opd seller show, sign in with: \
             opd login {host} {port} {id} --fingerprint {text}"
        )));
    }
    output.message(&format!(
        "This server says it is {origin}, with the root certificate\n  {text}\n\
         Compare it with what opd seller show says on the server.",
    ));
    let typed = Input::line("Type its last 8 characters to trust it: ")?;
    if typed.chars().count() == TYPED_CHARACTERS && text.ends_with(&typed) {
        return Ok(());
    }
    let message = "the characters do not match: the seller is not trusted";
    Err(Failure::new(Exit::Failure, message)
        .advise("nothing was sent to it: ask the operator for the fingerprint, then try again"))
}

fn invalid(message: &str) -> Failure {
    Failure::new(Exit::Invalid, message)
        .advise("do not rely on this server's answers, and ask the operator")
}

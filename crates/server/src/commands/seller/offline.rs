//! `opd seller sign` and `opd seller import`: a root that never comes to the server, and service keys
//! that never leave it.

use std::path::Path;

use countersign_order::time::write_instant;
use countersign_order::{CertificateUse, SellerStatement};
use serde::Serialize;

use super::rotate::{report, unwritten};
use super::{closed, root_key, word};
use crate::cli::{ImportStatement, SignRequest};
use crate::commands::moment;
use crate::context::Context;
use crate::desk::rotate::StateSeller;
use crate::failure::{Exit, Failure};
use crate::files::{Readers, read_bounded, write_new};
use crate::output::facts;
use crate::seller::{
    Change, REQUEST_MAX_BYTES, Request, RequestError, Seller, lock_keys, names, write_in_force,
};

/// What the root has signed, for programs.
#[derive(Debug, Serialize)]
struct Signed<'a> {
    statement: u64,
    #[serde(rename = "use")]
    purpose: CertificateUse,
    key_fingerprint: String,
    names: Vec<String>,
    revokes: bool,
    /// By the server's clock.
    asked_at: String,
    file: &'a Path,
}

/// Shows what is asked, and has the root sign it.
pub(in crate::commands) fn sign(context: &Context, asked: &SignRequest) -> Result<(), Failure> {
    let bytes = read_bounded(&asked.request, REQUEST_MAX_BYTES)
        .map_err(|error| Failure::unread(&asked.request, &error))?;
    let request = Request::parse(&bytes).map_err(|error| unusable(&asked.request, error))?;
    let key_fingerprint = request.rotation.key.fingerprint().to_string();
    context
        .output
        .message(&describe(&request, &key_fingerprint));
    let named = (&request.statement.common.seller, &request.root);
    let root = root_key(
        context,
        named,
        &asked.root,
        asked.passphrase_file.as_deref(),
    )?;
    let Request {
        statement,
        rotation,
        at,
        ..
    } = &request;
    let der = rotation
        .sign(&root, statement, context.random, *at)
        .map_err(|error| Failure::caused_by(&error))?;
    write_new(&asked.out, &der, Readers::Everyone)
        .map_err(|error| unwritten(&asked.out, &error))?;
    let signed = Signed {
        statement: statement.number.saturating_add(1),
        purpose: rotation.purpose,
        key_fingerprint,
        names: names(&rotation.usage),
        revokes: rotation.revokes,
        asked_at: write_instant(*at),
        file: &asked.out,
    };
    context.output.data(&signed, || {
        let file = asked.out.display();
        format!(
            "Signed seller statement {}: {file}\n\
             If the fingerprint is the one that the server has shown, take the file there, and:\n\
             \x20 opd seller import {file}\n\
             Otherwise delete it: somebody asks for a key of their own.",
            signed.statement
        )
    })
}

fn describe(request: &Request, key_fingerprint: &str) -> String {
    let Request {
        root,
        statement,
        rotation,
        at,
    } = request;
    let revokes = if rotation.revokes {
        "are revoked"
    } else {
        "stay good for 30 days"
    };
    let mut asked = vec![
        ("asked by", statement.common.seller.to_string()),
        ("asked at", moment(*at)),
        ("root", root.fingerprint().to_string()),
        ("after statement", statement.number.to_string()),
        ("new key for", word(rotation.purpose).to_owned()),
        ("fingerprint", key_fingerprint.to_owned()),
        ("those before", revokes.to_owned()),
    ];
    let names = names(&rotation.usage);
    if !names.is_empty() {
        asked.push(("names", names.join(", ")));
    }
    facts(&asked)
}

fn unusable(file: &Path, error: RequestError) -> Failure {
    let message = format!("{} cannot be used: {error}", file.display());
    Failure::new(Exit::Invalid, message)
        .advise("make it again on the server: opd seller rotate USE --request FILE")
}

/// Takes back what the root has signed.
pub(super) async fn import(context: &Context, asked: &ImportStatement) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let seller = shop.desk.seller();
    let der = read_bounded(&asked.file, REQUEST_MAX_BYTES)
        .map_err(|error| Failure::unread(&asked.file, &error))?;
    let statement = countersign_connection::seller_statement(&der, seller.root())
        .map_err(|error| foreign(&asked.file, seller, error))?;
    if der == seller.statement_der() {
        let number = statement.number;
        context
            .output
            .message(&format!("Seller statement {number} is in force already."));
        return Ok(());
    }
    let change = change(seller, &statement)?;
    must_be_meant(&change, asked.revoke)?;
    let _keys = lock_keys(&context.data)?;
    let passphrase = Context::service_passphrase()?;
    let next = seller
        .followed_by(&context.data, passphrase.as_ref(), der.clone())
        .map_err(|error| {
            let failure = Failure::from(error);
            let message = format!(
                "the key that the root has vouched for cannot be used here: {}",
                failure.message
            );
            Failure { message, ..failure }.advise(
                "import it where opd seller rotate --request was run, and before another rotation; \
                 nothing was changed",
            )
        })?;
    let _lock = closed(&shop, change.added.purpose, change.revokes)?;
    let signed = StateSeller::Signed {
        der,
        change: change.clone(),
    };
    shop.run(signed).await?;
    write_in_force(&context.data, &next)?;
    report(context, change.added.purpose, change.revokes, &next)
}

fn foreign(file: &Path, seller: &Seller, error: countersign_connection::StatementError) -> Failure {
    let message = format!("{} is none of {}: {error}", file.display(), seller.origin());
    Failure::new(Exit::Invalid, message).advise(format!(
        "it must be signed by the root {}; nothing was changed",
        seller.root_fingerprint()
    ))
}

/// Whoever changed the request on its way may have made a revocation of it, or none.
fn must_be_meant(change: &Change, revoke: bool) -> Result<(), Failure> {
    let (does, advice) = match (change.revokes, revoke) {
        (true, false) => ("revokes the keys before", "if that is meant, say --revoke"),
        (false, true) => (
            "revokes nothing",
            "ask the root again: opd seller rotate USE --revoke --request FILE",
        ),
        (true, true) | (false, false) => return Ok(()),
    };
    let message = format!("the seller statement {does}");
    Err(Failure::new(Exit::Conflict, message).advise(format!("{advice}; nothing was changed")))
}

/// What the statement changes of the one in force: one key, under this root, and nothing else.
fn change(seller: &Seller, statement: &SellerStatement) -> Result<Change, Failure> {
    let (number, before) = (statement.number, seller.statement().number);
    if number != before.saturating_add(1) {
        let message =
            format!("seller statement {number} does not follow {before}, which is in force");
        return Err(Failure::new(Exit::Conflict, message).advise(
            "another came in between: make a new request with opd seller rotate --request; nothing \
             was changed",
        ));
    }
    Change::between(seller.statement(), statement)
        .filter(|change| change.is_under(seller.root()))
        .ok_or_else(|| {
            let message = format!(
                "seller statement {number} does more than to replace one key of statement {before}"
            );
            Failure::new(Exit::Invalid, message)
                .advise("make a new request, and sign that; nothing was changed")
        })
}

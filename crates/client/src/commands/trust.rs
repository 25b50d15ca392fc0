//! `po trust`: pins a seller's root certificate.

use countersign_api::InviteLink;
use countersign_envelope::Certificate;
use countersign_order::Digest;
use serde_json::json;

use crate::cli::Trust;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::home::{Pinned, address};
use crate::http::ask_stranger;
use crate::seller::{Seller, digest};

/// How many of a fingerprint's last characters a person types.
const TYPED_CHARACTERS: usize = 8;

pub(crate) fn run(context: &Context, trust: &Trust) -> Result<Exit, Failure> {
    let pinned = pin(context, &trust.host, trust.port, trust.fingerprint.as_ref())?;
    let root = digest(pinned.root()?.fingerprint());
    context.output.data(
        &json!({ "origin": pinned.origin, "host": pinned.host, "port": pinned.port, "root": root }),
        || format!("{} is pinned: {root}", pinned.origin),
    )?;
    Ok(Exit::Ok)
}

/// The seller pinned at this address; one that is not pinned yet has to be confirmed first.
pub(crate) fn pin_at(context: &Context, host: &str, port: u16) -> Result<Pinned, Failure> {
    match context.home.seller_at(host, port)? {
        Some(pinned) => Ok(pinned),
        None => pin(context, host, port, None),
    }
}

/// Pins the seller an invite names, if the server is just that one.
pub(crate) fn pin_invited(context: &Context, link: &InviteLink) -> Result<Pinned, Failure> {
    let pinned = pin(context, &link.host, link.port, Some(&link.root))?;
    if pinned.origin == link.origin {
        Ok(pinned)
    } else {
        let message = format!(
            "the invite is from {}, and the server is {}",
            link.origin, pinned.origin
        );
        Err(Failure::new(Exit::Invalid, message)
            .advise("ask whoever sent the link for a new one: the invite's code was not sent"))
    }
}

fn pin(
    context: &Context,
    host: &str,
    port: u16,
    expected: Option<&Digest>,
) -> Result<Pinned, Failure> {
    let view = ask_stranger(&address(host, port))?;
    let root = Certificate::from_pem(&view.certificates.root).map_err(|error| {
        Failure::new(
            Exit::Invalid,
            format!("the server's root certificate: {error}"),
        )
    })?;
    let seller = Seller::shown(&view, &root)?;
    let known = context.home.seller(&seller.origin)?;
    let is_known = known
        .as_ref()
        .is_some_and(|known| known.root == root.to_pem());
    match expected {
        Some(expected) if *expected == seller.root => {}
        Some(expected) => {
            let message = format!("the server's root is {}, not {expected}", seller.root);
            return Err(Failure::new(Exit::Invalid, message)
                .advise("this is not the seller you were told about: nothing was sent to it"));
        }
        // A seller that moved shows the root that was pinned before.
        None if is_known => {}
        None => confirm(context, &seller, host, port)?,
    }
    let pinned = Pinned {
        origin: seller.origin.clone(),
        host: host.to_owned(),
        port,
        root: root.to_pem(),
        keys: known.map(|known| known.keys).unwrap_or_default(),
    };
    context.home.pin(&pinned, &seller)?;
    Ok(pinned)
}

/// Lets a person compare the fingerprint with what the seller published.
fn confirm(context: &Context, seller: &Seller, host: &str, port: u16) -> Result<(), Failure> {
    let fingerprint = seller.root.to_string();
    if !context.terminal.asks() {
        let message = format!("the seller at {host} {port} is not pinned");
        return Err(Failure::new(Exit::Failure, message).advise(format!(
            "if {} has published this fingerprint, pin it with: \
             po trust {host} {port} --fingerprint {fingerprint}",
            seller.origin
        )));
    }
    context.output.message(&format!(
        "This server says it is {}, with the root certificate\n  {fingerprint}\n\
         Compare it with what the seller told you some other way.",
        seller.origin
    ));
    let typed = context
        .terminal
        .line("Type its last 8 characters to trust it: ", "--fingerprint")?
        .unwrap_or_default();
    if typed.chars().count() == TYPED_CHARACTERS && fingerprint.ends_with(&typed) {
        Ok(())
    } else {
        Err(Failure::new(
            Exit::Failure,
            "the characters do not match: the seller is not trusted",
        )
        .advise("nothing was sent to it: ask the seller for its root fingerprint, then try again"))
    }
}

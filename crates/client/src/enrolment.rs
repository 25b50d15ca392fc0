//! Enrolling a key: the new key signs the server's challenge, and something that counts allows it.

use std::path::Path;

use countersign_api::{KeyChallenge, KeyEnrolmentRequest, KeyView};
use countersign_envelope::{Certificate, Signer};
use countersign_order::{AccountId, Der, KeyEnrolment, ShortText};

use crate::clock;
use crate::context::Context;
use crate::failure::Failure;
use crate::files;
use crate::home::KnownKey;
use crate::http::Api;
use crate::seller::{Seller, digest};

/// What allows a new key. A password does not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AllowedBy<'a> {
    /// An active key of the account.
    Key(&'a Signer),
    /// An invite's code.
    Invite(&'a str),
}

/// Enrols the key in this file for the account that is signed in.
pub(crate) fn enrol(
    context: &Context,
    (api, seller): (&Api, &Seller),
    (path, signer): (&Path, &Signer),
    allowed_by: AllowedBy<'_>,
    label: Option<&ShortText>,
) -> Result<KeyView, Failure> {
    let account = api.session()?.account.clone();
    let challenge: KeyChallenge = api.post_nothing("/v1/keys/challenges")?;
    let now = clock::now();
    let document = KeyEnrolment {
        seller: seller.origin.clone(),
        seller_root: seller.root,
        account: account.clone(),
        certificate_sha256: digest(signer.certificate().fingerprint()),
        challenge: challenge
            .challenge
            .parse()
            .map_err(|_| Failure::because("the server's challenge is not understood"))?,
        issued_at: now,
    }
    .to_json();
    let sign = |signer: &Signer| {
        let signature = signer.sign(&document, now);
        signature.map(Der::from).map_err(Failure::because)
    };
    let (authorisation, invite) = match allowed_by {
        AllowedBy::Key(signer) => (Some(sign(signer)?), None),
        AllowedBy::Invite(code) => (None, Some(code.to_owned())),
    };
    let request = KeyEnrolmentRequest {
        certificate: Der::from(signer.certificate().der().to_vec()),
        possession: sign(signer)?,
        authorisation,
        invite,
        label: label.cloned(),
    };
    let key: KeyView = api.post("/v1/keys", &request)?;
    remember(context, seller, &account, path, signer.certificate())?;
    Ok(key)
}

/// Remembers which file holds a key of the account.
pub(crate) fn remember(
    context: &Context,
    seller: &Seller,
    account: &AccountId,
    path: &Path,
    certificate: &Certificate,
) -> Result<(), Failure> {
    let known = KnownKey {
        account: account.clone(),
        file: path
            .canonicalize()
            .map_err(|error| files::failed("find", path, &error))?,
        algorithm: certificate.public_key().algorithm().to_string(),
    };
    context.home.remember_key(&seller.origin, known)
}

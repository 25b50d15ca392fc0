//! `po key`: the account's keys at the seller.

use std::path::Path;

use countersign_api::{
    KeyChallenge, KeyEnrolmentRequest, KeyState, KeyView, Page, RevocationRequest,
};
use countersign_envelope::Signer;
use countersign_order::{Der, KeyEnrolment};

use crate::cli::{Key, KeyAdd, KeyRevoke};
use crate::clock;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::home::KnownKey;
use crate::http::Api;
use crate::key_file;
use crate::output::table;
use crate::seller::{Seller, digest};

pub(crate) fn run(context: &Context, key: &Key) -> Result<Exit, Failure> {
    match key {
        Key::List => list(context),
        Key::Add(add) => add_key(context, add),
        Key::Revoke(revoke) => revoke_key(context, revoke),
    }
}

fn list(context: &Context) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    let page = Page {
        data: api.get_all::<KeyView>("/v1/keys", &[])?,
        next: None,
    };
    let known = |key: &KeyView| {
        let file = pinned.keys_of(&key.account).find(|known| {
            key_file::certificate(&known.file).is_ok_and(|certificate| {
                digest(certificate.fingerprint()) == key.certificate_fingerprint
            })
        });
        file.map_or_else(String::new, |known| known.file.display().to_string())
    };
    let rows: Vec<Vec<String>> = page
        .data
        .iter()
        .map(|key| {
            let state = match key.state {
                KeyState::Active => "active",
                KeyState::Revoked => "revoked",
            };
            vec![
                key.algorithm.clone(),
                state.to_owned(),
                key.key_fingerprint.to_string(),
                known(key),
            ]
        })
        .collect();
    context.output.data(&page, || {
        table(&["key", "state", "fingerprint", "file"], &rows, &[])
    })?;
    Ok(Exit::Ok)
}

fn add_key(context: &Context, add: &KeyAdd) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, seller) = context.signed_in(&pinned)?;
    let signer = key_file::open(context, &add.key)?;
    let authoriser = match (&add.by, &add.invite) {
        (_, Some(_)) => None,
        (by, None) => {
            let path = key_file::choose(&pinned, &api.session()?.account, by.as_deref())?;
            Some(key_file::open(context, &path)?)
        }
    };
    let key = enrol(
        context,
        &api,
        &seller,
        &add.key,
        &signer,
        authoriser.as_ref(),
        add.invite.as_deref(),
    )?;
    context.output.data(&key, || {
        format!("enrolled {} {}", key.algorithm, key.key_fingerprint)
    })?;
    Ok(Exit::Ok)
}

/// Enrols a key: signs the server's challenge with it, and with the key that authorises it.
pub(crate) fn enrol(
    context: &Context,
    api: &Api,
    seller: &Seller,
    path: &Path,
    signer: &Signer,
    authoriser: Option<&Signer>,
    invite: Option<&str>,
) -> Result<KeyView, Failure> {
    let account = api.session()?.account.clone();
    let challenge: KeyChallenge = api.post("/v1/keys/challenges", &())?;
    let now = clock::now();
    let document = KeyEnrolment {
        seller: seller.origin.clone(),
        seller_root: seller.root,
        account: account.clone(),
        certificate_sha256: digest(signer.certificate().fingerprint()),
        challenge: challenge
            .challenge
            .parse()
            .map_err(|_| Failure::new(Exit::Failure, "the server's challenge is not understood"))?,
        issued_at: now,
    }
    .to_json();
    let sign = |signer: &Signer| {
        signer
            .sign(&document, now)
            .map(Der::from)
            .map_err(|error| Failure::new(Exit::Failure, error.to_string()))
    };
    let request = KeyEnrolmentRequest {
        certificate: Der::from(signer.certificate().der().to_vec()),
        possession: sign(signer)?,
        authorisation: authoriser.map(sign).transpose()?,
        invite: invite.map(str::to_owned),
    };
    let key: KeyView = api.post("/v1/keys", &request)?;
    remember(context, seller, account, path, signer)?;
    Ok(key)
}

/// Remembers which file holds a key of the account.
pub(crate) fn remember(
    context: &Context,
    seller: &Seller,
    account: countersign_order::AccountId,
    path: &Path,
    signer: &Signer,
) -> Result<(), Failure> {
    let file = path
        .canonicalize()
        .map_err(|error| crate::files::failed("find", path, &error))?;
    let algorithm = signer.certificate().public_key().algorithm().to_string();
    context.home.remember_key(
        &seller.origin,
        KnownKey {
            account,
            file,
            algorithm,
        },
    )
}

fn revoke_key(context: &Context, revoke: &KeyRevoke) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    let keys: Vec<KeyView> = api.get_all("/v1/keys", &[])?;
    let key = keys
        .iter()
        .find(|key| {
            [
                key.id.to_string(),
                key.key_fingerprint.to_string(),
                key.certificate_fingerprint.to_string(),
            ]
            .contains(&revoke.key)
        })
        .ok_or_else(|| {
            Failure::new(
                Exit::NotFound,
                format!("the account has no key {}", revoke.key),
            )
            .advise("see: po key list")
        })?;
    let password = context.password(&format!("Password of {}: ", key.account))?;
    let request = RevocationRequest {
        password: password.to_string(),
        reason: revoke.reason.clone(),
    };
    let key: KeyView = api.post(&format!("/v1/keys/{}/revocation", key.id), &request)?;
    context.output.data(&key, || {
        format!("revoked {} {}", key.algorithm, key.key_fingerprint)
    })?;
    Ok(Exit::Ok)
}

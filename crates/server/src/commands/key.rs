//! `opd key`: whose signatures count.

use std::path::Path;

use countersign_api::{KeyState, KeyView};
use countersign_envelope::{Certificate, EnrollableCertificate};
use countersign_order::{AccountId, Digest};

use super::{counted, day, moment, whole};
use crate::cli::{Key, KeyAdd, KeyName, KeyRevoke};
use crate::context::Context;
use crate::desk::operations::{EnrolKey, LabelKey, RevokeKey};
use crate::exposure::{self, Examined};
use crate::failure::{Exit, Failure};
use crate::files::read_bounded;
use crate::http::key_view;
use crate::output::table;
use crate::seller::DeniedKeys;
use crate::telemetry::chain;

/// No certificate of a person is longer.
const CERTIFICATE_MAX_BYTES: u64 = 64 * 1024;

pub(super) async fn run(context: &Context, key: &Key) -> Result<(), Failure> {
    match key {
        Key::Add(add) => self::add(context, add).await,
        Key::List(person) => list(context, &person.id).await,
        Key::Label(name) => label(context, name).await,
        Key::Revoke(revoke) => self::revoke(context, revoke).await,
        Key::Check => check(context).await,
    }
}

async fn add(context: &Context, add: &KeyAdd) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let certificate = read_certificate(context, &add.certificate)?;
    let enrolled = shop
        .run(EnrolKey::by_operator(add.account.clone(), certificate).labelled(add.label.clone()))
        .await?;
    let key = key_view(enrolled);
    context.output.data(&key, || {
        let KeyView {
            account,
            algorithm,
            key_fingerprint,
            ..
        } = &key;
        format!("Enrolled for {account}: {algorithm}\n{key_fingerprint}")
    })
}

async fn list(context: &Context, account: &AccountId) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let mut view = shop.look().await?;
    if view.account(account).await?.is_none() {
        return Err(Failure::not_found(format_args!("account {account}")));
    }
    let keys = view.keys_of(account).await?;
    let legacy = view.legacy_keys_of(account).await?;
    if !legacy.is_empty() {
        context.output.message(&format!(
            "Kept as history, signing nothing here: {}.",
            counted(legacy.len(), "imported key")
        ));
    }
    let keys: Vec<KeyView> = keys.into_iter().map(key_view).collect();
    context.output.data(&whole(&keys), || {
        let cells: Vec<_> = keys.iter().map(cells).collect();
        table(
            &[
                "STATE",
                "ALGORITHM",
                "LABEL",
                "ENROLLED",
                "ENDS",
                "KEY FINGERPRINT",
            ],
            &cells,
        )
    })
}

fn cells(key: &KeyView) -> Vec<String> {
    let state = match key.state {
        KeyState::Active => "active",
        KeyState::Revoked => "revoked",
    };
    vec![
        state.to_owned(),
        key.algorithm.clone(),
        key.label
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        moment(key.enrolled_at),
        key.ends_at.map_or_else(String::new, day),
        key.key_fingerprint.to_string(),
    ]
}

async fn label(context: &Context, name: &KeyName) -> Result<(), Failure> {
    let labelled = context
        .shop()
        .await?
        .run(LabelKey {
            account: name.account.clone(),
            key: name.key,
            label: name.label.clone(),
        })
        .await?;
    let key = key_view(labelled);
    context.output.data(&key, || match &key.label {
        Some(label) => format!("Called {label}: {}", key.key_fingerprint),
        None => format!("Called nothing any more: {}", key.key_fingerprint),
    })
}

async fn revoke(context: &Context, revoke: &KeyRevoke) -> Result<(), Failure> {
    let revoked = context
        .shop()
        .await?
        .run(RevokeKey {
            account: revoke.account.clone(),
            key: revoke.key,
            reason: revoke.reason.clone(),
            matched: None,
        })
        .await?;
    let key = key_view(revoked);
    context.output.data(&key, || {
        let since = key.revoked_at.map_or_else(String::new, moment);
        format!(
            "Revoked, since {since}: {} of {}",
            key.algorithm, key.account
        )
    })
}

async fn check(context: &Context) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let examined = exposure::examine(shop.look().await?).await?;
    context.output.data(&examined, || describe(&examined))?;
    if examined.exposed.is_empty() {
        return Ok(());
    }
    let exposed = counted(examined.exposed.len(), "active key");
    Err(Failure::new(
        Exit::Invalid,
        format!("{exposed} whose secret others can compute"),
    )
    .advise(
        "revoke each: opd key revoke ACCOUNT KEY --reason TEXT; and have its holder make another \
         on another machine",
    ))
}

fn describe(examined: &Examined) -> String {
    let lines: Vec<String> = examined.exposed.iter().map(ToString::to_string).collect();
    if !lines.is_empty() {
        return lines.join("\n");
    }
    format!(
        "no active key is exposed: compared {} and {} of DSA keys",
        counted(examined.keys, "key"),
        counted(examined.signatures, "signature")
    )
}

/// Reads a certificate and checks its key as thoroughly as any that comes over the network.
pub(super) fn read_certificate(
    context: &Context,
    path: &Path,
) -> Result<EnrollableCertificate, Failure> {
    let refused = |why: String| Failure::new(Exit::Failure, format!("{}: {why}", path.display()));
    let bytes =
        read_bounded(path, CERTIFICATE_MAX_BYTES).map_err(|error| Failure::unread(path, &error))?;
    let certificate = match std::str::from_utf8(&bytes) {
        Ok(pem) => Certificate::from_pem(pem),
        Err(_der) => Certificate::from_der(&bytes),
    };
    let certificate = certificate.map_err(|error| refused(chain(&error)))?;
    let fingerprint = Digest::from_bytes(*certificate.public_key().fingerprint().as_bytes());
    if DeniedKeys::read(&context.data.denied_keys())?.contains(&fingerprint) {
        return Err(refused(
            "this key's private half was published: nobody may enrol it".to_owned(),
        )
        .advise(format!(
            "it is listed in {}",
            context.data.denied_keys().display()
        )));
    }
    EnrollableCertificate::check(certificate).map_err(|error| refused(chain(&error)))
}

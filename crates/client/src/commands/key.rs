//! `po key`: the account's keys at the seller.

use countersign_api::{KeyLabel, KeyState, KeyView, Page, RevocationRequest};

use crate::cli::{Key, KeyAdd, KeyName, KeyRevoke};
use crate::context::Context;
use crate::enrolment::{AllowedBy, enrol};
use crate::failure::{Exit, Failure};
use crate::home::Pinned;
use crate::http::Api;
use crate::key_file;
use crate::output::table;
use crate::seller::digest;

pub(crate) fn run(context: &Context, key: &Key) -> Result<Exit, Failure> {
    match key {
        Key::List => list(context),
        Key::Add(add) => add_key(context, add),
        Key::Label(name) => label_key(context, name),
        Key::Revoke(revoke) => revoke_key(context, revoke),
    }
}

fn list(context: &Context) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    let page = Page {
        data: keys(&api)?,
        next: None,
    };
    context.output.data(&page, || {
        let rows: Vec<Vec<String>> = page.data.iter().map(|key| row(&pinned, key)).collect();
        if rows.is_empty() {
            "no keys".to_owned()
        } else {
            table(
                &["key", "state", "label", "ends", "fingerprint", "file"],
                &rows,
                &[],
            )
        }
    })?;
    Ok(Exit::Ok)
}

/// Every key of the account, revoked ones too.
fn keys(api: &Api) -> Result<Vec<KeyView>, Failure> {
    api.get_all("/v1/keys", &[])
}

fn row(pinned: &Pinned, key: &KeyView) -> Vec<String> {
    let state = match key.state {
        KeyState::Active => "active",
        KeyState::Revoked => "revoked",
    };
    let file = pinned.keys_of(&key.account).find(|known| {
        key_file::certificate(&known.file).is_ok_and(|certificate| {
            digest(certificate.fingerprint()) == key.certificate_fingerprint
        })
    });
    vec![
        key.algorithm.clone(),
        state.to_owned(),
        key.label
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        key.ends_at
            .map_or_else(String::new, |end| end.strftime("%Y-%m-%d").to_string()),
        key.key_fingerprint.to_string(),
        file.map_or_else(String::new, |known| known.file.display().to_string()),
    ]
}

fn add_key(context: &Context, add: &KeyAdd) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, seller) = context.signed_in(&pinned)?;
    let signer = key_file::open(context, &add.key)?;
    let (at, file) = ((&api, &seller), (add.key.as_path(), &signer));
    let label = add.label.as_ref();
    let key = if let Some(code) = &add.invite {
        enrol(context, at, file, AllowedBy::Invite(code), label)?
    } else {
        let path = key_file::choose(&pinned, &api.session()?.account, add.by.as_deref(), "--by")?;
        let by = key_file::open(context, &path)?;
        enrol(context, at, file, AllowedBy::Key(&by), label)?
    };
    context.output.data(&key, || {
        format!("enrolled {} {}", key.algorithm, key.key_fingerprint)
    })?;
    Ok(Exit::Ok)
}

/// The key of the account that goes by this name.
fn named(api: &Api, name: &str) -> Result<KeyView, Failure> {
    let is_named = |key: &KeyView| {
        [
            key.id.to_string(),
            key.key_fingerprint.to_string(),
            key.certificate_fingerprint.to_string(),
        ]
        .contains(&name.to_owned())
    };
    keys(api)?.into_iter().find(is_named).ok_or_else(|| {
        let message = format!("the account has no key {name}");
        Failure::new(Exit::NotFound, message).advise("see: po key list")
    })
}

fn label_key(context: &Context, name: &KeyName) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    let key = named(&api, &name.key)?;
    let request = KeyLabel {
        label: name.label.clone(),
    };
    let key: KeyView = api.patch(&format!("/v1/keys/{}", key.id), &request)?;
    context.output.data(&key, || {
        let label = key.label.as_ref().map_or("nothing", |label| label.as_str());
        format!("called {label}: {} {}", key.algorithm, key.key_fingerprint)
    })?;
    Ok(Exit::Ok)
}

fn revoke_key(context: &Context, revoke: &KeyRevoke) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    let key = named(&api, &revoke.key)?;
    let password = context.password(&format!("Password of {}: ", key.account))?;
    let request = RevocationRequest {
        password: password.to_string(),
        reason: revoke.reason.to_string(),
    };
    let key: KeyView = api.post(&format!("/v1/keys/{}/revocation", key.id), &request)?;
    context.output.data(&key, || {
        format!("revoked {} {}", key.algorithm, key.key_fingerprint)
    })?;
    Ok(Exit::Ok)
}

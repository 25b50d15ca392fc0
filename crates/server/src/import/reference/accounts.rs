//! `Accounts.json`: `{"Accounts":[{userid,username,nameF,nameL,publicDSA,publicRSA,password,email}]}`.

use std::collections::HashSet;
use std::path::Path;

use countersign_order::{BuyerId, Name};
use serde::Deserialize;
use serde_json::Value;

use super::keys::{self, KeyFile};
use super::{Account, ReferenceError, Remark, read_json};
use crate::seller::DeniedKeys;

const FILE: &str = "Accounts.json";
const HASH_DIGITS: usize = 64;

#[derive(Debug, Deserialize)]
struct File {
    #[serde(rename = "Accounts")]
    accounts: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    userid: String,
    username: Option<String>,
    #[serde(rename = "nameF")]
    first_name: Option<String>,
    #[serde(rename = "nameL")]
    last_name: Option<String>,
    #[serde(rename = "publicDSA")]
    public_dsa: String,
    #[serde(rename = "publicRSA")]
    public_rsa: String,
    password: String,
    email: String,
}

/// What the file holds.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    pub(super) good: Vec<Account>,
    pub(super) left_out: Vec<Remark>,
    pub(super) wrong: Vec<Remark>,
}

/// Reads all accounts, also after one that is wrong.
pub(super) fn read(folder: &Path, denied: &DeniedKeys) -> Result<Accounts, ReferenceError> {
    let file: File = read_json(folder, FILE)?;
    if file.accounts.is_empty() {
        return Err(ReferenceError::File {
            file: FILE,
            text: "holds no accounts".to_owned(),
        });
    }
    let mut ids = HashSet::new();
    let mut read = Accounts::default();
    for (number, value) in (1..).zip(file.accounts) {
        let record = record_name(&value, number);
        let said = |text: String| Remark {
            record: record.clone(),
            text,
        };
        match account(value, folder, denied) {
            Err(text) => read.wrong.push(said(text)),
            Ok((account, _)) if !ids.insert(account.id.clone()) => {
                read.wrong.push(said(format!(
                    "the user ID {} stands there twice",
                    account.id
                )));
            }
            Ok((account, refused)) => {
                read.left_out.extend(refused.into_iter().map(said));
                read.good.push(account);
            }
        }
    }
    Ok(read)
}

fn record_name(value: &Value, number: u32) -> String {
    match value.get("userid").and_then(Value::as_str) {
        Some(id) => format!("account {id:?}"),
        None => format!("account number {number}"),
    }
}

/// The account, and the keys of it that were left out.
fn account(
    value: Value,
    folder: &Path,
    denied: &DeniedKeys,
) -> Result<(Account, Vec<String>), String> {
    let record: Record =
        serde_json::from_value(value).map_err(|error| format!("is not understood: {error}"))?;
    let id: BuyerId = record
        .userid
        .to_lowercase()
        .parse()
        .map_err(|error| format!("its user ID {error}"))?;
    let email = record
        .email
        .parse()
        .map_err(|error| format!("its e-mail address {:?} {error}", record.email))?;
    let is_hash = record.password.len() == HASH_DIGITS
        && record
            .password
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hash {
        return Err("its password is not 64 lower-case hex digits".to_owned());
    }
    let (mut keys, mut left_out) = (Vec::new(), Vec::new());
    for (file, algorithm) in [(&record.public_rsa, "RSA"), (&record.public_dsa, "DSA")] {
        match keys::read(folder, file, algorithm, denied)? {
            KeyFile::Kept(key) => keys.push(key),
            KeyFile::LeftOut(why) => left_out.push(format!("its key {file} is left out: {why}")),
        }
    }
    let account = Account {
        name: name(&record, &id)?,
        id,
        email,
        password_sha256: record.password,
        keys,
    };
    Ok((account, left_out))
}

/// The full name, else the user name, else the ID.
fn name(record: &Record, id: &BuyerId) -> Result<Name, String> {
    let parts = [&record.first_name, &record.last_name];
    let full: Vec<&str> = parts
        .into_iter()
        .flatten()
        .map(|part| part.trim())
        .filter(|part| !part.is_empty())
        .collect();
    let full = full.join(" ");
    let user = record
        .username
        .as_deref()
        .map(str::trim)
        .unwrap_or_default();
    let name = [full.as_str(), user]
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or(id.as_str());
    name.parse()
        .map_err(|error| format!("its name {name:?} {error}"))
}

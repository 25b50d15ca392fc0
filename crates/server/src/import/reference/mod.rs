//! The data of the course implementation: accounts with bare SHA-256 passwords, 1024-bit keys and an
//! inventory without a currency, in a folder of JSON and PEM files.
//!
//! A file that is torn, empty or not what it should be stops the import; so does a record that is
//! wrong. A key that nobody should trust is left out, and its account stays.

mod accounts;
mod inventory;
mod keys;
mod operation;

use std::collections::BTreeMap;
use std::path::Path;

use accounts::Accounts;
use countersign_order::{BuyerId, Currency, Digest, EmailAddress, Name, Offer};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::read_bounded;
use crate::seller::DeniedKeys;

pub(crate) use operation::{ImportReference, Report, survey};

/// The largest file of course data that is imported, in bytes: no class is so large.
const FILE_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Everything in the folder, understood.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) accounts: Vec<Account>,
    pub(crate) items: Vec<Item>,
    /// What the operator should know of.
    pub(crate) remarks: Vec<Remark>,
}

/// An account that is to come over.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) id: BuyerId,
    pub(crate) name: Name,
    pub(crate) email: EmailAddress,
    /// SHA-256 of the password, 64 lower-case hex digits.
    pub(crate) password_sha256: String,
    pub(crate) keys: Vec<Key>,
}

/// A key that is kept as history.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) file: String,
    pub(crate) algorithm: String,
    pub(crate) fingerprint: Digest,
    /// The `SubjectPublicKeyInfo` in DER.
    pub(crate) spki: Vec<u8>,
}

/// An item that is to come over.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) offer: Offer,
    pub(crate) on_hand: i64,
}

/// Something about a record that does not stop the import.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Remark {
    pub(crate) record: String,
    pub(crate) text: String,
}

/// Why nothing is imported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ReferenceError {
    /// A file is not what it should be.
    File { file: &'static str, text: String },
    /// Records are wrong: all that are, in their order.
    Records(Vec<Remark>),
}

/// Reads the folder and understands all of it.
pub(crate) fn read(
    folder: &Path,
    currency: Currency,
    denied: &DeniedKeys,
) -> Result<Reference, ReferenceError> {
    let Accounts {
        good: mut accounts,
        left_out: mut remarks,
        mut wrong,
    } = accounts::read(folder, denied)?;
    let (items, wrong_items) = inventory::read(folder, currency)?;
    wrong.extend(wrong_items);
    if !wrong.is_empty() {
        return Err(ReferenceError::Records(wrong));
    }
    remarks.extend(keys::leave_out_shared(&mut accounts));
    remarks.extend(equal_passwords(&accounts));
    Ok(Reference {
        accounts,
        items,
        remarks,
    })
}

fn read_json<T: DeserializeOwned>(folder: &Path, file: &'static str) -> Result<T, ReferenceError> {
    let refused = |text: String| ReferenceError::File { file, text };
    let bytes = read_bounded(&folder.join(file), FILE_MAX_BYTES)
        .map_err(|error| refused(format!("cannot be read: {error}")))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| refused(format!("is torn, or not what it should be: {error}")))
}

/// An unsalted hash tells who shares a password; whoever had the file knows it, too.
fn equal_passwords(accounts: &[Account]) -> Vec<Remark> {
    let mut by_hash: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for account in accounts {
        let ids = by_hash.entry(&account.password_sha256).or_default();
        ids.push(account.id.as_str());
    }
    by_hash
        .into_values()
        .filter(|ids| ids.len() > 1)
        .map(|ids| Remark {
            record: ids.join(", "),
            text: "have the same password: ask them to choose new ones".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests;

//! `opd key` as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_order::{AccountId, ShortText};

use super::Person;
use crate::desk::operations::KeyChoice;

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Enrol a key. Check by another way that it is the buyer's.
    Add(KeyAdd),
    /// List an account's keys.
    List(Person),
    /// Change what a key is called; lists and letters show it.
    Label(KeyName),
    /// Revoke a key: what it signs from now on is refused.
    Revoke(KeyRevoke),
    /// Look for active keys whose secret others can compute.
    ///
    /// Two RSA keys that share a prime give each other away, as do two DSA keys that used one nonce;
    /// a DSA key that used one nonce twice gives itself away. Compares all RSA keys that were ever
    /// enrolled, and all orders, cancellations and enrolments that DSA keys have signed.
    Check,
}

#[derive(Debug, Args)]
pub(crate) struct KeyAdd {
    /// The account's ID.
    pub(crate) account: AccountId,
    /// The key's certificate.
    #[arg(value_name = "CERT.pem")]
    pub(crate) certificate: PathBuf,
    /// What the key is called, such as the machine it is on.
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<ShortText>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyName {
    /// The account's ID.
    pub(crate) account: AccountId,
    /// The key's ID, or the fingerprint of the key or of its certificate.
    pub(crate) key: KeyChoice,
    /// What the key is called from now on; nothing, if left out.
    #[arg(value_name = "TEXT")]
    pub(crate) label: Option<ShortText>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyRevoke {
    /// The account's ID.
    pub(crate) account: AccountId,
    /// The key's ID, or the fingerprint of the key or of its certificate.
    pub(crate) key: KeyChoice,
    /// Why; the statement and the mail say it.
    #[arg(long)]
    pub(crate) reason: ShortText,
}

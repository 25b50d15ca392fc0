//! `countersign/key/1`: a key was enrolled or revoked.

use serde::{Deserialize, Serialize};

use super::Common;
use crate::digest::{Der, Digest};
use crate::party::{AccountId, BuyerId};
use crate::text::ShortText;

/// The beginning or the end of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyStatement {
    /// What every statement says.
    #[serde(flatten)]
    pub common: Common,
    /// The buyer.
    pub buyer: BuyerId,
    /// The account whose key it is.
    pub account: AccountId,
    /// What happened to it.
    pub action: KeyAction,
    /// The certificate.
    pub certificate: Der,
    /// The digest of its public key's DER.
    pub key_fingerprint: Digest,
    /// The digest of the certificate's DER.
    pub certificate_fingerprint: Digest,
    /// What authorised it.
    pub authorised_by: Authorisation,
    /// The digest of the signed proof that somebody holds the key.
    pub possession_sha256: Option<Digest>,
    /// The digest of the signature of an earlier key over the same document.
    pub authorisation_sha256: Option<Digest>,
    /// Why, if somebody said.
    pub reason: Option<ShortText>,
}

/// What happened to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyAction {
    /// It may sign from here on.
    Enrolled,
    /// It may not sign any more.
    Revoked,
}

/// What authorised something to happen to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorisation {
    /// The operator, on the server.
    Operator,
    /// An invite's code, used up by it.
    Invite,
    /// An active key of the account.
    Key,
    /// The account's password: it can end a key, never add one.
    Password,
}

//! Enrolling and revoking keys.

use std::fmt;

use countersign_order::time::{rfc3339, rfc3339_or_null};
use countersign_order::{AccountId, Der, Digest, KeyId, ShortText};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// A key that is or was enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyView {
    /// Its ID.
    pub id: KeyId,
    /// The account it signs for.
    pub account: AccountId,
    /// What kind of key, such as `RSA-3072`.
    pub algorithm: String,
    /// SHA-256 of its public key.
    pub key_fingerprint: Digest,
    /// SHA-256 of its certificate.
    pub certificate_fingerprint: Digest,
    /// What its holder calls it.
    #[serde(default)]
    pub label: Option<ShortText>,
    /// When its certificate ends, which is not judged here; null where that is not known.
    #[serde(default, with = "rfc3339_or_null")]
    #[schemars(with = "Option<Instant>")]
    pub ends_at: Option<Timestamp>,
    /// Whether it signs orders now.
    pub state: KeyState,
    /// When it was enrolled.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub enrolled_at: Timestamp,
    /// When it was revoked.
    #[serde(with = "rfc3339_or_null")]
    #[schemars(with = "Option<Instant>")]
    pub revoked_at: Option<Timestamp>,
}

/// Whether a key signs orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Orders it signs are taken.
    Active,
    /// Orders it signs are refused.
    Revoked,
}

/// What a new key is to sign, once and soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyChallenge {
    /// The challenge, for the member of that name.
    pub challenge: String,
    /// When it is no longer good.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub expires_at: Timestamp,
}

/// A key to enrol: its certificate, the proof that it is held, and exactly one of who allows it.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyEnrolmentRequest {
    /// The certificate.
    pub certificate: Der,
    /// The key enrolment document, signed by the new key.
    pub possession: Der,
    /// The same document, signed by an active key of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorisation: Option<Der>,
    /// The code of an invite, for an account's first key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
    /// What its holder calls the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<ShortText>,
}

impl fmt::Debug for KeyEnrolmentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyEnrolmentRequest")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

/// What a key is to be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyLabel {
    /// What its holder calls it; null for nothing.
    pub label: Option<ShortText>,
}

/// Who revokes a key proves it with the password, and says why.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationRequest {
    /// The account's password.
    pub password: String,
    /// Why, for the statement: at most 200 bytes.
    pub reason: String,
}

impl fmt::Debug for RevocationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationRequest")
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

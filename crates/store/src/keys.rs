//! The keys that accounts sign with: every one ever enrolled, and its end.

use async_trait::async_trait;
use countersign_order::{AccountId, BuyerId, Digest, KeyId, ShortText};
use jiff::Timestamp;

use crate::StoreError;

/// A key to be enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Its key.
    pub id: KeyId,
    /// The account that signs with it.
    pub account: AccountId,
    /// The account's buyer.
    pub buyer: BuyerId,
    /// The enrolled certificate's DER.
    pub certificate: Vec<u8>,
    /// SHA-256 of the certificate's DER: the certificate fingerprint.
    pub certificate_sha256: Digest,
    /// SHA-256 of the public key's DER: the key fingerprint. One key is enrolled once in the shop.
    pub key_sha256: Digest,
    /// Issuer and serial number, in whatever encoding; unique within the buyer.
    pub issuer_and_serial: Vec<u8>,
    /// The subject key identifier, if the certificate has one; unique within the buyer.
    pub subject_key_identifier: Option<Vec<u8>>,
    /// Such as `rsa-3072`.
    pub algorithm: String,
    /// What its holder calls it.
    pub label: Option<ShortText>,
    /// When its certificate ends; none where that was not read yet.
    pub ends_at: Option<Timestamp>,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// Who authorised it: `operator`, `invite` or `key`.
    pub authorised_by: String,
    /// The signed document that proved possession, if one was asked for.
    pub possession: Option<Vec<u8>>,
    /// The signed document by which another key authorised it.
    pub authorisation: Option<Vec<u8>>,
    /// The number of the key statement that says so.
    pub enrolment_statement: u64,
}

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// What was enrolled.
    pub key: NewKey,
    /// Its end, if it has been revoked.
    pub revocation: Option<KeyRevocation>,
}

/// The end of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRevocation {
    /// When it was revoked.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// The number of the key statement that says so.
    pub statement: u64,
}

/// What became of a key to be enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyInsertion {
    /// It is enrolled.
    Enrolled,
    /// The same public key has been enrolled before, here or on another account.
    KeyInUse,
    /// Another certificate of this buyer has the same issuer and serial number, or the same subject
    /// key identifier.
    CertificateInUse,
}

/// A key from an imported account, too weak to order with, kept so that old records can be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyKey {
    /// The account it belonged to.
    pub account: AccountId,
    /// Such as `rsa-1024`.
    pub algorithm: String,
    /// SHA-256 of the public key's DER.
    pub key_sha256: Digest,
    /// The public key's DER.
    pub public_key: Vec<u8>,
}

/// Reading keys. An enrolled key stays readable after its revocation: old orders were signed with it.
#[async_trait]
pub trait ReadKeys {
    /// Every key ever enrolled for an account, revoked ones too, oldest first.
    async fn keys_of(&mut self, account: &AccountId) -> Result<Vec<KeyRecord>, StoreError>;

    /// One key.
    async fn key(&mut self, id: &KeyId) -> Result<Option<KeyRecord>, StoreError>;

    /// The key whose certificate, or whose public key, has this fingerprint.
    async fn key_by_fingerprint(
        &mut self,
        fingerprint: &Digest,
    ) -> Result<Option<KeyRecord>, StoreError>;

    /// At most `limit` active keys whose holder is to be reminded: those whose end was not read yet,
    /// and those that end between now and the given number of days from now, of which no reminder so
    /// late was noted.
    async fn keys_ending(
        &mut self,
        now: Timestamp,
        days: u32,
        limit: u32,
    ) -> Result<Vec<KeyRecord>, StoreError>;

    /// The verify-only keys of an imported account.
    async fn legacy_keys_of(&mut self, account: &AccountId) -> Result<Vec<LegacyKey>, StoreError>;
}

/// Writing keys.
///
/// Isolation: whether a key or certificate is in use is decided by the schema's unique rules inside
/// this transaction, so it holds however many processes enrol at once.
#[async_trait]
pub trait WriteKeys {
    /// Enrols a key, unless it or its certificate is in use.
    async fn insert_key(&mut self, key: &NewKey) -> Result<KeyInsertion, StoreError>;

    /// Revokes a key. False if there is none, or it was revoked before.
    async fn revoke_key(
        &mut self,
        id: &KeyId,
        revocation: &KeyRevocation,
    ) -> Result<bool, StoreError>;

    /// Changes what a key's holder calls it. False if there is no such key.
    async fn label_key(
        &mut self,
        id: &KeyId,
        label: Option<&ShortText>,
    ) -> Result<bool, StoreError>;

    /// Notes when a key's certificate ends.
    async fn set_key_end(&mut self, id: &KeyId, ends_at: Timestamp) -> Result<(), StoreError>;

    /// Notes that the reminder so many days before a key's end was written.
    async fn note_reminder(&mut self, id: &KeyId, days: u32) -> Result<(), StoreError>;

    /// Keeps a key of an imported account. False if it is kept already.
    async fn insert_legacy_key(&mut self, key: &LegacyKey) -> Result<bool, StoreError>;
}

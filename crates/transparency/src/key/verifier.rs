//! Keys that signatures are checked against, written as C2SP verifier keys.
//!
//! ```text
//! <name>+<key ID, 8 hexadecimal digits>+<base64 of signature type and public key>
//! ```

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::VerifierKeyError;
use crate::key::{KeyId, KeyName, PublicKey};

/// Signature type of an Ed25519 signature over the text of a note.
pub(crate) const NOTE_SIGNATURE: u8 = 0x01;
/// Signature type of a timestamped Ed25519 cosignature over a checkpoint.
pub(crate) const COSIGNATURE: u8 = 0x04;

/// A key whose signatures are over the text of notes: a log's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey(NamedKey);

impl VerifyingKey {
    /// Names a key. A log's key is named by the origin of the log.
    pub fn new(name: KeyName, key: PublicKey) -> Self {
        Self(NamedKey::new(name, NOTE_SIGNATURE, key))
    }

    /// The name in signature lines.
    pub const fn name(&self) -> &KeyName {
        &self.0.name
    }

    /// The ID in signature lines.
    pub const fn id(&self) -> KeyId {
        self.0.id
    }

    /// The key without its name.
    pub const fn public_key(&self) -> &PublicKey {
        &self.0.key
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, NOTE_SIGNATURE)
    }
}

impl FromStr for VerifyingKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        NamedKey::parse(text, NOTE_SIGNATURE).map(Self)
    }
}

/// A key whose signatures are cosignatures: a witness's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey(NamedKey);

impl WitnessKey {
    /// Names a key.
    pub fn new(name: KeyName, key: PublicKey) -> Self {
        Self(NamedKey::new(name, COSIGNATURE, key))
    }

    /// The name in signature lines.
    pub const fn name(&self) -> &KeyName {
        &self.0.name
    }

    /// The ID in signature lines.
    pub const fn id(&self) -> KeyId {
        self.0.id
    }

    /// The key without its name.
    pub const fn public_key(&self) -> &PublicKey {
        &self.0.key
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, COSIGNATURE)
    }
}

impl FromStr for WitnessKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        NamedKey::parse(text, COSIGNATURE).map(Self)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct NamedKey {
    name: KeyName,
    id: KeyId,
    key: PublicKey,
}

impl NamedKey {
    fn new(name: KeyName, signature_type: u8, key: PublicKey) -> Self {
        Self {
            id: KeyId::of(&name, signature_type, &key),
            name,
            key,
        }
    }

    fn parse(text: &str, signature_type: u8) -> Result<Self, VerifierKeyError> {
        let (name, rest) = text.split_once('+').ok_or(VerifierKeyError::Unreadable)?;
        let (id, material) = rest.split_once('+').ok_or(VerifierKeyError::Unreadable)?;
        let name: KeyName = name.parse().map_err(|_| VerifierKeyError::Unreadable)?;
        let material = STANDARD
            .decode(material)
            .map_err(|_| VerifierKeyError::Unreadable)?;
        let (found, key) = material.split_first().ok_or(VerifierKeyError::Unreadable)?;
        if *found != signature_type {
            return Err(VerifierKeyError::SignatureType {
                expected: signature_type,
                found: *found,
            });
        }
        let key = key.try_into().map_err(|_| VerifierKeyError::Unreadable)?;
        let named = Self::new(name, signature_type, PublicKey::from_bytes(key));
        // The ID is written in lower case only.
        if named.id.to_string() != id {
            return Err(VerifierKeyError::Id);
        }
        Ok(named)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, signature_type: u8) -> fmt::Result {
        let material = [&[signature_type][..], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, self.id, STANDARD.encode(material))
    }
}

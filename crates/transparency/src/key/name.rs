//! How a signature line names its key.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};

use crate::error::KeyNameError;
use crate::key::PublicKey;

/// The longest name in bytes.
pub(crate) const NAME_MAX_BYTES: usize = 255;

/// The name of a key: of a log, where it is the log's origin, or of a witness.
///
/// > Key names MUST be non-empty and MUST NOT contain any Unicode spaces or plus (U+002B) characters.
///
/// Ours have no control characters either, and fit into 255 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        let is_name = !text.is_empty()
            && text.len() <= NAME_MAX_BYTES
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || c == '+');
        if is_name {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyNameError)
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Four bytes that tell apart the keys of one name. Anyone can make a key that has the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; Self::BYTES]);

impl KeyId {
    /// The length of an ID in bytes.
    pub const BYTES: usize = 4;

    /// Takes the bytes as they are.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The four bytes themselves.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// `SHA-256(name || 0x0A || signature type || public key)[:4]`
    pub(crate) fn of(name: &KeyName, signature_type: u8, key: &PublicKey) -> Self {
        let mut input = name.0.clone().into_bytes();
        input.extend_from_slice(&[b'\n', signature_type]);
        input.extend_from_slice(key.as_bytes());
        let mut id = [0; Self::BYTES];
        for (byte, from) in id.iter_mut().zip(digest(&SHA256, &input).as_ref()) {
            *byte = *from;
        }
        Self(id)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

//! Octets that stand in documents as text: digests, blinds and DER.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use crate::text::schema;

/// Some text does not write the octets it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DigestError {
    /// Not `sha256:` and 64 lower-case hexadecimal digits.
    #[error("is not sha256: and 64 lower-case hexadecimal digits")]
    Digest,
    /// Not 64 lower-case hexadecimal digits.
    #[error("is not 64 lower-case hexadecimal digits")]
    Blind,
    /// Not canonical base64.
    #[error("is not canonical base64")]
    Der,
}

/// A SHA-256 digest; in documents `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Digest([u8; 32]);

/// The random octets that keep a statement's log entry from being guessed; in documents 64
/// lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Blind([u8; 32]);

/// A certificate or key in DER; in documents base64.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Der(Vec<u8>);

impl Digest {
    /// The digest of these octets, computed elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest's octets.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        write_hex(f, &self.0)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let digits = text.strip_prefix("sha256:").ok_or(DigestError::Digest)?;
        lower_hex(digits).map(Self).ok_or(DigestError::Digest)
    }
}

impl Blind {
    /// The blind of these octets, drawn elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The blind's octets.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl FromStr for Blind {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        lower_hex(text).map(Self).ok_or(DigestError::Blind)
    }
}

impl Der {
    /// The octets of the DER.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Gives the octets away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl From<Vec<u8>> for Der {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Der {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Base64Display::new(&self.0, &STANDARD).fmt(f)
    }
}

impl FromStr for Der {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        STANDARD
            .decode(text)
            .map(Self)
            .map_err(|_| DigestError::Der)
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, octets: &[u8; 32]) -> fmt::Result {
    let mut digits = [0; 64];
    hex::encode_to_slice(octets, &mut digits).map_err(|_| fmt::Error)?;
    f.write_str(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
}

/// Reads exactly `N` octets of lower-case hexadecimal digits.
pub(crate) fn lower_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let is_lower = !text.bytes().any(|b| b.is_ascii_uppercase());
    (is_lower && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}

macro_rules! written_as_text {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl TryFrom<String> for $name {
            type Error = DigestError;

            fn try_from(text: String) -> Result<Self, DigestError> {
                text.parse()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

written_as_text!(Digest Blind Der);
schema!(Digest, "A SHA-256 digest.", { "type": "string", "pattern": "^sha256:[0-9a-f]{64}$" });
schema!(Der, "A certificate or key in DER, as base64.", { "type": "string", "contentEncoding": "base64" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_as_written() {
        let digest = Digest::from_bytes([0xab; 32]);
        assert_eq!(digest.to_string(), format!("sha256:{}", "ab".repeat(32)));
        assert_eq!(digest.to_string().parse(), Ok(digest));
    }

    #[test]
    fn upper_case_and_other_lengths_are_refused() {
        for wrong in ["AB".repeat(32), "ab".repeat(31), "ab".repeat(33)] {
            assert_eq!(
                format!("sha256:{wrong}").parse::<Digest>(),
                Err(DigestError::Digest)
            );
            assert_eq!(wrong.parse::<Blind>(), Err(DigestError::Blind));
        }
        assert_eq!("ab".repeat(32).parse::<Digest>(), Err(DigestError::Digest));
    }

    #[test]
    fn base64_has_one_form() {
        assert_eq!("AQI=".parse::<Der>().unwrap().as_bytes(), [1, 2]);
        for wrong in ["AQI", "AQJ=", "AQ I=", "-_8="] {
            assert_eq!(wrong.parse::<Der>(), Err(DigestError::Der), "{wrong:?}");
        }
    }
}

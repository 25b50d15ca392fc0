//! Bare keys: reading, writing, signing, verifying.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use zeroize::Zeroizing;

use crate::error::{KeyError, SignatureInvalid};

/// What stands before the 32 bytes of a key in its `SubjectPublicKeyInfo` ([RFC 8410], section 4).
///
/// ```text
/// SEQUENCE { SEQUENCE { OBJECT IDENTIFIER 1.3.101.112 } BIT STRING (0 unused bits) }
/// ```
///
/// [RFC 8410]: https://www.rfc-editor.org/rfc/rfc8410#section-4
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A public key without a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey([u8; Self::BYTES]);

impl PublicKey {
    /// The length of a key in bytes.
    pub const BYTES: usize = 32;

    /// Takes the encoding of RFC 8032.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The encoding of RFC 8032.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Reads a DER `SubjectPublicKeyInfo`.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let key = der.strip_prefix(&SPKI_PREFIX).ok_or(KeyError)?;
        Ok(Self(key.try_into().map_err(|_| KeyError)?))
    }

    /// Writes a DER `SubjectPublicKeyInfo`.
    pub fn to_spki_der(&self) -> Vec<u8> {
        [&SPKI_PREFIX[..], &self.0].concat()
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureInvalid> {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(message, signature)
            .map_err(|_| SignatureInvalid)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(")?;
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// A secret key.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// The length of a seed in bytes.
    pub const SEED_BYTES: usize = 32;

    /// Makes the key of a seed, which is the key's secret: 32 bytes of randomness.
    pub fn from_seed(seed: &[u8; Self::SEED_BYTES]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError)?;
        Ok(Self(pair))
    }

    /// Reads a DER `PrivateKeyInfo` (PKCS #8), with its public key or without.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| KeyError)?;
        Ok(Self(pair))
    }

    /// Writes a DER `PrivateKeyInfo` (PKCS #8) without the public key, as OpenSSL does.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&self.0).map_err(|_| KeyError)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        let mut bytes = [0; PublicKey::BYTES];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.0.try_sign(message).map_err(|_| KeyError)?;
        Ok(signature.as_ref().to_vec())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}

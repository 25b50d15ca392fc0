//! Public keys, read from `SubjectPublicKeyInfo` ([RFC 5280 section 4.1.2.7]).
//!
//! Reading is generous about sizes, so that a key can be refused by name; which keys are good
//! enough is decided at enrolment.
//!
//! [RFC 5280 section 4.1.2.7]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use der::{Decode, Document, Encode, Sequence};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::KeyAlgorithm;
use super::rsa::{Padding, RsaPublicKey, RsaPublicKeyDer};
use crate::digest::Digest;
use crate::dsa::DsaPublicKey;
use crate::error::KeyError;
use crate::oid;
use crate::policy::Scheme;

/// A public key. Cheap to clone; what checking signatures needs is prepared once.
#[derive(Clone)]
pub struct PublicKey(Arc<Inner>);

struct Inner {
    spki_der: Vec<u8>,
    fingerprint: Digest,
    algorithm: KeyAlgorithm,
    material: Material,
}

/// The key itself, by algorithm.
pub(crate) enum Material {
    Rsa(Box<RsaPublicKey>),
    Dsa(Box<DsaPublicKey>),
    P256(Box<P256PublicKey>),
    /// Kept for the log's notes, which do not come here to be checked.
    Ed25519,
}

impl PublicKey {
    /// Reads a `SubjectPublicKeyInfo`.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| KeyError::Unreadable)?;
        let material = Material::read(&info)?;
        Ok(Self(Arc::new(Inner {
            spki_der: der.to_vec(),
            fingerprint: Digest::of(der),
            algorithm: material.algorithm(),
            material,
        })))
    }

    /// Reads a `SubjectPublicKeyInfo` from PEM text.
    pub fn from_spki_pem(pem: &str) -> Result<Self, KeyError> {
        match Document::from_pem(pem) {
            Ok(("PUBLIC KEY", document)) => Self::from_spki_der(document.as_bytes()),
            Ok(("CERTIFICATE", _)) => Err(KeyError::Certificate),
            Ok(_) | Err(_) => Err(KeyError::Unreadable),
        }
    }

    /// The `SubjectPublicKeyInfo` in DER.
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki_der
    }

    /// The SHA-256 of the `SubjectPublicKeyInfo`: what names the key to people.
    pub fn fingerprint(&self) -> Digest {
        self.0.fingerprint
    }

    /// The key's algorithm and size.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.0.algorithm
    }

    pub(crate) fn material(&self) -> &Material {
        &self.0.material
    }

    /// Whether the signature is this key's over the message, under a scheme that fits the key.
    pub(crate) fn verifies(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> bool {
        match (self.material(), scheme) {
            (Material::Rsa(key), Scheme::RsaPss(hash)) => {
                key.verifies(Padding::Pss, hash, message, signature)
            }
            (Material::Rsa(key), Scheme::RsaPkcs1(hash)) => {
                key.verifies(Padding::Pkcs1, hash, message, signature)
            }
            (Material::Dsa(key), Scheme::DsaSha256) => key.verifies(message, signature),
            (Material::P256(key), Scheme::EcdsaSha256) => key.verifies(message, signature),
            (
                Material::Rsa(_) | Material::Dsa(_) | Material::P256(_) | Material::Ed25519,
                Scheme::RsaPss(_) | Scheme::RsaPkcs1(_) | Scheme::DsaSha256 | Scheme::EcdsaSha256,
            ) => false,
        }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki_der == other.0.spki_der
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.algorithm(), self.fingerprint())
    }
}

impl Material {
    fn read(info: &SubjectPublicKeyInfoRef<'_>) -> Result<Self, KeyError> {
        let algorithm = &info.algorithm;
        let key = info
            .subject_public_key
            .as_bytes()
            .ok_or(KeyError::Unreadable)?;
        if algorithm.oid == oid::RSA_ENCRYPTION && algorithm.parameters.is_some_and(AnyRef::is_null)
        {
            let key = RsaPublicKeyDer::from_der(key).map_err(|_| KeyError::Unreadable)?;
            RsaPublicKey::new(key).map(|key| Self::Rsa(Box::new(key)))
        } else if algorithm.oid == oid::DSA {
            let parameters = algorithm
                .parameters
                .and_then(|parameters| parameters.decode_as().ok())
                .ok_or(KeyError::Unsupported)?;
            let y = UintRef::from_der(key).map_err(|_| KeyError::Unreadable)?;
            DsaPublicKey::new(&parameters, y).map(|key| Self::Dsa(Box::new(key)))
        } else if is_p256(algorithm) {
            P256PublicKey::new(key).map(|key| Self::P256(Box::new(key)))
        } else if algorithm.oid == oid::ED25519 && algorithm.parameters.is_none() && key.len() == 32
        {
            Ok(Self::Ed25519)
        } else {
            Err(KeyError::Unsupported)
        }
    }

    fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Rsa(key) => KeyAlgorithm::Rsa { bits: key.bits() },
            Self::Dsa(key) => KeyAlgorithm::Dsa {
                p_bits: key.parameters().p_bits(),
                q_bits: key.parameters().q_bits(),
            },
            Self::P256(_) => KeyAlgorithm::P256,
            Self::Ed25519 => KeyAlgorithm::Ed25519,
        }
    }
}

fn is_p256(algorithm: &AlgorithmIdentifierRef<'_>) -> bool {
    let curve = algorithm
        .parameters
        .and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
    algorithm.oid == oid::EC_PUBLIC_KEY && curve == Some(oid::P256)
}

/// A point on P-256 in uncompressed form (SEC 1 section 2.3.3).
#[derive(Debug)]
pub(crate) struct P256PublicKey {
    point: [u8; 65],
    prepared: ParsedPublicKey,
}

/// ```text
/// Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }
/// ```
///
/// The same as `Dss-Sig-Value` (RFC 3279 section 2.2).
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct SignatureNumbers<'a> {
    pub(crate) r: UintRef<'a>,
    pub(crate) s: UintRef<'a>,
}

impl P256PublicKey {
    fn new(key: &[u8]) -> Result<Self, KeyError> {
        let point = uncompressed_point(key).ok_or(KeyError::Unsupported)?;
        let prepared = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .map_err(|_| KeyError::Unreadable)?;
        Ok(Self { point, prepared })
    }

    pub(crate) const fn point(&self) -> &[u8; 65] {
        &self.point
    }

    /// The signature is parsed here, so that the library sees two numbers and no ASN.1.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(SignatureNumbers { r, s }) = SignatureNumbers::from_der(signature) else {
            return false;
        };
        let mut fixed = [0; 64];
        let (r_half, s_half) = fixed.split_at_mut(32);
        right_align(r.as_bytes(), r_half)
            && right_align(s.as_bytes(), s_half)
            && self.prepared.verify_sig(message, &fixed).is_ok()
    }
}

/// The point, if the octets are one in uncompressed form; whether it lies on the curve is checked
/// where it is used.
pub(crate) fn uncompressed_point(octets: &[u8]) -> Option<[u8; 65]> {
    let point: [u8; 65] = octets.try_into().ok()?;
    (point.first() == Some(&4)).then_some(point)
}

/// Writes a number at the end of a field of zeros, if it fits.
pub(crate) fn right_align(number: &[u8], field: &mut [u8]) -> bool {
    let Some(start) = field.len().checked_sub(number.len()) else {
        return false;
    };
    let Some(end) = field.get_mut(start..) else {
        return false;
    };
    end.copy_from_slice(number);
    true
}

/// Encodes a `SubjectPublicKeyInfo`.
pub(crate) fn write_spki(
    algorithm: AlgorithmIdentifierRef<'_>,
    key: &[u8],
) -> der::Result<Vec<u8>> {
    SubjectPublicKeyInfoRef {
        algorithm,
        subject_public_key: BitStringRef::from_bytes(key)?,
    }
    .to_der()
}

//! Private keys.

use std::fmt;

use aws_lc_rs::agreement;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode};
use pkcs8::PrivateKeyInfoRef;
use rand_core::CryptoRng;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::public::{right_align, write_spki};
use super::{KeyAlgorithm, PublicKey, RsaBits};
use crate::dsa::{DsaParameters, DsaSecret};
use crate::error::{KeyError, SignError};
use crate::hash::Hash;
use crate::oid;
use crate::policy::Scheme;

/// A private key, wiped from memory when dropped.
pub struct SigningKey {
    pkcs8_der: Zeroizing<Vec<u8>>,
    secret: Secret,
    public_key: PublicKey,
}

/// The key itself, by algorithm.
pub(crate) enum Secret {
    Rsa(Box<RsaKeyPair>),
    Dsa(Box<DsaSecret>),
    P256 {
        pair: Box<EcdsaKeyPair>,
        scalar: Zeroizing<[u8; 32]>,
    },
    /// Kept for the log's notes, which are not signed here.
    Ed25519,
}

impl SigningKey {
    /// Makes an RSA key. The library takes no generator: it uses its own, seeded by the operating
    /// system.
    pub fn generate_rsa(bits: RsaBits) -> Result<Self, KeyError> {
        let size = match bits {
            RsaBits::B2048 => KeySize::Rsa2048,
            RsaBits::B3072 => KeySize::Rsa3072,
            RsaBits::B4096 => KeySize::Rsa4096,
        };
        let pair = RsaKeyPair::generate(size).map_err(|_| KeyError::Failed)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Failed)?;
        Self::from_pkcs8_der(der.as_ref())
    }

    /// Makes a DSA key in the given group.
    pub fn generate_dsa(
        parameters: &DsaParameters,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, KeyError> {
        Self::from_pkcs8_der(&DsaSecret::generate(parameters, rng)?.to_pkcs8_der()?)
    }

    /// Makes a key on P-256.
    pub fn generate_p256(rng: &mut impl CryptoRng) -> Result<Self, KeyError> {
        let (_, scalar) = random_p256(rng)?;
        Self::from_pkcs8_der(&write_p256(&scalar).map_err(|_| KeyError::Failed)?)
    }

    /// Makes an Ed25519 key.
    pub fn generate_ed25519(rng: &mut impl CryptoRng) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self::from_pkcs8_der(&write_ed25519(&seed).map_err(|_| KeyError::Failed)?)
    }

    /// Reads a PKCS #8 private key in DER.
    pub(crate) fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::try_from(der).map_err(|_| KeyError::Unreadable)?;
        let (secret, spki_der) = read_secret(info, der)?;
        Ok(Self {
            pkcs8_der: Zeroizing::new(der.to_vec()),
            secret,
            public_key: PublicKey::from_spki_der(&spki_der)?,
        })
    }

    pub(crate) fn pkcs8_der(&self) -> &[u8] {
        &self.pkcs8_der
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The public half.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The key's algorithm and size.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.public_key.algorithm()
    }

    /// Signs a message under a scheme that fits the key. RSA and ECDSA use the library's own
    /// generator, for it takes no other; DSA needs none.
    pub(crate) fn sign(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match (&self.secret, scheme) {
            (Secret::Rsa(pair), Scheme::RsaPss(Hash::Sha256) | Scheme::RsaPkcs1(Hash::Sha256)) => {
                let padding = if matches!(scheme, Scheme::RsaPss(_)) {
                    &RSA_PSS_SHA256
                } else {
                    &RSA_PKCS1_SHA256
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(padding, &scheme.hash().digest(message), &mut signature)
                    .map_err(|_| SignError::Failed)?;
                Ok(signature)
            }
            (Secret::P256 { pair, .. }, Scheme::EcdsaSha256) => pair
                .sign_digest(&scheme.hash().digest(message))
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError::Failed),
            // A faulty signature would give the key away, so none leaves unchecked.
            (Secret::Dsa(secret), Scheme::DsaSha256) => secret
                .sign(message)
                .filter(|signature| self.public_key.verifies(scheme, message, signature))
                .ok_or(SignError::Failed),
            (
                Secret::Rsa(_) | Secret::Dsa(_) | Secret::P256 { .. } | Secret::Ed25519,
                Scheme::RsaPss(_) | Scheme::RsaPkcs1(_) | Scheme::DsaSha256 | Scheme::EcdsaSha256,
            ) => Err(SignError::Failed),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, [redacted])", self.algorithm())
    }
}

/// The secret and the `SubjectPublicKeyInfo` of its public half.
fn read_secret(info: PrivateKeyInfoRef<'_>, der: &[u8]) -> Result<(Secret, Vec<u8>), KeyError> {
    let algorithm = info.algorithm;
    if algorithm.oid == oid::RSA_ENCRYPTION {
        let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| KeyError::Unsupported)?;
        let spki = write_spki(
            AlgorithmIdentifierRef {
                oid: oid::RSA_ENCRYPTION,
                parameters: Some(AnyRef::NULL),
            },
            pair.public_key().as_ref(),
        );
        Ok((
            Secret::Rsa(Box::new(pair)),
            spki.map_err(|_| KeyError::Failed)?,
        ))
    } else if algorithm.oid == oid::DSA {
        let secret = DsaSecret::read(info)?;
        let spki = secret.to_spki_der()?;
        Ok((Secret::Dsa(Box::new(secret)), spki))
    } else if algorithm.oid == oid::EC_PUBLIC_KEY {
        read_p256(&info)
    } else if algorithm.oid == oid::ED25519 {
        read_ed25519(&info)
    } else {
        Err(KeyError::Unsupported)
    }
}

/// ```text
/// ECPrivateKey ::= SEQUENCE {
///   version INTEGER { ecPrivkeyVer1(1) },
///   privateKey OCTET STRING,
///   parameters [0] ECParameters OPTIONAL,
///   publicKey [1] BIT STRING OPTIONAL }
/// ```
///
/// [RFC 5915 section 3](https://www.rfc-editor.org/rfc/rfc5915#section-3)
#[derive(der::Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<ObjectIdentifier>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<der::asn1::BitStringRef<'a>>,
}

fn read_p256(info: &PrivateKeyInfoRef<'_>) -> Result<(Secret, Vec<u8>), KeyError> {
    let curve = info
        .algorithm
        .parameters
        .and_then(|curve| curve.decode_as().ok());
    if curve != Some(oid::P256) {
        return Err(KeyError::Unsupported);
    }
    let key =
        EcPrivateKey::from_der(info.private_key.as_bytes()).map_err(|_| KeyError::Unreadable)?;
    let mut scalar = Zeroizing::new([0; 32]);
    if !right_align(key.private_key.as_bytes(), scalar.as_mut_slice()) {
        return Err(KeyError::Unreadable);
    }
    let agreement = p256_agreement_key(&scalar).ok_or(KeyError::Unreadable)?;
    let point = agreement
        .compute_public_key()
        .map_err(|_| KeyError::Failed)?;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        scalar.as_slice(),
        point.as_ref(),
    )
    .map_err(|_| KeyError::Unreadable)?;
    let spki = write_spki(p256_identifier(&AnyRef::from(&oid::P256)), point.as_ref())
        .map_err(|_| KeyError::Failed)?;
    Ok((
        Secret::P256 {
            pair: Box::new(pair),
            scalar,
        },
        spki,
    ))
}

fn write_p256(scalar: &[u8; 32]) -> der::Result<Zeroizing<Vec<u8>>> {
    let key = EcPrivateKey {
        version: 1,
        private_key: OctetStringRef::new(scalar)?,
        parameters: None,
        public_key: None,
    };
    let key = Zeroizing::new(key.to_der()?);
    PrivateKeyInfoRef::new(
        p256_identifier(&AnyRef::from(&oid::P256)),
        OctetStringRef::new(&key)?,
    )
    .to_der()
    .map(Zeroizing::new)
}

const fn p256_identifier<'a>(curve: &AnyRef<'a>) -> AlgorithmIdentifierRef<'a> {
    AlgorithmIdentifierRef {
        oid: oid::EC_PUBLIC_KEY,
        parameters: Some(*curve),
    }
}

/// A random private key on P-256; numbers outside its range are drawn again.
pub(crate) fn random_p256(
    rng: &mut impl CryptoRng,
) -> Result<(agreement::PrivateKey, Zeroizing<[u8; 32]>), KeyError> {
    /// One draw in 2^32 fails; a generator that fails so often is broken.
    const DRAWS_MAX: u32 = 16;
    let mut scalar = Zeroizing::new([0; 32]);
    for _ in 0..DRAWS_MAX {
        rng.fill_bytes(scalar.as_mut_slice());
        if let Some(key) = p256_agreement_key(&scalar) {
            return Ok((key, scalar));
        }
    }
    Err(KeyError::Failed)
}

pub(crate) fn p256_agreement_key(scalar: &[u8; 32]) -> Option<agreement::PrivateKey> {
    agreement::PrivateKey::from_private_key(&agreement::ECDH_P256, scalar).ok()
}

/// The key is an OCTET STRING in an OCTET STRING (RFC 8410 section 7).
fn read_ed25519(info: &PrivateKeyInfoRef<'_>) -> Result<(Secret, Vec<u8>), KeyError> {
    let seed = <&OctetStringRef>::from_der(info.private_key.as_bytes())
        .map_err(|_| KeyError::Unreadable)?;
    let pair =
        Ed25519KeyPair::from_seed_unchecked(seed.as_bytes()).map_err(|_| KeyError::Unreadable)?;
    let algorithm = AlgorithmIdentifierRef {
        oid: oid::ED25519,
        parameters: None,
    };
    let spki = write_spki(algorithm, pair.public_key().as_ref()).map_err(|_| KeyError::Failed)?;
    Ok((Secret::Ed25519, spki))
}

fn write_ed25519(seed: &[u8; 32]) -> der::Result<Zeroizing<Vec<u8>>> {
    let key = Zeroizing::new(OctetStringRef::new(seed)?.to_der()?);
    let algorithm = AlgorithmIdentifierRef {
        oid: oid::ED25519,
        parameters: None,
    };
    PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(&key)?)
        .to_der()
        .map(Zeroizing::new)
}

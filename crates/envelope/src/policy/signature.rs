//! Signatures: key, digest, signature algorithm and parameters.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Encode, Sequence};
use spki::AlgorithmIdentifierRef;

use crate::error::AlgorithmHint;
use crate::hash::Hash;
use crate::key::KeyAlgorithm;
use crate::oid;

/// How a signature is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RSASSA-PSS, the mask with the same digest, the salt as long as the digest.
    RsaPss(Hash),
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Hash),
    /// DSA with SHA-256, cut to the length of q.
    DsaSha256,
    /// ECDSA on P-256 with SHA-256.
    EcdsaSha256,
}

impl Scheme {
    /// What a key of ours signs messages with.
    pub(crate) const fn for_messages(key: KeyAlgorithm) -> Option<Self> {
        match key {
            KeyAlgorithm::Rsa { .. } => Some(Self::RsaPss(Hash::Sha256)),
            KeyAlgorithm::Dsa { .. } => Some(Self::DsaSha256),
            KeyAlgorithm::P256 => Some(Self::EcdsaSha256),
            KeyAlgorithm::Ed25519 => None,
        }
    }

    /// What a key of ours signs certificates and mail with: the older RSA padding, which every
    /// reader of those knows.
    pub(crate) const fn for_certificates(key: KeyAlgorithm) -> Option<Self> {
        match key {
            KeyAlgorithm::Rsa { .. } => Some(Self::RsaPkcs1(Hash::Sha256)),
            KeyAlgorithm::Dsa { .. } | KeyAlgorithm::P256 | KeyAlgorithm::Ed25519 => {
                Self::for_messages(key)
            }
        }
    }

    /// The digest of the content that goes with the signature.
    pub(crate) const fn hash(self) -> Hash {
        match self {
            Self::RsaPss(hash) | Self::RsaPkcs1(hash) => hash,
            Self::DsaSha256 | Self::EcdsaSha256 => Hash::Sha256,
        }
    }

    /// Runs `write` with the algorithm identifier that names this scheme.
    pub(crate) fn with_identifier<T>(
        self,
        write: impl FnOnce(AlgorithmIdentifierRef<'_>) -> der::Result<T>,
    ) -> der::Result<T> {
        let absent = |oid| AlgorithmIdentifierRef {
            oid,
            parameters: None,
        };
        match self {
            Self::RsaPss(hash) => {
                let parameters = PssParameters::ours(hash).to_der()?;
                let parameters = Some(AnyRef::try_from(parameters.as_slice())?);
                write(AlgorithmIdentifierRef {
                    oid: oid::RSA_PSS,
                    parameters,
                })
            }
            Self::RsaPkcs1(hash) => write(AlgorithmIdentifierRef {
                oid: with_rsa(hash),
                parameters: Some(AnyRef::NULL),
            }),
            Self::DsaSha256 => write(absent(oid::DSA_WITH_SHA256)),
            Self::EcdsaSha256 => write(absent(oid::ECDSA_WITH_SHA256)),
        }
    }
}

const fn with_rsa(hash: Hash) -> ObjectIdentifier {
    match hash {
        Hash::Sha256 => oid::SHA256_WITH_RSA,
        Hash::Sha384 => oid::SHA384_WITH_RSA,
        Hash::Sha512 => oid::SHA512_WITH_RSA,
    }
}

/// The scheme of a message's signer, if it is one we accept for this key.
///
/// OpenSSL writes PKCS #1 v1.5 as rsaEncryption, which leaves the digest to the signer's
/// (RFC 3370 section 3.2).
pub(crate) fn message_scheme(
    key: KeyAlgorithm,
    digest: &AlgorithmIdentifierRef<'_>,
    signature: &AlgorithmIdentifierRef<'_>,
) -> Result<Scheme, AlgorithmHint> {
    let hash = Hash::from_identifier(digest).ok_or(AlgorithmHint::Digest)?;
    let is_rsa = matches!(key, KeyAlgorithm::Rsa { .. });
    let is_null = signature.parameters.is_some_and(AnyRef::is_null);
    if is_rsa && is_null && signature.oid == oid::RSA_ENCRYPTION {
        return Ok(Scheme::RsaPkcs1(hash));
    }
    let scheme = named_scheme(key, signature)?;
    if scheme.hash() == hash {
        Ok(scheme)
    } else {
        Err(AlgorithmHint::Digest)
    }
}

/// The scheme an identifier names by itself, as in a certificate, if we accept it for this key.
pub(crate) fn named_scheme(
    key: KeyAlgorithm,
    signature: &AlgorithmIdentifierRef<'_>,
) -> Result<Scheme, AlgorithmHint> {
    match key {
        KeyAlgorithm::Rsa { .. } => rsa_scheme(signature),
        KeyAlgorithm::Dsa { .. } => bare_scheme(Scheme::DsaSha256, oid::DSA_WITH_SHA256, signature),
        KeyAlgorithm::P256 => bare_scheme(Scheme::EcdsaSha256, oid::ECDSA_WITH_SHA256, signature),
        KeyAlgorithm::Ed25519 => Err(AlgorithmHint::Signature),
    }
}

fn rsa_scheme(signature: &AlgorithmIdentifierRef<'_>) -> Result<Scheme, AlgorithmHint> {
    if signature.oid == oid::RSA_PSS {
        return PssParameters::read(signature.parameters)?.scheme();
    }
    if !signature.parameters.is_none_or(AnyRef::is_null) {
        return Err(AlgorithmHint::Signature);
    }
    [Hash::Sha256, Hash::Sha384, Hash::Sha512]
        .into_iter()
        .find(|hash| with_rsa(*hash) == signature.oid)
        .map(Scheme::RsaPkcs1)
        .ok_or(AlgorithmHint::Signature)
}

fn bare_scheme(
    scheme: Scheme,
    oid: ObjectIdentifier,
    signature: &AlgorithmIdentifierRef<'_>,
) -> Result<Scheme, AlgorithmHint> {
    if signature.oid == oid && signature.parameters.is_none() {
        Ok(scheme)
    } else {
        Err(AlgorithmHint::Signature)
    }
}

/// ```text
/// RSASSA-PSS-params ::= SEQUENCE {
///   hashAlgorithm [0] HashAlgorithm DEFAULT sha1,
///   maskGenAlgorithm [1] MaskGenAlgorithm DEFAULT mgf1SHA1,
///   saltLength [2] INTEGER DEFAULT 20,
///   trailerField [3] TrailerField DEFAULT trailerFieldBC }
/// ```
///
/// [RFC 4055 section 3.1](https://www.rfc-editor.org/rfc/rfc4055#section-3.1)
#[derive(Debug, Clone, Copy, Sequence)]
struct PssParameters<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<MaskGeneration<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_size_bytes: Option<u32>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// MGF1 and the digest it uses.
#[derive(Debug, Clone, Copy, Sequence)]
pub(super) struct MaskGeneration<'a> {
    algorithm: ObjectIdentifier,
    hash: AlgorithmIdentifierRef<'a>,
}

impl MaskGeneration<'_> {
    pub(super) fn mgf1_hash(&self) -> Option<Hash> {
        (self.algorithm == oid::MGF1)
            .then(|| Hash::from_identifier(&self.hash))
            .flatten()
    }
}

impl<'a> PssParameters<'a> {
    const fn ours(hash: Hash) -> Self {
        Self {
            hash: Some(hash.identifier()),
            mask: Some(MaskGeneration {
                algorithm: oid::MGF1,
                hash: hash.identifier(),
            }),
            salt_size_bytes: Some(hash.size_bytes()),
            trailer: None,
        }
    }

    fn read(parameters: Option<AnyRef<'a>>) -> Result<Self, AlgorithmHint> {
        parameters
            .and_then(|parameters| parameters.decode_as().ok())
            .ok_or(AlgorithmHint::PssParameters)
    }

    /// Defaults are SHA-1, which is refused like any other digest we do not accept.
    fn scheme(&self) -> Result<Scheme, AlgorithmHint> {
        let hash = self
            .hash
            .and_then(|identifier| Hash::from_identifier(&identifier))
            .ok_or(AlgorithmHint::Digest)?;
        let mask = self.mask.and_then(|mask| mask.mgf1_hash());
        if mask != Some(hash) || self.trailer.is_some_and(|trailer| trailer != 1) {
            return Err(AlgorithmHint::PssParameters);
        }
        if self.salt_size_bytes != Some(hash.size_bytes()) {
            return Err(AlgorithmHint::PssSalt);
        }
        Ok(Scheme::RsaPss(hash))
    }
}

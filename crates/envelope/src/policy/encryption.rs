//! Envelopes: how the content is encrypted and how its key reaches a recipient.

use der::Sequence;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use spki::AlgorithmIdentifierRef;

use super::signature::MaskGeneration;
use crate::cms::auth_enveloped_data::GcmParameters;
use crate::error::AlgorithmHint;
use crate::hash::Hash;
use crate::oid;

/// The only tag length accepted: the full one.
pub(crate) const TAG_SIZE_BYTES: u8 = 16;

/// ECDH with the X9.63 key derivation under a digest, then AES-256 key wrap.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyAgreement<'a> {
    pub(crate) hash: Hash,
    /// As it stands in the message, for it goes into the derivation.
    pub(crate) key_wrap: AlgorithmIdentifierRef<'a>,
}

/// Reads `dhSinglePass-stdDH-sha*kdf-scheme` (RFC 5753 section 7.1.4).
pub(crate) fn key_agreement<'a>(
    algorithm: &AlgorithmIdentifierRef<'a>,
) -> Result<KeyAgreement<'a>, AlgorithmHint> {
    let schemes = [
        (oid::ECDH_SHA256_KDF, Hash::Sha256),
        (oid::ECDH_SHA384_KDF, Hash::Sha384),
        (oid::ECDH_SHA512_KDF, Hash::Sha512),
    ];
    let hash = schemes
        .into_iter()
        .find(|(oid, _)| *oid == algorithm.oid)
        .map(|(_, hash)| hash);
    let key_wrap = algorithm
        .parameters
        .and_then(|parameters| parameters.decode_as::<AlgorithmIdentifierRef<'a>>().ok())
        .filter(|wrap| wrap.oid == oid::AES256_WRAP && wrap.parameters.is_none());
    match (hash, key_wrap) {
        (Some(hash), Some(key_wrap)) => Ok(KeyAgreement { hash, key_wrap }),
        (Some(_) | None, Some(_) | None) => Err(AlgorithmHint::KeyDerivation),
    }
}

/// ```text
/// RSAES-OAEP-params ::= SEQUENCE {
///   hashFunc [0] AlgorithmIdentifier DEFAULT sha1,
///   maskGenFunc [1] AlgorithmIdentifier DEFAULT mgf1SHA1,
///   pSourceFunc [2] AlgorithmIdentifier DEFAULT pSpecifiedEmpty }
/// ```
///
/// [RFC 4055 section 4.1](https://www.rfc-editor.org/rfc/rfc4055#section-4.1)
#[derive(Debug, Clone, Copy, Sequence)]
struct OaepParameters<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<MaskGeneration<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    label: Option<LabelSource<'a>>,
}

#[derive(Debug, Clone, Copy, Sequence)]
struct LabelSource<'a> {
    algorithm: ObjectIdentifier,
    label: &'a OctetStringRef,
}

/// Checks for RSA-OAEP with SHA-256 throughout and no label.
pub(crate) fn key_transport(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<(), AlgorithmHint> {
    let parameters = algorithm
        .parameters
        .filter(|_| algorithm.oid == oid::RSA_OAEP)
        .and_then(|parameters| parameters.decode_as::<OaepParameters<'_>>().ok())
        .ok_or(AlgorithmHint::KeyTransport)?;
    let hash = parameters
        .hash
        .and_then(|hash| Hash::from_identifier(&hash));
    let mask = parameters.mask.and_then(|mask| mask.mgf1_hash());
    let label_is_empty = parameters
        .label
        .is_none_or(|source| source.algorithm == oid::P_SPECIFIED && source.label.is_empty());
    if (hash, mask, label_is_empty) == (Some(Hash::Sha256), Some(Hash::Sha256), true) {
        Ok(())
    } else {
        Err(AlgorithmHint::KeyTransport)
    }
}

/// The nonce of AES-256-GCM with a nonce of 12 octets and a tag of 16.
pub(crate) fn content_nonce(
    algorithm: &AlgorithmIdentifierRef<'_>,
) -> Result<[u8; 12], AlgorithmHint> {
    algorithm
        .parameters
        .filter(|_| algorithm.oid == oid::AES256_GCM)
        .and_then(|parameters: AnyRef<'_>| parameters.decode_as::<GcmParameters<'_>>().ok())
        .filter(|parameters| parameters.tag_size_bytes == TAG_SIZE_BYTES)
        .and_then(|parameters| parameters.nonce.as_bytes().try_into().ok())
        .ok_or(AlgorithmHint::ContentEncryption)
}

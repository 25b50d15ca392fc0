//! A signed message that nobody has checked yet.

mod dsa_numbers;

use std::borrow::Cow;
use std::fmt;

use der::{Decode, Encode, Tag};
use jiff::Timestamp;
use spki::AlgorithmIdentifierRef;

use crate::certificate::Certificate;
use crate::cms::attributes::SignedAttributes;
use crate::cms::ber;
use crate::cms::content_info::ContentInfo;
use crate::cms::signed_data::{PartyIdentifier, SignedData, SignerInfo};
use crate::digest::Digest;
use crate::error::{OpenError, VerifyError};
use crate::hash::Hash;
use crate::key::Material;
use crate::oid;
use crate::policy::message_scheme;
use crate::verified::{SignatureFacts, Verified};

pub use dsa_numbers::DsaNumbers;

/// More digest algorithms than a message with one signer has a use for.
const DIGEST_ALGORITHMS_MAX: usize = 8;

/// A well-formed `SignedData`, decrypted or as it came. It tells who could read it, not who wrote
/// it, so there is no way to its content but [`Opened::verify`].
///
/// ```compile_fail
/// fn peek(opened: countersign_envelope::Opened) -> Vec<u8> { opened.content().to_vec() }
/// ```
pub struct Opened {
    /// The octets as they came.
    received: Vec<u8>,
    /// The same in DER, where they came in BER.
    normalised: Option<Vec<u8>>,
}

impl Opened {
    /// Takes a signed message that was not sealed, such as a statement.
    pub fn from_signed_data(message: Vec<u8>) -> Result<Self, OpenError> {
        let normalised = match ber::to_der(&message).map_err(|_| OpenError::REFUSED)? {
            Cow::Borrowed(_) => None,
            Cow::Owned(der) => Some(der),
        };
        let opened = Self {
            received: message,
            normalised,
        };
        opened.signed_data().map_err(|_| OpenError::REFUSED)?;
        Ok(opened)
    }

    fn signed_data(&self) -> der::Result<SignedData<'_>> {
        let outer = ContentInfo::from_der(self.normalised.as_deref().unwrap_or(&self.received))?;
        if outer.content_type != oid::SIGNED_DATA {
            return Err(Tag::ObjectIdentifier.value_error().into());
        }
        outer.content.decode_as()
    }

    /// Whether one of these keys is said to have signed this. A claim, no more.
    pub fn claims_one_of(&self, keys: &[Certificate]) -> bool {
        self.claimed_signer(keys).is_some()
    }

    /// Whether checking what is said to be its signature takes many times as long as with RSA: with a DSA
    /// key that does not sign often.
    pub fn is_slow_to_verify(&self, keys: &[Certificate]) -> bool {
        let is_slow = |certificate: &Certificate| match certificate.public_key().material() {
            Material::Dsa(key) => !key.has_tables(),
            Material::Rsa(_) | Material::P256(_) | Material::Ed25519 => false,
        };
        // Most accounts have no such key, and their messages need not be read for it.
        keys.iter().any(is_slow) && self.claimed_signer(keys).is_some_and(is_slow)
    }

    fn claimed_signer<'k>(&self, keys: &'k [Certificate]) -> Option<&'k Certificate> {
        let signer = only_signer(&self.signed_data().ok()?).ok()?;
        find(keys, &signer.signer)
    }

    /// Checks the signature against the keys enrolled for the account that sent it. Certificates
    /// inside the message count for nothing.
    pub fn verify(self, keys: &[Certificate]) -> Result<Verified<Vec<u8>>, VerifyError> {
        let signed_data = self.signed_data().map_err(|_| VerifyError::REFUSED)?;
        let signer = only_signer(&signed_data)?;
        let certificate = find(keys, &signer.signer).ok_or(VerifyError::REFUSED)?;
        let octets = attached_content(&signed_data)?;
        let content_sha256 = Digest::of(octets);
        let checked = check(&signer, certificate, octets, content_sha256)?;
        let content = octets.to_vec();
        let facts = SignatureFacts {
            signed_data_sha256: Digest::of(&self.received),
            content_sha256,
            signed_attributes_sha256: checked.attributes_sha256,
            signature_sha256: Digest::of(signer.signature.as_bytes()),
            certificate_sha256: certificate.fingerprint(),
            signing_time: checked.time,
            signed_data: self.received,
        };
        Ok(Verified::new(content, facts))
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({} bytes, not verified)", self.received.len())
    }
}

/// The one signer of a message, whose parts agree with each other (RFC 5652 sections 5.1 and 5.3).
fn only_signer<'a>(signed_data: &SignedData<'a>) -> Result<SignerInfo<'a>, VerifyError> {
    let signer = SignerInfo::from_der(signed_data.signer_infos.elements())
        .map_err(|_| VerifyError::REFUSED)?;
    let version = match signer.signer {
        PartyIdentifier::IssuerAndSerialNumber(_) => 1,
        PartyIdentifier::SubjectKeyIdentifier(_) => 3,
    };
    let digests: Vec<AlgorithmIdentifierRef<'_>> = signed_data
        .digest_algorithms
        .read(DIGEST_ALGORITHMS_MAX)
        .map_err(|_| VerifyError::REFUSED)?;
    let announced = digests
        .iter()
        .any(|digest| digest.oid == signer.digest_algorithm.oid);
    if signed_data.version == version && signer.version == version && announced {
        Ok(signer)
    } else {
        Err(VerifyError::REFUSED)
    }
}

/// What a good signature says beside the content.
struct Checked {
    attributes_sha256: Digest,
    time: Timestamp,
}

/// Checks algorithms, attributes and signature, in this order: a hint about the first may leave,
/// nothing about the others.
fn check(
    signer: &SignerInfo<'_>,
    certificate: &Certificate,
    content: &[u8],
    content_sha256: Digest,
) -> Result<Checked, VerifyError> {
    let key = certificate.public_key();
    let scheme = message_scheme(
        key.algorithm(),
        &signer.digest_algorithm,
        &signer.signature_algorithm,
    )
    .map_err(VerifyError::unsupported)?;
    let set = signer.signed_attributes.ok_or(VerifyError::REFUSED)?;
    let attributes = SignedAttributes::read(set).map_err(|_| VerifyError::REFUSED)?;
    let digest_matches = match scheme.hash() {
        Hash::Sha256 => attributes.message_digest == content_sha256.as_bytes(),
        hash @ (Hash::Sha384 | Hash::Sha512) => {
            attributes.message_digest == hash.digest(content).as_ref()
        }
    };
    let certificate_matches = attributes
        .signing_certificate
        .is_none_or(|named| named.names(certificate.der()));
    // The signature covers the attributes as a SET OF, not under the tag they travel with.
    let covered = set.to_der().map_err(|_| VerifyError::REFUSED)?;
    if attributes.content_type == oid::DATA
        && digest_matches
        && certificate_matches
        && key.verifies(scheme, &covered, signer.signature.as_bytes())
    {
        Ok(Checked {
            attributes_sha256: Digest::of(&covered),
            time: attributes.signing_time,
        })
    } else {
        Err(VerifyError::REFUSED)
    }
}

fn attached_content<'a>(signed_data: &SignedData<'a>) -> Result<&'a [u8], VerifyError> {
    match signed_data.content.content {
        Some(content) if signed_data.content.content_type == oid::DATA => Ok(content.as_bytes()),
        Some(_) | None => Err(VerifyError::REFUSED),
    }
}

fn find<'k>(keys: &'k [Certificate], party: &PartyIdentifier<'_>) -> Option<&'k Certificate> {
    keys.iter()
        .find(|certificate| certificate.is_named_by(party))
}

#[cfg(test)]
mod draft;
#[cfg(test)]
mod tests;

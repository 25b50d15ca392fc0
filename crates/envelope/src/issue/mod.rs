//! Making certificates: X.509 v3 with the extensions their use asks for ([RFC 5280]).
//!
//! [RFC 5280]: https://www.rfc-editor.org/rfc/rfc5280

use std::time::Duration;

use der::asn1::{Any, AnyRef, BitStringRef, OctetStringRef, UintRef, Utf8StringRef};
use der::{DateTime, Decode, Encode, Tag};
use jiff::Timestamp;
use rand_core::CryptoRng;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};
use x509_cert::time::{Time, Validity};

use crate::certificate::{Certificate, Extension, TbsCertificate};
use crate::certificate_use::{CertificateUse, OwnedExtension, extensions};
use crate::digest::Digest;
use crate::error::{IssueError, SignError};
use crate::key::{PublicKey, SigningKey};
use crate::oid;
use crate::policy::Scheme;
use crate::signer::Signer;

/// The longest common name RFC 5280 allows.
const SUBJECT_MAX_CHARS: usize = 64;

/// Half of the twenty octets allowed would do; a digest's length is customary.
const KEY_IDENTIFIER_SIZE_BYTES: usize = 20;

/// Makes a certificate signed with its own key.
pub fn self_signed(
    key: &SigningKey,
    subject: &str,
    usage: &CertificateUse,
    not_before: Timestamp,
    not_after: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Certificate, IssueError> {
    let name = write_name(subject)?;
    let draft = Draft {
        issuer: &name,
        subject: &name,
        public_key: key.public_key(),
        usage,
        authority_key: None,
        validity: validity(not_before, not_after)?,
        serial_number: serial_number(rng),
    };
    draft.sign(key)
}

/// Makes a certificate for another's key, signed by a root.
#[expect(clippy::too_many_arguments, reason = "a certificate says that much")]
pub fn issue(
    root: &Signer,
    subject_key: &PublicKey,
    subject: &str,
    usage: &CertificateUse,
    not_before: Timestamp,
    not_after: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Certificate, IssueError> {
    let draft = Draft {
        issuer: root.certificate().subject_der(),
        subject: &write_name(subject)?,
        public_key: subject_key,
        usage,
        authority_key: root.certificate().subject_key_identifier(),
        validity: validity(not_before, not_after)?,
        serial_number: serial_number(rng),
    };
    draft.sign(root.key())
}

/// Everything a certificate says, before it is signed.
struct Draft<'a> {
    issuer: &'a [u8],
    subject: &'a [u8],
    public_key: &'a PublicKey,
    usage: &'a CertificateUse,
    authority_key: Option<&'a [u8]>,
    validity: Validity,
    serial_number: [u8; 16],
}

impl Draft<'_> {
    fn sign(&self, key: &SigningKey) -> Result<Certificate, IssueError> {
        let algorithm = self.public_key.algorithm();
        if !self.usage.suits(algorithm) {
            return Err(IssueError::Algorithm(algorithm));
        }
        let scheme = Scheme::for_certificates(key.algorithm())
            .ok_or_else(|| IssueError::Algorithm(key.algorithm()))?;
        let subject_key = key_identifier(self.public_key);
        let extensions = extensions(self.usage, algorithm, &subject_key, self.authority_key)?;
        let tbs = self
            .to_be_signed(scheme, &extensions)
            .map_err(|_| failed())?;
        let signature = key.sign(scheme, &tbs).map_err(IssueError::Sign)?;
        let der = scheme
            .with_identifier(|algorithm| write_certificate(&tbs, algorithm, &signature))
            .map_err(|_| failed())?;
        Certificate::from_der(&der).map_err(|_| failed())
    }

    fn to_be_signed(&self, scheme: Scheme, extensions: &[OwnedExtension]) -> der::Result<Vec<u8>> {
        let serial_number = UintRef::new(&self.serial_number)?.to_der()?;
        let extensions = extensions
            .iter()
            .map(|extension| {
                Ok(Extension {
                    kind: extension.kind,
                    critical: extension.critical,
                    value: OctetStringRef::new(&extension.value)?,
                })
            })
            .collect::<der::Result<Vec<_>>>()?;
        scheme.with_identifier(|signature| {
            TbsCertificate {
                version: 2,
                serial_number: AnyRef::try_from(serial_number.as_slice())?,
                signature,
                issuer: AnyRef::try_from(self.issuer)?,
                validity: self.validity,
                subject: AnyRef::try_from(self.subject)?,
                public_key: AnyRef::try_from(self.public_key.spki_der())?,
                issuer_id: None,
                subject_id: None,
                extensions: Some(extensions),
            }
            .to_der()
        })
    }
}

fn failed() -> IssueError {
    IssueError::Sign(SignError::Failed)
}

fn write_certificate(
    tbs: &[u8],
    algorithm: AlgorithmIdentifierRef<'_>,
    signature: &[u8],
) -> der::Result<Vec<u8>> {
    let signature = BitStringRef::from_bytes(signature)?.to_der()?;
    let body = [tbs, &algorithm.to_der()?, &signature].concat();
    AnyRef::new(Tag::Sequence, &body)?.to_der()
}

/// A name with a common name only.
fn write_name(subject: &str) -> Result<Vec<u8>, IssueError> {
    let length = subject.chars().count();
    if length == 0 || length > SUBJECT_MAX_CHARS || subject.chars().any(char::is_control) {
        return Err(IssueError::Subject);
    }
    let write = || {
        let common_name = AttributeTypeAndValue {
            oid: oid::COMMON_NAME,
            value: Any::encode_from(&Utf8StringRef::new(subject)?)?,
        };
        let mut name = RdnSequence::default();
        name.push(RelativeDistinguishedName::try_from(vec![common_name])?);
        name.to_der()
    };
    write().map_err(|_: der::Error| IssueError::Subject)
}

fn validity(not_before: Timestamp, not_after: Timestamp) -> Result<Validity, IssueError> {
    let time = |timestamp: Timestamp| {
        let seconds = u64::try_from(timestamp.as_second()).ok()?;
        let date = DateTime::from_unix_duration(Duration::from_secs(seconds)).ok()?;
        Some(Time::from(date))
    };
    time(not_before)
        .zip(time(not_after))
        .filter(|_| not_before < not_after)
        .map(|(from, to)| Validity::new(from, to))
        .ok_or(IssueError::Validity)
}

/// Random, positive and of fixed length (RFC 5280 section 4.1.2.2).
fn serial_number(rng: &mut impl CryptoRng) -> [u8; 16] {
    let mut number = [0; 16];
    rng.fill_bytes(&mut number);
    let [first, ..] = &mut number;
    *first = (*first & 0x7f) | 0x40;
    number
}

/// The beginning of the key's SHA-256 (RFC 7093 section 2, method 1).
fn key_identifier(key: &PublicKey) -> Vec<u8> {
    let bits = SubjectPublicKeyInfoRef::from_der(key.spki_der())
        .ok()
        .and_then(|info| info.subject_public_key.as_bytes())
        .unwrap_or_default();
    Digest::of(bits)
        .as_bytes()
        .iter()
        .copied()
        .take(KEY_IDENTIFIER_SIZE_BYTES)
        .collect()
}

#[cfg(test)]
mod tests;

//! Signed attributes ([RFC 5652 section 11], [RFC 5035 section 3]).
//!
//! [RFC 5652 section 11]: https://www.rfc-editor.org/rfc/rfc5652#section-11
//! [RFC 5035 section 3]: https://www.rfc-editor.org/rfc/rfc5035#section-3

use std::time::Duration;

use der::asn1::{AnyRef, GeneralizedTime, ObjectIdentifier, OctetStringRef, UtcTime};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag, Tagged};
use jiff::Timestamp;
use spki::AlgorithmIdentifierRef;

use super::{RawSequence, RawSet};
use crate::hash::Hash;
use crate::oid;

/// More attributes than any signer has a use for.
const ATTRIBUTES_MAX: usize = 32;

/// ```text
/// Attribute ::= SEQUENCE {
///   attrType OBJECT IDENTIFIER,
///   attrValues SET OF AttributeValue }
/// ```
#[derive(Debug, Clone, Copy, Sequence)]
struct Attribute<'a> {
    kind: ObjectIdentifier,
    values: RawSet<'a>,
}

/// What a signature must say, and may say, beside the content.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedAttributes<'a> {
    pub(crate) content_type: ObjectIdentifier,
    pub(crate) message_digest: &'a [u8],
    pub(crate) signing_time: Timestamp,
    pub(crate) signing_certificate: Option<CertificateDigest<'a>>,
}

impl<'a> SignedAttributes<'a> {
    /// Reads the set, which must be in DER order: its digest is evidence, so it has one encoding.
    pub(crate) fn read(set: RawSet<'a>) -> der::Result<Self> {
        let attributes = in_der_order(set)?;
        Ok(Self {
            content_type: required(&attributes, oid::CONTENT_TYPE)?.decode_as()?,
            message_digest: required(&attributes, oid::MESSAGE_DIGEST)?
                .decode_as::<&OctetStringRef>()?
                .as_bytes(),
            signing_time: read_time(required(&attributes, oid::SIGNING_TIME)?)?,
            signing_certificate: single(&attributes, oid::SIGNING_CERTIFICATE_V2)?
                .map(CertificateDigest::read)
                .transpose()?,
        })
    }
}

fn in_der_order(set: RawSet<'_>) -> der::Result<Vec<Attribute<'_>>> {
    let mut reader = SliceReader::new(set.elements())?;
    let mut attributes = Vec::new();
    let mut previous: &[u8] = &[];
    while !reader.is_finished() {
        let encoded = reader.tlv_bytes()?;
        if attributes.len() == ATTRIBUTES_MAX || encoded < previous {
            return Err(Tag::Set.value_error().into());
        }
        attributes.push(Attribute::from_der(encoded)?);
        previous = encoded;
    }
    Ok(attributes)
}

fn required<'a>(attributes: &[Attribute<'a>], kind: ObjectIdentifier) -> der::Result<AnyRef<'a>> {
    single(attributes, kind)?.ok_or_else(|| Tag::Set.value_error().into())
}

/// The value of an attribute that may stand once, with one value.
fn single<'a>(
    attributes: &[Attribute<'a>],
    kind: ObjectIdentifier,
) -> der::Result<Option<AnyRef<'a>>> {
    let mut matching = attributes.iter().filter(|attribute| attribute.kind == kind);
    let Some(attribute) = matching.next() else {
        return Ok(None);
    };
    if matching.next().is_some() {
        return Err(Tag::Set.value_error().into());
    }
    AnyRef::from_der(attribute.values.elements()).map(Some)
}

/// `UTCTime` for 1950 to 2049 and `GeneralizedTime` for the rest, in whole seconds and UTC
/// (RFC 5652 section 11.3).
fn read_time(value: AnyRef<'_>) -> der::Result<Timestamp> {
    let time = if value.tag() == Tag::UtcTime {
        value.decode_as::<UtcTime>()?.to_unix_duration()
    } else {
        value.decode_as::<GeneralizedTime>()?.to_unix_duration()
    };
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| value.tag().value_error().into())
}

/// The first certificate a `SigningCertificateV2` names: the signer's.
///
/// ```text
/// SigningCertificateV2 ::= SEQUENCE {
///   certs SEQUENCE OF ESSCertIDv2,
///   policies SEQUENCE OF PolicyInformation OPTIONAL }
/// ESSCertIDv2 ::= SEQUENCE {
///   hashAlgorithm AlgorithmIdentifier DEFAULT {algorithm id-sha256},
///   certHash OCTET STRING,
///   issuerSerial IssuerSerial OPTIONAL }
/// ```
#[derive(Debug, Clone, Copy)]
pub(crate) struct CertificateDigest<'a> {
    hash: Option<Hash>,
    digest: &'a [u8],
}

impl<'a> CertificateDigest<'a> {
    fn read(value: AnyRef<'a>) -> der::Result<Self> {
        let attribute = value.decode_as::<SigningCertificate<'a>>()?;
        let mut certificates = SliceReader::new(attribute.certificates.elements())?;
        let first = EssCertificateId::decode(&mut certificates)?;
        Ok(Self {
            hash: first
                .hash_algorithm
                .map_or(Some(Hash::Sha256), |identifier| {
                    Hash::from_identifier(&identifier)
                }),
            digest: first.digest.as_bytes(),
        })
    }

    /// Whether this names the certificate; a digest we do not know names nothing.
    pub(crate) fn names(&self, certificate_der: &[u8]) -> bool {
        self.hash
            .is_some_and(|hash| hash.digest(certificate_der).as_ref() == self.digest)
    }
}

#[derive(Debug, Clone, Copy, Sequence)]
struct SigningCertificate<'a> {
    certificates: RawSequence<'a>,
    policies: Option<RawSequence<'a>>,
}

#[derive(Debug, Clone, Copy, Sequence)]
struct EssCertificateId<'a> {
    hash_algorithm: Option<AlgorithmIdentifierRef<'a>>,
    digest: &'a OctetStringRef,
    issuer_serial: Option<RawSequence<'a>>,
}

/// The attributes we sign, as the elements of their DER SET OF.
pub(crate) fn write(
    message_digest: &[u8],
    signing_time: Timestamp,
    certificate_digest: &[u8],
) -> der::Result<Vec<u8>> {
    let certificate_id = EssCertificateId {
        hash_algorithm: None,
        digest: OctetStringRef::new(certificate_digest)?,
        issuer_serial: None,
    }
    .to_der()?;
    let signing_certificate = SigningCertificate {
        certificates: RawSequence::new(&certificate_id),
        policies: None,
    };
    let mut attributes = [
        write_attribute(oid::CONTENT_TYPE, &oid::DATA)?,
        write_attribute(oid::MESSAGE_DIGEST, &OctetStringRef::new(message_digest)?)?,
        write_time(signing_time)?,
        write_attribute(oid::SIGNING_CERTIFICATE_V2, &signing_certificate)?,
    ];
    attributes.sort_unstable();
    Ok(attributes.concat())
}

fn write_attribute(kind: ObjectIdentifier, value: &impl Encode) -> der::Result<Vec<u8>> {
    let value = value.to_der()?;
    Attribute {
        kind,
        values: RawSet::new(&value),
    }
    .to_der()
}

fn write_time(time: Timestamp) -> der::Result<Vec<u8>> {
    let seconds = u64::try_from(time.as_second()).map_err(|_| Tag::UtcTime.value_error())?;
    let since_epoch = Duration::from_secs(seconds);
    match UtcTime::from_unix_duration(since_epoch) {
        Ok(time) => write_attribute(oid::SIGNING_TIME, &time),
        Err(_) => write_attribute(
            oid::SIGNING_TIME,
            &GeneralizedTime::from_unix_duration(since_epoch)?,
        ),
    }
}

//! X.509 certificates as carriers of a key and a name ([RFC 5280]).
//!
//! A certificate is never trusted for what it says: the seller enrolled it, or a pinned root issued
//! it. So dates, purposes and constraints are shown and written, not judged.
//!
//! [RFC 5280]: https://www.rfc-editor.org/rfc/rfc5280

use std::fmt;
use std::sync::Arc;

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Document, Encode, Reader, Sequence, SliceReader, Tag, Tagged};
use jiff::Timestamp;
use pkcs8::EncryptedPrivateKeyInfoRef;
use spki::AlgorithmIdentifierRef;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;
use x509_cert::time::Validity;

use crate::certificate_use::Host;
use crate::cms::signed_data::PartyIdentifier;
use crate::digest::Digest;
use crate::error::CertificateError;
use crate::key::PublicKey;
use crate::{oid, policy};

/// Far more than any certificate of a person or a service.
const CERTIFICATE_SIZE_MAX_BYTES: usize = 64 * 1024;

/// Longer names are cut when shown.
const SUBJECT_MAX_CHARS: usize = 128;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// A certificate, read once. Cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    fingerprint: Digest,
    public_key: PublicKey,
    subject: String,
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
    issuer_and_serial: Vec<u8>,
    subject_key_identifier: Option<Vec<u8>>,
    is_authority: bool,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// ```text
/// TBSCertificate ::= SEQUENCE {
///   version [0] EXPLICIT Version DEFAULT v1,
///   serialNumber CertificateSerialNumber,
///   signature AlgorithmIdentifier,
///   issuer Name,
///   validity Validity,
///   subject Name,
///   subjectPublicKeyInfo SubjectPublicKeyInfo,
///   issuerUniqueID [1] IMPLICIT UniqueIdentifier OPTIONAL,
///   subjectUniqueID [2] IMPLICIT UniqueIdentifier OPTIONAL,
///   extensions [3] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Debug, Clone, Sequence)]
pub(crate) struct TbsCertificate<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "version_1")]
    pub(crate) version: u8,
    pub(crate) serial_number: AnyRef<'a>,
    pub(crate) signature: AlgorithmIdentifierRef<'a>,
    pub(crate) issuer: AnyRef<'a>,
    pub(crate) validity: Validity,
    pub(crate) subject: AnyRef<'a>,
    pub(crate) public_key: AnyRef<'a>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) issuer_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    pub(crate) subject_id: Option<BitStringRef<'a>>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) extensions: Option<Vec<Extension<'a>>>,
}

const fn version_1() -> u8 {
    0
}

/// ```text
/// Extension ::= SEQUENCE {
///   extnID OBJECT IDENTIFIER,
///   critical BOOLEAN DEFAULT FALSE,
///   extnValue OCTET STRING }
/// ```
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct Extension<'a> {
    pub(crate) kind: ObjectIdentifier,
    #[asn1(default = "not_critical")]
    pub(crate) critical: bool,
    pub(crate) value: &'a OctetStringRef,
}

const fn not_critical() -> bool {
    false
}

/// ```text
/// Certificate ::= SEQUENCE {
///   tbsCertificate TBSCertificate,
///   signatureAlgorithm AlgorithmIdentifier,
///   signatureValue BIT STRING }
/// ```
pub(crate) struct SignedCertificate<'a> {
    /// What the signature covers, as it stands.
    pub(crate) tbs: &'a [u8],
    pub(crate) algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) signature: &'a [u8],
}

impl<'a> SignedCertificate<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut reader = SliceReader::new(der)?;
        let certificate = reader.sequence(|reader| {
            let tbs = reader.tlv_bytes()?;
            let algorithm = AlgorithmIdentifierRef::decode(reader)?;
            let signature = BitStringRef::decode(reader)?;
            let signature = signature
                .as_bytes()
                .ok_or_else(|| reader.error(der::ErrorKind::Failed))?;
            Ok::<_, der::Error>(Self {
                tbs,
                algorithm,
                signature,
            })
        })?;
        reader.finish()?;
        Ok(certificate)
    }
}

impl Certificate {
    /// Reads a certificate in DER. A private key is refused by name.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > CERTIFICATE_SIZE_MAX_BYTES {
            return Err(CertificateError::Unreadable);
        }
        if is_private_key(der) {
            return Err(CertificateError::PrivateKey);
        }
        let unreadable = |_| CertificateError::Unreadable;
        let signed = SignedCertificate::read(der).map_err(unreadable)?;
        let tbs = TbsCertificate::from_der(signed.tbs).map_err(unreadable)?;
        let public_key = tbs.public_key.to_der().map_err(unreadable)?;
        let public_key = PublicKey::from_spki_der(&public_key).map_err(CertificateError::Key)?;
        Inner::new(der, &tbs, public_key)
            .map(|inner| Self(Arc::new(inner)))
            .map_err(unreadable)
    }

    /// Reads the first certificate in PEM text, which may have notes around it. Text with a
    /// private key in it is refused whatever else it holds.
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        if pem.contains("PRIVATE KEY-----") {
            return Err(CertificateError::PrivateKey);
        }
        let block = pem
            .split_once(BEGIN)
            .and_then(|(_, rest)| rest.split_once(END))
            .map(|(body, _)| format!("{BEGIN}{body}{END}\n"))
            .ok_or(CertificateError::Unreadable)?;
        let (_, document) = Document::from_pem(&block).map_err(|_| CertificateError::Unreadable)?;
        Self::from_der(document.as_bytes())
    }

    /// The certificate in DER, as it was read or made.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The certificate as PEM text.
    pub fn to_pem(&self) -> String {
        use base64::Engine;
        let encoded = base64::engine::general_purpose::STANDARD.encode(self.der());
        let mut pem = format!("{BEGIN}\n");
        for (place, character) in encoded.chars().enumerate() {
            if place > 0 && place % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem + "\n" + END + "\n"
    }

    /// The SHA-256 of the certificate.
    pub fn fingerprint(&self) -> Digest {
        self.0.fingerprint
    }

    /// The certificate's key.
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// The subject's common name or, without one, its whole name as RFC 4514 writes it.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Issuer and serial number, as DER stands in the certificate, one after the other: together
    /// they name it in a message.
    pub fn issuer_and_serial(&self) -> &[u8] {
        &self.0.issuer_and_serial
    }

    /// The other name of a certificate in a message, if it has one.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.0.subject_key_identifier.as_deref()
    }

    /// The names and addresses of a server that it is for; none if it is for something else.
    pub fn hosts(&self) -> Vec<Host> {
        let names = || {
            let signed = SignedCertificate::read(self.der()).ok()?;
            let tbs = TbsCertificate::from_der(signed.tbs).ok()?;
            Vec::<GeneralName>::from_der(tbs.extension(oid::SUBJECT_ALT_NAME)?).ok()
        };
        let names = names().unwrap_or_default();
        names.iter().filter_map(Host::named).collect()
    }

    /// The beginning of its validity.
    pub fn not_before(&self) -> Timestamp {
        self.0.not_before
    }

    /// The end of its validity; the latest time there is, if it says never.
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// Whether the root is a certificate authority and signed this certificate. Neither's validity
    /// is judged.
    pub fn is_issued_by(&self, root: &Self) -> bool {
        let Ok(signed) = SignedCertificate::read(self.der()) else {
            return false;
        };
        root.0.is_authority
            && self.0.issuer_der == root.0.subject_der
            && policy::named_scheme(root.public_key().algorithm(), &signed.algorithm).is_ok_and(
                |scheme| {
                    root.public_key()
                        .verifies(scheme, signed.tbs, signed.signature)
                },
            )
    }

    pub(crate) fn is_named_by(&self, party: &PartyIdentifier<'_>) -> bool {
        match party {
            PartyIdentifier::IssuerAndSerialNumber(name) => {
                name.elements() == self.issuer_and_serial()
            }
            PartyIdentifier::SubjectKeyIdentifier(identifier) => {
                self.subject_key_identifier() == Some(identifier.as_bytes())
            }
        }
    }

    pub(crate) fn subject_der(&self) -> &[u8] {
        &self.0.subject_der
    }
}

/// Whether this holds a private key: PKCS #1, PKCS #8, PKCS #12 and SEC 1 all begin with a version of
/// one octet, which no certificate does; an encrypted PKCS #8 is recognised as a whole.
fn is_private_key(der: &[u8]) -> bool {
    const VERSION: &[u8] = &[0x02, 0x01];
    let is_versioned = AnyRef::from_der(der)
        .is_ok_and(|outer| outer.tag() == Tag::Sequence && outer.value().starts_with(VERSION));
    is_versioned || EncryptedPrivateKeyInfoRef::from_der(der).is_ok()
}

impl Inner {
    fn new(der: &[u8], tbs: &TbsCertificate<'_>, public_key: PublicKey) -> der::Result<Self> {
        let issuer_der = tbs.issuer.to_der()?;
        let subject_der = tbs.subject.to_der()?;
        let issuer_and_serial = [issuer_der.clone(), tbs.serial_number.to_der()?].concat();
        let subject_key_identifier = tbs
            .extension(oid::SUBJECT_KEY_IDENTIFIER)
            .map(<&OctetStringRef>::from_der)
            .transpose()?
            .map(|identifier| identifier.as_bytes().to_vec());
        let constraints = tbs
            .extension(oid::BASIC_CONSTRAINTS)
            .map(BasicConstraints::from_der)
            .transpose()?;
        Ok(Self {
            der: der.to_vec(),
            fingerprint: Digest::of(der),
            public_key,
            subject: subject_text(&subject_der)?,
            subject_der,
            issuer_der,
            issuer_and_serial,
            subject_key_identifier,
            is_authority: constraints.is_some_and(|constraints| constraints.ca),
            not_before: timestamp(tbs.validity.not_before),
            not_after: timestamp(tbs.validity.not_after),
        })
    }
}

impl<'a> TbsCertificate<'a> {
    fn extension(&self, kind: ObjectIdentifier) -> Option<&'a [u8]> {
        let extensions = self.extensions.as_ref()?;
        let extension = extensions.iter().find(|extension| extension.kind == kind)?;
        Some(extension.value.as_bytes())
    }
}

/// The subject as it can be shown to people: whoever made the certificate chose it.
fn subject_text(name: &[u8]) -> der::Result<String> {
    let name = Name::from_der(name)?;
    let common_name = name.common_name().ok().flatten();
    let text = common_name.map_or_else(|| name.to_string(), |text| text.value().into_owned());
    Ok(text
        .chars()
        .take(SUBJECT_MAX_CHARS)
        .map(|shown| {
            if is_invisible(shown) {
                char::REPLACEMENT_CHARACTER
            } else {
                shown
            }
        })
        .collect())
}

/// Controls, zero-width characters and changes of direction.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// 9999-12-31, which certificates use for "never", lies after the last timestamp.
fn timestamp(time: x509_cert::time::Time) -> Timestamp {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX)
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Certificate({:?}, {})",
            self.subject(),
            self.fingerprint()
        )
    }
}

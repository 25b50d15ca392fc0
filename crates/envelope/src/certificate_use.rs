//! What a certificate is for, and the extensions that say so (RFC 5280 section 4.2.1).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use der::Encode;
use der::asn1::{Ia5String, ObjectIdentifier, OctetString, OctetStringRef};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages};

use crate::error::{IssueError, SignError};
use crate::key::KeyAlgorithm;
use crate::oid;

/// What a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateUse {
    /// The seller's root: signs the seller's other certificates and statements about them.
    Root,
    /// The server's TLS certificate.
    Tls {
        /// The names and addresses it is reached under.
        hosts: Vec<Host>,
    },
    /// What buyers seal to.
    Recipient,
    /// Signs receipts and other statements.
    Receipt,
    /// Signs mail.
    Mail {
        /// The address mail comes from.
        address: String,
    },
    /// A buyer's: signs orders.
    Buyer,
}

/// A name or address a server is reached under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A DNS name.
    Dns(String),
    /// An IP address.
    Ip(IpAddr),
}

impl FromStr for Host {
    type Err = IssueError;

    fn from_str(text: &str) -> Result<Self, IssueError> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        let is_label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if text.len() <= 253 && text.split('.').all(is_label) {
            Ok(Self::Dns(text.to_ascii_lowercase()))
        } else {
            Err(IssueError::Name(text.to_owned()))
        }
    }
}

impl CertificateUse {
    /// Whether keys of this algorithm can do the work.
    pub(crate) const fn suits(&self, algorithm: KeyAlgorithm) -> bool {
        match algorithm {
            KeyAlgorithm::Rsa { .. } => true,
            KeyAlgorithm::P256 => !matches!(self, Self::Buyer),
            KeyAlgorithm::Dsa { .. } => matches!(self, Self::Buyer),
            KeyAlgorithm::Ed25519 => false,
        }
    }

    fn key_usage(&self, algorithm: KeyAlgorithm) -> KeyUsage {
        match self {
            Self::Root => KeyUsage(KeyUsages::KeyCertSign | KeyUsages::DigitalSignature),
            Self::Tls { .. } => KeyUsage(KeyUsages::DigitalSignature.into()),
            Self::Recipient if matches!(algorithm, KeyAlgorithm::Rsa { .. }) => {
                KeyUsage(KeyUsages::KeyEncipherment.into())
            }
            Self::Recipient => KeyUsage(KeyUsages::KeyAgreement.into()),
            Self::Receipt | Self::Mail { .. } | Self::Buyer => {
                KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation)
            }
        }
    }

    const fn purpose(&self) -> Option<ObjectIdentifier> {
        match self {
            Self::Tls { .. } => Some(oid::SERVER_AUTH),
            Self::Mail { .. } => Some(oid::EMAIL_PROTECTION),
            Self::Root | Self::Recipient | Self::Receipt | Self::Buyer => None,
        }
    }

    fn names(&self) -> Result<Vec<GeneralName>, IssueError> {
        match self {
            Self::Tls { hosts } => hosts.iter().map(Host::name).collect(),
            Self::Mail { address } => Ok(vec![GeneralName::Rfc822Name(ia5(address)?)]),
            Self::Root | Self::Recipient | Self::Receipt | Self::Buyer => Ok(Vec::new()),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => write!(f, "{address}"),
        }
    }
}

impl Host {
    /// The host that a name in a certificate is of, if it is of one.
    pub(crate) fn named(name: &GeneralName) -> Option<Self> {
        if let GeneralName::DnsName(name) = name {
            return Some(Self::Dns(name.as_str().to_owned()));
        }
        let GeneralName::IpAddress(octets) = name else {
            return None;
        };
        let octets = octets.as_bytes();
        let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
        four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
            .ok()
            .map(Self::Ip)
    }

    fn name(&self) -> Result<GeneralName, IssueError> {
        match self {
            Self::Dns(name) => ia5(name).map(GeneralName::DnsName),
            Self::Ip(address) => {
                let octets = match address {
                    IpAddr::V4(address) => address.octets().to_vec(),
                    IpAddr::V6(address) => address.octets().to_vec(),
                };
                OctetString::new(octets)
                    .map(GeneralName::IpAddress)
                    .map_err(|_| IssueError::Name(address.to_string()))
            }
        }
    }
}

fn ia5(text: &str) -> Result<Ia5String, IssueError> {
    let refused = || IssueError::Name(text.to_owned());
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused());
    }
    Ia5String::new(text).map_err(|_| refused())
}

/// An extension whose value is encoded.
pub(crate) struct OwnedExtension {
    pub(crate) kind: ObjectIdentifier,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

/// The extensions of a certificate for this use.
pub(crate) fn extensions(
    usage: &CertificateUse,
    algorithm: KeyAlgorithm,
    subject_key: &[u8],
    authority_key: Option<&[u8]>,
) -> Result<Vec<OwnedExtension>, IssueError> {
    let names = usage.names()?;
    let write = || {
        let ca = matches!(usage, CertificateUse::Root);
        let constraints = BasicConstraints {
            ca,
            path_len_constraint: ca.then_some(0),
        };
        let mut extensions = vec![
            extension(oid::BASIC_CONSTRAINTS, true, &constraints)?,
            extension(oid::KEY_USAGE, true, &usage.key_usage(algorithm))?,
            extension(
                oid::SUBJECT_KEY_IDENTIFIER,
                false,
                &OctetStringRef::new(subject_key)?,
            )?,
        ];
        if let Some(authority_key) = authority_key {
            let identifier = AuthorityKeyIdentifier {
                key_identifier: Some(OctetString::new(authority_key)?),
                ..AuthorityKeyIdentifier::default()
            };
            extensions.push(extension(
                oid::AUTHORITY_KEY_IDENTIFIER,
                false,
                &identifier,
            )?);
        }
        if let Some(purpose) = usage.purpose() {
            extensions.push(extension(oid::EXTENDED_KEY_USAGE, false, &vec![purpose])?);
        }
        if !names.is_empty() {
            extensions.push(extension(oid::SUBJECT_ALT_NAME, false, &names)?);
        }
        Ok(extensions)
    };
    write().map_err(|_: der::Error| IssueError::Sign(SignError::Failed))
}

fn extension(
    kind: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> der::Result<OwnedExtension> {
    Ok(OwnedExtension {
        kind,
        critical,
        value: value.to_der()?,
    })
}

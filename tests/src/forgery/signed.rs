//! A signed message in parts.

use jiff::Timestamp;

use super::der::{INTEGER, OCTETS, SEQUENCE, SET, oid, sequence, tlv};
use super::enrolled::Forger;

/// NULL.
pub const NULL: &[u8] = &[5, 0];

/// SHA-256.
pub const SHA256: &str = "2.16.840.1.101.3.4.2.1";

/// SHA-512.
pub const SHA512: &str = "2.16.840.1.101.3.4.2.3";

/// The parts of a `SignedData` with one signer, each of them encoded, and each of which a case may
/// replace (RFC 5652 section 5).
#[derive(Debug, Clone)]
pub struct Signed {
    /// Of the message.
    pub version: u8,
    /// The digest algorithms that are announced.
    pub digests: Vec<u8>,
    /// The type of the content.
    pub content_type: Vec<u8>,
    /// The content's octets.
    pub content: Option<Vec<u8>>,
    /// What stands beside the content, inside the same structure.
    pub beside_content: Vec<u8>,
    /// Certificates, one after the other.
    pub certificates: Option<Vec<u8>>,
    /// Of the signer.
    pub signer_version: u8,
    /// Who signed.
    pub signer: Vec<u8>,
    /// The signer's digest algorithm.
    pub digest: Vec<u8>,
    /// The signed attributes.
    pub attributes: Option<Vec<Vec<u8>>>,
    /// Whether the attributes are put into the order of DER.
    pub in_order: bool,
    /// The signature algorithm.
    pub algorithm: Vec<u8>,
    /// Unsigned attributes, one after the other.
    pub unsigned: Option<Vec<u8>>,
    /// How `openssl dgst` is to sign.
    pub options: String,
}

impl Signed {
    /// A good message over a content, signed when it says.
    pub fn over(forger: &Forger, content: &[u8], time: Timestamp) -> Self {
        Self {
            version: 1,
            digests: identifier(SHA256, None),
            content_type: oid("1.2.840.113549.1.7.1"),
            content: Some(content.to_vec()),
            beside_content: Vec::new(),
            certificates: None,
            signer_version: 1,
            signer: tlv(SEQUENCE, forger.buyer.certificate().issuer_and_serial()),
            digest: identifier(SHA256, None),
            attributes: Some(vec![
                content_type("1.2.840.113549.1.7.1"),
                message_digest(content),
                signing_time(0x17, &time.strftime("%y%m%d%H%M%SZ").to_string()),
            ]),
            in_order: true,
            algorithm: forger.algorithm(),
            unsigned: None,
            options: "-sha256".to_owned(),
        }
    }

    /// The attributes as the elements of their set.
    pub fn attributes_in_order(&self) -> Option<Vec<u8>> {
        let mut attributes = self.attributes.clone()?;
        if self.in_order {
            attributes.sort();
        }
        Some(attributes.concat())
    }

    /// What the signature covers.
    pub fn covered(&self) -> Vec<u8> {
        match self.attributes_in_order() {
            Some(attributes) => tlv(SET, &attributes),
            None => self.content.clone().unwrap_or_default(),
        }
    }

    /// The `SignerInfo`, signed by a forger's key.
    pub fn signer_info(&self, forger: &Forger) -> Vec<u8> {
        self.signer_info_with(&forger.signature(&self.options, &self.covered()))
    }

    /// The `SignerInfo` with these octets as its signature.
    pub fn signer_info_with(&self, signature: &[u8]) -> Vec<u8> {
        let optional =
            |tag, part: Option<Vec<u8>>| part.map(|part| tlv(tag, &part)).unwrap_or_default();
        sequence(&[
            &tlv(INTEGER, &[self.signer_version]),
            &self.signer,
            &self.digest,
            &optional(0xa0, self.attributes_in_order()),
            &self.algorithm,
            &tlv(OCTETS, signature),
            &optional(0xa1, self.unsigned.clone()),
        ])
    }

    /// The message with these signers.
    pub fn message(&self, signer_infos: &[u8]) -> Vec<u8> {
        let content = self.content.as_ref();
        let content = content.map(|content| tlv(0xa0, &tlv(OCTETS, content)));
        let certificates = self.certificates.as_ref().map(|all| tlv(0xa0, all));
        let signed_data = sequence(&[
            &tlv(INTEGER, &[self.version]),
            &tlv(SET, &self.digests),
            &sequence(&[
                &self.content_type,
                &content.unwrap_or_default(),
                &self.beside_content,
            ]),
            &certificates.unwrap_or_default(),
            &tlv(SET, signer_infos),
        ]);
        content_info("1.2.840.113549.1.7.2", &signed_data)
    }

    /// The message, signed by a forger's key.
    pub fn by(&self, forger: &Forger) -> Vec<u8> {
        self.message(&self.signer_info(forger))
    }

    /// The message with other octets as its signature.
    pub fn with_signature(&self, signature: &[u8]) -> Vec<u8> {
        self.message(&self.signer_info_with(signature))
    }
}

/// A `ContentInfo`.
pub(super) fn content_info(kind: &str, content: &[u8]) -> Vec<u8> {
    sequence(&[&oid(kind), &tlv(0xa0, content)])
}

/// An `AlgorithmIdentifier`.
pub fn identifier(algorithm: &str, parameters: Option<&[u8]>) -> Vec<u8> {
    sequence(&[&oid(algorithm), parameters.unwrap_or_default()])
}

/// An attribute with these values.
pub fn attribute(kind: &str, values: &[u8]) -> Vec<u8> {
    sequence(&[&oid(kind), &tlv(SET, values)])
}

/// The attribute that names the type of the content.
pub fn content_type(kind: &str) -> Vec<u8> {
    attribute("1.2.840.113549.1.9.3", &oid(kind))
}

/// The attribute with the SHA-256 digest of a content.
pub fn message_digest(content: &[u8]) -> Vec<u8> {
    let digest = countersign_envelope::Digest::of(content);
    attribute("1.2.840.113549.1.9.4", &tlv(OCTETS, digest.as_bytes()))
}

/// The attribute with the time of the signature: 0x17 is `UTCTime`, 0x18 `GeneralizedTime`.
pub fn signing_time(tag: u8, text: &str) -> Vec<u8> {
    attribute("1.2.840.113549.1.9.5", &tlv(tag, text.as_bytes()))
}

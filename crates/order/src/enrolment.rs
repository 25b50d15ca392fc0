//! What proves that somebody holds a new key: `countersign/key-enrolment/1`, signed by that key over
//! the server's challenge.

use jiff::Timestamp;
use serde::Serialize;

use crate::digest::Digest;
use crate::party::{AccountId, Origin};
use crate::strict_json::{NotUnderstood, read, write};
use crate::text::ShortText;
use crate::time::{parse_instant, rfc3339};

/// What an enrolment document calls itself.
const DOCUMENT: &str = "countersign/key-enrolment/1";

/// The wish to enrol a key, over a challenge that is good once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "document", rename = "countersign/key-enrolment/1")]
pub struct KeyEnrolment {
    /// The seller it is addressed to.
    pub seller: Origin,
    /// The digest of that seller's root certificate.
    pub seller_root: Digest,
    /// The account that is to have the key.
    pub account: AccountId,
    /// The digest of the certificate's DER.
    pub certificate_sha256: Digest,
    /// The server's challenge.
    pub challenge: ShortText,
    /// When it was made.
    #[serde(with = "rfc3339")]
    pub issued_at: Timestamp,
}

impl KeyEnrolment {
    /// Reads an enrolment document, as strictly as an order.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotUnderstood> {
        let mut members = read(bytes, DOCUMENT)?;
        let enrolment = Self {
            seller: members.required("seller")?,
            seller_root: members.required("seller_root")?,
            account: members.required("account")?,
            certificate_sha256: members.required("certificate_sha256")?,
            challenge: members.required("challenge")?,
            issued_at: members.required_with("issued_at", parse_instant)?,
        };
        members.finish()?;
        Ok(enrolment)
    }

    /// Writes the document that the new key signs.
    pub fn to_json(&self) -> Vec<u8> {
        write(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enrolment() -> KeyEnrolment {
        KeyEnrolment {
            seller: "shop.example".parse().unwrap(),
            seller_root: Digest::from_bytes([1; 32]),
            account: "acme/jo".parse().unwrap(),
            certificate_sha256: Digest::from_bytes([2; 32]),
            challenge: "c2VjcmV0".parse().unwrap(),
            issued_at: parse_instant("2026-11-23T18:04:05.123Z").unwrap(),
        }
    }

    #[test]
    fn an_enrolment_reads_back_as_written() {
        assert_eq!(KeyEnrolment::parse(&enrolment().to_json()), Ok(enrolment()));
    }

    #[test]
    fn another_document_is_no_enrolment() {
        let text = String::from_utf8(enrolment().to_json()).unwrap();
        let order = text.replace("key-enrolment", "order");
        assert_eq!(
            KeyEnrolment::parse(order.as_bytes()).unwrap_err().pointer,
            "/document"
        );
        let longer = text.replace("\"challenge\"", "\"surprise\":1,\"challenge\"");
        assert_eq!(
            KeyEnrolment::parse(longer.as_bytes()).unwrap_err().pointer,
            "/surprise"
        );
    }
}

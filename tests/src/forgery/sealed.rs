//! A sealed message in parts.

use super::der::{INTEGER, OCTETS, SET, inside, sequence, tlv};
use super::signed::content_info;

/// The parts of an `AuthEnvelopedData`, each of them encoded (RFC 5083 section 2.1).
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The type around it all.
    pub kind: String,
    /// Of the message.
    pub version: u8,
    /// Whatever stands before the recipients.
    pub originator: Vec<u8>,
    /// The recipients, one after the other.
    pub recipients: Vec<u8>,
    /// The type of the content.
    pub content_type: Vec<u8>,
    /// The content encryption algorithm.
    pub algorithm: Vec<u8>,
    /// The encrypted octets.
    pub ciphertext: Vec<u8>,
    /// Whatever stands between the content and the tag.
    pub authenticated_attributes: Vec<u8>,
    /// The tag.
    pub mac: Vec<u8>,
    /// Whatever stands after the tag.
    pub unauthenticated_attributes: Vec<u8>,
}

impl Sealed {
    /// Takes an honest envelope apart.
    #[track_caller]
    pub fn of(envelope: &[u8]) -> Self {
        let envelope = inside(inside(envelope)[1].whole)[0].whole;
        let parts = inside(envelope);
        let content = inside(parts[2].whole);
        Self {
            kind: "1.2.840.113549.1.9.16.1.23".to_owned(),
            version: 0,
            originator: Vec::new(),
            recipients: parts[1].content.to_vec(),
            content_type: content[0].whole.to_vec(),
            algorithm: content[1].whole.to_vec(),
            ciphertext: content[2].content.to_vec(),
            authenticated_attributes: Vec::new(),
            mac: parts[3].content.to_vec(),
            unauthenticated_attributes: Vec::new(),
        }
    }

    /// The message.
    pub fn message(&self) -> Vec<u8> {
        let envelope = sequence(&[
            &tlv(INTEGER, &[self.version]),
            &self.originator,
            &tlv(SET, &self.recipients),
            &sequence(&[
                &self.content_type,
                &self.algorithm,
                &tlv(0x80, &self.ciphertext),
            ]),
            &self.authenticated_attributes,
            &tlv(OCTETS, &self.mac),
            &self.unauthenticated_attributes,
        ]);
        content_info(&self.kind, &envelope)
    }
}

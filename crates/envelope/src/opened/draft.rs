//! A signed message made of parts that tests replace one by one.

use der::Encode;
use der::asn1::ObjectIdentifier;

use crate::hash::Hash;
use crate::policy::Scheme;
use crate::testing::*;
use crate::{Certificate, Digest, oid};

pub(super) const ORDER: &[u8] = b"{\"document\":\"countersign/order/1\"}\n";

pub(super) const NULL: &[u8] = &[5, 0];

pub(super) fn content_info(kind: ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    tlv(0x30, &[kind.to_der().unwrap(), tlv(0xa0, content)].concat())
}

pub(super) fn identifier(algorithm: ObjectIdentifier, parameters: Option<&[u8]>) -> Vec<u8> {
    tlv(
        0x30,
        &[&algorithm.to_der().unwrap(), parameters.unwrap_or_default()].concat(),
    )
}

pub(super) fn attribute(kind: ObjectIdentifier, values: &[u8]) -> Vec<u8> {
    tlv(0x30, &[kind.to_der().unwrap(), tlv(0x31, values)].concat())
}

pub(super) fn content_type(kind: ObjectIdentifier) -> Vec<u8> {
    attribute(oid::CONTENT_TYPE, &kind.to_der().unwrap())
}

pub(super) fn message_digest(content: &[u8]) -> Vec<u8> {
    attribute(
        oid::MESSAGE_DIGEST,
        &tlv(0x04, Digest::of(content).as_bytes()),
    )
}

pub(super) fn signing_time() -> Vec<u8> {
    attribute(oid::SIGNING_TIME, &tlv(0x17, b"261124090000Z"))
}

pub(super) fn signing_certificate(certificate: &Certificate) -> Vec<u8> {
    let digest = tlv(0x04, certificate.fingerprint().as_bytes());
    attribute(
        oid::SIGNING_CERTIFICATE_V2,
        &tlv(0x30, &tlv(0x30, &tlv(0x30, &digest))),
    )
}

/// The parts of a signed message, each of which a test may replace. All are encoded.
pub(super) struct Draft {
    pub(super) version: u8,
    pub(super) digests: Vec<u8>,
    pub(super) content_type: ObjectIdentifier,
    pub(super) content: Option<Vec<u8>>,
    pub(super) certificates: Option<Vec<u8>>,
    pub(super) signer_version: u8,
    pub(super) signer: Vec<u8>,
    pub(super) digest: Vec<u8>,
    pub(super) attributes: Option<Vec<Vec<u8>>>,
    pub(super) algorithm: Vec<u8>,
    pub(super) unsigned: Option<Vec<u8>>,
    pub(super) scheme: Scheme,
    pub(super) in_order: bool,
}

impl Draft {
    /// What `openssl cms -sign` would make: PKCS #1 v1.5 under rsaEncryption.
    pub(super) fn new() -> Self {
        Self {
            version: 1,
            digests: identifier(oid::SHA256, None),
            content_type: oid::DATA,
            content: Some(ORDER.to_vec()),
            certificates: None,
            signer_version: 1,
            signer: tlv(0x30, RSA.certificate.issuer_and_serial()),
            digest: identifier(oid::SHA256, None),
            attributes: Some(vec![
                content_type(oid::DATA),
                message_digest(ORDER),
                signing_time(),
            ]),
            algorithm: identifier(oid::RSA_ENCRYPTION, Some(NULL)),
            unsigned: None,
            scheme: Scheme::RsaPkcs1(Hash::Sha256),
            in_order: true,
        }
    }

    pub(super) fn with(change: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut draft = Self::new();
        change(&mut draft);
        draft.sign(&RSA)
    }

    pub(super) fn sign(&self, party: &Party) -> Vec<u8> {
        self.message(&self.signer_info(party))
    }

    pub(super) fn signer_info(&self, party: &Party) -> Vec<u8> {
        let attributes = self.attributes_in_order();
        let covered = match &attributes {
            Some(attributes) => tlv(0x31, attributes),
            None => self.content.clone().unwrap_or_default(),
        };
        let signature = party.key().sign(self.scheme, &covered).unwrap();
        let fields = [
            tlv(0x02, &[self.signer_version]),
            self.signer.clone(),
            self.digest.clone(),
            attributes
                .map(|attributes| tlv(0xa0, &attributes))
                .unwrap_or_default(),
            self.algorithm.clone(),
            tlv(0x04, &signature),
            self.unsigned
                .as_ref()
                .map(|unsigned| tlv(0xa1, unsigned))
                .unwrap_or_default(),
        ];
        tlv(0x30, &fields.concat())
    }

    pub(super) fn attributes_in_order(&self) -> Option<Vec<u8>> {
        let mut attributes = self.attributes.clone()?;
        if self.in_order {
            attributes.sort();
        }
        Some(attributes.concat())
    }

    pub(super) fn message(&self, signer_infos: &[u8]) -> Vec<u8> {
        let content = self
            .content
            .as_ref()
            .map(|content| tlv(0xa0, &tlv(0x04, content)));
        let encapsulated = [
            self.content_type.to_der().unwrap(),
            content.unwrap_or_default(),
        ];
        let fields = [
            tlv(0x02, &[self.version]),
            tlv(0x31, &self.digests),
            tlv(0x30, &encapsulated.concat()),
            self.certificates
                .as_ref()
                .map(|certs| tlv(0xa0, certs))
                .unwrap_or_default(),
            tlv(0x31, signer_infos),
        ];
        content_info(oid::SIGNED_DATA, &tlv(0x30, &fields.concat()))
    }
}

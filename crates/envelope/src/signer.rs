//! Signing: a content becomes a `SignedData` (RFC 5652 section 5).

use der::Encode;
use der::asn1::OctetStringRef;
use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::cms::signed_data::{EncapsulatedContentInfo, PartyIdentifier, SignedData, SignerInfo};
use crate::cms::{MESSAGE_SIZE_MAX_BYTES, RawSequence, RawSet, attributes, content_info};
use crate::error::{PairError, SignError};
use crate::key::SigningKey;
use crate::oid;
use crate::policy::Scheme;

/// A private key with the certificate that names it.
#[derive(Debug)]
pub struct Signer {
    key: SigningKey,
    certificate: Certificate,
    message_scheme: Scheme,
    mail_scheme: Scheme,
}

impl Signer {
    /// Joins a key and its certificate.
    pub fn new(key: SigningKey, certificate: Certificate) -> Result<Self, PairError> {
        if key.public_key() != certificate.public_key() {
            return Err(PairError::OtherKey);
        }
        let algorithm = key.algorithm();
        let refused = PairError::Algorithm(algorithm);
        let message_scheme = Scheme::for_messages(algorithm).ok_or(refused)?;
        let mail_scheme = Scheme::for_certificates(algorithm).ok_or(refused)?;
        Ok(Self {
            key,
            certificate,
            message_scheme,
            mail_scheme,
        })
    }

    /// The certificate that names the key.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(crate) const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Signs a content and carries it inside: a `ContentInfo` in DER, with the certificate.
    /// RSA signs with PSS.
    pub fn sign(&self, content: &[u8], signing_time: Timestamp) -> Result<Vec<u8>, SignError> {
        self.signed_data(self.message_scheme, content, true, signing_time)
    }

    /// Signs a content that travels beside the signature, as S/MIME mail does (RFC 8551). RSA
    /// signs with PKCS #1 v1.5, the padding all mail readers know.
    pub fn sign_detached(
        &self,
        content: &[u8],
        signing_time: Timestamp,
    ) -> Result<Vec<u8>, SignError> {
        self.signed_data(self.mail_scheme, content, false, signing_time)
    }

    fn signed_data(
        &self,
        scheme: Scheme,
        content: &[u8],
        attached: bool,
        signing_time: Timestamp,
    ) -> Result<Vec<u8>, SignError> {
        let hash = scheme.hash();
        let attributes = attributes::write(
            hash.digest(content).as_ref(),
            signing_time,
            self.certificate.fingerprint().as_bytes(),
        )
        .map_err(|_| SignError::Time)?;
        let set = RawSet::new(&attributes);
        let signature = self
            .key
            .sign(scheme, &set.to_der().map_err(|_| SignError::Failed)?)?;
        let write = || {
            let digest = hash.identifier().to_der()?;
            let signer_info = self.signer_info(scheme, set, &signature)?;
            let signed_data = SignedData {
                version: 1,
                digest_algorithms: RawSet::new(&digest),
                content: EncapsulatedContentInfo {
                    content_type: oid::DATA,
                    content: attached.then(|| OctetStringRef::new(content)).transpose()?,
                },
                certificates: Some(RawSet::new(self.certificate.der())),
                crls: None,
                signer_infos: RawSet::new(&signer_info),
            };
            content_info::wrap(oid::SIGNED_DATA, &signed_data)
        };
        let message = write().map_err(|_: der::Error| SignError::TooLarge)?;
        if message.len() > MESSAGE_SIZE_MAX_BYTES {
            return Err(SignError::TooLarge);
        }
        Ok(message)
    }

    fn signer_info(
        &self,
        scheme: Scheme,
        attributes: RawSet<'_>,
        signature: &[u8],
    ) -> der::Result<Vec<u8>> {
        scheme.with_identifier(|signature_algorithm| {
            SignerInfo {
                version: 1,
                signer: PartyIdentifier::IssuerAndSerialNumber(RawSequence::new(
                    self.certificate.issuer_and_serial(),
                )),
                digest_algorithm: scheme.hash().identifier(),
                signed_attributes: Some(attributes),
                signature_algorithm,
                signature: OctetStringRef::new(signature)?,
                unsigned_attributes: None,
            }
            .to_der()
        })
    }
}

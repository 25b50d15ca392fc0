//! The private keys that open envelopes.

use std::fmt;

use aws_lc_rs::agreement;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use der::asn1::OctetStringRef;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::content_encryption::ContentKey;
use crate::error::PairError;
use crate::key::{Secret, SigningKey, p256_agreement_key};
use crate::key_agreement;
use crate::policy::KeyAgreement;

/// A private key for opening, with the certificate others seal to.
pub struct RecipientKey {
    certificate: Certificate,
    secret: RecipientSecret,
}

enum RecipientSecret {
    P256(agreement::PrivateKey),
    Rsa(OaepPrivateDecryptingKey),
}

/// A content key on its way to one recipient, of an algorithm that is accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EncryptedKey<'a> {
    Agreement {
        agreement: KeyAgreement<'a>,
        originator: [u8; 65],
        user_keying_material: Option<&'a OctetStringRef>,
        wrapped: &'a [u8],
    },
    Transport(&'a [u8]),
}

impl RecipientKey {
    /// Joins a key and its certificate. Keys on P-256 are what we make; RSA keys are for partners
    /// whose tools cannot do better.
    pub fn new(key: &SigningKey, certificate: Certificate) -> Result<Self, PairError> {
        if key.public_key() != certificate.public_key() {
            return Err(PairError::OtherKey);
        }
        let secret = match key.secret() {
            Secret::P256 { scalar, .. } => p256_agreement_key(scalar)
                .map(RecipientSecret::P256)
                .ok_or(PairError::Key)?,
            Secret::Rsa(_) => PrivateDecryptingKey::from_pkcs8(key.pkcs8_der())
                .ok()
                .and_then(|key| OaepPrivateDecryptingKey::new(key).ok())
                .map(RecipientSecret::Rsa)
                .ok_or(PairError::Key)?,
            Secret::Dsa(_) | Secret::Ed25519 => {
                return Err(PairError::Algorithm(key.algorithm()));
            }
        };
        Ok(Self {
            certificate,
            secret,
        })
    }

    /// The certificate others seal to.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The content key, if it is for this key and undamaged.
    pub(crate) fn decrypt(&self, key: &EncryptedKey<'_>) -> Option<ContentKey> {
        match (&self.secret, key) {
            (
                RecipientSecret::P256(private_key),
                EncryptedKey::Agreement {
                    agreement,
                    originator,
                    user_keying_material,
                    wrapped,
                },
            ) => key_agreement::unwrap(
                wrapped,
                agreement,
                private_key,
                originator,
                *user_keying_material,
            ),
            (RecipientSecret::Rsa(private_key), EncryptedKey::Transport(encrypted)) => {
                let mut output = Zeroizing::new(vec![0; private_key.min_output_size()]);
                let key = private_key
                    .decrypt(&OAEP_SHA256_MGF1SHA256, encrypted, &mut output, None)
                    .ok()?;
                <[u8; 32]>::try_from(&*key).ok().map(ContentKey::new)
            }
            (RecipientSecret::P256(_), EncryptedKey::Transport(_))
            | (RecipientSecret::Rsa(_), EncryptedKey::Agreement { .. }) => None,
        }
    }
}

impl fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecipientKey({:?}, [redacted])", self.certificate)
    }
}

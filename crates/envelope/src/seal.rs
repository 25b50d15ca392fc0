//! Sealing: a signed message becomes an `AuthEnvelopedData` that only its recipients can open
//! ([RFC 5083]).
//!
//! [RFC 5083]: https://www.rfc-editor.org/rfc/rfc5083

use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::{Encode, Tag, TagNumber};
use rand_core::CryptoRng;
use spki::AlgorithmIdentifierRef;

use crate::certificate::Certificate;
use crate::cms::auth_enveloped_data::{
    AuthEnvelopedData, EncryptedContentInfo, GcmParameters, KeyAgreementIdentifier,
    KeyAgreementRecipient, Originator, OriginatorPublicKey, RecipientEncryptedKey, RecipientInfo,
};
use crate::cms::{MESSAGE_SIZE_MAX_BYTES, RawSequence, RawSet, content_info};
use crate::content_encryption::{ContentKey, TAG_SIZE_BYTES, encrypt};
use crate::error::SealError;
use crate::hash::Hash;
use crate::key::{Material, random_p256};
use crate::policy::KeyAgreement;
use crate::{key_agreement, oid};

/// As many recipients as anyone opens an envelope with.
pub(crate) const RECIPIENTS_MAX: usize = 8;

const AES256_WRAP: AlgorithmIdentifierRef<'static> = AlgorithmIdentifierRef {
    oid: oid::AES256_WRAP,
    parameters: None,
};

/// Seals a signed message to up to eight recipients, whose keys are on P-256. The message goes in
/// as plain data, so that `openssl cms -decrypt` gives back what `openssl cms -verify` reads.
pub fn seal(
    signed: &[u8],
    recipients: &[&Certificate],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    if recipients.is_empty() || recipients.len() > RECIPIENTS_MAX {
        return Err(SealError::Recipients);
    }
    if signed.len() > MESSAGE_SIZE_MAX_BYTES {
        return Err(SealError::TooLarge);
    }
    let mut content_key = ContentKey::default();
    rng.fill_bytes(content_key.as_mut_slice());
    let mut nonce = [0; 12];
    rng.fill_bytes(&mut nonce);
    let mut recipient_infos = recipients
        .iter()
        .map(|recipient| recipient_info(recipient, &content_key, rng))
        .collect::<Result<Vec<_>, _>>()?;
    recipient_infos.sort_unstable();
    let mut ciphertext = signed.to_vec();
    let tag = encrypt(&content_key, nonce, &mut ciphertext).map_err(|_| SealError::Failed)?;
    let message = write(&recipient_infos.concat(), nonce, &ciphertext, &tag)
        .map_err(|_| SealError::Failed)?;
    if message.len() > MESSAGE_SIZE_MAX_BYTES {
        return Err(SealError::TooLarge);
    }
    Ok(message)
}

/// One `KeyAgreeRecipientInfo` with an ephemeral key of its own, encoded.
fn recipient_info(
    recipient: &Certificate,
    content_key: &ContentKey,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let Material::P256(recipient_key) = recipient.public_key().material() else {
        return Err(SealError::RecipientAlgorithm(
            recipient.public_key().algorithm(),
        ));
    };
    let (ephemeral, _) = random_p256(rng).map_err(|_| SealError::Failed)?;
    let point = ephemeral
        .compute_public_key()
        .map_err(|_| SealError::Failed)?;
    let agreement = KeyAgreement {
        hash: Hash::Sha256,
        key_wrap: AES256_WRAP,
    };
    let wrapped = key_agreement::wrap(content_key, &agreement, &ephemeral, recipient_key.point())
        .ok_or(SealError::Failed)?;
    write_recipient(recipient, point.as_ref(), &wrapped).map_err(|_| SealError::Failed)
}

fn write_recipient(recipient: &Certificate, point: &[u8], wrapped: &[u8]) -> der::Result<Vec<u8>> {
    let key_wrap = AES256_WRAP.to_der()?;
    RecipientInfo::KeyAgreement(KeyAgreementRecipient {
        version: 3,
        originator: Originator::Key(OriginatorPublicKey {
            algorithm: AlgorithmIdentifierRef {
                oid: oid::EC_PUBLIC_KEY,
                parameters: None,
            },
            key: BitStringRef::from_bytes(point)?,
        }),
        user_keying_material: None,
        algorithm: AlgorithmIdentifierRef {
            oid: oid::ECDH_SHA256_KDF,
            parameters: Some(AnyRef::try_from(key_wrap.as_slice())?),
        },
        keys: vec![RecipientEncryptedKey {
            recipient: KeyAgreementIdentifier::IssuerAndSerialNumber(RawSequence::new(
                recipient.issuer_and_serial(),
            )),
            encrypted_key: OctetStringRef::new(wrapped)?,
        }],
    })
    .to_der()
}

fn write(
    recipient_infos: &[u8],
    nonce: [u8; 12],
    ciphertext: &[u8],
    tag: &[u8; TAG_SIZE_BYTES],
) -> der::Result<Vec<u8>> {
    let parameters = GcmParameters {
        nonce: OctetStringRef::new(&nonce)?,
        tag_size_bytes: 16,
    }
    .to_der()?;
    let envelope = AuthEnvelopedData {
        version: 0,
        originator: None,
        recipients: RawSet::new(recipient_infos),
        content: EncryptedContentInfo {
            content_type: oid::DATA,
            algorithm: AlgorithmIdentifierRef {
                oid: oid::AES256_GCM,
                parameters: Some(AnyRef::try_from(parameters.as_slice())?),
            },
            encrypted_content: AnyRef::new(
                Tag::ContextSpecific {
                    constructed: false,
                    number: TagNumber(0),
                },
                ciphertext,
            )?,
        },
        authenticated_attributes: None,
        mac: OctetStringRef::new(tag)?,
        unauthenticated_attributes: None,
    };
    content_info::wrap(oid::AUTH_ENVELOPED_DATA, &envelope)
}

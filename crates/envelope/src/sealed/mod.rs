//! Bytes that claim to be an envelope.

use std::borrow::Cow;
use std::fmt;

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode, Header, Length, Tag, TagNumber};

use crate::cms::auth_enveloped_data::{
    AuthEnvelopedData, KeyAgreementRecipient, KeyTransportRecipient, Originator,
    RecipientEncryptedKey, RecipientInfo,
};
use crate::cms::ber;
use crate::cms::content_info::ContentInfo;
use crate::content_encryption::{ContentKey, decrypt};
use crate::error::{AlgorithmHint, OpenError};
use crate::key::uncompressed_point;
use crate::oid;
use crate::opened::Opened;
use crate::policy::{content_nonce, key_agreement, key_transport};
use crate::recipient::{EncryptedKey, RecipientKey};
use crate::seal::RECIPIENTS_MAX;

/// An envelope that nobody has opened yet. The only way on is [`Sealed::open`].
///
/// ```compile_fail
/// fn skip(sealed: countersign_envelope::Sealed) { sealed.verify(&[]); }
/// ```
pub struct Sealed {
    /// In DER, whatever it came in.
    der: Vec<u8>,
}

impl Sealed {
    /// Takes a message that should be an `AuthEnvelopedData`, in DER or BER.
    pub fn parse(message: Vec<u8>) -> Result<Self, OpenError> {
        let normalised = match ber::to_der(&message).map_err(|_| OpenError::REFUSED)? {
            Cow::Borrowed(_) => None,
            Cow::Owned(der) => Some(der),
        };
        let sealed = Self {
            der: normalised.unwrap_or(message),
        };
        sealed.envelope()?;
        Ok(sealed)
    }

    fn envelope(&self) -> Result<AuthEnvelopedData<'_>, OpenError> {
        let outer = ContentInfo::from_der(&self.der).map_err(|_| OpenError::REFUSED)?;
        if outer.content_type == oid::ENVELOPED_DATA {
            return Err(OpenError::unsupported(AlgorithmHint::ContentEncryption));
        }
        if outer.content_type != oid::AUTH_ENVELOPED_DATA {
            return Err(OpenError::REFUSED);
        }
        let envelope: AuthEnvelopedData<'_> =
            outer.content.decode_as().map_err(|_| OpenError::REFUSED)?;
        let is_plain = envelope.version == 0
            && envelope.originator.is_none()
            && envelope.authenticated_attributes.is_none()
            && envelope.unauthenticated_attributes.is_none();
        if is_plain {
            Ok(envelope)
        } else {
            Err(OpenError::REFUSED)
        }
    }

    /// Opens the envelope with whichever of our keys it names.
    ///
    /// From the first use of a secret on there is one answer for every failure, and the same work
    /// is done for it: a key that cannot be recovered is replaced by a worthless one.
    pub fn open(self, keys: &[RecipientKey]) -> Result<Opened, OpenError> {
        let envelope = self.envelope()?;
        let recipients: Vec<RecipientInfo<'_>> = envelope
            .recipients
            .read(RECIPIENTS_MAX)
            .map_err(|_| OpenError::REFUSED)?;
        let (key, addressed) = find(&recipients, keys)?.ok_or(OpenError::RecipientUnknown)?;
        let nonce = content_nonce(&envelope.content.algorithm).map_err(OpenError::unsupported)?;
        let encrypted_key = addressed.encrypted_key()?;
        let ciphertext = envelope
            .content
            .ciphertext()
            .map_err(|_| OpenError::REFUSED)?;
        let content_type = envelope.content.content_type;

        let content_key = key.decrypt(&encrypted_key);
        let recovered = content_key.is_some();
        let content_key = content_key.unwrap_or_else(ContentKey::default);
        let content = decrypt(&content_key, nonce, &ciphertext, envelope.mac.as_bytes());
        match content {
            Ok(content) if recovered => {
                Opened::from_signed_data(as_content_info(content_type, content)?)
            }
            Ok(_) | Err(_) => Err(OpenError::REFUSED),
        }
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.der.len())
    }
}

/// The part of an envelope that is for one of our keys.
enum Addressed<'r, 'a> {
    Agreement(&'r KeyAgreementRecipient<'a>, &'r RecipientEncryptedKey<'a>),
    Transport(&'r KeyTransportRecipient<'a>),
}

impl<'a> Addressed<'_, 'a> {
    /// What there is to decrypt, if its algorithm is accepted.
    fn encrypted_key(&self) -> Result<EncryptedKey<'a>, OpenError> {
        match self {
            Self::Agreement(recipient, key) => {
                let agreement =
                    key_agreement(&recipient.algorithm).map_err(OpenError::unsupported)?;
                Ok(EncryptedKey::Agreement {
                    agreement,
                    originator: originator_point(&recipient.originator)?,
                    user_keying_material: recipient.user_keying_material,
                    wrapped: key.encrypted_key.as_bytes(),
                })
            }
            Self::Transport(recipient) => {
                key_transport(&recipient.algorithm).map_err(OpenError::unsupported)?;
                Ok(EncryptedKey::Transport(recipient.encrypted_key.as_bytes()))
            }
        }
    }
}

/// The first recipient who is one of us, after all were counted.
fn find<'r, 'a, 'k>(
    recipients: &'r [RecipientInfo<'a>],
    keys: &'k [RecipientKey],
) -> Result<Option<(&'k RecipientKey, Addressed<'r, 'a>)>, OpenError> {
    let mut addresses = Vec::new();
    for recipient in recipients {
        match recipient {
            RecipientInfo::KeyTransport(transport) if matches!(transport.version, 0 | 2) => {
                addresses.push((transport.recipient, Addressed::Transport(transport)));
            }
            RecipientInfo::KeyAgreement(agreement) if agreement.version == 3 => {
                for key in &agreement.keys {
                    addresses.push((key.recipient.party(), Addressed::Agreement(agreement, key)));
                }
            }
            RecipientInfo::KeyTransport(_) | RecipientInfo::KeyAgreement(_) => {
                return Err(OpenError::REFUSED);
            }
            RecipientInfo::KeyEncryptionKey(_)
            | RecipientInfo::Password(_)
            | RecipientInfo::Other(_) => {}
        }
    }
    if addresses.len() > RECIPIENTS_MAX {
        return Err(OpenError::REFUSED);
    }
    Ok(addresses.into_iter().find_map(|(party, addressed)| {
        let key = keys
            .iter()
            .find(|key| key.certificate().is_named_by(&party))?;
        Some((key, addressed))
    }))
}

/// The ephemeral point of the sender. Its curve is left out, or stated as NULL, or P-256.
fn originator_point(originator: &Originator<'_>) -> Result<[u8; 65], OpenError> {
    let Originator::Key(originator) = originator else {
        return Err(OpenError::REFUSED);
    };
    let curve_fits = originator.algorithm.parameters.is_none_or(|curve| {
        curve.is_null() || curve.decode_as::<ObjectIdentifier>() == Ok(oid::P256)
    });
    originator
        .key
        .as_bytes()
        .filter(|_| curve_fits && originator.algorithm.oid == oid::EC_PUBLIC_KEY)
        .and_then(uncompressed_point)
        .ok_or(OpenError::REFUSED)
}

/// The content as a `ContentInfo`: as id-data it is one; as id-signedData it lacks the outermost
/// layer (RFC 5652 section 6.3), which is put around it without touching it.
fn as_content_info(content_type: ObjectIdentifier, content: Vec<u8>) -> Result<Vec<u8>, OpenError> {
    if content_type == oid::DATA {
        return Ok(content);
    }
    if content_type != oid::SIGNED_DATA {
        return Err(OpenError::REFUSED);
    }
    let wrap = || {
        let kind = oid::SIGNED_DATA.to_der()?;
        let tag = Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(0),
        };
        let inner = Header::new(tag, Length::try_from(content.len())?).to_der()?;
        let size = Length::try_from(kind.len() + inner.len() + content.len())?;
        let outer = Header::new(Tag::Sequence, size).to_der()?;
        Ok([outer, kind, inner, content].concat())
    };
    wrap().map_err(|_: der::Error| OpenError::REFUSED)
}

#[cfg(test)]
mod tests;

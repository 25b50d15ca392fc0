//! `AuthEnvelopedData` ([RFC 5083 section 2.1]) and the recipients of [RFC 5652 section 6.2].
//!
//! [RFC 5083 section 2.1]: https://www.rfc-editor.org/rfc/rfc5083#section-2.1
//! [RFC 5652 section 6.2]: https://www.rfc-editor.org/rfc/rfc5652#section-6.2

#![expect(
    clippy::unnested_or_patterns,
    reason = "what deriving Choice expands to"
)]

use std::borrow::Cow;

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{
    Choice, Decode, DecodeValue, Encode, EncodeValue, Header, Length, Reader, Sequence,
    SliceReader, Tag, TagNumber, Writer,
};
use spki::AlgorithmIdentifierRef;

use super::signed_data::PartyIdentifier;
use super::{RawSequence, RawSet};

/// ```text
/// AuthEnvelopedData ::= SEQUENCE {
///   version CMSVersion,
///   originatorInfo [0] IMPLICIT OriginatorInfo OPTIONAL,
///   recipientInfos RecipientInfos,
///   authEncryptedContentInfo EncryptedContentInfo,
///   authAttrs [1] IMPLICIT AuthAttributes OPTIONAL,
///   mac MessageAuthenticationCode,
///   unauthAttrs [2] IMPLICIT UnauthAttributes OPTIONAL }
/// ```
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct AuthEnvelopedData<'a> {
    pub(crate) version: u8,
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub(crate) originator: Option<RawSet<'a>>,
    pub(crate) recipients: RawSet<'a>,
    pub(crate) content: EncryptedContentInfo<'a>,
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub(crate) authenticated_attributes: Option<RawSet<'a>>,
    pub(crate) mac: &'a OctetStringRef,
    #[asn1(
        context_specific = "2",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub(crate) unauthenticated_attributes: Option<RawSet<'a>>,
}

/// ```text
/// EncryptedContentInfo ::= SEQUENCE {
///   contentType ContentType,
///   contentEncryptionAlgorithm ContentEncryptionAlgorithmIdentifier,
///   encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL }
/// ```
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct EncryptedContentInfo<'a> {
    pub(crate) content_type: ObjectIdentifier,
    pub(crate) algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) encrypted_content: AnyRef<'a>,
}

impl<'a> EncryptedContentInfo<'a> {
    /// The encrypted octets. In BER they come in pieces, which only the type tells from a
    /// structure: so this is where they are joined, not in the normaliser.
    pub(crate) fn ciphertext(&self) -> der::Result<Cow<'a, [u8]>> {
        let value = self.encrypted_content.value();
        let tag = self.encrypted_content.header().tag();
        if tag
            == (Tag::ContextSpecific {
                constructed: false,
                number: TagNumber(0),
            })
        {
            return Ok(Cow::Borrowed(value));
        }
        if tag
            != (Tag::ContextSpecific {
                constructed: true,
                number: TagNumber(0),
            })
        {
            return Err(tag.unexpected_error(None).into());
        }
        let mut reader = SliceReader::new(value)?;
        let mut joined = Vec::with_capacity(value.len());
        while !reader.is_finished() {
            joined.extend_from_slice(<&OctetStringRef>::decode(&mut reader)?.as_bytes());
        }
        Ok(Cow::Owned(joined))
    }
}

/// ```text
/// GCMParameters ::= SEQUENCE {
///   aes-nonce OCTET STRING,
///   aes-ICVlen INTEGER DEFAULT 12 }
/// ```
///
/// [RFC 5084 section 3.2](https://www.rfc-editor.org/rfc/rfc5084#section-3.2)
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct GcmParameters<'a> {
    pub(crate) nonce: &'a OctetStringRef,
    #[asn1(default = "default_tag_size")]
    pub(crate) tag_size_bytes: u8,
}

const fn default_tag_size() -> u8 {
    12
}

/// ```text
/// RecipientInfo ::= CHOICE {
///   ktri KeyTransRecipientInfo,
///   kari [1] KeyAgreeRecipientInfo,
///   kekri [2] KEKRecipientInfo,
///   pwri [3] PasswordRecipientInfo,
///   ori [4] OtherRecipientInfo }
/// ```
#[derive(Debug, Clone, Choice)]
pub(crate) enum RecipientInfo<'a> {
    KeyTransport(KeyTransportRecipient<'a>),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    KeyAgreement(KeyAgreementRecipient<'a>),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", constructed = "true")]
    KeyEncryptionKey(RawSequence<'a>),
    #[asn1(context_specific = "3", tag_mode = "IMPLICIT", constructed = "true")]
    Password(RawSequence<'a>),
    #[asn1(context_specific = "4", tag_mode = "IMPLICIT", constructed = "true")]
    Other(RawSequence<'a>),
}

/// ```text
/// KeyTransRecipientInfo ::= SEQUENCE {
///   version CMSVersion,
///   rid RecipientIdentifier,
///   keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier,
///   encryptedKey EncryptedKey }
/// ```
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct KeyTransportRecipient<'a> {
    pub(crate) version: u8,
    pub(crate) recipient: PartyIdentifier<'a>,
    pub(crate) algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) encrypted_key: &'a OctetStringRef,
}

/// ```text
/// KeyAgreeRecipientInfo ::= SEQUENCE {
///   version CMSVersion,
///   originator [0] EXPLICIT OriginatorIdentifierOrKey,
///   ukm [1] EXPLICIT UserKeyingMaterial OPTIONAL,
///   keyEncryptionAlgorithm KeyEncryptionAlgorithmIdentifier,
///   recipientEncryptedKeys RecipientEncryptedKeys }
/// ```
#[derive(Debug, Clone, Sequence)]
pub(crate) struct KeyAgreementRecipient<'a> {
    pub(crate) version: u8,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(crate) originator: Originator<'a>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) user_keying_material: Option<&'a OctetStringRef>,
    pub(crate) algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) keys: Vec<RecipientEncryptedKey<'a>>,
}

/// ```text
/// OriginatorIdentifierOrKey ::= CHOICE {
///   issuerAndSerialNumber IssuerAndSerialNumber,
///   subjectKeyIdentifier [0] SubjectKeyIdentifier,
///   originatorKey [1] OriginatorPublicKey }
/// ```
#[derive(Debug, Clone, Copy, Choice)]
pub(crate) enum Originator<'a> {
    IssuerAndSerialNumber(RawSequence<'a>),
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    SubjectKeyIdentifier(&'a OctetStringRef),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Key(OriginatorPublicKey<'a>),
}

/// ```text
/// OriginatorPublicKey ::= SEQUENCE {
///   algorithm AlgorithmIdentifier,
///   publicKey BIT STRING }
/// ```
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct OriginatorPublicKey<'a> {
    pub(crate) algorithm: AlgorithmIdentifierRef<'a>,
    pub(crate) key: BitStringRef<'a>,
}

/// ```text
/// RecipientEncryptedKey ::= SEQUENCE {
///   rid KeyAgreeRecipientIdentifier,
///   encryptedKey EncryptedKey }
/// ```
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct RecipientEncryptedKey<'a> {
    pub(crate) recipient: KeyAgreementIdentifier<'a>,
    pub(crate) encrypted_key: &'a OctetStringRef,
}

/// ```text
/// KeyAgreeRecipientIdentifier ::= CHOICE {
///   issuerAndSerialNumber IssuerAndSerialNumber,
///   rKeyId [0] IMPLICIT RecipientKeyIdentifier }
/// ```
#[derive(Debug, Clone, Copy, Choice)]
pub(crate) enum KeyAgreementIdentifier<'a> {
    IssuerAndSerialNumber(RawSequence<'a>),
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    KeyIdentifier(RecipientKeyIdentifier<'a>),
}

impl<'a> KeyAgreementIdentifier<'a> {
    pub(crate) const fn party(&self) -> PartyIdentifier<'a> {
        match self {
            Self::IssuerAndSerialNumber(name) => PartyIdentifier::IssuerAndSerialNumber(*name),
            Self::KeyIdentifier(identifier) => {
                PartyIdentifier::SubjectKeyIdentifier(identifier.subject_key_identifier)
            }
        }
    }
}

/// ```text
/// RecipientKeyIdentifier ::= SEQUENCE {
///   subjectKeyIdentifier SubjectKeyIdentifier,
///   date GeneralizedTime OPTIONAL,
///   other OtherKeyAttribute OPTIONAL }
/// ```
///
/// Date and other are skipped: the key identifier alone names the key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecipientKeyIdentifier<'a> {
    pub(crate) subject_key_identifier: &'a OctetStringRef,
}

impl<'a> Sequence<'a> for RecipientKeyIdentifier<'a> {}

impl<'a> DecodeValue<'a> for RecipientKeyIdentifier<'a> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, _: Header) -> der::Result<Self> {
        let subject_key_identifier = <&OctetStringRef>::decode(reader)?;
        reader.drain(reader.remaining_len())?;
        Ok(Self {
            subject_key_identifier,
        })
    }
}

impl EncodeValue for RecipientKeyIdentifier<'_> {
    fn value_len(&self) -> der::Result<Length> {
        self.subject_key_identifier.encoded_len()
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.subject_key_identifier.encode(writer)
    }
}

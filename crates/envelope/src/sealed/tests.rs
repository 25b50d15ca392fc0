use der::Decode;
use der::asn1::{AnyRef, OctetStringRef};

use super::*;
use crate::cms::auth_enveloped_data::GcmParameters;
use crate::cms::{RawSet, content_info};
use crate::content_encryption::encrypt;
use crate::testing::*;
use crate::{AlgorithmHint, CertificateUse, seal};

const ORDER: &[u8] = b"{\"document\":\"countersign/order/1\"}\n";

fn signed() -> Vec<u8> {
    RSA.signer().sign(ORDER, time()).unwrap()
}

fn content(opened: Opened) -> Vec<u8> {
    opened
        .verify(std::slice::from_ref(&RSA.certificate))
        .unwrap()
        .into_content()
}

/// An envelope with one thing changed.
fn changed(change: impl FnOnce(&mut AuthEnvelopedData<'_>)) -> Vec<u8> {
    let message = sealed(&signed());
    let outer = ContentInfo::from_der(&message).unwrap();
    let mut envelope: AuthEnvelopedData<'_> = outer.content.decode_as().unwrap();
    change(&mut envelope);
    content_info::wrap(oid::AUTH_ENVELOPED_DATA, &envelope).unwrap()
}

fn assert_refused(what: &str, message: Vec<u8>) {
    assert_eq!(open(message).unwrap_err(), OpenError::REFUSED, "{what}");
}

fn assert_unsupported(what: &str, hint: AlgorithmHint, message: Vec<u8>) {
    assert_eq!(open(message).unwrap_err().hint(), Some(hint), "{what}");
}

#[test]
fn what_was_sealed_is_opened_by_its_recipient() {
    assert_eq!(content(open(sealed(&signed())).unwrap()), ORDER);
}

#[test]
fn each_of_eight_recipients_opens_and_a_ninth_is_not_possible() {
    let parties: Vec<Party> = (100..109)
        .map(|seed| p256(seed, &CertificateUse::Recipient))
        .collect();
    let certificates: Vec<_> = parties.iter().map(|party| &party.certificate).collect();
    let rng = &mut Repeatable::new(51);
    let message = seal(&signed(), &certificates[..8], rng).unwrap();
    for party in &parties[..8] {
        let opened = Sealed::parse(message.clone())
            .unwrap()
            .open(&[party.recipient_key()]);
        assert_eq!(content(opened.unwrap()), ORDER);
    }
    assert_eq!(
        seal(&signed(), &certificates, rng),
        Err(crate::SealError::Recipients)
    );
    assert_eq!(seal(&signed(), &[], rng), Err(crate::SealError::Recipients));
}

#[test]
fn only_p256_certificates_are_sealed_to() {
    let refusal = seal(&signed(), &[&RSA.certificate], &mut Repeatable::new(52)).unwrap_err();
    let algorithm = RSA.certificate.public_key().algorithm();
    assert_eq!(refusal, crate::SealError::RecipientAlgorithm(algorithm));
}

#[test]
fn two_envelopes_share_no_key_nonce_or_ciphertext() {
    let rng = &mut Repeatable::new(53);
    let messages: Vec<_> = (0..2)
        .map(|_| seal(&signed(), &[&RECIPIENT.certificate], rng).unwrap())
        .collect();
    let parts = |message: &[u8]| {
        let outer = ContentInfo::from_der(message).unwrap();
        let envelope: AuthEnvelopedData<'_> = outer.content.decode_as().unwrap();
        (
            content_nonce(&envelope.content.algorithm).unwrap(),
            envelope.content.ciphertext().unwrap().into_owned(),
            envelope.recipients.elements().to_vec(),
        )
    };
    let (first, second) = (parts(&messages[0]), parts(&messages[1]));
    assert_ne!(first.0, second.0);
    assert_ne!(first.1, second.1);
    assert_ne!(first.2, second.2);
}

#[test]
fn a_recipient_hidden_among_many_is_refused_without_looking_at_them() {
    let message = sealed(&signed());
    let outer = ContentInfo::from_der(&message).unwrap();
    let envelope: AuthEnvelopedData<'_> = outer.content.decode_as().unwrap();
    for times in [9, 3_000] {
        let recipients = envelope.recipients.elements().repeat(times);
        let crowded = AuthEnvelopedData {
            recipients: RawSet::new(&recipients),
            ..envelope
        };
        let crowded = content_info::wrap(oid::AUTH_ENVELOPED_DATA, &crowded).unwrap();
        assert!(crowded.len() < 1 << 20);
        assert_refused("many recipients", crowded);
    }
}

#[test]
fn ten_thousand_keys_for_one_point_are_refused_without_trying_them() {
    let message = sealed(&signed());
    let outer = ContentInfo::from_der(&message).unwrap();
    let envelope: AuthEnvelopedData<'_> = outer.content.decode_as().unwrap();
    let mut recipients: Vec<RecipientInfo<'_>> = envelope.recipients.read(1).unwrap();
    let RecipientInfo::KeyAgreement(recipient) = &mut recipients[0] else {
        panic!()
    };
    recipient.keys = recipient.keys.repeat(10_000);
    let recipients = recipients[0].to_der().unwrap();
    let crowded = AuthEnvelopedData {
        recipients: RawSet::new(&recipients),
        ..envelope
    };
    let crowded = content_info::wrap(oid::AUTH_ENVELOPED_DATA, &crowded).unwrap();
    assert!(crowded.len() < 1 << 20, "{}", crowded.len());
    assert_refused("many keys", crowded);
}

#[test]
fn what_is_not_an_envelope_is_refused() {
    let message = sealed(&signed());
    for (what, message) in [
        ("nothing", Vec::new()),
        ("a signed message in the open", signed()),
        ("an end cut off", message[..message.len() - 1].to_vec()),
        ("something after it", [&message[..], &[0]].concat()),
        ("too large", tlv(0x30, &vec![0; 1 << 20])),
    ] {
        assert_refused(what, message);
    }
    assert_refused("version", changed(|envelope| envelope.version = 1));
    assert_refused("no recipient", {
        changed(|envelope| envelope.recipients = RawSet::new(&[0x30]))
    });
}

#[test]
fn an_envelope_without_protection_of_its_content_is_refused() {
    let message = sealed(&signed());
    let outer = ContentInfo::from_der(&message).unwrap();
    let envelope: AuthEnvelopedData<'_> = outer.content.decode_as().unwrap();
    let downgraded = content_info::wrap(oid::ENVELOPED_DATA, &envelope).unwrap();
    assert_unsupported(
        "EnvelopedData",
        AlgorithmHint::ContentEncryption,
        downgraded,
    );
    let cbc = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
    let message = changed(|envelope| envelope.content.algorithm.oid = cbc);
    assert_unsupported("AES-CBC", AlgorithmHint::ContentEncryption, message);
}

#[test]
fn other_nonces_and_tags_are_refused() {
    let message = sealed(&signed());
    for (nonce_size, tag_size, stated) in [
        (0, 16, 16),
        (8, 16, 16),
        (16, 16, 16),
        (12, 12, 12),
        (12, 16, 4),
        (12, 16, 12),
    ] {
        let nonce = vec![1; nonce_size];
        let tag = vec![2; tag_size];
        let parameters = GcmParameters {
            nonce: OctetStringRef::new(&nonce).unwrap(),
            tag_size_bytes: stated,
        }
        .to_der()
        .unwrap();
        let outer = ContentInfo::from_der(&message).unwrap();
        let mut envelope: AuthEnvelopedData<'_> = outer.content.decode_as().unwrap();
        envelope.content.algorithm.parameters =
            Some(AnyRef::try_from(parameters.as_slice()).unwrap());
        envelope.mac = OctetStringRef::new(&tag).unwrap();
        let message = content_info::wrap(oid::AUTH_ENVELOPED_DATA, &envelope).unwrap();
        assert_unsupported("GCM parameters", AlgorithmHint::ContentEncryption, message);
    }
    for size in [0, 4, 8, 15, 17] {
        let mac = vec![0; size];
        let outer = ContentInfo::from_der(&message).unwrap();
        let mut envelope: AuthEnvelopedData<'_> = outer.content.decode_as().unwrap();
        envelope.mac = OctetStringRef::new(&mac).unwrap();
        assert_refused(
            "tag",
            content_info::wrap(oid::AUTH_ENVELOPED_DATA, &envelope).unwrap(),
        );
    }
}

#[test]
fn attributes_and_originators_are_refused() {
    let extra = Some(RawSet::new(&[0x30, 0]));
    assert_refused(
        "attributes",
        changed(|envelope| envelope.authenticated_attributes = extra),
    );
    assert_refused(
        "more",
        changed(|envelope| envelope.unauthenticated_attributes = extra),
    );
    assert_refused(
        "originator",
        changed(|envelope| envelope.originator = extra),
    );
}

#[test]
fn a_content_that_is_missing_or_of_another_type_is_refused() {
    assert_refused("empty", {
        let tag = Tag::ContextSpecific {
            constructed: false,
            number: TagNumber(0),
        };
        changed(|envelope| {
            envelope.content.encrypted_content = AnyRef::new(tag, &[]).unwrap();
        })
    });
    assert_refused("under another tag", {
        let tag = Tag::ContextSpecific {
            constructed: false,
            number: TagNumber(1),
        };
        changed(|envelope| {
            let value = envelope.content.encrypted_content.value();
            envelope.content.encrypted_content = AnyRef::new(tag, value).unwrap();
        })
    });
    assert_refused("of another type", {
        changed(|envelope| envelope.content.content_type = oid::ENVELOPED_DATA)
    });
}

/// Seals any content under any type, as no program of ours does.
fn sealed_as(content_type: ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    let message = sealed(content);
    let outer = ContentInfo::from_der(&message).unwrap();
    let mut envelope: AuthEnvelopedData<'_> = outer.content.decode_as().unwrap();
    envelope.content.content_type = content_type;
    content_info::wrap(oid::AUTH_ENVELOPED_DATA, &envelope).unwrap()
}

#[test]
fn bare_signed_data_under_its_own_type_opens_as_well() {
    let whole = signed();
    let outer = ContentInfo::from_der(&whole).unwrap();
    let bare = outer.content.to_der().unwrap();
    let verified = open(sealed_as(oid::SIGNED_DATA, &bare))
        .unwrap()
        .verify(std::slice::from_ref(&RSA.certificate));
    let verified = verified.unwrap();
    assert_eq!(verified.content(), ORDER);
    assert_eq!(verified.signature().signed_data(), whole);
    assert_refused(
        "a whole message under the inner type",
        sealed_as(oid::SIGNED_DATA, &whole),
    );
    assert_refused(
        "a bare one under the outer type",
        sealed_as(oid::DATA, &bare),
    );
}

#[test]
fn an_envelope_around_anything_but_a_signed_message_is_refused() {
    assert_refused("an order", sealed(ORDER));
    assert_refused("an envelope", sealed(&sealed(&signed())));
    assert_refused("nothing", sealed(&[]));
}

/// All these differ in where they fail: key agreement, key unwrap, content, what is inside.
#[test]
fn failures_to_open_look_alike() {
    let message = sealed(&signed());
    let place = |needle: &[u8]| {
        message
            .windows(needle.len())
            .position(|window| window == needle)
            .unwrap()
    };
    let outer = ContentInfo::from_der(&message).unwrap();
    let envelope: AuthEnvelopedData<'_> = outer.content.decode_as().unwrap();
    let recipients: Vec<RecipientInfo<'_>> = envelope.recipients.read(1).unwrap();
    let RecipientInfo::KeyAgreement(recipient) = &recipients[0] else {
        panic!()
    };
    let Originator::Key(originator) = recipient.originator else {
        panic!()
    };
    for (what, place) in [
        (
            "a point off the curve",
            place(originator.key.raw_bytes()) + 10,
        ),
        (
            "a damaged key",
            place(recipient.keys[0].encrypted_key.as_bytes()),
        ),
        (
            "a damaged content",
            place(&envelope.content.ciphertext().unwrap()),
        ),
        ("a damaged tag", place(envelope.mac.as_bytes())),
    ] {
        let mut damaged = message.clone();
        damaged[place] ^= 1;
        assert_refused(what, damaged);
    }
}

/// A content under the worthless key that replaces one we cannot recover must not open.
#[test]
fn the_key_that_stands_in_for_a_lost_one_opens_nothing() {
    let mut content = signed();
    let tag = encrypt(&ContentKey::default(), [7; 12], &mut content).unwrap();
    let message = sealed(&signed());
    let outer = ContentInfo::from_der(&message).unwrap();
    let mut envelope: AuthEnvelopedData<'_> = outer.content.decode_as().unwrap();
    let parameters = GcmParameters {
        nonce: OctetStringRef::new(&[7; 12]).unwrap(),
        tag_size_bytes: 16,
    }
    .to_der()
    .unwrap();
    envelope.content.algorithm.parameters = Some(AnyRef::try_from(parameters.as_slice()).unwrap());
    let kind = Tag::ContextSpecific {
        constructed: false,
        number: TagNumber(0),
    };
    envelope.content.encrypted_content = AnyRef::new(kind, &content).unwrap();
    envelope.mac = OctetStringRef::new(&tag).unwrap();
    let mut damaged_key = envelope.recipients.elements().to_vec();
    *damaged_key.last_mut().unwrap() ^= 1;
    envelope.recipients = RawSet::new(&damaged_key);
    assert_refused("worthless key", {
        content_info::wrap(oid::AUTH_ENVELOPED_DATA, &envelope).unwrap()
    });
}

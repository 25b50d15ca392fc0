use der::asn1::ObjectIdentifier;

use super::draft::*;
use super::*;
use crate::policy::Scheme;
use crate::testing::*;
use crate::*;

fn verify(message: Vec<u8>) -> Result<Verified<Vec<u8>>, VerifyError> {
    Opened::from_signed_data(message)
        .unwrap()
        .verify(std::slice::from_ref(&RSA.certificate))
}

fn assert_refused(what: &str, change: impl FnOnce(&mut Draft)) {
    assert_eq!(
        verify(Draft::with(change)).unwrap_err(),
        VerifyError::REFUSED,
        "{what}"
    );
}

fn assert_unsupported(hint: AlgorithmHint, what: &str, change: impl FnOnce(&mut Draft)) {
    assert_eq!(
        verify(Draft::with(change)).unwrap_err().hint(),
        Some(hint),
        "{what}"
    );
}

#[test]
fn what_every_kind_of_key_signs_is_verified() {
    for party in [&*RSA, &*DSA, &*RECEIPT] {
        let message = party.signer().sign(ORDER, time()).unwrap();
        let opened = Opened::from_signed_data(message.clone()).unwrap();
        let keys = [party.certificate.clone()];
        assert!(opened.claims_one_of(&keys));
        assert!(!opened.claims_one_of(std::slice::from_ref(&RECIPIENT.certificate)));
        let verified = opened.verify(&keys).unwrap();
        assert_eq!(verified.content(), ORDER);
        let facts = verified.signature();
        assert_eq!(facts.signed_data(), message);
        assert_eq!(facts.signed_data_sha256(), Digest::of(&message));
        assert_eq!(facts.content_sha256(), Digest::of(ORDER));
        assert_eq!(facts.certificate_sha256(), party.certificate.fingerprint());
        assert_eq!(facts.signing_time(), time());
    }
}

#[test]
fn only_a_dsa_key_that_seldom_signs_is_slow_to_verify() {
    let parameters = DsaParameters::built_in(DsaSize::P2048Q256).unwrap();
    let key = SigningKey::generate_dsa(&parameters, &mut Repeatable::new(81)).unwrap();
    let new = Party::new(&key, &CertificateUse::Buyer);
    let keys = [RSA.certificate.clone(), new.certificate.clone()];
    let open = |party: &Party| {
        let message = party.signer().sign(ORDER, time()).unwrap();
        Opened::from_signed_data(message).unwrap()
    };
    assert!(!open(&RSA).is_slow_to_verify(&keys));
    let opened = open(&new);
    assert!(opened.is_slow_to_verify(&keys));
    assert!(
        !opened.is_slow_to_verify(&keys[..1]),
        "nobody's, and so refused at once"
    );
    for _ in 0..4 {
        open(&new).verify(&keys).unwrap();
    }
    assert!(!opened.is_slow_to_verify(&keys));
}

#[test]
fn what_is_read_from_a_verified_content_stays_verified() {
    let verified = verify(Draft::with(|_| {})).unwrap();
    let digest = verified.signature().content_sha256();
    let read = verified
        .and_then(|content| Ok::<_, ()>(content.len()))
        .unwrap();
    assert_eq!(
        (*read.content(), read.signature().content_sha256()),
        (ORDER.len(), digest)
    );
}

#[test]
fn the_digests_of_a_signature_are_over_its_parts() {
    let draft = Draft::new();
    let facts = verify(draft.sign(&RSA)).unwrap().signature().clone();
    let covered = tlv(0x31, &draft.attributes_in_order().unwrap());
    let signature = RSA.key().sign(draft.scheme, &covered).unwrap();
    assert_eq!(facts.signed_attributes_sha256(), Digest::of(&covered));
    assert_eq!(facts.signature_sha256(), Digest::of(&signature));
}

#[test]
fn the_only_things_that_may_be_added_are_those_the_signature_does_not_cover() {
    let plain = verify(Draft::with(|_| {})).unwrap();
    for message in [
        Draft::with(|draft| draft.certificates = Some(DSA.certificate.der().to_vec())),
        Draft::with(|draft| draft.unsigned = Some(signing_time())),
        Draft::with(|draft| draft.digests.extend(identifier(oid::SHA512, None))),
    ] {
        let verified = verify(message).unwrap();
        assert_eq!(verified.content(), plain.content());
        let (changed, plain) = (verified.signature(), plain.signature());
        assert_eq!(changed.content_sha256(), plain.content_sha256());
        assert_eq!(changed.signature_sha256(), plain.signature_sha256());
        assert_ne!(changed.signed_data_sha256(), plain.signed_data_sha256());
    }
}

#[test]
fn a_message_that_is_not_signed_data_does_not_open() {
    let message = Draft::with(|_| {});
    for (what, message) in [
        ("plain data", content_info(oid::DATA, &tlv(0x04, ORDER))),
        (
            "another type around it",
            content_info(oid::ENVELOPED_DATA, &message),
        ),
        ("an order", ORDER.to_vec()),
        ("nothing", Vec::new()),
        ("something after it", [&message[..], &[0]].concat()),
        ("an end cut off", message[..message.len() - 1].to_vec()),
        (
            "its parts without a header",
            content_info(oid::SIGNED_DATA, &tlv(0x30, &[])),
        ),
    ] {
        assert_eq!(
            Opened::from_signed_data(message).unwrap_err(),
            OpenError::REFUSED,
            "{what}"
        );
    }
}

#[test]
fn a_message_needs_exactly_one_signer() {
    let draft = Draft::new();
    let good = draft.signer_info(&RSA);
    let bad = draft.signer_info(&Party::new(
        &SigningKey::generate_rsa(RsaBits::B2048).unwrap(),
        &CertificateUse::Buyer,
    ));
    for signer_infos in [
        vec![],
        [&good[..], &good].concat(),
        [&good[..], &bad].concat(),
    ] {
        assert_eq!(
            verify(draft.message(&signer_infos)).unwrap_err(),
            VerifyError::REFUSED
        );
    }
    assert!(verify(draft.message(&good)).is_ok());
}

/// The attack of draft-ietf-lamps-cms-euf-cma-signeddata: what was signed as attributes is shown
/// as a content without attributes.
#[test]
fn signed_attributes_do_not_become_a_content() {
    let draft = Draft::new();
    let attributes = tlv(0x31, &draft.attributes_in_order().unwrap());
    assert_refused("no attributes", |draft| {
        draft.content = Some(attributes.clone());
        draft.attributes = None;
    });
}

#[test]
fn each_required_attribute_must_be_there_once_with_one_value() {
    for missing in 0..3 {
        assert_refused("missing", |draft| {
            draft.attributes.as_mut().unwrap().remove(missing);
        });
        assert_refused("twice", |draft| {
            let attributes = draft.attributes.as_mut().unwrap();
            attributes.insert(missing, attributes[missing].clone());
        });
    }
    let time = tlv(0x17, b"261124090000Z");
    let digest = tlv(0x04, Digest::of(ORDER).as_bytes());
    let data = oid::DATA.to_der().unwrap();
    for (place, kind, value) in [
        (0, oid::CONTENT_TYPE, data),
        (1, oid::MESSAGE_DIGEST, digest),
        (2, oid::SIGNING_TIME, time),
    ] {
        for values in [vec![], [&value[..], &value].concat()] {
            assert_refused("no or two values", |draft| {
                draft.attributes.as_mut().unwrap()[place] = attribute(kind, &values);
            });
        }
    }
}

#[test]
fn attributes_out_of_order_are_refused() {
    assert_refused("reversed", |draft| {
        draft.attributes.as_mut().unwrap().sort_by(|a, b| b.cmp(a));
        draft.in_order = false;
    });
}

#[test]
fn other_attributes_are_ignored_up_to_a_number() {
    let other = |number: u8| {
        let kind = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.99");
        attribute(kind, &tlv(0x04, &[number; 40]))
    };
    let few = Draft::with(|draft| draft.attributes.as_mut().unwrap().extend([other(1)]));
    assert_eq!(verify(few).unwrap().content(), ORDER);
    assert_refused("many", |draft| {
        draft
            .attributes
            .as_mut()
            .unwrap()
            .extend((0..40).map(other));
    });
}

#[test]
fn a_content_of_another_type_is_refused() {
    assert_refused("in the attribute", |draft| {
        draft.attributes.as_mut().unwrap()[0] = content_type(oid::SIGNED_DATA);
    });
    assert_refused("in the message", |draft| {
        draft.content_type = oid::SIGNED_DATA;
    });
    assert_refused("in both", |draft| {
        draft.content_type = oid::SIGNED_DATA;
        draft.attributes.as_mut().unwrap()[0] = content_type(oid::SIGNED_DATA);
    });
}

#[test]
fn a_content_that_is_not_the_one_signed_is_refused() {
    assert_refused("another", |draft| draft.content = Some(b"{}".to_vec()));
    assert_refused("none", |draft| draft.content = None);
    assert_refused("empty", |draft| draft.content = Some(Vec::new()));
    assert_refused("another digest", |draft| {
        draft.attributes.as_mut().unwrap()[1] = message_digest(b"{}");
    });
}

#[test]
fn versions_and_announced_digests_must_fit() {
    assert_refused("signer version", |draft| draft.signer_version = 3);
    assert_refused("version", |draft| draft.version = 3);
    assert_refused("announced digest", |draft| {
        draft.digests = identifier(oid::SHA512, None);
    });
    assert_refused("no announced digest", |draft| draft.digests = Vec::new());
    assert_refused("a thousand digests", |draft| {
        draft.digests = draft.digests.repeat(1000);
    });
}

#[test]
fn a_signer_may_be_named_by_key_identifier() {
    let identifier = RSA.certificate.subject_key_identifier().unwrap().to_vec();
    let named = |version| {
        Draft::with(|draft| {
            draft.version = version;
            draft.signer_version = version;
            draft.signer = tlv(0x80, &identifier);
        })
    };
    assert!(verify(named(3)).is_ok());
    assert_eq!(verify(named(1)).unwrap_err(), VerifyError::REFUSED);
}

#[test]
fn combinations_of_algorithms_off_the_list_are_refused() {
    let rsa_pkcs1 = |hash| Scheme::RsaPkcs1(hash);
    for (what, hint, digest, algorithm) in [
        (
            "digest and signature differ",
            AlgorithmHint::Digest,
            identifier(oid::SHA256, None),
            identifier(oid::SHA512_WITH_RSA, Some(NULL)),
        ),
        (
            "an RSA key signs DSA",
            AlgorithmHint::Signature,
            identifier(oid::SHA256, None),
            identifier(oid::DSA_WITH_SHA256, None),
        ),
        (
            "an RSA key signs ECDSA",
            AlgorithmHint::Signature,
            identifier(oid::SHA256, None),
            identifier(oid::ECDSA_WITH_SHA256, None),
        ),
        (
            "rsaEncryption without parameters",
            AlgorithmHint::Signature,
            identifier(oid::SHA256, None),
            identifier(oid::RSA_ENCRYPTION, None),
        ),
        (
            "parameters where NULL belongs",
            AlgorithmHint::Signature,
            identifier(oid::SHA256, None),
            identifier(oid::SHA256_WITH_RSA, Some(&[2, 1, 0])),
        ),
        (
            "a digest with parameters",
            AlgorithmHint::Digest,
            identifier(oid::SHA256, Some(&[2, 1, 0])),
            identifier(oid::RSA_ENCRYPTION, Some(NULL)),
        ),
        (
            "PSS without parameters, which means SHA-1",
            AlgorithmHint::PssParameters,
            identifier(oid::SHA256, None),
            identifier(oid::RSA_PSS, None),
        ),
        (
            "PSS with empty parameters, which means SHA-1",
            AlgorithmHint::Digest,
            identifier(oid::SHA256, None),
            identifier(oid::RSA_PSS, Some(&[0x30, 0])),
        ),
        (
            "MD5",
            AlgorithmHint::Digest,
            identifier(
                ObjectIdentifier::new_unwrap("1.2.840.113549.2.5"),
                Some(NULL),
            ),
            identifier(oid::RSA_ENCRYPTION, Some(NULL)),
        ),
    ] {
        assert_unsupported(hint, what, |draft| {
            draft.scheme = rsa_pkcs1(Hash::Sha256);
            draft.digests.clone_from(&digest);
            draft.digest = digest;
            draft.algorithm = algorithm;
        });
    }
}

#[test]
fn sha256_with_rsa_is_accepted_under_its_own_name_too() {
    for parameters in [None, Some(NULL)] {
        let message = Draft::with(|draft| {
            draft.digest = identifier(oid::SHA256, Some(NULL));
            draft.algorithm = identifier(oid::SHA256_WITH_RSA, parameters);
        });
        assert!(verify(message).is_ok());
    }
}

#[test]
fn another_buyers_signature_is_refused_whatever_the_message_names_or_carries() {
    let thief = Party::new(
        &SigningKey::generate_rsa(RsaBits::B2048).unwrap(),
        &CertificateUse::Buyer,
    );
    let honest = thief.signer().sign(ORDER, time()).unwrap();
    assert_eq!(
        verify(honest).unwrap_err(),
        VerifyError::REFUSED,
        "own name"
    );

    let mut draft = Draft::new();
    draft.certificates = Some(thief.certificate.der().to_vec());
    assert_eq!(
        verify(draft.sign(&thief)).unwrap_err(),
        VerifyError::REFUSED,
        "victim's name"
    );

    draft.signer = tlv(0x80, RSA.certificate.subject_key_identifier().unwrap());
    (draft.version, draft.signer_version) = (3, 3);
    assert_eq!(
        verify(draft.sign(&thief)).unwrap_err(),
        VerifyError::REFUSED,
        "victim's key"
    );
}

#[test]
fn a_signing_certificate_must_be_the_enrolled_one() {
    let named = |certificate: &Certificate| {
        let attribute = signing_certificate(certificate);
        Draft::with(|draft| {
            draft.attributes.as_mut().unwrap().push(attribute);
        })
    };
    assert!(verify(named(&RSA.certificate)).is_ok());
    assert_eq!(
        verify(named(&DSA.certificate)).unwrap_err(),
        VerifyError::REFUSED
    );
}

#[test]
fn signing_times_are_read_in_both_forms_and_no_other() {
    for (tag, text, expected) in [
        (0x17, "491231235959Z", Some("2049-12-31T23:59:59Z")),
        (0x18, "20500101000000Z", Some("2050-01-01T00:00:00Z")),
        (0x17, "700101000000Z", Some("1970-01-01T00:00:00Z")),
        (0x17, "500101000000Z", None),
        (0x17, "2611240900Z", None),
        (0x17, "261124090000+0100", None),
        (0x18, "20261124090000.5Z", None),
        (0x18, "20261124090000", None),
        (0x17, "261324090000Z", None),
        (0x04, "261124090000Z", None),
    ] {
        let result = verify(Draft::with(|draft| {
            draft.attributes.as_mut().unwrap()[2] =
                attribute(oid::SIGNING_TIME, &tlv(tag, text.as_bytes()));
        }));
        let time = result
            .ok()
            .map(|verified| verified.signature().signing_time().to_string());
        assert_eq!(time.as_deref(), expected, "{text}");
    }
}

#[test]
fn enormous_signature_numbers_are_refused_at_once() {
    let number = tlv(0x02, &[0x5a].repeat(30_000));
    let signature = tlv(0x30, &[&number[..], &number].concat());
    for party in [&*DSA, &*RECEIPT] {
        let algorithm = party.certificate.public_key().algorithm();
        let scheme = Scheme::for_messages(algorithm).unwrap();
        assert!(
            !party
                .certificate
                .public_key()
                .verifies(scheme, ORDER, &signature)
        );
    }
}

//! Keys and their written forms, against RFC 8032, RFC 8410 and the keys of others.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use crate::testing::key;
use crate::{
    KeyError, KeyName, KeyNameError, PublicKey, SigningKey, VerifierKeyError, VerifyingKey,
    WitnessKey,
};

/// The key pair of RFC 8410, section 10.
const PKCS8: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
const SPKI: &str = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
/// The same private key with its public key and an attribute.
const PKCS8_WITH_PUBLIC_KEY: &str = "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\
     oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

const NEUMANN: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const REMORA: &str = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";

fn decode(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap()
}

#[test]
fn a_seed_makes_the_key_and_signature_of_rfc_8032() {
    let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    let signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                     085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    let key = SigningKey::from_seed(&hex::decode(seed).unwrap().try_into().unwrap()).unwrap();
    assert_eq!(hex::encode(key.public_key().as_bytes()), public);
    assert_eq!(hex::encode(key.sign(&[0x72]).unwrap()), signature);
}

#[test]
fn a_private_key_is_read_as_openssl_writes_it_and_with_its_public_key() {
    let public = PublicKey::from_spki_der(&decode(SPKI)).unwrap();
    for der in [PKCS8, PKCS8_WITH_PUBLIC_KEY] {
        let key = SigningKey::from_pkcs8_der(&decode(der)).unwrap();
        assert_eq!(key.public_key(), public);
        assert_eq!(**key.to_pkcs8_der().unwrap(), decode(PKCS8));
    }
    assert_eq!(public.to_spki_der(), decode(SPKI));
}

#[test]
fn a_key_of_another_form_or_length_is_refused() {
    let (private, public) = (decode(PKCS8), decode(SPKI));
    for length in 0..private.len() {
        assert!(
            SigningKey::from_pkcs8_der(&private[..length]).is_err(),
            "{length}"
        );
    }
    for length in 0..public.len() {
        let answer = PublicKey::from_spki_der(&public[..length]);
        assert_eq!(answer, Err(KeyError), "{length}");
    }
    let longer = [&public[..], &[0]].concat();
    assert_eq!(PublicKey::from_spki_der(&longer), Err(KeyError));
    assert_eq!(PublicKey::from_spki_der(&private), Err(KeyError));
    assert!(SigningKey::from_pkcs8_der(&public).is_err());
    for at in 0..12 {
        let mut wrong = public.clone();
        wrong[at] ^= 1;
        assert_eq!(PublicKey::from_spki_der(&wrong), Err(KeyError), "{at}");
    }
}

#[test]
fn a_private_key_does_not_belong_to_another_public_key() {
    let mut wrong = decode(PKCS8_WITH_PUBLIC_KEY);
    *wrong.last_mut().unwrap() ^= 1;
    assert!(SigningKey::from_pkcs8_der(&wrong).is_err());
}

#[test]
fn a_private_key_is_never_shown() {
    assert_eq!(format!("{:?}", key(7)), "SigningKey([redacted])");
}

#[test]
fn the_keys_of_others_are_read_and_written() {
    let log: VerifyingKey = NEUMANN.parse().unwrap();
    assert_eq!(log.name().as_str(), "PeterNeumann");
    assert_eq!(log.id().as_bytes(), &[0xc7, 0x4f, 0x20, 0xa3]);
    assert_eq!(log.to_string(), NEUMANN);
    let witness: WitnessKey = REMORA.parse().unwrap();
    assert_eq!(witness.name().as_str(), "remora.n621.de");
    assert_eq!(witness.id().to_string(), "da77ade7");
    assert_eq!(witness.to_string(), REMORA);
}

#[test]
fn no_part_of_a_key_and_no_changed_letter_is_a_key() {
    let parts = (0..NEUMANN.len()).flat_map(|start| {
        (start..=NEUMANN.len()).map(move |end| NEUMANN.get(start..end).unwrap().to_owned())
    });
    let changed = (0..NEUMANN.len()).map(|at| {
        let mut bytes = NEUMANN.as_bytes().to_vec();
        bytes[at] += 1;
        String::from_utf8(bytes).unwrap()
    });
    for text in parts.chain(changed).filter(|text| text != NEUMANN) {
        assert!(text.parse::<VerifyingKey>().is_err(), "{text}");
    }
}

#[test]
fn a_key_has_one_written_form() {
    for text in [
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        " PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq_LDE4izWy10TW",
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
    ] {
        assert!(text.parse::<VerifyingKey>().is_err(), "{text}");
    }
    let other_id = NEUMANN.replace("c74f20a3", "c74f20a4");
    assert_eq!(other_id.parse::<VerifyingKey>(), Err(VerifierKeyError::Id));
}

#[test]
fn the_key_of_a_log_is_not_that_of_a_witness() {
    let wrong = |expected, found| VerifierKeyError::SignatureType { expected, found };
    assert_eq!(NEUMANN.parse::<WitnessKey>(), Err(wrong(4, 1)));
    assert_eq!(REMORA.parse::<VerifyingKey>(), Err(wrong(1, 4)));
    let unknown = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(unknown.parse::<VerifyingKey>(), Err(wrong(1, 0x65)));

    let (name, public): (KeyName, _) = ("shop.example".parse().unwrap(), key(1).public_key());
    let log = VerifyingKey::new(name.clone(), public);
    let witness = WitnessKey::new(name, public);
    assert_ne!(log.id(), witness.id());
}

#[test]
fn a_name_has_no_spaces_and_no_plus_and_a_limit() {
    for name in [
        "a",
        "shop.example",
        "example.com/log42",
        "é",
        &"n".repeat(255),
    ] {
        assert_eq!(name.parse::<KeyName>().unwrap().as_str(), name);
    }
    for name in [
        "",
        " ",
        "a b",
        "a+b",
        "a\n",
        "a\tb",
        "a\u{a0}b",
        "a\u{2003}b",
        "a\u{7f}",
        "a\u{9b}b",
        &"n".repeat(256),
    ] {
        assert_eq!(name.parse::<KeyName>(), Err(KeyNameError), "{name:?}");
    }
}

proptest! {
    #[test]
    fn every_key_is_read_as_it_is_written(seed: [u8; 32], name in "[a-z./é-]{1,60}") {
        let key = SigningKey::from_seed(&seed).unwrap();
        let public = key.public_key();
        prop_assert_eq!(PublicKey::from_spki_der(&public.to_spki_der()), Ok(public));
        let copy = SigningKey::from_pkcs8_der(&key.to_pkcs8_der().unwrap()).unwrap();
        prop_assert_eq!(copy.public_key(), public);

        let name: KeyName = name.parse().unwrap();
        let log = VerifyingKey::new(name.clone(), public);
        prop_assert_eq!(log.to_string().parse(), Ok(log));
        let witness = WitnessKey::new(name, public);
        prop_assert_eq!(witness.to_string().parse(), Ok(witness));
    }

    #[test]
    fn any_text_is_a_key_or_not(text in "\\PC*", bytes: Vec<u8>) {
        if let Ok(key) = text.parse::<VerifyingKey>() {
            prop_assert_eq!(key.to_string(), text);
        }
        prop_assert!(SigningKey::from_pkcs8_der(&bytes).is_err());
    }
}

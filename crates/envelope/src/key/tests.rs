use crate::testing::*;
use crate::*;

#[test]
fn a_key_is_written_and_read_again() {
    let ed25519 = SigningKey::generate_ed25519(&mut Repeatable::new(71)).unwrap();
    for key in [RSA.key(), DSA.key(), RECEIPT.key(), ed25519] {
        let again = SigningKey::from_pem(&key.to_pem().unwrap(), None).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        assert_eq!(again.algorithm(), key.algorithm());
    }
}

#[test]
fn rsa_keys_have_the_size_asked_for() {
    let key = SigningKey::generate_rsa(RsaBits::B3072).unwrap();
    assert_eq!(key.algorithm().to_string(), "RSA-3072");
    assert_eq!(RsaBits::from_bits(1024), None);
}

#[test]
fn keys_from_a_generator_depend_on_nothing_else() {
    let make = |seed| SigningKey::generate_p256(&mut Repeatable::new(seed)).unwrap();
    assert_eq!(make(72).public_key(), make(72).public_key());
    assert_ne!(make(72).public_key(), make(73).public_key());
}

#[test]
fn no_secret_is_shown() {
    let key = RECEIPT.key();
    assert_eq!(format!("{key:?}"), "SigningKey(P-256, [redacted])");
    let recipient = format!("{:?}", RECIPIENT.recipient_key());
    assert!(recipient.contains("[redacted]"), "{recipient}");
    let signer = format!("{:?}", RSA.signer());
    assert!(signer.contains("[redacted]"), "{signer}");
}

#[test]
fn what_is_not_a_key_is_called_by_its_name() {
    let read = |text: &str| SigningKey::from_pem(text, None).unwrap_err();
    assert_eq!(read(&RSA.certificate.to_pem()), KeyError::Certificate);
    assert_eq!(read(""), KeyError::Unreadable);
    assert_eq!(
        read("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        { KeyError::Unreadable }
    );
    let old = RSA.key_pem.replace("PRIVATE KEY", "RSA PRIVATE KEY");
    assert_eq!(read(&old), KeyError::OldFormat);
    let public = PublicKey::from_spki_pem(&RSA.certificate.to_pem()).unwrap_err();
    assert_eq!(public, KeyError::Certificate);
}

#[test]
fn a_private_key_given_as_a_certificate_is_refused_by_name() {
    for text in [
        RSA.key_pem.clone(),
        format!("{}{}", RSA.certificate.to_pem(), RSA.key_pem),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n".to_owned(),
    ] {
        assert_eq!(
            Certificate::from_pem(&text),
            Err(CertificateError::PrivateKey)
        );
    }
}

#[test]
fn a_certificate_is_found_between_notes() {
    let text = format!("subject=Acme\n\n{}\nmore\n", RSA.certificate.to_pem());
    assert_eq!(Certificate::from_pem(&text).unwrap(), RSA.certificate);
    for text in [
        "",
        "notes",
        "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
    ] {
        assert_eq!(
            Certificate::from_pem(text),
            Err(CertificateError::Unreadable),
            "{text}"
        );
    }
}

#[test]
fn signer_and_recipient_need_a_certificate_for_their_own_key() {
    assert_eq!(
        Signer::new(RSA.key(), DSA.certificate.clone()).unwrap_err(),
        PairError::OtherKey
    );
    assert_eq!(
        RecipientKey::new(&RECIPIENT.key(), RECEIPT.certificate.clone()).unwrap_err(),
        PairError::OtherKey
    );
    assert!(matches!(
        RecipientKey::new(&DSA.key(), DSA.certificate.clone()),
        Err(PairError::Algorithm(KeyAlgorithm::Dsa { .. }))
    ));
}

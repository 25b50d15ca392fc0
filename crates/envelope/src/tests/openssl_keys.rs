//! Keys and certificates: files of `openssl` we read, and the other way round.

use crate::testing::*;
use crate::*;

#[test]
fn keys_openssl_makes_are_read() {
    for (options, algorithm) in [
        (
            "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            KeyAlgorithm::Rsa { bits: 2048 },
        ),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
            KeyAlgorithm::P256,
        ),
        ("-algorithm ED25519", KeyAlgorithm::Ed25519),
    ] {
        let openssl = OpenSsl::new();
        let pem = String::from_utf8(openssl.make(&format!("genpkey {options}"), "key")).unwrap();
        let public = openssl.make("pkey -in key -pubout", "public");
        let key = SigningKey::from_pem(&pem, None).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let public = PublicKey::from_spki_pem(str::from_utf8(&public).unwrap()).unwrap();
        assert_eq!(*key.public_key(), public);
    }
}

#[test]
fn openssl_reads_the_keys_we_write() {
    let ed25519 = SigningKey::generate_ed25519(&mut Repeatable::new(31)).unwrap();
    for key in [RSA.key(), DSA.key(), RECEIPT.key(), ed25519] {
        let openssl = OpenSsl::new();
        openssl.write("key", key.to_pem().unwrap().as_str());
        let public = openssl.make("pkey -in key -pubout -outform DER", "public");
        assert_eq!(public, key.public_key().spki_der(), "{key:?}");
    }
}

#[test]
fn an_encrypted_key_is_opened_by_its_passphrase_here_and_there() {
    let key = DSA.key();
    let openssl = OpenSsl::new();
    let pem = key
        .to_encrypted_pem("correct-horse", &mut Repeatable::new(32))
        .unwrap();
    openssl
        .write("ours", pem.as_str())
        .write("plain", &DSA.key_pem);
    let public = openssl.make(
        "pkey -in ours -passin pass:correct-horse -pubout -outform DER",
        "p",
    );
    assert_eq!(public, key.public_key().spki_der());
    let der = openssl.make("asn1parse -noout -in ours", "der");
    for part in [
        &[0x02, 0x03, 0x09, 0x27, 0xc0][..], // 600,000 rounds
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09], // hmacWithSHA256
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a], // aes256-CBC
    ] {
        assert!(
            der.windows(part.len()).any(|window| window == part),
            "{part:x?}"
        );
    }

    for options in [
        "-v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 100000",
        "-scrypt",
    ] {
        let theirs = openssl.make(
            &format!("pkcs8 -topk8 -in plain -passout pass:battery {options}"),
            "theirs",
        );
        let theirs = String::from_utf8(theirs).unwrap();
        let read = |passphrase| SigningKey::from_pem(&theirs, passphrase);
        assert_eq!(
            read(Some("battery")).unwrap().public_key(),
            key.public_key(),
            "{options}"
        );
        assert_eq!(read(Some("staple")).unwrap_err(), KeyError::PassphraseWrong);
        assert_eq!(read(None).unwrap_err(), KeyError::PassphraseRequired);
    }
}

#[test]
fn certificates_openssl_makes_are_read() {
    let openssl = OpenSsl::new();
    for party in [&*RSA, &*DSA, &*RECEIPT] {
        openssl.write("key", &party.key_pem);
        let pem = openssl.make(
            "req -x509 -new -key key -sha256 -days 30 -subj /O=Acme/CN=Acme-Ltd",
            "certificate",
        );
        let certificate = Certificate::from_pem(str::from_utf8(&pem).unwrap()).unwrap();
        assert_eq!(certificate.public_key(), party.certificate.public_key());
        assert_eq!(certificate.subject(), "Acme-Ltd");
        assert!(certificate.subject_key_identifier().is_some());
        assert!(certificate.is_issued_by(&certificate));
    }
}

#[test]
fn openssl_accepts_the_certificates_we_issue_for_their_purposes() {
    let root = p256(33, &CertificateUse::Root);
    let rng = &mut Repeatable::new(34);
    let until = "2031-01-01T00:00:00Z".parse().unwrap();
    let hosts = vec![
        "shop.example".parse().unwrap(),
        "127.0.0.1".parse().unwrap(),
    ];
    let address = "orders@shop.example".to_owned();
    for (usage, checks) in [
        (
            CertificateUse::Tls { hosts },
            "-purpose sslserver -verify_ip 127.0.0.1",
        ),
        (CertificateUse::Receipt, "-purpose smimesign"),
        (
            CertificateUse::Mail { address },
            "-purpose smimesign -verify_email orders@shop.example",
        ),
        (CertificateUse::Recipient, "-x509_strict"),
    ] {
        let key = SigningKey::generate_p256(rng).unwrap();
        let certificate = issue(
            &root.signer(),
            key.public_key(),
            "Service",
            &usage,
            time(),
            until,
            rng,
        )
        .unwrap();
        assert!(certificate.is_issued_by(&root.certificate));
        let openssl = OpenSsl::new();
        openssl
            .write("root", root.certificate.to_pem())
            .write("leaf", certificate.to_pem());
        openssl
            .run(&format!(
                "verify -x509_strict -CAfile root -attime 1795600000 {checks} leaf"
            ))
            .unwrap();
    }
}

#[test]
fn private_keys_openssl_makes_are_no_certificates_and_said_to_be_keys() {
    let openssl = OpenSsl::new();
    openssl
        .write("rsa", &RSA.key_pem)
        .write("dsa", &DSA.key_pem)
        .write("ec", &RECEIPT.key_pem)
        .write("certificate", RSA.certificate.to_pem());
    for command in [
        "pkcs8 -topk8 -nocrypt -in rsa -outform DER",
        "pkcs8 -topk8 -nocrypt -in dsa -outform DER",
        "pkcs8 -topk8 -in rsa -outform DER -passout pass:horse",
        "rsa -in rsa -outform DER -traditional",
        "dsa -in dsa -outform DER",
        "ec -in ec -outform DER",
        "pkcs12 -export -inkey rsa -in certificate -passout pass:horse",
    ] {
        let read = Certificate::from_der(&openssl.make(command, "key"));
        assert_eq!(read, Err(CertificateError::PrivateKey), "{command}");
    }
    let public = openssl.make("rsa -in rsa -RSAPublicKey_out -outform DER", "public");
    assert_eq!(
        Certificate::from_der(&public),
        Err(CertificateError::Unreadable)
    );
}

//! The examples of RFC 4134, which nobody of ours made: every kind of message that CMS knows, as the
//! programs of 2005 wrote it. What a message is, we see; none is accepted, since all are signed with
//! SHA-1 or encrypted with what has no tag. OpenSSL, which minds neither, is the control: it accepts them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use countersign_envelope::{
    AlgorithmHint, Certificate, CertificateError, EnrollableCertificate, KeyAlgorithm, KeyError,
    KeyRefusal, OpenError, Opened, Sealed,
};
use countersign_tests::openssl::openssl;
use countersign_tests::rfc::examples_of_rfc_4134;

/// What we make of something that should be signed data.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Judgement {
    NotSignedData,
    /// It may be, and is not accepted.
    Refused(Option<AlgorithmHint>),
    Accepted,
}

fn judged(message: &[u8], keys: &[Certificate]) -> Judgement {
    match Opened::from_signed_data(message.to_vec()) {
        Err(_) => Judgement::NotSignedData,
        Ok(opened) => match opened.verify(keys) {
            Err(error) => Judgement::Refused(error.hint()),
            Ok(_) => Judgement::Accepted,
        },
    }
}

#[test]
fn signed_examples_are_read_and_refused() {
    let files = examples_of_rfc_4134();
    let keys = certificates(&files);
    let (old, wrong) = (
        Judgement::Refused(Some(AlgorithmHint::Digest)),
        Judgement::Refused(None),
    );
    let expected = [
        ("4.1.bin", "by DSA", old),
        ("4.2.bin", "by RSA", old),
        ("4.3.bin", "with its content elsewhere", wrong),
        ("4.4.bin", "with every attribute there is", old),
        ("4.5.bin", "by RSA throughout", old),
        ("4.6.bin", "by two signers", wrong),
        ("4.7.bin", "by a key's identifier", old),
        ("4.8.eml", "as a part of a mail", Judgement::NotSignedData),
        ("4.9.eml", "as a mail", Judgement::NotSignedData),
        ("4.10.bin", "that asks for a receipt", old),
        ("4.11.bin", "of certificates only", wrong),
    ];
    for (name, what, expected) in expected {
        assert_eq!(judged(&files[name], &keys), expected, "{name}: {what}");
    }
    let unknown = |name: &&String| {
        name.starts_with("4.") && !expected.iter().any(|(known, ..)| known == name)
    };
    assert_eq!(files.keys().find(unknown), None);
}

/// They are whole, then: it is their age that is refused.
#[test]
fn openssl_accepts_the_signed_examples_and_finds_their_content() {
    let files = examples_of_rfc_4134();
    let folder = tempfile::tempdir().unwrap();
    for (name, octets) in &files {
        fs::write(folder.path().join(name), octets).unwrap();
    }
    for name in ["4.1", "4.2", "4.4", "4.5", "4.7", "4.10"] {
        let arguments = format!("cms -verify -binary -noverify -inform DER -in {name}.bin");
        let said = openssl(folder.path(), &arguments).ok();
        assert_eq!(said.stdout, files["ExContent.bin"], "{name}");
    }
}

/// Encrypted for a key, for a key and for whoever has a shared one, and as a mail; digested; and
/// encrypted for nobody in particular.
#[test]
fn encrypted_examples_are_no_envelopes() {
    let files = examples_of_rfc_4134();
    let hint = |name: &str| {
        let error = Sealed::parse(files[name].clone()).unwrap_err();
        assert!(matches!(error, OpenError::NotAccepted { .. }), "{name}");
        error.hint()
    };
    for name in ["5.1.bin", "5.2.bin"] {
        assert_eq!(hint(name), Some(AlgorithmHint::ContentEncryption), "{name}");
    }
    for name in [
        "5.3.eml", "6.0.bin", "7.1.bin", "7.2.bin", "3.1.bin", "3.2.bin",
    ] {
        assert_eq!(hint(name), None, "{name}");
    }
}

#[test]
fn keys_of_the_examples_are_too_short() {
    let files = examples_of_rfc_4134();
    let refusal = |name: &str| {
        let certificate = Certificate::from_der(&files[name]).unwrap();
        assert_eq!(certificate.der(), files[name]);
        EnrollableCertificate::check(certificate).unwrap_err()
    };
    let rsa = [
        "AliceRSASignByCarl",
        "BobRSASignByCarl",
        "CarlRSASelf",
        "DianeRSASignByCarl",
    ];
    for name in rsa {
        let refused = refusal(&format!("{name}.cer"));
        assert_eq!(
            refused,
            KeyRefusal::Size(KeyAlgorithm::Rsa { bits: 1024 }),
            "{name}"
        );
    }
    for name in ["AliceDSSSignByCarlNoInherit", "CarlDSSSelf"] {
        let size = KeyAlgorithm::Dsa {
            p_bits: 1024,
            q_bits: 160,
        };
        assert_eq!(
            refusal(&format!("{name}.cer")),
            KeyRefusal::Size(size),
            "{name}"
        );
    }
    let inherits = Certificate::from_der(&files["DianeDSSSignByCarlInherit.cer"]);
    assert!(matches!(
        inherits,
        Err(CertificateError::Key(KeyError::Unsupported))
    ));
}

fn certificates(files: &BTreeMap<String, Vec<u8>>) -> Vec<Certificate> {
    let is_certificate = |name: &str| Path::new(name).extension() == Some("cer".as_ref());
    files
        .iter()
        .filter(|(name, _)| is_certificate(name))
        .filter_map(|(_, der)| Certificate::from_der(der).ok())
        .collect()
}

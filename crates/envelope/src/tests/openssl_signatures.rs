//! Signatures: what `openssl cms -sign` makes we verify, and the other way round.

use crate::testing::*;
use crate::*;

const ORDER: &[u8] = b"{\"document\":\"countersign/order/1\"}\n";

/// Signs [`ORDER`] with the program.
fn signed_by_openssl(party: &Party, options: &str) -> Vec<u8> {
    let openssl = OpenSsl::new();
    openssl.write_party("buyer", party).write("order", ORDER);
    openssl.make(
        &format!(
            "cms -sign -binary -nodetach -signer buyer.crt -inkey buyer.key -in order \
             -outform DER {options}"
        ),
        "signed",
    )
}

fn verify(message: Vec<u8>, party: &Party) -> Result<Verified<Vec<u8>>, VerifyError> {
    Opened::from_signed_data(message)
        .unwrap()
        .verify(std::slice::from_ref(&party.certificate))
}

#[test]
fn signatures_openssl_makes_are_verified() {
    const PSS: &str = "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest";
    for (party, options) in [
        (&*RSA, "-md sha256".to_owned()),
        (&*RSA, "-md sha384".to_owned()),
        (&*RSA, "-md sha512 -cades".to_owned()),
        (&*RSA, "-md sha256 -cades".to_owned()),
        (&*RSA, "-md sha256 -stream".to_owned()),
        (&*RSA, "-md sha256 -keyid".to_owned()),
        (&*RSA, "-md sha256 -nocerts -nosmimecap".to_owned()),
        (&*RSA, format!("-md sha256 {PSS}")),
        (&*RSA, format!("-md sha512 {PSS} -cades")),
        (&*DSA, "-md sha256".to_owned()),
        (&*DSA, "-md sha256 -cades -stream".to_owned()),
        (&*RECEIPT, "-md sha256 -cades".to_owned()),
    ] {
        let message = signed_by_openssl(party, &options);
        let verified = verify(message.clone(), party).unwrap_or_else(|_| panic!("{options}"));
        assert_eq!(verified.content(), ORDER, "{options}");
        assert_eq!(verified.signature().signed_data(), message, "{options}");
    }
}

#[test]
fn a_dsa_key_with_a_short_q_made_by_openssl_is_enrolled_and_verified() {
    let pem = include_str!("../../tests/vectors/openssl-dsa-2048-224.crt");
    let certificate = Certificate::from_pem(pem).unwrap();
    let algorithm = certificate.public_key().algorithm();
    assert_eq!(
        algorithm,
        KeyAlgorithm::Dsa {
            p_bits: 2048,
            q_bits: 224
        }
    );
    let enrolled = EnrollableCertificate::check(certificate)
        .unwrap()
        .into_certificate();
    let message = include_bytes!("../../tests/vectors/openssl-dsa-2048-224.p7m").to_vec();
    let verified = Opened::from_signed_data(message)
        .unwrap()
        .verify(&[enrolled])
        .unwrap();
    assert_eq!(verified.content(), b"hello\nworld\n");
}

#[test]
fn signatures_openssl_makes_outside_the_policy_are_refused_with_a_hint() {
    for (party, options, hint) in [
        (
            &*RSA,
            "-md sha256 -keyopt rsa_padding_mode:pss",
            AlgorithmHint::PssSalt,
        ),
        (
            &*RSA,
            "-md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest \
             -keyopt rsa_mgf1_md:sha512",
            AlgorithmHint::PssParameters,
        ),
        (&*RSA, "-md sha1", AlgorithmHint::Digest),
        (&*RSA, "-md sha224", AlgorithmHint::Digest),
        (&*RSA, "-md sha3-256", AlgorithmHint::Digest),
        (&*DSA, "-md sha1", AlgorithmHint::Digest),
        (&*RECEIPT, "-md sha384", AlgorithmHint::Signature),
    ] {
        let error = verify(signed_by_openssl(party, options), party).unwrap_err();
        assert_eq!(error.hint(), Some(hint), "{options}");
    }
}

#[test]
fn hints_name_the_option_that_mends_the_message() {
    for (hint, option) in [
        (AlgorithmHint::PssSalt, "-keyopt rsa_pss_saltlen:digest"),
        (AlgorithmHint::Digest, "-md sha256"),
        (AlgorithmHint::KeyDerivation, "-keyopt ecdh_kdf_md:sha256"),
        (
            AlgorithmHint::KeyTransport,
            "-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256",
        ),
        (AlgorithmHint::ContentEncryption, "-aes-256-gcm"),
    ] {
        assert!(hint.to_string().contains(option), "{hint}");
    }
}

#[test]
fn a_signature_without_attributes_is_refused() {
    let message = signed_by_openssl(&RSA, "-md sha256 -noattr");
    assert_eq!(verify(message, &RSA).unwrap_err(), VerifyError::REFUSED);
}

#[test]
fn a_signature_with_its_content_elsewhere_is_refused() {
    let openssl = OpenSsl::new();
    openssl.write_party("buyer", &RSA).write("order", ORDER);
    let message = openssl.make(
        "cms -sign -binary -md sha256 -signer buyer.crt -inkey buyer.key -in order -outform DER",
        "signed",
    );
    assert_eq!(verify(message, &RSA).unwrap_err(), VerifyError::REFUSED);
}

#[test]
fn two_signers_are_refused_though_both_are_good() {
    let openssl = OpenSsl::new();
    openssl
        .write_party("one", &RSA)
        .write_party("two", &DSA)
        .write("order", ORDER);
    let message = openssl.make(
        "cms -sign -binary -nodetach -md sha256 -signer one.crt -inkey one.key \
         -signer two.crt -inkey two.key -in order -outform DER",
        "signed",
    );
    let keys = [RSA.certificate.clone(), DSA.certificate.clone()];
    let error = Opened::from_signed_data(message)
        .unwrap()
        .verify(&keys)
        .unwrap_err();
    assert_eq!(error, VerifyError::REFUSED);
}

#[test]
fn certificates_alone_are_refused() {
    let openssl = OpenSsl::new();
    openssl.write_party("buyer", &RSA);
    let message = openssl.make(
        "crl2pkcs7 -nocrl -certfile buyer.crt -outform DER",
        "certificates",
    );
    assert_eq!(verify(message, &RSA).unwrap_err(), VerifyError::REFUSED);
}

#[test]
fn openssl_verifies_what_we_sign() {
    for party in [&*RSA, &*DSA, &*RECEIPT] {
        let openssl = OpenSsl::new();
        openssl
            .write_party("buyer", party)
            .write("signed", party.signer().sign(ORDER, time()).unwrap());
        let content = openssl.make(
            "cms -verify -cades -binary -inform DER -in signed -CAfile buyer.crt \
             -attime 1795600000",
            "content",
        );
        assert_eq!(content, ORDER);
    }
}

#[test]
fn openssl_verifies_what_we_sign_beside_the_content() {
    for party in [&*RSA, &*RECEIPT] {
        let openssl = OpenSsl::new();
        openssl
            .write_party("mail", party)
            .write("order", ORDER)
            .write(
                "signature",
                party.signer().sign_detached(ORDER, time()).unwrap(),
            );
        let content = openssl.make(
            "cms -verify -binary -inform DER -in signature -content order -CAfile mail.crt \
             -attime 1795600000",
            "content",
        );
        assert_eq!(content, ORDER);
    }
}

#[test]
fn openssl_verifies_a_statement_up_to_the_sellers_root() {
    let root = p256(11, &CertificateUse::Root);
    let key = SigningKey::generate_p256(&mut Repeatable::new(12)).unwrap();
    let until = "2031-01-01T00:00:00Z".parse().unwrap();
    let certificate = issue(
        &root.signer(),
        key.public_key(),
        "Receipts",
        &CertificateUse::Receipt,
        time(),
        until,
        &mut Repeatable::new(13),
    )
    .unwrap();
    let statement = Signer::new(key, certificate)
        .unwrap()
        .sign(ORDER, time())
        .unwrap();
    let openssl = OpenSsl::new();
    openssl
        .write("root.crt", root.certificate.to_pem())
        .write("statement", statement);
    let content = openssl.make(
        "cms -verify -cades -binary -inform DER -in statement -CAfile root.crt \
         -attime 1795600000",
        "content",
    );
    assert_eq!(content, ORDER);
}

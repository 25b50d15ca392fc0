//! Envelopes: what `openssl cms -encrypt` makes we open, and the other way round.

use crate::testing::*;
use crate::*;

const ORDER: &[u8] = b"{\"document\":\"countersign/order/1\"}\n";
const KDF: &str = "-keyopt ecdh_kdf_md:sha256";

fn signed() -> Vec<u8> {
    RSA.signer().sign(ORDER, time()).unwrap()
}

/// Seals a signed order to the party with the program.
fn sealed_by_openssl(party: &Party, options: &str) -> Vec<u8> {
    let openssl = OpenSsl::new();
    openssl
        .write_party("seller", party)
        .write("signed", signed());
    openssl.make(
        &format!("cms -encrypt -binary -in signed -outform DER -recip seller.crt {options}"),
        "sealed",
    )
}

fn content(opened: Opened) -> Vec<u8> {
    opened
        .verify(std::slice::from_ref(&RSA.certificate))
        .unwrap()
        .into_content()
}

#[test]
fn envelopes_openssl_makes_are_opened() {
    const OAEP: &str = "-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256";
    for (party, options) in [
        (&*RECIPIENT, format!("-aes-256-gcm {KDF}")),
        (&*RECIPIENT, format!("-aes-256-gcm {KDF} -stream")),
        (&*RECIPIENT, format!("-aes-256-gcm {KDF} -keyid")),
        (
            &*RECIPIENT,
            "-aes-256-gcm -keyopt ecdh_kdf_md:sha384".to_owned(),
        ),
        (
            &*RECIPIENT,
            "-aes-256-gcm -keyopt ecdh_kdf_md:sha512".to_owned(),
        ),
        (&*RSA, format!("-aes-256-gcm {OAEP}")),
        (&*RSA, format!("-aes-256-gcm {OAEP} -stream -keyid")),
    ] {
        let sealed = Sealed::parse(sealed_by_openssl(party, &options)).unwrap();
        let opened = sealed.open(&[party.recipient_key()]);
        assert_eq!(
            content(opened.unwrap_or_else(|_| panic!("{options}"))),
            ORDER
        );
    }
}

#[test]
fn envelopes_openssl_makes_outside_the_policy_are_refused_with_a_hint() {
    for (party, options, hint) in [
        (&*RECIPIENT, "-aes-256-gcm", AlgorithmHint::KeyDerivation),
        (
            &*RECIPIENT,
            "-aes-128-gcm",
            AlgorithmHint::ContentEncryption,
        ),
        (
            &*RECIPIENT,
            "-aes-256-cbc",
            AlgorithmHint::ContentEncryption,
        ),
        (&*RSA, "-aes-256-gcm", AlgorithmHint::KeyTransport),
        (
            &*RSA,
            "-aes-256-gcm -keyopt rsa_padding_mode:oaep",
            AlgorithmHint::KeyTransport,
        ),
        (&*RSA, "-aes-256-cbc", AlgorithmHint::ContentEncryption),
    ] {
        let refusal = Sealed::parse(sealed_by_openssl(party, options))
            .and_then(|sealed| sealed.open(&[party.recipient_key()]))
            .unwrap_err();
        assert_eq!(
            refusal,
            OpenError::NotAccepted { hint: Some(hint) },
            "{options}"
        );
    }
}

/// In text mode the program rewrites line ends, and with them the signed message. It cannot be
/// told from other damage, so the advice stands in every refusal.
#[test]
fn an_envelope_openssl_makes_in_text_mode_is_refused_with_advice() {
    let openssl = OpenSsl::new();
    openssl
        .write_party("seller", &RECIPIENT)
        .write("signed", [&signed()[..], b"\n"].concat());
    let sealed = openssl.make(
        &format!("cms -encrypt -aes-256-gcm -in signed -outform DER -recip seller.crt {KDF}"),
        "sealed",
    );
    let refusal = open(sealed).unwrap_err();
    assert_eq!(refusal, OpenError::REFUSED);
    assert!(refusal.to_string().contains("-binary"));
}

#[test]
fn an_envelope_to_several_is_opened_by_each_and_by_nobody_else() {
    let other = p256(21, &CertificateUse::Recipient);
    let openssl = OpenSsl::new();
    openssl
        .write_party("one", &RECIPIENT)
        .write_party("two", &other)
        .write("signed", signed());
    let sealed = openssl.make(
        &format!(
            "cms -encrypt -binary -aes-256-gcm -in signed -outform DER \
             -recip one.crt {KDF} -recip two.crt {KDF}"
        ),
        "sealed",
    );
    for party in [&*RECIPIENT, &other] {
        let keys = [
            p256(22, &CertificateUse::Recipient).recipient_key(),
            party.recipient_key(),
        ];
        let opened = Sealed::parse(sealed.clone()).unwrap().open(&keys).unwrap();
        assert_eq!(content(opened), ORDER);
    }
    let stranger = p256(23, &CertificateUse::Recipient).recipient_key();
    let refusal = Sealed::parse(sealed)
        .unwrap()
        .open(&[stranger])
        .unwrap_err();
    assert_eq!(refusal, OpenError::RecipientUnknown);
}

#[test]
fn openssl_opens_and_verifies_what_we_seal() {
    let openssl = OpenSsl::new();
    let other = p256(24, &CertificateUse::Recipient);
    let recipients = [&other.certificate, &RECIPIENT.certificate];
    let sealed = seal(&signed(), &recipients, &mut Repeatable::new(25)).unwrap();
    openssl
        .write_party("seller", &RECIPIENT)
        .write_party("buyer", &RSA)
        .write("sealed", sealed);
    let opened = openssl.make(
        "cms -decrypt -binary -inform DER -in sealed -recip seller.crt -inkey seller.key",
        "opened",
    );
    assert_eq!(opened, signed_again(&opened));
    let content = openssl.make(
        "cms -verify -cades -binary -inform DER -in opened -CAfile buyer.crt \
         -attime 1795600000",
        "content",
    );
    assert_eq!(content, ORDER);
}

/// The same octets by our own reader, to show that nothing was lost or added.
fn signed_again(opened: &[u8]) -> Vec<u8> {
    let opened = Opened::from_signed_data(opened.to_vec()).unwrap();
    opened
        .verify(std::slice::from_ref(&RSA.certificate))
        .unwrap()
        .signature()
        .signed_data()
        .to_vec()
}

//! The messages that OpenSSL keeps because a release of it once took them, or fell over them.

use der::pem::decode_vec;

use crate::testing::RECIPIENT;
use crate::{Certificate, Opened, Sealed};

/// Signed by a key of 2048 bits with SHA-256, and each wrong in one attribute or algorithm.
const SIGNED: [(&str, &[u8]); 5] = [
    (
        "a signing time that is none",
        include_bytes!("../../tests/vectors/openssl/bad_signtime_attr.cms"),
    ),
    (
        "two content types",
        include_bytes!("../../tests/vectors/openssl/ct_multiple_attr.cms"),
    ),
    (
        "no content type",
        include_bytes!("../../tests/vectors/openssl/no_ct_attr.cms"),
    ),
    (
        "no digest",
        include_bytes!("../../tests/vectors/openssl/no_md_attr.cms"),
    ),
    (
        "MD4",
        include_bytes!("../../tests/vectors/openssl/pkcs7-md4.pem"),
    ),
];

/// What is no message, or an envelope that made a reader run out of its bounds.
const BROKEN: [(&str, &[u8]); 6] = [
    (
        "an identifier that is too long",
        include_bytes!("../../tests/vectors/openssl/bad-cms.der"),
    ),
    (
        "signed data of nothing",
        include_bytes!("../../tests/vectors/openssl/malformed.pkcs7"),
    ),
    (
        "a key agreement whose algorithm is missing",
        include_bytes!("../../tests/vectors/openssl/dh-malformed.der"),
    ),
    (
        "the same on a curve",
        include_bytes!("../../tests/vectors/openssl/ecdh-malformed.der"),
    ),
    (
        "a key transport with broken parameters",
        include_bytes!("../../tests/vectors/openssl/rsa-malformed.der"),
    ),
    (
        "a nonce that is too long",
        include_bytes!("../../tests/vectors/openssl/encDataWithTooLongIV.pem"),
    ),
];

/// The octets of a file, whether it is PEM or not.
fn octets(file: &[u8]) -> Vec<u8> {
    decode_vec(file).map_or_else(|_| file.to_vec(), |(_, der)| der)
}

/// The one certificate of a 2048-bit RSA key that lies somewhere in a message.
fn certificate_in(message: &[u8]) -> Certificate {
    let mut found = message.windows(4).enumerate().filter_map(|(at, header)| {
        let [0x30, 0x82, high, low] = header else {
            return None;
        };
        let end = at + 4 + usize::from(u16::from_be_bytes([*high, *low]));
        Certificate::from_der(message.get(at..end)?).ok()
    });
    found.next().unwrap()
}

#[test]
fn messages_openssl_once_accepted_are_refused_though_their_keys_are_known() {
    for (what, file) in SIGNED {
        let message = octets(file);
        let key = certificate_in(&message);
        let opened = Opened::from_signed_data(message).unwrap();
        assert!(opened.verify(&[key]).is_err(), "{what}");
    }
}

#[test]
fn messages_openssl_once_fell_over_are_refused() {
    let ours = [RECIPIENT.recipient_key()];
    for (what, file) in BROKEN {
        let message = octets(file);
        assert!(Opened::from_signed_data(message.clone()).is_err(), "{what}");
        let opened = Sealed::parse(message).and_then(|sealed| sealed.open(&ours));
        assert!(opened.is_err(), "{what}");
    }
}

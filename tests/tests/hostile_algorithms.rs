//! Algorithms that are not on the list, parameters that are almost right, and numbers that are no
//! signature: every one is refused, and leaves nothing.
#![expect(
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use countersign_tests::attack::Attack;
use countersign_tests::buyer::KeyKind;
use countersign_tests::forgery::der::{
    INTEGER, OCTETS, SET, difference, inside, integer, oid, sequence, sum, tlv,
};
use countersign_tests::forgery::{Cases, Forger, NULL, PKCS1, PSS, SHA256, SHA512, identifier};
use countersign_tests::shop::Shop;

const SIGNATURE: &str = "signature-not-accepted";

const SHA1: &str = "1.3.14.3.2.26";
const MD5: &str = "1.2.840.113549.2.5";
const MD4: &str = "1.2.840.113549.2.4";

/// An algorithm and its parameters.
type Named = (&'static str, Option<&'static [u8]>);

/// What is wrong, the digest and the signature algorithm that are named, and how `openssl dgst` signs.
const RSA: &[(&str, Named, Named, &str)] = &[
    ("MD4", (MD4, Some(NULL)), (PKCS1, Some(NULL)), "-sha256"),
    ("MD5", (MD5, Some(NULL)), (PKCS1, Some(NULL)), "-md5"),
    ("SHA-1", (SHA1, None), (PKCS1, Some(NULL)), "-sha1"),
    (
        "SHA-1 under its own name",
        (SHA1, None),
        ("1.2.840.113549.1.1.5", Some(NULL)),
        "-sha1",
    ),
    (
        "SHA-224",
        ("2.16.840.1.101.3.4.2.4", None),
        (PKCS1, Some(NULL)),
        "-sha224",
    ),
    (
        "SHA3-256",
        ("2.16.840.1.101.3.4.2.8", None),
        (PKCS1, Some(NULL)),
        "-sha3-256",
    ),
    (
        "digests differ",
        (SHA256, None),
        ("1.2.840.113549.1.1.13", Some(NULL)),
        "-sha512",
    ),
    (
        "digests differ the other way",
        (SHA512, None),
        ("1.2.840.113549.1.1.11", Some(NULL)),
        "-sha256",
    ),
    (
        "signed with another digest than said",
        (SHA256, None),
        (PKCS1, Some(NULL)),
        "-sha512",
    ),
    (
        "rsaEncryption without parameters",
        (SHA256, None),
        (PKCS1, None),
        "-sha256",
    ),
    (
        "parameters that are not NULL",
        (SHA256, None),
        ("1.2.840.113549.1.1.11", Some(&[2, 1, 0])),
        "-sha256",
    ),
    (
        "a digest with parameters",
        (SHA256, Some(&[2, 1, 0])),
        (PKCS1, Some(NULL)),
        "-sha256",
    ),
    (
        "DSA for an RSA key",
        (SHA256, None),
        ("2.16.840.1.101.3.4.3.2", None),
        "-sha256",
    ),
    (
        "ECDSA for an RSA key",
        (SHA256, None),
        ("1.2.840.10045.4.3.2", None),
        "-sha256",
    ),
    (
        "Ed25519 for an RSA key",
        (SHA512, None),
        ("1.3.101.112", None),
        "-sha512",
    ),
    (
        "an algorithm nobody knows",
        (SHA256, None),
        ("1.2.3.4", None),
        "-sha256",
    ),
    (
        "PSS without parameters",
        (SHA256, None),
        (PSS, None),
        "-sha256",
    ),
    (
        "PSS with defaults",
        (SHA256, None),
        (PSS, Some(&[0x30, 0])),
        "-sha256",
    ),
    (
        "PSS with NULL",
        (SHA256, None),
        (PSS, Some(NULL)),
        "-sha256",
    ),
];

#[test]
fn algorithms_off_the_list_are_refused_for_an_rsa_key() {
    let shop = Shop::open();
    let forger = Forger::enrolled(&shop, "acme", KeyKind::Rsa);
    let mut cases = Cases::of(&forger);
    for &(what, digest, algorithm, options) in RSA {
        cases.changed(what, SIGNATURE, |parts| {
            parts.digest = identifier(digest.0, digest.1);
            parts.digests.clone_from(&parts.digest);
            parts.algorithm = identifier(algorithm.0, algorithm.1);
            parts.options = options.to_owned();
        });
    }
    cases.changed("a digest not announced", SIGNATURE, |parts| {
        parts.digests = identifier(SHA512, None);
    });
    cases.changed("none announced", SIGNATURE, |parts| {
        parts.digests = Vec::new();
    });
    cases.changed("thousands announced", SIGNATURE, |parts| {
        parts.digests = parts.digests.repeat(5_000);
    });
    salts_and_masks(&mut cases);
    let cases = cases.made();
    Attack::on(shop, forger.buyer).refuses(cases);
}

/// Parameters of PSS that are said, and those that the signature is made with.
struct Pss {
    what: &'static str,
    /// The digest, the digest of the mask, the length of the salt, and the trailer.
    said: (
        &'static str,
        &'static str,
        &'static [u8],
        Option<&'static [u8]>,
    ),
    /// The length of the salt, and the digest of the mask.
    done: (u8, &'static str),
}

const PSS_PARAMETERS: &[Pss] = &[
    Pss {
        what: "a salt of nothing",
        said: (SHA256, SHA256, &[0], None),
        done: (0, "sha256"),
    },
    Pss {
        what: "a salt of 20",
        said: (SHA256, SHA256, &[20], None),
        done: (20, "sha256"),
    },
    Pss {
        what: "a salt of 33",
        said: (SHA256, SHA256, &[33], None),
        done: (33, "sha256"),
    },
    Pss {
        what: "a salt of the most there is",
        said: (SHA256, SHA256, &[0, 222], None),
        done: (222, "sha256"),
    },
    Pss {
        what: "a negative salt",
        said: (SHA256, SHA256, &[0xff], None),
        done: (32, "sha256"),
    },
    Pss {
        what: "an enormous salt",
        said: (SHA256, SHA256, &[0x7f; 9], None),
        done: (32, "sha256"),
    },
    Pss {
        what: "a salt other than said",
        said: (SHA256, SHA256, &[32], None),
        done: (20, "sha256"),
    },
    Pss {
        what: "a mask of SHA-1",
        said: (SHA256, SHA1, &[32], None),
        done: (32, "sha1"),
    },
    Pss {
        what: "a mask of SHA-512",
        said: (SHA256, SHA512, &[32], None),
        done: (32, "sha512"),
    },
    Pss {
        what: "a mask other than said",
        said: (SHA256, SHA256, &[32], None),
        done: (32, "sha512"),
    },
    Pss {
        what: "another trailer",
        said: (SHA256, SHA256, &[32], Some(&[2])),
        done: (32, "sha256"),
    },
    Pss {
        what: "another digest inside",
        said: (SHA512, SHA512, &[64], None),
        done: (32, "sha256"),
    },
];

fn salts_and_masks(cases: &mut Cases<'_>) {
    for &Pss { what, said, done } in PSS_PARAMETERS {
        let (hash, mask, salt, trailer) = said;
        let mask = sequence(&[&oid("1.2.840.113549.1.1.8"), &identifier(mask, None)]);
        let trailer = trailer.map(|octets| tlv(0xa3, &tlv(INTEGER, octets)));
        let parameters = sequence(&[
            &tlv(0xa0, &identifier(hash, None)),
            &tlv(0xa1, &mask),
            &tlv(0xa2, &tlv(INTEGER, salt)),
            &trailer.unwrap_or_default(),
        ]);
        let (salt, mask) = done;
        cases.changed(what, SIGNATURE, |parts| {
            parts.algorithm = identifier(PSS, Some(&parameters));
            parts.options = format!(
                "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt} \
                 -sigopt rsa_mgf1_md:{mask}"
            );
        });
    }
}

#[test]
fn numbers_that_are_no_dsa_signature_are_refused() {
    let shop = Shop::open();
    let forger = Forger::enrolled(&shop, "acme", KeyKind::Dsa);
    let parts = forger.order();
    let good = forger.signature(&parts.options, &parts.covered());
    let mut cases = Cases::of(&forger);
    for (what, signature) in no_signatures(&good, &forger.dsa_q()) {
        cases.message(what, SIGNATURE, parts.with_signature(&signature));
    }
    for (what, algorithm, options) in [
        ("SHA-1", identifier("1.2.840.10040.4.3", None), "-sha1"),
        (
            "the key's own name",
            identifier("1.2.840.10040.4.1", None),
            "-sha256",
        ),
        (
            "SHA-224",
            identifier("2.16.840.1.101.3.4.3.1", None),
            "-sha224",
        ),
        (
            "SHA-512",
            identifier("2.16.840.1.101.3.4.3.4", None),
            "-sha512",
        ),
        (
            "NULL parameters",
            identifier("2.16.840.1.101.3.4.3.2", Some(NULL)),
            "-sha256",
        ),
        (
            "RSA for a DSA key",
            identifier(PKCS1, Some(NULL)),
            "-sha256",
        ),
    ] {
        cases.changed(what, SIGNATURE, |parts| {
            parts.algorithm = algorithm;
            parts.options = options.to_owned();
        });
    }
    let cases = cases.made();
    Attack::on(shop, forger.buyer).refuses(cases);
}

/// Octets that are almost the two numbers of a good signature.
fn no_signatures(good: &[u8], q: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let numbers = inside(good);
    let (r, s) = (numbers[0].content, numbers[1].content);
    let pair = |r: Vec<u8>, s: Vec<u8>| sequence(&[&r, &s]);
    let plain = |number: &[u8]| integer(number);
    let enormous = tlv(INTEGER, &[0x5a].repeat(30_000));
    let mut made = numbers_out_of_range(r, s, q);
    made.extend([
        ("negative r", pair(tlv(INTEGER, &[0xff]), plain(s))),
        ("negative s", pair(plain(r), tlv(INTEGER, &[0x80]))),
        (
            "a zero too many",
            pair(tlv(INTEGER, &[&[0, 0], r].concat()), plain(s)),
        ),
        ("r without content", pair(tlv(INTEGER, &[]), plain(s))),
        ("r as octets", pair(tlv(OCTETS, r), plain(s))),
        (
            "a third number",
            sequence(&[&plain(r), &plain(s), &plain(&[1])]),
        ),
        ("one number", sequence(&[&plain(r)])),
        ("something after it", [good, &[0]].concat()),
        ("cut short", good[..good.len() - 1].to_vec()),
        ("a set", tlv(SET, &good[2..])),
        (
            "a longer length",
            [&[0x30, 0x81, good[1]], &good[2..]].concat(),
        ),
        (
            "without an end",
            [&[0x30, 0x80], &good[2..], &[0, 0]].concat(),
        ),
        ("two numbers side by side", [padded(r), padded(s)].concat()),
        ("enormous r", pair(enormous.clone(), plain(s))),
        ("enormous numbers", pair(enormous.clone(), enormous)),
        ("nothing", Vec::new()),
    ]);
    made
}

/// Numbers that are not between zero and q, and others that are but were not signed.
fn numbers_out_of_range(r: &[u8], s: &[u8], q: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let pair = |r: Vec<u8>, s: Vec<u8>| sequence(&[&r, &s]);
    let plain = |number: &[u8]| integer(number);
    vec![
        ("r = 0", pair(plain(&[0]), plain(s))),
        ("s = 0", pair(plain(r), plain(&[0]))),
        ("r = s = 0", pair(plain(&[0]), plain(&[0]))),
        ("r = s = 1", pair(plain(&[1]), plain(&[1]))),
        ("r = q", pair(plain(q), plain(s))),
        ("s = q", pair(plain(r), plain(q))),
        ("r + q", pair(plain(&sum(r, q)), plain(s))),
        ("s + q", pair(plain(r), plain(&sum(s, q)))),
        (
            "q - s, which ECDSA takes",
            pair(plain(r), plain(&difference(q, s))),
        ),
        ("q - r", pair(plain(&difference(q, r)), plain(s))),
        ("changed places", pair(plain(s), plain(r))),
    ]
}

/// A number of a signature in 32 octets, as other formats write it.
fn padded(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let number = &number[zeros..];
    [vec![0; 32 - number.len()].as_slice(), number].concat()
}

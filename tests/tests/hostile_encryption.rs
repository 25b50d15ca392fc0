//! Envelopes that are almost right around a good order: every one is refused under the code that is
//! stated beside it, before anything in it is believed.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::collections::HashSet;
use std::fs;

use countersign_envelope::{CertificateUse, SigningKey, seal, self_signed};
use countersign_tests::attack::{Attack, Case};
use countersign_tests::buyer::KeyKind;
use countersign_tests::chance::{Dice, now, rng};
use countersign_tests::forgery::ber::with_long_length;
use countersign_tests::forgery::der::{INTEGER, OCTETS, SEQUENCE, inside, oid, sequence, tlv};
use countersign_tests::forgery::{Forger, NULL, Sealed, attribute, identifier};
use countersign_tests::http::Request;
use countersign_tests::openssl::openssl;
use countersign_tests::remark;
use countersign_tests::shop::Shop;
use jiff::ToSpan as _;

const ENVELOPE: &str = "envelope-not-accepted";
const RECIPIENT: &str = "recipient-unknown";

/// A good order of a buyer, signed and not sealed yet.
fn good_order(attack: &Attack) -> Vec<u8> {
    attack
        .buyer
        .signs(&attack.buyer.draft("PO-1").line("WATER", 1, "15.00"))
}

/// An honest envelope with one thing changed, case by case.
struct Changed(Sealed, Vec<Case>);

impl Changed {
    fn case(&mut self, what: &str, code: &'static str, change: impl FnOnce(&mut Sealed)) {
        let mut parts = self.0.clone();
        change(&mut parts);
        self.1.push(Case {
            what: what.to_owned(),
            envelope: parts.message(),
            code,
        });
    }
}

#[test]
fn an_envelope_has_one_form() {
    let attack = Attack::begins();
    let envelope = attack.buyer.seals(&good_order(&attack));
    let mut cases = Changed(Sealed::of(&envelope), Vec::new());
    assert_eq!(cases.0.message(), envelope, "taken apart and put together");
    let set = attribute("1.2.840.113549.1.9.3", &oid("1.2.840.113549.1.7.1"));
    let authenticated = tlv(0xa1, &set);
    cases.case("authenticated attributes", ENVELOPE, |parts| {
        parts.authenticated_attributes = authenticated;
    });
    cases.case("no attributes in their set", ENVELOPE, |parts| {
        parts.authenticated_attributes = tlv(0xa1, &[]);
    });
    cases.case("unauthenticated attributes", ENVELOPE, |parts| {
        parts.unauthenticated_attributes = tlv(0xa2, &set);
    });
    cases.case("an originator", ENVELOPE, |parts| {
        parts.originator = tlv(0xa0, &[]);
    });
    cases.case("another version", ENVELOPE, |parts| parts.version = 2);
    cases.case("no recipient", RECIPIENT, |parts| {
        parts.recipients = Vec::new();
    });
    cases.case("a recipient that is none", ENVELOPE, |parts| {
        parts.recipients = tlv(OCTETS, b"you");
    });
    // Whoever strips the protection, or claims another kind, gets no answer from the content.
    for kind in [
        "1.2.840.113549.1.7.1",
        "1.2.840.113549.1.7.2",
        "1.2.840.113549.1.7.3",
        "1.2.840.113549.1.7.6",
        "1.2.840.113549.1.9.16.1.2",
        "1.2.840.113549.1.9.16.1.9",
    ] {
        cases.case(&format!("as {kind}"), ENVELOPE, |parts| {
            kind.clone_into(&mut parts.kind);
        });
    }
    for kind in ["1.2.840.113549.1.7.3", "1.2.840.113549.1.9.16.1.9", "1.2.3"] {
        cases.case(&format!("content as {kind}"), ENVELOPE, |parts| {
            parts.content_type = oid(kind);
        });
    }
    attack.refuses(cases.1);
}

#[test]
fn content_encryption_has_one_algorithm_with_one_nonce_and_one_tag() {
    let attack = Attack::begins();
    let envelope = attack.buyer.seals(&good_order(&attack));
    let mut cases = Changed(Sealed::of(&envelope), Vec::new());
    let gcm = "2.16.840.1.101.3.4.1.46";
    let honest = inside(inside(&cases.0.algorithm)[1].whole)[0]
        .content
        .to_vec();
    let stated = |nonce: &[u8], size: Option<&[u8]>| {
        let size = size.map(|size| tlv(INTEGER, size)).unwrap_or_default();
        identifier(gcm, Some(&sequence(&[&tlv(OCTETS, nonce), &size])))
    };
    for size in [0, 1, 8, 11, 13, 16, 4_096] {
        cases.case(&format!("a nonce of {size}"), ENVELOPE, |parts| {
            parts.algorithm = stated(&vec![7; size], Some(&[16]));
        });
    }
    for size in [0, 4, 8, 12, 13, 14, 15, 17] {
        cases.case(&format!("a tag of {size}"), ENVELOPE, |parts| {
            parts.algorithm = stated(&honest, Some(&[u8::try_from(size).unwrap()]));
            parts.mac.resize(size, 0);
        });
        cases.case(&format!("a tag of {size}, not said"), ENVELOPE, |parts| {
            parts.mac.resize(size, 0);
        });
    }
    cases.case("a tag size left out, which means 12", ENVELOPE, |parts| {
        parts.algorithm = stated(&honest, None);
    });
    cases.case("a negative tag size", ENVELOPE, |parts| {
        parts.algorithm = stated(&honest, Some(&[0xf0]));
    });
    cases.case("no parameters", ENVELOPE, |parts| {
        parts.algorithm = identifier(gcm, None);
    });
    cases.case("NULL", ENVELOPE, |parts| {
        parts.algorithm = identifier(gcm, Some(NULL));
    });
    cases.case("an empty ciphertext", ENVELOPE, |parts| {
        parts.ciphertext = Vec::new();
    });
    cases.case("one octet less", ENVELOPE, |parts| {
        parts.ciphertext.pop();
    });
    cases.case("one octet more", ENVELOPE, |parts| parts.ciphertext.push(0));
    for (name, algorithm) in [
        ("AES-128-GCM", "2.16.840.1.101.3.4.1.6"),
        ("AES-192-GCM", "2.16.840.1.101.3.4.1.26"),
        ("AES-256-CCM", "2.16.840.1.101.3.4.1.47"),
        ("AES-256-CBC", "2.16.840.1.101.3.4.1.42"),
        ("AES-256-ECB", "2.16.840.1.101.3.4.1.41"),
        ("ChaCha20-Poly1305", "1.2.840.113549.1.9.16.3.18"),
        ("triple DES", "1.2.840.113549.3.7"),
        ("RC2", "1.2.840.113549.3.2"),
        ("nothing we know", "1.2.3.4"),
    ] {
        cases.case(name, ENVELOPE, |parts| {
            let parameters = inside(&parts.algorithm)[1].whole.to_vec();
            parts.algorithm = identifier(algorithm, Some(&parameters));
        });
    }
    attack.refuses(cases.1);
}

/// Efail and its relatives: what is changed in an envelope is noticed wherever it is, and a mode
/// without protection is not opened at all.
#[test]
fn no_octet_of_an_envelope_can_be_changed_and_no_weaker_mode_is_opened() {
    const SEED: u64 = 0xefa1;
    remark(&format!("seed {SEED:#x}"));
    let attack = Attack::begins();
    let signed = good_order(&attack);
    let honest = Sealed::of(&attack.buyer.seals(&signed));
    let mut cases = Changed(honest, Vec::new());
    let mut dice = Dice::of(SEED);
    for number in 0..60 {
        cases.case(&format!("flip {number}"), ENVELOPE, |parts| {
            let part = match number % 3 {
                0 => &mut parts.ciphertext[..],
                1 => &mut parts.mac[..],
                // The nonce's own octets; the last three state the size of the tag.
                _ => parts.algorithm.last_chunk_mut::<15>().unwrap()[..12].as_mut(),
            };
            let at = dice.below(part.len());
            part[at] ^= 1 << dice.below(8);
        });
    }
    cases.case("blocks in another order", ENVELOPE, |parts| {
        let (one, other) = parts.ciphertext.split_at(64);
        parts.ciphertext = [other, one].concat();
    });
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("signed"), &signed).unwrap();
    let certificate = attack.shop.certificate_pem("recipient");
    fs::write(folder.path().join("recipient.pem"), certificate).unwrap();
    for cipher in [
        "aes-256-cbc",
        "aes-128-cbc",
        "des3",
        "aes-256-ctr",
        "aes-256-ofb",
    ] {
        let arguments = format!(
            "cms -encrypt -binary -outform DER -in signed -out sealed -{cipher} \
             -recip recipient.pem -keyopt ecdh_kdf_md:sha256"
        );
        if openssl(folder.path(), &arguments).code == Some(0) {
            cases.1.push(Case {
                what: cipher.to_owned(),
                envelope: fs::read(folder.path().join("sealed")).unwrap(),
                code: ENVELOPE,
            });
        }
    }
    assert!(cases.1.len() > 62, "openssl made none");
    attack.refuses(cases.1);
}

#[test]
fn keys_are_agreed_in_one_way_and_for_one_of_few_recipients() {
    let attack = Attack::begins();
    let signed = good_order(&attack);
    let mut cases = Changed(Sealed::of(&attack.buyer.seals(&signed)), Vec::new());
    let ours = cases.0.recipients.clone();
    let strangers = Shop::open().front().recipient;
    let stranger = seal(&signed, &[&strangers], &mut rng()).unwrap();
    let stranger = Sealed::of(&stranger).recipients;
    cases.case("somebody else alone", RECIPIENT, |parts| {
        parts.recipients.clone_from(&stranger);
    });
    cases.case("we are the ninth", ENVELOPE, |parts| {
        parts.recipients = [stranger.repeat(8), ours.clone()].concat();
    });
    cases.case("we are among thousands", ENVELOPE, |parts| {
        parts.recipients = [stranger.repeat(1_500), ours.clone(), stranger.repeat(1_500)].concat();
    });
    cases.case("we are named with somebody else's key", ENVELOPE, |parts| {
        parts.recipients = with_key_of(&ours, &stranger);
    });
    for kind in 0xa2..=0xa4_u8 {
        cases.case(
            &format!("a recipient of kind {kind:#x}"),
            RECIPIENT,
            |parts| {
                parts.recipients = tlv(kind, inside(&ours)[0].whole);
            },
        );
    }
    transports(&mut cases, &attack);
    attack.refuses(cases.1);
}

/// One recipient, with the wrapped key of another.
fn with_key_of(recipient: &[u8], other: &[u8]) -> Vec<u8> {
    let key = |info: &[u8]| {
        let keys = inside(info).last().unwrap().whole.to_vec();
        inside(inside(&keys)[0].whole)[1].whole.to_vec()
    };
    let (own, others) = (key(recipient), key(other));
    assert_eq!(own.len(), others.len());
    let at = recipient
        .windows(own.len())
        .position(|window| window == own)
        .unwrap();
    [&recipient[..at], &others, &recipient[at + own.len()..]].concat()
}

/// RSA key transport is no way to a key on P-256; PKCS #1 v1.5 is no way at all.
fn transports(cases: &mut Changed, attack: &Attack) {
    let named = tlv(SEQUENCE, attack.buyer.front.recipient.issuer_and_serial());
    for (what, algorithm) in [
        (
            "PKCS #1 v1.5",
            identifier("1.2.840.113549.1.1.1", Some(NULL)),
        ),
        (
            "OAEP with defaults",
            identifier("1.2.840.113549.1.1.7", Some(&[0x30, 0])),
        ),
        ("nothing we know", identifier("1.2.3", None)),
    ] {
        for size in [0, 32, 256, 1_024] {
            cases.case(&format!("{what}, {size} octets"), ENVELOPE, |parts| {
                parts.recipients = sequence(&[
                    &tlv(INTEGER, &[0]),
                    &named,
                    &algorithm,
                    &tlv(OCTETS, &vec![0x42; size]),
                ]);
            });
        }
    }
}

/// What is small on the wire and large once it is unpacked is not unpacked.
#[test]
fn nothing_is_decompressed() {
    let attack = Attack::begins();
    let buyer = &attack.buyer;
    let envelope = buyer.seals(&good_order(&attack));
    let zeros = vec![0; 900_000];
    let compressed = sequence(&[
        &tlv(INTEGER, &[0]),
        &identifier("1.2.840.113549.1.9.16.3.8", None),
        &sequence(&[
            &oid("1.2.840.113549.1.7.1"),
            &tlv(0xa0, &tlv(OCTETS, &zeros)),
        ]),
    ]);
    let compressed = sequence(&[&oid("1.2.840.113549.1.9.16.1.9"), &tlv(0xa0, &compressed)]);
    attack.submit_refused("compressed", &compressed, ENVELOPE);
    attack.submit_refused("compressed, sealed", &buyer.seals(&compressed), ENVELOPE);
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], &[0xff; 4_096][..]].concat();
    attack.submit_refused("gzip", &gzip, ENVELOPE);
    // Whatever is said to be packed is not looked at, be it packed or not.
    for (coding, body) in [
        ("gzip", &gzip),
        ("br", &gzip),
        ("identity, gzip", &envelope),
    ] {
        let request = Request::post_sealed("/v1/orders", body.clone()).packed(coding);
        attack.assert_refused(coding, &attack.session.ask(request), "media-type");
    }
    attack.submit_refused(
        "a long length",
        &with_long_length(SEQUENCE, &envelope[4..], 130 - 4),
        ENVELOPE,
    );
    let (odd, packed) = ([ENVELOPE; 3], ["media-type"; 3]);
    attack.leaves_nothing_but(&[&odd[..], &packed, &[ENVELOPE]].concat());
}

/// The order was for another shop: whoever opened it there cannot pass it on to this one.
#[test]
fn an_order_for_another_shop_that_is_sealed_again_to_this_one_is_refused() {
    let shop = Shop::open();
    let forger = Forger::enrolled(&shop, "acme", KeyKind::Dsa);
    let elsewhere = Shop::open();
    let draft = forger.buyer.draft("PO-1").line("WATER", 1, "15.00");
    let root = elsewhere.front().root.fingerprint().to_string();
    let draft = draft.with("/seller_root", root.into());
    let signed = forger.buyer.signs(&draft);
    let attack = Attack::on(shop, forger.buyer);
    let envelope = attack.buyer.seals(&signed);
    attack.submit_refused("sealed again", &envelope, "wrong-seller");
    attack.leaves_nothing_but(&["wrong-seller"]);
}

#[test]
fn no_nonce_and_no_key_comes_again_in_ten_thousand_envelopes() {
    let key = SigningKey::generate_p256(&mut rng()).unwrap();
    let (usage, until) = (CertificateUse::Recipient, now() + 24.hours());
    let recipient = self_signed(&key, "recipient", &usage, now(), until, &mut rng()).unwrap();
    let mut seen = HashSet::new();
    for _ in 0..10_000 {
        let message = seal(b"order", &[&recipient], &mut rng()).unwrap();
        let parts = Sealed::of(&message);
        assert!(seen.insert(parts.algorithm), "a nonce comes again");
        assert!(seen.insert(parts.ciphertext), "a content key comes again");
        // The sender's key and the wrapped key.
        for part in inside(inside(&parts.recipients)[1].whole) {
            assert!(seen.insert(part.whole.to_vec()), "a key comes again");
        }
    }
}

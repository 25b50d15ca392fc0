//! Copies of an order that mean the same and are written otherwise, and copies sent where they do not
//! belong: there is one order, one receipt, and stock moves once.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::collections::BTreeMap;

use countersign_tests::attack::{Attack, status_of};
use countersign_tests::buyer::{KeyKind, Session, der};
use countersign_tests::chance::Dice;
use countersign_tests::forgery::ber::{rewritten, with_long_length};
use countersign_tests::forgery::der::{
    OCTETS, SEQUENCE, Value, difference, inside, integer, sequence, tlv,
};
use countersign_tests::forgery::{Forger, SHA512, Signed, attribute, identifier};
use countersign_tests::http::Answer;
use countersign_tests::remark;
use countersign_tests::shop::Shop;

/// What the copies of an order are made from.
struct Original {
    forger: Forger,
    parts: Signed,
    signature: Vec<u8>,
}

impl Original {
    fn of(forger: Forger) -> Self {
        let parts = forger.order();
        let signature = forger.signature(&parts.options, &parts.covered());
        Self {
            forger,
            parts,
            signature,
        }
    }

    fn signed(&self) -> Vec<u8> {
        self.parts.with_signature(&self.signature)
    }

    /// The same signature around other parts that it does not cover.
    fn with(&self, change: impl FnOnce(&mut Signed)) -> Vec<u8> {
        let mut parts = self.parts.clone();
        change(&mut parts);
        parts.with_signature(&self.signature)
    }

    /// Copies that only differ in what the signature leaves open.
    fn copies(&self) -> Vec<(String, Vec<u8>, &'static str)> {
        let certificate = self.forger.buyer.certificate().der();
        let stranger = self.forger.buyer.front.root.der();
        let identifier_of_key = self.forger.buyer.certificate().subject_key_identifier();
        let mut copies: Vec<(String, Vec<u8>, &'static str)> = Vec::new();
        let mut add = |what: &str, message: Vec<u8>, expected| {
            copies.push((what.to_owned(), message, expected));
        };
        add("the same", self.signed(), "repeat");
        add(
            "with a certificate",
            self.with(|parts| parts.certificates = Some(certificate.to_vec())),
            "repeat",
        );
        add(
            "with another's certificate",
            self.with(|parts| parts.certificates = Some(stranger.to_vec())),
            "repeat",
        );
        add(
            "with a dozen",
            self.with(|parts| parts.certificates = Some(stranger.repeat(12))),
            "repeat",
        );
        add(
            "with an empty set of them",
            self.with(|parts| parts.certificates = Some(Vec::new())),
            "repeat",
        );
        for number in 1..=6 {
            add(
                "with unsigned attributes",
                self.with(|parts| {
                    let more = attribute("1.2.840.113549.1.9.16.2.14", &tlv(OCTETS, &[number; 40]));
                    parts.unsigned = Some(more.repeat(number.into()));
                }),
                "repeat",
            );
        }
        add(
            "with another digest announced",
            self.with(|parts| parts.digests.extend(identifier(SHA512, None))),
            "repeat",
        );
        add(
            "named by key",
            self.with(|parts| {
                (parts.version, parts.signer_version) = (3, 3);
                parts.signer = tlv(0x80, identifier_of_key.unwrap());
            }),
            "repeat",
        );
        add(
            "its digest with NULL",
            self.with(|parts| {
                parts.digest = identifier("2.16.840.1.101.3.4.2.1", Some(&[5, 0]));
            }),
            "repeat",
        );
        copies
    }

    /// Copies that differ in what the signature covers, or in the signature.
    fn altered_copies(&self) -> Vec<(String, Vec<u8>, &'static str)> {
        let pem = self.forger.makes(
            "cms -cmsout -inform DER -in message -outform PEM",
            &[("message", &self.signed())],
        );
        [
            (
                "its attributes in another order",
                self.with(|parts| {
                    parts.attributes.as_mut().unwrap().sort_by(|a, b| b.cmp(a));
                    parts.in_order = false;
                }),
                "signature-not-accepted",
            ),
            (
                "without attributes",
                self.with(|parts| parts.attributes = None),
                "signature-not-accepted",
            ),
            (
                "a signature octet longer",
                self.parts
                    .with_signature(&[&self.signature[..], &[0]].concat()),
                "signature-not-accepted",
            ),
            (
                "a zero before the signature",
                self.parts
                    .with_signature(&[&[0], &self.signature[..]].concat()),
                "signature-not-accepted",
            ),
            ("in PEM", pem, "envelope-not-accepted"),
        ]
        .into_iter()
        .map(|(what, message, expected)| (what.to_owned(), message, expected))
        .collect()
    }

    /// Copies whose signature is written otherwise; a DSA signature is two numbers.
    fn dsa_copies(&self) -> Vec<(String, Vec<u8>, &'static str)> {
        let numbers = inside(&self.signature);
        let (r, s) = (numbers[0], numbers[1]);
        let q = self.forger.dsa_q();
        let zero = |number: &Value<'_>| tlv(0x02, &[&[0], number.content].concat());
        let long = |number: &Value<'_>| with_long_length(0x02, number.content, 1);
        let both = [r.whole, s.whole].concat();
        [
            (
                "the other s, as ECDSA has it",
                sequence(&[r.whole, &integer(&difference(&q, s.content))]),
            ),
            ("zeros before r", sequence(&[&zero(&r), s.whole])),
            ("zeros before s", sequence(&[r.whole, &zero(&s)])),
            ("a long length of r", sequence(&[&long(&r), s.whole])),
            ("a long length of s", sequence(&[r.whole, &long(&s)])),
            (
                "a long length of both",
                with_long_length(SEQUENCE, &both, 0),
            ),
            (
                "without an end",
                [&[0x30, 0x80], both.as_slice(), &[0, 0]].concat(),
            ),
        ]
        .into_iter()
        .map(|(what, signature)| {
            let message = self.parts.with_signature(&signature);
            (what.to_owned(), message, "signature-not-accepted")
        })
        .collect()
    }

    /// Copies in BER: the same value in other octets.
    fn ber_copies(&self, dice: &mut Dice) -> Vec<(String, Vec<u8>, &'static str)> {
        let signed = self.signed();
        (1..=24)
            .map(|number| {
                let message = rewritten(&signed, 1 + number % 6, dice);
                (format!("in BER, {number}"), message, "repeat")
            })
            .collect()
    }
}

/// What the answer may be: a repeat of the first receipt, or a refusal under this code.
fn assert_answered(what: &str, answer: &Answer, receipt: &[u8], expected: &str) {
    if expected == "repeat" {
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        assert_eq!(der(&answer.repeat(), "receipt"), receipt, "{what}");
    } else {
        let status = status_of(expected);
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        answer.problem(status, expected);
    }
}

#[test]
fn fifty_copies_of_an_order_with_the_same_meaning_are_one_order() {
    const SEED: u64 = 0xd4;
    remark(&format!("seed {SEED:#x}"));
    let shop = Shop::open();
    for (id, kind) in [("acme", KeyKind::Rsa), ("globex", KeyKind::Dsa)] {
        let original = Original::of(Forger::enrolled(&shop, id, kind));
        let buyer = &original.forger.buyer;
        let session = buyer.signs_in();
        let envelope = buyer.seals(&original.signed());
        let receipt = der(&session.submits(&envelope).decision("accepted"), "receipt");
        let before = session.available("WATER");
        let mut copies = original.copies();
        copies.extend(original.altered_copies());
        copies.extend(original.ber_copies(&mut Dice::of(SEED)));
        if matches!(kind, KeyKind::Dsa) {
            copies.extend(original.dsa_copies());
        }
        let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
        for (what, message, expected) in &copies {
            // Each in an envelope of its own: other keys, other nonce.
            let answer = session.submits(&buyer.seals(message));
            assert_answered(what, &answer, &receipt, expected);
            *outcomes.entry(expected).or_default() += 1;
        }
        // And the envelope itself in BER.
        for number in 1..=8_u64 {
            let message = rewritten(
                &envelope,
                if number % 3 == 0 { 1 } else { 3 },
                &mut Dice::of(SEED + number),
            );
            let answer = session.submits(&message);
            assert_answered("an envelope in BER", &answer, &receipt, "repeat");
            *outcomes.entry("repeat").or_default() += 1;
        }
        assert!(outcomes.values().sum::<usize>() >= 50, "{outcomes:?}");
        assert_eq!(session.available("WATER"), before);
        assert_eq!(
            shop.orders()
                .iter()
                .filter(|order| order["buyer"] == id)
                .count(),
            1
        );
    }
}

/// An accepted order, and what comes of it wherever it is sent again.
struct Captured {
    envelope: Vec<u8>,
    signed: Vec<u8>,
    receipt: Vec<u8>,
}

fn captured(forger: &Forger, session: &Session) -> Captured {
    let signed = forger.order().by(forger);
    let envelope = forger.buyer.seals(&signed);
    let receipt = der(&session.submits(&envelope).decision("accepted"), "receipt");
    Captured {
        envelope,
        signed,
        receipt,
    }
}

#[test]
fn a_captured_order_is_worth_nothing_after_a_key_was_replaced_or_the_buyer_was_closed() {
    let shop = Shop::open();
    let forger = Forger::enrolled(&shop, "acme", KeyKind::Dsa);
    let session = forger.buyer.signs_in();
    let captured = captured(&forger, &session);
    let stock = session.available("WATER");

    // A new key beside the old one, then the old one revoked.
    let renewed = Forger::stranger(&shop, "acme", KeyKind::Rsa);
    let certificate = shop.write("renewed.pem", renewed.buyer.certificate().to_pem());
    shop.opd(&["key", "add", "acme", certificate.to_str().unwrap()])
        .ok();
    let fingerprint = forger.buyer.certificate().fingerprint().to_string();
    for revoked in [false, true] {
        if revoked {
            let arguments = [
                "key",
                "revoke",
                "acme",
                &fingerprint,
                "--reason",
                "superseded",
            ];
            shop.opd(&arguments).ok();
        }
        for envelope in [&captured.envelope, &forger.buyer.seals(&captured.signed)] {
            let again = session.submits(envelope).repeat();
            assert_eq!(der(&again, "receipt"), captured.receipt);
        }
    }
    // Signed before the revocation, arriving after it.
    let draft = forger.buyer.draft("PO-2").line("WATER", 1, "15.00");
    let late = forger.content_at(&draft.bytes(), draft.time()).by(&forger);
    session
        .submits(&forger.buyer.seals(&late))
        .problem(403, "key-not-active");

    shop.opd(&["buyer", "disable", "acme"]).ok();
    session
        .submits(&captured.envelope)
        .problem(401, "sign-in-required");
    forger
        .buyer
        .tries_password(&forger.buyer.password)
        .problem(401, "sign-in-not-accepted");
    shop.opd(&["buyer", "enable", "acme"]).ok();
    let session = forger.buyer.signs_in();
    assert_eq!(
        der(&session.submits(&captured.envelope).repeat(), "receipt"),
        captured.receipt
    );
    assert_eq!(session.available("WATER"), stock);
    assert_eq!(shop.orders().len(), 1);
}

#[test]
fn a_captured_order_is_refused_at_another_shop_and_for_another_buyer() {
    let (shop, other) = (Shop::open(), Shop::open());
    let forger = Forger::enrolled(&shop, "acme", KeyKind::Rsa);
    let captured = captured(&forger, &forger.buyer.signs_in());
    // The other shop knows the same buyer with the same key.
    let mut abroad = Forger::stranger(&other, "acme", KeyKind::Rsa).buyer;
    abroad.signer = forger.buyer.signer;
    other.add(&abroad);
    let attack = Attack::on(other, abroad);
    attack.submit_refused("as it was sealed", &captured.envelope, "recipient-unknown");
    let sealed_again = attack.buyer.seals(&captured.signed);
    attack.submit_refused("sealed again", &sealed_again, "wrong-seller");
    attack.leaves_nothing_but(&["recipient-unknown", "wrong-seller"]);

    let globex = shop.buyer("globex");
    let session = globex.signs_in();
    for envelope in [captured.envelope, globex.seals(&captured.signed)] {
        session
            .submits(&envelope)
            .problem(403, "signature-not-accepted");
    }
    assert_eq!(shop.orders().len(), 1);
}

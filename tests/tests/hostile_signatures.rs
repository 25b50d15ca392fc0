//! Signed messages that are almost right, sealed as they should be: every one is refused under the
//! code that is stated beside it, and leaves nothing.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use countersign_envelope::Digest;
use countersign_tests::attack::Attack;
use countersign_tests::buyer::KeyKind;
use countersign_tests::forgery::der::{
    INTEGER, OCTETS, SEQUENCE, inside, integer, oid, sequence, tlv,
};
use countersign_tests::forgery::{
    Cases, Forger, SHA256, Signed, attribute, content_type, identifier, message_digest,
    signing_time,
};
use countersign_tests::shop::Shop;

const SIGNATURE: &str = "signature-not-accepted";
const ENVELOPE: &str = "envelope-not-accepted";
const DOCUMENT: &str = "order-not-understood";

const DATA: &str = "1.2.840.113549.1.7.1";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

/// What is shaped like these must not be refused for another reason than the one that is stated.
#[test]
fn the_forger_makes_good_orders_when_nothing_is_changed() {
    let shop = Shop::open();
    for (id, kind) in [("acme", KeyKind::Rsa), ("globex", KeyKind::Dsa)] {
        let forger = Forger::enrolled(&shop, id, kind);
        let message = forger.order().by(&forger);
        let session = forger.buyer.signs_in();
        session
            .submits(&forger.buyer.seals(&message))
            .decision("accepted");
    }
}

#[test]
fn a_message_is_signed_data_with_one_signer_around_one_content() {
    let shop = Shop::open();
    let forger = Forger::enrolled(&shop, "acme", KeyKind::Rsa);
    let other = Forger::stranger(&shop, "acme", KeyKind::Rsa);
    let mut cases = Cases::of(&forger);
    signers(&mut cases, &other);
    shapes(&mut cases);
    contents(&mut cases);
    let cases = cases.made();
    Attack::on(shop, forger.buyer).refuses(cases);
}

/// None, several, and one that is not said as it must be.
fn signers(cases: &mut Cases<'_>, other: &Forger) {
    let parts = cases.forger.order();
    let (good, bad) = (parts.signer_info(cases.forger), parts.signer_info(other));
    for (what, signers) in [
        ("no signer", Vec::new()),
        ("the same signer twice", [&good[..], &good].concat()),
        ("a good signer and a bad one", [&good[..], &bad].concat()),
        ("a bad signer and a good one", [&bad[..], &good].concat()),
        ("a hundred signers", good.repeat(100)),
        ("a signer that is none", tlv(SEQUENCE, &[])),
    ] {
        cases.message(what, SIGNATURE, parts.message(&signers));
    }
    cases.message(
        "somebody else's signature under our name",
        SIGNATURE,
        parts.message(&bad),
    );
    let mut carried = parts.clone();
    carried.certificates = Some(other.buyer.certificate().der().to_vec());
    cases.message(
        "the same with the certificate beside it",
        SIGNATURE,
        carried.message(&bad),
    );
    let identifier = cases.forger.buyer.certificate().subject_key_identifier();
    let identifier = tlv(0x80, identifier.unwrap());
    let named = |version, signer_version| {
        let identifier = identifier.clone();
        move |parts: &mut Signed| {
            (parts.version, parts.signer_version) = (version, signer_version);
            parts.signer = identifier;
        }
    };
    let mut stolen = parts;
    named(3, 3)(&mut stolen);
    cases.message("under our key identifier", SIGNATURE, stolen.by(other));
    cases.changed("named by key in version 1", SIGNATURE, named(1, 1));
    cases.changed("versions 3 and 1", SIGNATURE, named(3, 1));
    cases.changed("versions 1 and 3", SIGNATURE, named(1, 3));
    cases.changed("named by number in version 3", SIGNATURE, |parts| {
        (parts.version, parts.signer_version) = (3, 3);
    });
    cases.changed("named by a number nobody has", SIGNATURE, |parts| {
        parts.signer = sequence(&[&tlv(SEQUENCE, &[]), &integer(&[7])]);
    });
}

/// What is not a `SignedData`, or not only one.
fn shapes(cases: &mut Cases<'_>) {
    let forger = cases.forger;
    let good = forger.order();
    let message = good.by(forger);
    let document = good.content.unwrap();
    let data = sequence(&[&oid(DATA), &tlv(0xa0, &tlv(OCTETS, &document))]);
    cases.message("the document alone", ENVELOPE, document);
    cases.message("plain data", ENVELOPE, data);
    cases.message("nothing at all", ENVELOPE, Vec::new());
    let certificates = forger.makes("crl2pkcs7 -nocrl -certfile cert.pem -outform DER", &[]);
    cases.message("certificates only", SIGNATURE, certificates);
    for (what, kind) in [
        ("enveloped data", "1.2.840.113549.1.7.3"),
        ("digested data", "1.2.840.113549.1.7.5"),
        ("encrypted data", "1.2.840.113549.1.7.6"),
        ("compressed data", "1.2.840.113549.1.9.16.1.9"),
        (
            "another authenticated envelope",
            "1.2.840.113549.1.9.16.1.23",
        ),
        ("a type nobody knows", "1.2.3.4.5"),
    ] {
        let inner = inside(&message)[1].content;
        let renamed = sequence(&[&oid(kind), &tlv(0xa0, inner)]);
        cases.message(what, ENVELOPE, renamed);
    }
    cases.message("sealed twice", ENVELOPE, forger.buyer.seals(&message));
    cases.message(
        "signed twice",
        DOCUMENT,
        forger.content(&message).by(forger),
    );
    cases.message("an octet after it", ENVELOPE, [&message[..], &[0]].concat());
    cases.message("cut short", ENVELOPE, &message[..message.len() - 1]);
    cases.message("twice", ENVELOPE, message.repeat(2));
    let pem = forger.makes(
        "cms -cmsout -inform DER -in message -outform PEM",
        &[("message", &message)],
    );
    cases.message("PEM", ENVELOPE, pem);
    let smime = forger.makes(
        "cms -cmsout -inform DER -in message -outform SMIME",
        &[("message", &message)],
    );
    cases.message("S/MIME", ENVELOPE, smime);
}

/// The content: one, inside, of the type that is said.
fn contents(cases: &mut Cases<'_>) {
    let forger = cases.forger;
    let document = forger.order().content.unwrap();
    cases.changed("content elsewhere", SIGNATURE, |parts| parts.content = None);
    cases.changed("content emptied", SIGNATURE, |parts| {
        parts.content = Some(Vec::new());
    });
    cases.message(
        "an empty content, signed",
        DOCUMENT,
        forger.content(b"").by(forger),
    );
    cases.changed("another content", SIGNATURE, |parts| {
        parts.content = Some(b"{}".to_vec());
    });
    cases.changed("two contents", ENVELOPE, |parts| {
        parts.beside_content = tlv(0xa0, &tlv(OCTETS, &document));
    });
    cases.changed("a content beside none", ENVELOPE, |parts| {
        parts.beside_content = tlv(OCTETS, &document);
    });
    cases.changed("another type in the message", SIGNATURE, |parts| {
        parts.content_type = oid(SIGNED_DATA);
    });
    cases.changed("another type in the attribute", SIGNATURE, |parts| {
        parts.attributes.as_mut().unwrap()[0] = content_type(SIGNED_DATA);
    });
    for kind in [SIGNED_DATA, "1.2.840.113549.1.9.16.1.4", "1.2.3"] {
        cases.changed(&format!("type {kind} in both"), SIGNATURE, |parts| {
            parts.content_type = oid(kind);
            parts.attributes.as_mut().unwrap()[0] = content_type(kind);
        });
    }
}

#[test]
fn signed_attributes_are_there_once_each_and_in_order() {
    let shop = Shop::open();
    let forger = Forger::enrolled(&shop, "acme", KeyKind::Rsa);
    let mut cases = Cases::of(&forger);
    cases.changed("no attributes", SIGNATURE, |parts| parts.attributes = None);
    // Of draft-ietf-lamps-cms-euf-cma-signeddata: signed as attributes, shown as a content.
    let attributes = forger.order().covered();
    cases.changed("attributes as a content", SIGNATURE, |parts| {
        parts.content = Some(attributes);
        parts.attributes = None;
    });
    cases.changed("an empty set", SIGNATURE, |parts| {
        parts.attributes = Some(Vec::new());
    });
    let values = [
        (0, "1.2.840.113549.1.9.3", oid(DATA)),
        (1, "1.2.840.113549.1.9.4", tlv(OCTETS, &[7; 32])),
        (2, "1.2.840.113549.1.9.5", tlv(0x17, b"261124090000Z")),
    ];
    for (place, kind, value) in values {
        cases.changed(&format!("without {kind}"), SIGNATURE, |parts| {
            parts.attributes.as_mut().unwrap().remove(place);
        });
        cases.changed(&format!("{kind} twice"), SIGNATURE, |parts| {
            let attributes = parts.attributes.as_mut().unwrap();
            attributes.push(attributes[place].clone());
        });
        cases.changed(&format!("{kind} twice, not alike"), SIGNATURE, |parts| {
            parts
                .attributes
                .as_mut()
                .unwrap()
                .push(attribute(kind, &value));
        });
        cases.changed(&format!("{kind} without a value"), SIGNATURE, |parts| {
            parts.attributes.as_mut().unwrap()[place] = attribute(kind, &[]);
        });
        cases.changed(&format!("{kind} with two values"), SIGNATURE, |parts| {
            let attributes = parts.attributes.as_mut().unwrap();
            let own = inside(&attributes[place])[1].content.to_vec();
            attributes[place] = attribute(kind, &[&own[..], &value].concat());
        });
        cases.changed(&format!("{kind} of another form"), SIGNATURE, |parts| {
            parts.attributes.as_mut().unwrap()[place] = attribute(kind, &tlv(0x0c, b"text"));
        });
    }
    cases.changed("out of order", SIGNATURE, |parts| {
        parts.attributes.as_mut().unwrap().sort_by(|a, b| b.cmp(a));
        parts.in_order = false;
    });
    cases.changed("another digest", SIGNATURE, |parts| {
        parts.attributes.as_mut().unwrap()[1] = message_digest(b"{}");
    });
    cases.changed("a digest cut short", SIGNATURE, |parts| {
        let digest = Digest::of(parts.content.as_ref().unwrap());
        parts.attributes.as_mut().unwrap()[1] = attribute(
            "1.2.840.113549.1.9.4",
            &tlv(OCTETS, &digest.as_bytes()[..20]),
        );
    });
    cases.changed("more attributes than anyone needs", SIGNATURE, |parts| {
        let other = |number: u8| attribute("1.2.840.113549.1.9.16.2.99", &tlv(OCTETS, &[number]));
        parts
            .attributes
            .as_mut()
            .unwrap()
            .extend((0..40).map(other));
    });
    let cases = cases.made();
    Attack::on(shop, forger.buyer).refuses(cases);
}

#[test]
fn the_time_of_a_signature_has_one_form() {
    let shop = Shop::open();
    let forger = Forger::enrolled(&shop, "acme", KeyKind::Rsa);
    let mut cases = Cases::of(&forger);
    let time = forger.buyer.draft("PO-1").time();
    let short = time.strftime("%y%m%d%H%M").to_string();
    let long = time.strftime("%Y%m%d%H%M%S").to_string();
    for (tag, text, code) in [
        (0x17, short.clone(), SIGNATURE),
        (0x17, format!("{short}Z"), SIGNATURE),
        (0x17, format!("{short}00+0000"), SIGNATURE),
        (0x17, format!("{short}60Z"), SIGNATURE),
        (0x17, format!("{short}00z"), SIGNATURE),
        (0x17, "261332000000Z".to_owned(), SIGNATURE),
        (0x17, "260230000000Z".to_owned(), SIGNATURE),
        (0x17, "99999999999999Z".to_owned(), SIGNATURE),
        (0x18, long.clone(), SIGNATURE),
        (0x18, format!("{long}.5Z"), SIGNATURE),
        (0x18, format!("{long},5Z"), SIGNATURE),
        (0x18, format!("{long}+0000"), SIGNATURE),
        (0x18, String::new(), SIGNATURE),
        (0x16, format!("{short}00Z"), SIGNATURE),
        (0x04, format!("{short}00Z"), SIGNATURE),
        // Of the right form, and not when the document was issued. 50 is 1950, before any clock.
        (0x17, "491231235959Z".to_owned(), "timestamp-not-accepted"),
        (0x17, "500101000000Z".to_owned(), SIGNATURE),
        (0x17, "700101000000Z".to_owned(), "timestamp-not-accepted"),
        (0x18, "20500101000000Z".to_owned(), "timestamp-not-accepted"),
        (0x18, "21060207062816Z".to_owned(), "timestamp-not-accepted"),
        (0x18, "99991231235959Z".to_owned(), SIGNATURE),
    ] {
        cases.changed(&format!("{tag:#x} {text}"), code, |parts| {
            parts.attributes.as_mut().unwrap()[2] = signing_time(tag, &text);
        });
    }
    let cases = cases.made();
    Attack::on(shop, forger.buyer).refuses(cases);
}

#[test]
fn signed_bombs_take_neither_time_nor_memory() {
    let shop = Shop::open();
    let forger = Forger::enrolled(&shop, "acme", KeyKind::Rsa);
    let parts = forger.order();
    let certificate = forger.buyer.certificate().der();
    let fitting = |piece: &[u8]| piece.repeat(900_000 / piece.len());
    let mut cases = Cases::of(&forger);
    let tiny = attribute("1.2.3", &[]);
    cases.changed("as many attributes as fit", SIGNATURE, |parts| {
        parts.attributes = Some(vec![fitting(&tiny)]);
    });
    cases.changed("as many digest algorithms as fit", SIGNATURE, |parts| {
        parts.digests = fitting(&identifier(SHA256, None));
    });
    cases.changed("an algorithm with a name of 900 kB", SIGNATURE, |parts| {
        parts.algorithm = tlv(SEQUENCE, &tlv(0x06, &vec![0xff; 900_000]));
    });
    cases.changed("a version of 900 kB", SIGNATURE, |parts| {
        parts.digest = tlv(INTEGER, &vec![0x11; 900_000]);
    });
    cases.message(
        "as many signers as fit",
        SIGNATURE,
        parts.message(&fitting(&parts.signer_info(&forger))),
    );
    let deep = (0..10_000).fold(Vec::new(), |inner: Vec<u8>, _| {
        [&[0x30, 0x80], inner.as_slice(), &[0, 0]].concat()
    });
    cases.changed("attributes 10,000 deep", ENVELOPE, |parts| {
        parts.unsigned = Some(deep.clone());
    });
    // What nobody reads may be large; the rest of the message still is what is signed.
    cases.changed("certificates, and another content", SIGNATURE, |parts| {
        parts.certificates = Some(fitting(certificate));
        parts.content = Some(b"{}".to_vec());
    });
    let cases = cases.made();
    Attack::on(shop, forger.buyer).refuses(cases);
}

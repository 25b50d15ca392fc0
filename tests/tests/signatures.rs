//! The signature: two kinds of key, and everything it binds.
#![expect(clippy::string_slice, reason = "helpers of tests end at the spot too")]

use countersign_tests::buyer::{Buyer, KeyKind, new_signer};
use countersign_tests::shop::Shop;
use serde_json::json;

#[test]
fn an_order_signed_with_rsa_or_dsa_is_accepted() {
    let shop = Shop::open();
    for (id, kind) in [("rsa-buyer", KeyKind::Rsa), ("dsa-buyer", KeyKind::Dsa)] {
        let buyer = shop.buyer_with(id, kind);
        let draft = buyer.draft("PO-1").line("WATER", 1, "15.00");
        let body = buyer
            .signs_in()
            .submits(&buyer.envelope(&draft))
            .decision("accepted");
        assert_eq!(body["order"]["buyer"], id);
    }
}

#[test]
fn one_flipped_bit_of_the_signature_is_refused() {
    let shop = Shop::open();
    for (id, kind) in [("rsa-buyer", KeyKind::Rsa), ("dsa-buyer", KeyKind::Dsa)] {
        let buyer = shop.buyer_with(id, kind);
        let session = buyer.signs_in();
        let signed = buyer.signs(&buyer.draft("PO-1").line("WATER", 1, "15.00"));
        // The signature's octets are the last of the message.
        for back in [1, 5, 20] {
            let mut flipped = signed.clone();
            let at = flipped.len() - back;
            flipped[at] ^= 1;
            let answer = session.submits(&buyer.seals(&flipped));
            let problem = answer.problem(403, "signature-not-accepted");
            assert!(
                problem.get("hint").is_none(),
                "a failed check is not explained: {problem}"
            );
        }
        assert_eq!(shop.available(&buyer, "WATER"), 100);
        session.submits(&buyer.seals(&signed)).decision("accepted");
        shop.opd(&["stock", "correct", "WATER", "100", "--reason", "again"])
            .ok();
    }
}

/// A signed order in which one text was replaced afterwards by another of the same length.
fn altered(buyer: &Buyer, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len(), "{from} and {to}");
    let draft = buyer.draft("PO-1").line("WATER", 3, "15.00");
    let mut signed = buyer.signs(&draft);
    let at = signed
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap_or_else(|| panic!("{from} is not in the document"));
    signed.splice(at..at + from.len(), to.bytes());
    signed
}

#[test]
fn altering_any_field_breaks_the_signature() {
    let shop = Shop::open();
    shop.buyer("acmf");
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let year = &acme.draft("PO-1").time().to_string()[..4];
    let later = (year.parse::<u32>().expect("a year") + 1).to_string();
    for (field, from, to) in [
        ("item", "\"sku\":\"WATER\"", "\"sku\":\"BREAD\""),
        ("quantity", "\"quantity\":3", "\"quantity\":9"),
        (
            "unit price",
            "\"unit_price\":\"15.00\"",
            "\"unit_price\":\"05.00\"",
        ),
        ("total", "\"total\":\"45.00\"", "\"total\":\"05.00\""),
        ("currency", "\"currency\":\"USD\"", "\"currency\":\"EUR\""),
        ("buyer", "\"buyer\":\"acme\"", "\"buyer\":\"acmf\""),
        (
            "seller",
            "\"seller\":\"shop.example\"",
            "\"seller\":\"shot.example\"",
        ),
        ("number", "\"PO-1\"", "\"PO-2\""),
        (
            "time",
            &format!("\"issued_at\":\"{year}"),
            &format!("\"issued_at\":\"{later}"),
        ),
        ("address", "1 Main St", "2 Main St"),
        ("white space", "\"lines\":[", "\"lines\":\t"),
    ] {
        let answer = session.submits(&acme.seals(&altered(&acme, from, to)));
        assert_eq!((answer.status, field), (403, field), "{}", answer.text());
        answer.problem(403, "signature-not-accepted");
    }
    assert_eq!(session.available("WATER"), 100);
    assert!(shop.orders().is_empty());
}

/// DER of the object identifiers, as they stand in a message.
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
const DSA_WITH_SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x02];
const DSA_WITH_SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x03];

#[test]
fn naming_another_algorithm_breaks_the_signature() {
    let shop = Shop::open();
    let buyer = shop.buyer_with("acme", KeyKind::Dsa);
    let session = buyer.signs_in();
    let signed = buyer.signs(&buyer.draft("PO-1").line("WATER", 1, "15.00"));
    for (from, to) in [(SHA256, SHA384), (DSA_WITH_SHA256, DSA_WITH_SHA384)] {
        let mut altered = signed.clone();
        // The last mention stands with the signer, not in the certificate.
        let at = altered
            .windows(from.len())
            .rposition(|window| window == from);
        let at = at.expect("the algorithm is named");
        altered.splice(at..at + from.len(), to.iter().copied());
        session
            .submits(&buyer.seals(&altered))
            .problem(403, "signature-not-accepted");
    }
    session.submits(&buyer.seals(&signed)).decision("accepted");
}

#[test]
fn a_changed_envelope_does_not_open() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let envelope = acme.envelope(&acme.draft("PO-1").line("WATER", 1, "15.00"));
    for back in [1, 17, 500] {
        let mut flipped = envelope.clone();
        let at = flipped.len() - back;
        flipped[at] ^= 1;
        session
            .submits(&flipped)
            .problem(400, "envelope-not-accepted");
    }
    session.submits(&envelope).decision("accepted");
}

#[test]
fn another_buyers_signature_counts_for_nothing() {
    let shop = Shop::open();
    let (acme, globex) = (shop.buyer("acme"), shop.buyer("globex"));
    let draft = acme.draft("PO-1").line("WATER", 1, "15.00");
    let signed_by_globex = globex.signs(&draft);
    let session = acme.signs_in();
    session
        .submits(&acme.seals(&signed_by_globex))
        .problem(403, "signature-not-accepted");
    let stranger = acme.with_key(new_signer("acme", KeyKind::Rsa));
    session
        .submits(&stranger.envelope(&draft))
        .problem(403, "signature-not-accepted");
}

#[test]
fn an_order_in_another_buyers_name_is_refused() {
    let shop = Shop::open();
    let (acme, globex) = (shop.buyer("acme"), shop.buyer("globex"));
    let names_globex = globex.draft("PO-1").line("WATER", 1, "15.00");
    let answer = acme.signs_in().submits(&acme.envelope(&names_globex));
    answer.problem(403, "wrong-buyer");
    assert_eq!(shop.available(&acme, "WATER"), 100);
}

#[test]
fn an_order_for_another_shop_or_a_copy_of_this_one_is_refused() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let draft = acme.draft("PO-1").line("WATER", 1, "15.00");
    let elsewhere = draft.clone().with("/seller", json!("other.example"));
    session
        .submits(&acme.envelope(&elsewhere))
        .problem(403, "wrong-seller");
    let copy = draft.with("/seller_root", json!(format!("sha256:{}", "0".repeat(64))));
    session
        .submits(&acme.envelope(&copy))
        .problem(403, "wrong-seller");
}

#[test]
fn an_order_sealed_to_somebody_else_names_our_certificates() {
    let (shop, other) = (Shop::open(), Shop::open());
    let mut acme = shop.buyer("acme");
    let session = acme.signs_in();
    let ours = acme.front.recipient.fingerprint().to_string();
    acme.front.recipient = other.front().recipient;
    let envelope = acme.envelope(&acme.draft("PO-1").line("WATER", 1, "15.00"));
    let problem = session.submits(&envelope).problem(400, "recipient-unknown");
    assert!(problem.to_string().contains(&ours), "{problem}");
}

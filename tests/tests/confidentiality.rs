//! What someone who hears every byte learns: nothing.

use countersign_tests::canary::reveals;
use countersign_tests::openssl::openssl;
use countersign_tests::po::{PASSWORD, Po};
use countersign_tests::shop::Shop;
use countersign_tests::wire::Wire;

#[test]
fn whoever_hears_every_byte_learns_nothing() {
    let mut shop = Shop::open();
    shop.sells(&[("PLUTONIUM-238", "4096.00", 500)]);
    let wire = Wire::to(shop.port());
    let buyer = shop.buyer("acme-trading");
    let po = Po::trusting_through(&shop, wire.port());
    po.write("password", &buyer.password);
    po.has_key_enrolled(&shop, "acme-trading", "rsa");
    po.signs_in("acme-trading");
    po.orders(&[
        "PLUTONIUM-238=271",
        "--number",
        "SECRET-PROJECT-9",
        "--key",
        "key.pem",
    ])
    .ok();
    let heard = wire.recorded();
    assert!(
        heard.len() > 2_000,
        "the wire was not used: {} bytes",
        heard.len()
    );
    for secret in [
        "acme-trading",
        "acme-trading@buyer.example",
        "password of acme-trading",
        "PLUTONIUM-238",
        "SECRET-PROJECT-9",
        "1110016.00",
        "\"quantity\":271",
        PASSWORD,
    ] {
        assert!(!reveals(&heard, secret), "{secret} went over the wire");
    }
    assert!(shop.is_serving());
}

#[test]
fn only_tls_1_3_is_spoken() {
    let shop = Shop::open();
    let connects = |version: &str| {
        // What is this old has to be allowed to the client before it says a word of it.
        let connect = format!(
            "s_client -connect 127.0.0.1:{} -brief -cipher DEFAULT@SECLEVEL=0 {version}",
            shop.port()
        );
        openssl(shop.folder(), &connect)
    };
    connects("-tls1_3").ok();
    for old in ["-tls1_2", "-tls1_1", "-tls1"] {
        let said = connects(old).ends_with(1).stderr;
        assert!(said.contains("SSL alert number"), "{old}: {said}");
    }
}

#[test]
fn two_envelopes_of_the_same_order_share_no_block() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let signed = acme.signs(&acme.draft("PO-1").line("WATER", 3, "15.00"));
    let (one, other) = (acme.seals(&signed), acme.seals(&signed));
    // What names the recipient and the algorithms is public and the same; it stands in front.
    let ciphertext_at = one.len() - signed.len() - 24;
    let tail: Vec<&[u8]> = one[ciphertext_at..].windows(16).collect();
    assert!(
        other[ciphertext_at..]
            .windows(16)
            .all(|block| !tail.contains(&block))
    );
    let session = acme.signs_in();
    session.submits(&one).decision("accepted");
    session.submits(&other).repeat();
}

#[test]
fn neither_traces_nor_stored_refusals_hold_what_was_sealed() {
    let shop = Shop::open_with(&[("OPD_TRACES_FILTER", "trace")]);
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let draft = acme
        .draft("PO-CANARY-1")
        .line("WATER", 3, "15.00")
        .with("/note", "canary-note-77".into());
    let signed = acme.signs(&draft);
    let mut tampered = signed.clone();
    let last = tampered.len() - 1;
    tampered[last] ^= 1;
    session
        .submits(&acme.seals(&tampered))
        .problem(403, "signature-not-accepted");
    session.submits(&acme.seals(&signed)).decision("accepted");
    let refusals = shop.opd(&["refusals", "--json"]).ok().text();
    assert!(refusals.contains("signature-not-accepted"), "{refusals}");
    let traces = shop.traces();
    assert!(traces.contains("/v1/orders"), "nothing is traced: {traces}");
    for secret in ["canary-note-77", &acme.password, &session.token] {
        assert!(!traces.contains(secret), "{secret} is in the traces");
        assert!(!refusals.contains(secret), "{secret} is in {refusals}");
    }
}

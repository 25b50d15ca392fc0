//! Sizes and bad input: a clear problem each, the server unmoved, nothing stored but the refusal.
#![expect(clippy::expect_used, reason = "helpers of tests end at the spot too")]

use std::time::{Duration, Instant};

use countersign_tests::attack::Attack;
use countersign_tests::http::{CMS, JSON, Request};
use serde_json::json;

#[test]
fn a_body_of_two_megabytes_is_too_large() {
    let attack = Attack::begins();
    attack
        .session
        .submits(&vec![0x30; 2 << 20])
        .problem(413, "too-large");
    attack.leaves_nothing_but(&["too-large"]);
}

#[test]
fn an_order_of_a_thousand_lines_is_taken_and_of_more_is_not() {
    let attack = Attack::begins();
    let names: Vec<String> = (0..10_001).map(|n| format!("N{n}")).collect();
    let some: Vec<(&str, &str, u32)> = names
        .iter()
        .take(1_000)
        .map(|name| (name.as_str(), "1.00", 10))
        .collect();
    attack.shop.sells(&some);
    let draft = |number: &str, lines: usize| {
        let lines = names.iter().take(lines).enumerate().map(|(n, name)| {
            json!({"line": n + 1, "sku": name, "description": name, "quantity": 1, "unit": "EA", "unit_price": "1.00"})
        });
        let lines: Vec<_> = lines.collect();
        let total = json!(format!("{}.00", lines.len()));
        attack
            .buyer
            .draft(number)
            .with("/lines", lines.into())
            .with("/total", total)
    };
    let Attack { session, buyer, .. } = &attack;
    // Both fit into an envelope: it is the lines that are too many.
    for lines in [1_001, 10_001] {
        let problem = session
            .submits(&buyer.envelope(&draft("PO-1", lines)))
            .problem(400, "order-not-understood");
        assert_eq!(problem["pointer"], "/lines");
    }
    let none = buyer
        .draft("PO-0")
        .with("/lines", json!([]))
        .with("/total", json!("0.00"));
    session
        .submits(&buyer.envelope(&none))
        .problem(400, "order-not-understood");
    session
        .submits(&buyer.envelope(&draft("PO-1", 1_000)))
        .decision("accepted");
    assert_eq!(session.refusal_codes(), ["order-not-understood"; 3]);
}

/// Containers within containers, each with a definite or an indefinite length.
fn nested(depth: usize, indefinite: bool) -> Vec<u8> {
    let mut message = Vec::new();
    for _ in 0..depth {
        message = if indefinite {
            [&[0x30, 0x80], message.as_slice(), &[0, 0]].concat()
        } else {
            let length = u32::try_from(message.len())
                .expect("a small message")
                .to_be_bytes();
            [&[0x30, 0x84], length.as_slice(), &message].concat()
        };
    }
    message
}

#[test]
fn asn1_bombs_do_not_open_and_take_no_time() {
    let attack = Attack::begins();
    let bombs = [
        nested(10_000, true),
        nested(10_000, false),
        [0x30, 0x80].repeat(400_000),
        [0x24, 0x80].repeat(400_000),
        // Lengths beyond any memory, a tag number that never ends.
        vec![0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
        [&[0x3f], vec![0xff; 900_000].as_slice()].concat(),
    ];
    let sealed: Vec<Vec<u8>> = bombs.iter().map(|bomb| attack.buyer.seals(bomb)).collect();
    for bomb in bombs.iter().chain(&sealed).chain([&vec![0x30; 1 << 20]]) {
        let start = Instant::now();
        attack
            .session
            .submits(bomb)
            .problem(400, "envelope-not-accepted");
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "took {:?}",
            start.elapsed()
        );
    }
    attack.leaves_nothing_but(&["envelope-not-accepted"; 15]);
}

#[test]
fn an_empty_body_and_a_wrong_media_type_are_told_apart() {
    let attack = Attack::begins();
    attack
        .session
        .submits(b"")
        .problem(400, "envelope-not-accepted");
    let post = |media: &'static str, body: &[u8]| {
        attack
            .session
            .ask(Request::new("POST", "/v1/orders").body(media, body.to_vec()))
    };
    let envelope = attack
        .buyer
        .envelope(&attack.buyer.draft("PO-1").line("WATER", 1, "15.00"));
    post("text/plain", &envelope).problem(415, "media-type");
    post(JSON, b"{}").problem(415, "media-type");
    post(CMS, b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n")
        .problem(400, "envelope-not-accepted");
    attack.leaves_nothing_but(&[
        "envelope-not-accepted",
        "media-type",
        "media-type",
        "envelope-not-accepted",
    ]);
}

#[test]
fn documents_that_are_almost_orders_are_refused_with_the_members_pointer() {
    let attack = Attack::begins();
    let Attack { buyer, session, .. } = &attack;
    let good = || buyer.draft("PO-1").line("WATER", 1, "15.00");
    for (pointer, draft) in [
        ("/surprise", good().with("/surprise", json!(true))),
        (
            "/lines/0/colour",
            good().with("/lines/0/colour", json!("red")),
        ),
        (
            "/ship_to/planet",
            good().with("/ship_to/planet", json!("Earth")),
        ),
        ("/total", good().with("/total", json!("99.00"))),
        ("/total", good().with("/total", json!(15.0))),
        (
            "/lines/0/unit_price",
            good().with("/lines/0/unit_price", json!(15)),
        ),
        ("/lines/0/line", good().with("/lines/0/line", json!(2))),
        ("/currency", good().with("/currency", json!("XYZ"))),
        (
            "/document",
            good().with("/document", json!("countersign/order/2")),
        ),
        (
            "/purchase_order_number",
            good().with("/purchase_order_number", json!("-bad")),
        ),
        (
            "/issued_at",
            good().with("/issued_at", json!("2026-11-23 18:04")),
        ),
        ("/lines/1/sku", good().line("WATER", 1, "15.00")),
    ] {
        let problem = session
            .submits(&buyer.envelope(&draft))
            .problem(400, "order-not-understood");
        assert_eq!(problem["pointer"], pointer, "{problem}");
    }
    for missing in ["/lines", "/total", "/seller", "/issued_at"] {
        let draft = good().without(missing);
        session
            .submits(&buyer.envelope(&draft))
            .problem(400, "order-not-understood");
    }
    let twice = String::from_utf8(good().bytes()).expect("UTF-8").replacen(
        '{',
        "{\"note\":\"a\",\"note\":\"b\",",
        1,
    );
    for content in [
        twice.as_bytes(),
        b"{}",
        b"[]",
        b"",
        b"\xff\xfe",
        b"not JSON",
    ] {
        let signed = buyer.signs_at(content, good().time());
        session
            .submits(&buyer.seals(&signed))
            .problem(400, "order-not-understood");
    }
    attack.leaves_nothing_but(&["order-not-understood"; 22]);
}

#[test]
fn a_sealed_message_that_is_not_signed_is_not_accepted() {
    let attack = Attack::begins();
    let plain = attack.buyer.draft("PO-1").line("WATER", 1, "15.00").bytes();
    attack
        .session
        .submits(&attack.buyer.seals(&plain))
        .problem(400, "envelope-not-accepted");
    // Signed but not sealed.
    let signed = attack
        .buyer
        .signs(&attack.buyer.draft("PO-1").line("WATER", 1, "15.00"));
    attack
        .session
        .submits(&signed)
        .problem(400, "envelope-not-accepted");
    attack.leaves_nothing_but(&["envelope-not-accepted", "envelope-not-accepted"]);
}

#[test]
fn orders_that_never_end_leave_room_for_other_accounts() {
    const MEBIBYTE: usize = 1 << 20;
    let attack = Attack::begins();
    let other = attack.shop.buyer("other");
    let token = attack.session.token.clone();
    let endless = Request::post_sealed("/v1/orders", vec![0x30; MEBIBYTE]).token(&token);
    let bytes = endless.bytes();
    // A few more than there is room for: one that a loaded machine cuts early does not count.
    let held: Vec<_> = (0..40)
        .map(|_| {
            let mut connection = attack.session.server.connect().expect("a connection");
            connection
                .send(&bytes[..bytes.len() - 1])
                .expect("the server reads");
            connection
        })
        .collect();
    // The server reads in its own time; from then on the account has no room for the same order.
    let envelope = attack
        .buyer
        .envelope(&attack.buyer.draft("PO-1").line("WATER", 1, "15.00"));
    let start = Instant::now();
    let busy = loop {
        let answer = attack.session.submits(&envelope);
        if answer.status == 503 {
            break answer;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "never busy");
    };
    busy.problem(503, "busy");
    assert_eq!(busy.header("retry-after"), Some("1"));
    let draft = other.draft("PO-1").line("WATER", 1, "15.00");
    other
        .signs_in()
        .submits(&other.envelope(&draft))
        .decision("accepted");
    for connection in held {
        connection.cut();
    }
    while attack.session.submits(&envelope).status == 503 {
        assert!(start.elapsed() < Duration::from_secs(20), "still busy");
    }
}

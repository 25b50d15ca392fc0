//! The letters: one for each shipment, through a real mail server, and verifiable.
#![expect(clippy::expect_used, reason = "helpers of tests end at the spot too")]

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use countersign_tests::buyer::{Buyer, Session};
use countersign_tests::mail::{MailServer, attachment, header, headers};
use countersign_tests::openssl::{openssl, verified_content};
use countersign_tests::shop::{Shop, eventually, rows};
use serde_json::Value;

/// A shop that mails through a server, looking at its outbox often.
fn shop_mailing_through(server: &MailServer, encryption: &str) -> Shop {
    shop_giving_letters_up_after_hours(120, server, encryption)
}

fn shop_giving_letters_up_after_hours(hours: u32, server: &MailServer, encryption: &str) -> Shop {
    let port = if encryption == "none" {
        server.port()
    } else {
        server.tls_port()
    }
    .to_string();
    let certificate = server.certificate();
    Shop::open_with(&[
        ("OPD_MAIL_TRANSPORT", "smtp"),
        ("OPD_MAIL_SMTP_HOST", "localhost"),
        ("OPD_MAIL_SMTP_PORT", &port),
        ("OPD_MAIL_SMTP_ENCRYPTION", encryption),
        (
            "OPD_MAIL_SMTP_CA_FILE",
            certificate.to_str().expect("a path"),
        ),
        ("OPD_MAIL_GIVE_UP_HOURS", &hours.to_string()),
        ("OPD_MAIL_RETRY_FIRST_SECONDS", "1"),
        ("OPD_MAIL_RETRY_LONGEST_SECONDS", "2"),
    ])
}

fn orders(buyer: &Buyer, session: &Session, number: &str) {
    let draft = buyer.draft(number).line("WATER", 3, "15.00");
    session
        .submits(&buyer.envelope(&draft))
        .decision("accepted");
}

#[test]
fn each_shipment_brings_exactly_one_letter_that_can_be_verified() {
    let server = MailServer::started();
    let shop = shop_mailing_through(&server, "starttls");
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    for number in ["PO-1", "PO-2"] {
        orders(&acme, &session, number);
        shop.wait_for_state(number, "shipped");
        eventually("the letter", || {
            !server.letters(&[number, "shipment.p7m"]).is_empty()
        });
    }
    // Nothing more comes.
    std::thread::sleep(Duration::from_secs(3));
    for number in ["PO-1", "PO-2"] {
        let letters = server.letters(&[number, "shipment.p7m"]);
        assert_eq!(letters.len(), 1, "{number}");
        let letter = &letters[0];
        assert_eq!(
            header(letter, "Delivered-To").as_deref(),
            Some("acme@buyer.example")
        );
        let subject = format!("Order {number} has been shipped");
        assert_eq!(header(letter, "Subject"), Some(subject));
        assert!(letter.contains("3 EA  WATER"), "{letter}");
        is_signed_by_the_shop(&shop, letter);
        let statement = attachment(letter, "shipment.p7m").expect("the statement is attached");
        let chain = shop.certificate_pem("root") + &shop.certificate_pem("receipt");
        let content = verified_content(shop.folder(), &statement, &chain);
        let statement: Value = serde_json::from_slice(&content).expect("a statement");
        assert_eq!(statement["document"], "countersign/shipment/1");
        assert_eq!(statement["order"]["purchase_order_number"], number);
        assert_eq!(statement["lines"][0]["quantity"], 3);
    }
}

#[track_caller]
fn is_signed_by_the_shop(shop: &Shop, letter: &str) {
    fs::write(shop.folder().join("letter.eml"), letter).expect("a file");
    fs::write(shop.folder().join("root.pem"), shop.certificate_pem("root")).expect("a file");
    openssl(
        shop.folder(),
        "cms -verify -in letter.eml -CAfile root.pem -purpose smimesign",
    )
    .ok();
}

#[test]
fn a_letter_that_was_on_its_way_when_the_server_died_is_sent_by_the_next() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = silent.local_addr().expect("an address").port().to_string();
    let mut shop = Shop::open_with(&[
        ("OPD_MAIL_TRANSPORT", "smtp"),
        ("OPD_MAIL_SMTP_HOST", "127.0.0.1"),
        ("OPD_MAIL_SMTP_PORT", &port),
        ("OPD_MAIL_SMTP_ENCRYPTION", "none"),
    ]);
    let acme = shop.buyer("acme");
    orders(&acme, &acme.signs_in(), "PO-1");
    // Whoever connects holds a claim on the letter, and waits for a word of the mail server.
    let (_on_its_way, _) = silent.accept().expect("a connection");
    shop.restart();
    silent.set_nonblocking(true).expect("a listener");
    eventually("another attempt", || silent.accept().is_ok());
}

/// How many letters wait, by the server's own account.
fn letters_waiting(shop: &Shop) -> usize {
    shop.counts("countersign_mail_waiting")
}

#[test]
fn letters_wait_for_a_mail_server_that_is_down_for_a_minute_and_arrive_once() {
    const DOWN: Duration = Duration::from_mins(1);
    let mut server = MailServer::prepared();
    let shop = shop_mailing_through(&server, "none");
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let start = Instant::now();
    let mut numbers = Vec::new();
    while start.elapsed() < DOWN {
        let number = format!("PO-{:03}", numbers.len());
        orders(&acme, &session, &number);
        shop.wait_for_state(&number, "shipped");
        numbers.push(number);
        std::thread::sleep(Duration::from_secs(5));
    }
    let waiting = rows(&shop.opd_json(&["outbox", "list"]));
    let waits = |kind: &str| waiting.iter().filter(|mail| mail["kind"] == kind).count();
    assert_eq!(waits("order-shipped"), numbers.len(), "{waiting:?}");
    assert_eq!(letters_waiting(&shop), waiting.len());
    server.start();
    for number in &numbers {
        eventually("the letter", || {
            !server.letters(&[number, "shipment.p7m"]).is_empty()
        });
    }
    eventually("no letter waits", || letters_waiting(&shop) == 0);
    // Nothing comes twice, not even after the mail server has been away once more.
    server.stop();
    server.start();
    std::thread::sleep(Duration::from_secs(4));
    for number in &numbers {
        assert_eq!(
            server.letters(&[number, "shipment.p7m"]).len(),
            1,
            "{number}"
        );
    }
}

#[test]
fn a_letter_that_was_given_up_is_sent_when_the_operator_says_so() {
    let mut server = MailServer::prepared();
    let shop = shop_giving_letters_up_after_hours(0, &server, "none");
    let acme = shop.buyer("acme");
    orders(&acme, &acme.signs_in(), "PO-1");
    let in_state = |state: &str| {
        let mails = rows(&shop.opd_json(&["outbox", "list", "--all"]));
        mails.iter().filter(|mail| mail["state"] == state).count()
    };
    // The key's enrolment, the acceptance and the shipment.
    eventually("all is given up", || in_state("given up") == 3);
    server.start();
    std::thread::sleep(Duration::from_secs(3));
    assert!(server.letters(&[]).is_empty(), "what was given up rests");
    shop.opd(&["outbox", "retry"]).ok();
    eventually("all is sent", || in_state("sent") == 3);
    let waiting = shop.opd_json(&["outbox", "list"]);
    assert!(rows(&waiting).is_empty(), "{waiting}");
    eventually("the letter", || {
        server.letters(&["PO-1", "shipment.p7m"]).len() == 1
    });
}

#[test]
fn a_line_break_in_a_name_adds_no_header() {
    let shop = Shop::founded(&[]);
    let nobody = shop.opd(&["buyer", "list"]).ok().text();
    let evil = "Acme\r\nBcc: all@victim.example";
    let refused = shop.opd(&[
        "buyer",
        "invite",
        "acme",
        "--name",
        evil,
        "--email",
        "a@buyer.example",
    ]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    for address in [
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "nobody",
    ] {
        let refused = shop.opd(&[
            "buyer", "invite", "acme", "--name", "Acme", "--email", address,
        ]);
        assert_eq!(refused.code, Some(2), "{address}: {refused:?}");
    }
    assert_eq!(shop.opd(&["buyer", "list"]).ok().text(), nobody);
    shop.write(
        "evil.csv",
        "sku,name,unit,unit_price,currency,quantity\n\"A\r\nBcc: x@y.example\",A,EA,1.00,USD,1\n",
    );
    let refused = shop.opd(&["item", "import", "evil.csv"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("line 2: sku"), "{}", refused.stderr);
}

#[test]
fn names_with_odd_letters_stay_within_their_header() {
    let shop = Shop::open();
    shop.sells(&[("Subject: free, <b>gold – für alle", "1.00", 10)]);
    let acme = shop.buyer("acme");
    let draft = acme
        .draft("PO-1")
        .line("Subject: free, <b>gold – für alle", 1, "1.00");
    acme.signs_in()
        .submits(&acme.envelope(&draft))
        .decision("accepted");
    eventually("the letter", || {
        !shop.letters(&["PO-1", "shipment.p7m"]).is_empty()
    });
    for letter in shop.letters(&["PO-1"]) {
        let names: Vec<String> = headers(&letter)
            .iter()
            .filter_map(|line| {
                line.split_once(':')
                    .map(|(name, _)| name.to_ascii_lowercase())
            })
            .collect();
        let subjects = names.iter().filter(|name| *name == "subject").count();
        assert_eq!(subjects, 1, "{names:?}");
        assert!(!names.iter().any(|name| name == "bcc"), "{names:?}");
        is_signed_by_the_shop(&shop, &letter);
    }
}

#[test]
fn every_decision_is_mailed_under_an_identity_of_its_own() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    orders(&acme, &session, "PO-1");
    let draft = acme.draft("PO-2").line("SALT", 50, "0.99");
    session.submits(&acme.envelope(&draft)).decision("declined");
    eventually("the letters", || {
        shop.letters(&["PO-1"]).len() == 2 && shop.letters(&["PO-2"]).len() == 1
    });
    let subjects: BTreeSet<String> = ["PO-1", "PO-2"]
        .iter()
        .flat_map(|number| shop.letters(&[number]))
        .filter_map(|letter| header(&letter, "Subject"))
        .collect();
    let expected = [
        "Order PO-1 has been shipped",
        "Order PO-1 is accepted",
        "Order PO-2 is declined",
    ];
    assert!(subjects.iter().eq(expected), "{subjects:?}");
    let letters = shop.letters(&[]);
    let identities: BTreeSet<Option<String>> = letters
        .iter()
        .map(|letter| header(letter, "Message-ID"))
        .collect();
    assert!(!identities.contains(&None), "{identities:?}");
    assert_eq!(identities.len(), letters.len(), "{identities:?}");
}

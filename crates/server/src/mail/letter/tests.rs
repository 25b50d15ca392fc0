//! What the letters say, and what they keep to themselves.

use super::super::sample::{every_kind, seller, shipped};
use super::super::template::names;
use super::*;

#[test]
fn the_shipping_letter_tells_what_when_how_and_how_to_verify() {
    let seller = seller();
    let letter = write(&shipped(), Some("shipment.p7m"), &seller);
    assert_eq!(letter.subject, "Order PO-1001 has been shipped");
    let expected = format!(
        "\
Hello Acme Ltd,

your order PO-1001 has been shipped.

     3 EA  Water, 1 l (WATER)
    10 EA  Café, 2 more will follow

Shipment:    1
Shipped:     2026-11-23 18:04:05 UTC
Carrier:     Parcel & Co
Tracking:    JD014600
Your number: PO-1001
Our number:  SO-12
Order:       ord_07070707070707070707070707070707

The attached shipment.p7m is our signed statement of this. To verify it:

    openssl cms -verify -inform DER -in shipment.p7m -CAfile root.cert.pem

where root.cert.pem is our root certificate, with the fingerprint
{}.

Or let po fetch and verify everything about this order:

    po receipt ord_07070707070707070707070707070707

A mail proves nothing; the signed statement does. Please keep it.

-- 
shop.example
",
        seller.root_fingerprint()
    );
    assert_eq!(letter.body, expected);
}

#[test]
fn a_part_is_called_a_part() {
    let mut event = shipped();
    if let News::OrderShipped(shipped) = &mut event.news {
        shipped.more_follows = true;
    }
    let letter = write(&event, None, &seller());
    assert_eq!(letter.subject, "Part of order PO-1001 has been shipped");
    let told = "part of your order PO-1001 has been shipped. The rest will follow.\n";
    assert!(letter.body.contains(told), "{}", letter.body);
}

#[test]
fn a_long_reason_is_told_in_short_lines() {
    let mut disabled = every_kind().pop().unwrap();
    let News::WebhookDisabled(news) = &mut disabled.news else {
        panic!("not of a webhook: {disabled:?}");
    };
    news.reason = "it answered 500: ".to_owned() + &"word ".repeat(60);
    let letter = write(&disabled, None, &seller());
    let longest = letter.body.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(72), "{}", letter.body);
    assert_eq!(letter.body.matches(" word").count(), 60);
}

#[test]
fn a_declined_order_is_told_why() {
    let declined = every_kind()
        .into_iter()
        .find(|event| event.kind() == "order-declined")
        .unwrap();
    let letter = write(&declined, None, &seller());
    let reasons = "\
    WATER: you ordered 5, 3 available
    WATER: you offered 15.00, the price is now 16.00
    WATER: we do not sell this item
";
    assert!(letter.body.contains(reasons), "{}", letter.body);
}

#[test]
fn every_template_asks_only_for_what_is_known() {
    for event in every_kind() {
        let (template, values) = fill_with(&event, Some("statement.p7m"), &seller());
        for name in names(template.subject)
            .into_iter()
            .chain(names(template.body))
        {
            assert!(values.contains_key(name), "{}: {name}", event.kind());
        }
    }
}

#[test]
fn every_letter_has_one_line_of_subject_and_no_gaps() {
    for event in every_kind() {
        for attached in [None, Some("statement.p7m")] {
            let letter = write(&event, attached, &seller());
            assert!(!letter.subject.is_empty() && !letter.subject.contains('\n'));
            assert!(!letter.body.contains("\n\n\n"), "{}", letter.body);
            assert!(!letter.body.contains(['{', '}']), "{}", letter.body);
            let longest = letter.body.lines().map(str::len).max().unwrap_or(0);
            assert!(longest <= 85, "{longest} in\n{}", letter.body);
        }
    }
}

#[test]
fn number_only_names_no_goods() {
    for mut event in every_kind() {
        event.detail = MailDetail::NumberOnly;
        let letter = write(&event, None, &seller());
        for told in ["WATER", "Water", "Café", "48.10", "16.00"] {
            let text = format!("{}\n{}", letter.subject, letter.body);
            assert!(!text.contains(told), "{}: {told} in\n{text}", event.kind());
        }
    }
}

#[test]
fn what_others_wrote_stays_on_its_line() {
    let mut event = shipped();
    event.name = "Acme\r\nBcc: all@victim.example\u{1b}[2J".to_owned();
    let letter = write(&event, None, &seller());
    assert!(
        letter
            .body
            .starts_with("Hello Acme  Bcc: all@victim.example [2J,\n")
    );
}

//! What the letters say, and what they keep to themselves.

use super::super::columns::{COLUMNS, width};
use super::super::kinds::LETTERS;
use super::super::sample::{every_kind, seller, shipped, templates};
use super::*;
use crate::mail::MailDetail;

fn letter(event: &MailEvent, attached: Option<&str>) -> Letter {
    write(event, attached, &seller(), &templates())
}

fn of_kind(kind: &str) -> MailEvent {
    let mut events = every_kind().into_iter();
    events.find(|event| event.kind() == kind).unwrap()
}

#[test]
fn the_shipping_letter_tells_what_when_how_and_how_to_verify() {
    let letter = letter(&shipped(), Some("shipment.p7m"));
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

    openssl cms -verify -inform DER -in shipment.p7m \\
        -CAfile root.cert.pem

where root.cert.pem is our root certificate, with the fingerprint
{}.

Or let po fetch and verify everything about this order:

    po receipt ord_07070707070707070707070707070707

A mail proves nothing; the signed statement does. Please keep it.

-- 
shop.example
",
        seller().root_fingerprint()
    );
    assert_eq!(letter.body, expected);
}

#[test]
fn a_part_is_called_a_part() {
    let letter = letter(&of_kind("order-part-shipped"), None);
    assert_eq!(letter.subject, "Part of order PO-1001 has been shipped");
    let told = "part of your order PO-1001 has been shipped.\nThe rest will follow.\n";
    assert!(letter.body.contains(told), "{}", letter.body);
}

#[test]
fn a_long_reason_is_told_in_short_lines() {
    let mut disabled = every_kind().pop().unwrap();
    let News::WebhookDisabled(news) = &mut disabled.news else {
        panic!("not of a webhook: {disabled:?}");
    };
    news.reason = "it answered 500: ".to_owned() + &"word ".repeat(60);
    let letter = letter(&disabled, None);
    let longest = letter.body.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(72), "{}", letter.body);
    assert_eq!(letter.body.matches("word").count(), 60);
}

#[test]
fn a_declined_order_is_told_why() {
    let letter = letter(&of_kind("order-declined"), None);
    let reasons = "\
    WATER: you ordered 5, 3 available
    WATER: you offered 15.00, the price is now 16.00
    WATER: we do not sell this item
    we did not approve it: call us about your account
    nobody here answered it in its time
    you called it off: found it in the cellar
";
    assert!(letter.body.contains(reasons), "{}", letter.body);
}

#[test]
fn a_certificate_that_ends_is_told_with_the_way_to_change_keys() {
    let letter = letter(&of_kind("key-expiring"), None);
    assert_eq!(letter.subject, "A certificate of acme ends on 2026-12-23");
    for told in [
        "office laptop",
        "Days left:   30",
        "po key add new.pem --by old.pem",
    ] {
        assert!(letter.body.contains(told), "{told} in\n{}", letter.body);
    }
}

#[test]
fn a_template_may_ask_for_all_that_is_known_and_for_nothing_else() {
    for event in every_kind() {
        let templates = templates();
        let (_, values) = fill_with(&event, Some("statement.p7m"), &seller(), &templates);
        let kind = LETTERS.iter().find(|kind| kind.name == event.kind());
        let mut placeholders = kind.unwrap().placeholders.to_vec();
        placeholders.sort_unstable();
        let values: Vec<&str> = values
            .keys()
            .copied()
            .filter(|name| *name != "proof" || placeholders.contains(name))
            .collect();
        assert_eq!(values, placeholders, "{}", event.kind());
    }
}

#[test]
fn every_letter_has_one_line_of_subject_and_no_gaps() {
    for event in every_kind() {
        for attached in [None, Some("statement.p7m")] {
            let letter = letter(&event, attached);
            assert!(!letter.subject.is_empty() && !letter.subject.contains('\n'));
            assert!(!letter.body.contains("\n\n\n"), "{}", letter.body);
            assert!(!letter.body.contains(['{', '}']), "{}", letter.body);
            assert!(
                letter.body.ends_with("\n-- \nshop.example\n"),
                "{}",
                letter.body
            );
        }
    }
}

/// The longest that a name, an item or a reason may be, in words and as one word.
fn long_texts() -> [String; 3] {
    ["longish ".repeat(32), "x".repeat(256), "日本".repeat(42)]
}

#[test]
fn every_letter_is_readable_at_72_columns_whatever_the_names() {
    for text in long_texts() {
        for event in every_kind() {
            let long = lengthened(&event, &text);
            let letter = letter(&long, Some("cancellation.p7m"));
            for line in letter.body.lines() {
                assert!(width(line) <= COLUMNS, "{line}\nin\n{}", letter.body);
            }
            let solid = |text: &str| text.replace([' ', '\n'], "");
            assert!(
                solid(&letter.body).contains(&solid(&text)),
                "nothing is lost of {text} in\n{}",
                letter.body
            );
        }
    }
}

/// The event with every text that people choose as long as it can be.
fn lengthened(event: &MailEvent, text: &str) -> MailEvent {
    let mut json = serde_json::to_value(event).unwrap();
    lengthen(&mut json, text);
    json["name"] = text.trim_end().into();
    json["account"] = format!("{}/{}", "a".repeat(64), "b".repeat(64)).into();
    serde_json::from_value(json).unwrap()
}

fn lengthen(json: &mut serde_json::Value, text: &str) {
    let chosen = [
        "sku",
        "description",
        "reason",
        "label",
        "carrier",
        "tracking",
        "offered",
        "current",
    ];
    match json {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    chosen_by_people if chosen.contains(&chosen_by_people) && value.is_string() => {
                        *value = text.trim_end().into();
                    }
                    "purchase_order_number" => *value = "9".repeat(64).into(),
                    "quantity" | "back_ordered" => *value = 1_000_000.into(),
                    "old_address" | "new_address" => {
                        *value = format!("{}@{}.example", "o".repeat(64), "d".repeat(180)).into();
                    }
                    _ => lengthen(value, text),
                }
            }
        }
        serde_json::Value::Array(values) => {
            for value in values {
                lengthen(value, text);
            }
        }
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {}
    }
}

#[test]
fn number_only_names_no_goods() {
    for mut event in every_kind() {
        event.detail = MailDetail::NumberOnly;
        let letter = letter(&event, None);
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
    let letter = letter(&event, None);
    assert!(
        letter
            .body
            .starts_with("Hello Acme  Bcc: all@victim.example [2J,\n")
    );
}

//! The letters of the day: each to the right reader, readable as it stands, and proved by `openssl`.

use std::collections::BTreeMap;
use std::fs;

use countersign_tests::buyer::sha256;
use countersign_tests::guide::shell;
use countersign_tests::mail::{attachment, header, text};
use countersign_tests::openssl::openssl;
use countersign_tests::shop::{ORIGIN, eventually, rows};
use serde_json::Value;

use crate::Day;
use crate::deals::{DEALS, GATE, OF_ACCOUNTS};
use crate::proofs::Proof;

/// Nothing in a letter is wider.
const COLUMNS: usize = 72;

/// What the subject of a letter says, by its kind, about an order or an account.
fn subject(kind: &str, about: &str) -> String {
    match kind {
        "order-accepted" => format!("Order {about} is accepted"),
        "order-held" => format!("Order {about} has arrived and waits for us"),
        "order-declined" => format!("Order {about} is declined"),
        "order-part-shipped" => format!("Part of order {about} has been shipped"),
        "order-shipped" => format!("Order {about} has been shipped"),
        "back-order-filled" => format!("Goods for order {about} have come in"),
        "order-cancelled" => format!("Order {about} is cancelled"),
        "key-enrolled" => format!("A new key can sign orders for {about}"),
        "key-revoked" => format!("A key of {about} is revoked"),
        other => panic!("no such letter today: {other}"),
    }
}

/// The statement that a letter of a kind carries: its file's name, and the document in it.
fn carried(kind: &str) -> Option<(&'static str, &'static str)> {
    match kind {
        "order-accepted" | "order-held" | "order-declined" => Some(("receipt.p7m", "receipt")),
        "order-part-shipped" | "order-shipped" => Some(("shipment.p7m", "shipment")),
        "order-cancelled" => Some(("cancellation.p7m", "cancellation")),
        "key-enrolled" | "key-revoked" => Some(("key.p7m", "key")),
        "back-order-filled" => None,
        other => panic!("no such letter today: {other}"),
    }
}

/// A letter that must have come: its kind, what it is about, and its reader.
type Expected = (&'static str, &'static str, &'static str);

fn expected() -> Vec<Expected> {
    let of_orders = DEALS.iter().flat_map(|deal| {
        let letters = deal.letters.iter();
        letters.map(|(kind, reader)| (*kind, deal.number, *reader))
    });
    of_orders.chain(OF_ACCOUNTS).collect()
}

fn reader(letter: &str) -> String {
    let to = header(letter, "To").unwrap();
    let address = to.split_once('<').map_or(to.as_str(), |parts| parts.1);
    address.trim_end_matches('>').to_owned()
}

pub(crate) fn are_right(day: &Day) {
    let mut expected = expected();
    eventually("no letter waits", || {
        rows(&day.shop.opd_json(&["outbox", "list"])).is_empty()
    });
    let outbox = rows(&day.shop.opd_json(&["outbox", "list", "--all"]));
    let mut sent: Vec<_> = outbox
        .iter()
        .map(|mail| (mail["kind"].as_str().unwrap(), mail["to"].as_str().unwrap()))
        .collect();
    let mut kinds: Vec<_> = expected
        .iter()
        .map(|(kind, _, reader)| (*kind, *reader))
        .collect();
    sent.sort_unstable();
    kinds.sort_unstable();
    assert_eq!(sent, kinds);

    let mut came: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for letter in day.shop.letters(&[]) {
        let key = (header(&letter, "Subject").unwrap(), reader(&letter));
        came.entry(key).or_default().push(letter);
    }
    fs::write(
        day.shop.folder().join("root.cert.pem"),
        day.shop.certificate_pem("root"),
    )
    .unwrap();
    expected.sort_unstable();
    for (kind, about, reader) in expected {
        let key = (subject(kind, about), reader.to_owned());
        let letter = came.get_mut(&key).and_then(Vec::pop);
        let letter = letter.unwrap_or_else(|| panic!("no letter {key:?}"));
        is_readable(&letter, about);
        is_proved(day, &letter, (kind, about));
    }
    let more: Vec<_> = came.iter().filter(|(_, left)| !left.is_empty()).collect();
    assert!(more.is_empty(), "nobody expected {more:#?}");
}

/// The words stand by themselves: plain text, no wider than a terminal of old.
fn is_readable(letter: &str, about: &str) {
    let text = text(letter).unwrap_or_else(|| panic!("no plain text: {letter}"));
    assert!(text.starts_with("Hello Acme Ltd,\n\n"), "{text}");
    assert!(text.ends_with(&format!("\n-- \n{ORIGIN}\n")), "{text}");
    assert!(text.contains(about), "{about}: {text}");
    for line in text.lines() {
        assert!(line.chars().count() <= COLUMNS, "{line}");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    for unfilled in ["{", "}", "<", "null"] {
        assert!(!text.contains(unfilled), "{unfilled}: {text}");
    }
}

/// The whole letter is signed, and the command in it verifies what is attached.
fn is_proved(day: &Day, letter: &str, (kind, about): (&str, &str)) {
    let folder = day.shop.folder();
    fs::write(folder.join("letter.eml"), letter).unwrap();
    let whole =
        "cms -verify -in letter.eml -CAfile root.cert.pem -purpose smimesign -out /dev/null";
    openssl(folder, whole).ok();
    let Some((file, document)) = carried(kind) else {
        assert!(!letter.contains(".p7m"), "{letter}");
        return;
    };
    fs::write(folder.join(file), attachment(letter, file).unwrap()).unwrap();
    let text = text(letter).unwrap();
    let command = text.split_once("    openssl ").unwrap().1;
    let command = command.split_once("\n\n").unwrap().0;
    let run = shell(folder, &[], &format!("openssl {command}")).ok();
    assert!(
        run.stderr.contains("CMS Verification successful"),
        "{}",
        run.stderr
    );
    let said: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(said["document"], format!("countersign/{document}/1"));
    let decided = match kind {
        "order-accepted" => Some(("decision", "accepted")),
        "order-held" => Some(("decision", "held")),
        "order-declined" => Some(("decision", "declined")),
        "key-enrolled" => Some(("action", "enrolled")),
        "key-revoked" => Some(("action", "revoked")),
        _ => None,
    };
    if let Some((member, value)) = decided {
        assert_eq!(said[member], value, "{said}");
    }
    let is_about = |value: &Value| value.to_string().contains(&format!("\"{about}\""));
    assert!(is_about(&said), "{about}: {said}");
}

/// What is attached to the letters is what the evidence holds, no more and no less.
pub(crate) fn carry_each_statement_once(day: &Day, proofs: &[Proof]) {
    let mut attached: BTreeMap<String, u32> = BTreeMap::new();
    for letter in day.shop.letters(&[]) {
        let files = ["receipt.p7m", "shipment.p7m", "cancellation.p7m"];
        let found = files.iter().find_map(|file| attachment(&letter, file));
        if let Some(statement) = found.filter(|_| reader(&letter) != GATE) {
            *attached.entry(sha256(&statement)).or_default() += 1;
        }
    }
    let stated: BTreeMap<String, u32> = proofs
        .iter()
        .flat_map(|proof| &proof.statements)
        .map(|statement| (sha256(&statement.signed), 1))
        .collect();
    assert_eq!(attached, stated);
}

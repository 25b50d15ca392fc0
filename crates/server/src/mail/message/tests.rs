//! Messages, judged by OpenSSL and by Python's `email` package.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::super::sample::{every_kind, now, seller, shipped, templates};
use super::*;

fn composed(event: &MailEvent, statement: Option<&[u8]>) -> Mail {
    let to = "orders@acme.example".parse().unwrap();
    let from = "orders@shop.example".parse().unwrap();
    compose(
        (event, &to, statement),
        &from,
        &seller(),
        &templates(),
        now(),
    )
    .unwrap()
}

fn statement() -> Vec<u8> {
    seller()
        .receipt()
        .sign(b"{\"document\":\"x\"}", now())
        .unwrap()
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// What Python makes of a message: defects, headers, and the parts' types and texts.
fn parsed(message: &[u8]) -> serde_json::Value {
    const SCRIPT: &str = "\
import email, email.policy, json, sys
m = email.message_from_bytes(open('mail.eml', 'rb').read(), policy=email.policy.default)
parts = [p for p in m.walk()]
print(json.dumps({
    'defects': [str(d) for p in parts for d in p.defects],
    'headers': [[k, str(v)] for k, v in m.items()],
    'types': [p.get_content_type() for p in parts],
    'files': [p.get_filename() for p in parts if p.get_filename()],
    'to': [[a.display_name, a.addr_spec] for a in m['to'].addresses],
    'text': [p.get_content() for p in parts if p.get_content_type() == 'text/plain'][0],
    'statement': [p.get_content().hex() for p in parts if p.get_content_type() == 'application/pkcs7-mime'],
}))";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.eml"), message).unwrap();
    let ran = run(folder.path(), "python3", &["-c", SCRIPT]);
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    serde_json::from_slice(&ran.stdout).unwrap()
}

#[test]
fn openssl_verifies_every_mail_and_the_statement_in_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("root.pem"),
        &seller().certificates().root,
    )
    .unwrap();
    for event in every_kind() {
        let mail = composed(&event, Some(&statement()));
        fs::write(folder.path().join("mail.eml"), &mail.message).unwrap();
        for tool in ["cms", "smime"] {
            let verify = [
                "-verify",
                "-in",
                "mail.eml",
                "-CAfile",
                "root.pem",
                "-purpose",
                "smimesign",
            ];
            let at = ["-attime", "1795457045"];
            let arguments = [&[tool][..], &verify, &at].concat();
            let ran = run(folder.path(), "openssl", &arguments);
            let said = String::from_utf8_lossy(&ran.stderr);
            assert!(ran.status.success(), "{tool}, {}: {said}", event.kind());
        }
    }
    fs::write(folder.path().join("shipment.p7m"), statement()).unwrap();
    let verify = "cms -verify -inform DER -in shipment.p7m -CAfile root.pem -attime 1795457045";
    let arguments: Vec<&str> = verify.split(' ').collect();
    let ran = run(folder.path(), "openssl", &arguments);
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert_eq!(ran.stdout, b"{\"document\":\"x\"}");
}

#[test]
fn one_changed_letter_breaks_the_signature() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("root.pem"),
        &seller().certificates().root,
    )
    .unwrap();
    let mail = composed(&shipped(), Some(&statement()));
    let text = String::from_utf8(mail.message).unwrap();
    fs::write(
        folder.path().join("mail.eml"),
        text.replacen("3 EA", "9 EA", 1),
    )
    .unwrap();
    let verify = "cms -verify -in mail.eml -CAfile root.pem -attime 1795457045";
    let arguments: Vec<&str> = verify.split(' ').collect();
    assert!(!run(folder.path(), "openssl", &arguments).status.success());
}

#[test]
fn python_reads_the_text_and_the_statement_back() {
    let statement = statement();
    let mail = composed(&shipped(), Some(&statement));
    let read = parsed(&mail.message);
    assert_eq!(read["defects"], serde_json::json!([]));
    assert_eq!(
        read["files"],
        serde_json::json!(["shipment.p7m", "smime.p7s"])
    );
    assert_eq!(read["types"][0], "multipart/signed");
    assert_eq!(read["statement"][0], hex::encode(statement));
    let text = read["text"].as_str().unwrap();
    assert!(text.contains("10 EA  Café, 2 more will follow"), "{text}");
    assert_eq!(
        read["to"],
        serde_json::json!([["Acme Ltd", "orders@acme.example"]])
    );
}

#[test]
fn no_name_adds_a_header_or_an_address() {
    for name in [
        "Acme\r\nBcc: all@victim.example",
        "Acme\nSubject: free gold",
        "\"Acme\" <all@victim.example>, x",
        "Acme\u{0}\u{b}\u{c}\u{85}\u{2028}Bcc: x@y.example",
        "=?utf-8?q?Acme=0D=0ABcc:_x=40y.example?=",
        "Größe & Söhne 株式会社",
        &"very long ".repeat(25),
    ] {
        let mut event = shipped();
        event.name = name.to_owned();
        let read = parsed(&composed(&event, None).message);
        let headers: Vec<&str> = read["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|header| header[0].as_str().unwrap())
            .collect();
        assert_eq!(
            headers,
            [
                "Message-ID",
                "Date",
                "From",
                "To",
                "Subject",
                "Auto-Submitted",
                "MIME-Version",
                "Content-Type"
            ],
            "{name:?}"
        );
        assert_eq!(read["to"].as_array().unwrap().len(), 1, "{name:?}: {read}");
        assert_eq!(read["to"][0][1], "orders@acme.example", "{name:?}");
        assert_eq!(read["defects"], serde_json::json!([]), "{name:?}");
    }
}

#[test]
fn lines_are_short_and_plain_whatever_they_say() {
    let mut event = shipped();
    event.name = "ä".repeat(120);
    if let News::OrderShipped(shipped) = &mut event.news {
        shipped.lines[0].description = "x".repeat(250);
        shipped.lines[1].description = ".\nFrom here".to_owned();
    }
    let mail = composed(&event, Some(&statement()));
    assert!(mail.message.is_ascii());
    let text = String::from_utf8(mail.message).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.lines().all(|line| line.len() <= 100), "{head}");
    assert!(body.lines().all(|line| line.len() <= 76), "{body}");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
}

#[test]
fn a_second_mail_of_an_event_is_recognised_as_the_same() {
    let header = |mail: &Mail| {
        let text = String::from_utf8(mail.message.clone()).unwrap();
        let line = text.lines().find(|line| line.starts_with("Message-ID"));
        line.unwrap().to_owned()
    };
    let first = composed(&shipped(), None);
    assert_eq!(header(&first), header(&composed(&shipped(), None)));
    let identifiers: std::collections::HashSet<String> = every_kind()
        .iter()
        .map(|event| header(&composed(event, None)))
        .collect();
    assert_eq!(identifiers.len(), every_kind().len());
}

#[test]
fn a_statement_that_names_goods_is_not_attached_for_number_only() {
    for mut event in every_kind() {
        event.detail = MailDetail::NumberOnly;
        let read = parsed(&composed(&event, Some(&statement())).message);
        let is_named = event.order().is_none() && event.statement.is_some();
        let statements = read["statement"].as_array().unwrap().len();
        assert_eq!(statements, usize::from(is_named), "{}", event.kind());
    }
}

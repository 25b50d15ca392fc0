//! `opd key`: what is enrolled, and what nobody may enrol.

use super::support::Desk;

/// A shop with a buyer, and `key.cert.pem` beside it.
fn with_buyer() -> Desk {
    let desk = Desk::made();
    let add = [
        "buyer",
        "add",
        "acme",
        "--name",
        "Acme Ltd",
        "--email",
        "a@acme.example",
    ];
    desk.opd(&add).ok();
    desk.openssl(
        "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -subj /CN=acme -days 30 -out key.cert.pem",
    );
    desk
}

fn fingerprint(desk: &Desk) -> String {
    desk.openssl("x509 -in key.cert.pem -noout -pubkey -out public.pem");
    desk.openssl("pkey -pubin -in public.pem -outform DER -out public.der");
    let der = std::fs::read(desk.folder().join("public.der")).unwrap();
    countersign_envelope::Digest::of(&der).to_string()
}

#[test]
fn a_key_is_enrolled_listed_and_revoked() {
    let desk = with_buyer();
    let enrolled = desk
        .opd(&["key", "add", "acme", "key.cert.pem", "--json"])
        .ok()
        .json();
    let fingerprint = fingerprint(&desk);
    assert_eq!(enrolled["key_fingerprint"], fingerprint.as_str());
    assert_eq!(enrolled["state"], "active");
    desk.opd(&["key", "add", "acme", "key.cert.pem"])
        .with_code(6);
    desk.opd(&["key", "revoke", "acme", &fingerprint])
        .with_code(2);
    let revoke = [
        "key",
        "revoke",
        "acme",
        &fingerprint,
        "--reason",
        "laptop stolen",
    ];
    assert!(desk.opd(&revoke).ok().out.starts_with("Revoked, since "));
    assert!(
        desk.opd(&["key", "list", "acme"])
            .ok()
            .out
            .contains("revoked")
    );
    let mails = desk.opd(&["outbox", "list", "--json"]).ok().json();
    let kinds: Vec<&str> = mails["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| mail["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["key-revoked", "key-enrolled"]);
}

#[test]
fn a_key_is_named_by_its_id_or_by_a_fingerprint() {
    let desk = with_buyer();
    let enrolled = desk
        .opd(&["key", "add", "acme", "key.cert.pem", "--json"])
        .ok()
        .json();
    let id = enrolled["id"].as_str().unwrap();
    let called = desk.opd(&["key", "label", "acme", id, "laptop"]).ok();
    assert!(called.out.starts_with("Called laptop: "), "{}", called.out);
    let certificate = enrolled["certificate_fingerprint"].as_str().unwrap();
    let called = desk.opd(&["key", "label", "acme", certificate]).ok();
    assert!(called.out.starts_with("Called nothing"), "{}", called.out);
    desk.opd(&["key", "revoke", "acme", id, "--reason", "lost"])
        .ok();
    let unread = desk
        .opd(&["key", "revoke", "acme", "laptop", "--reason", "lost"])
        .with_code(2);
    assert!(unread.err.contains("neither sha256:"), "{}", unread.err);
}

#[test]
fn a_key_on_the_list_is_enrolled_for_nobody() {
    let desk = with_buyer();
    let list = desk.data().join("denied-keys");
    std::fs::write(&list, format!("{}  # published\n", fingerprint(&desk))).unwrap();
    let refused = desk
        .opd(&["key", "add", "acme", "key.cert.pem"])
        .with_code(1);
    assert!(refused.err.contains("published"), "{}", refused.err);
    std::fs::write(&list, "sha256:12\n").unwrap();
    let unread = desk
        .opd(&["key", "add", "acme", "key.cert.pem"])
        .with_code(1);
    assert!(unread.err.contains("denied-keys line 1"), "{}", unread.err);
}

#[test]
fn a_private_key_is_refused_by_name() {
    let desk = with_buyer();
    let refused = desk.opd(&["key", "add", "acme", "key.pem"]).with_code(1);
    assert!(refused.err.contains("private key"), "{}", refused.err);
}

#[test]
fn accounts_that_do_not_exist_have_no_keys() {
    let desk = with_buyer();
    desk.opd(&["key", "list", "globex"]).with_code(5);
    desk.opd(&["key", "add", "globex", "key.cert.pem"])
        .with_code(5);
    let none = format!("sha256:{}", "0".repeat(64));
    desk.opd(&["key", "revoke", "acme", &none, "--reason", "x"])
        .with_code(5);
}

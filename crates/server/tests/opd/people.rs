//! `opd buyer` and `opd clerk`.

use super::support::Desk;

const ACME: [&str; 6] = [
    "acme",
    "--name",
    "Acme Ltd",
    "--email",
    "orders@acme.example",
    "--quiet",
];

fn invite(desk: &Desk, arguments: &[&str]) -> String {
    let all = [&["buyer", "invite"], arguments].concat();
    desk.opd(&all).ok().out.trim().to_owned()
}

#[test]
fn an_invite_prints_the_link_and_nothing_else() {
    let desk = Desk::made();
    let link = invite(&desk, &ACME);
    let fingerprint = desk.opd(&["seller", "show", "--json"]).ok().json();
    let fingerprint = fingerprint["root_fingerprint"].as_str().unwrap();
    let start = format!("countersign://127.0.0.1:8443/shop.example#{fingerprint}/");
    assert!(link.starts_with(&start), "{link}");
    let loud = desk.opd(&["buyer", "invite", "acme"]).ok();
    assert_eq!(loud.out.lines().count(), 1);
    assert!(loud.err.contains("po join"), "{}", loud.err);
}

#[test]
fn a_buyer_that_exists_is_invited_by_its_id_alone() {
    let desk = Desk::made();
    let refused = desk.opd(&["buyer", "invite", "acme"]).with_code(2);
    assert!(
        refused.err.contains("--name and --email"),
        "{}",
        refused.err
    );
    let first = invite(&desk, &ACME);
    let second = invite(&desk, &["acme", "--quiet"]);
    assert_ne!(first, second, "each has a code of its own");
}

#[test]
fn the_link_leads_where_the_operator_says() {
    let desk = Desk::made();
    let elsewhere = [&ACME[..], &["--address", "orders.shop.example:443"]].concat();
    let link = invite(&desk, &elsewhere);
    assert!(
        link.starts_with("countersign://orders.shop.example:443/"),
        "{link}"
    );
    for wrong in ["orders.shop.example", "orders shop:1", ":443", "host:0"] {
        let arguments = [&["buyer", "invite"], &ACME[..], &["--address", wrong]].concat();
        desk.opd(&arguments).with_code(1);
    }
}

#[test]
fn a_buyer_is_added_once_with_a_password_of_some_length() {
    let desk = Desk::made();
    let add = |password: &str| {
        let arguments = [&["buyer", "add"], &ACME[..], &["--password-file", "-"]].concat();
        desk.opd_with_input(&arguments, password)
    };
    let short = add("1234567\n").with_code(1);
    assert!(short.err.contains("8 to 128 characters"), "{}", short.err);
    add("12345678\n").ok();
    let twice = add("12345678\n").with_code(6);
    assert!(twice.err.contains("already"), "{}", twice.err);
    let buyers = desk.opd(&["buyer", "list", "--json"]).ok().json();
    assert_eq!(buyers["data"][0]["id"], "acme");
    assert_eq!(buyers["data"][0]["has_password"], true);
}

#[test]
fn a_disabled_buyer_is_listed_so() {
    let desk = Desk::made();
    invite(&desk, &ACME);
    desk.opd(&["buyer", "disable", "acme"]).ok();
    assert!(desk.opd(&["buyer", "list"]).ok().out.contains("disabled"));
    desk.opd(&["buyer", "enable", "acme"]).ok();
    assert!(!desk.opd(&["buyer", "list"]).ok().out.contains("disabled"));
    desk.opd(&["buyer", "disable", "globex"]).with_code(5);
}

#[test]
fn a_clerk_needs_a_password_and_a_name_of_its_own() {
    let desk = Desk::made();
    invite(&desk, &ACME);
    let email = ["--email", "kim@shop.example"];
    let clerk = |id: &str, more: &[&str]| {
        let arguments = [&["clerk", "add", id], &email[..], more].concat();
        desk.opd_with_input(&arguments, "a clerk's password\n")
    };
    let refused = clerk("kim", &[]).with_code(2);
    assert!(refused.err.contains("--password-file"), "{}", refused.err);
    clerk("kim", &["--password-file", "-"]).ok();
    clerk("kim", &["--password-file", "-"]).with_code(6);
    clerk("acme", &["--password-file", "-"]).with_code(6);
}

#[test]
fn ids_names_and_addresses_are_checked_before_anything_happens() {
    let desk = Desk::made();
    for wrong in [
        ["Acme", "--name", "Acme", "--email", "a@b.example"],
        ["acme_jo", "--name", "Acme", "--email", "a@b.example"],
        [
            "acme",
            "--name",
            "Acme\r\nBcc: x@y.example",
            "--email",
            "a@b.example",
        ],
        [
            "acme",
            "--name",
            "Acme",
            "--email",
            "a@b.example\r\nBcc: x@y.example",
        ],
        ["acme", "--name", "Acme", "--email", "nobody"],
    ] {
        let arguments = [&["buyer", "invite"][..], &wrong].concat();
        desk.opd(&arguments).with_code(2);
    }
    let other = ["acme/jo", "--name", "Jo", "--email", "a@b.example"];
    let refused = desk.opd(&[&["buyer", "invite"][..], &other].concat());
    let refused = refused.with_code(5);
    assert!(
        refused.err.contains("opd buyer add-account"),
        "{}",
        refused.err
    );
    assert!(
        desk.opd(&["buyer", "list", "--json"])
            .ok()
            .out
            .contains("\"data\": []")
    );
}

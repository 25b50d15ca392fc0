//! The people and machines of a buyer: accounts, limits, tokens, keys, passwords and addresses.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;

use countersign_tests::buyer::{Buyer, KeyKind, Session};
use countersign_tests::document::Draft;
use countersign_tests::http::Request;
use countersign_tests::mail::header;
use countersign_tests::openssl::openssl;
use countersign_tests::po::{PASSWORD, Po};
use countersign_tests::programs::run_with_input;
use countersign_tests::shop::{Shop, eventually, rows};
use serde_json::{Value, json};

/// An order of `units` bottles at 15 dollars by an account of acme.
fn bottles(of: &Buyer, number: &str, units: u32) -> Draft {
    let draft = of.draft(number).with("/buyer", json!("acme"));
    draft.line("WATER", units, "15.00")
}

/// Another account of acme, with a key of its own.
fn jo_of_acme(shop: &Shop, more: &[&str]) -> Buyer {
    let jo = Buyer::new("acme/jo", KeyKind::Rsa, shop.front());
    let email = jo.email();
    let arguments = [
        "buyer",
        "add-account",
        "acme/jo",
        "--name",
        "Jo Smith",
        "--email",
        &email,
        "--password-file",
        "-",
    ];
    let mut command = shop.opd_command(&[&arguments[..], more].concat());
    run_with_input(&mut command, jo.password.as_bytes()).ok();
    shop.write("jo.cert.pem", jo.certificate().to_pem());
    shop.opd(&["key", "add", "acme/jo", "jo.cert.pem"]).ok();
    jo
}

fn wait_for_letter(shop: &Shop, texts: &[&str]) -> String {
    eventually(&format!("a letter with {texts:?}"), || {
        !shop.letters(texts).is_empty()
    });
    shop.letters(texts).swap_remove(0)
}

#[test]
fn an_account_orders_up_to_its_limit_and_nothing_comes_of_more() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let jo = jo_of_acme(&shop, &["--limit", "USD=30.00"]);
    let accounts = rows(&shop.opd_json(&["buyer", "accounts", "acme"]));
    assert_eq!(accounts.len(), 2, "{accounts:?}");
    assert_eq!(
        accounts[1]["order_limits"],
        json!([{"currency": "USD", "largest": "30.00"}])
    );
    let session = jo.signs_in();
    let problem = session
        .submits(&jo.envelope(&bottles(&jo, "PO-1", 3)))
        .problem(403, "over-order-limit");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("30.00 USD at most"), "{problem}");
    assert_eq!(session.refusal_codes(), ["over-order-limit"]);
    assert!(shop.orders().is_empty());
    // The number is free, and the limit is what may be ordered.
    session
        .submits(&jo.envelope(&bottles(&jo, "PO-1", 2)))
        .decision("accepted");
    // The buyer's other account has no limit.
    acme.signs_in()
        .submits(&acme.envelope(&bottles(&acme, "PO-2", 4)))
        .decision("accepted");
    shop.opd(&["buyer", "limit", "acme/jo", "EUR=500.00"]).ok();
    session
        .submits(&jo.envelope(&bottles(&jo, "PO-3", 1)))
        .problem(403, "over-order-limit");
    shop.opd(&["buyer", "limit", "acme/jo", "--none"]).ok();
    session
        .submits(&jo.envelope(&bottles(&jo, "PO-3", 4)))
        .decision("accepted");
}

#[test]
fn one_account_is_disabled_and_the_others_go_on() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let jo = jo_of_acme(&shop, &[]);
    let session = jo.signs_in();
    shop.opd(&["buyer", "disable", "acme/jo"]).ok();
    session.get("/v1/orders").problem(401, "sign-in-required");
    jo.tries_password(&jo.password)
        .problem(401, "sign-in-not-accepted");
    acme.signs_in()
        .submits(&acme.envelope(&bottles(&acme, "PO-1", 1)))
        .decision("accepted");
    let letter = wait_for_letter(&shop, &["Subject: The account acme/jo is disabled"]);
    assert_eq!(
        header(&letter, "To").as_deref(),
        Some("\"Acme Ltd\" <acme.jo@buyer.example>")
    );
    shop.opd(&["buyer", "enable", "acme/jo"]).ok();
    jo.signs_in()
        .submits(&jo.envelope(&bottles(&jo, "PO-2", 1)))
        .decision("accepted");
    wait_for_letter(&shop, &["Subject: The account acme/jo is enabled again"]);
}

fn token(shop: &Shop, scope: &str) -> (String, Session) {
    let made = shop.opd_json(&[
        "token",
        "add",
        "acme",
        "--scope",
        scope,
        "--label",
        "warehouse",
    ]);
    let text = |member: &str| made[member].as_str().expect("a text").to_owned();
    let session = Session {
        server: shop.front().server,
        token: text("token"),
    };
    (text("id"), session)
}

#[test]
fn a_machine_does_what_its_token_is_for_and_no_more() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let (reader, reads) = token(&shop, "read");
    let (_, orders) = token(&shop, "order");
    let envelope = acme.envelope(&bottles(&acme, "PO-1", 1));
    assert_eq!(reads.rows("/v1/keys").len(), 1);
    reads
        .submits(&envelope)
        .problem(403, "token-not-sufficient");
    let answer = orders.submits(&envelope).decision("accepted");
    assert_eq!(reads.rows("/v1/orders").len(), 1);
    for session in [&reads, &orders] {
        for request in [
            Request::new("POST", "/v1/keys/challenges"),
            Request::new("DELETE", "/v1/sessions/current"),
            Request::post_json("/v1/account/email", &json!({})),
            Request::post_json("/v1/account/password", &json!({})),
        ] {
            session.ask(request).problem(403, "token-not-sufficient");
        }
    }
    let cancellation = acme.envelope(&acme.cancellation(&answer));
    reads
        .cancels(&answer, &cancellation)
        .problem(403, "token-not-sufficient");
    shop.opd(&["token", "revoke", &reader]).ok();
    reads.get("/v1/orders").problem(401, "sign-in-required");
    orders.get("/v1/orders").with_status(200);
    shop.opd(&["buyer", "disable", "acme"]).ok();
    orders.get("/v1/orders").problem(401, "sign-in-required");
}

#[test]
fn a_token_is_shown_once_and_kept_nowhere() {
    let shop = Shop::open();
    shop.buyer("acme");
    let (_, session) = token(&shop, "read");
    let list = shop.opd_json(&["token", "list"]);
    assert_eq!(rows(&list)[0]["state"], "active");
    assert!(!list.to_string().contains(&session.token), "{list}");
    for file in ["opd.db", "opd.db-wal"] {
        let bytes = fs::read(shop.data().join(file)).unwrap_or_default();
        let secret = session.token.as_bytes();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }
    for (arguments, code) in [(["--until", "2020-01-01"], 1), (["--until", "soon"], 2)] {
        let all = ["token", "add", "acme", "--scope", "read", "--label", "x"];
        shop.opd(&[&all[..], &arguments].concat()).ends_with(code);
    }
}

/// A new key of a `po`, in `NAME.pem`.
fn makes_key(po: &Po, name: &str) {
    let file = format!("{name}.pem");
    po.run(&["keygen", "--bits", "2048", "--out", &file, "--no-input"])
        .ok();
}

fn key_list(po: &Po) -> Vec<Value> {
    rows(&po.run(&["key", "list", "--json"]).ok().json())
}

#[test]
fn keys_are_changed_with_an_overlap_and_told_apart_by_their_labels() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    let old = key_list(&po).remove(0);
    let old_id = old["id"].as_str().expect("an ID");
    po.run(&["key", "label", old_id, "old laptop"]).ok();
    makes_key(&po, "new");
    po.run(&[
        "key",
        "add",
        "new.pem",
        "--label",
        "new laptop",
        "--no-input",
    ])
    .ok();
    let listed = po.run(&["key", "list"]).ok().text();
    for told in ["old laptop", "new laptop"] {
        assert!(listed.contains(told), "{listed}");
    }
    let keys = key_list(&po);
    let new_file = po.folder().join("new.pem");
    let new_file = new_file.to_str().expect("a path");
    for (number, key) in [("PO-1", None), ("PO-2", Some(new_file))] {
        let mut arguments = vec!["WATER=1", "--number", number];
        arguments.extend(key.iter().flat_map(|key| ["--key", *key]));
        let body = po.orders(&arguments).ok().json();
        assert_eq!(body["decision"], "accepted", "{body}");
    }
    po.run(&[
        "key",
        "revoke",
        old_id,
        "--reason",
        "replaced",
        "--no-input",
    ])
    .ok();
    let refused = po.orders(&["WATER=1", "--number", "PO-3"]);
    assert_eq!(refused.problem()["code"], "key-not-active");
    po.orders(&["WATER=1", "--number", "PO-3", "--key", new_file])
        .ok();
    // The operator sees the same, and may call the key something else.
    let fingerprint = keys[1]["key_fingerprint"].as_str().expect("a digest");
    assert!(keys[1]["ends_at"].is_string(), "{keys:?}");
    shop.opd(&["key", "label", "acme", fingerprint, "desk"])
        .ok();
    let list = shop.opd(&["key", "list", "acme"]).ok().text();
    assert!(list.contains("desk") && list.contains("ENDS"), "{list}");
    assert_eq!(key_list(&po)[1]["label"], "desk");
}

#[test]
fn a_certificate_that_ends_is_told_once_and_goes_on_signing() {
    let mut shop = Shop::open();
    let acme = shop.buyer("acme");
    openssl(
        shop.folder(),
        "req -x509 -newkey rsa:2048 -nodes -keyout k.pem -subj /CN=soon -days 10 -out soon.pem",
    )
    .ok();
    shop.opd(&["key", "add", "acme", "soon.pem", "--label", "old server"])
        .ok();
    let letters = || shop_letters(&shop, "Subject: A certificate of acme ends on");
    assert!(letters().is_empty());
    shop.restart();
    wait_for_letter(
        &shop,
        &["Subject: A certificate of acme ends on", "old server"],
    );
    shop.restart();
    // Another letter is written after the reminders were looked at, and comes after them.
    acme.signs_in()
        .submits(&acme.envelope(&bottles(&acme, "PO-1", 1)))
        .decision("accepted");
    wait_for_letter(&shop, &["Order PO-1 has been shipped"]);
    assert_eq!(
        shop_letters(&shop, "Subject: A certificate of acme ends on").len(),
        1
    );
    let keys = shop.opd_json(&["key", "list", "acme"]);
    assert!(rows(&keys).iter().all(|key| key["state"] == "active"));
}

fn shop_letters(shop: &Shop, text: &str) -> Vec<String> {
    shop.letters(&[text])
}

#[test]
fn a_new_password_ends_the_other_sessions_and_the_old_one_is_of_no_use() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    let acme = Buyer {
        password: PASSWORD.to_owned(),
        ..Buyer::new("acme", KeyKind::Rsa, shop.front())
    };
    let elsewhere = acme.signs_in();
    elsewhere.get("/v1/orders").with_status(200);
    po.write("new-password", "a better password");
    let short = po.write("short", "short");
    let short = short.to_str().expect("a path");
    let refused = po.run(&["password", "--new-password-file", short, "--json"]);
    assert_eq!(refused.problem()["code"], "password-not-accepted");
    po.run(&["password", "--new-password-file", "new-password"])
        .ok();
    elsewhere.get("/v1/orders").problem(401, "sign-in-required");
    acme.tries_password(PASSWORD)
        .problem(401, "sign-in-not-accepted");
    acme.tries_password("a better password").with_status(201);
    // The session that changed it goes on.
    po.orders(&["WATER=1", "--number", "PO-1"]).ok();
    let letter = wait_for_letter(&shop, &["Subject: The password of acme was changed"]);
    assert!(letter.contains("the account itself"), "{letter}");
    let wrong = json!({"password": PASSWORD, "new_password": "another password"});
    let session = Buyer {
        password: "a better password".to_owned(),
        ..acme
    }
    .signs_in();
    session
        .ask(Request::post_json("/v1/account/password", &wrong))
        .problem(401, "sign-in-not-accepted");
}

#[test]
fn a_new_address_is_told_to_the_old_one_and_invites_rest_for_three_days() {
    let shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    po.run(&["email", "thief@elsewhere.example", "--no-input"])
        .ok();
    let letters = || shop.letters(&["Subject: The mail of acme goes to another address"]);
    eventually("both addresses are told", || letters().len() == 2);
    let mut readers: Vec<String> = letters()
        .iter()
        .filter_map(|letter| header(letter, "To"))
        .collect();
    readers.sort();
    assert_eq!(
        readers,
        [
            "\"Acme Ltd\" <acme@buyer.example>",
            "\"Acme Ltd\" <thief@elsewhere.example>"
        ]
    );
    let thief = Po::new(shop.port());
    let refused = thief.run(&[
        "join",
        &shop.invites("acme"),
        "--no-input",
        "--json",
        "--quiet",
    ]);
    let problem = refused.problem();
    assert_eq!(problem["code"], "enrolment-not-authorised");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("address was changed"), "{problem}");
    // The operator's way is the same, and a key that is active may allow another one meanwhile.
    shop.opd(&["buyer", "set-email", "acme", "desk@buyer.example"])
        .ok();
    eventually("the address before is told", || letters().len() == 4);
    po.signs_in("acme");
    makes_key(&po, "second");
    po.run(&["key", "add", "second.pem", "--no-input"]).ok();
    assert_eq!(key_list(&po).len(), 2);
}

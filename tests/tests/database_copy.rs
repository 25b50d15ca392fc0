//! A shop that moves from SQLite to PostgreSQL, and goes on there; and back.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::process::Stdio;

use countersign_tests::buyer::{Buyer, KeyKind, Session, der, new_signer};
use countersign_tests::http::Request;
use countersign_tests::po::Po;
use countersign_tests::postgres::Postgres;
use countersign_tests::programs::Ran;
use countersign_tests::receiver::Receiver;
use countersign_tests::shop::{Shop, eventually, rows};
use serde_json::{Value, json};

/// A shop whose goods leave by hand, which holds large orders, and whose mail and messages nobody takes.
fn a_shop() -> Shop {
    Shop::open_with(&[
        ("OPD_DESK_MODE", "manual"),
        ("OPD_DESK_HOLD_ABOVE", r#"{ USD = "400.00" }"#),
        ("OPD_WEBHOOKS_ALLOW", "[\"127.0.0.1\"]"),
        ("OPD_MAIL_TRANSPORT", "smtp"),
        ("OPD_MAIL_SMTP_HOST", "127.0.0.1"),
        ("OPD_MAIL_SMTP_PORT", "1"),
        ("OPD_MAIL_SMTP_ENCRYPTION", "none"),
        ("OPD_MAIL_RETRY_FIRST_SECONDS", "1"),
        ("OPD_MAIL_RETRY_LONGEST_SECONDS", "2"),
        ("OPD_STORAGE_DURABILITY", "single"),
    ])
}

fn file_of(shop: &Shop) -> String {
    format!("sqlite:{}", shop.data().join("opd.db").display())
}

/// Copies, and says what came of it.
fn copies(shop: &Shop, from: &str, to: &str) -> Ran {
    shop.opd(&["database", "copy", "--from", from, "--to", to])
}

/// A buyer, and what it holds of an order.
struct Deal {
    buyer: Buyer,
    session: Session,
    envelope: Vec<u8>,
    answer: Value,
}

impl Deal {
    #[track_caller]
    fn made(shop: &Shop, id: &str, kind: KeyKind) -> Self {
        let buyer = shop.buyer_with(id, kind);
        let session = buyer.signs_in();
        let envelope = buyer.envelope(&buyer.draft("DEAL").line("WATER", 1, "15.00"));
        let answer = session.submits(&envelope).decision("accepted");
        Self {
            buyer,
            session,
            envelope,
            answer,
        }
    }

    /// The same bytes get the same receipt, in the same session.
    #[track_caller]
    fn stands(&self) {
        let again = self.session.submits(&self.envelope).repeat();
        assert_eq!(again["receipt"], self.answer["receipt"]);
        let id = self.answer["order"]["id"].as_str().unwrap();
        let kept = self.session.get(&format!("/v1/orders/{id}/receipt"));
        assert_eq!(kept.with_status(200).body, der(&self.answer, "receipt"));
    }

    /// Another order, and the number of the statement that answers it.
    #[track_caller]
    fn goes_on(&self, number: &str) -> u64 {
        let draft = self.buyer.draft(number).line("WATER", 1, "15.00");
        let answer = self.session.submits(&self.buyer.envelope(&draft));
        let answer = answer.decision("accepted");
        let receipt = self.buyer.statement(&der(&answer, "receipt"));
        receipt["log"]["leaf"].as_u64().unwrap()
    }
}

/// Orders of all kinds, and what comes with them.
#[track_caller]
fn trades(shop: &Shop, deal: &Deal) {
    let (buyer, session) = (&deal.buyer, &deal.session);
    let orders = |number: &str, units: u32| {
        let draft = buyer.draft(number).line("WATER", units, "15.00");
        session.submits(&buyer.envelope(&draft))
    };
    orders("HELD", 30).decision("held");
    orders("APPROVED", 31).decision("held");
    shop.opd(&["order", "approve", "APPROVED"]).ok();
    let cheaper = buyer.draft("DECLINED").line("WATER", 1, "14.00");
    session
        .submits(&buyer.envelope(&cheaper))
        .decision("declined");
    let partial = buyer
        .draft("PARTIAL")
        .line("SALT", 8, "0.99")
        .with("/fulfilment", json!("partial"));
    let partial = session.submits(&buyer.envelope(&partial));
    partial.decision("accepted");
    shop.opd(&["order", "prepare", "PARTIAL"]).ok();
    shop.opd(&["order", "pack", "PARTIAL"]).ok();
    let part = ["--carrier", "DHL", "--line", "1=2"];
    shop.opd(&[&["order", "ship", "PARTIAL"], &part[..]].concat())
        .ok();
    let cancelled = orders("CANCELLED", 1).decision("accepted");
    let request = buyer.envelope(&buyer.cancellation(&cancelled));
    session.cancels(&cancelled, &request).with_status(201);
    let stranger = buyer.with_key(new_signer("stranger", KeyKind::Rsa));
    let forged = stranger.envelope(&stranger.draft("FORGED").line("WATER", 1, "15.00"));
    session
        .submits(&forged)
        .problem(403, "signature-not-accepted");
    shop.opd(&["order", "note", "PARTIAL", "ring twice"]).ok();
}

#[track_caller]
fn ships(shop: &Shop, number: &str) {
    shop.opd(&["order", "prepare", number]).ok();
    shop.opd(&["order", "pack", number]).ok();
    shop.opd(&["order", "ship", number, "--carrier", "DHL"])
        .ok();
}

#[track_caller]
fn is_proved(shop: &Shop, po: &Po, file: &str) {
    let root = shop.front().root.fingerprint().to_string();
    let judged = po.run(&["verify", file, "--root", &root]).ok();
    assert_eq!(judged.text(), "logged\n");
}

/// Size and root of the newest checkpoint.
#[track_caller]
fn checkpoint(shop: &Shop) -> Vec<String> {
    let note = shop.ask(&Request::get("/log/checkpoint")).with_status(200);
    note.text().lines().take(3).map(str::to_owned).collect()
}

/// The rows of a table, as a copy reports them.
#[track_caller]
fn rows_of(report: &Value, table: &str) -> u64 {
    let tables = report["tables"].as_array().unwrap();
    let found = tables.iter().find(|one| one["name"] == table);
    found.unwrap()["rows"].as_u64().unwrap()
}

#[track_caller]
fn loses_key(shop: &Shop, id: &str) {
    let keys = rows(&shop.opd_json(&["key", "list", id]));
    let fingerprint = keys[0]["key_fingerprint"].as_str().unwrap();
    shop.opd(&["key", "revoke", id, fingerprint, "--reason", "lost"])
        .ok();
}

/// The messages to a webhook that waited before the shop moved are delivered.
#[track_caller]
fn are_told(shop: &Shop, receiver: &Receiver, messages: &Value) {
    let waiting = messages["deliveries"].as_array().unwrap();
    let mut events = vec!["webhook", "replay", "1"];
    events.extend(waiting.iter().filter_map(|one| one["event"].as_str()));
    assert!(events.len() > 5, "{messages}");
    shop.opd(&events).ok();
    eventually("webhooks are told of what was before", || {
        let told = receiver.judged();
        told.iter()
            .any(|one| one.payload["type"] == "order.shipped")
    });
}

#[test]
fn a_shop_moves_to_postgresql_and_goes_on() {
    let mut shop = a_shop();
    let receiver = Receiver::start();
    receiver.answers(500);
    let added = shop
        .opd(&["webhook", "add", &receiver.url(), "--for", "seller"])
        .ok();
    receiver.expects(&[added.text().trim()]);
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    ships(&shop, "PO-1");
    po.run(&["evidence", "PO-1", "-o", "before.json"]).ok();
    let deal = Deal::made(&shop, "bolt", KeyKind::Dsa);
    trades(&shop, &deal);
    let gone = Deal::made(&shop, "gone", KeyKind::Rsa);
    loses_key(&shop, "gone");
    let (orders, refusals) = (shop.orders(), shop.refusals());
    let before = checkpoint(&shop);

    let database = Postgres::start();
    assert_eq!(shop.close(), Some(0));
    let waiting = rows(&shop.opd_json(&["outbox", "list"])).len();
    assert!(waiting > 5, "{waiting} letters wait");
    let messages = shop.opd_json(&["webhook", "show", "1"]);
    let from = file_of(&shop);
    let to = database.address();
    let copy = ["database", "copy", "--from", &from, "--to", &to];
    let report = shop.opd_json(&copy);
    let statements = report["statements"].as_u64().unwrap();
    assert_eq!(before[1], statements.to_string());
    assert_eq!(before[2], report["logs"][0]["root"].as_str().unwrap());
    let written = u64::try_from(orders.len()).unwrap();
    assert_eq!(rows_of(&report, "orders"), written);
    assert_eq!(rows_of(&report, "statements"), statements);

    database.grants();
    shop.set("OPD_STORAGE_DATABASE", &database.servers_address());
    shop.opd(&["log", "verify"]).ok();
    shop.set("OPD_MAIL_TRANSPORT", "folder");
    assert_eq!(shop.opd_json(&["webhook", "show", "1"]), messages);
    receiver.answers(204);
    shop.serve();
    assert_eq!(checkpoint(&shop), before);
    deal.stands();
    gone.stands();
    assert_eq!(deal.goes_on("NEXT"), statements, "the next number");
    assert_eq!(shop.orders()[1..], orders);
    assert_eq!(shop.refusals(), refusals);
    eventually("letters that waited have come", || {
        !shop.letters(&["PO-1", "shipped"]).is_empty()
    });
    are_told(&shop, &receiver, &messages);
    // `po` compares the new checkpoint with the last one that it saw before.
    is_proved(&shop, &po, "before.json");
    po.run(&["evidence", "PO-1", "-o", "after.json"]).ok();
    is_proved(&shop, &po, "after.json");
    po.orders(&["BREAD=2", "--number", "PO-2"]).ok();
    shop.opd(&["order", "approve", "HELD"]).ok();
    ships(&shop, "HELD");
    shop.opd(&["stock", "receive", "SALT", "20"]).ok();
    ships(&shop, "PARTIAL");
    shop.buyer("later");
    shop.opd(&["log", "verify"]).ok();

    // The file that was left behind is noticed.
    shop.close();
    shop.unset("OPD_STORAGE_DATABASE");
    let refused = shop.opd(&["serve", "0"]).ends_with(1);
    assert!(refused.stderr.contains("older than its log"), "{refused:?}");
}

#[test]
fn a_shop_moves_back_to_a_file() {
    let database = Postgres::start();
    let to = database.address();
    let mut shop = Shop::open_in(&database);
    let deal = Deal::made(&shop, "acme", KeyKind::Rsa);
    let file = file_of(&shop);
    let refused = copies(&shop, &to, &file).ends_with(6);
    assert!(refused.stderr.contains("a server is open"), "{refused:?}");
    assert!(!shop.data().join("opd.db").exists());
    shop.wait_for_state("DEAL", "shipped");
    shop.close();
    let report = copies(&shop, &to, &file).ok();
    for said in ["orders", "digest", "shop.example, "] {
        assert!(report.text().contains(said), "{said}: {report:?}");
    }
    let next = format!("database = \"{}\"", shop.data().join("opd.db").display());
    assert!(report.stderr.contains(&next), "{report:?}");
    shop.unset("OPD_STORAGE_DATABASE");
    shop.serve();
    deal.stands();
    deal.goes_on("NEXT");
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn what_must_not_be_copied_is_refused() {
    let mut shop = a_shop();
    let database = Postgres::start();
    let (from, to) = (file_of(&shop), database.address());
    let served = copies(&shop, &from, &to).ends_with(6);
    assert!(served.stderr.contains("a server is open on the source"));
    assert!(served.stderr.contains("stop every server"), "{served:?}");
    shop.close();
    let with_password = "postgres://opd:secret@db.example/shop";
    let missing = format!("sqlite:{}", shop.folder().join("nothing.db").display());
    for (from, to, code, words) in [
        (&*from, &*from, 2, "the same file"),
        (&to, &to, 2, "the same database"),
        (&from, &missing, 2, "opd backup"),
        (&from, with_password, 1, "password_file"),
        (&from, "mysql://db/shop", 2, "sqlite:PATH"),
        (&from, "opd.db", 2, "sqlite:PATH"),
        (&missing, &to, 5, "there is no database at"),
        (&to, &missing, 5, "there is no shop at the source"),
    ] {
        let refused = copies(&shop, from, to).ends_with(code);
        assert!(refused.stderr.contains(words), "{to}: {refused:?}");
        assert!(!refused.stderr.contains("secret"), "{refused:?}");
    }
    assert!(!shop.folder().join("nothing.db").exists());
    let durable = shop
        .opd_command(&["database", "copy", "--from", &from, "--to", &to])
        .env_remove("OPD_STORAGE_DURABILITY")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&durable.stderr);
    assert!(said.contains("synchronous_standby_names"), "{said}");
    assert_eq!(database.sql("\\dt"), "", "nothing was made");

    copies(&shop, &from, &to).ok();
    let taken = copies(&shop, &from, &to).ends_with(6);
    assert!(
        taken
            .stderr
            .contains("there is a shop at the target already")
    );
    assert!(taken.stderr.contains("a copy replaces nothing"));
    let mut asked = shop.opd_command(&["database", "copy", "--from", &from, "--to", &to]);
    let told = countersign_tests::programs::run(asked.arg("--json")).ends_with(6);
    assert!(told.problem()["detail"].is_string(), "{told:?}");
}

/// Who works in the database under our name, and waits for a lock or not.
fn ours(database: &Postgres, waits: &str) -> String {
    database.sql(&format!(
        "SELECT count(*)
         FROM pg_stat_activity
         WHERE application_name = 'countersign' AND {waits}"
    ))
}

#[test]
fn a_copy_that_is_killed_leaves_nothing_and_can_be_made_again() {
    let mut shop = a_shop();
    let deal = Deal::made(&shop, "acme", KeyKind::Rsa);
    trades(&shop, &deal);
    shop.close();
    let database = Postgres::start();
    let (from, to) = (file_of(&shop), database.address());
    let files = || ["opd.db", "opd.db-wal"].map(|name| fs::read(shop.data().join(name)).ok());
    let before = files();
    // The schema, and somebody in the way half through the tables.
    shop.opd(&["log", "verify", "--database", &to]).ends_with(3);
    let mut other = database
        .begins("BEGIN; LOCK TABLE stock_movements IN SHARE MODE; SELECT pg_sleep(300); COMMIT");
    eventually("somebody is in the way", || {
        database.sql("SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock' AND relation = 'stock_movements'::regclass") == "1"
    });
    let mut copying = shop
        .opd_command(&["database", "copy", "--from", &from, "--to", &to])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the copy waits", || {
        ours(&database, "wait_event_type = 'Lock'") == "1"
    });
    copying.kill().unwrap();
    copying.wait().unwrap();
    database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'",
    );
    other.wait().unwrap();
    eventually("nobody is at work", || ours(&database, "true") == "0");
    for table in ["shop", "statements", "orders", "order_changes", "webhooks"] {
        let count = database.sql(&format!("SELECT count(*) FROM {table}"));
        assert_eq!(count, "0", "{table}");
    }
    copies(&shop, &from, &to).ok();
    assert!(files() == before, "the source was changed");
    shop.set("OPD_STORAGE_DATABASE", &to);
    shop.serve();
    deal.stands();
    deal.goes_on("NEXT");
    shop.opd(&["log", "verify"]).ok();
}

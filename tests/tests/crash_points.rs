//! A server that crashes at each named point, once and every time: it is started again, whoever was not answered
//! sends the same octets again, and the Judge finds nothing wrong.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use countersign_tests::buyer::{Buyer, KeyKind, Session, new_signer};
use countersign_tests::chance::wanted;
use countersign_tests::judge::{ALL, Ledger, Letter, all_but, settles};
use countersign_tests::programs::{built, opd_with_crash_points, program_at, run};
use countersign_tests::remark;
use countersign_tests::shop::{Shop, eventually};
use rusqlite::Connection;
use serde_json::json;

/// Points that an order passes which is taken in, shipped and mailed by a server that was started for it.
const OF_AN_ORDER: [&str; 22] = [
    "order-verified",
    "order-decided",
    "receipts-signed",
    "leaves-appended",
    "orders-inserted",
    "mail-queued",
    "refusal-inserted",
    "intake-before-commit",
    "intake-committed",
    "reply-ready",
    "order-moved",
    "shipment-stated",
    "change-before-commit",
    "change-committed",
    "mail-claimed",
    "mail-before-send",
    "mail-sent",
    "mail-marked",
    "checkpoint-signed",
    "checkpoint-published",
    "wal-moved",
    "claims-released",
];

/// Points of an older database that is brought up to date.
const OF_A_MIGRATION: [&str; 3] = [
    "migration-applied",
    "migration-before-commit",
    "migration-committed",
];

/// How often a server is started that crashes every time.
const EVERY_TIME: u64 = 2;
/// A crash comes within this time of an order, or does not come.
const PATIENCE: Duration = Duration::from_secs(20);
const ABORTED: Option<i32> = Some(6);

/// A shop that crashes, its buyer and what the buyer wrote down.
struct Scene {
    shop: Shop,
    acme: Buyer,
    stranger: Buyer,
    session: Session,
    ledger: Ledger,
    unanswered: Vec<Letter>,
    orders: usize,
}

impl Scene {
    fn set(shop: Shop) -> Self {
        let acme = shop.buyer("acme");
        let session = acme.signs_in();
        let stranger = acme.with_key(new_signer("acme", KeyKind::Rsa));
        let ledger = Ledger::open(&shop);
        ledger.header(json!({
            "tokens": {"acme": session.token},
            "secrets": [acme.password],
        }));
        Self {
            shop,
            acme,
            stranger,
            session,
            ledger,
            unanswered: Vec::new(),
            orders: 0,
        }
    }

    fn opened() -> Self {
        let mut shop = Shop::founded_with(&opd_with_crash_points(), &[]);
        shop.sells(&[("WATER", "15.00", 100_000)]);
        shop.serve();
        Self::set(shop)
    }

    /// Sends what was not answered, and an order and a message that is refused.
    fn sends(&mut self) {
        self.orders += 1;
        let number = format!("PO-{}", self.orders);
        let draft = self.acme.draft(&number).line("WATER", 1, "15.00");
        let refused = Letter::order(&self.stranger, &draft);
        let order = Letter::order(&self.acme, &draft);
        let again = std::mem::take(&mut self.unanswered);
        for letter in again.into_iter().chain([refused, order]) {
            let answer = self.ledger.sends_alone(&self.session, &letter);
            let is_settled = answer.is_ok_and(|answer| answer.status < 500);
            if !is_settled {
                self.unanswered.push(letter);
            }
        }
    }

    /// Starts a server that crashes at this point, and sends it an order.
    fn crashes_at(&mut self, point: &str) {
        self.shop.kill();
        self.shop.set("OPD_CRASH_AT", point);
        // It may be gone before it is open.
        let _is_open = self.shop.tries_to_serve();
        self.sends();
        let ended_by = self.shop.dies_within(PATIENCE);
        assert_eq!(ended_by, ABORTED, "{point} was never reached");
    }

    /// Starts a server that does not crash, and settles everything with it.
    fn recovers(&mut self) {
        self.shop.unset("OPD_CRASH_AT");
        self.shop.serve();
        self.sends();
        let left = self.unanswered.len();
        assert_eq!(left, 0, "a server in good health did not answer");
        eventually("all orders are shipped", || self.shipped() == self.orders);
        settles(&self.shop);
    }

    fn shipped(&self) -> usize {
        let database = Connection::open(self.shop.data().join("opd.db")).unwrap();
        let sql = "SELECT count(*) FROM orders WHERE state = 'shipped'";
        let count: i64 = database.query_row(sql, (), |row| row.get(0)).unwrap();
        usize::try_from(count).unwrap()
    }

    /// In a long run, tells at which point something went wrong: the ledger only grows, and is judged at the end.
    fn judge_each(&self, point: &str) {
        if wanted("COUNTERSIGN_CRASHES", EVERY_TIME) > EVERY_TIME {
            self.assert_judged(point, &ALL);
        }
    }

    fn assert_judged(&self, what: &str, demanded: &[&str]) {
        let verdict = self.ledger.judged(&self.shop, demanded);
        assert_eq!(verdict.code, Some(0), "{what}:\n{}", verdict.text());
    }
}

#[test]
fn a_crash_at_any_point_of_an_order_costs_nothing() {
    let mut scene = Scene::opened();
    for point in OF_AN_ORDER {
        scene.crashes_at(point);
        scene.recovers();
        scene.judge_each(point);
        remark(&format!("{point}: once"));
    }
    scene.assert_judged("all points", &ALL);
    scene.shop.opd(&["log", "verify"]).ok();
}

#[test]
fn a_crash_at_the_same_point_every_time_costs_nothing_once_it_ends() {
    let mut scene = Scene::opened();
    for point in OF_AN_ORDER {
        for _ in 0..wanted("COUNTERSIGN_CRASHES", EVERY_TIME) {
            scene.crashes_at(point);
        }
        scene.recovers();
        scene.judge_each(point);
        remark(&format!("{point}: every time"));
    }
    scene.assert_judged("all points", &ALL);
    scene.shop.opd(&["log", "verify"]).ok();
}

#[test]
fn every_point_there_is_is_reached_by_these_tests() {
    let folder = tempfile::tempdir().unwrap();
    let mut opd = program_at(&opd_with_crash_points(), folder.path());
    let said = run(opd.env("OPD_CRASH_AT", "nowhere").arg("--version")).ends_with(2);
    let there: BTreeSet<&str> = said.stderr.lines().collect();
    let tested: BTreeSet<&str> = OF_AN_ORDER.into_iter().chain(OF_A_MIGRATION).collect();
    assert_eq!(there, tested);
}

#[test]
fn the_ordinary_build_knows_no_crash_points() {
    let holds = |path: &Path, text: &str| {
        let found = run(Command::new("grep").args(["-aqF", text]).arg(path));
        assert!(matches!(found.code, Some(0 | 1)), "{found:?}");
        found.code == Some(0)
    };
    for text in ["OPD_CRASH_AT", "OPD_FAULT"] {
        assert!(holds(&opd_with_crash_points(), text), "looked for nothing");
        assert!(
            !holds(&built("opd"), text),
            "{text} is in the ordinary build"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let mut opd = program_at(&built("opd"), folder.path());
    run(opd.env("OPD_CRASH_AT", "nowhere").arg("--version")).ok();
}

#[test]
fn no_release_can_be_built_with_crash_points() {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/src/crash.rs");
    let built_with = |assertions: &str| {
        let mut compiler = Command::new("rustc");
        compiler.args(["--edition", "2024", "--crate-type", "lib"]);
        compiler.args(["--emit", "metadata", "--cfg", "feature=\"crash-points\""]);
        compiler.args(["-C", &format!("debug-assertions={assertions}")]);
        run(compiler.arg("--out-dir").arg(folder.path()).arg(&source))
    };
    built_with("on").ok();
    let refused = built_with("off").ends_with(1).stderr;
    assert!(refused.contains("belong in no release"), "{refused}");
}

/// Puts a database of the first release in place of a shop's, with all that release had tables for.
fn goes_back_to_the_first_release(shop: &Shop) {
    const RELEASED: usize = 9;
    let (new, old) = (shop.data().join("opd.db"), shop.data().join("old.db"));
    let database = Connection::open(&old).unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/migrations/sqlite");
    let mut files: Vec<_> = fs::read_dir(sources)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files.iter().take(RELEASED) {
        database
            .execute_batch(&fs::read_to_string(file).unwrap())
            .unwrap();
    }
    let attach = format!(
        "PRAGMA foreign_keys = OFF; ATTACH '{}' AS new",
        new.display()
    );
    database.execute_batch(&attach).unwrap();
    let names = |sql: &str| -> Vec<String> {
        let mut statement = database.prepare(sql).unwrap();
        let names = statement.query_map((), |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    };
    for table in names("SELECT name FROM main.sqlite_schema WHERE type = 'table'") {
        let columns = names(&format!(
            "SELECT name FROM pragma_table_info('{table}', 'main')"
        ))
        .join(", ");
        let copy =
            format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}");
        database.execute_batch(&copy).unwrap();
    }
    database
        .execute_batch("DETACH new; PRAGMA application_id = 0x4374536E; PRAGMA user_version = 9;")
        .unwrap();
    drop(database);
    fs::remove_file(&new).unwrap();
    fs::rename(old, new).unwrap();
}

#[test]
fn a_crash_in_a_migration_leaves_the_old_database_or_the_new_one() {
    let mut scene = Scene::opened();
    scene.shop.kill();
    scene.recovers();
    // No order is sent to a server that dies.
    let known = all_but(&["J12"]);
    for point in [
        "migration-applied",
        "migration-applied:3",
        "migration-before-commit",
        "migration-committed",
    ] {
        assert_eq!(scene.shop.close(), Some(0));
        goes_back_to_the_first_release(&scene.shop);
        scene.shop.set("OPD_CRASH_AT", point);
        for _ in 0..wanted("COUNTERSIGN_CRASHES", EVERY_TIME) {
            let crashed = scene.shop.opd(&["order", "list"]);
            let is_done = point == "migration-committed" && crashed.code == Some(0);
            assert!(crashed.code.is_none() || is_done, "{point}: {crashed:?}");
        }
        scene.recovers();
        scene.assert_judged(point, &known);
        remark(&format!("{point}: every time"));
    }
    scene.shop.opd(&["log", "verify"]).ok();
}

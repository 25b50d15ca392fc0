//! Commands that replace a key die, race with each other, and meet servers and databases from before.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::{scope, sleep};
use std::time::Duration;

use countersign_tests::chance::{Dice, seed, wanted};
use countersign_tests::po::Po;
use countersign_tests::postgres::Postgres;
use countersign_tests::programs::copy_folder;
use countersign_tests::remark;
use countersign_tests::rotation::{USES, envelope, key_files, rotates, statement};
use countersign_tests::shop::{GOODS, Shop};

/// How often the command is killed.
const KILLS: u64 = 12;
/// When it is killed after it was begun, at the most.
const LIFE_MS: usize = 400;

/// Puts files back as they were, and keeps what came since.
fn puts_back(from: &Path, to: &Path, is_meant: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if is_meant(&name) {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

#[test]
fn what_was_committed_and_not_put_in_force_is_put_in_force_by_the_next_command() {
    let mut shop = Shop::founded(&[]);
    shop.sells(GOODS);
    let keys = shop.data().join("keys");
    for (number, purpose) in (1..).zip(USES) {
        let before = shop.folder().join(format!("before-{purpose}"));
        copy_folder(&keys, &before);
        rotates(&shop, &[purpose]).ok();
        let only: [&dyn Fn(&str) -> bool; 2] = [&|_| true, &|name| name != "seller.p7m"];
        // The command died right after its commit; or only the last files are not written yet.
        for is_meant in only {
            puts_back(&before, &keys, is_meant);
            shop.opd(&["item", "list"]).ok();
            assert_eq!(statement(&shop), number, "{purpose}");
        }
    }
    shop.serve();
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=1", "--number", "PO-1"]).ok();
    // A copy of the keys from before knows nothing of the new ones, and says so.
    shop.close();
    let newest = shop.folder().join("newest");
    fs::rename(&keys, &newest).unwrap();
    copy_folder(&shop.folder().join("before-mail"), &keys);
    let refused = shop.opd(&["item", "list"]);
    assert_ne!(refused.code, Some(0));
    assert!(refused.stderr.contains("keys/ is older"), "{refused:?}");
    fs::remove_dir_all(&keys).unwrap();
    fs::rename(&newest, &keys).unwrap();
    shop.serve();
    po.orders(&["WATER=1", "--number", "PO-2"]).ok();
}

#[test]
fn a_server_that_was_forgotten_signs_nothing_with_a_key_that_was_replaced() {
    let database = Postgres::start();
    let mut shop = Shop::open_in(&database);
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    session
        .submits(&envelope(&acme, "PO-1"))
        .decision("accepted");
    shop.wait_for_state("PO-1", "shipped");
    // Several servers only the operator can stop: this one was not.
    rotates(&shop, &["tls"]).ok();
    session
        .submits(&envelope(&acme, "PO-2"))
        .decision("accepted");
    shop.wait_for_state("PO-2", "shipped");
    rotates(&shop, &["receipt"]).ok();
    let order = envelope(&acme, "PO-3");
    session.submits(&order).problem(503, "busy");
    assert!(shop.traces().contains("the receipt key was replaced"));
    shop.restart();
    let session = acme.signs_in();
    session.submits(&order).decision("accepted");
    shop.wait_for_state("PO-3", "shipped");
    shop.opd(&["log", "verify"]).ok();
}

/// Holds the lock on the keys of a shop, as a command that replaces one does.
fn locked(shop: &Shop) -> fs::File {
    let keys = fs::File::open(shop.data().join("keys")).unwrap();
    keys.lock().unwrap();
    keys
}

#[test]
fn of_two_commands_that_replace_keys_the_second_waits_and_begins_anew() {
    let shop = Shop::founded(&[]);
    let lock = locked(&shop);
    scope(|scope| {
        let second = scope.spawn(|| rotates(&shop, &["mail"]));
        sleep(Duration::from_secs(2));
        assert!(!second.is_finished(), "it did not wait");
        assert_eq!(
            key_files(&shop, "mail").len(),
            1,
            "it wrote its key already"
        );
        drop(lock);
        second.join().unwrap().ok();
    });
    assert_eq!(statement(&shop), 1);
}

#[test]
fn what_another_command_is_putting_in_force_is_left_to_it() {
    let shop = Shop::founded(&[]);
    let keys = shop.data().join("keys");
    let (before, after) = (shop.folder().join("before"), shop.folder().join("after"));
    copy_folder(&keys, &before);
    rotates(&shop, &["tls"]).ok();
    copy_folder(&keys, &after);
    // The first has committed, and has not put it in force: the second finds it so, and waits.
    puts_back(&before, &keys, |_| true);
    let lock = locked(&shop);
    scope(|scope| {
        let second = scope.spawn(|| shop.opd(&["item", "list"]));
        sleep(Duration::from_secs(2));
        assert!(!second.is_finished(), "it did not wait");
        puts_back(&after, &keys, |_| true);
        drop(lock);
        let said = second.join().unwrap().ok();
        assert!(!said.stderr.contains("is in force now"), "{said:?}");
    });
    assert_eq!(statement(&shop), 1);
}

#[test]
fn a_database_that_is_older_than_the_keys_keeps_nobody_from_replacing_them() {
    let shop = Shop::founded(&[]);
    shop.opd(&["backup", "early.backup"]).ok();
    rotates(&shop, &["tls"]).ok();
    for name in ["opd.db", "opd.db-wal", "opd.db-shm", "log.checkpoint"] {
        fs::remove_file(shop.data().join(name)).unwrap_or_default();
    }
    shop.opd(&["restore", "early.backup"]).ok();
    rotates(&shop, &["receipt", "--revoke"]).ok();
    assert_eq!(statement(&shop), 2);
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn a_command_that_is_killed_leaves_a_shop_that_opens() {
    let mut shop = Shop::founded(&[]);
    shop.sells(GOODS);
    let mut dice = Dice::of(seed());
    let mut before = 0;
    for kill in 0..wanted("COUNTERSIGN_KILLS", KILLS) {
        let purpose = USES[usize::try_from(kill).unwrap() % 3];
        let mut command = shop.opd_command(&["seller", "rotate", purpose, "--root", "data/root"]);
        command.args(["--passphrase-file", "passphrase"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let life = u64::try_from(dice.below(LIFE_MS)).unwrap();
        sleep(Duration::from_millis(life));
        child.kill().unwrap();
        child.wait().unwrap();
        shop.opd(&["log", "verify"]).ok();
        let now = statement(&shop);
        assert!(now == before || now == before + 1, "{before} became {now}");
        remark(&format!(
            "{purpose} killed after {life} ms: statement {now}"
        ));
        before = now;
    }
    rotates(&shop, &["recipient"]).ok();
    assert_eq!(statement(&shop), before + 1);
    shop.serve();
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=1", "--number", "PO-1"]).ok();
}

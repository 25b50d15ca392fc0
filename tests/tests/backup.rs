//! Backups, taken while others order, and put back by the guide's own words.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use countersign_tests::buyer::{Buyer, Session};
use countersign_tests::guide::{Guide, shell};
use countersign_tests::http::Request;
use countersign_tests::programs::{Ran, built};
use countersign_tests::shop::Shop;

const BACKUP: &str = "monday.backup";
/// Orders of each client at most, should nobody say that it is over.
const ORDERS_MAX: usize = 1_000;

/// Runs a block of the guide page as it stands.
fn types(shop: &Shop, tag: &str) -> Ran {
    fs::create_dir_all(shop.folder().join("shop")).unwrap();
    let page = Guide::page("backup.md");
    let programs = built("opd").parent().unwrap().to_owned();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let data = shop.data();
    let variables = [
        ("PATH", path.as_str()),
        ("OPD_DATA", data.to_str().unwrap()),
    ];
    // The page calls the data directory `shop`.
    let script = page.block(tag).replace("shop/", "data/");
    shell(shop.folder(), &variables, &script)
}

/// The ID and the receipt of an order that was accepted.
fn orders(buyer: &Buyer, session: &Session, number: &str) -> (String, Vec<u8>) {
    let draft = buyer.draft(number).line("WATER", 1, "15.00");
    let answer = session
        .submits(&buyer.envelope(&draft))
        .decision("accepted");
    let id = answer["order"]["id"].as_str().unwrap().to_owned();
    let receipt = receipt(session, &id);
    (id, receipt)
}

fn receipt(session: &Session, id: &str) -> Vec<u8> {
    let answer = session.ask(Request::get(&format!("/v1/orders/{id}/receipt")));
    answer.with_status(200).body
}

fn unhurried_shop() -> Shop {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    shop.opd(&["stock", "receive", "WATER", "100000"]).ok();
    shop
}

#[test]
fn a_shop_comes_back_whole_and_goes_on() {
    let mut shop = unhurried_shop();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let told: Vec<_> = (0..5)
        .map(|number| orders(&acme, &session, &format!("PO-{number}")))
        .collect();
    let said = types(&shop, "backup").ok().text();
    assert!(said.starts_with("Backed up 5 orders and "), "{said}");
    let file = shop.folder().join(BACKUP);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let bytes = fs::read(&file).unwrap();
    for secret in ["PRIVATE KEY", &acme.password, &session.token] {
        let found = bytes
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{secret} is in the backup");
    }
    types(&shop, "backup").ends_with(6);

    shop.kill();
    let restored = types(&shop, "restore").ok();
    assert!(
        restored.text().contains("Restored 5 orders"),
        "{restored:?}"
    );
    assert!(!restored.stderr.contains("warning"), "{restored:?}");
    shop.serve();
    for (id, bytes) in &told {
        assert_eq!(&receipt(&session, id), bytes);
    }
    orders(&acme, &session, "PO-NEXT");
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn a_backup_beside_a_busy_server_holds_all_that_was_answered_and_an_old_one_is_noticed() {
    let mut shop = unhurried_shop();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let is_over = AtomicBool::new(false);
    let before = thread::scope(|scope| {
        let crowd: Vec<_> = (0..4)
            .map(|who| {
                let (acme, session, is_over) = (&acme, &session, &is_over);
                scope.spawn(move || {
                    for count in 0..ORDERS_MAX {
                        if is_over.load(Ordering::Relaxed) {
                            break;
                        }
                        orders(acme, session, &format!("PO-{who}-{count}"));
                    }
                })
            })
            .collect();
        let answered = |at_least: usize| {
            countersign_tests::shop::eventually("orders come in", || {
                shop.orders().len() >= at_least
            });
            shop.orders().len()
        };
        let before = answered(20);
        types(&shop, "backup").ok();
        answered(before + 20);
        is_over.store(true, Ordering::Relaxed);
        for one in crowd {
            one.join().unwrap();
        }
        before
    });
    shop.close();
    let restored = types(&shop, "restore");
    // The block ends with a verification, which finds what is missing.
    assert_eq!(restored.code, Some(3), "{restored:?}");
    assert!(
        restored.stderr.contains("warning: the backup holds"),
        "{restored:?}"
    );
    let database = rusqlite::Connection::open(shop.data().join("opd.db")).unwrap();
    let held: u32 = database
        .query_row("SELECT count(*) FROM orders", (), |row| row.get(0))
        .unwrap();
    assert!(
        usize::try_from(held).unwrap() >= before,
        "{held} of {before}"
    );
    let refused = shop.opd(&["serve", "127.0.0.1", "0"]).ends_with(1);
    assert!(
        refused.stderr.contains("older than its log"),
        "{}",
        refused.stderr
    );
}

#[test]
fn what_cannot_be_restored_is_refused_and_nothing_is_made() {
    let mut shop = unhurried_shop();
    types(&shop, "backup").ok();
    let taken = shop.opd(&["restore", BACKUP]).ends_with(6);
    assert!(
        taken.stderr.contains("replaces nothing"),
        "{}",
        taken.stderr
    );
    shop.kill();
    let (database, log) = (shop.data().join("opd.db"), shop.data().join("opd.db-wal"));
    fs::remove_file(&database).unwrap();
    if !log.exists() {
        fs::write(&log, "left").unwrap();
    }
    shop.opd(&["restore", BACKUP]).ends_with(6);
    fs::remove_file(&log).unwrap();
    let shared = shop.data().join("opd.db-shm");
    if shared.exists() {
        fs::remove_file(shared).unwrap();
    }

    let mut bytes = fs::read(shop.folder().join(BACKUP)).unwrap();
    let middle = bytes.len() / 2;
    for octet in &mut bytes[middle..middle + 5000] {
        *octet ^= 0x55;
    }
    shop.write("damaged.backup", &bytes);
    shop.write("other.backup", "not a database");
    let stranger = Shop::founded(&[]);
    let path = shop.folder().join("stranger.backup");
    stranger.opd(&["backup", path.to_str().unwrap()]).ok();
    for (file, words) in [
        ("damaged.backup", "damaged"),
        ("other.backup", "is not a Countersign database"),
        ("stranger.backup", "the keys here are of"),
        ("missing.backup", "there is no database at"),
    ] {
        let refused = shop.opd(&["restore", file]);
        assert_ne!(refused.code, Some(0), "{file}");
        assert!(refused.stderr.contains(words), "{file}: {}", refused.stderr);
        assert!(!database.exists(), "{file} was put in place");
    }
    shop.opd(&["restore", BACKUP]).ok();
    shop.serve();
}

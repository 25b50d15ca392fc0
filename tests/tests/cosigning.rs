//! A shop and the witnesses of its log, on the real programs: evidence is witnessed, a witness that is
//! away delays nothing, and a past that was put back is noticed.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::path::Path;

use countersign_tests::backup::Backup;
use countersign_tests::po::Po;
use countersign_tests::shop::{Shop, eventually, rows};
use countersign_tests::witness::Witness;

/// A shop that asks these witnesses, all of whom trust its log.
fn shop_watched_by(witnesses: &[&Witness]) -> Shop {
    let shop = Shop::open_with(&[("OPD_LOG_WITNESSES", &Witness::setting_to_ask(witnesses))]);
    for witness in witnesses {
        witness.trusts(&shop.log_key_line());
    }
    shop
}

/// Waits until the one witness has seen the whole log.
fn wait_for_the_witness(shop: &Shop) {
    eventually("the witness has seen it all", || {
        rows(&shop.opd_json(&["log", "witnesses"]))[0]["behind"] == 0
    });
}

/// Fetches the evidence of an order, and says what it amounts to for whoever trusts these witnesses.
fn verdict(shop: &Shop, po: &Po, number: &str, witnesses: &[&Witness]) -> String {
    // It never writes over a file.
    drop(fs::remove_file(po.folder().join("deal.json")));
    po.run(&["evidence", number, "-o", "deal.json", "--no-input"])
        .ok();
    let root = shop.front().root.fingerprint().to_string();
    let mut verify = vec!["verify", "deal.json", "--root", &root];
    for witness in witnesses {
        verify.extend(["--witness", witness.verifier_key()]);
    }
    po.run(&verify).ok().text()
}

fn ships(shop: &Shop, po: &Po, number: &str) {
    po.orders(&["WATER=1", "--number", number]).ok();
    shop.wait_for_state(number, "shipped");
}

#[test]
fn evidence_is_witnessed_by_those_who_were_there() {
    let mut away = Witness::start("away.example");
    let (one, two) = (Witness::start("one.example"), Witness::start("two.example"));
    let shop = shop_watched_by(&[&one, &two, &away]);
    away.kill();
    let po = Po::joined(&shop, "acme");
    ships(&shop, &po, "PO-1");
    let all = [&one, &two, &away];
    eventually("two cosignatures", || {
        verdict(&shop, &po, "PO-1", &all).starts_with("witnessed by 2 of 3, not later than 20")
    });
    assert!(verdict(&shop, &po, "PO-1", &[&two]).starts_with("witnessed by 1 of 1,"));
    assert_eq!(verdict(&shop, &po, "PO-1", &[&away]), "logged\n");

    // One that comes back is heard again, and one that dies meanwhile is missed.
    away.restart();
    drop(two);
    ships(&shop, &po, "PO-2");
    eventually("those who are there", || {
        let file = verdict(&shop, &po, "PO-2", &[&one, &away]);
        file.starts_with("witnessed by 2 of 2,")
    });
    let listed = shop.opd(&["log", "witnesses"]).ok().text();
    for name in ["one.example", "two.example", "away.example"] {
        assert!(listed.contains(name), "{listed}");
    }
}

/// Loses an order that a witness saw: an older database is put back, and the checkpoint file is gone.
fn put_back(shop: &mut Shop, po: &Po) {
    shop.close();
    let old = Backup::of(&shop.data());
    shop.serve();
    ships(shop, po, "PO-LOST");
    wait_for_the_witness(shop);
    shop.close();
    old.put_back(&shop.data());
    fs::remove_file(shop.data().join("log.checkpoint")).unwrap();
}

/// What the witness has of the first log, in a file.
fn remembered_by(witness: &Witness, folder: &Path) -> String {
    let path = folder.join("from-the-witness");
    fs::write(&path, witness.remembers("shop.example")).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_database_that_is_older_than_what_a_witness_saw_is_refused_and_a_successor_goes_on() {
    let witness = Witness::start("w.example");
    let mut shop = shop_watched_by(&[&witness]);
    let po = Po::joined(&shop, "acme");
    ships(&shop, &po, "PO-1");
    wait_for_the_witness(&shop);
    put_back(&mut shop, &po);

    let refused = shop.opd(&["serve", "0"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let said = &refused.stderr;
    assert!(said.contains("log.checkpoint is not there"), "{said}");
    assert!(said.contains("older than its log"), "{said}");
    assert!(said.contains("w.example has seen"), "{said}");

    let known = remembered_by(&witness, shop.folder());
    let passphrase = shop.folder().join("passphrase");
    shop.opd(&[
        "log",
        "recover",
        "--reason",
        "the disk failed",
        "--checkpoint",
        &known,
        "--passphrase-file",
        passphrase.to_str().unwrap(),
    ])
    .ok();
    let successor = shop.log_key_line();
    assert!(successor.starts_with("shop.example/2+"), "{successor}");
    witness.trusts(&successor);
    shop.serve();
    ships(&shop, &po, "PO-2");
    eventually("the successor is witnessed", || {
        verdict(&shop, &po, "PO-2", &[&witness]).starts_with("witnessed by 1 of 1,")
    });
}

#[test]
fn a_log_that_went_another_way_than_a_witness_saw_is_refused() {
    let witness = Witness::start("w.example");
    let mut shop = shop_watched_by(&[&witness]);
    let po = Po::joined(&shop, "acme");
    ships(&shop, &po, "PO-1");
    wait_for_the_witness(&shop);
    put_back(&mut shop, &po);
    // The operator goes on as if nothing had been: as many statements, but others.
    for buyer in ["globex", "initech", "hooli"] {
        shop.buyer(buyer);
    }
    let refused = shop.opd(&["serve", "0"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let said = &refused.stderr;
    assert!(
        said.contains("not the one whose log the witness w.example knows"),
        "{said}"
    );
}

//! The guide page "What you can prove, and how", run as it stands; and what `po` says of a seller whose
//! log is not what it was.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use std::fs;
use std::path::{Path, PathBuf};

use countersign_tests::books::compute_log_anew;
use countersign_tests::guide::{Guide, shell};
use countersign_tests::po::Po;
use countersign_tests::programs::{Ran, built};
use countersign_tests::shop::Shop;
use rusqlite::Connection;

/// A buyer who has an order shipped, and holds its evidence in `deal.json`.
fn deal(shop: &Shop) -> Po {
    let po = Po::joined(shop, "acme");
    po.orders(&["WATER=3", "--number", "PO-1"]).ok();
    shop.wait_for_state("PO-1", "shipped");
    po.run(&["evidence", "PO-1", "-o", "deal.json"]).ok();
    po
}

/// Runs blocks of the page, one after the other, over a file in this folder.
fn reads(shop: &Shop, folder: &Path, file: &str, blocks: &[&str]) -> Ran {
    let page = Guide::page("prove.md");
    let script: Vec<&str> = blocks.iter().map(|tag| page.block(tag)).collect();
    let programs = built("po").parent().unwrap().to_owned();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", programs.display());
    let root = shop.front().root.fingerprint().to_string();
    let variables = [("PATH", path.as_str()), ("FILE", file), ("ROOT", &root)];
    shell(folder, &variables, &script.join("\n"))
}

const BY_HAND: [&str; 5] = ["parts", "signatures", "digests", "checkpoint", "inclusion"];

#[test]
fn the_page_judges_a_file_with_po_and_by_hand_with_openssl() {
    let shop = Shop::open();
    let po = deal(&shop);
    let page = Guide::page("prove.md");
    assert_eq!(page.tags().len(), BY_HAND.len() + 1, "every block is run");
    let judged = reads(&shop, po.folder(), "deal.json", &["judge"]).ok();
    assert_eq!(judged.text(), "logged\n");
    let read = reads(&shop, po.folder(), "deal.json", &BY_HAND).ok().text();
    let root = shop.front().root.fingerprint().to_string();
    let root = root.strip_prefix("sha256:").unwrap();
    for said in [
        root,
        "statement-2.json\n",
        "\"decision\":\"accepted\"",
        "Signature Verified Successfully",
        "statement 1 is leaf 0 of ",
        "statement 4 is leaf 3 of ",
    ] {
        assert!(read.contains(said), "{said} is not in\n{read}");
    }
    let order = fs::read_to_string(po.folder().join("order.json")).unwrap();
    assert!(order.contains("PO-1"), "{order}");
}

#[test]
fn by_hand_too_a_statement_that_is_not_in_the_log_is_found() {
    let shop = Shop::open();
    let po = deal(&shop);
    let text = fs::read_to_string(po.folder().join("deal.json")).unwrap();
    let leaf = |number: u64| format!("\"leaf\":{number},");
    assert!(text.contains(&leaf(3)));
    po.write("moved.json", text.replace(&leaf(3), &leaf(2)));
    let read = reads(&shop, po.folder(), "moved.json", &BY_HAND);
    assert_ne!(read.code, Some(0), "{read:?}");
    assert!(
        read.text().contains("statement 4 is NOT in the log"),
        "{}",
        read.text()
    );
}

fn contradictions(po: &Po) -> Vec<PathBuf> {
    let folder = po.folder().join("home/sellers/shop.example/log");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .filter(|path| path.to_string_lossy().contains("contradiction-"))
        .collect()
}

#[test]
fn a_seller_who_computes_another_past_is_shouted_about_by_the_buyer_who_saw_the_first() {
    let mut shop = Shop::open();
    let po = deal(&shop);
    shop.close();
    // The seller puts something else in the place of its first statement, computes the log anew, and
    // takes away what its own server would notice it by.
    let connection = Connection::open(shop.data().join("opd.db")).unwrap();
    let change = "UPDATE statements SET sha256 = randomblob(32) WHERE number = 0";
    assert_eq!(connection.execute(change, ()).unwrap(), 1);
    compute_log_anew(&connection);
    drop(connection);
    fs::remove_file(shop.data().join("log.checkpoint")).unwrap();
    shop.serve();
    let run = po.orders(&["WATER=1", "--number", "PO-2"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("CONTRADICTS ITSELF"), "{}", run.stderr);
    let kept = contradictions(&po);
    assert_eq!(kept.len(), 1, "{kept:?}");
    let text = fs::read_to_string(&kept[0]).unwrap();
    assert_eq!(text.matches("\u{2014} shop.example ").count(), 2, "{text}");
    let pending = po.run(&["pending"]).ok().text();
    assert!(pending.contains("PO-2"), "the envelope is kept: {pending}");
    // The file from before still says what it said.
    let judged = reads(&shop, po.folder(), "deal.json", &["judge"]).ok();
    assert_eq!(judged.text(), "logged\n");
}

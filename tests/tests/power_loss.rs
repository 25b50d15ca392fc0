//! The power goes: of what was written and not synced, anything may be there or not. Every image of the disk that
//! this can leave is opened, and nothing that was acknowledged is lost. Without syncs it is.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use countersign_tests::buyer::{der, sha256};
use countersign_tests::chance::{seed, wanted};
use countersign_tests::crowd::all_at_once;
use countersign_tests::judge::{Ledger, Letter};
use countersign_tests::programs::{Ran, built, copy_folder, opd_with_crash_points, run};
use countersign_tests::python::python;
use countersign_tests::recorder::Recorder;
use countersign_tests::remark;
use countersign_tests::shop::Shop;
use serde_json::json;

const IMAGES: u64 = 200;
const CLIENTS: usize = 4;
/// Lives of the server, each ended by a kill: what one left in the write-ahead log, the next moves.
const LIVES: usize = 3;
/// Orders of each client in a life.
const ORDERS: usize = 10;

/// Trades under a recorder, and opens images of what the disk may have held.
fn loses_power(opd: &Path, fault: Option<&str>, images: u64) -> Ran {
    let mut shop = Shop::founded_with(opd, &[("OPD_DESK_MODE", "manual")]);
    shop.sells(&[("WATER", "15.00", 100_000)]);
    shop.serve();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    assert_eq!(shop.close(), Some(0));
    let base = shop.folder().join("base");
    copy_folder(&shop.data(), &base);
    let recorder = Recorder::under(&mut shop);
    if let Some(fault) = fault {
        shop.set("OPD_FAULT", fault);
    }
    let ledger = Ledger::open(&shop);
    let acknowledged = Mutex::new(Vec::new());
    for life in 0..LIVES {
        shop.serve();
        all_at_once(CLIENTS, |client| {
            for n in 0..ORDERS {
                let draft = acme.draft(&format!("PO-{life}-{client}-{n}"));
                let letter = Letter::order(&acme, &draft.line("WATER", 1, "15.00"));
                let answer = ledger.sends_alone(&session, &letter).unwrap();
                let receipt = der(&answer.decision("accepted"), "receipt");
                let digest = |octets| sha256(octets).replace("sha256:", "");
                let line = json!({
                    "at": recorder.length(),
                    "signed": digest(&letter.signed),
                    "receipt": digest(&receipt),
                });
                acknowledged.lock().unwrap().push(line.to_string());
            }
        });
        shop.kill();
    }
    let told = shop.write(
        "acknowledged",
        acknowledged.into_inner().unwrap().join("\n"),
    );
    let seed = seed();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("shim/power_loss.py");
    let mut driver = Command::new(python());
    driver.arg("-B").arg(script).arg(base).arg(shop.data());
    driver.arg(recorder.record()).arg(told).arg(built("opd"));
    let ran = run(driver.args([images.to_string(), seed.to_string()]));
    if fault.is_none() && ran.code != Some(0) {
        keep(shop.folder(), &shop.data(), seed);
    }
    ran
}

/// Keeps what the images were made of: with the seed alone nobody can make them again.
fn keep(folder: &Path, data: &Path, seed: u64) {
    let kept = built("opd").with_file_name(format!("power-loss-{seed}"));
    copy_folder(folder, &kept);
    remark(&format!(
        "{}: repeat it there with power_loss.py base {} record acknowledged ../opd IMAGES {seed}",
        kept.display(),
        data.display()
    ));
}

#[test]
fn whatever_the_disk_has_lost_no_acknowledged_order_is() {
    let images = wanted("COUNTERSIGN_IMAGES", IMAGES);
    let ran = loses_power(&built("opd"), None, images).ok();
    remark(&ran.text());
    let found = ran.json();
    assert_eq!(found["images"], images);
    assert!(found["unsynced_writes"].as_u64() > Some(images), "{found}");
}

#[test]
fn without_syncs_orders_are_lost_and_these_images_show_it() {
    let ran = loses_power(&opd_with_crash_points(), Some("synchronous-off"), 20).ends_with(1);
    remark(&ran.text());
    assert!(ran.json()["images_with_a_loss"].as_u64() > Some(0));
}

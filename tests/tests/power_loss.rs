//! The power goes: of what was written and not synced, anything may be there or not. Every image of the disk that
//! this can leave is opened, and nothing that was acknowledged is lost. Without syncs it is.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use countersign_tests::buyer::{der, sha256};
use countersign_tests::chance::now;
use countersign_tests::crowd::all_at_once;
use countersign_tests::judge::{Ledger, Letter};
use countersign_tests::programs::{Ran, built, opd_with_crash_points, run};
use countersign_tests::python::python;
use countersign_tests::recorder::Recorder;
use countersign_tests::remark;
use countersign_tests::shop::Shop;
use serde_json::json;

const IMAGES: u64 = 200;
const CLIENTS: usize = 4;
/// Orders of each client before the server is killed, and after it.
const ORDERS: usize = 15;

/// A number from the environment, by which a run is repeated or made longer.
fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let beside = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &beside);
        } else {
            fs::copy(&path, &beside).unwrap();
        }
    }
}

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
    let acknowledged = Mutex::new(String::new());
    for life in 0..2 {
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
                    "under": shop.data(),
                    "signed": digest(&letter.signed),
                    "receipt": digest(&receipt),
                });
                *acknowledged.lock().unwrap() += &format!("{line}\n");
            }
        });
        shop.kill();
    }
    let told = shop.write("acknowledged", acknowledged.into_inner().unwrap());
    let seed = number(
        "COUNTERSIGN_SEED",
        u64::try_from(now().as_millisecond()).unwrap(),
    );
    remark(&format!("COUNTERSIGN_SEED={seed}"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("shim/power_loss.py");
    let mut driver = Command::new(python());
    driver.arg("-B").arg(script).arg(base);
    driver.arg(recorder.record()).arg(told).arg(built("opd"));
    run(driver.args([images.to_string(), seed.to_string()]))
}

#[test]
fn whatever_the_disk_has_lost_no_acknowledged_order_is() {
    let images = number("COUNTERSIGN_IMAGES", IMAGES);
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

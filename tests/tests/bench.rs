//! The load generator, run as whoever wants to know how fast their machine is runs it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::process::Command;

use countersign_tests::programs::{built, run};
use serde_json::Value;

fn bench() -> Command {
    Command::new(built("countersign-bench"))
}

/// The values of a measure in all rounds of all scenes of a kind.
fn values(report: &Value, kind: &str, measure: &str) -> Vec<f64> {
    let rows = report["rows"].as_array().unwrap();
    let of_kind = rows.iter().filter(|row| row["scene"]["kind"] == kind);
    let rounds = of_kind.flat_map(|row| row["rounds"].as_array().unwrap());
    rounds
        .map(|round| round[measure].as_f64().unwrap())
        .collect()
}

#[test]
fn a_small_run_measures_real_orders_and_writes_both_reports() {
    let folder = tempfile::tempdir().unwrap();
    let (json, page) = (folder.path().join("b.json"), folder.path().join("b.md"));
    let plan = "--rounds 2 --parts orders,batches,growth --store sqlite --keys dsa2048 --clients 1,16 \
                --orders 60 --stored 20,400 --buyers 30";
    let mut measured = bench();
    measured.args(plan.split_ascii_whitespace());
    measured.arg("--report").arg(&json);
    run(measured.arg("--markdown").arg(&page)).ok();
    let report: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    // Two rounds of one and of sixteen clients; and of few and of many stored orders.
    for (kind, times) in [("orders", 4), ("orders-by-the-clock", 2), ("growth", 4)] {
        for measure in ["per-second", "p50-us", "p99-us", "memory-mib"] {
            let values = values(&report, kind, measure);
            assert_eq!(values.len(), times, "{kind}, {measure}: {values:?}");
            assert!(
                values.iter().all(|&value| value > 0.0),
                "{kind}: {values:?}"
            );
        }
    }
    let primitives = values(&report, "orders", "primitives-us");
    assert!(primitives.iter().all(|&sum| sum > 0.0), "{primitives:?}");

    let written = fs::read_to_string(&page).unwrap();
    assert!(written.contains("medians of 2 rounds"), "{written}");
    assert!(!written.contains("NaN"), "{written}");
    let again = folder.path().join("again.md");
    run(bench().arg("page").arg(&json).arg(&again)).ok();
    assert_eq!(fs::read_to_string(&again).unwrap(), written);
    let refused = run(bench().arg("page").arg(&json).arg(folder.path())).ends_with(1);
    assert!(refused.stderr.contains("cannot write "), "{refused:?}");

    let compared = run(bench().arg("compare").arg(&json).arg(&json))
        .ok()
        .text();
    assert!(compared.contains("| 1.00 | 1.00 |"), "{compared}");
}

#[test]
fn a_report_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.json");
    let ran = run(bench().arg("compare").arg(&missing).arg(&missing)).ends_with(1);
    assert!(ran.stderr.contains("missing.json: "), "{ran:?}");
    let other = folder.path().join("other.json");
    fs::write(&other, "{}").unwrap();
    let ran = run(bench().arg("page").arg(&other).arg(folder.path())).ends_with(1);
    assert!(ran.stderr.contains("other.json: "), "{ran:?}");
}

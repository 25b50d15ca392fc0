//! The machine, by its own account; the day, and the command.

use std::collections::BTreeMap;

use anyhow::Result;
use countersign_server::clock::Clock;

use crate::place::StoreKind;
use crate::plan::Plan;
use crate::postgres::Postgres;

/// Kibibytes of a gibibyte.
const KIB_IN_A_GIB: u64 = 1024 * 1024;

pub(super) fn describe(plan: &Plan) -> Result<BTreeMap<String, String>> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let models = cpuinfo.lines().filter_map(|line| {
        let (name, model) = line.split_once(':')?;
        (name.trim() == "model name").then(|| model.trim().to_owned())
    });
    let models: Vec<String> = models.collect();
    let model = models.first().cloned().unwrap_or_default();
    let meminfo = read("/proc/meminfo");
    let memory = meminfo.lines().find_map(|line| {
        let kib = line.strip_prefix("MemTotal:")?.split_whitespace().next()?;
        Some(kib.parse::<u64>().ok()? / KIB_IN_A_GIB)
    });
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = if arguments.is_empty() {
        "cargo xtask bench".to_owned()
    } else {
        format!("cargo xtask bench -- {}", arguments.join(" "))
    };
    let today = jiff::tz::TimeZone::UTC.to_datetime(Clock::system().now());
    let mut machine = BTreeMap::from([
        ("cpu", format!("{} × {model}", models.len())),
        ("memory", format!("{} GiB", memory.unwrap_or_default())),
        (
            "kernel",
            read("/proc/sys/kernel/osrelease").trim().to_owned(),
        ),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("command", command),
        ("date", today.date().to_string()),
    ]);
    if plan.stores.contains(&StoreKind::Postgres) {
        machine.insert("postgresql", Postgres::version()?);
    }
    let owned = machine
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Ok(owned.collect())
}

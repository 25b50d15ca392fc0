//! What was measured, for people and for the next comparison.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::ground::KeyKind;
use crate::load::Sent;
use crate::primitives::{Primitives, micros};
use crate::round::Plan;

/// Octets of a mebibyte.
const MIB: u64 = 1024 * 1024;

/// What is measured together.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Scene {
    pub(crate) key: KeyKind,
    /// Orders that were there before.
    pub(crate) stored: usize,
    pub(crate) clients: usize,
    /// Whether orders came at a rate, not one after the other's answer.
    pub(crate) by_the_clock: bool,
}

/// One measurement.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Measured {
    pub(crate) orders_per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p95_us: f64,
    pub(crate) p99_us: f64,
    /// The server's CPU time for an order.
    pub(crate) cpu_us: f64,
    pub(crate) memory_mib: u64,
    pub(crate) primitives: Primitives,
}

/// All measurements of a scene, in the order of rounds.
#[derive(Debug, Deserialize, Serialize)]
struct Row {
    scene: Scene,
    rounds: Vec<Measured>,
}

/// The whole report.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Report {
    /// What it was measured on.
    machine: BTreeMap<String, String>,
    /// The command's arguments.
    plan: String,
    rows: Vec<Row>,
}

impl Measured {
    pub(crate) fn of(sent: &Sent, cpu_us: f64, memory: u64, primitives: &Primitives) -> Self {
        Self {
            orders_per_second: sent.per_second(),
            p50_us: micros(sent.percentile(500)),
            p95_us: micros(sent.percentile(950)),
            p99_us: micros(sent.percentile(990)),
            cpu_us,
            memory_mib: memory / MIB,
            primitives: *primitives,
        }
    }
}

impl Row {
    /// The median of a value over all rounds.
    fn median(&self, value: impl Fn(&Measured) -> f64) -> f64 {
        let mut values: Vec<f64> = self.rounds.iter().map(value).collect();
        values.sort_unstable_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The server's CPU time for an order, as a multiple of its primitives in the same round.
    fn over_primitives(&self) -> f64 {
        self.median(|round| round.cpu_us / round.primitives.sum())
    }

    fn cells(&self) -> String {
        let Scene {
            clients,
            by_the_clock,
            ..
        } = self.scene;
        let clock = if by_the_clock { "clock" } else { "" };
        let memory = self.rounds.iter().map(|round| round.memory_mib).max();
        format!(
            "{clients:>7} {clock:>5} {:>8.0} {:>8.2} {:>8.2} {:>8.2} {:>8.0} {:>8.2} {:>6}",
            self.median(|round| round.orders_per_second),
            self.median(|round| round.p50_us) / 1e3,
            self.median(|round| round.p95_us) / 1e3,
            self.median(|round| round.p99_us) / 1e3,
            self.median(|round| round.cpu_us),
            self.over_primitives(),
            memory.unwrap_or_default(),
        )
    }
}

impl Report {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            machine: machine(),
            plan: format!("{plan:?}"),
            rows: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, scene: Scene, measured: Measured) {
        match self.rows.iter_mut().find(|row| row.scene == scene) {
            Some(row) => row.rounds.push(measured),
            None => self.rows.push(Row {
                scene,
                rounds: vec![measured],
            }),
        }
    }

    /// The most orders a second with these keys, by the last round.
    pub(crate) fn highest_rate(&self, key: KeyKind, stored: usize) -> f64 {
        self.rows
            .iter()
            .filter(|row| row.scene.key == key && row.scene.stored == stored)
            .filter(|row| !row.scene.by_the_clock)
            .filter_map(|row| row.rounds.last())
            .map(|last| last.orders_per_second)
            .fold(1.0, f64::max)
    }

    /// The report as a table.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.machine {
            text += name;
            text += ": ";
            text += value;
            text.push('\n');
        }
        let mut group = None;
        for row in &self.rows {
            let this = (row.scene.key, row.scene.stored);
            if group != Some(this) {
                group = Some(this);
                text += &head(row);
            }
            text += &row.cells();
            text.push('\n');
        }
        text
    }

    /// This report and a later one, scene by scene: later by earlier.
    pub(crate) fn beside(&self, later: &Self) -> String {
        let mut text =
            String::from("later ÷ earlier                      orders/s      p99      CPU\n");
        for row in &self.rows {
            let Some(other) = later.rows.iter().find(|other| other.scene == row.scene) else {
                continue;
            };
            let ratio = |value: fn(&Measured) -> f64| other.median(value) / row.median(value);
            let Scene {
                key,
                stored,
                clients,
                by_the_clock,
            } = row.scene;
            let clock = if by_the_clock { "clock" } else { "" };
            let line = format!(
                "{:<8} {stored:>9} stored {clients:>4} {clock:>5} {:>8.2} {:>8.2} {:>8.2}\n",
                format!("{key:?}"),
                ratio(|round| round.orders_per_second),
                ratio(|round| round.p99_us),
                ratio(|round| round.cpu_us),
            );
            text += &line;
        }
        text
    }

    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&bytes).with_context(|| path.display().to_string())
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(std::fs::write(path, serde_json::to_vec_pretty(self)?)?)
    }
}

/// What stands over the rows of a shop: what its primitives take.
fn head(row: &Row) -> String {
    let of = |value: fn(&Primitives) -> f64| row.median(|round| value(&round.primitives));
    let Scene { key, stored, .. } = row.scene;
    format!(
        "\n{key:?}, {stored} orders stored. Primitives, µs of CPU an order: open {:.0}, verify {:.0}, sign \
         {:.0}, letter {:.0}, request {:.0}, batch {:.0}; together {:.0}\n\
         clients       orders/s   p50 ms   p95 ms   p99 ms   CPU µs  ÷ prim.  MiB\n",
        of(|primitives| primitives.open),
        of(|primitives| primitives.verify),
        of(|primitives| primitives.sign),
        of(|primitives| primitives.letter),
        of(|primitives| primitives.request),
        of(|primitives| primitives.batch),
        of(Primitives::sum),
    )
}

/// The machine, by its own account.
fn machine() -> BTreeMap<String, String> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let models = cpuinfo.lines().filter_map(|line| {
        let (name, model) = line.split_once(':')?;
        (name.trim() == "model name").then(|| model.trim().to_owned())
    });
    let models: Vec<String> = models.collect();
    let model = models.first().cloned().unwrap_or_default();
    BTreeMap::from([
        ("cpu".to_owned(), format!("{} × {model}", models.len())),
        (
            "kernel".to_owned(),
            read("/proc/sys/kernel/osrelease").trim().to_owned(),
        ),
        ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ])
}

//! What was measured, for people and for the next comparison.

mod compare;
mod machine;
mod page;
mod ratios;
mod sizing;
mod table;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::ground::KeyKind;
use crate::place::StoreKind;
use crate::plan::Plan;

/// What kind of thing is measured.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Orders; each client sends its next when it has its answer.
    Orders,
    /// Orders at a rate.
    OrdersByTheClock,
    /// Orders of many buyers.
    Growth,
    /// Orders of one line, all on one product.
    OneProduct,
    /// Orders of one line, spread over a thousand products.
    AnyProduct,
    /// Orders to one server.
    OneServer,
    /// Orders to two servers on one database.
    TwoServers,
    /// Orders into the store, in batches.
    Batches,
    /// Orders into the store, one by one.
    OneByOne,
    /// Sign-ins.
    SignIns,
    /// TLS handshakes.
    Handshakes,
    /// Orders beside connections that say nothing; their number is that of clients.
    Idle,
    /// Orders beside connections that say little.
    Slow,
    /// Orders beside sign-ins that come at once.
    SignInsAtOnce,
    /// The steps by OpenSSL.
    Openssl,
    /// Verification of one signature.
    Verification,
}

/// What is measured together.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Scene {
    pub(crate) kind: Kind,
    pub(crate) store: StoreKind,
    pub(crate) key: KeyKind,
    /// Orders that were there before.
    pub(crate) stored: usize,
    pub(crate) clients: usize,
}

/// What is measured of it. What ends in `Us` is in microseconds, and CPU is for one of what is counted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    PerSecond,
    P50Us,
    P95Us,
    P99Us,
    /// The server's CPU until it has answered, without what its thread for letters took; with several, that of all.
    CpuUs,
    /// The rest until it is at rest: letters, meanwhile and afterwards, and what else comes after the last answer.
    LettersCpuUs,
    /// The CPU of the database's own processes.
    DatabaseCpuUs,
    MemoryMib,
    DiskMib,
    OpenUs,
    VerifyUs,
    SignUs,
    RequestUs,
    BatchUs,
    /// All five.
    PrimitivesUs,
    LetterUs,
    OpensslEcdhUs,
    OpensslVerifyUs,
    /// By a key that signs often.
    VerifyWarmUs,
    /// By a key that was not seen before.
    VerifyColdUs,
    StageOpenUs,
    StageVerifyUs,
    StageTurnUs,
    StageLoadUs,
    StageDecideUs,
    StageSignUs,
    StageApplyUs,
    StageCommitUs,
    /// Latencies while nobody else is there.
    QuietP50Us,
    QuietP99Us,
    /// Of a crowd that signs in, those that were let in.
    LetIn,
}

/// What one measurement gave.
pub(crate) type Figures = BTreeMap<Measure, f64>;

/// All measurements of a scene, in the order of rounds.
#[derive(Debug, Deserialize, Serialize)]
struct Row {
    scene: Scene,
    rounds: Vec<Figures>,
}

/// The whole report.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Report {
    /// What it was measured on, when, and by which command.
    machine: BTreeMap<String, String>,
    plan: Plan,
    rows: Vec<Row>,
}

impl Row {
    /// The median over all rounds, if it was measured.
    fn median(&self, measure: Measure) -> Option<f64> {
        self.median_of(|figures| figures.get(&measure).copied())
    }

    /// The median of something computed in each round.
    fn median_of(&self, value: impl Fn(&Figures) -> Option<f64>) -> Option<f64> {
        median(self.rounds.iter().filter_map(value).collect())
    }
}

impl Report {
    pub(crate) fn new(plan: &Plan) -> Result<Self> {
        Ok(Self {
            machine: machine::describe(plan)?,
            plan: plan.clone(),
            rows: Vec::new(),
        })
    }

    pub(crate) fn add(&mut self, scene: Scene, figures: Figures) {
        match self.rows.iter_mut().find(|row| row.scene == scene) {
            Some(row) => row.rounds.push(figures),
            None => self.rows.push(Row {
                scene,
                rounds: vec![figures],
            }),
        }
    }

    /// Notes how long all of it took.
    pub(crate) fn ended(&mut self, after: Duration) {
        let minutes = after.as_secs().div_ceil(60);
        self.machine
            .insert("took".to_owned(), format!("{minutes} minutes"));
    }

    fn find(&self, of: impl Fn(&Scene) -> bool) -> Option<&Row> {
        self.rows.iter().find(|row| of(&row.scene))
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.scene.kind == kind)
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

/// The one in the middle, or between the two in the middle.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().saturating_sub(1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

#[cfg(test)]
mod tests;

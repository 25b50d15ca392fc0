//! How long each stage of taking in orders lasts, and how many are taken in together.

use std::time::Instant;

use super::family_head;
use super::histogram::Histogram;

/// Bounds of times, in microseconds: from a signature check to a disk that hangs.
const TIMES: [u64; 12] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 2_500_000,
];
/// Bounds of batches, in orders and refusals; the last is the largest there is.
const SIZES: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const MICROS_IN_A_SECOND: u32 = 1_000_000;

/// A stage of taking in orders. The first two are of one order, the others of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The envelope is parsed and decrypted.
    Open,
    /// Its signature is checked; where that takes long, the wait for a place in the pool counts too.
    Verify,
    /// The batch waits until nobody else writes.
    Turn,
    /// What it is decided on is read.
    Load,
    /// The batch is decided.
    Decide,
    /// Its receipts are signed, and its letters written.
    Sign,
    /// All of it is written to the database.
    Apply,
    /// It becomes durable.
    Commit,
}

impl Stage {
    const ALL: [Self; 8] = [
        Self::Open,
        Self::Verify,
        Self::Turn,
        Self::Load,
        Self::Decide,
        Self::Sign,
        Self::Apply,
        Self::Commit,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Verify => "verify",
            Self::Turn => "turn",
            Self::Load => "load",
            Self::Decide => "decide",
            Self::Sign => "sign",
            Self::Apply => "apply",
            Self::Commit => "commit",
        }
    }
}

/// The distributions.
#[derive(Debug)]
pub(super) struct Stages {
    times: Vec<(Stage, Histogram<12>)>,
    batches: Histogram<9>,
}

impl Default for Stages {
    fn default() -> Self {
        let times = Stage::ALL.map(|stage| (stage, Histogram::new(TIMES)));
        Self {
            times: times.into(),
            batches: Histogram::new(SIZES),
        }
    }
}

/// A stage that has begun; its time is counted when this is dropped.
#[derive(Debug)]
pub(crate) struct Timed<'a> {
    time: Option<&'a Histogram<12>>,
    begun: Instant,
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        if let Some(time) = self.time {
            let took = self.begun.elapsed().as_micros();
            time.record(u64::try_from(took).unwrap_or(u64::MAX));
        }
    }
}

impl Stages {
    pub(super) fn begins(&self, stage: Stage) -> Timed<'_> {
        let time = self.times.iter().find(|(of, _)| *of == stage);
        Timed {
            time: time.map(|(_, time)| time),
            begun: Instant::now(),
        }
    }

    pub(super) fn batch(&self, size: usize) {
        self.batches.record(u64::try_from(size).unwrap_or(u64::MAX));
    }

    pub(super) fn write(&self, text: &mut String) {
        let name = "countersign_stage_seconds";
        let help = "Time of each stage of taking in orders: open and verify of one, the others of a batch.";
        family_head(text, name, "histogram", help);
        for (stage, time) in &self.times {
            let label = format!("stage=\"{}\"", stage.as_str());
            time.write(text, name, &label, MICROS_IN_A_SECOND);
        }
        let name = "countersign_batch_size";
        family_head(text, name, "histogram", "Orders and refusals in a batch.");
        self.batches.write(text, name, "", 1);
    }
}

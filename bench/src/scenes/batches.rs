//! What batches are good for: 64 orders taken into the store in one transaction, and in 64.

use std::time::{Duration, Instant};

use anyhow::Result;
use countersign_order::Entry;
use countersign_server::clock::Clock;

use crate::ground::{Age, Basket, take_in};
use crate::load::count;
use crate::report::{Figures, Kind, Measure, Report};
use crate::stand::Stand;

/// Orders in a batch.
const BATCH: usize = 64;
/// Batches of each kind, in turn.
const TURNS: usize = 8;

pub(crate) async fn run(stand: &Stand, report: &mut Report) -> Result<()> {
    let mut times = [Duration::ZERO; 2];
    let [together, single] = &mut times;
    for _ in 0..TURNS {
        *together += took(stand, BATCH).await?;
        *single += took(stand, 1).await?;
    }
    for (kind, time) in [Kind::Batches, Kind::OneByOne].into_iter().zip(times) {
        let per_second = count(BATCH * TURNS) / time.as_secs_f64();
        let figures = Figures::from([(Measure::PerSecond, per_second)]);
        report.add(stand.scene(kind, BATCH), figures);
    }
    Ok(())
}

/// How long it takes to take in [`BATCH`] orders, so many at a time.
async fn took(stand: &Stand, at_a_time: usize) -> Result<Duration> {
    let now = Clock::system().now();
    let prefix = format!("T{at_a_time}-{}", now.as_microsecond());
    let buyers = stand.ground.buyers();
    let entries =
        (0..BATCH).map(|number| stand.ground.entry(number % buyers, &prefix, number, now));
    let entries: Vec<Entry> = entries.collect::<Result<_>>()?;
    let message = stand.ground.message(0, 0, Basket::Three)?;
    let start = Instant::now();
    for batch in entries.chunks(at_a_time) {
        take_in(stand.ground.store.as_ref(), batch, now, Age::New(&message)).await?;
    }
    Ok(start.elapsed())
}

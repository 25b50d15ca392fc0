//! What an order cannot cost less than: opening the envelope, verifying the signature, signing the
//! receipt and the letter, a request over TLS, and its part of a batch in the database. Measured in the same round as
//! the server, because the machine is not the same from minute to minute.

use std::time::Duration;

use anyhow::{Context as _, Result};
use countersign_envelope::Sealed;
use countersign_order::Entry;
use countersign_server::clock::Clock;
use countersign_store::{OpenMode, SqliteStore};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::client::{Address, nothing};
use crate::cpu;
use crate::ground::{Ground, take_in};
use crate::server::Server;

/// Orders in the batch whose cost is shared out.
const BATCH: u32 = 64;
/// How many such batches are taken in.
const BATCHES: u32 = 15;
/// Octets of a letter with the receipt attached.
const LETTER_BYTES: usize = 6_000;
/// Empty requests that are sent.
const REQUESTS: u32 = 4_000;

/// The CPU time of each, for one order, in microseconds.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Primitives {
    pub(crate) open: f64,
    pub(crate) verify: f64,
    pub(crate) sign: f64,
    pub(crate) letter: f64,
    pub(crate) request: f64,
    pub(crate) batch: f64,
}

impl Primitives {
    /// All of them together.
    pub(crate) fn sum(&self) -> f64 {
        self.open + self.verify + self.sign + self.letter + self.request + self.batch
    }

    pub(crate) async fn measure(
        ground: &Ground,
        server: &Server,
        address: &Address,
    ) -> Result<Self> {
        let envelope = ground.envelope(0, "PO-PRIMITIVE")?;
        let keys = [ground
            .buyers
            .first()
            .context("no buyers")?
            .certificate()
            .clone()];
        let open = || Sealed::parse(envelope.clone())?.open(ground.seller.recipients());
        let content = open()?.verify(&keys)?.content().clone();
        let opening = cpu::of(open);
        let both = cpu::of(|| open().map(|opened| opened.verify(&keys)));
        let now = Clock::system().now();
        let sign = cpu::of(|| ground.seller.receipt().sign(&content, now));
        let text = vec![b'a'; LETTER_BYTES];
        let letter = cpu::of(|| ground.seller.mail().sign_detached(&text, now));
        Ok(Self {
            open: micros(opening),
            verify: micros(both.saturating_sub(opening)),
            sign: micros(sign),
            letter: micros(letter),
            request: micros(request(server, address).await?),
            batch: micros(batch(ground).await?),
        })
    }
}

/// A duration in microseconds.
pub(crate) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// What an empty request over a kept connection takes of the server's CPU.
async fn request(server: &Server, address: &Address) -> Result<Duration> {
    let mut connection = address.connect().await?;
    let start = server.cpu()?;
    for _ in 0..REQUESTS {
        connection.ask(nothing()?).await?;
    }
    Ok(server.cpu()?.saturating_sub(start) / REQUESTS)
}

/// An order's part of a batch of [`BATCH`], taken into the same database beside the server, which rests.
async fn batch(ground: &Ground) -> Result<Duration> {
    let store = SqliteStore::open(ground.data.join("opd.db"), OpenMode::Existing)?;
    let mut all = Duration::ZERO;
    for batch in 0..BATCHES {
        let now = Clock::system().now();
        let entries = (0..BATCH).map(|number| {
            let number = format!("B-{}-{batch}-{number}", now.as_microsecond());
            ground.entry(0, &number, now)
        });
        let entries: Vec<Entry> = entries.collect::<Result<_>>()?;
        let before = Duration::try_from(clock_gettime(ClockId::ProcessCPUTime))?;
        take_in(&store, &entries, now).await?;
        all += Duration::try_from(clock_gettime(ClockId::ProcessCPUTime))?.saturating_sub(before);
    }
    Ok(all / (BATCH * BATCHES))
}

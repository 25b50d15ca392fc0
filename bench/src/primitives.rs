//! What an order cannot cost less than: opening the envelope, verifying the signature, signing the
//! receipt, a request over TLS, and its part of a batch in the database; and what its letter cannot cost less than,
//! which is its signature. Measured in the same round as the server, because the machine is not the same from minute to
//! minute.

use std::time::Duration;

use anyhow::{Context as _, Result};
use countersign_envelope::Sealed;
use countersign_order::Entry;
use countersign_server::clock::Clock;
use rustix::time::{ClockId, clock_gettime};

use crate::client::nothing;
use crate::cpu::{self, micros};
use crate::ground::{Age, Basket, Ground, take_in};
use crate::report::{Figures, Measure};
use crate::server::Server;

/// Orders in the batch whose cost is shared out.
const BATCH: usize = 64;
/// How many such batches are taken in.
const BATCHES: u32 = 15;
/// Octets of a letter with the receipt attached.
const LETTER_BYTES: usize = 6_000;
/// Empty requests that are sent.
const REQUESTS: u32 = 4_000;

/// What holds each of an order's.
pub(crate) const PRIMITIVES: [(&str, Measure); 5] = [
    ("open", Measure::OpenUs),
    ("verify", Measure::VerifyUs),
    ("sign", Measure::SignUs),
    ("request", Measure::RequestUs),
    ("batch", Measure::BatchUs),
];

/// The CPU time of each, for one order.
pub(crate) async fn measure(ground: &Ground, server: &Server) -> Result<Figures> {
    let envelope = ground.envelope(0, 0, Basket::Three)?;
    let signer = ground.signers.first().context("no buyers")?;
    let keys = [signer.certificate().clone()];
    let now = Clock::system().now();
    let recipients = ground.seller.recipients(now);
    let open = || Sealed::parse(envelope.clone())?.open(recipients);
    let verified = open()?.verify(&keys)?;
    let content = verified.content();
    let message = verified.signature().signed_data();
    let opening = cpu::of(open);
    let both = cpu::of(|| open().map(|opened| opened.verify(&keys)));
    let text = vec![b'a'; LETTER_BYTES];
    let mut figures = Figures::from([
        (Measure::OpenUs, micros(opening)),
        (Measure::VerifyUs, micros(both.saturating_sub(opening))),
        (
            Measure::SignUs,
            micros(cpu::of(|| ground.seller.receipt().sign(content, now))),
        ),
        (
            Measure::LetterUs,
            micros(cpu::of(|| ground.seller.mail().sign_detached(&text, now))),
        ),
        (Measure::RequestUs, micros(request(server).await?)),
        (Measure::BatchUs, micros(batch(ground, message).await?)),
    ]);
    let sum = PRIMITIVES
        .iter()
        .filter_map(|(_, measure)| figures.get(measure))
        .sum();
    figures.insert(Measure::PrimitivesUs, sum);
    Ok(figures)
}

/// What an empty request over a kept connection takes of the server's CPU.
async fn request(server: &Server) -> Result<Duration> {
    let mut connection = server.address().connect().await?;
    let start = server.cpu()?;
    for _ in 0..REQUESTS {
        connection.ask(nothing()?).await?;
    }
    Ok(server.cpu()?.saturating_sub(start) / REQUESTS)
}

/// An order's part of a batch of [`BATCH`] by buyers in turn, each kept as a message like this with its receipt and
/// its letter, taken into the same database beside the server, which rests.
async fn batch(ground: &Ground, message: &[u8]) -> Result<Duration> {
    let mut all = Duration::ZERO;
    for _ in 0..BATCHES {
        let now = Clock::system().now();
        let prefix = format!("B-{}", now.as_microsecond());
        let buyers = ground.buyers();
        let entries = (0..BATCH).map(|number| ground.entry(number % buyers, &prefix, number, now));
        let entries: Vec<Entry> = entries.collect::<Result<_>>()?;
        let before = Duration::try_from(clock_gettime(ClockId::ProcessCPUTime))?;
        take_in(ground.store.as_ref(), &entries, now, Age::New(message)).await?;
        all += Duration::try_from(clock_gettime(ClockId::ProcessCPUTime))?.saturating_sub(before);
    }
    Ok(all / u32::try_from(BATCH)? / BATCHES)
}

//! Rounds: everything once, then everything again, so that what disturbs the machine disturbs all alike.

use std::thread;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use clap::Args;

use crate::ground::{Ground, KeyKind};
use crate::load::{Clients, Ready, Sent, sign_in};
use crate::primitives::{Primitives, micros};
use crate::report::{Measured, Report, Scene};
use crate::server::Server;
use crate::{client::Address, complain};

/// The share of the highest rate at which orders come by the clock.
const OPEN_SHARE: f64 = 0.7;

/// What is measured.
#[derive(Clone, Debug, Args)]
pub(crate) struct Plan {
    /// Rounds; the report shows medians.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Clients that send at once, one after another.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 64, 100, 256])]
    pub(crate) clients: Vec<usize>,
    /// The keys that buyers sign with.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [KeyKind::Rsa3072, KeyKind::Dsa2048])]
    pub(crate) keys: Vec<KeyKind>,
    /// Orders that are there before.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000])]
    pub(crate) stored: Vec<usize>,
    /// Orders in each measurement; a single client sends a tenth of them.
    #[arg(long, default_value_t = 3_000)]
    pub(crate) orders: usize,
    /// Buyers who share the orders.
    #[arg(long, default_value_t = 16)]
    pub(crate) buyers: usize,
}

/// A shop of one kind, and the server at its data.
struct Stand {
    key: KeyKind,
    stored: usize,
    ground: Ground,
    server: Server,
    address: Address,
    tokens: std::sync::Arc<Vec<String>>,
    /// Orders that were made, so that each has its own number.
    made: usize,
    _folder: tempfile::TempDir,
}

/// Runs the plan.
pub(crate) async fn run(plan: &Plan) -> Result<Report> {
    let mut stands = Vec::new();
    for &key in &plan.keys {
        for &stored in &plan.stored {
            complain(&format!("a shop with {key:?} keys and {stored} orders …"));
            stands.push(Stand::set_up(plan, key, stored).await?);
        }
    }
    let mut report = Report::new(plan);
    for round in 1..=plan.rounds {
        for stand in &mut stands {
            complain(&format!(
                "round {round} of {}: {:?}, {} stored",
                plan.rounds, stand.key, stand.stored
            ));
            stand.measure(plan, &mut report).await?;
        }
    }
    Ok(report)
}

impl Stand {
    async fn set_up(plan: &Plan, key: KeyKind, stored: usize) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("countersign-bench-")
            .tempdir()?;
        let ground = Ground::lay(folder.path(), key, plan.buyers, stored).await?;
        let server = Server::start(&ground, folder.path())?;
        let address = server.address(&ground)?;
        let tokens = sign_in(&address, plan.buyers).await?;
        let mut stand = Self {
            key,
            stored,
            ground,
            server,
            address,
            tokens,
            made: 0,
            _folder: folder,
        };
        // Nothing is measured while caches are cold.
        stand.send(8, plan.orders / 4, None).await?;
        stand.server.rest().await?;
        Ok(stand)
    }

    async fn measure(&mut self, plan: &Plan, report: &mut Report) -> Result<()> {
        let primitives = Primitives::measure(&self.ground, &self.server, &self.address).await?;
        for &clients in &plan.clients {
            let orders = if clients == 1 {
                plan.orders / 10
            } else {
                plan.orders
            };
            let before = self.server.cpu()?;
            let sent = self.send(clients, orders, None).await?;
            self.server.rest().await?;
            let cpu = self.server.cpu()?.saturating_sub(before);
            let (memory, _) = self.server.memory()?;
            let scene = Scene {
                key: self.key,
                stored: self.stored,
                clients,
                by_the_clock: false,
            };
            let cpu_us = micros(cpu) / crate::load::count(orders);
            report.add(scene, Measured::of(&sent, cpu_us, memory, &primitives));
        }
        self.by_the_clock(plan, &primitives, report).await
    }

    /// Orders that come when they come, at a rate below the highest that was reached: nobody waits for an
    /// answer before the next is due, so that a pause is felt by all that come in it.
    async fn by_the_clock(
        &mut self,
        plan: &Plan,
        primitives: &Primitives,
        report: &mut Report,
    ) -> Result<()> {
        let Some(&clients) = plan.clients.iter().max() else {
            return Ok(());
        };
        let rate = report.highest_rate(self.key, self.stored) * OPEN_SHARE;
        let before = self.server.cpu()?;
        let sent = self.send(clients, plan.orders, Some(rate)).await?;
        self.server.rest().await?;
        let cpu = self.server.cpu()?.saturating_sub(before);
        let (memory, _) = self.server.memory()?;
        let scene = Scene {
            key: self.key,
            stored: self.stored,
            clients,
            by_the_clock: true,
        };
        let cpu_us = micros(cpu) / crate::load::count(plan.orders);
        report.add(scene, Measured::of(&sent, cpu_us, memory, primitives));
        Ok(())
    }

    async fn send(&mut self, clients: usize, orders: usize, rate: Option<f64>) -> Result<Sent> {
        let ready = self.prepare(orders)?;
        let mut clients = Clients::connect(&self.address, clients, &self.tokens).await?;
        clients.send(ready, rate).await
    }

    /// Signs and seals orders, on all cores.
    fn prepare(&mut self, count: usize) -> Result<Vec<Ready>> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let (first, ground) = (self.made, &self.ground);
        self.made += count;
        let buyers = ground.buyers.len();
        let make = |number: usize| {
            let buyer = number % buyers;
            let envelope = ground.envelope(buyer, &format!("PO-{number}"))?;
            Ok::<_, anyhow::Error>(Ready {
                buyer,
                envelope: Bytes::from(envelope),
            })
        };
        thread::scope(|scope| {
            let share = |core: usize| {
                let mine = (first + core..first + count).step_by(cores);
                scope.spawn(move || mine.map(make).collect::<Result<Vec<_>>>())
            };
            let threads: Vec<_> = (0..cores).map(share).collect();
            let mut all = Vec::with_capacity(count);
            for thread in threads {
                let part = thread.join().ok().context("a thread panicked")?;
                all.extend(part?);
            }
            Ok(all)
        })
    }
}

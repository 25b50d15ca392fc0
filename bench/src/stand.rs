//! A shop of one kind, the servers at its data, and the load that is put on them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use countersign_envelope::Signer;
use tempfile::TempDir;

use crate::client::Address;
use crate::cpu::micros;
use crate::ground::{Basket, Ground, KeyKind};
use crate::load::{Clients, Ready, Sent, count};
use crate::on_all_cores;
use crate::place::{Place, StoreKind};
use crate::report::{Figures, Kind, Measure, Scene};
use crate::server::Server;
use crate::stages::Spent;

/// Clients and orders that warm up what is cold.
const WARM_UP: Load = Load::of(8, 400);

/// A shop, and the servers at its data.
pub(crate) struct Stand {
    pub(crate) store: StoreKind,
    pub(crate) key: KeyKind,
    pub(crate) stored: usize,
    // In the order of dropping: servers end before their database, and that before its folder.
    servers: Vec<Server>,
    pub(crate) ground: Ground,
    folder: TempDir,
    /// Orders that were made, so that each has its own number.
    made: usize,
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) clients: usize,
    pub(crate) orders: usize,
    /// Orders that are due in a second; without it each client waits for its answer.
    pub(crate) rate: Option<f64>,
    pub(crate) basket: Basket,
}

/// What was taken of the CPU until some moment.
#[derive(Clone, Copy, Debug)]
struct Taken {
    /// By all servers.
    cpu: Duration,
    /// By their threads for letters.
    letters: Duration,
    /// By the database's processes.
    database: Duration,
}

impl Taken {
    /// What of the servers' CPU went since then into orders until the last was answered; and the rest: letters,
    /// those that were written before, too, and what else came after.
    fn shares(self, answered: Self, rested: Self) -> (Duration, Duration) {
        let early = answered.letters.saturating_sub(self.letters);
        let until_answered = answered.cpu.saturating_sub(self.cpu);
        let answering = until_answered.saturating_sub(early);
        let all = rested.cpu.saturating_sub(self.cpu);
        (answering, all.saturating_sub(answering))
    }
}

impl Load {
    pub(crate) const fn of(clients: usize, orders: usize) -> Self {
        Self {
            clients,
            orders,
            rate: None,
            basket: Basket::Three,
        }
    }
}

impl Stand {
    /// Lays the ground, and starts a server on it; nothing is measured while caches are cold.
    pub(crate) async fn set_up(
        store: StoreKind,
        key: KeyKind,
        signers: &Arc<Vec<Signer>>,
        stored: usize,
    ) -> Result<Self> {
        let mut stand = Self::lay(store, key, signers, stored).await?;
        stand.servers.push(Server::start(&stand.ground, &[])?);
        stand.run(WARM_UP).await?;
        Ok(stand)
    }

    /// Lays the ground only.
    pub(crate) async fn lay(
        store: StoreKind,
        key: KeyKind,
        signers: &Arc<Vec<Signer>>,
        stored: usize,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("countersign-bench-")
            .tempdir()?;
        let place = |file| Place::find(store, file);
        let ground = Ground::lay(folder.path(), place, signers, stored).await?;
        Ok(Self {
            store,
            key,
            stored,
            servers: Vec::new(),
            ground,
            folder,
            made: 0,
        })
    }

    /// What is measured here, as a scene.
    pub(crate) fn scene(&self, kind: Kind, clients: usize) -> Scene {
        Scene {
            kind,
            store: self.store,
            key: self.key,
            stored: self.stored,
            clients,
        }
    }

    /// The first server.
    pub(crate) fn server(&self) -> Result<&Server> {
        self.servers.first().context("no server")
    }

    /// Starts one more server on the same database.
    pub(crate) fn open_another(&mut self) -> Result<()> {
        let data = self.folder.path().join("another");
        self.servers
            .push(Server::start_another(&self.ground, &data)?);
        Ok(())
    }

    /// Ends that server.
    pub(crate) fn close_the_other(&mut self) -> Result<()> {
        self.servers.truncate(1);
        std::fs::remove_dir_all(self.folder.path().join("another"))?;
        Ok(())
    }

    /// Sends orders to all servers, and measures what comes of it.
    pub(crate) async fn run(&mut self, load: Load) -> Result<Figures> {
        let addresses = self.addresses();
        let prepared = self.prepare(&addresses, load).await?;
        let stages = self.spent().await?;
        let before = self.taken()?;
        let sent = prepared.send().await?;
        let answered = self.taken()?;
        for server in &self.servers {
            server.rest().await?;
        }
        let rested = self.taken()?;
        let orders = count(load.orders);
        let each = |taken| micros(taken) / orders;
        let (answering, afterwards) = before.shares(answered, rested);
        let mut figures = sent.figures();
        figures.extend([
            (Measure::CpuUs, each(answering)),
            (Measure::LettersCpuUs, each(afterwards)),
            (
                Measure::DatabaseCpuUs,
                each(rested.database.saturating_sub(before.database)),
            ),
            (Measure::MemoryMib, self.memory()?),
        ]);
        figures.extend(self.spent().await?.since(stages, orders));
        Ok(figures)
    }

    /// Signs and seals orders on all cores, and opens connections to these servers.
    pub(crate) async fn prepare(&mut self, servers: &[Address], load: Load) -> Result<Prepared> {
        let numbers = self.made..self.made + load.orders;
        self.made += load.orders;
        let buyers = self.ground.buyers();
        let orders = on_all_cores(numbers, |number| {
            let buyer = number % buyers;
            let envelope = self.ground.envelope(buyer, number, load.basket)?;
            Ok(Ready {
                buyer,
                envelope: Bytes::from(envelope),
            })
        })?;
        Ok(Prepared {
            clients: Clients::connect(servers, load.clients, &self.ground.tokens).await?,
            orders,
            rate: load.rate,
        })
    }

    fn addresses(&self) -> Vec<Address> {
        let addresses = self.servers.iter().map(Server::address);
        addresses.cloned().collect()
    }

    fn taken(&self) -> Result<Taken> {
        let cpu = self.servers.iter().map(Server::cpu);
        let letters = self.servers.iter().map(Server::letters_cpu);
        Ok(Taken {
            cpu: cpu.sum::<Result<_>>()?,
            letters: letters.sum::<Result<_>>()?,
            database: self.ground.place.cpu()?,
        })
    }

    /// The most that one of the servers has had.
    fn memory(&self) -> Result<f64> {
        let mut most = 0.0_f64;
        for server in &self.servers {
            most = most.max(server.memory()?);
        }
        Ok(most)
    }

    async fn spent(&self) -> Result<Spent> {
        let mut all = Spent::default();
        for server in &self.servers {
            all = all.and(Spent::at(server.address()).await?);
        }
        Ok(all)
    }
}

/// Orders and clients that are ready.
pub(crate) struct Prepared {
    clients: Clients,
    orders: Vec<Ready>,
    rate: Option<f64>,
}

impl Prepared {
    pub(crate) async fn send(mut self) -> Result<Sent> {
        self.clients.send(self.orders, self.rate).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_stand_apart_whenever_they_were_written() {
        let at = |cpu, letters| Taken {
            cpu: Duration::from_secs(cpu),
            letters: Duration::from_secs(letters),
            database: Duration::ZERO,
        };
        // Six seconds until the last answer, one of them for letters; four more afterwards.
        let (answering, rest) = at(10, 5).shares(at(16, 6), at(20, 9));
        assert_eq!((answering.as_secs(), rest.as_secs()), (5, 5));
    }
}

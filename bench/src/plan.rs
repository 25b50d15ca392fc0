//! What is measured: a full plan, a quick one, and what the command line changes in either.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::ground::KeyKind;
use crate::place::StoreKind;

/// Clients that send at once where a key is measured only in passing.
const CLIENTS_IN_PASSING: &[usize] = &[64];

/// What is measured together.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// Orders, by store, key and clients; and by the clock.
    Orders,
    /// Orders of many buyers, on few and on many stored orders.
    Growth,
    /// All orders on one product, and spread over a thousand, in PostgreSQL.
    Products,
    /// One server and two on one PostgreSQL database.
    Servers,
    /// A batch of 64 in the store, and 64 batches of one.
    Batches,
    /// Sign-ins.
    SignIns,
    /// TLS handshakes.
    Handshakes,
    /// Orders while a crowd is at the door: idle, slow, or signing in.
    Crowds,
}

/// What the command line asks for.
#[derive(Clone, Debug, Args)]
pub(crate) struct Asked {
    /// One round of everything with few orders, within two minutes: to see that it works, not how fast it is.
    #[arg(long)]
    quick: bool,
    /// Rounds; the report shows medians. [default: 5]
    #[arg(long)]
    rounds: Option<NonZeroUsize>,
    /// What is measured. [default: all of it]
    #[arg(long, value_enum, value_delimiter = ',')]
    parts: Option<Vec<Part>>,
    /// Where orders are kept. [default: sqlite,postgres]
    #[arg(long, value_enum, value_delimiter = ',')]
    store: Option<Vec<StoreKind>>,
    /// The keys that buyers sign with. [default: rsa3072,dsa2048; and dsa3072 by 64 clients on SQLite]
    #[arg(long, value_enum, value_delimiter = ',')]
    keys: Option<Vec<KeyKind>>,
    /// Clients that send at once, one order after another. [default: 1,8,32,64,100,256]
    #[arg(long, value_delimiter = ',')]
    clients: Option<Vec<NonZeroUsize>>,
    /// Orders that are there before: the first number everywhere, each of them in the part `growth`.
    /// [default: 10000,1000000]
    #[arg(long, value_delimiter = ',')]
    stored: Option<Vec<usize>>,
    /// Orders in each measurement; a single client sends a tenth of them. [default: 3000]
    #[arg(long)]
    orders: Option<NonZeroUsize>,
    /// Buyers in the part `growth`. [default: 10000]
    #[arg(long)]
    buyers: Option<NonZeroUsize>,
}

/// What is measured, and on what ground.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) parts: Vec<Part>,
    pub(crate) stores: Vec<StoreKind>,
    pub(crate) keys: Vec<KeyKind>,
    /// Keys with which only orders by [`CLIENTS_IN_PASSING`] on SQLite are measured.
    #[serde(default)]
    pub(crate) keys_in_passing: Vec<KeyKind>,
    pub(crate) clients: Vec<usize>,
    /// In order of size, none twice.
    pub(crate) stored: Vec<usize>,
    pub(crate) orders: usize,
    /// Buyers in the part `growth`.
    pub(crate) buyers: usize,
    /// Connections that say nothing.
    pub(crate) idle: usize,
    /// Connections that say little.
    pub(crate) slow: usize,
    /// Sign-ins that come at once.
    pub(crate) sign_ins: usize,
}

impl Plan {
    pub(crate) fn of(asked: &Asked) -> Self {
        let mut plan = if asked.quick {
            Self::quick()
        } else {
            Self::full()
        };
        let Asked {
            quick: _,
            rounds,
            parts,
            store,
            keys,
            clients,
            stored,
            orders,
            buyers,
        } = asked.clone();
        replace(&mut plan.rounds, rounds);
        replace(&mut plan.parts, parts);
        replace(&mut plan.stores, store);
        replace(&mut plan.keys, keys);
        let clients = clients.map(|all| all.into_iter().map(usize::from).collect::<Vec<_>>());
        replace(&mut plan.clients, clients);
        replace(&mut plan.stored, stored);
        replace(&mut plan.orders, orders);
        replace(&mut plan.buyers, buyers);
        if asked.keys.is_some() || !plan.has(Part::Orders) {
            plan.keys_in_passing.clear();
        }
        plan.stored.sort_unstable();
        plan.stored.dedup();
        plan
    }

    pub(crate) fn full() -> Self {
        Self {
            rounds: 5,
            parts: Part::value_variants().to_vec(),
            stores: StoreKind::value_variants().to_vec(),
            keys: vec![KeyKind::Rsa3072, KeyKind::Dsa2048],
            keys_in_passing: vec![KeyKind::Dsa3072],
            clients: vec![1, 8, 32, 64, 100, 256],
            stored: vec![10_000, 1_000_000],
            orders: 3_000,
            buyers: 10_000,
            idle: 10_000,
            slow: 2_000,
            sign_ins: 500,
        }
    }

    pub(crate) fn quick() -> Self {
        Self {
            rounds: 1,
            clients: vec![1, 64],
            stored: vec![1_000, 20_000],
            orders: 500,
            buyers: 500,
            idle: 1_000,
            slow: 200,
            sign_ins: 100,
            ..Self::full()
        }
    }

    pub(crate) fn has(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }

    /// Every key, those that are measured in passing last.
    pub(crate) fn all_keys(&self) -> impl Iterator<Item = KeyKind> {
        self.keys.iter().chain(&self.keys_in_passing).copied()
    }

    pub(crate) fn is_in_passing(&self, key: KeyKind) -> bool {
        self.keys_in_passing.contains(&key)
    }

    /// Where orders with a key are kept.
    pub(crate) fn stores_of(&self, key: KeyKind) -> impl Iterator<Item = StoreKind> {
        let is_in_passing = self.is_in_passing(key);
        let stores = self.stores.iter().copied();
        stores.filter(move |store| match store {
            StoreKind::Sqlite => true,
            StoreKind::Postgres => !is_in_passing,
        })
    }

    /// How many clients send orders with a key.
    pub(crate) fn clients_of(&self, key: KeyKind) -> &[usize] {
        if self.is_in_passing(key) {
            CLIENTS_IN_PASSING
        } else {
            &self.clients
        }
    }

    /// Orders that are there before, but in the part `growth`.
    pub(crate) fn stored_at_least(&self) -> usize {
        self.stored.first().copied().unwrap_or_default()
    }
}

fn replace<T>(value: &mut T, by: Option<impl Into<T>>) {
    if let Some(by) = by {
        *value = by.into();
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        asked: Asked,
    }

    #[test]
    fn no_rounds_orders_clients_or_buyers_are_refused() {
        for none in ["--rounds 0", "--orders 0", "--clients 1,0", "--buyers 0"] {
            let line = format!("bench {none}");
            assert!(Typed::try_parse_from(line.split(' ')).is_err(), "{none}");
        }
        let some = "bench --rounds 2 --orders 3 --clients 4,5 --buyers 6";
        let plan = Plan::of(&Typed::parse_from(some.split(' ')).asked);
        assert_eq!((plan.rounds, plan.orders, plan.buyers), (2, 3, 6));
        assert_eq!(plan.clients, [4, 5]);
    }

    #[test]
    fn a_key_in_passing_is_measured_in_one_place_unless_keys_or_parts_are_named() {
        let plan = |line: &str| Plan::of(&Typed::parse_from(line.split(' ')).asked);
        let full = plan("bench");
        assert_eq!(full.all_keys().last(), Some(KeyKind::Dsa3072));
        let stores = |key| full.stores_of(key).collect::<Vec<_>>();
        assert_eq!(stores(KeyKind::Dsa3072), [StoreKind::Sqlite]);
        assert_eq!(stores(KeyKind::Dsa2048).len(), 2);
        assert_eq!(full.clients_of(KeyKind::Dsa3072), [64]);
        assert_eq!(full.clients_of(KeyKind::Dsa2048), full.clients);
        let named = plan("bench --keys dsa3072");
        assert!(!named.is_in_passing(KeyKind::Dsa3072));
        assert_eq!(named.clients_of(KeyKind::Dsa3072), named.clients);
        assert_eq!(plan("bench --parts growth").all_keys().count(), 2);
    }
}

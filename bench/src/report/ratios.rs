//! What is aimed at on any machine: ratios of what was measured in one round, and a few bounds.

use super::table::{Table, number};
use super::{Figures, Kind, Measure, Report, Row, Scene, median};
use crate::ground::KeyKind;
use crate::place::StoreKind;

/// A figure, what it is to be, and whether it is.
#[derive(Debug)]
pub(super) struct Ratio {
    pub(super) what: String,
    /// None if it was not measured.
    pub(super) value: Option<f64>,
    pub(super) target: Target,
}

/// What a figure is to be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

/// What is demanded of orders with one kind of key.
struct Demands {
    key: KeyKind,
    over_primitives: f64,
    /// None where only 64 clients are measured.
    over_one_client: Option<f64>,
}

const DEMANDS: [Demands; 3] = [
    Demands {
        key: KeyKind::Rsa3072,
        over_primitives: 1.35,
        over_one_client: Some(5.0),
    },
    Demands {
        key: KeyKind::Dsa2048,
        over_primitives: 1.2,
        over_one_client: Some(3.3),
    },
    Demands {
        key: KeyKind::Dsa3072,
        over_primitives: 1.2,
        over_one_client: None,
    },
];

use Measure::{
    CpuUs, MemoryMib, OpensslEcdhUs, OpensslVerifyUs, P50Us, P99Us, PerSecond, PrimitivesUs,
    QuietP99Us, VerifyColdUs, VerifyWarmUs,
};
use Target::{AtLeast, AtMost};

impl Target {
    pub(super) fn text(self) -> String {
        match self {
            AtMost(most) => format!("≤ {}", number(most)),
            AtLeast(least) => format!("≥ {}", number(least)),
        }
    }
}

impl Ratio {
    pub(super) fn is_met(&self) -> Option<bool> {
        self.value.map(|value| match self.target {
            AtMost(most) => value <= most,
            AtLeast(least) => value >= least,
        })
    }
}

impl Report {
    pub(super) fn ratios(&self) -> Vec<Ratio> {
        let mut ratios = Vec::new();
        let mut say = |what: String, target, value| {
            ratios.push(Ratio {
                what,
                value,
                target,
            });
        };
        for demands in DEMANDS {
            self.of_orders(&demands, &mut say);
        }
        self.of_verification(&mut say);
        self.of_growth(&mut say);
        self.of_databases(&mut say);
        self.of_crowds(&mut say);
        ratios
    }

    fn of_orders(&self, demands: &Demands, say: &mut impl FnMut(String, Target, Option<f64>)) {
        let name = demands.key.name();
        let at = |clients| {
            self.find(|scene| {
                let these = (Kind::Orders, StoreKind::Sqlite, demands.key, clients);
                (scene.kind, scene.store, scene.key, scene.clients) == these
            })
        };
        let (one, many, most) = (at(1), at(64), at(256));
        say(
            format!("{name}: server CPU for an order ÷ that of its primitives, 64 clients"),
            AtMost(demands.over_primitives),
            within(many, |round| over(round, CpuUs, PrimitivesUs)),
        );
        if demands.key == KeyKind::Rsa3072 {
            let openssl = self.find(|scene| scene.kind == Kind::Openssl);
            let value = between(many, openssl, |orders, openssl| {
                let steps = openssl.get(&OpensslEcdhUs)? + openssl.get(&OpensslVerifyUs)?;
                Some(orders.get(&CpuUs)? / steps)
            });
            let what = format!(
                "{name}: server CPU for an order ÷ that of OpenSSL for ECDH P-256 and one verification"
            );
            say(what, AtMost(2.4), value);
        }
        say(
            format!("{name}: p99 ÷ p50, 64 clients"),
            AtMost(2.5),
            within(many, |round| over(round, P99Us, P50Us)),
        );
        // What follows compares with other numbers of clients.
        let Some(over_one_client) = demands.over_one_client else {
            return;
        };
        say(
            format!("{name}: orders/s, 64 clients ÷ 1 client"),
            AtLeast(over_one_client),
            quotient(many, one, PerSecond),
        );
        say(
            format!("{name}: server CPU for an order, 256 clients ÷ 64"),
            AtMost(1.05),
            quotient(most, many, CpuUs),
        );
        say(
            format!("{name}: memory of the server, MiB, 256 clients"),
            AtMost(200.0),
            within(most, |round| round.get(&MemoryMib).copied()),
        );
    }

    fn of_verification(&self, say: &mut impl FnMut(String, Target, Option<f64>)) {
        let row = self.of_kind(Kind::Verification).next();
        for (key, least, measure) in [
            ("a key that signs often", 1.5, VerifyWarmUs),
            ("a key not seen before", 0.5, VerifyColdUs),
        ] {
            say(
                format!("DSA-2048: OpenSSL's CPU for a verification ÷ that of an order, {key}"),
                AtLeast(least),
                within(row, |round| over(round, OpensslVerifyUs, measure)),
            );
        }
    }

    fn of_growth(&self, say: &mut impl FnMut(String, Target, Option<f64>)) {
        let few = self.of_kind(Kind::Growth).next();
        let many = self.of_kind(Kind::Growth).last();
        let many = many.filter(|many| few.is_some_and(|few| few.scene != many.scene));
        let names = match (few, many) {
            (Some(few), Some(many)) => {
                let of = |row: &Row| super::table::counted(row.scene.stored);
                format!("{} orders stored ÷ {}", of(many), of(few))
            }
            _ => "many orders stored ÷ few".to_owned(),
        };
        say(
            format!("orders/s, {names}"),
            AtLeast(0.9),
            quotient(many, few, PerSecond),
        );
        say(
            format!("p99, {names}"),
            AtMost(1.5),
            quotient(many, few, P99Us),
        );
    }

    fn of_databases(&self, say: &mut impl FnMut(String, Target, Option<f64>)) {
        let first = |kind| self.of_kind(kind).next();
        say(
            "PostgreSQL: orders/s, all on one product ÷ spread over 1,000".to_owned(),
            AtLeast(0.9),
            quotient(first(Kind::OneProduct), first(Kind::AnyProduct), PerSecond),
        );
        for store in [StoreKind::Postgres, StoreKind::Sqlite] {
            let of = |kind| self.find(|scene: &Scene| scene.kind == kind && scene.store == store);
            say(
                format!(
                    "{}: orders/s into the store, a batch of 64 ÷ one by one",
                    store.name()
                ),
                AtLeast(4.0),
                quotient(of(Kind::Batches), of(Kind::OneByOne), PerSecond),
            );
        }
        say(
            "PostgreSQL: orders/s, two servers ÷ one".to_owned(),
            AtLeast(0.95),
            quotient(first(Kind::TwoServers), first(Kind::OneServer), PerSecond),
        );
    }

    fn of_crowds(&self, say: &mut impl FnMut(String, Target, Option<f64>)) {
        let idle = self.of_kind(Kind::Idle).next();
        let size = |kind| {
            let row = self.of_kind(kind).next();
            row.map_or_else(String::new, |row| {
                format!("{} ", super::table::counted(row.scene.clients))
            })
        };
        let beside = size(Kind::Idle);
        say(
            format!("memory of the server, MiB, with {beside}idle connections"),
            AtMost(200.0),
            within(idle, |round| round.get(&MemoryMib).copied()),
        );
        say(
            format!("p99 of orders, ms, beside {beside}idle connections"),
            AtMost(100.0),
            within(idle, |round| Some(round.get(&P99Us)? / 1e3)),
        );
        for (kind, name) in [
            (Kind::Slow, "slow connections"),
            (Kind::SignInsAtOnce, "sign-ins at once"),
        ] {
            let row = self.of_kind(kind).next();
            say(
                format!("p99 of orders beside {}{name} ÷ without", size(kind)),
                AtMost(2.0),
                within(row, |round| over(round, P99Us, QuietP99Us)),
            );
        }
    }

    /// All of them as a table.
    pub(super) fn table_of_ratios(&self) -> Table {
        let mut table = Table::new(["what", "target", "measured", "met"]);
        for ratio in self.ratios() {
            let target = ratio.target.text();
            let met = match ratio.is_met() {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "–",
            };
            let value = super::table::cell(ratio.value);
            table.row([ratio.what, target, value, met.to_owned()]);
        }
        table
    }
}

/// The median of what is computed in each round of a row.
fn within(row: Option<&Row>, value: impl Fn(&Figures) -> Option<f64>) -> Option<f64> {
    row?.median_of(value)
}

/// The median of what is computed from two rows, round by round.
fn between(
    row: Option<&Row>,
    other: Option<&Row>,
    value: impl Fn(&Figures, &Figures) -> Option<f64>,
) -> Option<f64> {
    let rounds = row?.rounds.iter().zip(&other?.rounds);
    median(
        rounds
            .filter_map(|(mine, others)| value(mine, others))
            .collect(),
    )
}

/// The same measure of two rows.
fn quotient(row: Option<&Row>, other: Option<&Row>, measure: Measure) -> Option<f64> {
    between(row, other, |mine, others| {
        Some(mine.get(&measure)? / others.get(&measure)?)
    })
}

/// Two measures of one round.
pub(super) fn over(round: &Figures, measure: Measure, by: Measure) -> Option<f64> {
    Some(round.get(&measure)? / round.get(&by)?)
}

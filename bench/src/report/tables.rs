//! The tables of a report, each under its heading and with what has to be said of it.

use super::ratios::over;
use super::table::{Table, cell, counted, milliseconds, number};
use super::{Kind, Measure, Report, Row};
use crate::primitives::PRIMITIVES;
use crate::stages::STAGES;

/// A part of the page.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) heading: &'static str,
    /// What is shown, and how it was measured.
    pub(super) text: String,
    pub(super) table: Table,
}

impl Report {
    /// All parts of which something was measured.
    pub(super) fn sections(&self) -> Vec<Section> {
        let sections = [
            Section {
                heading: "Ratios",
                text: RATIOS.to_owned(),
                table: self.table_of_ratios(),
            },
            Section {
                heading: "Orders",
                text: ORDERS.to_owned(),
                table: self.orders(),
            },
            Section {
                heading: "What an order cannot cost less than",
                text: self.about_primitives(),
                table: self.primitives(),
            },
            Section {
                heading: "Where the time goes",
                text: STAGES_TEXT.to_owned(),
                table: self.stages(),
            },
            Section {
                heading: "Many orders, one product, two servers",
                text: self.about_special(),
                table: self.special(),
            },
            Section {
                heading: "Sign-ins and handshakes",
                text: DOORS.to_owned(),
                table: self.doors(),
            },
            Section {
                heading: "A crowd at the door",
                text: CROWDS.to_owned(),
                table: self.crowds(),
            },
            self.sizing(),
        ];
        let filled = sections.into_iter();
        filled.filter(|section| !section.table.is_empty()).collect()
    }

    fn orders(&self) -> Table {
        let mut table = Table::new([
            "store",
            "key",
            "clients",
            "orders/s",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "server CPU ms per 1,000 orders",
            "÷ primitives",
            "and for their letters",
            "database CPU ms per 1,000 orders",
            "memory MiB",
        ]);
        let rows = self.rows.iter().filter(|row| is_orders(row));
        for row in rows {
            let is_by_the_clock = row.scene.kind == Kind::OrdersByTheClock;
            let clock = if is_by_the_clock { " *" } else { "" };
            let database = row.median(Measure::DatabaseCpuUs).filter(|cpu| *cpu > 0.0);
            table.row([
                row.scene.store.name().to_owned(),
                row.scene.key.name().to_owned(),
                format!("{}{clock}", counted(row.scene.clients)),
                cell(row.median(Measure::PerSecond)),
                milliseconds(row.median(Measure::P50Us)),
                milliseconds(row.median(Measure::P95Us)),
                milliseconds(row.median(Measure::P99Us)),
                cell(row.median(Measure::CpuUs)),
                cell(row.median_of(|round| over(round, Measure::CpuUs, Measure::PrimitivesUs))),
                cell(row.median(Measure::LettersCpuUs)),
                cell(database),
                cell(row.median(Measure::MemoryMib)),
            ]);
        }
        table
    }

    fn primitives(&self) -> Table {
        let mut table = Table::new([
            "store", "key", "open", "verify", "sign", "request", "batch", "together", "letter",
        ]);
        // All rows with one key and one store have the same primitives: the one with most clients shows them.
        let shows_them = |row: &&Row| {
            let clients = self.plan.clients_of(row.scene.key);
            clients.iter().max() == Some(&row.scene.clients)
        };
        for row in self.of_kind(Kind::Orders).filter(shows_them) {
            let [open, verify, sign, request, batch] =
                PRIMITIVES.map(|(_, measure)| cell(row.median(measure)));
            table.row([
                row.scene.store.name().to_owned(),
                row.scene.key.name().to_owned(),
                open,
                verify,
                sign,
                request,
                batch,
                cell(row.median(Measure::PrimitivesUs)),
                cell(row.median(Measure::LetterUs)),
            ]);
        }
        table
    }

    fn about_primitives(&self) -> String {
        let openssl = self.of_kind(Kind::Openssl).next();
        let verification = self.of_kind(Kind::Verification).next();
        let of = |row: Option<&Row>, measure| cell(row.and_then(|row| row.median(measure)));
        format!(
            "{PRIMITIVES_TEXT} `openssl speed` in the same rounds: {} µs for one agreement on P-256 (`ecdhp256`), \
             {} µs for one verification (`rsa3072`). An order by a DSA-2048 key that signs often, of \
             which tables are kept, takes {} µs to verify, one by a key that was not seen before {} µs; OpenSSL's \
             library takes {} µs for a certificate that such a key has signed.",
            of(openssl, Measure::OpensslEcdhUs),
            of(openssl, Measure::OpensslVerifyUs),
            of(verification, Measure::VerifyWarmUs),
            of(verification, Measure::VerifyColdUs),
            of(verification, Measure::OpensslVerifyUs),
        )
    }

    fn stages(&self) -> Table {
        let mut table = Table::new([
            "shop", "open", "verify", "turn", "load", "decide", "sign", "apply", "commit",
            "together",
        ]);
        let servers = [Kind::OneServer, Kind::TwoServers];
        let rows = self.rows.iter().filter(|row| {
            let is_usual = row.scene.kind == Kind::Orders && row.scene.clients == 64;
            is_usual || servers.contains(&row.scene.kind)
        });
        for row in rows {
            let sum = |round: &super::Figures| {
                STAGES
                    .iter()
                    .map(|(_, measure)| round.get(measure))
                    .sum::<Option<f64>>()
            };
            let stage = |measure: Measure| {
                let share = row.median_of(|round| Some(round.get(&measure)? / sum(round)?));
                let share = share.map_or(0.0, |share| share * 100.0);
                format!("{} ({share:.0} %)", cell(row.median(measure)))
            };
            let [open, verify, turn, load, decide, sign, apply, commit] =
                STAGES.map(|(_, measure)| stage(measure));
            let name = if row.scene.kind == Kind::OneServer {
                ", one server"
            } else if row.scene.kind == Kind::TwoServers {
                ", two servers"
            } else {
                ""
            };
            let shop = format!("{}, {}{name}", row.scene.store.name(), row.scene.key.name());
            let all = cell(row.median_of(sum));
            table.row([
                shop, open, verify, turn, load, decide, sign, apply, commit, all,
            ]);
        }
        table
    }

    fn special(&self) -> Table {
        let mut table = Table::new([
            "what",
            "store",
            "key",
            "orders/s",
            "p50 ms",
            "p99 ms",
            "server CPU ms per 1,000 orders",
        ]);
        for row in &self.rows {
            let what = match row.scene.kind {
                Kind::Growth => format!("{} orders stored", counted(row.scene.stored)),
                Kind::OneProduct => "all orders on one product".to_owned(),
                Kind::AnyProduct => "orders spread over 1,000 products".to_owned(),
                Kind::OneServer => "one server".to_owned(),
                Kind::TwoServers => "two servers on one database".to_owned(),
                Kind::Batches => "into the store, 64 at a time".to_owned(),
                Kind::OneByOne => "into the store, one by one".to_owned(),
                Kind::Orders
                | Kind::OrdersByTheClock
                | Kind::SignIns
                | Kind::Handshakes
                | Kind::Idle
                | Kind::Slow
                | Kind::SignInsAtOnce
                | Kind::Openssl
                | Kind::Verification => continue,
            };
            table.row([
                what,
                row.scene.store.name().to_owned(),
                row.scene.key.name().to_owned(),
                cell(row.median(Measure::PerSecond)),
                milliseconds(row.median(Measure::P50Us)),
                milliseconds(row.median(Measure::P99Us)),
                cell(row.median(Measure::CpuUs)),
            ]);
        }
        table
    }

    fn about_special(&self) -> String {
        SPECIAL.replace("BUYERS", &counted(self.plan.buyers))
    }

    fn doors(&self) -> Table {
        let mut table = Table::new(["what", "a second", "p50 ms", "p99 ms", "server CPU ms each"]);
        for (kind, name) in [
            (Kind::Handshakes, "TLS handshake"),
            (Kind::SignIns, "sign-in"),
        ] {
            for row in self.of_kind(kind) {
                table.row([
                    name.to_owned(),
                    cell(row.median(Measure::PerSecond)),
                    milliseconds(row.median(Measure::P50Us)),
                    milliseconds(row.median(Measure::P99Us)),
                    milliseconds(row.median(Measure::CpuUs)),
                ]);
            }
        }
        table
    }

    fn crowds(&self) -> Table {
        let mut table = Table::new([
            "crowd",
            "p50 ms without",
            "p99 ms without",
            "p50 ms",
            "p99 ms",
            "memory MiB",
        ]);
        for (kind, name) in [
            (Kind::Idle, "idle connections"),
            (Kind::Slow, "slow connections"),
            (Kind::SignInsAtOnce, "sign-ins at once"),
        ] {
            for row in self.of_kind(kind) {
                let let_in = row.median(Measure::LetIn);
                let let_in = let_in.map_or_else(String::new, |let_in| {
                    format!(", {} let in", counted_of(let_in))
                });
                let crowd = format!("{} {name}{let_in}", counted(row.scene.clients));
                table.row([
                    crowd,
                    milliseconds(row.median(Measure::QuietP50Us)),
                    milliseconds(row.median(Measure::QuietP99Us)),
                    milliseconds(row.median(Measure::P50Us)),
                    milliseconds(row.median(Measure::P99Us)),
                    cell(row.median(Measure::MemoryMib)),
                ]);
            }
        }
        table
    }
}

fn is_orders(row: &Row) -> bool {
    [Kind::Orders, Kind::OrdersByTheClock].contains(&row.scene.kind)
}

fn counted_of(value: f64) -> String {
    number(value)
        .trim_end_matches(".00")
        .trim_end_matches(".0")
        .to_owned()
}

const RATIOS: &str = "\
What is aimed at on any machine. Each ratio is of two figures of one round; shown is the median of the rounds. Where \
nothing else is said, the store is SQLite.";

const ORDERS: &str = "\
Orders of three lines by 16 buyers, signed and sealed beforehand, over kept connections. Each client sends its next \
order when it has the answer to the one before. With a star, orders come by the clock, at 70 % of the highest rate of \
the same round, and latency counts from when an order was due. Every answer is 201 with a receipt, on the disk before \
it leaves. CPU is that of the server's process until the last answer, without its thread for letters, which wait until no \
order does. What that thread takes meanwhile, and the server afterwards until it is at rest, stands apart. The database's \
is that of all processes of PostgreSQL until the server is at rest, letters included. Memory is the most that was resident in the server's process since it started, for all lines of a shop and its sign-ins. One client sends a tenth of the orders. DSA-2048 \
and DSA-3072 are DSA with p of 2048 and 3072 bits, q of 256, and the parameters that `po keygen` uses; the larger is \
measured with 64 clients on SQLite only.";

const PRIMITIVES_TEXT: &str = "\
Microseconds of CPU for an order, measured in the same rounds as the orders above: opening the envelope (ECDH on P-256, \
AES-256-GCM), verifying the buyer's signature, signing the receipt (ECDSA on P-256), an empty request over TLS, and the \
order's part of a batch of 64 in the store: orders by buyers in turn, each with its receipt's leaf, and its letter \
queued. In PostgreSQL, `batch` is the CPU on the server's side. `letter` is the \
signature of its letter alone (RSA-3072), which is not a part of `together`.";

const STAGES_TEXT: &str = "\
Microseconds for an order, and their share, with 64 clients, by the server's own account (`countersign_stage_seconds` \
of `/metrics`). This is time that passed, waiting and being without a processor included, not CPU. `open` and `verify` \
run for many orders side by side; a batch's `turn`, `load`, `decide`, `sign`, `apply` and `commit` are shared out among \
its orders. `turn` is the wait until nobody else writes: the other server, where there are two.";

const SPECIAL: &str = "\
64 clients. The orders on many stored ones come from BUYERS different buyers, in turn, each with an account, a \
DSA-2048 key enrolled by the rules, and a session; the stored orders are theirs, too. DSA, since as many RSA keys would \
take hours to make; hardly any key signs twice, so that each order costs the verification of a key not seen before, and \
these two lines are to be compared with each other only. Stored orders were put into the database by the calls that the desk uses, and shipped, each in one \
move, without signatures and letters. Their file is read once before they are measured, so that it is in memory. \
Sessions were opened in the store, without hashing as many passwords. The lines about the store are measured at the \
store, with no server: 64 orders with their letters in one transaction, and in 64. Two servers, their database and the \
load share this machine: that line tells what taking turns costs, not what a second machine brings. Both lines, of one \
server and of two, are measured once as many orders have come before, so that opening connections to the database is \
no part of them.";

const DOORS: &str = "\
Eight clients. Handshakes are whole ones, TLS 1.3 with X25519MLKEM768 and a P-256 certificate, never resumed, and each \
opens a connection. Sign-ins are over kept connections; the server hashes passwords with Argon2id (19 MiB, 2 passes) \
on two threads.";

const CROWDS: &str = "\
200 honest orders a second, by the clock, over 8 connections; before the crowd comes, and beside it. Idle connections \
have done their handshake and say nothing. Slow ones have, too; a third of them sends a header, a third a body, a \
little every half second, and a third nothing. The limits on connections are raised so that all of them stay; they \
come from 100 addresses. Of sign-ins that come at once, 256 wait, and the rest are told to come later (429).";

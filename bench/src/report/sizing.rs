//! How much machine a shop needs: derived from the CPU that an order takes.

use super::table::{Table, cell, counted};
use super::tables::Section;
use super::{Figures, Kind, Measure, Report, Row};
use crate::ground::{KeyKind, OLD_BYTES};
use crate::place::StoreKind;

/// Orders a second that machines are told for.
const RATES: [u32; 7] = [1, 10, 100, 300, 1_000, 3_000, 10_000];
/// How busy processors are to be at most, and the one writer.
const BUSY: f64 = 0.5;
/// Clients at which the CPU for an order is taken.
const CLIENTS: usize = 64;
/// Cores of machines that are commonly sold.
const MACHINES: [u32; 7] = [2, 4, 8, 16, 32, 64, 128];
/// What a writer does for a batch.
const WRITING: [Measure; 5] = [
    Measure::StageLoadUs,
    Measure::StageDecideUs,
    Measure::StageSignUs,
    Measure::StageApplyUs,
    Measure::StageCommitUs,
];

impl Report {
    pub(super) fn sizing(&self) -> Section {
        let mut table = Table::new([
            "orders/s, at the peak",
            "a day, if spread as in a shop",
            "RSA: cores",
            "DSA: cores",
            "PostgreSQL, RSA: cores of servers",
            "of the database",
            "choose",
        ]);
        let sqlite = |key| self.usual(StoreKind::Sqlite, key);
        let postgres = self.usual(StoreKind::Postgres, KeyKind::Rsa3072);
        let limits = [
            sqlite(KeyKind::Rsa3072).and_then(writes),
            postgres.and_then(writes),
        ];
        let is_measured = sqlite(KeyKind::Rsa3072).is_some();
        for rate in RATES.into_iter().filter(|_| is_measured) {
            let cores = |row: Option<&Row>, cpu: &dyn Fn(&Figures) -> Option<f64>| {
                row.and_then(|row| row.median_of(cpu))
                    .map(|cpu| f64::from(rate) * cpu / 1e6 / BUSY)
            };
            let rsa = cores(sqlite(KeyKind::Rsa3072), &of_server);
            table.row([
                counted(usize::try_from(rate).unwrap_or_default()),
                // A fifth of a day's orders comes in its busiest hour.
                counted(usize::try_from(rate * 3_600 * 5).unwrap_or_default()),
                cell(rsa),
                cell(cores(sqlite(KeyKind::Dsa2048), &of_server)),
                cell(cores(postgres, &of_server)),
                cell(cores(postgres, &|round| {
                    round.get(&Measure::DatabaseCpuUs).copied()
                })),
                choice(f64::from(rate), rsa, limits),
            ]);
        }
        Section {
            heading: "What to buy",
            text: self.about_sizing(limits),
            table,
        }
    }

    /// Orders at [`CLIENTS`] clients.
    fn usual(&self, store: StoreKind, key: KeyKind) -> Option<&Row> {
        self.find(|scene| {
            let these = (Kind::Orders, store, key, CLIENTS);
            (scene.kind, scene.store, scene.key, scene.clients) == these
        })
    }

    fn about_sizing(&self, [sqlite, postgres]: [Option<f64>; 2]) -> String {
        let disk = self.of_kind(Kind::Growth).last();
        let disk = disk.filter(|row| row.scene.stored > 0);
        let disk = disk.and_then(|row| {
            let mib = row.median(Measure::DiskMib)?;
            Some(mib * 1024.0 / crate::load::count(row.scene.stored))
        });
        let letters = self.usual(StoreKind::Sqlite, KeyKind::Rsa3072);
        let letters = letters.and_then(|row| row.median(Measure::LettersCpuUs));
        let letters = letters.map(|each| 1e6 / each);
        format!(
            "Cores = orders/s × CPU for an order ÷ {BUSY}: at the peak, half of the processors are idle. Cores are like \
             those of the machine above. CPU for an order is the server's at {CLIENTS} clients, of the table of orders, \
             with its letter; TLS handshakes and sign-ins come on top, as often as buyers come anew. A fifth of a day's \
             orders comes in its busiest hour. Whatever the cores, orders of one shop are settled one batch after the \
             other: by what a batch took above with {CLIENTS} clients, about {} orders/s on SQLite and {} on PostgreSQL \
             (with more clients batches are larger, and it is more), of which half should stay free. A server writes letters one after \
             the other, at most {} a second; those of a peak are sent when fewer orders come. The disk syncs once for \
             each batch. An order takes about {} KiB of it in SQLite when it is shipped, with its lines, and \
             {OLD_BYTES} octets each of what was signed and of its receipt; what they are longer, the statement of its \
             shipment, and letters, come on top.",
            cell(sqlite),
            cell(postgres),
            cell(letters),
            cell(disk),
        )
    }
}

/// The server's CPU for an order and its letter.
fn of_server(round: &Figures) -> Option<f64> {
    Some(round.get(&Measure::CpuUs)? + round.get(&Measure::LettersCpuUs)?)
}

/// Orders that one writer settles in a second, if it does nothing else.
fn writes(row: &Row) -> Option<f64> {
    let micros = |round: &Figures| {
        let stages = WRITING.iter().map(|measure| round.get(measure));
        stages.sum::<Option<f64>>()
    };
    row.median_of(|round| Some(1e6 / micros(round)?))
}

fn choice(rate: f64, cores: Option<f64>, [sqlite, postgres]: [Option<f64>; 2]) -> String {
    let fits = |limit: Option<f64>| limit.is_some_and(|limit| rate <= limit * BUSY);
    let Some(cores) = cores else {
        return "–".to_owned();
    };
    let machine = MACHINES.into_iter().find(|has| cores <= f64::from(*has));
    match machine {
        Some(has) if fits(sqlite) => format!("SQLite, a machine of {has} cores"),
        _ if fits(postgres) => {
            format!("PostgreSQL, servers of {:.0} cores together", cores.ceil())
        }
        _ => "several shops: too many for one log".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_fits_into_one_writer_with_half_of_it_free() {
        let limits = [Some(1_000.0), Some(4_000.0)];
        let choose = |rate, cores| choice(rate, Some(cores), limits);
        assert_eq!(choose(500.0, 1.2), "SQLite, a machine of 2 cores");
        assert_eq!(choose(500.0, 2.1), "SQLite, a machine of 4 cores");
        assert_eq!(
            choose(501.0, 2.1),
            "PostgreSQL, servers of 3 cores together"
        );
        assert_eq!(
            choose(2_000.0, 900.0),
            "PostgreSQL, servers of 900 cores together"
        );
        let too_many = "several shops: too many for one log";
        assert_eq!(choose(2_001.0, 2.1), too_many);
        assert_eq!(choice(1.0, Some(1.0), [None, None]), too_many);
        assert_eq!(choice(1.0, None, limits), "–");
    }
}

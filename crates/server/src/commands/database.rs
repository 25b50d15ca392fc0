//! `opd database`: a whole shop moves from one kind of database to another.

use std::path::Path;

use countersign_order::Digest;
use countersign_store::OpenError;
use countersign_store::copy::{Copied, CopyError, Progress, Step, copy};
use serde::Serialize;

use super::counted;
use crate::cli::{CopyDatabase, Database};
use crate::context::Context;
use crate::database::Choice;
use crate::failure::{Exit, Failure};
use crate::output::{facts, table};

/// Rows of one table after which it is said how far it has come.
const ROWS_BETWEEN_MESSAGES: u64 = 50_000;

/// What was copied, for programs.
#[derive(Debug, Serialize)]
struct Report<'a> {
    from: &'a str,
    to: &'a str,
    origin: String,
    root_fingerprint: Digest,
    tables: Vec<TableReport>,
    rows: u64,
    logs: Vec<LogReport>,
    statements: u64,
    digest: Digest,
}

#[derive(Debug, Serialize)]
struct TableReport {
    name: &'static str,
    rows: u64,
    digest: Digest,
}

#[derive(Debug, Serialize)]
struct LogReport {
    origin: String,
    size: u64,
    root: String,
}

pub(super) async fn run(context: &Context, database: &Database) -> Result<(), Failure> {
    match database {
        Database::Copy(asked) => copy_shop(context, asked).await,
    }
}

async fn copy_shop(context: &Context, asked: &CopyDatabase) -> Result<(), Failure> {
    let storage = context.settings()?.storage;
    let from = Choice::named(&asked.from, &storage)?;
    let to = Choice::named(&asked.to, &storage)?;
    must_differ(&from, &to)?;
    let output = context.output;
    let mut said = 0;
    let mut tell = |progress: Progress| {
        if progress.is_done {
            said = 0;
        } else if progress.rows - said >= ROWS_BETWEEN_MESSAGES {
            said = progress.rows;
        } else {
            return;
        }
        output.message(&sentence(progress));
    };
    let copied = copy(&from.location(), &to.location(), &mut tell).await?;
    let report = Report::of(asked, &copied);
    output.data(&report, || describe(&report))?;
    output.message(&what_next(&to, asked));
    Ok(())
}

/// Only between the kinds: for copies of one kind there are better tools.
fn must_differ(from: &Choice, to: &Choice) -> Result<(), Failure> {
    let usage = |message| Failure::new(Exit::Usage, message);
    match (from, to) {
        (Choice::Sqlite(_), Choice::Postgres(_)) | (Choice::Postgres(_), Choice::Sqlite(_)) => {
            Ok(())
        }
        (Choice::Sqlite(from), Choice::Sqlite(to)) if is_same(from, to) => {
            Err(usage("--from and --to name the same file").advise(OTHER_KIND))
        }
        (Choice::Postgres(from), Choice::Postgres(to)) if from.address == to.address => {
            Err(usage("--from and --to name the same database").advise(OTHER_KIND))
        }
        (Choice::Sqlite(_), Choice::Sqlite(_)) => Err(usage("both are SQLite files")
            .advise("opd backup FILE copies one, also while the server runs")),
        (Choice::Postgres(_), Choice::Postgres(_)) => Err(usage("both are PostgreSQL databases")
            .advise("pg_dump --format=custom and pg_restore copy one")),
    }
}

const OTHER_KIND: &str = "name one as sqlite:PATH, the other as postgres://USER@HOST/NAME";

fn is_same(from: &Path, to: &Path) -> bool {
    let (real, other) = (from.canonicalize(), to.canonicalize());
    from == to || real.is_ok_and(|real| other.is_ok_and(|other| real == other))
}

fn sentence(progress: Progress) -> String {
    let verb = match progress.step {
        Step::Copy => "copied",
        Step::Compare => "compared",
    };
    let more = if progress.is_done { "" } else { " so far" };
    let rows = counted(progress.rows, "row");
    format!("{}: {rows} {verb}{more}", progress.table)
}

impl<'a> Report<'a> {
    fn of(asked: &'a CopyDatabase, copied: &Copied) -> Self {
        let tables = copied.tables.iter().map(|table| TableReport {
            name: table.name,
            rows: table.rows,
            digest: table.digest,
        });
        let logs = copied.logs.iter().map(|log| LogReport {
            origin: log.origin.to_string(),
            size: log.size,
            root: log.root.to_string(),
        });
        Self {
            from: &asked.from,
            to: &asked.to,
            origin: copied.origin.to_string(),
            root_fingerprint: copied.root,
            tables: tables.collect(),
            rows: copied.tables.iter().map(|table| table.rows).sum(),
            logs: logs.collect(),
            statements: copied.logs.iter().map(|log| log.size).sum(),
            digest: copied.digest,
        }
    }
}

fn describe(report: &Report<'_>) -> String {
    let rows: Vec<Vec<String>> = report
        .tables
        .iter()
        .map(|table| {
            let digest = table.digest.to_string();
            vec![table.name.to_owned(), table.rows.to_string(), digest]
        })
        .collect();
    let mut known = vec![
        ("shop", report.origin.clone()),
        ("rows", report.rows.to_string()),
        ("statements", report.statements.to_string()),
    ];
    for log in &report.logs {
        known.push((
            "log",
            format!("{}, {} leaves, root {}", log.origin, log.size, log.root),
        ));
    }
    known.push(("digest", report.digest.to_string()));
    let tables = table(&["table", ">rows", "digest"], &rows);
    format!("{tables}\n{}", facts(&known))
}

/// What makes the copy the shop.
fn what_next(to: &Choice, asked: &CopyDatabase) -> String {
    let (setting, first) = match to {
        Choice::Postgres(_) => (
            asked.to.replace(['\\', '"'], ""),
            "  1. Give the servers' role its rights: psql --file roles/postgres.sql, as its owner.\n     \
             Name that role in the address below.\n",
        ),
        Choice::Sqlite(path) => (
            path.display().to_string(),
            "  1. Keep the PostgreSQL database closed to servers: two shops would sign one log.\n",
        ),
    };
    format!(
        "Both hold the same shop now. Serve one of them, never both.\n{first}  \
         2. In opd.toml:\n\n     [storage]\n     database = \"{setting}\"\n\n  \
         3. opd log verify, then opd serve."
    )
}

impl From<CopyError> for Failure {
    fn from(error: CopyError) -> Self {
        let failure = Self::caused_by(&error);
        let conflict = |advice: &str| Self {
            exit: Exit::Conflict,
            ..Self::caused_by(&error).advise(advice)
        };
        match error {
            CopyError::SourceServed => conflict(
                "stop every server and every opd command that works on it, then copy again",
            ),
            CopyError::SourceBusy | CopyError::TargetBusy => Self {
                exit: Exit::Retry,
                ..failure.advise("wait until it is done, or stop it, then copy again")
            },
            CopyError::NoShop => Self {
                exit: Exit::NotFound,
                ..failure.advise("is it another database? name the one with the shop as --from")
            },
            CopyError::Source(OpenError::Missing(_)) => Self {
                exit: Exit::NotFound,
                ..failure.advise("name the file with the shop as --from sqlite:PATH")
            },
            CopyError::SourceSchema { found, known } if found < known => {
                failure.advise("bring it up to date with this opd first: opd log verify")
            }
            CopyError::SourceSchema { .. } | CopyError::TargetSchema { .. } => {
                failure.advise("use the version of opd that serves it, or a target with nothing in it")
            }
            CopyError::TargetTaken | CopyError::TargetNotEmpty(_) => conflict(
                "a copy replaces nothing: name a database with nothing in it, such as a new one",
            ),
            CopyError::TargetNotOwned => failure.advise(
                "name the owner of the database in --to; servers get their rights afterwards, by \
                 roles/postgres.sql",
            ),
            CopyError::Target(_) | CopyError::Write(_) => failure
                .advise("nothing was copied; look at the target, then copy again"),
            CopyError::Source(_) | CopyError::Read(_) => failure.advise(
                "nothing was copied; look at the source: opd log verify says whether it is sound",
            ),
            CopyError::OutcomeUnknown(_) => Self {
                exit: Exit::Retry,
                ..failure.advise(
                    "copy again: the answer is either the copy, or that there is a shop at the target, \
                     which is then this one, whole",
                )
            },
            CopyError::Differs { .. } => Self {
                exit: Exit::Invalid,
                ..failure.advise(
                    "nothing was copied; did somebody write at the target meanwhile? copy again",
                )
            },
            CopyError::LogDiffers(_) | CopyError::StatementsDiffer { .. } => Self {
                exit: Exit::Invalid,
                ..failure.advise(
                    "nothing was copied; the source is damaged: opd log verify says where",
                )
            },
        }
    }
}

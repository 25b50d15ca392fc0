//! What every backend promises, as tests. Each test runs on all of them, through [`place::places`].
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod audit;
mod cancellations;
mod changes;
mod conservation;
mod intake;
mod inventory;
mod isolation;
mod keys;
mod log;
mod orders;
mod outbox;
mod parties;
mod place;
mod refusals;
mod sessions;
mod shop;
mod sqlite;
mod sqlite_process;
mod statement_count;
mod statements;

//! What every backend promises, as tests. Each test runs on all of them, through [`place::on_every_backend`].
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests"
)]

mod audit;
mod cancellations;
mod changes;
mod conservation;
mod copying;
mod credit;
mod intake;
mod inventory;
mod isolation;
mod keys;
mod log;
mod orders;
mod outbox;
mod parties;
mod people;
mod place;
mod postgres;
mod postgres_cluster;
mod postgres_rows;
mod postgres_together;
mod prices;
mod refusals;
mod sessions;
mod shop;
mod sqlite;
mod sqlite_process;
mod sqlite_upgrade;
mod statement_count;
mod statements;
mod webhooks;

//! The commands of `opd`, one file for each word: read what was typed, ask the desk, print.

mod account;
mod audit;
mod backup;
mod buyer;
mod clerk;
mod database;
mod import;
mod init;
mod item;
mod key;
mod log;
mod login;
mod mail;
mod order;
mod outbox;
mod papers;
mod place;
mod price;
mod refusals;
mod seller;
mod serve;
mod stock;
mod terms;
mod token;
mod watch;
mod webhook;
mod witness;

use std::ffi::OsString;
use std::fmt;
use std::process::ExitCode;

use clap::Parser as _;
use countersign_api::Page;
use jiff::Timestamp;

use crate::cli::{self, Cli, Command};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::{Output, usage};

/// Rows read from the store at a time.
const ROWS: u32 = 500;

/// Runs the program with these arguments, the first of which is its own name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    #[cfg(feature = "crash-points")]
    countersign_store::crash::arm();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let output = Output::new(cli.global.printing);
    let ended = start(&cli, output);
    match ended {
        Ok(()) => Exit::Ok.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}

fn start(cli: &Cli, output: Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::caused_by(&error))?;
    runtime.block_on(dispatch(cli, output))
}

async fn dispatch(typed: &Cli, output: Output) -> Result<(), Failure> {
    let context = || Context::new(&typed.global, output);
    let here = || {
        let context = context()?;
        context.must_be_here()?;
        Ok::<_, Failure>(context)
    };
    match &typed.command {
        Command::Init(init) => {
            let context = context()?;
            context.must_not_be_elsewhere()?;
            init::run(&context, init).await
        }
        Command::Backup(asked) => backup::back_up(&here()?, asked),
        Command::Restore(asked) => backup::restore(&here()?, asked).await,
        Command::Database(database) => database::run(&here()?, database).await,
        Command::Serve(serve) => serve::run(&here()?, serve).await,
        Command::Buyer(buyer) => buyer::run(&context()?, buyer).await,
        Command::Clerk(clerk) => clerk::run(&here()?, clerk).await,
        Command::Login(wanted) => login::log_in(&context()?, wanted),
        Command::Logout => login::log_out(&context()?),
        Command::Key(key) => key::run(&here()?, key).await,
        Command::Token(token) => token::run(&here()?, token).await,
        Command::Item(item) => item::run(&context()?, item).await,
        Command::Price(price) => price::run(&context()?, price).await,
        Command::Stock(stock) => stock::run(&context()?, stock).await,
        Command::Order(order) => order::run(&context()?, order).await,
        Command::Refusals(refusals) => refusals::run(&context()?, refusals).await,
        Command::Outbox(outbox) => outbox::run(&context()?, outbox).await,
        Command::Webhook(webhook) => webhook::run(&context()?, webhook).await,
        Command::Mail(mail) => mail::run(&here()?, mail).await,
        Command::Seller(cli::Seller::Sign(asked)) => seller::sign(&context()?, asked),
        Command::Seller(seller) => seller::run(&here()?, seller).await,
        Command::Audit(asked) => audit::run(&here()?, asked).await,
        Command::Log(log) => log::run(&here()?, log).await,
        Command::Import(import) => import::run(&here()?, import).await,
        Command::Witness(witness) => witness::run(&typed.global, output, witness).await,
    }
}

/// All rows, as one page without a next.
fn whole<T>(rows: &[T]) -> Page<&T> {
    Page {
        data: rows.iter().collect(),
        next: None,
    }
}

/// A count of things, as a sentence says it: `1 key`, `2 keys`.
fn counted(count: impl fmt::Display, thing: &str) -> String {
    let count = count.to_string();
    let ending = if count == "1" { "" } else { "s" };
    format!("{count} {thing}{ending}")
}

/// A moment as the tables show it: UTC, to the second.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A day as the tables show it, in UTC.
fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_several() {
        assert_eq!(counted(0, "key"), "0 keys");
        assert_eq!(counted(1, "key"), "1 key");
        assert_eq!(counted(2, "key"), "2 keys");
    }
}

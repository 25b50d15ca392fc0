//! `opd import` as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_order::Currency;

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Import accounts, keys and inventory of the course implementation: all of it, or nothing.
    Reference(ImportReference),
}

#[derive(Debug, Args)]
pub(crate) struct ImportReference {
    /// The folder with Accounts.json, inventory.json and "Public Key PEMs".
    pub(crate) folder: PathBuf,
    /// The currency of the inventory's prices.
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Currency,
    /// Leave out the keys whose fingerprints this file lists, too, one a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) denied_keys: Option<PathBuf>,
    /// Change nothing; print counts and what is wrong.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

//! `opd database` as it is typed.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Database {
    /// Copy the whole shop into another kind of database: from SQLite to PostgreSQL, or back.
    ///
    /// No server may be open on either. Everything is read back at both ends and compared before the copy
    /// counts; until then, and after any error, the target holds nothing of it. The source is not changed.
    Copy(CopyDatabase),
}

#[derive(Debug, Args)]
pub(crate) struct CopyDatabase {
    /// Where the shop is: sqlite:PATH, or `postgres://USER@HOST/NAME`. A password stands in the file that
    /// the settings name, never here.
    #[arg(long, value_name = "DATABASE")]
    pub(crate) from: String,
    /// Where it is to be, opened by the owner of that database: a file that is not there yet, or a database
    /// with nothing in it.
    #[arg(long, value_name = "DATABASE")]
    pub(crate) to: String,
}

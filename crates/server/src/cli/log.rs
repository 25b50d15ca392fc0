//! `opd log` as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_order::ShortText;

#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Compare everything that is stored with what was signed, and the log with its checkpoints.
    Verify(VerifyLog),
    /// Close a log that lost its end, and open one that follows it.
    ///
    /// For when the newest database is gone and an older one was put back. The root signs what is
    /// lost; the buyers' receipts from the lost range keep their worth.
    Recover(RecoverLog),
    /// List the witnesses that are asked to cosign the log, and how far each has seen it.
    Witnesses,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyLog {
    /// A checkpoint from elsewhere, such as a buyer's or a witness's, that the log must still hold.
    #[arg(long = "checkpoint", value_name = "FILE")]
    pub(crate) checkpoints: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RecoverLog {
    /// Why, in a sentence that everyone may read.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: ShortText,
    /// The folder with the root's key; root in the data directory unless said.
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// A file with the passphrase of the root's key; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// The last checkpoint that is known, where a witness or a buyer has a later one than the
    /// checkpoint file.
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
}

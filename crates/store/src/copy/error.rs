//! Why a shop was not copied.

use countersign_order::LogOrigin;
use thiserror::Error;

use crate::{OpenError, StoreError};

/// Why a shop was not copied. Nothing of it is at the target, except after [`Self::OutcomeUnknown`].
#[derive(Debug, Error)]
pub enum CopyError {
    /// A server is open on the source.
    #[error("a server is open on the source")]
    SourceServed,
    /// Somebody is writing at the source.
    #[error("another program is writing at the source")]
    SourceBusy,
    /// There is no shop at the source.
    #[error("there is no shop at the source")]
    NoShop,
    /// The source has another schema than this program's.
    #[error("the source has schema {found}, and this program copies schema {known} only")]
    SourceSchema {
        /// The schema's version at the source.
        found: u32,
        /// The version that is copied.
        known: u32,
    },
    /// Some program has the target's turn to write.
    #[error("another program is at work at the target")]
    TargetBusy,
    /// There is a shop at the target.
    #[error("there is a shop at the target already")]
    TargetTaken,
    /// There is no shop at the target, but something else.
    #[error("the target is not empty: its table {0} has rows")]
    TargetNotEmpty(&'static str),
    /// The target has another schema than this program's.
    #[error("the target has schema {found}, and this program writes schema {known} only")]
    TargetSchema {
        /// The schema's version at the target.
        found: u32,
        /// The version that is written.
        known: u32,
    },
    /// Whoever is to write does not own the tables.
    #[error("the role that opens the target does not own its tables")]
    TargetNotOwned,
    /// The source cannot be opened.
    #[error("the source cannot be opened")]
    Source(#[source] OpenError),
    /// The target cannot be opened.
    #[error("the target cannot be opened")]
    Target(#[source] OpenError),
    /// The source cannot be read.
    #[error("the source cannot be read")]
    Read(#[source] StoreError),
    /// The target cannot be written.
    #[error("the target cannot be written")]
    Write(#[source] StoreError),
    /// The target was written, and it is not known whether that stands.
    #[error("everything was copied and compared, and it is unknown whether the target keeps it")]
    OutcomeUnknown(#[source] StoreError),
    /// What was read back is not what was written.
    #[error("table {table} differs: {source_rows} rows at the source, {target_rows} at the target")]
    Differs {
        /// The table.
        table: &'static str,
        /// How many rows it has at the source.
        source_rows: u64,
        /// How many rows it has at the target.
        target_rows: u64,
    },
    /// The statements do not make up the log.
    #[error("the statements do not make up the log {0}, as its size and root say")]
    LogDiffers(LogOrigin),
    /// There are statements in no log, or fewer than the logs hold.
    #[error("the logs hold {logged} statements, and there are {found}")]
    StatementsDiffer {
        /// How many the logs hold.
        logged: u64,
        /// How many there are in an unbroken sequence.
        found: u64,
    },
}

impl CopyError {
    /// What it means that a lock was not to be had, or that a store failed otherwise.
    pub(crate) fn of_store(
        error: StoreError,
        busy: Self,
        otherwise: impl FnOnce(StoreError) -> Self,
    ) -> Self {
        if matches!(error, StoreError::Busy) {
            busy
        } else {
            otherwise(error)
        }
    }

    /// What it means that a server has the right to serve, or that a file failed otherwise.
    pub(crate) fn of_file(
        error: OpenError,
        served: Self,
        otherwise: impl FnOnce(OpenError) -> Self,
    ) -> Self {
        if matches!(error, OpenError::AlreadyServed(_)) {
            served
        } else {
            otherwise(error)
        }
    }
}

//! What can go wrong with a store, by who must act: try again, the operator, or us.

use std::error::Error;
use std::path::PathBuf;

use thiserror::Error;

/// Why a unit of work failed. Nothing of it was kept, except after [`Self::OutcomeUnknown`].
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another writer got there first; the same work on fresh reads may succeed. The only error a
    /// caller retries.
    #[error("another writer changed the same rows first")]
    Conflict,
    /// The turn to write, or a reading connection, did not come within the busy timeout.
    #[error("the store is busy")]
    Busy,
    /// There is no room left on the disk. Reads still work, and writes do again once there is.
    #[error("no space is left for the store")]
    Full,
    /// The commit failed in a way that leaves open whether it stands.
    #[error("it is unknown whether the commit stands")]
    OutcomeUnknown(#[source] Box<dyn Error + Send + Sync>),
    /// A stored value makes no sense: damage, or a hand that edited the database.
    #[error("the stored value in {table}.{column} of row {row} makes no sense")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key, as text.
        row: String,
    },
    /// A write would have broken a rule of the schema, such as stock below zero: our mistake.
    #[error("the write breaks a rule of the schema")]
    RuleBroken(#[source] Box<dyn Error + Send + Sync>),
    /// The database cannot be used.
    #[error("the store cannot be used")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// Why a store could not be opened, or locked for serving.
#[derive(Debug, Error)]
pub enum OpenError {
    /// There is no database at this path.
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    /// A database to be made is already there.
    #[error("there is already a database at {}", .0.display())]
    Exists(PathBuf),
    /// Another `opd serve` is using this database.
    #[error("a server is already serving {}", .0.display())]
    AlreadyServed(PathBuf),
    /// The file is a database, but not one of ours.
    #[error("{} is not a Countersign database", .0.display())]
    Foreign(PathBuf),
    /// The file is one of ours, and what is in it does not hang together.
    #[error("{} is damaged", .0.display())]
    Damaged(PathBuf),
    /// A newer version of this program has migrated the database.
    #[error("the database has schema {found}, this program knows up to {known}: use a newer one")]
    NewerSchema {
        /// The schema's version in the database.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// A PostgreSQL database whose text is not Unicode: names would be refused, or kept as something else.
    #[error("the database keeps text as {0}, and not as UTF8")]
    Encoding(String),
    /// The address of the database makes no sense.
    #[error("the address of the database makes no sense")]
    Address(#[source] Box<dyn Error + Send + Sync>),
    /// The file, or the folder it lies in, cannot be used.
    #[error("{} cannot be opened", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The database answered with an error.
    #[error("the database cannot be opened")]
    Store(#[from] StoreError),
}

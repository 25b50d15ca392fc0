//! `[storage]`: where orders, accounts and stock are kept.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where orders, accounts and stock are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StorageSettings {
    /// The database: a file, by default `opd.db` in the data directory, or the address of a PostgreSQL
    /// database, `postgres://USER@HOST/NAME`, which several servers may share.
    #[schemars(example = &"/srv/countersign/opd.db")]
    pub database: Option<String>,
    /// What a receipt must survive, in PostgreSQL: "replicated" is the loss of a machine, and the database
    /// must be told to wait for a standby; "single" is the end of the database's process.
    pub durability: Durability,
    /// The file that holds the database's password, in PostgreSQL; only its owner may read it.
    #[schemars(example = &"/etc/countersign/database-password")]
    pub password_file: Option<PathBuf>,
    /// The certificates, in PEM, of those who vouch for the database's host, in PostgreSQL; by default
    /// those that the operating system trusts.
    #[schemars(example = &"/etc/countersign/database-authorities.pem")]
    pub authorities: Option<PathBuf>,
}

/// What a receipt must survive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// The loss of a machine.
    #[default]
    Replicated,
    /// The end of the database's process.
    Single,
}

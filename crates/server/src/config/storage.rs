//! `[storage]`: where orders, accounts and stock are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where orders, accounts and stock are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StorageSettings {
    /// The database: a file, by default `opd.db` in the data directory.
    #[schemars(example = &"/srv/countersign/opd.db")]
    pub database: Option<String>,
}

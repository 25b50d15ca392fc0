//! `[log]`: the transparency log.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The transparency log, and who watches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// Whether anyone may read the log, or only who is signed in. It tells how many statements there
    /// are and when they came, and nothing else.
    pub public: bool,
    /// The file that remembers the newest checkpoint, by default `log.checkpoint` in the data
    /// directory. Best on another disk than the database, and never in its backups: by it an old
    /// backup that was put back is noticed.
    #[schemars(example = &"/var/lib/countersign-checkpoint/shop.checkpoint")]
    pub checkpoint_file: Option<PathBuf>,
    /// Who is asked to cosign the log: tables with the `key` that each of them gave you and the `url`
    /// where it answers, as the guide on witnesses shows. At most 16.
    pub witnesses: Vec<WitnessSettings>,
}

/// A witness: someone else who remembers how far they saw the log grow, and says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WitnessSettings {
    /// Its key as it prints it: a name, a plus sign, eight hexadecimal digits, a plus sign, and base64.
    pub key: String,
    /// Where it answers, without `/add-checkpoint`.
    pub url: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            public: true,
            checkpoint_file: None,
            witnesses: Vec::new(),
        }
    }
}

//! What an operator may set: one TOML file, one struct per section, unknown fields refused.
//!
//! Precedence is flag, environment, file, default. A secret is never a value here, only the path
//! of a file that holds it.

mod desk;
mod environment;
mod listen;
mod log;
mod mail;
mod sample;
mod sessions;
mod storage;
mod traces;
mod webhooks;

use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::desk::{DeskMode, DeskSettings};
pub use self::listen::{ListenSettings, MetricsReaders};
pub use self::log::{LogSettings, WitnessSettings};
pub use self::mail::{Encryption, MailSettings, MailTransport, SmtpSettings};
pub use self::sample::sample;
pub use self::sessions::SessionSettings;
pub use self::storage::{Durability, StorageSettings};
pub use self::traces::{TraceFormat, TraceSettings};
pub use self::webhooks::WebhookSettings;

/// Everything an operator may set, in the sections of `opd.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the server listens, and how long it waits for a peer.
    pub listen: ListenSettings,
    /// How orders are taken in and fulfilled.
    pub desk: DeskSettings,
    /// How long a sign-in lasts.
    pub sessions: SessionSettings,
    /// How letters leave the house.
    pub mail: MailSettings,
    /// Who is told by HTTP of what happens.
    pub webhooks: WebhookSettings,
    /// Where orders, accounts and stock are kept.
    pub storage: StorageSettings,
    /// The transparency log, and who watches it.
    pub log: LogSettings,
    /// What the server tells about itself, on standard error.
    pub traces: TraceSettings,
}

impl Settings {
    /// Reads the file, if there is one, and lays the environment over it.
    ///
    /// A missing file is an error only for the caller who asked for that very file: `file` is
    /// `None` where the default one does not exist.
    pub fn load(
        file: Option<&Path>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut table = match file {
            Some(path) => read(path)?,
            None => toml::Table::new(),
        };
        environment::overlay(&mut table, environment)?;
        let origin = file.map_or_else(|| PathBuf::from("environment"), Path::to_path_buf);
        table.try_into().map_err(|source| ConfigError::Meaning {
            path: origin,
            source,
        })
    }
}

fn read(path: &Path) -> Result<toml::Table, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    text.parse().map_err(|source| ConfigError::Meaning {
        path: path.to_path_buf(),
        source,
    })
}

/// Why the settings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read at all.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The text is not TOML, or not these settings.
    #[error("{} does not hold valid settings", path.display())]
    Meaning {
        /// The file, or `environment`.
        path: PathBuf,
        /// Where and what.
        source: toml::de::Error,
    },
    /// An environment variable's value is not of its setting's kind.
    #[error("{variable} is not a valid {expected}")]
    Environment {
        /// The variable.
        variable: String,
        /// What it should hold.
        expected: &'static str,
    },
}

#[cfg(test)]
mod tests;

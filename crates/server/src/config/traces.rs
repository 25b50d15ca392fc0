//! `[traces]`: what the server tells about itself, on standard error.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the server tells about itself, on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TraceSettings {
    /// "text" for people, "json" for machines.
    pub format: TraceFormat,
    /// Which traces appear: a level, or directives such as `info,countersign_server=debug`.
    pub filter: String,
}

/// How a trace is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TraceFormat {
    /// One readable line.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for TraceSettings {
    fn default() -> Self {
        Self {
            format: TraceFormat::Text,
            filter: "info".to_owned(),
        }
    }
}

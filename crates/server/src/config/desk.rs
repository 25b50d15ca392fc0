//! `[desk]`: how orders are taken in and fulfilled.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How orders are taken in and fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeskSettings {
    /// "automatic" prepares and ships accepted orders by itself; "manual" leaves it to clerks.
    pub mode: DeskMode,
    /// Orders an account may send in a minute; 0 means no limit.
    pub orders_per_minute: u32,
    /// Hours within which an order that is held gets its answer.
    pub hold_hours: u32,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            mode: DeskMode::Automatic,
            orders_per_minute: 0,
            hold_hours: 72,
        }
    }
}

/// Who prepares and ships.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeskMode {
    /// The desk itself, as soon as an order is accepted.
    #[default]
    Automatic,
    /// Clerks.
    Manual,
}

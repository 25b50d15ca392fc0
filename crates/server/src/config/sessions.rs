//! `[sessions]`: how long a sign-in lasts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a sign-in lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SessionSettings {
    /// Minutes without a request after which a session ends.
    pub idle_minutes: u32,
    /// Hours after which a session ends, used or not.
    pub absolute_hours: u32,
    /// Hours an invite can be redeemed.
    pub invite_hours: u32,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            idle_minutes: 60,
            absolute_hours: 12,
            invite_hours: 14 * 24,
        }
    }
}

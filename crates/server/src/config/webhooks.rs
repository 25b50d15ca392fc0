//! `[webhooks]`: who is told by HTTP of what happens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::webhooks::Allowed;

/// Who is told by HTTP of what happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookSettings {
    /// Receivers that may be asked although their addresses are not public: host names, addresses, or
    /// blocks such as "10.1.0.0/16". Only a host that is named here may be asked without TLS.
    pub allow: Vec<Allowed>,
    /// Seconds a receiver may take for its answer; the specification recommends 15 to 30.
    pub timeout_seconds: u32,
    /// Days for which the list of deliveries is kept, and can be replayed.
    pub keep_days: u32,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            timeout_seconds: 20,
            keep_days: 30,
        }
    }
}

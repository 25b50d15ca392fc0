//! `[listen]`: the address, and the patience the server has with a peer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the server listens, and how long it waits for a peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ListenSettings {
    /// The host name or IP address to listen on, unless `opd serve` names one.
    pub host: String,
    /// The TCP port to listen on, unless `opd serve` names one; 0 takes a free one.
    pub port: u16,
    /// How many connections may be open at once; more wait to be accepted.
    pub max_connections: usize,
    /// Seconds a peer has to finish the TLS handshake.
    pub handshake_timeout_seconds: u32,
    /// Seconds a connection may stay silent before, or be slow within, a request's header.
    pub idle_timeout_seconds: u32,
    /// Seconds a peer has to send the whole body of a request.
    pub body_timeout_seconds: u32,
}

impl Default for ListenSettings {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8443,
            max_connections: 1024,
            handshake_timeout_seconds: 10,
            idle_timeout_seconds: 30,
            body_timeout_seconds: 30,
        }
    }
}

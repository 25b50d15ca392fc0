//! `[listen]`: the address, and the patience the server has with a peer.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const CONNECTIONS: NonZeroU32 = NonZeroU32::new(1024).unwrap();
/// Half of all, so that nobody keeps everybody else out from one place.
const CONNECTIONS_PER_SOURCE: NonZeroU32 = NonZeroU32::new(512).unwrap();

/// Where the server listens, and how long it waits for a peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ListenSettings {
    /// The host name or IP address to listen on, unless `opd serve` names one.
    pub host: String,
    /// The TCP port to listen on, unless `opd serve` names one; 0 takes a free one.
    pub port: u16,
    /// How many connections may be open at once; for one more, an idle one is closed, rather one over
    /// which nobody has signed in.
    pub max_connections: NonZeroU32,
    /// How many of them one address (one /64 of IPv6) may hold; more are closed at once.
    pub max_connections_per_source: NonZeroU32,
    /// Whom `/metrics` answers: "loopback" is this machine, a proxy on it included; "anyone" is who
    /// reaches the server; "off" is nobody.
    pub metrics: MetricsReaders,
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
            max_connections: CONNECTIONS,
            max_connections_per_source: CONNECTIONS_PER_SOURCE,
            metrics: MetricsReaders::Loopback,
            handshake_timeout_seconds: 10,
            idle_timeout_seconds: 30,
            body_timeout_seconds: 30,
        }
    }
}

/// Whom `/metrics` answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricsReaders {
    /// Whoever asks from this machine.
    #[default]
    Loopback,
    /// Whoever reaches the server.
    Anyone,
    /// Nobody.
    Off,
}

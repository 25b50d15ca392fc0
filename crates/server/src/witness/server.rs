//! A witness that is running: its listener, and how it is stopped.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::Witness;
use crate::config::ListenSettings;
use crate::http::{self, Booth};
use crate::serve::ServeError;
use crate::shutdown::{self, Stopper};

/// A witness that is running.
#[derive(Debug)]
pub(crate) struct WitnessServer {
    address: SocketAddr,
    stopper: Stopper,
    listener: JoinHandle<()>,
}

impl WitnessServer {
    /// Starts to answer for a witness, in the clear without TLS. Port 0 takes a free one.
    pub(crate) async fn start(
        witness: Witness,
        tls: Option<TlsAcceptor>,
        settings: ListenSettings,
    ) -> Result<Self, ServeError> {
        let (host, port) = (settings.host.clone(), settings.port);
        let failed = |source| ServeError::Listen {
            host: host.clone(),
            port,
            source,
        };
        let listener = TcpListener::bind((host.as_str(), port))
            .await
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stopper, shutdown) = shutdown::channel();
        let booth = Booth::new(witness, &settings);
        let router = http::witness_router(Arc::new(booth));
        let listener = tokio::spawn(http::run(listener, tls, router, settings, shutdown));
        tracing::info!(%address, "witnessing");
        Ok(Self {
            address,
            stopper,
            listener,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops: no new connections, requests under way finish.
    pub(crate) async fn stop(self) {
        self.stopper.stop();
        if self.listener.await.is_err() {
            tracing::error!("the listener panicked");
        }
        tracing::info!("stopped");
    }
}

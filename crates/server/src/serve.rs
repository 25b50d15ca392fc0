//! A running server: the writer, the jobs and the listener, started together and stopped in turn.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::checkpoint_file::CheckpointFile;
use crate::cosigning::Witnesses;
use crate::desk::{Desk, writer};
use crate::http::{self, App, TlsError};
use crate::jobs;
use crate::mail::Postman;
use crate::shutdown::{self, Stopper};
use crate::telemetry::chain;

/// How long the jobs may take to finish what they have at hand.
const JOBS_PATIENCE: Duration = Duration::from_secs(1);

/// A server that is running.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    desk: Desk,
    /// The desk without the writer, and where it remembers the log once the writer has ended.
    app: (Desk, CheckpointFile),
    stopper: Stopper,
    listener: JoinHandle<()>,
    jobs: JoinSet<()>,
    writer: thread::JoinHandle<()>,
}

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {host} port {port}")]
    Listen {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// What the operating system said.
        source: io::Error,
    },
    /// The TLS key or certificate cannot be used.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// The writer's thread did not start.
    #[error("the writer cannot be started")]
    Writer(#[source] io::Error),
    /// The threads that hash passwords did not start, or the seller's facts cannot be written as JSON.
    #[error("requests cannot be answered")]
    Answering(#[source] io::Error),
}

impl Server {
    /// Starts to serve a desk. Port 0 takes a free one.
    pub async fn start(
        desk: Desk,
        postman: Arc<Postman>,
        checkpoint: CheckpointFile,
        witnesses: &Witnesses,
        host: &str,
        port: u16,
    ) -> Result<Self, ServeError> {
        let tls = http::tls(desk.seller())?;
        let failed = |source| ServeError::Listen {
            host: host.to_owned(),
            port,
            source,
        };
        let listener = TcpListener::bind((host, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stopper, shutdown) = shutdown::channel();
        let (queue, thread) = writer::start(desk.clone()).map_err(ServeError::Writer)?;
        let app = (desk.clone(), checkpoint.clone());
        let desk = desk.through(queue.clone());
        let mut jobs = jobs::start(&desk, postman, checkpoint, witnesses, &shutdown);
        let settings = desk.settings().listen.clone();
        let answering =
            App::new(desk.clone(), queue, shutdown.clone()).map_err(ServeError::Answering)?;
        jobs.spawn(http::watch(
            desk.clone(),
            answering.feed.clone(),
            shutdown.clone(),
        ));
        let router = http::router(Arc::new(answering));
        let listener = tokio::spawn(http::run(listener, Some(tls), router, settings, shutdown));
        tracing::info!(%address, "serving");
        Ok(Self {
            address,
            desk,
            app,
            stopper,
            listener,
            jobs,
            writer: thread,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The desk as the server works at it, through the one writer.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Stops: no new connections, requests under way finish, then the jobs, then the writer, all
    /// within ten seconds.
    pub async fn stop(mut self) {
        self.stopper.stop();
        if self.listener.await.is_err() {
            tracing::error!("the listener panicked");
        }
        let finished = timeout(JOBS_PATIENCE, async {
            while self.jobs.join_next().await.is_some() {}
        });
        if finished.await.is_err() {
            tracing::warn!("jobs were cut off; what they left undone is found again");
        }
        self.jobs.shutdown().await;
        drop(self.desk);
        // Its queue's last senders are gone with the listener and the jobs, so it ends by itself.
        let writer = self.writer;
        let ended = tokio::task::spawn_blocking(move || writer.join());
        if !matches!(ended.await, Ok(Ok(()))) {
            tracing::error!("the writer panicked");
        }
        let (desk, checkpoint) = self.app;
        if let Err(error) = jobs::remember(&desk, &checkpoint, None).await {
            tracing::error!(
                error = chain(&error),
                "the last checkpoint was not remembered"
            );
        }
        tracing::info!("stopped");
    }
}

//! Connections: HTTP/1.1, a cap on their number, in all and from one source, and a deadline on
//! every wait. TLS is 1.3 only.
//!
//! A shop is served over TLS and nothing else. A witness, which receives no secret and sends none,
//! may be served without: on the loopback, or behind a proxy that speaks TLS for it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::connections::{Connections, Opened, Slot};
use super::framing::{self, Framing};
use super::stall::Stalling;
use super::{leftover, problem};
use crate::config::ListenSettings;
use crate::seller::Seller;
use crate::shutdown::Shutdown;
use crate::source::Source;

/// The most bytes of a request's header.
const HEADER_MAX_BYTES: usize = 32 * 1024;
/// How long requests under way may take once the server is stopping.
const DRAIN: Duration = Duration::from_secs(9);
/// The pause after the operating system refused a connection, for want of descriptors say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A TLS key or certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the TLS certificate and key cannot be used")]
pub struct TlsError(#[from] rustls::Error);

/// TLS 1.3 with the seller's certificate, and nothing older.
pub(crate) fn tls(seller: &Seller) -> Result<TlsAcceptor, TlsError> {
    let (chain, key) = seller.tls();
    let chain = chain.iter().cloned().map(CertificateDer::from).collect();
    tls_with(
        chain,
        PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.to_vec())),
    )
}

/// TLS 1.3 with this certificate, and nothing older.
pub(crate) fn tls_with(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<TlsAcceptor, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Accepts connections until stopping begins, then waits for the requests under way. Without TLS
/// everything is sent in the clear.
pub(crate) async fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    settings: ListenSettings,
    shutdown: Shutdown,
) {
    let open = Connections::new(&settings);
    let settings = Arc::new(settings);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.begins() => break,
            accepted = accept(&listener, &open) => accepted,
        };
        let Some((stream, source, place)) = accepted else {
            continue;
        };
        let connection = Connection {
            tls: tls.clone(),
            router: router.clone(),
            settings: Arc::clone(&settings),
            shutdown: shutdown.clone(),
            source,
            slot: place.slot(),
        };
        connections.spawn(async move {
            tokio::select! {
                () = connection.serve(stream) => {}
                () = place.dismissed() => {}
            }
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let drained = timeout(DRAIN, async {
        while connections.join_next().await.is_some() {}
    })
    .await;
    if drained.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "closing connections that did not finish"
        );
    }
}

async fn accept(listener: &TcpListener, open: &Connections) -> Option<(TcpStream, Source, Opened)> {
    match listener.accept().await {
        Ok((stream, peer)) => {
            let source = Source::from(peer.ip());
            let Ok(place) = open.open(source).await else {
                tracing::debug!(%peer, "a source has too many connections");
                return None;
            };
            Some((stream, source, place))
        }
        Err(error) => {
            tracing::debug!(%error, "a connection could not be accepted");
            sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

struct Connection {
    tls: Option<TlsAcceptor>,
    router: Router,
    settings: Arc<ListenSettings>,
    shutdown: Shutdown,
    source: Source,
    slot: Slot,
}

impl Connection {
    async fn serve(self, stream: TcpStream) {
        // Small answers must not wait for more to fill a packet; a failure here only costs time.
        drop(stream.set_nodelay(true));
        let Some(tls) = self.tls.clone() else {
            return self.answer_all(stream).await;
        };
        let patience = Duration::from_secs(self.settings.handshake_timeout_seconds.into());
        match timeout(patience, tls.accept(stream)).await {
            Ok(Ok(mut stream)) => {
                if self.is_spoken_to(&mut stream).await {
                    self.answer_all(stream).await;
                } else {
                    // A failure here is that of a peer that is gone.
                    drop(stream.shutdown().await);
                }
            }
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    /// Waits for the first byte of a request, and tells whether it came in time. Until then there is no
    /// buffer for requests and answers, which is what most of a silent connection would take.
    async fn is_spoken_to(&self, stream: &mut (impl AsyncBufRead + Unpin)) -> bool {
        tokio::select! {
            said = timeout(self.idle(), stream.fill_buf()) => matches!(said, Ok(Ok(_))),
            () = self.shutdown.begins() => false,
        }
    }

    /// How long a peer may say nothing, and how long it may take to say a header.
    fn idle(&self) -> Duration {
        Duration::from_secs(self.settings.idle_timeout_seconds.into())
    }

    /// Answers every request that comes over a stream.
    async fn answer_all(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin) {
        let idle = self.idle();
        let (source, slot) = (self.source, self.slot);
        let router = self.router;
        let patience = Duration::from_secs(self.settings.body_timeout_seconds.into());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(source);
            request.extensions_mut().insert(slot.clone());
            answer(router.clone(), request.map(Body::new), patience)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(idle)
            .max_buf_size(HEADER_MAX_BYTES)
            .serve_connection(TokioIo::new(Stalling::new(stream, idle)), service);
        tokio::pin!(connection);
        let stopping = self.shutdown.begins();
        tokio::pin!(stopping);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stopping => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// Answers in a task of its own: a panic costs one request, and a peer that hangs up stops no
/// order half way. The answer is held back until the peer has sent its request whole, or had the
/// time to.
async fn answer(
    router: Router,
    request: Request<Body>,
    patience: Duration,
) -> Result<Response<Body>, Infallible> {
    let deadline = Instant::now() + patience;
    let framing = framing::of(request.headers());
    if framing == Framing::Ambiguous {
        return Ok(framing::refused());
    }
    let (request, leftover) = leftover::lend(request);
    let answered = tokio::spawn(async move {
        match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    });
    let response = answered.await.unwrap_or_else(|_panic| problem::internal());
    leftover.discard(deadline).await;
    Ok(match framing {
        Framing::Length => response,
        Framing::Chunks | Framing::Ambiguous => framing::closing(response),
    })
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use countersign_api::Problem;
    use http_body_util::BodyExt as _;

    use super::*;

    async fn explode() -> &'static str {
        panic!("a defect")
    }

    #[tokio::test]
    async fn a_panic_costs_one_request_and_tells_nothing() {
        let router = Router::new().route("/", get(explode));
        let request = Request::new(Body::empty());
        let response = answer(router, request, Duration::from_secs(1))
            .await
            .unwrap();
        assert_eq!(response.status(), 500);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem, Problem::from(countersign_api::Code::InternalError));
    }
}

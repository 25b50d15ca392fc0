//! What a witness answers over HTTP ([C2SP tlog-witness]): reads a request, asks the witness, writes
//! the answer.
//!
//! `POST /add-checkpoint` is the protocol's. `GET /log/<origin hash>/checkpoint` is an addition of
//! ours: the last checkpoint that was cosigned, for a log whose own database went back, and for
//! anyone who compares. Its path is the one of a mirror (C2SP tlog-mirror), below `/log`.
//!
//! [C2SP tlog-witness]: https://c2sp.org/tlog-witness

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use countersign_transparency::{Answer, REQUEST_MAX_BYTES};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tokio::task::spawn_blocking;

use super::body::{self, BodyError};
use crate::config::ListenSettings;
use crate::shares::Shares;
use crate::source::Source;
use crate::telemetry::chain;
use crate::witness::{OriginHash, Witness, WitnessError};

/// Bytes of requests held at once, of everyone.
const HELD_MAX_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of requests held at once, of one source: half of all, as a proxy is one source.
const HELD_PER_SOURCE_MAX_BYTES: usize = HELD_MAX_BYTES / 2;

const TEXT_UTF_8: &str = "text/plain; charset=utf-8";

/// What every handler of a witness works with.
#[derive(Debug)]
pub(crate) struct Booth {
    witness: Arc<Witness>,
    bodies: Shares<Source>,
    patience: Duration,
}

impl Booth {
    /// A booth around a witness.
    pub(crate) fn new(witness: Witness, settings: &ListenSettings) -> Self {
        Self {
            witness: Arc::new(witness),
            bodies: Shares::new(HELD_MAX_BYTES, HELD_PER_SOURCE_MAX_BYTES),
            patience: Duration::from_secs(settings.body_timeout_seconds.into()),
        }
    }

    /// Lets the witness work where it may wait for the disk.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Witness) -> Result<T, WitnessError> + Send + 'static,
    ) -> Result<T, Response> {
        let witness = Arc::clone(&self.witness);
        match spawn_blocking(move || question(&witness)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                tracing::error!(error = chain(&error), "the witness cannot answer");
                Err(unable())
            }
            // The panic is traced where it happened.
            Err(_panic) => Err(unable()),
        }
    }
}

/// Serves a witness.
pub(crate) fn router(booth: Arc<Booth>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/log/{origin}/checkpoint", get(last_checkpoint))
        .layer(from_fn(trace))
        .with_state(booth)
}

async fn add_checkpoint(
    State(booth): State<Arc<Booth>>,
    Extension(source): Extension<Source>,
    body: Body,
) -> Result<Response, Response> {
    let share = Some(booth.bodies.share(&source));
    let held = body::read_within(booth.patience, share, body, REQUEST_MAX_BYTES)
        .await
        .map_err(unread)?;
    let answer = booth
        .ask(move |witness| witness.add_checkpoint(&held.bytes))
        .await?;
    Ok(write(&answer))
}

async fn last_checkpoint(
    State(booth): State<Arc<Booth>>,
    Path(origin): Path<String>,
) -> Result<Response, Response> {
    let nothing = || {
        (
            StatusCode::NOT_FOUND,
            "nothing was cosigned of such a log\n",
        )
    };
    let origin: OriginHash = origin
        .parse()
        .map_err(|_not_a_hash| nothing().into_response())?;
    let note = booth
        .ask(move |witness| witness.last_checkpoint(origin))
        .await?
        .ok_or_else(|| nothing().into_response())?;
    let headers = [(CONTENT_TYPE, TEXT_UTF_8), (CACHE_CONTROL, "no-cache")];
    Ok((headers, note).into_response())
}

/// The answer as the protocol has it.
fn write(answer: &Answer) -> Response {
    let status = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media = match answer {
        Answer::OldSize(_) => Answer::SIZE_MEDIA_TYPE,
        Answer::Cosigned(_)
        | Answer::OtherRoot
        | Answer::Malformed
        | Answer::SignatureNotTrusted
        | Answer::OriginUnknown
        | Answer::ProofNotAccepted => TEXT_UTF_8,
    };
    (status, [(CONTENT_TYPE, media)], answer.body()).into_response()
}

fn unread(error: BodyError) -> Response {
    match error {
        BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
        BodyError::Incomplete => StatusCode::BAD_REQUEST,
    }
    .into_response()
}

fn unable() -> Response {
    let text = "nothing was cosigned: the witness cannot keep what it would say. Its operator finds \
                the cause in its traces\n";
    (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}

async fn trace(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = path.as_ref().map_or("unknown", MatchedPath::as_str);
    let status = response.status().as_u16();
    let elapsed_us = started.elapsed().as_micros();
    tracing::debug!(%method, route, status, elapsed_us, "answered");
    response
}

//! One stream: what was missed, read from the store, then what the watcher hands out.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use countersign_api::{Code, OrderEvent, Problem, limits, media};
use countersign_order::AccountId;
use countersign_store::{Change, ChangeScope};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use tokio::sync::broadcast;
use tokio::time::{Instant, Interval, interval_at};

use super::super::App;
use super::super::access::SignedIn;
use super::super::orders::find;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::streamed::{self, Gone, Writing};
use crate::desk::DeskError;
use crate::desk::sessions::{self, Current};
use crate::shares::Share;
use crate::telemetry::chain;

/// Changes read from the store at once.
const ROWS: u32 = 200;
/// How long a client waits before it connects again, in milliseconds.
const RETRY_MS: u32 = 1000;
/// The longest silence.
const HEARTBEAT: Duration = Duration::from_secs(limits::EVENT_HEARTBEAT_SECONDS);

/// `GET /v1/orders/{id}/events`: from the order's decision, unless the client has seen more.
pub(crate) async fn order_events(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let mut view = app.desk.store().read().await?;
    let order = find(view.as_mut(), &signed_in, &id).await?.id;
    drop(view);
    let scope = ChangeScope {
        order: Some(order),
        buyer: None,
    };
    let seen = last_seen(&headers)?.unwrap_or_default();
    open(app, signed_in, scope, seen)
}

/// `GET /v1/events`: what happens to the buyer's orders.
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let buyer = signed_in.0.session.buyer.clone();
    let buyer = Some(buyer.ok_or(Code::NotFound)?);
    let scope = ChangeScope { order: None, buyer };
    let seen = last_seen_or_newest(&app, &headers).await?;
    open(app, signed_in, scope, seen)
}

/// `GET /v1/desk/events`: what happens to all orders.
pub(crate) async fn desk_events(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let seen = last_seen_or_newest(&app, &headers).await?;
    open(app, signed_in, ChangeScope::default(), seen)
}

async fn last_seen_or_newest(app: &App, headers: &HeaderMap) -> Result<u64, Refused> {
    match last_seen(headers)? {
        Some(seen) => Ok(seen),
        None => Ok(app.desk.store().read().await?.newest_change().await?),
    }
}

/// The number of the last event that the client has seen.
fn last_seen(headers: &HeaderMap) -> Result<Option<u64>, Refused> {
    let Some(value) = headers.get(media::LAST_EVENT_ID_HEADER) else {
        return Ok(None);
    };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| {
        Problem::from(Code::BadRequest)
            .with_detail("Last-Event-ID is not an ID that was given here")
            .into()
    })
}

fn open(
    app: Arc<App>,
    signed_in: SignedIn,
    scope: ChangeScope,
    seen: u64,
) -> Result<Response, Refused> {
    let SignedIn(current) = signed_in;
    let Ok(place) = app.feed.place(&current.session.account) else {
        let code = if app.feed.is_full() {
            Code::Busy
        } else {
            Code::SlowDown
        };
        return Err(Problem::from(code)
            .with_detail("too many streams are open: close one, then repeat")
            .into());
    };
    let (writing, body) = streamed::body();
    let stream = Stream {
        changes: app.feed.listen(),
        app,
        current,
        scope,
        seen,
        writing,
        _place: place,
    };
    tokio::spawn(stream.run());
    let mut response = Response::new(body);
    let media = HeaderValue::from_static(media::EVENTS);
    response.headers_mut().insert(CONTENT_TYPE, media);
    Ok(response)
}

struct Stream {
    app: Arc<App>,
    current: Current,
    scope: ChangeScope,
    /// The number of the last change that was written, or passed over.
    seen: u64,
    changes: broadcast::Receiver<Arc<[Change]>>,
    writing: Writing,
    _place: Share<AccountId>,
}

/// Why a stream ends: the peer has gone, its session has ended, or the server stops.
enum End {
    Quiet,
    Failed(DeskError),
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Quiet
    }
}

impl<E: Into<DeskError>> From<E> for End {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Stream {
    async fn run(mut self) {
        if let End::Failed(error) = self.write_all().await {
            tracing::warn!(error = chain(&error), "a stream of events ended early");
        }
    }

    async fn write_all(&mut self) -> End {
        // An ID without data is remembered by the client and shown to nobody.
        let start = format!("retry: {RETRY_MS}\nid: {}\n\n", self.seen);
        if self.writing.write(start).await.is_err() {
            return End::Quiet;
        }
        // Beats come however much is told meanwhile: they also find out that the session has ended.
        let mut beats = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        loop {
            if let Err(end) = self.catch_up().await {
                return end;
            }
            if let Err(end) = self.follow(&mut beats).await {
                return end;
            }
        }
    }

    /// Writes what the store holds after what was seen.
    async fn catch_up(&mut self) -> Result<(), End> {
        loop {
            let mut view = self.app.desk.store().read().await?;
            let changes = view.changes(&self.scope, self.seen, ROWS).await?;
            drop(view);
            self.write(&changes).await?;
            if changes.len() < usize::try_from(ROWS).unwrap_or(usize::MAX) {
                return Ok(());
            }
        }
    }

    /// Writes what is handed out, until so much was missed that the store has to be read again.
    async fn follow(&mut self, beats: &mut Interval) -> Result<(), End> {
        loop {
            tokio::select! {
                biased;
                _ = beats.tick() => self.beat().await?,
                changes = self.changes.recv() => match changes {
                    Ok(changes) => self.write(&changes).await?,
                    Err(broadcast::error::RecvError::Lagged(_)) => return Ok(()),
                    Err(broadcast::error::RecvError::Closed) => return Err(End::Quiet),
                },
                () = self.app.shutdown.begins() => return Err(End::Quiet),
                () = self.writing.gone() => return Err(End::Quiet),
            }
        }
    }

    async fn write(&mut self, changes: &[Change]) -> Result<(), End> {
        let mut text = String::new();
        for change in changes {
            if change.number > self.seen && self.scope.holds(change) {
                text.push_str(&message(change)?);
            }
        }
        if let Some(last) = changes.last() {
            self.seen = self.seen.max(last.number);
        }
        if !text.is_empty() {
            self.writing.write(text).await?;
        }
        Ok(())
    }

    /// Breaks the silence, unless the session has ended.
    async fn beat(&mut self) -> Result<(), End> {
        let session = sessions::again(&self.app.desk, &self.current).await?;
        if session.is_none() {
            return Err(End::Quiet);
        }
        Ok(self.writing.write(":\n\n").await?)
    }
}

/// A change for the outside.
pub(crate) fn order_event(change: &Change) -> OrderEvent {
    OrderEvent {
        order: change.order,
        buyer: change.buyer.clone(),
        purchase_order_number: change.purchase_order_number.clone(),
        version: change.version,
        at: change.event.at,
        by: change.event.by.clone(),
        event: change.event.event.clone(),
        detail: change.event.detail.clone(),
        state: change.state,
    }
}

fn message(change: &Change) -> Result<String, DeskError> {
    let data = serde_json::to_string(&order_event(change));
    let data = data.map_err(|_unwritable| DeskError::Inconsistent("event"))?;
    Ok(format!("id: {}\ndata: {data}\n\n", change.number))
}

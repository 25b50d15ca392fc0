//! Health, readiness, metrics, and the contract's description.

use std::sync::{Arc, LazyLock};

use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse;
use countersign_api::{Code, media};
use countersign_store::StoreError;
use http::header::CONTENT_TYPE;

use super::App;
use super::problem::Refused;
use crate::config::MetricsReaders;
use crate::desk::receive::PLACES;
use crate::metrics::Backlog;
use crate::source::Source;
use crate::telemetry::chain;

/// Says that the program runs.
pub(super) async fn health() -> &'static str {
    "ok\n"
}

/// Says whether orders are taken in now, and nothing else: why not is for the traces.
pub(super) async fn readiness(State(app): State<Arc<App>>) -> Result<&'static str, Refused> {
    if app.shutdown.has_begun() || app.receiver.waiting() >= PLACES {
        return Err(Code::Busy.into());
    }
    let store = app.desk.store();
    let usable = async {
        store.read().await?.log_head().await?;
        store.must_keep().await
    };
    match usable.await {
        Ok(()) => Ok("ready\n"),
        Err(error) => {
            tracing::warn!(error = chain(&error), "the store is not ready");
            Err(Code::Busy.into())
        }
    }
}

/// Counts what the server did, for those whom the settings name.
pub(super) async fn metrics(
    State(app): State<Arc<App>>,
    Extension(source): Extension<Source>,
) -> Result<impl IntoResponse, Refused> {
    let is_for_them = match app.desk.settings().listen.metrics {
        MetricsReaders::Loopback => source.is_loopback(),
        MetricsReaders::Anyone => true,
        MetricsReaders::Off => false,
    };
    if !is_for_them {
        return Err(Code::NotFound.into());
    }
    let text = app.desk.metrics().to_text(backlog(&app).await);
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], text))
}

/// What waits now; what cannot be read is left out.
async fn backlog(app: &App) -> Backlog {
    let read = async {
        let mut view = app.desk.store().read().await?;
        Ok::<_, StoreError>((view.mail_waiting().await?, view.deliveries_waiting().await?))
    };
    let read = read.await;
    if let Err(error) = &read {
        tracing::warn!(error = chain(error), "what waits could not be read");
    }
    let (mail, webhooks) = read.ok().unzip();
    Backlog {
        orders: u64::try_from(app.receiver.waiting()).unwrap_or(u64::MAX),
        mail,
        webhooks,
    }
}

/// Describes the contract.
pub(super) async fn openapi() -> impl IntoResponse {
    // Made once: it takes a hundred times as long as to send it, and anybody may ask.
    static CONTRACT: LazyLock<String> = LazyLock::new(|| countersign_api::openapi().to_string());
    ([(CONTENT_TYPE, media::JSON)], CONTRACT.as_str())
}

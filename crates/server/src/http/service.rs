//! Health, readiness, metrics, and the contract's description.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use countersign_api::{Code, media};
use http::header::CONTENT_TYPE;

use super::House;
use super::problem::Refused;
use crate::desk::receive::PLACES;
use crate::telemetry::chain;

/// Says that the program runs.
pub(super) async fn health() -> &'static str {
    "ok\n"
}

/// Says whether orders are taken in now.
pub(super) async fn readiness(State(house): State<Arc<House>>) -> Result<&'static str, Refused> {
    if house.shutdown.has_begun() || house.receiver.waiting() >= PLACES {
        return Err(Code::Busy.into());
    }
    let readable = async { house.desk.store().read().await?.log_head().await };
    match readable.await {
        Ok(_) => Ok("ready\n"),
        Err(error) => {
            tracing::warn!(error = chain(&error), "the store is not ready");
            Err(Code::StorageUnavailable.into())
        }
    }
}

/// Counts what the server did.
pub(super) async fn metrics(State(house): State<Arc<House>>) -> impl IntoResponse {
    let text = house.metrics.to_text(house.receiver.waiting());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

/// Describes the contract.
pub(super) async fn openapi() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, media::JSON)],
        countersign_api::openapi().to_string(),
    )
}

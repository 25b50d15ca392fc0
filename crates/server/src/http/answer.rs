//! What every answer gets on its way out: an identifier, its problem written, one trace, a count.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use countersign_api::media::REQUEST_ID_HEADER;
use http::header::{CACHE_CONTROL, HeaderName};
use http::{HeaderValue, header};

use super::App;
use super::problem;

const REQUEST_ID: HeaderName = HeaderName::from_static(REQUEST_ID_HEADER);

/// Finishes an answer.
pub(super) async fn finish(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let uuid = app.desk.random().uuid_v7(app.desk.clock().now());
    let id = format!("req_{}", hex::encode(uuid));
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unknown".to_owned(), |path| path.as_str().to_owned());
    let mut response = problem::write(next.run(request).await, &id);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let status = response.status().as_u16();
    app.desk.metrics().answered(status);
    let elapsed_us = started.elapsed().as_micros();
    tracing::debug!(%method, route, status, elapsed_us, request = id, "answered");
    response
}

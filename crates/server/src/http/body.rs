//! Reading bodies: never more than the limit, never longer than the deadline.

use std::time::Duration;

use axum::body::Body;
use countersign_api::{Code, Problem, limits, media};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::House;
use super::problem::Refused;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is longer than the limit.
    TooLarge,
    /// It broke off, or did not arrive in time.
    Incomplete,
}

/// Reads a whole body.
pub(super) async fn read(
    house: &House,
    body: Body,
    limit_bytes: usize,
) -> Result<Vec<u8>, BodyError> {
    let patience = house.desk.settings().listen.body_timeout_seconds;
    let patience = Duration::from_secs(patience.into());
    let collected = timeout(patience, Limited::new(body, limit_bytes).collect())
        .await
        .map_err(|_elapsed| BodyError::Incomplete)?;
    match collected {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Err(_) => Err(BodyError::Incomplete),
    }
}

/// Reads a JSON body of this shape.
pub(super) async fn json<T: DeserializeOwned>(
    house: &House,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Refused> {
    if !is_media(headers, media::JSON) {
        return Err(Code::MediaType.into());
    }
    let bytes = read(house, body, limits::JSON_MAX_BYTES).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        // The text tells the sender about its own document and nothing about us.
        Problem::from(Code::BadRequest).with_detail(error.to_string()).into()
    })
}

/// Whether the body says that it is of this media type; parameters do not matter.
pub(super) fn is_media(headers: &HeaderMap, wanted: &str) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| media.trim().eq_ignore_ascii_case(wanted))
}

impl From<BodyError> for Refused {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Code::TooLarge.into(),
            BodyError::Incomplete => Problem::from(Code::BadRequest)
                .with_detail("the body did not arrive whole and in time")
                .into(),
        }
    }
}

//! Reading bodies: never more than the limit, never longer than the deadline.

use std::time::Duration;

use axum::body::Body;
use countersign_api::{Code, Problem, limits, media};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::House;
use super::problem::Refused;

/// How much of a body beyond its limit is read only to be thrown away.
const DISCARDED_MAX_BYTES: usize = 8 * 1024 * 1024;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is longer than the limit.
    TooLarge,
    /// It broke off, or did not arrive in time.
    Incomplete,
}

/// Reads a whole body.
///
/// Of one that is too long the rest is read and thrown away, up to [`DISCARDED_MAX_BYTES`]: a peer
/// that is cut off while it sends would never see the answer.
pub(super) async fn read(
    house: &House,
    body: Body,
    limit_bytes: usize,
) -> Result<Vec<u8>, BodyError> {
    let patience = house.desk.settings().listen.body_timeout_seconds;
    let patience = Duration::from_secs(patience.into());
    timeout(patience, collect(body, limit_bytes))
        .await
        .map_err(|_elapsed| BodyError::Incomplete)?
}

async fn collect(mut body: Body, limit_bytes: usize) -> Result<Vec<u8>, BodyError> {
    let mut bytes = Vec::new();
    let mut discarded_bytes = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_broken| BodyError::Incomplete)?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if discarded_bytes == 0 && data.len() <= limit_bytes - bytes.len() {
            bytes.extend_from_slice(&data);
        } else {
            discarded_bytes += data.len();
            if discarded_bytes > DISCARDED_MAX_BYTES {
                break;
            }
        }
    }
    if discarded_bytes == 0 {
        Ok(bytes)
    } else {
        Err(BodyError::TooLarge)
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
        Problem::from(Code::BadRequest)
            .with_detail(error.to_string())
            .into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_of_the_limit_is_read_and_one_byte_more_is_too_large() {
        assert_eq!(collect(Body::from(vec![7; 10]), 10).await, Ok(vec![7; 10]));
        assert_eq!(
            collect(Body::from(vec![7; 11]), 10).await,
            Err(BodyError::TooLarge)
        );
        assert_eq!(collect(Body::empty(), 10).await, Ok(Vec::new()));
    }
}

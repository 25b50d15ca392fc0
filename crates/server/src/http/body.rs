//! Reading bodies: never more than the limit, never longer than the deadline, and all of them at
//! once never more than there is memory set aside for them.

use std::hash::Hash;
use std::time::Duration;

use axum::body::Body;
use countersign_api::{Code, Problem, limits, media};
use countersign_order::AccountId;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::App;
use super::problem::Refused;
use crate::shares::{NoneLeft, Share, Shares};

/// Bytes of bodies held at once, of all who are signed in.
const HELD_MAX_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of bodies held at once, of one account.
const HELD_PER_ACCOUNT_MAX_BYTES: usize = HELD_MAX_BYTES / 2;

/// The memory that bodies may take.
pub(super) fn memory() -> Shares<AccountId> {
    Shares::new(HELD_MAX_BYTES, HELD_PER_ACCOUNT_MAX_BYTES)
}

/// A body in memory.
#[derive(Debug)]
pub(super) struct Held<K: Eq + Hash = AccountId> {
    pub(super) bytes: Vec<u8>,
    /// Its part of the memory for bodies; to be kept as long as the bytes are.
    pub(super) share: Option<Share<K>>,
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is longer than the limit.
    TooLarge,
    /// Too many bodies are held already.
    NoRoom,
    /// It broke off, or did not arrive in time.
    Incomplete,
}

/// Reads a whole body of somebody who is signed in.
pub(super) async fn read(
    app: &App,
    account: &AccountId,
    body: Body,
    limit_bytes: usize,
) -> Result<Held, BodyError> {
    let share = Some(app.bodies.share(account));
    read_within(patience(app), share, body, limit_bytes).await
}

/// Reads a whole body of anyone: so small that the number of connections bounds them all.
pub(super) async fn read_small(app: &App, body: Body) -> Result<Vec<u8>, BodyError> {
    let limit_bytes = limits::SESSION_REQUEST_MAX_BYTES;
    let held = read_within::<AccountId>(patience(app), None, body, limit_bytes).await?;
    Ok(held.bytes)
}

/// Reads a whole body within a time; it takes its memory from the share.
pub(super) async fn read_within<K: Eq + Hash + Clone>(
    patience: Duration,
    share: Option<Share<K>>,
    body: Body,
    limit_bytes: usize,
) -> Result<Held<K>, BodyError> {
    let bytes = Vec::new();
    timeout(patience, collect(Held { bytes, share }, body, limit_bytes))
        .await
        .map_err(|_elapsed| BodyError::Incomplete)?
}

fn patience(app: &App) -> Duration {
    Duration::from_secs(app.desk.settings().listen.body_timeout_seconds.into())
}

async fn collect<K: Eq + Hash + Clone>(
    mut held: Held<K>,
    mut body: Body,
    limit_bytes: usize,
) -> Result<Held<K>, BodyError> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_broken| BodyError::Incomplete)?;
        if let Ok(data) = frame.into_data() {
            held = held.with(&data, limit_bytes)?;
        }
    }
    Ok(held)
}

impl<K: Eq + Hash + Clone> Held<K> {
    /// The body with more of it; what is refused is let go at once.
    fn with(mut self, data: &[u8], limit_bytes: usize) -> Result<Self, BodyError> {
        if data.len() > limit_bytes - self.bytes.len() {
            return Err(BodyError::TooLarge);
        }
        if let Some(share) = &mut self.share {
            share.grow(data.len())?;
        }
        self.bytes.extend_from_slice(data);
        Ok(self)
    }
}

/// Reads a JSON body of this shape, of somebody who is signed in.
pub(super) async fn json<T: DeserializeOwned>(
    app: &App,
    account: &AccountId,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Refused> {
    json_within(app, account, headers, body, limits::JSON_MAX_BYTES).await
}

/// The same, of so many bytes at most.
pub(super) async fn json_within<T: DeserializeOwned>(
    app: &App,
    account: &AccountId,
    headers: &HeaderMap,
    body: Body,
    limit_bytes: usize,
) -> Result<T, Refused> {
    expect_json(headers)?;
    let held = read(app, account, body, limit_bytes).await?;
    parse(&held.bytes)
}

/// The same, where no body at all says nothing.
pub(super) async fn json_or_nothing<T: DeserializeOwned + Default>(
    app: &App,
    account: &AccountId,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Refused> {
    if headers.contains_key(CONTENT_TYPE) {
        return json(app, account, headers, body).await;
    }
    let held = read(app, account, body, limits::JSON_MAX_BYTES).await?;
    if held.bytes.is_empty() {
        Ok(T::default())
    } else {
        Err(Code::MediaType.into())
    }
}

/// Reads a small JSON body of this shape, of anyone.
pub(super) async fn small_json<T: DeserializeOwned>(
    app: &App,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Refused> {
    expect_json(headers)?;
    let bytes = read_small(app, body).await?;
    parse(&bytes)
}

fn expect_json(headers: &HeaderMap) -> Result<(), Refused> {
    if is_media(headers, media::JSON) {
        Ok(())
    } else {
        Err(Code::MediaType.into())
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(bytes).map_err(|error| {
        // The text tells the sender about its own document and nothing about us.
        Problem::from(Code::BadRequest)
            .with_detail(error.to_string())
            .into()
    })
}

/// Whether the body says that it is of this media type, as it stands: nothing is unpacked. Parameters do
/// not matter.
pub(super) fn is_media(headers: &HeaderMap, wanted: &str) -> bool {
    let is_as_it_stands = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let is_wanted = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| media.trim().eq_ignore_ascii_case(wanted));
    is_as_it_stands && is_wanted
}

impl From<NoneLeft> for BodyError {
    fn from(_: NoneLeft) -> Self {
        Self::NoRoom
    }
}

impl From<BodyError> for Refused {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Code::TooLarge.into(),
            BodyError::NoRoom => Code::Busy.into(),
            BodyError::Incomplete => Problem::from(Code::BadRequest)
                .with_detail("the body did not arrive whole and in time")
                .into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn collects(share: Option<Share<AccountId>>, length: usize) -> Result<Held, BodyError> {
        let bytes = Vec::new();
        let body = Body::from(vec![7; length]);
        collect(Held { bytes, share }, body, 10).await
    }

    #[tokio::test]
    async fn a_body_of_the_limit_is_read_and_one_byte_more_is_too_large() {
        for length in [0, 10] {
            let held = collects(None, length).await.unwrap();
            assert_eq!(held.bytes, vec![7; length]);
        }
        let refused = collects(None, 11).await.unwrap_err();
        assert_eq!(refused, BodyError::TooLarge);
    }

    #[tokio::test]
    async fn bodies_that_are_held_leave_no_room_for_more() {
        let shares = Shares::new(15, 12);
        let share = |id: &str| Some(shares.share(&id.parse().unwrap()));
        let held = collects(share("acme"), 10).await.unwrap();
        let refused = collects(share("acme"), 3).await.unwrap_err();
        assert_eq!(refused, BodyError::NoRoom);
        let refused = collects(share("other"), 6).await.unwrap_err();
        assert_eq!(refused, BodyError::NoRoom);
        drop(collects(share("other"), 5).await.unwrap());
        drop(held);
        let refused = collects(share("acme"), 11).await.unwrap_err();
        assert_eq!(refused, BodyError::TooLarge);
        assert_eq!(shares.taken(), 0);
    }
}

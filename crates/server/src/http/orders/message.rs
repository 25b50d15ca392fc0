//! Signed and sealed messages of buyers: reading them, and telling why they are refused.

use axum::body::Body;
use countersign_api::{limits, media};
use http::HeaderMap;
use http::header::HeaderName;

use super::super::App;
use super::super::body::{self, BodyError, Held};
use super::super::problem::{self, Refused};
use crate::desk::receive::{Refusal, Sender};
use crate::desk::signed_digest;

/// Says that an answer was given before.
pub(super) const REPEAT: HeaderName = HeaderName::from_static(media::REPEAT_HEADER);

/// Why a message was not read.
pub(super) enum Unread {
    /// By the rules, which is recorded.
    Refused(Refusal),
    /// By the connection or for want of memory, which leaves nothing to record.
    Broken(Refused),
}

/// Reads the message of a sender who was admitted, and records why it will not do.
pub(super) async fn read(
    app: &App,
    sender: &Sender,
    headers: &HeaderMap,
    body: Body,
) -> Result<Held, Unread> {
    let receiver = &app.receiver;
    let limit = limits::ENVELOPE_MAX_BYTES;
    let refusal = match body::read(app, &sender.account, body, limit).await {
        Ok(message) if body::is_media(headers, media::PKCS7) => return Ok(message),
        Ok(_) => Refusal::MediaType,
        Err(BodyError::TooLarge) => Refusal::TooLarge,
        Err(error @ (BodyError::NoRoom | BodyError::Incomplete)) => {
            return Err(Unread::Broken(error.into()));
        }
    };
    let now = app.desk.clock().now();
    Err(Unread::Refused(
        receiver.refuse(sender, refusal, now, None).await,
    ))
}

/// What the outside learns of a refusal; whoever sealed to another key learns which are ours.
pub(super) fn told(app: &App, refusal: Refusal) -> Refused {
    let now = app.desk.clock().now();
    let keys = app.desk.seller().recipients(now).iter();
    let recipients = keys.map(|key| signed_digest(key.certificate().fingerprint()));
    problem::of_refusal(refusal, recipients.collect())
}

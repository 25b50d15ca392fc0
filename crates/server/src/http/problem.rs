//! What the outside learns when something did not happen: the one place that decides it.
//!
//! The desk's errors become problem documents (RFC 9457) here. What is our fault is told as such
//! and nothing more; its chain is traced, once, where it is translated.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use countersign_api::{Code, Problem, media};
use countersign_order::{Digest, Misaddressed, Rejection};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};

use super::rate_limit;
use crate::desk::receive::{Refusal, Unfollowed};
use crate::desk::sign_in::SignInError;
use crate::desk::{DeskError, Quota};
use crate::telemetry::chain;

/// What a client waits before it repeats a request that found us unable.
const RETRY: Duration = Duration::from_secs(1);

/// An answer that refuses.
#[derive(Debug)]
pub(super) struct Refused {
    problem: Box<Problem>,
    retry_after: Option<Duration>,
    quota: Option<Quota>,
}

impl Refused {
    /// Why.
    pub(super) fn code(&self) -> Code {
        self.problem.code
    }
}

/// Carries a problem from the handler to where its request's identifier is known.
#[derive(Debug, Clone)]
struct Unwritten(Box<Problem>);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let is_ours = problem.status == StatusCode::SERVICE_UNAVAILABLE.as_u16();
        Self {
            retry_after: is_ours.then_some(RETRY),
            quota: None,
            problem: Box::new(problem),
        }
    }
}

impl From<Box<Problem>> for Refused {
    fn from(problem: Box<Problem>) -> Self {
        (*problem).into()
    }
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        Problem::from(code).into()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status_of(&self.problem);
        if let Some(wait) = self.retry_after {
            rate_limit::retry_after(response.headers_mut(), wait);
        }
        if let Some(quota) = &self.quota {
            rate_limit::tell(response.headers_mut(), quota);
        }
        response.extensions_mut().insert(Unwritten(self.problem));
        response
    }
}

/// Writes the problem of an answer, if it has one, with the request's identifier.
///
/// A refused sign-in carries none: its answers are the same to the byte.
pub(super) fn write(mut response: Response, request: &str) -> Response {
    let Some(Unwritten(mut problem)) = response.extensions_mut().remove() else {
        return response;
    };
    if problem.code != Code::SignInNotAccepted {
        problem.instance = Some(request.to_owned());
    }
    set_body(&mut response, &problem);
    response
}

/// The answer of a request whose handler panicked, or whose answer cannot be written.
pub(super) fn internal() -> Response {
    let problem = Problem::from(Code::InternalError);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    set_body(&mut response, &problem);
    response
}

fn set_body(response: &mut Response, problem: &Problem) {
    // A problem is plain data and always writes; an empty body is still the right status.
    *response.body_mut() = Body::from(serde_json::to_vec(problem).unwrap_or_default());
    let media = HeaderValue::from_static(media::PROBLEM);
    response.headers_mut().insert(CONTENT_TYPE, media);
}

fn status_of(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What the outside learns of an operation that did not happen.
pub fn of_desk(error: &DeskError) -> Problem {
    match error {
        DeskError::NotFound(_) => Code::NotFound.into(),
        DeskError::AlreadyExists(_) | DeskError::Unfit(_) => {
            Problem::from(Code::BadRequest).with_detail(error.to_string())
        }
        DeskError::KeyNotAccepted(refusal) => {
            Problem::from(Code::KeyNotAccepted).with_detail(refusal.to_string())
        }
        DeskError::EnrolmentNotAccepted(why) => {
            Problem::from(Code::KeyNotAccepted).with_detail(*why)
        }
        DeskError::KeyInUse => Code::KeyInUse.into(),
        DeskError::EnrolmentNotAuthorised => Code::EnrolmentNotAuthorised.into(),
        DeskError::AddressTooNew { .. } => {
            Problem::from(Code::EnrolmentNotAuthorised).with_detail(error.to_string())
        }
        DeskError::NotLetIn => Code::SignInNotAccepted.into(),
        DeskError::StockNotAccepted(why) => {
            Problem::from(Code::StockNotAccepted).with_detail(why.clone())
        }
        DeskError::MoveNotAllowed {
            moved_by, moved_at, ..
        } => {
            let mut problem = Problem::from(Code::MoveNotAllowed).with_detail(error.to_string());
            problem.moved_by = Some(moved_by.clone());
            problem.moved_at = Some(*moved_at);
            problem
        }
        DeskError::HoldIsOver { .. } | DeskError::NothingPacked(_) => {
            Problem::from(Code::MoveNotAllowed).with_detail(error.to_string())
        }
        DeskError::ClockNotTrusted => Code::ClockNotTrusted.into(),
        DeskError::KeyReplaced => {
            tracing::error!("the receipt key was replaced: nothing is signed until a restart");
            Code::Busy.into()
        }
        DeskError::Conflict | DeskError::Busy | DeskError::ShuttingDown => Code::Busy.into(),
        DeskError::OutcomeUnknown => Code::OutcomeUnknown.into(),
        DeskError::StorageFull => Code::StorageUnavailable.into(),
        DeskError::StorageUnavailable(_) => {
            tracing::error!(error = chain(error), "the store cannot be used");
            Code::StorageUnavailable.into()
        }
        DeskError::Store(_)
        | DeskError::Sign(_)
        | DeskError::SignCheckpoint(_)
        | DeskError::CheckpointFile(_)
        | DeskError::Hash(_)
        | DeskError::Inconsistent(_)
        | DeskError::Panicked => {
            tracing::error!(error = chain(error), "an operation failed");
            Code::InternalError.into()
        }
    }
}

impl From<DeskError> for Refused {
    fn from(error: DeskError) -> Self {
        of_desk(&error).into()
    }
}

impl From<countersign_store::StoreError> for Refused {
    fn from(error: countersign_store::StoreError) -> Self {
        DeskError::from(error).into()
    }
}

impl From<SignInError> for Refused {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::NotAccepted => Code::SignInNotAccepted.into(),
            SignInError::SlowDown(quota) => slow_down(quota.more_in, Some(quota)),
            SignInError::NoPlace(wait) => slow_down(wait, None),
            SignInError::Desk(error) => error.into(),
        }
    }
}

/// Said of every envelope that is not accepted, whatever the cause, so that it tells nothing but
/// how to do better: text mode is what OpenSSL seals in unless told otherwise.
const HOW_TO_SEAL: &str = "with OpenSSL an envelope is made by: openssl cms -encrypt -binary \
     -aes-256-gcm -recip CERTIFICATE -keyopt ecdh_kdf_md:sha256";

/// What the outside learns of a message that did not become an order, or did not cancel one.
pub(super) fn of_refusal(refusal: Refusal, recipients: Vec<Digest>) -> Refused {
    let hinted = |code, hint: Option<countersign_envelope::AlgorithmHint>| {
        let mut problem = Problem::from(code);
        problem.hint = hint.map(|hint| hint.to_string());
        problem
    };
    let problem = match refusal {
        Refusal::SlowDown(quota) => return slow_down(quota.more_in, Some(quota)),
        Refusal::NoPlace => Code::Busy.into(),
        Refusal::TooLarge => Code::TooLarge.into(),
        Refusal::MediaType => Code::MediaType.into(),
        Refusal::RecipientUnknown => {
            let mut problem = Problem::from(Code::RecipientUnknown);
            problem.recipients = recipients;
            problem
        }
        Refusal::EnvelopeNotAccepted { hint } => {
            hinted(Code::EnvelopeNotAccepted, hint).with_detail(HOW_TO_SEAL)
        }
        Refusal::NewKeyRequired => Code::NewKeyRequired.into(),
        Refusal::SignatureNotAccepted { hint } => hinted(Code::SignatureNotAccepted, hint),
        Refusal::OrderNotUnderstood(reason) => {
            let mut problem = Problem::from(Code::OrderNotUnderstood).with_detail(reason.detail);
            problem.pointer = Some(reason.pointer);
            problem
        }
        Refusal::Misaddressed(Misaddressed::WrongSeller, _) => Code::WrongSeller.into(),
        Refusal::Misaddressed(Misaddressed::WrongBuyer, _) => Code::WrongBuyer.into(),
        Refusal::Rejected(rejection) => of_rejection(rejection),
        Refusal::Unfollowed(unfollowed, _) => of_unfollowed(&unfollowed),
        Refusal::Desk(error) => of_desk(&error),
    };
    problem.into()
}

fn of_rejection(rejection: Rejection) -> Problem {
    match rejection {
        Rejection::SignInRequired => Code::SignInRequired.into(),
        Rejection::NumberAlreadyUsed { order } => {
            let mut problem = Problem::from(Code::NumberAlreadyUsed);
            problem.order = Some(order);
            problem
        }
        Rejection::KeyNotActive => Code::KeyNotActive.into(),
        Rejection::ClockNotTrusted => Code::ClockNotTrusted.into(),
        Rejection::TimestampNotAccepted => Code::TimestampNotAccepted.into(),
        Rejection::OverOrderLimit { largest } => {
            let detail = if largest.minor == 0 {
                format!("the account may place no orders in {}", largest.currency)
            } else {
                format!("an order of the account comes to {largest} at most")
            };
            Problem::from(Code::OverOrderLimit).with_detail(detail)
        }
    }
}

fn of_unfollowed(unfollowed: &Unfollowed) -> Problem {
    match unfollowed {
        Unfollowed::NotFound => Code::NotFound.into(),
        Unfollowed::WrongOrder => Code::WrongOrder.into(),
        Unfollowed::KeyNotActive => Code::KeyNotActive.into(),
        Unfollowed::NotTimely => Code::TimestampNotAccepted.into(),
        Unfollowed::TooLate(error) => of_desk(error),
    }
}

fn slow_down(wait: Duration, quota: Option<Quota>) -> Refused {
    Refused {
        problem: Box::new(Code::SlowDown.into()),
        retry_after: Some(wait),
        quota,
    }
}

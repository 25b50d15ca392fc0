//! Where a request ends: said once, or the request is refused. Two programs that read the end of a request
//! in two places take the rest for a request of somebody else (RFC 9112 section 11.2).

use axum::body::Body;
use axum::response::IntoResponse as _;
use countersign_api::{Code, Problem};
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Response};

use super::problem::Refused;

/// How the end of a request is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// By its length, or it has no body.
    Length,
    /// In chunks.
    Chunks,
    /// In two ways, or in one that is not ours.
    Ambiguous,
}

/// Reads what the headers say. What they say wrongly in other ways, the HTTP library has refused.
pub(super) fn of(headers: &HeaderMap) -> Framing {
    let mut encodings = headers.get_all(TRANSFER_ENCODING).iter();
    let Some(encoding) = encodings.next() else {
        return Framing::Length;
    };
    let is_only = encodings.next().is_none() && !headers.contains_key(CONTENT_LENGTH);
    if is_only && encoding.as_bytes().eq_ignore_ascii_case(b"chunked") {
        Framing::Chunks
    } else {
        Framing::Ambiguous
    }
}

/// The answer to a request whose end is not clear.
pub(super) fn refused() -> Response<Body> {
    let problem = Problem::from(Code::BadRequest)
        .with_detail("the length of the body is said twice, or in no way that is known here");
    closing(Refused::from(problem).into_response())
}

/// The last answer on its connection: what follows the request is not read. A length that is said beside
/// chunks does not reach us where it comes second, so nothing after chunks is trusted to begin a request.
pub(super) fn closing(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_said_once() {
        let framing = |lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            of(&headers)
        };
        let chunked = ("transfer-encoding", "Chunked");
        let length = ("content-length", "5");
        assert_eq!(framing(&[]), Framing::Length);
        assert_eq!(framing(&[length]), Framing::Length);
        assert_eq!(framing(&[chunked]), Framing::Chunks);
        for twice in [
            &[chunked, length][..],
            &[length, chunked],
            &[chunked, chunked],
            &[("transfer-encoding", "gzip, chunked")],
            &[("transfer-encoding", "identity")],
        ] {
            assert_eq!(framing(twice), Framing::Ambiguous, "{twice:?}");
        }
    }
}

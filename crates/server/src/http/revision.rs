//! Revisions of orders: the `ETag` of an answer, and the `If-Match` of a request (RFC 9110, 8.8.3
//! and 13.1.1).

use axum::Json;
use axum::response::{IntoResponse, Response};
use countersign_api::{Code, OrderView, Problem};
use http::header::{ETAG, IF_MATCH};
use http::{HeaderMap, HeaderValue};

use super::problem::Refused;

/// An order with its revision as `ETag`.
#[derive(Debug)]
pub(super) struct Tagged(pub(super) OrderView);

impl IntoResponse for Tagged {
    fn into_response(self) -> Response {
        let tag = HeaderValue::from_str(&format!("\"{}\"", self.0.revision));
        let mut response = Json(self.0).into_response();
        if let Ok(tag) = tag {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}

/// The revision that a request insists on; `*` is any.
pub(super) fn asked(headers: &HeaderMap) -> Result<Option<u32>, Refused> {
    let mut values = headers.get_all(IF_MATCH).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) if value == "*" => Ok(None),
        (Some(value), None) => revision(value).map(Some).ok_or_else(not_ours),
        (Some(_), Some(_)) => Err(not_ours()),
    }
}

fn revision(value: &HeaderValue) -> Option<u32> {
    let tag = value.to_str().ok()?.trim();
    let revision = tag.strip_prefix('"')?.strip_suffix('"')?;
    let is_plain = revision.bytes().all(|byte| byte.is_ascii_digit());
    revision.parse().ok().filter(|_| is_plain)
}

fn not_ours() -> Refused {
    Problem::from(Code::BadRequest)
        .with_detail("If-Match takes one ETag as it came with the order, such as \"3\", or *")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn a_revision_is_one_quoted_number() {
        assert!(matches!(asked(&HeaderMap::new()), Ok(None)));
        assert!(matches!(asked(&headers("\"3\"")), Ok(Some(3))));
        assert!(matches!(asked(&headers("*")), Ok(None)));
        for wrong in [
            "3",
            "\"\"",
            "\"+3\"",
            "W/\"3\"",
            "\"3\", \"4\"",
            "\"99999999999\"",
        ] {
            assert!(asked(&headers(wrong)).is_err(), "{wrong} was taken");
        }
    }
}

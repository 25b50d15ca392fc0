//! Tells a sender what is left of a quota, in the fields that
//! [draft-ietf-httpapi-ratelimit-headers](https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/)
//! defines.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use countersign_api::media::{RATE_LIMIT_HEADER, RATE_LIMIT_POLICY_HEADER};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::desk::Quota;

const RATE_LIMIT: HeaderName = HeaderName::from_static(RATE_LIMIT_HEADER);
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static(RATE_LIMIT_POLICY_HEADER);

/// The longest wait that is told.
const WAIT_MAX: Duration = Duration::from_hours(24);

/// Tells what is left.
pub(super) fn tell(headers: &mut HeaderMap, quota: &Quota) {
    let Quota {
        name, most, left, ..
    } = quota;
    let (window, more_in) = (seconds(quota.window), seconds(quota.more_in));
    insert(
        headers,
        RATE_LIMIT_POLICY,
        &format!("\"{name}\";q={most};w={window}"),
    );
    insert(
        headers,
        RATE_LIMIT,
        &format!("\"{name}\";r={left};t={more_in}"),
    );
}

/// An answer that also tells what is left, if there is a limit.
pub(super) fn with(quota: Option<Quota>, answered: impl IntoResponse) -> Response {
    let mut response = answered.into_response();
    if let Some(quota) = quota {
        tell(response.headers_mut(), &quota);
    }
    response
}

/// Tells how long to wait before asking again.
pub(super) fn retry_after(headers: &mut HeaderMap, wait: Duration) {
    insert(headers, RETRY_AFTER, &seconds(wait).to_string());
}

/// Whole seconds that are surely enough.
fn seconds(wait: Duration) -> u64 {
    let whole = wait.min(WAIT_MAX);
    (whole.as_secs() + u64::from(whole.subsec_nanos() > 0)).max(1)
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Digits and names of ours are always a value; without the field an answer is still right.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_told_in_whole_seconds_that_are_enough() {
        let mut headers = HeaderMap::new();
        let quota = Quota {
            name: "orders",
            most: 60,
            window: Duration::from_mins(1),
            left: 7,
            more_in: Duration::from_millis(14_001),
        };
        tell(&mut headers, &quota);
        assert_eq!(headers[RATE_LIMIT_POLICY], "\"orders\";q=60;w=60");
        assert_eq!(headers[RATE_LIMIT], "\"orders\";r=7;t=15");
        for (wait, told) in [
            (Duration::ZERO, "1"),
            (Duration::from_millis(59_999), "60"),
            (Duration::MAX, "86400"),
        ] {
            retry_after(&mut headers, wait);
            assert_eq!(headers[RETRY_AFTER], told);
        }
    }
}

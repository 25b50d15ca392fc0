//! Media types and header names of the contract.

/// A sealed or signed message in DER or BER (RFC 8551 section 3.2).
pub const PKCS7: &str = "application/pkcs7-mime";
/// JSON (RFC 8259).
pub const JSON: &str = "application/json";
/// A problem document (RFC 9457).
pub const PROBLEM: &str = "application/problem+json";
/// Octets without a form of their own.
pub const OCTETS: &str = "application/octet-stream";
/// A table as text (RFC 4180).
pub const CSV: &str = "text/csv";
/// Server-sent events (WHATWG HTML, section 9.2).
pub const EVENTS: &str = "text/event-stream";
/// Plain text.
pub const TEXT: &str = "text/plain";

/// The ID of the last event that was received; the stream goes on after it.
pub const LAST_EVENT_ID_HEADER: &str = "last-event-id";
/// Says `true` on an answer that was given before, and is given again byte for byte.
pub const REPEAT_HEADER: &str = "countersign-repeat";
/// What is left of a limit (draft-ietf-httpapi-ratelimit-headers-10).
pub const RATE_LIMIT_HEADER: &str = "ratelimit";
/// The limit itself.
pub const RATE_LIMIT_POLICY_HEADER: &str = "ratelimit-policy";
/// The identifier of a request, to be named to the operator.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

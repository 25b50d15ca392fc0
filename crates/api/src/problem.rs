//! What can be wrong, in words that do not change (RFC 9457).

use std::fmt;

use countersign_order::time::rfc3339_or_null;
use countersign_order::{Digest, OrderId};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

use crate::instant::Instant;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// The stable code of a problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code's text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The HTTP status it comes with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// What it says to people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    /// No session, or one that has ended, or an account that is disabled.
    SignInRequired = "sign-in-required", 401, "Sign in first";
    /// A sign-in that failed, whatever was wrong with it.
    SignInNotAccepted = "sign-in-not-accepted", 401, "ID and password were not accepted";
    /// More requests than this sender may make.
    SlowDown = "slow-down", 429, "Too many requests from you: wait, then repeat";
    /// The desk's queue is full.
    Busy = "busy", 503, "The desk is busy: repeat the same bytes shortly";
    /// The body is larger than is taken.
    TooLarge = "too-large", 413, "The body is too large";
    /// The body is of another media type.
    MediaType = "media-type", 415, "The media type is not accepted here";
    /// The request is not understood as HTTP and JSON.
    BadRequest = "bad-request", 400, "The request is not understood";
    /// The envelope is sealed to none of the seller's current keys.
    RecipientUnknown = "recipient-unknown", 400, "The envelope is sealed to no current key of the seller";
    /// The envelope does not open, for whatever cause.
    EnvelopeNotAccepted = "envelope-not-accepted", 400, "The envelope was not accepted";
    /// The account has no key that can sign orders.
    NewKeyRequired = "new-key-required", 403, "Enrol a new key first";
    /// The signature is not by a key of the account, or not made as it must be.
    SignatureNotAccepted = "signature-not-accepted", 403, "The signature was not accepted";
    /// The signed document is not the one that belongs here, as it must be.
    OrderNotUnderstood = "order-not-understood", 400, "The signed document is not understood";
    /// The signed document is meant for another seller.
    WrongSeller = "wrong-seller", 403, "The signed document is addressed to another seller";
    /// The signed document names another buyer than the account's.
    WrongBuyer = "wrong-buyer", 403, "The signed document names another buyer";
    /// The request names another order than the one it was sent to.
    WrongOrder = "wrong-order", 403, "The request names another order";
    /// Another order stands under the number.
    NumberAlreadyUsed = "number-already-used", 409, "The purchase order number is already used";
    /// The key was revoked.
    KeyNotActive = "key-not-active", 403, "The key is not active";
    /// The document came before its time or after it, or was not signed when it was issued.
    TimestampNotAccepted = "timestamp-not-accepted", 403, "The signed document did not arrive in its time";
    /// The order's total is more than the account may order at once.
    OverOrderLimit = "over-order-limit", 403, "The order is larger than this account may place";
    /// The machine token is not for this.
    TokenNotSufficient = "token-not-sufficient", 403, "The token may not do this";
    /// The server's clock stands before its last statement.
    ClockNotTrusted = "clock-not-trusted", 503, "The server's clock cannot be trusted now";
    /// The certificate's key is not one that may sign.
    KeyNotAccepted = "key-not-accepted", 400, "The key was not accepted";
    /// The key is enrolled already, or its certificate is like another one's.
    KeyInUse = "key-in-use", 409, "The key is already in use";
    /// Nobody who may has allowed this key.
    EnrolmentNotAuthorised = "enrolment-not-authorised", 403, "The enrolment is not authorised";
    /// The chosen password is too short or too long.
    PasswordNotAccepted = "password-not-accepted", 400, "The password is not accepted";
    /// There is no such thing, or it is not yours.
    NotFound = "not-found", 404, "Not found";
    /// The account is the seller's, and its role is not one that may do this.
    RoleNotEnough = "role-not-enough", 403, "Your role may not do this";
    /// The path is known, the method is not.
    MethodNotAllowed = "method-not-allowed", 405, "The method is not allowed here";
    /// The order cannot make this move from where it stands.
    MoveNotAllowed = "move-not-allowed", 409, "The order cannot make this move";
    /// The stock cannot be set to this.
    StockNotAccepted = "stock-not-accepted", 409, "The stock cannot be set to this";
    /// There is no space to keep anything.
    StorageUnavailable = "storage-unavailable", 503, "Nothing can be stored now";
    /// Whether it was done is not known: repeat the same bytes.
    OutcomeUnknown = "outcome-unknown", 503, "The outcome is unknown: repeat the same bytes";
    /// The fault is ours.
    InternalError = "internal-error", 500, "The server failed";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let texts: Vec<&str> = Self::ALL.iter().map(|code| code.as_str()).collect();
        json_schema!({ "type": "string", "enum": texts })
    }
}

/// A problem document. Programs go by `code`; `detail` is for people and may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// `urn:countersign:problem:` and the code.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The code's title.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The code.
    pub code: Code,
    /// What happened and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The identifier of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The member of the document that is not understood (RFC 6901).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// What to change in how the message was made; never says why a check failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The order that stands in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// Fingerprints of the certificates that orders can be sealed to now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<Digest>,
    /// What is wrong with which rows of a list that was sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<WrongRow>,
    /// Who moved the order last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_by: Option<String>,
    /// When the order was moved last.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "rfc3339_or_null"
    )]
    #[schemars(with = "Option<Instant>")]
    pub moved_at: Option<Timestamp>,
}

/// What is wrong with a row of a list that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WrongRow {
    /// Its place in the list, from zero.
    pub row: usize,
    /// What is wrong with it, for people.
    pub detail: String,
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self {
            type_uri: format!("urn:countersign:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: None,
            instance: None,
            pointer: None,
            hint: None,
            order: None,
            recipients: Vec::new(),
            rows: Vec::new(),
            moved_by: None,
            moved_at: None,
        }
    }
}

impl Problem {
    /// The same problem with a word to the person who reads it.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_written_once_and_reads_back() {
        for (index, code) in Code::ALL.iter().enumerate() {
            let written = serde_json::to_string(code).unwrap();
            assert_eq!(written, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<Code>(&written).unwrap(), *code);
            assert!(
                !Code::ALL[..index]
                    .iter()
                    .any(|other| other.as_str() == code.as_str())
            );
        }
    }

    #[test]
    fn a_problem_names_its_type_and_leaves_out_what_it_does_not_know() {
        let written = serde_json::to_value(Problem::from(Code::Busy)).unwrap();
        assert_eq!(
            written,
            serde_json::json!({
                "type": "urn:countersign:problem:busy",
                "title": "The desk is busy: repeat the same bytes shortly",
                "status": 503,
                "code": "busy",
            })
        );
    }
}

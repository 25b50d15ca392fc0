//! What webhooks tell: the kinds of events, and the JSON of each. Thin: it names what happened and
//! where to look, and says nothing that a statement does not prove.

use std::fmt;
use std::str::FromStr;

use countersign_order::time::write_instant;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// What kind of event.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum EventKind {
    /// The order is accepted.
    OrderAccepted,
    /// The order waits for the seller.
    OrderHeld,
    /// The order is declined.
    OrderDeclined,
    /// All of it has left.
    OrderShipped,
    /// Some of it has left.
    OrderPartShipped,
    /// What was not yet shipped will not be.
    OrderCancelled,
    /// Stock was set aside for what the order waits for.
    BackOrderFilled,
    /// A key may sign for the account from now on.
    KeyEnrolled,
    /// A key signs for the account no longer.
    KeyRevoked,
}

/// A text is no kind of event.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no kind of event")]
pub struct UnknownKind(String);

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::OrderAccepted,
        Self::OrderHeld,
        Self::OrderDeclined,
        Self::OrderShipped,
        Self::OrderPartShipped,
        Self::OrderCancelled,
        Self::BackOrderFilled,
        Self::KeyEnrolled,
        Self::KeyRevoked,
    ];

    /// As a payload's `type` says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderAccepted => "order.accepted",
            Self::OrderHeld => "order.held",
            Self::OrderDeclined => "order.declined",
            Self::OrderShipped => "order.shipped",
            Self::OrderPartShipped => "order.part_shipped",
            Self::OrderCancelled => "order.cancelled",
            Self::BackOrderFilled => "order.back_order_filled",
            Self::KeyEnrolled => "key.enrolled",
            Self::KeyRevoked => "key.revoked",
        }
    }

    /// The kind that a mail of a kind tells of, if webhooks tell of it too.
    pub(crate) fn of_mail(kind: &str) -> Option<Self> {
        Some(match kind {
            "order-accepted" => Self::OrderAccepted,
            "order-held" => Self::OrderHeld,
            "order-declined" => Self::OrderDeclined,
            "order-shipped" => Self::OrderShipped,
            "order-part-shipped" => Self::OrderPartShipped,
            "order-cancelled" => Self::OrderCancelled,
            "back-order-filled" => Self::BackOrderFilled,
            "key-enrolled" => Self::KeyEnrolled,
            "key-revoked" => Self::KeyRevoked,
            _ => return None,
        })
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for EventKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// The body of a message.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Payload {
    /// The kind of event, such as `order.accepted`.
    #[serde(rename = "type")]
    kind: String,
    /// When it happened, which is not when it was sent.
    timestamp: String,
    /// What happened.
    data: Data,
}

/// What happened.
#[derive(Debug, JsonSchema, Serialize)]
struct Data {
    /// The seller's origin.
    seller: String,
    #[serde(flatten)]
    facts: Facts,
}

/// Where an event is proved, and what it is about.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Facts {
    /// The buyer it is about.
    pub(crate) buyer: String,
    /// The number of the statement that tells of it; null if none does.
    pub(crate) statement: Option<u64>,
    /// The log that holds the seller's statements.
    pub(crate) log: String,
    /// The statement's leaf in that log.
    pub(crate) leaf: Option<u64>,
    #[serde(flatten)]
    pub(crate) subject: Subject,
}

/// What an event is about.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(untagged)]
pub(crate) enum Subject {
    /// Events of kind `order.…`.
    Order(OrderFacts),
    /// Events of kind `key.…`.
    Key(KeyFacts),
}

/// An order as it is after the event.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct OrderFacts {
    /// The order's identifier.
    pub(crate) order: String,
    /// The buyer's number.
    pub(crate) purchase_order_number: String,
    /// The seller's number, once the order is accepted or held.
    pub(crate) sales_order_number: Option<String>,
    /// The state it is in.
    pub(crate) state: String,
}

/// A key as it is after the event.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct KeyFacts {
    /// The account it signs for.
    pub(crate) account: String,
    /// The key's identifier.
    pub(crate) key: String,
    /// The SHA-256 of the public key.
    pub(crate) key_fingerprint: String,
}

/// The body of a message, as it is signed and sent.
pub(crate) fn payload(
    kind: EventKind,
    at: Timestamp,
    seller: &str,
    facts: Facts,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Payload {
        kind: kind.to_string(),
        timestamp: write_instant(at),
        data: Data {
            seller: seller.to_owned(),
            facts,
        },
    })
}

/// The body of a message that only tries the way.
pub(crate) fn test_payload(at: Timestamp, seller: &str) -> String {
    serde_json::json!({
        "type": "webhook.test",
        "timestamp": write_instant(at),
        "data": { "seller": seller },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_reads_back() {
        for kind in EventKind::ALL {
            assert_eq!(kind.as_str().parse::<EventKind>().unwrap(), kind);
        }
        assert!("order.lost".parse::<EventKind>().is_err());
    }

    #[test]
    fn the_reference_shows_the_schema_and_every_kind() {
        let page = include_str!("../../../../docs/reference/webhooks.md");
        let schema = schemars::schema_for!(Payload);
        let schema = serde_json::to_string_pretty(&schema).unwrap();
        assert!(page.contains(&schema), "the page lacks:\n{schema}");
        for kind in EventKind::ALL {
            assert!(page.contains(&format!("| `{kind}` |")), "{kind}");
        }
    }
}

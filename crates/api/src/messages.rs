//! What the seller tells others, and how far it has come: mail, and the deliveries to webhooks.

use countersign_order::time::{rfc3339, rfc3339_or_null};
use countersign_order::{BuyerId, EmailAddress, OrderId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instant::Instant;

/// A mail in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailView {
    /// Its number.
    pub number: u64,
    /// The event it tells of.
    pub event: String,
    /// What kind of mail.
    pub kind: String,
    /// Where it goes.
    pub to: EmailAddress,
    /// How far it has come.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was written.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub created_at: Timestamp,
    /// When it is tried, or was to be.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub due_at: Timestamp,
    /// What the last attempt failed with.
    pub last_error: Option<String>,
}

/// How far a mail has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum MailState {
    /// To be sent.
    #[serde(rename = "waiting")]
    Waiting,
    /// Taken over by the next mail server.
    #[serde(rename = "sent")]
    Sent,
    /// Given up, and not tried again by itself.
    #[serde(rename = "given up")]
    GivenUp,
}

impl MailState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::GivenUp => "given up",
        }
    }
}

/// Which mails, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MailQuery {
    /// The `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Rows on the page: 50 unless asked for, 200 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only those that have come this far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<MailState>,
}

/// A webhook: an address that is told of what happens. Its secret is never shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookView {
    /// Its number.
    pub number: u64,
    /// Whose events it gets; null for the whole shop's.
    pub buyer: Option<BuyerId>,
    /// Where it is.
    pub url: String,
    /// Which kinds of events it wants.
    pub events: Vec<String>,
    /// When it was added.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub created_at: Timestamp,
    /// When it last took an event.
    #[serde(with = "rfc3339_or_null")]
    #[schemars(with = "Option<Instant>")]
    pub last_success_at: Option<Timestamp>,
    /// Since when it is told nothing.
    #[serde(with = "rfc3339_or_null")]
    #[schemars(with = "Option<Instant>")]
    pub disabled_at: Option<Timestamp>,
    /// Why it is told nothing.
    pub disabled_reason: Option<String>,
    /// Until when signatures are made with the secret before, too.
    #[serde(with = "rfc3339_or_null")]
    #[schemars(with = "Option<Instant>")]
    pub old_secret_until: Option<Timestamp>,
}

/// An event on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryView {
    /// The event's ID, the same for every webhook and every attempt.
    pub event: String,
    /// What kind of event.
    #[serde(rename = "type")]
    pub kind: String,
    /// The order it is about.
    pub order: Option<OrderId>,
    /// The number of the statement that tells of it; null if none does.
    pub statement: Option<u64>,
    /// How far it has come.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When the event happened.
    #[serde(with = "rfc3339")]
    #[schemars(with = "Instant")]
    pub happened_at: Timestamp,
    /// When it was last tried.
    #[serde(with = "rfc3339_or_null")]
    #[schemars(with = "Option<Instant>")]
    pub tried_at: Option<Timestamp>,
    /// When it is tried again.
    #[serde(with = "rfc3339_or_null")]
    #[schemars(with = "Option<Instant>")]
    pub due_at: Option<Timestamp>,
    /// The HTTP status of the last answer.
    pub status: Option<u32>,
    /// What the last attempt failed with.
    pub error: Option<String>,
}

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeliveryState {
    /// To be sent.
    #[serde(rename = "waiting")]
    Waiting,
    /// Taken by its receiver.
    #[serde(rename = "delivered")]
    Delivered,
    /// Given up after the last attempt.
    #[serde(rename = "given up")]
    GivenUp,
    /// Not sent, because the webhook was disabled.
    #[serde(rename = "missed")]
    Missed,
}

impl DeliveryState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::GivenUp => "given up",
            Self::Missed => "missed",
        }
    }
}

/// Which events are sent again: exactly one of `events` and `since`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplayRequest {
    /// Events by their ID, whatever became of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// What was given up or missed of the events since then.
    #[serde(skip_serializing_if = "Option::is_none", with = "rfc3339_or_null")]
    #[schemars(with = "Option<Instant>")]
    pub since: Option<Timestamp>,
}

/// How many events are sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replayed {
    /// Events that are due now.
    pub replayed: u64,
}

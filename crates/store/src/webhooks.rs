//! Who is told by HTTP of what happens: written with the change, claimed later with a lease,
//! delivered at least once, and in order.

use async_trait::async_trait;
use countersign_order::{BuyerId, OrderId};
use jiff::Timestamp;

use crate::{Page, StoreError};

/// How many webhooks a shop may have, those of its buyers among them.
pub const WEBHOOKS_MAX: usize = 64;

/// How many attempts of a delivery hold up everything after it. One that failed so often is set
/// aside: from then on it holds up only what is about the same order.
pub const ATTEMPTS_IN_ORDER: u32 = 3;

/// A webhook to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWebhook {
    /// Whose events it gets; the whole shop's without one.
    pub buyer: Option<BuyerId>,
    /// Where it is.
    pub url: String,
    /// Which kinds of events it wants.
    pub kinds: Vec<String>,
    /// What its signatures are made with.
    pub secret: String,
}

/// A webhook: an address that is told of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRecord {
    /// Its key.
    pub number: u64,
    /// Whose events it gets; the whole shop's without one.
    pub buyer: Option<BuyerId>,
    /// Where it is.
    pub url: String,
    /// Which kinds of events it wants.
    pub kinds: Vec<String>,
    /// What its signatures are made with.
    pub secret: String,
    /// The secret before this one, and until when signatures are made with it too.
    pub previous_secret: Option<(String, Timestamp)>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last took an event.
    pub last_success_at: Option<Timestamp>,
    /// Since when it is told nothing, and why.
    pub disabled: Option<(Timestamp, String)>,
}

/// Something that happened, for every webhook that wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWebhookEvent {
    /// The same for every webhook and every attempt.
    pub id: String,
    /// What kind of event, such as `order.accepted`.
    pub kind: String,
    /// The buyer it is about.
    pub buyer: BuyerId,
    /// The order it is about.
    pub order: Option<OrderId>,
    /// The statement that tells of it, if one does; one statement makes one event of a kind.
    pub statement: Option<u64>,
    /// What is sent, as JSON; this crate does not read it.
    pub payload: String,
}

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// To be sent, or being sent under a lease.
    Waiting,
    /// Taken by its receiver.
    Delivered,
    /// Given up after the last attempt.
    GivenUp,
    /// Not sent, because the webhook was disabled.
    Missed,
}

/// An event on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Its key, and the order in which events happened.
    pub number: u64,
    /// The webhook's key.
    pub webhook: u64,
    /// The event's, the same for every webhook and every attempt.
    pub event_id: String,
    /// What kind of event.
    pub kind: String,
    /// The order it is about.
    pub order: Option<OrderId>,
    /// The statement that tells of it, if one does.
    pub statement: Option<u64>,
    /// What is sent, as JSON.
    pub payload: String,
    /// How far it has come.
    pub state: DeliveryState,
    /// How often it was claimed. Reports on a claim name it, so that a claim whose lease ran out
    /// cannot speak for the next one.
    pub claims: u32,
    /// How many attempts of the schedule were begun.
    pub attempts: u32,
    /// When the event happened.
    pub created_at: Timestamp,
    /// When it may be sent (again).
    pub due_at: Timestamp,
    /// When it was last tried.
    pub tried_at: Option<Timestamp>,
    /// The HTTP status of the last answer.
    pub status: Option<u32>,
    /// What the last attempt failed with.
    pub error: Option<String>,
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptReport<'a> {
    /// The delivery's key.
    pub number: u64,
    /// The claim it was made under.
    pub claim: u32,
    /// How far the delivery is after it.
    pub state: DeliveryState,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u32>,
    /// What it failed with.
    pub error: Option<&'a str>,
    /// When the next attempt is due, of a delivery that waits on.
    pub due_at: Timestamp,
}

/// Which deliveries are sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// Those of these events, whatever became of them.
    Events(Vec<String>),
    /// Those given up or missed whose event happened at this time or later.
    Since(Timestamp),
}

/// Reading webhooks and what they were told.
#[async_trait]
pub trait ReadWebhooks {
    /// All webhooks, at most [`WEBHOOKS_MAX`].
    async fn webhooks(&mut self) -> Result<Vec<WebhookRecord>, StoreError>;

    /// One webhook.
    async fn webhook(&mut self, number: u64) -> Result<Option<WebhookRecord>, StoreError>;

    /// The newest deliveries to a webhook first, those before number `before` if given.
    async fn deliveries(
        &mut self,
        webhook: u64,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<DeliveryRecord>, StoreError>;

    /// How many deliveries wait to be sent.
    async fn deliveries_waiting(&mut self) -> Result<u64, StoreError>;

    /// Whether a delivery could be claimed.
    async fn delivery_is_due(&mut self, now: Timestamp) -> Result<bool, StoreError>;
}

/// Writing webhooks and what they are told.
///
/// Durability: an event is delivered if and only if the transaction that wrote it was committed.
/// Concurrency: two workers, in whichever processes, never send to one webhook at once, unless the
/// lease of the first has run out; then an event may be sent twice, under the same ID.
#[async_trait]
pub trait WriteWebhooks {
    /// Adds a webhook and gives it a number that was never used.
    async fn insert_webhook(
        &mut self,
        webhook: &NewWebhook,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Forgets a webhook and everything it was told. False if it is not there.
    async fn delete_webhook(&mut self, number: u64) -> Result<bool, StoreError>;

    /// Puts events on their way to every webhook that wants them; a disabled one has missed them.
    /// What is on its way already is left as it is.
    async fn insert_webhook_events(
        &mut self,
        events: &[NewWebhookEvent],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Claims deliveries that are due, oldest first, until `lease_ends_at`; at most one per webhook,
    /// and none of a webhook that a claim is held on. Commit before sending.
    async fn claim_deliveries(
        &mut self,
        now: Timestamp,
        lease_ends_at: Timestamp,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, StoreError>;

    /// Ends a claim with what the attempt came to. False if the claim is no longer the latest.
    async fn report_attempt(
        &mut self,
        report: &AttemptReport<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Ends all claims. For a server that starts and knows that no other one works on this store.
    async fn release_deliveries(&mut self) -> Result<u64, StoreError>;

    /// Tells a webhook nothing from now on; what waits is missed. False if it is not there, or
    /// disabled already.
    async fn disable_webhook(
        &mut self,
        number: u64,
        reason: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Tells a webhook of what happens from now on. False if it is not there, or not disabled.
    async fn enable_webhook(&mut self, number: u64) -> Result<bool, StoreError>;

    /// Gives a webhook a new secret, and keeps the one it had until a time. False if it is not there.
    async fn rotate_webhook(
        &mut self,
        number: u64,
        secret: &str,
        previous_until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Sends deliveries again, from the beginning of the schedule, and tells how many.
    async fn replay_deliveries(
        &mut self,
        webhook: u64,
        replay: &Replay,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// Forgets deliveries that do not wait and whose event happened before `until`, at most `limit`,
    /// and tells how many.
    async fn forget_deliveries(&mut self, until: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

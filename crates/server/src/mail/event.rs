//! What a mail tells: the facts as they stood when the transaction wrote them into the outbox.
//!
//! Serialised, an event is the outbox row's payload, so a mail sent days later still tells what happened then.

use countersign_order::time::rfc3339;
use countersign_order::{
    AccountId, EmailAddress, KeyId, Language, OrderId, PurchaseOrderNumber, SalesOrderNumber,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing that happened, and whom it concerns.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MailEvent {
    /// The buyer's name, for the greeting.
    pub name: String,
    /// The account the mail goes to.
    pub account: AccountId,
    /// How much the mail may say.
    pub detail: MailDetail,
    /// The language it is written in, as far as that is there.
    #[serde(default)]
    pub language: Language,
    /// As whom the reader gets it.
    #[serde(default)]
    pub reader: Reader,
    /// The number of the statement this mail announces, if it announces one.
    #[serde(default)]
    pub statement: Option<u64>,
    /// What happened.
    pub news: News,
    /// Who else gets it; each copy is a mail of its own in the outbox.
    #[serde(skip)]
    pub copies: Vec<(Reader, EmailAddress)>,
}

/// As whom somebody gets a mail.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// As the account it is about.
    #[default]
    Account,
    /// As the buyer's address for orders.
    Orders,
    /// As the buyer's address for goods on their way.
    GoodsIn,
    /// As the address that the account's mail goes to from now on.
    NewAddress,
}

impl Reader {
    /// What tells a copy's event from the account's own.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Account => "",
            Self::Orders => ".orders",
            Self::GoodsIn => ".goods-in",
            Self::NewAddress => ".new-address",
        }
    }
}

/// How much of an order a mail may tell, as the buyer chose.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailDetail {
    /// Goods, quantities, prices and the signed statement.
    #[default]
    Full,
    /// The order's numbers only: mail is read by more people than the order was meant for.
    NumberOnly,
}

/// What happened, with the facts its letter needs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum News {
    /// The order is accepted.
    OrderAccepted(OrderAccepted),
    /// The order waits for the seller; nothing is agreed yet.
    OrderHeld(OrderHeld),
    /// The order is declined.
    OrderDeclined(OrderDeclined),
    /// Goods have left.
    OrderShipped(OrderShipped),
    /// What was not yet shipped will not be.
    OrderCancelled(OrderCancelled),
    /// Stock came in for what an order waits for.
    BackOrderFilled(BackOrderFilled),
    /// A key may sign for the account from now on.
    KeyEnrolled(KeyEnrolled),
    /// A key signs for the account no longer.
    KeyRevoked(KeyRevoked),
    /// A webhook is told of nothing any more.
    WebhookDisabled(WebhookDisabled),
    /// The certificate of a key ends soon.
    KeyExpiring(KeyExpiring),
    /// The account has a new password.
    PasswordChanged(AccountChanged),
    /// The account's mail goes elsewhere.
    EmailChanged(EmailChanged),
    /// Nobody comes in by the account any more.
    AccountDisabled(AccountChanged),
    /// The account is open again.
    AccountEnabled(AccountChanged),
}

/// Which order a mail is about.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OrderNumbers {
    /// Our identifier of the order.
    pub order: OrderId,
    /// The buyer's number.
    pub purchase_order_number: PurchaseOrderNumber,
    /// Ours, once the order is accepted or held.
    pub sales_order_number: Option<SalesOrderNumber>,
}

/// One line as the mail tells it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MailLine {
    /// The item.
    pub sku: String,
    /// The item as the buyer saw it.
    pub description: String,
    /// How many this news is about: accepted, shipped or cancelled.
    pub quantity: u32,
    /// The UN/ECE unit.
    pub unit: String,
    /// How many follow later.
    pub back_ordered: u32,
}

/// The facts of an acceptance.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OrderAccepted {
    /// The order.
    #[serde(flatten)]
    pub numbers: OrderNumbers,
    /// What was accepted.
    pub lines: Vec<MailLine>,
    /// ISO 4217 code.
    pub currency: String,
    /// The order's total, as the buyer signed it.
    pub total: String,
}

/// The facts of a hold.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OrderHeld {
    /// The order.
    #[serde(flatten)]
    pub numbers: OrderNumbers,
    /// When the hold ends by itself.
    #[serde(with = "rfc3339")]
    pub held_until: Timestamp,
}

/// The facts of a decline.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OrderDeclined {
    /// The order.
    #[serde(flatten)]
    pub numbers: OrderNumbers,
    /// Why, one entry for each failing line.
    pub reasons: Vec<DeclineReason>,
}

/// One reason of a decline.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct DeclineReason {
    /// The reason's code, such as `out-of-stock`.
    pub code: String,
    /// The item of the failing line; none when the whole order is meant.
    pub sku: Option<String>,
    /// What the order offered.
    pub offered: Option<String>,
    /// What holds now; of a hold that ended, why in words.
    pub current: Option<String>,
}

/// The facts of a shipment.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OrderShipped {
    /// The order.
    #[serde(flatten)]
    pub numbers: OrderNumbers,
    /// 1 for the order's first shipment.
    pub shipment: u32,
    /// What is in it.
    pub lines: Vec<MailLine>,
    /// Who carries it; `none` when nobody was named.
    pub carrier: String,
    /// The carrier's number.
    pub tracking: Option<String>,
    /// When it left.
    #[serde(with = "rfc3339")]
    pub shipped_at: Timestamp,
    /// Whether anything of the order is still to come.
    pub more_follows: bool,
}

/// The facts of a cancellation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OrderCancelled {
    /// The order.
    #[serde(flatten)]
    pub numbers: OrderNumbers,
    /// What will not be shipped.
    pub lines: Vec<MailLine>,
    /// Whether the buyer asked for it.
    pub by_buyer: bool,
    /// Why.
    pub reason: String,
}

/// The facts of an enrolment.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct KeyEnrolled {
    /// The key.
    pub key: KeyId,
    /// Such as `RSA-3072`.
    pub algorithm: String,
    /// What its holder calls it.
    #[serde(default)]
    pub label: Option<String>,
    /// SHA-256 of the public key.
    pub key_fingerprint: String,
    /// SHA-256 of the certificate.
    pub certificate_fingerprint: String,
    /// `operator`, `invite` or `key`.
    pub authorised_by: String,
    /// When.
    #[serde(with = "rfc3339")]
    pub enrolled_at: Timestamp,
}

/// The facts of a revocation.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct KeyRevoked {
    /// The key.
    pub key: KeyId,
    /// Such as `RSA-3072`.
    pub algorithm: String,
    /// What its holder calls it.
    #[serde(default)]
    pub label: Option<String>,
    /// SHA-256 of the public key.
    pub key_fingerprint: String,
    /// SHA-256 of the certificate.
    pub certificate_fingerprint: String,
    /// Why.
    pub reason: String,
    /// When.
    #[serde(with = "rfc3339")]
    pub revoked_at: Timestamp,
}

/// The facts of a webhook that was disabled.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WebhookDisabled {
    /// Its number.
    pub webhook: u64,
    /// Whose events it got; the whole shop's without one.
    pub buyer: Option<String>,
    /// Where it is.
    pub url: String,
    /// Why.
    pub reason: String,
    /// When.
    #[serde(with = "rfc3339")]
    pub disabled_at: Timestamp,
}

/// The facts of stock that came in for an order.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BackOrderFilled {
    /// The order.
    #[serde(flatten)]
    pub numbers: OrderNumbers,
    /// What was set aside now, and what is still waited for.
    pub lines: Vec<MailLine>,
    /// When.
    #[serde(with = "rfc3339")]
    pub filled_at: Timestamp,
}

/// The facts of a certificate that ends soon.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct KeyExpiring {
    /// The key.
    pub key: KeyId,
    /// Such as `RSA-3072`.
    pub algorithm: String,
    /// What its holder calls it.
    pub label: Option<String>,
    /// SHA-256 of the public key.
    pub key_fingerprint: String,
    /// When the certificate ends.
    #[serde(with = "rfc3339")]
    pub ends_at: Timestamp,
    /// How many days are left.
    pub days_left: u32,
    /// How many days before the end this reminder was due.
    pub reminder_days: u32,
}

/// The facts of a change to an account.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct AccountChanged {
    /// When.
    #[serde(with = "rfc3339")]
    pub at: Timestamp,
    /// Whether the account did it itself.
    pub by_account: bool,
}

/// The facts of a change of address.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EmailChanged {
    /// When, and by whom.
    #[serde(flatten)]
    pub change: AccountChanged,
    /// Where mail went before.
    pub old_address: EmailAddress,
    /// Where it goes from now on.
    pub new_address: EmailAddress,
    /// Until when no invite enrols a key.
    #[serde(with = "rfc3339")]
    pub invites_from: Timestamp,
}

impl MailEvent {
    /// Names the event, the same for ever: the outbox holds it once, and the Message-ID is made of it.
    pub fn id(&self) -> String {
        let subject = match &self.news {
            News::OrderAccepted(OrderAccepted { numbers, .. })
            | News::OrderHeld(OrderHeld { numbers, .. })
            | News::OrderDeclined(OrderDeclined { numbers, .. })
            | News::OrderCancelled(OrderCancelled { numbers, .. }) => numbers.order.to_string(),
            News::OrderShipped(shipped) => {
                format!("{}.{}", shipped.numbers.order, shipped.shipment)
            }
            News::BackOrderFilled(BackOrderFilled {
                numbers, filled_at, ..
            }) => format!("{}.{}", numbers.order, filled_at.as_microsecond()),
            News::KeyEnrolled(KeyEnrolled { key, .. })
            | News::KeyRevoked(KeyRevoked { key, .. }) => key.to_string(),
            News::KeyExpiring(KeyExpiring {
                key, reminder_days, ..
            }) => format!("{key}.{reminder_days}"),
            News::WebhookDisabled(news) => {
                format!("{}.{}", news.webhook, news.disabled_at.as_millisecond())
            }
            News::PasswordChanged(change)
            | News::AccountDisabled(change)
            | News::AccountEnabled(change)
            | News::EmailChanged(EmailChanged { change, .. }) => self.account_at(change.at),
        };
        format!("{}.{subject}{}", self.kind(), self.reader.suffix())
    }

    /// The account and a moment, in letters that file names and message identifiers may hold.
    fn account_at(&self, at: Timestamp) -> String {
        let account = self.account.as_str().replace('/', ".");
        format!("{account}.{}", at.as_microsecond())
    }

    /// The kind of news, as the outbox lists it and templates are named.
    pub fn kind(&self) -> &'static str {
        match &self.news {
            News::OrderAccepted(_) => "order-accepted",
            News::OrderHeld(_) => "order-held",
            News::OrderDeclined(_) => "order-declined",
            News::OrderShipped(shipped) if shipped.more_follows => "order-part-shipped",
            News::OrderShipped(_) => "order-shipped",
            News::OrderCancelled(_) => "order-cancelled",
            News::BackOrderFilled(_) => "back-order-filled",
            News::KeyEnrolled(_) => "key-enrolled",
            News::KeyRevoked(_) => "key-revoked",
            News::WebhookDisabled(_) => "webhook-disabled",
            News::KeyExpiring(_) => "key-expiring",
            News::PasswordChanged(_) => "password-changed",
            News::EmailChanged(_) => "email-changed",
            News::AccountDisabled(_) => "account-disabled",
            News::AccountEnabled(_) => "account-enabled",
        }
    }

    /// The order the mail is about, for listing the outbox by order.
    pub fn order(&self) -> Option<&OrderId> {
        match &self.news {
            News::OrderAccepted(OrderAccepted { numbers, .. })
            | News::OrderHeld(OrderHeld { numbers, .. })
            | News::OrderDeclined(OrderDeclined { numbers, .. })
            | News::OrderCancelled(OrderCancelled { numbers, .. })
            | News::OrderShipped(OrderShipped { numbers, .. })
            | News::BackOrderFilled(BackOrderFilled { numbers, .. }) => Some(&numbers.order),
            News::KeyEnrolled(_)
            | News::KeyRevoked(_)
            | News::KeyExpiring(_)
            | News::PasswordChanged(_)
            | News::EmailChanged(_)
            | News::AccountDisabled(_)
            | News::AccountEnabled(_)
            | News::WebhookDisabled(_) => None,
        }
    }
}

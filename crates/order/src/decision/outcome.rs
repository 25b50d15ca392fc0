//! The answers: a repeat, a rejection or a decision with its reasons.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::OrderId;
use crate::item::Sku;
use crate::money::Money;
use crate::purchase_order::SalesOrderNumber;

/// What becomes of one entry of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// These bytes were decided before; the answer is that attempt's stored receipt.
    Repeat(OrderId),
    /// The message is refused and no order exists.
    Rejected(Rejection),
    /// The order is decided, now.
    Decided(Decided),
}

/// Why a verified message is refused all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// The account or its buyer was disabled meanwhile.
    #[error("the account is not enabled")]
    SignInRequired,
    /// Another order stands under this number, or too many attempts were made with it.
    #[error("the purchase order number is used by {order}")]
    NumberAlreadyUsed {
        /// The order that has the number.
        order: OrderId,
    },
    /// The key was revoked.
    #[error("the key is not active")]
    KeyNotActive,
    /// Our clock stands before the last statement's time.
    #[error("the clock stands before the last statement")]
    ClockNotTrusted,
    /// The order arrived outside its window, or was not signed when it was issued.
    #[error("the order did not arrive in its time")]
    TimestampNotAccepted,
    /// The order is larger than this account may place.
    #[error("the account may order for {largest} at most")]
    OverOrderLimit {
        /// The largest order it may place; none at all in this currency, if it is zero.
        largest: Money,
    },
}

/// The business answer to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The seller will deliver.
    Accepted,
    /// Stock is set aside; a second statement will accept or decline.
    Held,
    /// The seller will not deliver, for the reasons given.
    Declined,
}

/// A decided order, all that its receipt needs from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The attempt's ID, as proposed with the entry.
    pub order_id: OrderId,
    /// Which attempt under the buyer's number this is, counted from one.
    pub attempt: u32,
    /// The answer.
    pub decision: Decision,
    /// Why it is declined or held; empty if it is accepted.
    pub reasons: Vec<Reason>,
    /// What is promised on each line of the order, in its order.
    pub lines: Vec<DecidedLine>,
    /// Our number, unless declined.
    pub sales_order_number: Option<SalesOrderNumber>,
    /// Until when a held order will have its answer.
    pub held_until: Option<Timestamp>,
    /// The time of the decision: never before the last statement's.
    pub decided_at: Timestamp,
}

/// What is promised on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecidedLine {
    /// The line's number.
    pub line: u32,
    /// Units set aside.
    pub accepted: u32,
    /// Units that follow when they come in.
    pub back_ordered: u32,
}

/// One reason for declining or holding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// The line it concerns; none for the order as a whole.
    pub line: Option<u32>,
    /// What is the matter.
    pub code: ReasonCode,
    /// What the buyer's order says.
    pub offered: Option<String>,
    /// What holds now, or the most that is accepted.
    pub current: Option<String>,
}

/// What can be the matter with an order, as a business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonCode {
    /// This buyer is not offered such an item.
    UnknownItem,
    /// The item is counted in another unit.
    UnitDiffers,
    /// The item is priced in another currency.
    CurrencyDiffers,
    /// The item has another price.
    PriceChanged,
    /// There is not enough of it.
    OutOfStock,
    /// This buyer gets nothing for the time being.
    BuyerOnStop,
    /// Held: the total is above what the desk accepts by itself.
    OrderValue,
    /// Held: with this order more is open than the buyer's credit.
    CreditLimit,
    /// Held: a person accepts every order of this buyer.
    ManualAcceptance,
    /// Declined after a hold: a person did not approve it.
    NotApproved,
    /// Declined after a hold: nobody answered in its time.
    HoldExpired,
    /// Declined after a hold: the buyer called it off.
    BuyerWithdrew,
}

impl ReasonCode {
    /// The word for it in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownItem => "unknown-item",
            Self::UnitDiffers => "unit-differs",
            Self::CurrencyDiffers => "currency-differs",
            Self::PriceChanged => "price-changed",
            Self::OutOfStock => "out-of-stock",
            Self::BuyerOnStop => "buyer-on-stop",
            Self::OrderValue => "order-value",
            Self::CreditLimit => "credit-limit",
            Self::ManualAcceptance => "manual-acceptance",
            Self::NotApproved => "not-approved",
            Self::HoldExpired => "hold-expired",
            Self::BuyerWithdrew => "buyer-withdrew",
        }
    }
}

/// What a batch changes beyond the orders themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Units to set aside of each item.
    pub reserved: BTreeMap<Sku, i64>,
    /// How many sales order numbers were given out.
    pub sales_orders: u64,
}

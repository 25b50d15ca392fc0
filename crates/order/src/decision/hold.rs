//! When an order waits for a person, and for how long.
//!
//! An order that could be accepted is held if its value is above what the desk accepts by itself, if
//! it would take its buyer above the credit agreed on, or if a person accepts every order of this buyer.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::outcome::{Reason, ReasonCode};
use crate::money::{Currency, Money, MoneyError};
use crate::purchase_order::PurchaseOrder;

/// The longest hold, in working days.
const WORKING_DAYS_MAX: u16 = 60;
/// The longest hold that is counted by the clock.
const SPAN_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What the desk does not accept by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoldRules {
    /// Orders of a higher total are held.
    pub hold_above: Amounts,
    /// How long an order is held at most.
    pub hold_for: HoldFor,
}

/// An amount for each of some currencies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    try_from = "BTreeMap<Currency, String>",
    into = "BTreeMap<Currency, String>"
)]
#[schemars(with = "BTreeMap<String, String>")]
pub struct Amounts(BTreeMap<Currency, i64>);

impl Amounts {
    /// The amount in a currency, if there is one.
    pub fn of(&self, currency: Currency) -> Option<Money> {
        let minor = self.0.get(&currency).copied()?;
        Some(Money { minor, currency })
    }
}

impl FromIterator<Money> for Amounts {
    fn from_iter<I: IntoIterator<Item = Money>>(amounts: I) -> Self {
        let amounts = amounts.into_iter();
        Self(amounts.map(|money| (money.currency, money.minor)).collect())
    }
}

impl TryFrom<BTreeMap<Currency, String>> for Amounts {
    type Error = AmountError;

    fn try_from(texts: BTreeMap<Currency, String>) -> Result<Self, AmountError> {
        let read = |(currency, text): (Currency, String)| {
            Money::parse(&text, currency).map_err(|cause| AmountError {
                currency,
                text,
                cause,
            })
        };
        texts.into_iter().map(read).collect()
    }
}

impl From<Amounts> for BTreeMap<Currency, String> {
    fn from(amounts: Amounts) -> Self {
        let write = |(currency, minor)| (currency, Money { minor, currency }.amount());
        amounts.0.into_iter().map(write).collect()
    }
}

/// Why some text is no amount of a currency.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} of {currency} {cause}")]
pub struct AmountError {
    currency: Currency,
    text: String,
    cause: MoneyError,
}

/// How long an order is held at most: so many working days, or so much time by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum HoldFor {
    /// Monday to Friday in UTC; time on a Saturday or Sunday does not count.
    WorkingDays(u16),
    /// So much time, whatever the day.
    Span(SignedDuration),
}

impl Default for HoldFor {
    fn default() -> Self {
        Self::WorkingDays(2)
    }
}

impl HoldFor {
    /// When a hold that begins now ends by itself.
    pub fn until(self, begin: Timestamp) -> Timestamp {
        let end = match self {
            Self::WorkingDays(days) => after_working_days(begin, days),
            Self::Span(span) => begin.checked_add(span).ok(),
        };
        end.unwrap_or(begin)
    }
}

/// The same time of day so many working days later; a weekend's order counts from Monday's first
/// moment.
fn after_working_days(begin: Timestamp, days: u16) -> Option<Timestamp> {
    let begin = TimeZone::UTC.to_datetime(begin);
    let mut end = begin;
    if is_weekend(end) {
        end = next_working_day(end)?.date().to_datetime(Time::midnight());
    }
    for _ in 0..days {
        end = next_working_day(end)?;
    }
    TimeZone::UTC.to_timestamp(end).ok()
}

fn next_working_day(day: DateTime) -> Option<DateTime> {
    let mut day = day.checked_add(1.day()).ok()?;
    while is_weekend(day) {
        day = day.checked_add(1.day()).ok()?;
    }
    Some(day)
}

fn is_weekend(day: DateTime) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Why some text does not say how long to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "is not a time to hold orders for, such as \"2 working days\", \"72 hours\" or \"30 minutes\", \
     of 60 working days or 90 days at most"
)]
pub struct NotAHold;

impl FromStr for HoldFor {
    type Err = NotAHold;

    fn from_str(text: &str) -> Result<Self, NotAHold> {
        let (count, unit) = text.split_once(' ').ok_or(NotAHold)?;
        let count: u16 = count.parse().map_err(|_| NotAHold)?;
        let seconds = match unit {
            "working day" | "working days" => {
                let is_taken = (1..=WORKING_DAYS_MAX).contains(&count);
                return is_taken.then_some(Self::WorkingDays(count)).ok_or(NotAHold);
            }
            "hour" | "hours" => 3600,
            "minute" | "minutes" => 60,
            "second" | "seconds" => 1,
            _ => return Err(NotAHold),
        };
        let span = SignedDuration::from_secs(i64::from(count) * seconds);
        let is_taken = span.is_positive() && span <= SPAN_MAX;
        is_taken.then_some(Self::Span(span)).ok_or(NotAHold)
    }
}

impl fmt::Display for HoldFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkingDays(1) => f.write_str("1 working day"),
            Self::WorkingDays(days) => write!(f, "{days} working days"),
            Self::Span(span) => {
                let seconds = span.as_secs();
                match (seconds % 3600, seconds % 60) {
                    (0, _) => write!(f, "{} hours", seconds / 3600),
                    (_, 0) => write!(f, "{} minutes", seconds / 60),
                    _ => write!(f, "{seconds} seconds"),
                }
            }
        }
    }
}

impl TryFrom<String> for HoldFor {
    type Error = NotAHold;

    fn try_from(text: String) -> Result<Self, NotAHold> {
        text.parse()
    }
}

impl From<HoldFor> for String {
    fn from(hold_for: HoldFor) -> Self {
        hold_for.to_string()
    }
}

/// How much of a buyer's credit in one currency is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// How much may be open, in minor units.
    pub limit: i64,
    /// What is accepted or held and neither shipped nor cancelled, in minor units.
    pub open: i64,
}

/// Why an order that could be accepted waits for a person; nothing if it does not.
pub(super) fn reasons_to_hold(
    order: &PurchaseOrder,
    rules: &HoldRules,
    credit: Option<Credit>,
    is_manual: bool,
) -> Vec<Reason> {
    let currency = order.currency;
    let amount = |minor| Money { minor, currency }.amount();
    let mut reasons = Vec::new();
    let mut hold = |code, offered: Option<String>, current: Option<String>| {
        reasons.push(Reason {
            line: None,
            code,
            offered,
            current,
        });
    };
    if let Some(most) = rules.hold_above.of(currency)
        && order.total.minor > most.minor
    {
        let total = order.total.amount();
        hold(ReasonCode::OrderValue, Some(total), Some(most.amount()));
    }
    if let Some(Credit { limit, open }) = credit {
        let open = open.saturating_add(order.total.minor);
        if open > limit {
            hold(
                ReasonCode::CreditLimit,
                Some(amount(open)),
                Some(amount(limit)),
            );
        }
    }
    if is_manual {
        hold(ReasonCode::ManualAcceptance, None, None);
    }
    reasons
}

//! `opd webhook` as it is typed.

use std::str::FromStr;

use clap::{Args, Subcommand};
use countersign_order::BuyerId;
use jiff::Timestamp;

use crate::webhooks::EventKind;

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Add a webhook: an address that is told by HTTP of what happens.
    ///
    /// Its secret is printed once. The receiver checks signatures with it, by Standard Webhooks 1.0.
    Add(WebhookAdd),
    /// List webhooks.
    List,
    /// Show a webhook and what it was told, newest last.
    Show(WebhookShow),
    /// Try a webhook now with an event of type `webhook.test`, and show what it answers.
    Test(WebhookNumber),
    /// Send events again: those that are named, or what was given up or missed since a time.
    Replay(WebhookReplay),
    /// Tell a webhook of nothing until it is enabled; what happens meanwhile is listed as missed.
    Disable(WebhookNumber),
    /// Tell a webhook of what happens from now on.
    Enable(WebhookNumber),
    /// Make a new secret and print it; for a day the old one signs, too.
    Rotate(WebhookNumber),
    /// Forget a webhook and what it was told.
    Remove(WebhookNumber),
}

#[derive(Debug, Args)]
pub(crate) struct WebhookAdd {
    /// Where it is.
    pub(crate) url: String,
    /// Whose events it gets: a buyer's, or all of the shop's.
    #[arg(long = "for", value_name = "BUYER|seller")]
    pub(crate) whose: Whose,
    /// Which kinds of events, separated by commas; all unless said.
    ///
    /// `order.accepted`, `order.held`, `order.declined`, `order.shipped`, `order.part_shipped`,
    /// `order.cancelled`, `order.back_order_filled`, `key.enrolled`, `key.revoked`
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub(crate) events: Vec<EventKind>,
}

/// Whose events a webhook gets.
#[derive(Clone, Debug)]
pub(crate) enum Whose {
    /// All of the shop's.
    Seller,
    /// One buyer's.
    Buyer(BuyerId),
}

impl FromStr for Whose {
    type Err = <BuyerId as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "seller" => Ok(Self::Seller),
            buyer => Ok(Self::Buyer(buyer.parse()?)),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct WebhookNumber {
    /// The webhook's number.
    pub(crate) number: u64,
}

#[derive(Debug, Args)]
pub(crate) struct WebhookShow {
    /// The webhook's number.
    pub(crate) number: u64,
    /// How many of the newest deliveries to show.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) last: u32,
}

#[derive(Debug, Args)]
pub(crate) struct WebhookReplay {
    /// The webhook's number.
    pub(crate) number: u64,
    /// Events by their ID, whatever became of them.
    #[arg(
        value_name = "EVENT",
        required_unless_present = "since",
        conflicts_with = "since"
    )]
    pub(crate) events: Vec<String>,
    /// What was given up or missed of the events since then, such as 2026-11-23T18:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Timestamp>,
}

//! What the seller decides about a buyer and about held orders, as it is typed.

use std::str::FromStr;

use clap::{Args, ValueEnum};
use countersign_order::{Currency, Money, ShortText};

use super::OrderChoice;

/// On which terms a buyer trades.
#[derive(Debug, Args)]
pub(crate) struct BuyerTerms {
    /// Who accepts the buyer's orders: the desk by itself, or a person each time.
    #[arg(long, value_enum)]
    pub(crate) acceptance: Option<Acceptance>,
    /// The most that may be open in a currency, such as USD=5000.00; USD=none takes the limit away.
    /// Repeat it for several currencies.
    #[arg(long = "credit-limit", value_name = "CODE=AMOUNT")]
    pub(crate) credit_limits: Vec<CreditLimit>,
}

/// Who accepts a buyer's orders.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Acceptance {
    /// The desk by itself.
    Automatic,
    /// A person.
    Manual,
}

/// A credit limit, as `CODE=AMOUNT` or `CODE=none`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct CreditLimit(pub(crate) Currency, pub(crate) Option<Money>);

impl FromStr for CreditLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (code, amount) = text
            .split_once('=')
            .ok_or("is not CODE=AMOUNT, such as USD=5000.00")?;
        let currency: Currency = code.parse().map_err(|error| format!("{code:?} {error}"))?;
        if amount == "none" {
            return Ok(Self(currency, None));
        }
        let limit =
            Money::parse(amount, currency).map_err(|error| format!("{amount:?} {error}"))?;
        Ok(Self(currency, Some(limit)))
    }
}

#[derive(Debug, Args)]
pub(crate) struct OrderDecline {
    #[command(flatten)]
    pub(crate) choice: OrderChoice,
    /// Why; the receipt and the mail say it.
    #[arg(long)]
    pub(crate) reason: ShortText,
}

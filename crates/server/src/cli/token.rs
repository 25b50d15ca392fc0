//! `opd token` as it is typed.

use clap::{Args, Subcommand, ValueEnum};
use countersign_order::{AccountId, ShortText, TokenId};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token for a machine of a buyer and print it, this once.
    Add(TokenAdd),
    /// List tokens.
    List(TokenList),
    /// End a token at once.
    Revoke(TokenRevoke),
}

#[derive(Debug, Args)]
pub(crate) struct TokenAdd {
    /// The account in whose name the machine asks.
    pub(crate) account: AccountId,
    /// What the token is good for.
    #[arg(long, value_enum)]
    pub(crate) scope: Scope,
    /// Which machine gets it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: ShortText,
    /// The last day it is good for, such as 2027-12-31, in UTC; it stays good unless said.
    #[arg(long, value_name = "DATE", value_parser = end_of)]
    pub(crate) until: Option<Timestamp>,
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scope {
    /// Reading, sending orders and requests to cancel them.
    Order,
    /// Reading.
    Read,
}

#[derive(Debug, Args)]
pub(crate) struct TokenList {
    /// Only this account's.
    pub(crate) account: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(crate) struct TokenRevoke {
    /// The token's ID (tok_…), from the list.
    pub(crate) id: TokenId,
}

/// The end of a day in UTC.
fn end_of(text: &str) -> Result<Timestamp, String> {
    let day: Date = text
        .parse()
        .map_err(|_not_one| "is not a date such as 2027-12-31".to_owned())?;
    day.tomorrow()
        .and_then(|next| TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)))
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight() {
        let end = end_of("2027-12-31").unwrap();
        assert_eq!(end.to_string(), "2028-01-01T00:00:00Z");
        for wrong in ["", "tomorrow", "2027-13-01", "31.12.2027"] {
            assert!(end_of(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}

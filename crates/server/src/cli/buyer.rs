//! `opd buyer` as it is typed.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use countersign_order::{AccountId, BuyerId, EmailAddress, Language, Money, Name};

use super::{BuyerTerms, Person};
use crate::desk::operations::CopyTo;

#[derive(Debug, Subcommand)]
pub(crate) enum Buyer {
    /// Add a buyer whose certificate is known.
    Add(BuyerAdd),
    /// Add another account to a buyer: a person or a machine that signs in for itself.
    AddAccount(BuyerAccount),
    /// Print a link, good once, by which an account gets its password and its first key.
    Invite(BuyerInvite),
    /// List the buyers.
    List,
    /// List a buyer's accounts and what each may order.
    Accounts(BuyerChoice),
    /// Set on which terms a buyer trades and how it is written to; what is not given stays. Shows the
    /// terms that hold then.
    Set(BuyerSet),
    /// Change where an account's mail goes. The old address is told, and for 72 hours no invite enrols
    /// a key.
    SetEmail(BuyerEmail),
    /// Limit what an account orders at once.
    Limit(BuyerLimit),
    /// Let an account in no longer; running sessions end. A buyer's first account stands for the buyer.
    Disable(Person),
    /// Let an account in again.
    Enable(Person),
}

#[derive(Debug, Args)]
pub(crate) struct BuyerAdd {
    /// The buyer's ID: a-z, 0-9 and -.
    pub(crate) id: BuyerId,
    /// The buyer's name.
    #[arg(long)]
    pub(crate) name: Name,
    /// Where mail goes.
    #[arg(long)]
    pub(crate) email: EmailAddress,
    /// A certificate of the buyer's to enrol; repeat it for several.
    #[arg(long = "key", value_name = "CERT.pem")]
    pub(crate) keys: Vec<PathBuf>,
    /// Read the account's password from this file; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BuyerAccount {
    /// The account's ID: the buyer's, / and a name, such as acme/jo.
    #[arg(value_name = "BUYER/NAME")]
    pub(crate) account: AccountId,
    /// The name of whoever has the account.
    #[arg(long)]
    pub(crate) name: Name,
    /// Where the account's mail goes.
    #[arg(long)]
    pub(crate) email: EmailAddress,
    /// The largest order it may place, such as USD=500.00; repeat it for several currencies. With one
    /// limit it orders in no other currency; without any it orders freely.
    #[arg(long = "limit", value_name = "CODE=AMOUNT")]
    pub(crate) limits: Vec<Limit>,
    /// Read the account's password from this file; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BuyerLimit {
    /// The account's ID.
    pub(crate) account: AccountId,
    /// The largest orders it may place, such as USD=500.00; they replace the limits before.
    #[arg(value_name = "CODE=AMOUNT", required_unless_present = "none")]
    pub(crate) limits: Vec<Limit>,
    /// Let it order freely.
    #[arg(long, conflicts_with = "limits")]
    pub(crate) none: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BuyerChoice {
    /// The buyer's ID.
    pub(crate) id: BuyerId,
}

/// How a buyer is written to.
#[derive(Debug, Args)]
pub(crate) struct BuyerMail {
    /// Where a copy of all mail about orders goes; none for nowhere.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) orders_email: Option<Copy>,
    /// Where a copy of the mail about shipments goes; none for nowhere.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) goods_in_email: Option<Copy>,
    /// The language of its mail, such as de; what there is no template for is in English.
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<Language>,
    /// How much of an order its mail tells.
    #[arg(long, value_enum)]
    pub(crate) mail_detail: Option<Detail>,
}

#[derive(Debug, Args)]
pub(crate) struct BuyerSet {
    /// The buyer's ID.
    pub(crate) id: BuyerId,
    #[command(flatten)]
    pub(crate) terms: BuyerTerms,
    #[command(flatten)]
    pub(crate) mail: BuyerMail,
}

#[derive(Debug, Args)]
pub(crate) struct BuyerEmail {
    /// The account's ID.
    pub(crate) account: AccountId,
    /// The new address.
    pub(crate) email: EmailAddress,
}

#[derive(Debug, Args)]
pub(crate) struct BuyerInvite {
    /// The account's ID: a buyer's, which need not exist yet, or BUYER/NAME of one that was added.
    pub(crate) id: AccountId,
    /// The buyer's name; needed unless the buyer exists.
    #[arg(long)]
    pub(crate) name: Option<Name>,
    /// Where mail goes; needed unless the buyer exists.
    #[arg(long)]
    pub(crate) email: Option<EmailAddress>,
    /// The address in the link; what the file `address` says unless said: the first --host of init,
    /// and the port that was served last.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) address: Option<String>,
}

/// How much a mail tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Detail {
    /// Goods, prices and the signed statement.
    Full,
    /// The order's numbers only.
    NumberOnly,
}

/// The largest order in a currency, as `CODE=AMOUNT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) Money);

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (code, amount) = text
            .split_once('=')
            .ok_or("is not CODE=AMOUNT, such as USD=500.00")?;
        let currency = code.parse().map_err(|error| format!("{code:?} {error}"))?;
        let largest =
            Money::parse(amount, currency).map_err(|error| format!("{amount:?} {error}"))?;
        Ok(Self(largest))
    }
}

/// Where a copy goes, as an address or `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copy(pub(crate) CopyTo);

impl FromStr for Copy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(CopyTo::Nobody));
        }
        let address = text
            .parse()
            .map_err(|error| format!("{error}, and not none"))?;
        Ok(Self(CopyTo::Address(address)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_has_the_digits_of_its_currency() {
        assert_eq!("USD=500.00".parse::<Limit>().unwrap().0.minor, 50_000);
        assert_eq!("JPY=900".parse::<Limit>().unwrap().0.minor, 900);
        for wrong in ["500", "USD", "USD=", "USD=5", "XXX=5.00", "USD=-5.00"] {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_copy_goes_to_an_address_or_nowhere() {
        assert_eq!("none".parse(), Ok(Copy(CopyTo::Nobody)));
        assert!("a@b.example".parse::<Copy>().is_ok());
        assert!("nobody".parse::<Copy>().is_err());
    }
}

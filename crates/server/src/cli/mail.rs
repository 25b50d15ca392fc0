//! `opd mail` as it is typed.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use countersign_order::{BuyerId, Language};

use crate::mail::LETTERS;

#[derive(Debug, Subcommand)]
pub(crate) enum Mail {
    /// List the kinds of letters, and what a template of each may ask for.
    Kinds,
    /// Print a letter made of sample data.
    Preview(MailPreview),
}

#[derive(Debug, Args)]
pub(crate) struct MailPreview {
    /// Which letter.
    #[arg(value_parser = PossibleValuesParser::new(LETTERS.iter().map(|kind| kind.name)), hide_possible_values = true)]
    pub(crate) kind: String,
    /// The language; the buyer's, or en, unless said.
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<Language>,
    /// As this buyer would get it: its name, language and detail.
    #[arg(long, value_name = "ID")]
    pub(crate) buyer: Option<BuyerId>,
    /// Print the whole message, headers, attachment and signature.
    #[arg(long)]
    pub(crate) eml: bool,
}

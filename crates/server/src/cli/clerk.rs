//! `opd clerk`, `opd login`: people of the seller, and where they work.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use countersign_order::{AccountId, Digest, EmailAddress, Name, Role};

use super::Person;

#[derive(Debug, Subcommand)]
pub(crate) enum Clerk {
    /// Add someone who works for the seller.
    Add(ClerkAdd),
    /// List the seller's people.
    List,
    /// Let someone in no longer; running sessions end.
    Disable(Person),
    /// Let someone in again.
    Enable(Person),
    /// Give someone another role; it counts at once.
    Role(ClerkRole),
}

/// What someone of the seller may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum DeskRole {
    /// Moves orders and receives stock.
    Clerk,
    /// Decides held orders and corrects stock, too.
    Supervisor,
    /// Reads everything, changes nothing.
    Auditor,
}

impl From<DeskRole> for Role {
    fn from(role: DeskRole) -> Self {
        match role {
            DeskRole::Clerk => Self::Clerk,
            DeskRole::Supervisor => Self::Supervisor,
            DeskRole::Auditor => Self::Auditor,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ClerkAdd {
    /// The account's ID: a-z, 0-9 and -.
    pub(crate) id: AccountId,
    /// Where mail goes.
    #[arg(long)]
    pub(crate) email: EmailAddress,
    /// What the account may do.
    #[arg(long, value_enum, default_value_t = DeskRole::Clerk)]
    pub(crate) role: DeskRole,
    /// The person's name; the ID unless said.
    #[arg(long)]
    pub(crate) name: Option<Name>,
    /// Read the account's password from this file; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ClerkRole {
    /// The account's ID.
    pub(crate) id: AccountId,
    /// What the account may do from now on.
    #[arg(value_enum)]
    pub(crate) role: DeskRole,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The server's name or IP address.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// Your ID.
    pub(crate) id: String,
    /// The fingerprint of the seller's root, in place of typing its end.
    #[arg(long, value_name = "F")]
    pub(crate) fingerprint: Option<Digest>,
    /// Read your password from this file; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

//! The command line as it is typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use countersign_api::InviteLink;
use countersign_order::{Digest, EmailAddress, Note, Origin, PurchaseOrderNumber, ShortText};

use crate::drafting::Wanted;

/// Sends signed and sealed orders to a seller, and keeps the receipts that prove them.
///
/// `po HOST PORT` starts a session: sign in, choose items and a key, see what will be signed, sign.
#[derive(Debug, Parser)]
#[command(
    name = "po",
    version,
    subcommand_precedence_over_arg = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    /// The seller's host.
    #[arg(requires = "port")]
    pub(crate) host: Option<String>,
    /// The seller's port.
    pub(crate) port: Option<u16>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Cli {
    /// Reads a command line, the first word of which is the program's name.
    pub(crate) fn read(words: &[OsString]) -> Result<Self, clap::Error> {
        let cli = Self::try_parse_from(words).map_err(|error| explain(error, words))?;
        if cli.host.is_some() && cli.command.is_some() {
            let message = "either a command, or HOST and PORT to start a session";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, message));
        }
        Ok(cli)
    }
}

/// A mistyped command reads like a host, and what follows it like a port that is none.
fn explain(mut error: clap::Error, words: &[OsString]) -> clap::Error {
    let is_about_port = error
        .get(ContextKind::InvalidArg)
        .is_some_and(|argument| argument.to_string() == "[PORT]");
    if !is_about_port {
        // Clap's own line would list every option that the environment sets.
        if error.get(ContextKind::Usage).is_some() {
            let usage = usage(&mut Cli::command(), words.get(1..).unwrap_or_default());
            error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
        }
        return error;
    }
    let message = "there is no such command, and no such PORT to start a session with";
    Cli::command().error(ErrorKind::InvalidSubcommand, message)
}

/// How the command among these words is used.
fn usage(command: &mut clap::Command, words: &[OsString]) -> StyledStr {
    command.build();
    for (word, rest) in words.iter().zip(1..) {
        if let Some(subcommand) = command.find_subcommand_mut(word) {
            return usage(subcommand, words.get(rest..).unwrap_or_default());
        }
    }
    command.render_usage()
}

/// What stands before or after any command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Where keys, pinned sellers, orders and receipts are kept.
    #[arg(long, global = true, env = "PO_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Which pinned seller, when there are several.
    #[arg(long, global = true, value_name = "ORIGIN")]
    pub(crate) seller: Option<Origin>,
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print no messages, only data and errors.
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Ask nothing: what is missing is an error.
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// When to use colour. `NO_COLOR` turns it off, too.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
    /// Read the account's password from this file; - is standard input.
    #[arg(long, global = true, env = "PO_PASSWORD_FILE", value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Read the key's passphrase from this file; - is standard input.
    #[arg(long, global = true, env = "PO_PASSPHRASE_FILE", value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Accept an invite: pin the seller, set the password, make and enrol a key.
    Join(Join),
    /// Make a key: encrypted in KEY.pem, its certificate in KEY.cert.pem.
    Keygen(Keygen),
    /// Pin a seller by the fingerprint of its root certificate.
    Trust(Trust),
    /// Sign in and keep the session.
    Login(Login),
    /// End the session.
    Logout,
    /// List what can be ordered.
    Items(Items),
    /// List the pinned sellers.
    Sellers,
    /// Sign, seal and send an order.
    Order(Order),
    /// List what was sent and has no verified answer yet: orders, and requests to cancel.
    Pending,
    /// Send what is pending again, the same bytes.
    Resend(Resend),
    /// Show one order, or all.
    Status(Status),
    /// Verify all that the seller signed about an order, and keep it with the order.
    Receipt(Receipt),
    /// Get the one file that proves an order, to anyone and offline.
    Evidence(Evidence),
    /// Judge such a file, with nothing but the root and the witnesses you trust.
    Verify(Verify),
    /// Cancel what is not shipped of an order, with a signed request.
    Cancel(Cancel),
    /// List, enrol, label and revoke keys.
    #[command(subcommand)]
    Key(Key),
    /// Change the account's password; its other sessions end.
    Password(NewPassword),
    /// Change where the account's mail goes; the address before is told.
    Email(NewEmail),
}

#[derive(Debug, Args)]
pub(crate) struct Join {
    /// The link, as the seller gave it.
    pub(crate) link: InviteLink,
    #[command(flatten)]
    pub(crate) kind: KeyKind,
    /// Enrol this key instead of making one; its certificate is beside it.
    #[arg(long, value_name = "KEY.pem", conflicts_with_all = ["algorithm", "bits"])]
    pub(crate) key: Option<PathBuf>,
    /// What the key is called, such as the machine it is on.
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<ShortText>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyKind {
    /// The key's algorithm.
    #[arg(long, value_enum, default_value_t = Algorithm::Rsa)]
    pub(crate) algorithm: Algorithm,
    /// The key's size in bits: 2048, 3072 or 4096 for RSA, 2048 or 3072 for DSA.
    #[arg(long, value_name = "N", default_value_t = 3072)]
    pub(crate) bits: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Algorithm {
    /// RSA; signatures are RSASSA-PSS.
    Rsa,
    /// DSA (FIPS 186-4).
    Dsa,
}

impl KeyKind {
    /// What is made unless somebody asks for something else.
    pub(crate) const fn usual(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            bits: 3072,
        }
    }
}

impl Algorithm {
    /// What it is called, also at the start of a key's kind such as `RSA-3072`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Dsa => "DSA",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Keygen {
    #[command(flatten)]
    pub(crate) kind: KeyKind,
    /// Where to write the key.
    #[arg(long, value_name = "KEY.pem")]
    pub(crate) out: PathBuf,
    /// The name in the certificate; the file's name unless said.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Search new DSA domain parameters, which takes minutes, instead of the built-in ones.
    #[arg(long)]
    pub(crate) fresh_parameters: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Trust {
    /// The seller's host.
    pub(crate) host: String,
    /// The seller's port.
    pub(crate) port: u16,
    /// The root's fingerprint, as the seller published it.
    #[arg(long, value_name = "sha256:…")]
    pub(crate) fingerprint: Option<Digest>,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The seller's host.
    pub(crate) host: String,
    /// The seller's port.
    pub(crate) port: u16,
    /// The account's ID.
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Items {
    /// Only items whose SKU or name contains this text.
    #[arg(long, value_name = "TEXT")]
    pub(crate) query: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Order {
    /// Items and quantities, such as WATER=3.
    #[arg(value_name = "SKU=QTY", required_unless_present_any = ["file", "again"])]
    pub(crate) wanted: Vec<Wanted>,
    /// The items and quantities of this earlier order again, at the prices of now: its ID (ord_…)
    /// or your number.
    #[arg(long, value_name = "ORDER", conflicts_with = "wanted")]
    pub(crate) again: Option<String>,
    /// Your own number for the order; one is made up unless said.
    #[arg(long, value_name = "N")]
    pub(crate) number: Option<PurchaseOrderNumber>,
    /// The key to sign with; the first of the account unless said.
    #[arg(long, value_name = "KEY.pem")]
    pub(crate) key: Option<PathBuf>,
    /// Take what is there and back-order the rest, instead of all or nothing.
    #[arg(long)]
    pub(crate) partial: bool,
    /// A note to the seller.
    #[arg(long)]
    pub(crate) note: Option<Note>,
    /// Sign this order document as it is, octet by octet.
    #[arg(long, value_name = "order.json", conflicts_with_all = ["wanted", "again", "number", "partial", "note"])]
    pub(crate) file: Option<PathBuf>,
    /// Write the sealed envelope here instead of sending it.
    #[arg(long, value_name = "FILE")]
    pub(crate) envelope_only: Option<PathBuf>,
    /// Send without asking.
    #[arg(long)]
    pub(crate) yes: bool,
    /// If it is declined, sign and send it at the prices of now and with the units there are, under
    /// the same number and without asking again.
    #[arg(long, conflicts_with = "envelope_only")]
    pub(crate) accept_current: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Resend {
    /// Only what is about the order with this number.
    pub(crate) number: Option<PurchaseOrderNumber>,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The order: its ID (ord_…) or your number.
    pub(crate) order: Option<String>,
    /// Stay, and show what happens as it happens: to this order until nothing more can, or to all.
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Receipt {
    /// The order: its ID (ord_…) or your number.
    pub(crate) order: String,
}

#[derive(Debug, Args)]
pub(crate) struct Evidence {
    /// The order: its ID (ord_…) or your number.
    pub(crate) order: String,
    /// Where to write it; NUMBER.evidence.json unless said.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write the file even if it proves nothing.
    #[arg(long)]
    pub(crate) keep_invalid: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The evidence file.
    pub(crate) file: PathBuf,
    /// The seller's root that you trust: its fingerprint (sha256:…), or a file with the certificate.
    #[arg(long, value_name = "F")]
    pub(crate) root: String,
    /// A witness that you trust: its key (NAME+ID+KEY), or a file that holds it.
    #[arg(long = "witness", value_name = "F")]
    pub(crate) witnesses: Vec<String>,
    /// Tell what was checked, step by step, and against which key.
    #[arg(long)]
    pub(crate) explain: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// The order: its ID (ord_…) or your number.
    pub(crate) order: String,
    /// Why; the statement says it.
    #[arg(long, default_value = "no reason given")]
    pub(crate) reason: ShortText,
    /// The key to sign with; the first of the account unless said.
    #[arg(long, value_name = "KEY.pem")]
    pub(crate) key: Option<PathBuf>,
    /// Send without asking.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// List the account's keys.
    List,
    /// Enrol another key, authorised by one that is active.
    Add(KeyAdd),
    /// Change what a key is called.
    Label(KeyName),
    /// Revoke a key.
    Revoke(KeyRevoke),
}

#[derive(Debug, Args)]
pub(crate) struct KeyAdd {
    /// The new key; its certificate is beside it.
    #[arg(value_name = "KEY.pem")]
    pub(crate) key: PathBuf,
    /// The active key that authorises it.
    #[arg(long, value_name = "KEY.pem", conflicts_with = "invite")]
    pub(crate) by: Option<PathBuf>,
    /// The code of an invite, for the account's first key.
    #[arg(long, value_name = "CODE")]
    pub(crate) invite: Option<String>,
    /// What the key is called, such as the machine it is on.
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<ShortText>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyName {
    /// The fingerprint of the key or of its certificate, or the key's ID (key_…).
    pub(crate) key: String,
    /// What it is called from now on; nothing, if left out.
    #[arg(value_name = "TEXT")]
    pub(crate) label: Option<ShortText>,
}

#[derive(Debug, Args)]
pub(crate) struct NewPassword {
    /// Read the new password from this file; - is standard input. The one before is asked, or comes
    /// from --password-file.
    #[arg(long, value_name = "FILE")]
    pub(crate) new_password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct NewEmail {
    /// The new address.
    pub(crate) email: EmailAddress,
}

#[derive(Debug, Args)]
pub(crate) struct KeyRevoke {
    /// The fingerprint of the key or of its certificate, or the key's ID (key_…).
    pub(crate) key: String,
    /// Why; the statement says it.
    #[arg(long)]
    pub(crate) reason: ShortText,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in [["po", "--json", "sellers"], ["po", "sellers", "--json"]] {
            assert!(Cli::try_parse_from(line).unwrap().global.json);
        }
    }

    #[test]
    fn a_host_and_a_port_start_a_session() {
        let cli = Cli::try_parse_from(["po", "127.0.0.1", "8443"]).unwrap();
        assert_eq!(
            (cli.host.as_deref(), cli.port),
            (Some("127.0.0.1"), Some(8443))
        );
        assert!(Cli::try_parse_from(["po", "127.0.0.1"]).is_err());
    }

    #[test]
    fn a_mistyped_command_is_not_called_a_wrong_port() {
        let words = ["po", "ordr", "WATER=2"].map(OsString::from);
        let error = Cli::read(&words).unwrap_err();
        assert!(error.to_string().contains("no such command"), "{error}");
    }

    #[test]
    fn a_host_before_a_command_is_refused() {
        let words = ["po", "127.0.0.1", "8443", "items"].map(OsString::from);
        assert!(Cli::read(&words).is_err());
    }
}

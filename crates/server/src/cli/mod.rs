//! The command line as it is typed.

mod buyer;
mod clerk;
mod database;
mod fulfil;
mod import;
mod key;
mod log;
mod mail;
mod order_list;
mod price;
mod seller;
mod terms;
mod token;
mod webhook;
mod witness;

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use countersign_envelope::Host;
use countersign_order::{
    AccountId, BuyerId, Currency, LineUnits, Origin, Quantity, ShortText, Sku,
};

pub(crate) use buyer::{
    Buyer, BuyerAccount, BuyerAdd, BuyerEmail, BuyerInvite, BuyerLimit, BuyerMail, BuyerSet,
    Detail, Limit,
};
pub(crate) use clerk::{Clerk, ClerkAdd, ClerkRole, Login};
pub(crate) use database::{CopyDatabase, Database};
pub(crate) use fulfil::{
    Backorder, FileFormat, ItemExport, ItemKeep, OrderNote, OrderPack, OrderWatch, Picklist, Slip,
    StockMovements,
};
pub(crate) use import::{Import, ImportReference};
pub(crate) use key::{Key, KeyAdd, KeyName, KeyRevoke};
pub(crate) use log::{Log, RecoverLog, VerifyLog};
pub(crate) use mail::{Mail, MailPreview};
pub(crate) use order_list::OrderList;
pub(crate) use price::{Price, PriceEnd, PriceImport, PriceList};
pub(crate) use seller::{ImportStatement, RotateKey, Seller, SignRequest};
pub(crate) use terms::{Acceptance, BuyerTerms, CreditLimit, OrderDecline};
pub(crate) use token::{Scope, Token, TokenAdd, TokenList};
pub(crate) use webhook::{Webhook, WebhookAdd, WebhookReplay, WebhookShow, Whose};
pub(crate) use witness::{Witness, WitnessAddLog, WitnessCommand, WitnessInit, WitnessServe};

/// Receives signed and sealed orders, answers with signed receipts, and ships.
///
/// `opd init` makes a shop, `opd serve` opens it. Every other command works beside a running server.
#[derive(Debug, Parser)]
#[command(name = "opd", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What stands before or after any command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    #[command(flatten)]
    pub(crate) at: At,
    /// The database, a file or the address of one in PostgreSQL; as the settings say unless said.
    #[arg(long, global = true, value_name = "FILE|postgres://…")]
    pub(crate) database: Option<String>,
    /// The settings; opd.toml in the data directory unless said.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) printing: Printing,
    /// Ask nothing.
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Printing {
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print no messages, only data and errors.
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// When to use colour. `NO_COLOR` turns it off, too.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
}

/// At which shop to work.
#[derive(Debug, Args)]
pub(crate) struct At {
    /// The data directory; countersign in the XDG data folder unless said.
    #[arg(long, global = true, env = "OPD_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Work at the shop that `opd login` signed in to, also where there is a data directory.
    #[arg(long, global = true, conflicts_with = "data")]
    pub(crate) remote: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
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
    /// Make a shop: data directory, keys, certificates, the first seller statement.
    Init(Init),
    /// Open the shop.
    Serve(Serve),
    /// Copy the database to a file, also while the server runs. No private key is in it.
    Backup(BackUp),
    /// Show who changed what, the newest first.
    Audit(Audit),
    /// Put a backup where the database was. The keys must be here, and the database must not.
    Restore(Restore),
    /// Move the shop to another kind of database.
    #[command(subcommand)]
    Database(Database),
    /// Add, invite, list, change, disable and enable buyers and their accounts.
    #[command(subcommand)]
    Buyer(Buyer),
    /// Add people of the seller, and say what they may do.
    #[command(subcommand)]
    Clerk(Clerk),
    /// Sign in to work at a desk elsewhere; the desk's commands then work there.
    Login(Login),
    /// Sign out again.
    Logout,
    /// Enrol, list, label and revoke the keys of an account.
    #[command(subcommand)]
    Key(Key),
    /// Hand out and revoke the tokens of machines.
    #[command(subcommand)]
    Token(Token),
    /// Import and list items.
    #[command(subcommand)]
    Item(Item),
    /// Import, list and end prices of single buyers.
    #[command(subcommand)]
    Price(Price),
    /// Receive and correct stock.
    #[command(subcommand)]
    Stock(Stock),
    /// List, show, approve, decline, prepare, pack, ship and cancel orders.
    #[command(subcommand)]
    Order(Order),
    /// List messages that were refused.
    Refusals(Refusals),
    /// List mail, and send again what was given up.
    #[command(subcommand)]
    Outbox(Outbox),
    /// Tell others by HTTP of what happens.
    #[command(subcommand)]
    Webhook(Webhook),
    /// Show what letters look like.
    #[command(subcommand)]
    Mail(Mail),
    /// Show who sells here, and replace the seller's keys.
    #[command(subcommand)]
    Seller(Seller),
    /// Verify the transparency log, and go on after a loss of it.
    #[command(subcommand)]
    Log(Log),
    /// Take over the data of another system.
    #[command(subcommand)]
    Import(Import),
    /// Witness the logs of others; needs no shop.
    Witness(Witness),
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The seller's name in everything that is signed, like a host's; it never changes.
    #[arg(long, value_name = "NAME")]
    pub(crate) origin: Origin,
    /// A name or IP address that clients connect to; repeat it for several. This machine's own
    /// names are always among them.
    #[arg(long = "host", value_name = "NAME|IP")]
    pub(crate) hosts: Vec<Host>,
    /// Read the passphrase of the root's key from this file; - is standard input. Without it you are
    /// asked, and off a terminal one is made and shown once.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(override_usage = "opd serve [OPTIONS] [[HOST] PORT]")]
pub(crate) struct Serve {
    /// Where to listen: 127.0.0.1 8443, or what the settings say, unless said. Port 0 takes a free
    /// one.
    #[arg(value_name = "[HOST] PORT", num_args = 0..=2)]
    pub(crate) address: Vec<String>,
    /// Check settings and keys, print the settings that would be used, and end.
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Only what this account did, or `operator:` and a Unix user.
    #[arg(long)]
    pub(crate) by: Option<String>,
    /// Only what was done to this: an account, an item, an order's ID.
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// No more than so many.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct BackUp {
    /// Where the copy goes: a new file, readable by you alone.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The file that opd backup wrote.
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Person {
    /// The account's ID.
    pub(crate) id: AccountId,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Item {
    /// Import items from CSV or JSON: all of them, or none.
    ///
    /// The columns of the CSV file, or the members of the objects in the JSON array, are sku, name,
    /// unit, `unit_price`, currency, quantity and, if the price is for several units, per; backorder
    /// (yes or no) and `low_stock` say how the item is kept.
    Import(ItemImport),
    /// List the items and their stock.
    List,
    /// Print all items as a file that import reads.
    Export(ItemExport),
    /// Say whether an item may be back-ordered, and when it is low.
    Keep(ItemKeep),
}

#[derive(Debug, Args)]
pub(crate) struct ItemImport {
    /// The file, FILE.csv or FILE.json.
    pub(crate) file: PathBuf,
    /// The currency of rows that name none.
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<Currency>,
    /// Set the stock on hand to the file's quantities, instead of leaving it.
    #[arg(long)]
    pub(crate) set_stock: bool,
    /// Change nothing; say what would change.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Stock {
    /// Add units that came in; orders that wait for them are served first.
    Receive(StockReceive),
    /// Set what a count found on hand.
    Correct(StockCorrect),
    /// List what moved the stock of an item, oldest first.
    Movements(StockMovements),
    /// List the items that are low.
    Low,
}

#[derive(Debug, Args)]
pub(crate) struct StockReceive {
    /// The item.
    pub(crate) sku: Sku,
    /// How many units came in.
    #[arg(value_parser = quantity, allow_negative_numbers = true)]
    pub(crate) quantity: Quantity,
}

#[derive(Debug, Args)]
pub(crate) struct StockCorrect {
    /// The item.
    pub(crate) sku: Sku,
    /// How many units are there.
    #[arg(value_parser = clap::value_parser!(i64).range(0..), allow_negative_numbers = true)]
    pub(crate) on_hand: i64,
    /// Why the count differs; the audit says it.
    #[arg(long)]
    pub(crate) reason: ShortText,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Order {
    /// List orders, the newest first.
    List(OrderList),
    /// Show an order, its lines, and what happened to it.
    Show(OrderChoice),
    /// Show what happens to all orders, or to one, as it happens, a line an event; Ctrl-C ends it.
    Watch(OrderWatch),
    /// Accept a held order.
    Approve(OrderChoice),
    /// Decline a held order.
    Decline(OrderDecline),
    /// Begin to put an order together.
    Prepare(OrderChoice),
    /// Say that an order, or some of it, is packed.
    Pack(OrderPack),
    /// Say that goods have left; the buyer gets a signed statement by mail.
    Ship(OrderShip),
    /// Cancel what is not shipped yet.
    Cancel(OrderCancel),
    /// Note something on an order, which no buyer sees.
    Note(OrderNote),
    /// Print what to fetch from the shelves: for these orders, or all that can be worked on.
    Picklist(Picklist),
    /// Print the packing slip of a parcel.
    Slip(Slip),
}

#[derive(Debug, Args)]
pub(crate) struct OrderChoice {
    /// The order: its ID (ord_…), our number, or the buyer's if only one buyer used it.
    pub(crate) order: String,
}

#[derive(Debug, Args)]
pub(crate) struct OrderShip {
    #[command(flatten)]
    pub(crate) choice: OrderChoice,
    /// Who carries the goods.
    #[arg(long)]
    pub(crate) carrier: ShortText,
    /// The carrier's number.
    #[arg(long)]
    pub(crate) tracking: Option<ShortText>,
    /// Only so many units of a line; repeat it for several. All that is packed unless said.
    #[arg(long = "line", value_name = "LINE=N")]
    pub(crate) lines: Vec<Shipped>,
}

#[derive(Debug, Args)]
pub(crate) struct OrderCancel {
    #[command(flatten)]
    pub(crate) choice: OrderChoice,
    /// Why; the statement and the mail say it.
    #[arg(long)]
    pub(crate) reason: ShortText,
}

#[derive(Debug, Args)]
pub(crate) struct Refusals {
    /// Only this buyer's.
    #[arg(long, value_name = "ID")]
    pub(crate) buyer: Option<BuyerId>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Outbox {
    /// List mail that waits or was given up.
    List(OutboxList),
    /// Send mail again now: the numbers given, or all that was given up.
    Retry(OutboxRetry),
}

#[derive(Debug, Args)]
pub(crate) struct OutboxList {
    /// List what was sent, too.
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OutboxRetry {
    /// Numbers from the list.
    pub(crate) numbers: Vec<u64>,
}

/// Units of a line, as `LINE=N`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Shipped(pub(crate) LineUnits);

impl FromStr for Shipped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (line, units) = text.split_once('=').ok_or("is not LINE=N")?;
        let line = line
            .parse()
            .map_err(|_not_one| format!("{line:?} is not the number of a line"))?;
        let units = quantity(units)?.units();
        Ok(Self(LineUnits { line, units }))
    }
}

fn quantity(text: &str) -> Result<Quantity, String> {
    let number: u64 = text
        .parse()
        .map_err(|_not_one| "is not a whole number from 1 to 1000000".to_owned())?;
    Quantity::try_from(number).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in [
            ["opd", "--json", "item", "list"],
            ["opd", "item", "list", "--json"],
            ["opd", "item", "--json", "list"],
        ] {
            assert!(Cli::try_parse_from(line).unwrap().global.printing.json);
        }
    }

    #[test]
    fn units_of_a_line_are_whole_and_more_than_none() {
        assert_eq!("2=3".parse(), Ok(Shipped(LineUnits { line: 2, units: 3 })));
        for wrong in ["2", "2=", "2=0", "2=-1", "x=1", "2=1.5"] {
            assert!(wrong.parse::<Shipped>().is_err(), "{wrong:?} was taken");
        }
    }
}

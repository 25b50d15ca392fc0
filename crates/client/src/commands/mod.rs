//! One file for each command.

mod account;
mod cancel;
mod evidence;
mod items;
mod join;
mod key;
mod keygen;
pub(crate) mod login;
pub(crate) mod order;
mod pending;
mod receipt;
mod sellers;
pub(crate) mod status;
pub(crate) mod trust;
pub(crate) mod verify;

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::interactive;

/// Does what the command line asks.
pub(crate) fn run(context: &Context, cli: Cli) -> Result<Exit, Failure> {
    match (cli.command, cli.host, cli.port) {
        (Some(command), _, _) => run_command(context, command),
        (None, Some(host), Some(port)) => interactive::run(context, &host, port),
        (None, _, _) => Err(Failure::new(Exit::Usage, "nothing to do").advise("see: po --help")),
    }
}

fn run_command(context: &Context, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Join(join) => join::run(context, &join),
        Command::Keygen(keygen) => keygen::run(context, &keygen),
        Command::Trust(trust) => trust::run(context, &trust),
        Command::Login(login) => login::run(context, &login),
        Command::Logout => login::log_out(context),
        Command::Items(items) => items::run(context, &items),
        Command::Sellers => sellers::run(context),
        Command::Order(order) => order::run(context, &order),
        Command::Pending => pending::list(context),
        Command::Resend(resend) => pending::resend(context, &resend),
        Command::Status(status) => status::run(context, &status),
        Command::Receipt(receipt) => receipt::run(context, &receipt),
        Command::Evidence(evidence) => evidence::run(context, &evidence),
        Command::Verify(verify) => verify::run(context.output, &verify),
        Command::Cancel(cancel) => cancel::run(context, &cancel),
        Command::Key(key) => key::run(context, &key),
        Command::Password(new) => account::change_password(context, &new),
        Command::Email(new) => account::change_email(context, &new),
    }
}

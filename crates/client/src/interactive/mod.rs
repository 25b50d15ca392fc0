//! `po HOST PORT`: a session in which a person signs in, chooses, signs and follows an order.

mod basket;
mod follow;
mod keys;
mod signing;

use countersign_api::{Code, ItemView};
use countersign_order::Fulfilment;

use crate::commands::login::sign_in;
use crate::commands::trust::pin_at;
use crate::context::Context;
use crate::drafting::{self, Wish};
use crate::failure::{Exit, Failure};
use crate::home::Pinned;
use crate::http::Api;
use crate::seller::Seller;

use basket::Basket;

/// How often a password may be mistyped.
const SIGN_INS_MAX: u32 = 3;
/// What to say to those who want no questions.
const INSTEAD: &str = "the commands of po --help";

/// A person who is signed in to a seller.
#[derive(Debug)]
struct Session<'a> {
    context: &'a Context,
    pinned: Pinned,
    api: Api,
    seller: Seller,
}

pub(crate) fn run(context: &Context, host: &str, port: u16) -> Result<Exit, Failure> {
    let impossible = if context.output.is_json() {
        Some("a session is a conversation, which has no JSON")
    } else if !context.terminal.asks() {
        Some("a session is a conversation, and --no-input forbids to ask")
    } else {
        None
    };
    if let Some(message) = impossible {
        return Err(Failure::new(Exit::Usage, message).advise("use the commands of po --help"));
    }
    let pinned = pin_at(context, host, port)?;
    let Some(session) = begin(context, pinned)? else {
        return Ok(Exit::Ok);
    };
    let mut exit = Exit::Ok;
    loop {
        if let Some(this) = session.orders()? {
            exit = this;
        }
        if !context.terminal.agrees("Another order?", INSTEAD)? {
            return Ok(exit);
        }
    }
}

/// Asks for ID and password. None if nobody answers.
fn begin(context: &Context, pinned: Pinned) -> Result<Option<Session<'_>>, Failure> {
    let (mut api, seller) = context.connect(&pinned)?;
    for tries in 1.. {
        let Some(id) = context.terminal.line("ID: ", INSTEAD)? else {
            return Ok(None);
        };
        match sign_in(context, &pinned, &mut api, &id) {
            Ok(session) => {
                let message = format!("{} is signed in to {}", session.account, seller.origin);
                context.output.message(&message);
                break;
            }
            Err(failure)
                if failure.code() == Some(Code::SignInNotAccepted) && tries < SIGN_INS_MAX =>
            {
                context.output.failure(&failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(Some(Session {
        context,
        pinned,
        api,
        seller,
    }))
}

impl Session<'_> {
    /// Takes one order from the catalogue to its receipt. None if nothing was sent.
    fn orders(&self) -> Result<Option<Exit>, Failure> {
        let items: Vec<ItemView> = self.api.get_all("/v1/items", &[])?;
        let mut basket = Basket::of(&items);
        if !basket.fill(self.context)? {
            return Ok(None);
        }
        let Some(path) = self.chooses_key()? else {
            return Ok(None);
        };
        let Some(number) = self.chooses_number()? else {
            return Ok(None);
        };
        let fulfilment = if basket.asks_for_more_than_there_is() && self.takes_a_part()? {
            Fulfilment::Partial
        } else {
            Fulfilment::Complete
        };
        let wish = Wish {
            number,
            lines: basket.lines()?,
            fulfilment,
            note: None,
        };
        self.signs(&wish, &path)
    }

    fn takes_a_part(&self) -> Result<bool, Failure> {
        let prompt =
            "There is less of something than you want. Take what is there, and the rest later?";
        self.context.terminal.agrees(prompt, INSTEAD)
    }

    /// The buyer's own number for the order, or one that is made up.
    fn chooses_number(&self) -> Result<Option<countersign_order::PurchaseOrderNumber>, Failure> {
        let made_up = drafting::made_up_number()?;
        let prompt = format!("Your number for this order [{made_up}]: ");
        loop {
            let Some(answer) = self.context.terminal.line(&prompt, INSTEAD)? else {
                return Ok(None);
            };
            if answer.is_empty() {
                return Ok(Some(made_up));
            }
            match answer.parse() {
                Ok(number) => return Ok(Some(number)),
                Err(error) => self.context.output.message(&format!("the number {error}")),
            }
        }
    }
}

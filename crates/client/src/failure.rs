//! What ends the program early: what happened, what to do, and the exit code.

use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use countersign_api::{Code, Problem};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Ok,
    /// Anything not named below.
    Failure,
    /// The command line asks for what cannot be.
    Usage,
    /// A receipt, statement or signature is not valid.
    Invalid,
    /// Sign in first.
    SignIn,
    /// No such thing.
    NotFound,
    /// Declined, held, or in conflict with another order.
    Declined,
    /// The same again may succeed: busy, unknown outcome, no connection.
    Retry,
    /// The person pressed Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The code that the shell sees; clap answers with 2, too.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
            Self::SignIn => 4,
            Self::NotFound => 5,
            Self::Declined => 6,
            Self::Retry => 7,
            // What a shell says of a program that the signal has ended.
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Why the program ends early.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) advice: Option<String>,
    pub(crate) problem: Option<Box<Problem>>,
    /// How long the server asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            advice: None,
            problem: None,
            retry_after: None,
        }
    }

    /// What went wrong says it all, and repeating would not help.
    pub(crate) fn because(error: impl fmt::Display) -> Self {
        Self::new(Exit::Failure, error.to_string())
    }

    /// What the seller signed is not what it should have signed.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Exit::Invalid, message).advise("keep everything, and ask the seller")
    }

    /// The same failure with what to do about it.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The code of the server's problem, if this is one.
    pub(crate) fn code(&self) -> Option<Code> {
        self.problem.as_ref().map(|problem| problem.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let said = [&problem.detail, &problem.hint].into_iter().flatten();
        let said = said.map(|part| format!(": {part}"));
        let pointer = problem.pointer.iter().map(|place| format!(" (at {place})"));
        let order = problem.order.iter().map(|order| format!(" (by {order})"));
        let parts: String = said.chain(pointer).chain(order).collect();
        let message = format!("{}{parts}", problem.title);
        Self {
            exit: exit(problem.status, problem.code),
            message,
            advice: advice(problem.code).map(str::to_owned),
            problem: Some(Box::new(problem)),
            retry_after: None,
        }
    }
}

fn exit(status: u16, code: Code) -> Exit {
    match (status, code) {
        (_, Code::SignatureNotAccepted) => Exit::Invalid,
        (401, _) => Exit::SignIn,
        (404, _) => Exit::NotFound,
        (409, _) => Exit::Declined,
        (429 | 503, _) => Exit::Retry,
        _ => Exit::Failure,
    }
}

const fn advice(code: Code) -> Option<&'static str> {
    match code {
        Code::SignInRequired => Some("sign in with: po login HOST PORT ID"),
        Code::Busy
        | Code::SlowDown
        | Code::OutcomeUnknown
        | Code::ClockNotTrusted
        | Code::StorageUnavailable => Some("try again in a moment"),
        Code::TimestampNotAccepted => Some(
            "nothing came of it: check this machine's clock, then sign again; an order may keep its number",
        ),
        Code::NumberAlreadyUsed => {
            Some("look at the order with po status, or choose another --number")
        }
        Code::OverOrderLimit => Some(
            "nothing came of it: order less at once under the same number, or let another account order",
        ),
        Code::TokenNotSufficient => Some("use another token, or sign in with ID and password"),
        Code::NewKeyRequired => Some("ask the seller for an invite, or to enrol your certificate"),
        Code::EnrolmentNotAuthorised => Some(
            "a new key needs an active key (--by), an invite (--invite), or the seller's operator",
        ),
        Code::KeyNotActive => Some("sign with another key: --key KEY.pem; see: po key list"),
        Code::RecipientUnknown => Some(
            "the seller's keys have changed: unless po status has the order, order under another --number",
        ),
        Code::SignatureNotAccepted => {
            Some("is this key enrolled for the account? See: po key list")
        }
        Code::SignInNotAccepted => {
            Some("check both; if the password is lost, ask the seller for an invite")
        }
        Code::PasswordNotAccepted => Some("choose one of 8 to 128 characters"),
        Code::MoveNotAllowed => Some("see what happened to it: po status ORDER"),
        Code::WrongSeller => Some("the document names another seller than this; see: po sellers"),
        Code::WrongBuyer => Some("the document names another buyer than the account is of"),
        Code::KeyInUse => {
            Some("a key belongs to one account, once; see: po key list, or make another: po keygen")
        }
        Code::TooLarge
        | Code::MediaType
        | Code::BadRequest
        | Code::EnvelopeNotAccepted
        | Code::OrderNotUnderstood
        | Code::WrongOrder
        | Code::KeyNotAccepted
        | Code::NotFound
        | Code::MethodNotAllowed
        | Code::StockNotAccepted
        | Code::RoleNotEnough
        | Code::InternalError => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_exit_code() {
        for (code, exit) in [
            (Code::SignatureNotAccepted, 3),
            (Code::SignInRequired, 4),
            (Code::SignInNotAccepted, 4),
            (Code::NotFound, 5),
            (Code::NumberAlreadyUsed, 6),
            (Code::Busy, 7),
            (Code::SlowDown, 7),
            (Code::OutcomeUnknown, 7),
            (Code::TimestampNotAccepted, 1),
            (Code::OrderNotUnderstood, 1),
        ] {
            assert_eq!(
                Failure::from(Problem::from(code)).exit.code(),
                exit,
                "{code}"
            );
        }
    }
}

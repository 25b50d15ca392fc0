//! What ends a command early: what happened, what to do, and the exit code.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use countersign_api::{Code, Problem};
use countersign_envelope::KeyError;
use countersign_store::{OpenError, StoreError};

use crate::checkpoint_file::CheckpointFileError;
use crate::desk::DeskError;
use crate::http::problem::of_desk;
use crate::seller::SellerError;
use crate::serve::ServeError;
use crate::telemetry::chain;

/// How the program ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// All is well.
    Ok,
    /// Anything not named below.
    Failure,
    /// The command line makes no sense.
    Usage,
    /// A signature or evidence is invalid, what is stored is not what was signed, or an active key is
    /// exposed.
    Invalid,
    /// Sign in first.
    SignIn,
    /// No such thing.
    NotFound,
    /// In conflict with what is there.
    Conflict,
    /// The same again may succeed.
    Retry,
    /// The person pressed Ctrl-C.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::Invalid => 3,
            Exit::SignIn => 4,
            Exit::NotFound => 5,
            Exit::Conflict => 6,
            Exit::Retry => 7,
            // What a shell says of a program that the signal has ended.
            Exit::Interrupted => 130,
        })
    }
}

/// Why a command ends early.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) advice: Option<String>,
    pub(crate) problem: Option<Box<Problem>>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            advice: None,
            problem: None,
        }
    }

    /// An error with everything that caused it.
    pub(crate) fn caused_by(error: &(dyn Error + 'static)) -> Self {
        let exit = if is_of_a_missing_file(error) {
            Exit::NotFound
        } else {
            Exit::Failure
        };
        Self::new(exit, chain(error))
    }

    /// A file that was named cannot be read.
    pub(crate) fn unread(path: &Path, error: &io::Error) -> Self {
        Self {
            message: format!("cannot read {}: {error}", path.display()),
            ..Self::caused_by(error)
        }
    }

    /// There is no such thing.
    pub(crate) fn not_found(what: impl fmt::Display) -> Self {
        Self {
            problem: Some(Box::new(Problem::from(Code::NotFound))),
            ..Self::new(Exit::NotFound, format!("there is no {what}"))
        }
    }

    /// The same failure with what to do about it.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

fn is_of_a_missing_file(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if kind == Some(io::ErrorKind::NotFound) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The operator may know every cause; programs read the same problem as over HTTP.
impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        let message = chain(&error);
        let problem = of_desk(&error).with_detail(message.clone());
        let exit = match (&error, problem.status) {
            (DeskError::AlreadyExists(_), _) | (_, 409) => Exit::Conflict,
            (_, 404) => Exit::NotFound,
            (_, 429 | 503) => Exit::Retry,
            _ => Exit::Failure,
        };
        Self {
            exit,
            message,
            advice: advice(&error).map(str::to_owned),
            problem: Some(Box::new(problem)),
        }
    }
}

/// What a desk elsewhere refuses.
impl From<Box<Problem>> for Failure {
    fn from(problem: Box<Problem>) -> Self {
        (*problem).into()
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let exit = match problem.status {
            401 => Exit::SignIn,
            404 => Exit::NotFound,
            409 => Exit::Conflict,
            429 | 503 => Exit::Retry,
            _ => Exit::Failure,
        };
        let message = match &problem.detail {
            // It says who was first, as at the server itself.
            Some(detail) if problem.code == Code::MoveNotAllowed => detail.clone(),
            Some(detail) => format!("{}: {detail}", problem.title),
            None => problem.title.clone(),
        };
        Self {
            exit,
            message,
            advice: advice_elsewhere(problem.code).map(str::to_owned),
            problem: Some(Box::new(problem)),
        }
    }
}

impl From<CheckpointFileError> for Failure {
    fn from(error: CheckpointFileError) -> Self {
        let failure = Self::caused_by(&error);
        match error {
            CheckpointFileError::Form { .. } | CheckpointFileError::Foreign { .. } => failure
                .advise(
                    "put the newest copy of the file back; without one, take it away, and compare with \
                     what a buyer keeps first: opd log verify --checkpoint FILE",
                ),
            CheckpointFileError::Read { .. } | CheckpointFileError::Write { .. } => failure,
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let failure = Self::caused_by(&error);
        match error {
            OpenError::Missing(_) => Self {
                exit: Exit::NotFound,
                ..failure.advise("put it back from the backup, with its -wal file if there is one")
            },
            OpenError::Foreign(_) => failure.advise(
                "put the database back from the backup, with its -wal file if there is one",
            ),
            OpenError::AlreadyServed(_) => {
                failure.advise("stop that server first, and repeat this")
            }
            OpenError::Encoding(_) => failure
                .advise("make another one: createdb --encoding UTF8 --template template0 NAME"),
            OpenError::Damaged(_) => failure.advise("take another backup"),
            OpenError::Address(_)
            | OpenError::Exists(_)
            | OpenError::NewerSchema { .. }
            | OpenError::File { .. }
            | OpenError::Store(_) => failure,
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let failure = Self::caused_by(&error);
        match error {
            ServeError::Listen { .. } => failure.advise(
                "is the host this machine's, and the port free and yours to use? Choose others with: \
                 opd serve HOST PORT",
            ),
            ServeError::Tls(_) | ServeError::Writer(_) | ServeError::Answering(_) => failure,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        DeskError::from(error).into()
    }
}

/// What to do about a refusal of a desk elsewhere.
fn advice_elsewhere(code: Code) -> Option<&'static str> {
    match code {
        Code::RoleNotEnough => Some("ask a supervisor, or the operator for another role"),
        Code::SignInNotAccepted => Some("check both; if the password is lost, ask the operator"),
        Code::TooLarge => {
            Some("over HTTPS a file must be smaller: split it, or import it at the server")
        }
        Code::SlowDown | Code::Busy | Code::ClockNotTrusted => Some("try again shortly"),
        Code::OutcomeUnknown => Some("look whether it happened before you try again"),
        Code::MoveNotAllowed => Some("see what can be done with it: opd order show"),
        Code::NotFound => Some("see: opd order list, opd item list, opd buyer list"),
        Code::SignInRequired
        | Code::MediaType
        | Code::BadRequest
        | Code::RecipientUnknown
        | Code::EnvelopeNotAccepted
        | Code::NewKeyRequired
        | Code::SignatureNotAccepted
        | Code::OrderNotUnderstood
        | Code::WrongSeller
        | Code::WrongBuyer
        | Code::WrongOrder
        | Code::NumberAlreadyUsed
        | Code::KeyNotActive
        | Code::TimestampNotAccepted
        | Code::OverOrderLimit
        | Code::TokenNotSufficient
        | Code::KeyNotAccepted
        | Code::KeyInUse
        | Code::EnrolmentNotAuthorised
        | Code::PasswordNotAccepted
        | Code::MethodNotAllowed
        | Code::StockNotAccepted
        | Code::StorageUnavailable
        | Code::InternalError => None,
    }
}

fn advice(error: &DeskError) -> Option<&'static str> {
    match error {
        DeskError::KeyInUse => {
            Some("a key belongs to one account, once; see: opd key list ACCOUNT")
        }
        DeskError::NotFound("clerk") => Some("see: opd clerk list"),
        DeskError::NotFound("account" | "buyer") => Some("see: opd buyer list"),
        DeskError::NotFound("item") => Some("see: opd item list"),
        DeskError::NotFound("price") => Some("see: opd price list"),
        DeskError::NotFound("webhook") => Some("see: opd webhook list"),
        DeskError::NotFound("delivery to this webhook") => Some("see: opd webhook show NUMBER"),
        DeskError::NotFound("key") => Some("see: opd key list ACCOUNT"),
        DeskError::NotFound("token") => Some("see: opd token list"),
        DeskError::NotFound("waiting or dead mail") => Some("see: opd outbox list"),
        DeskError::MoveNotAllowed { .. } | DeskError::HoldIsOver { .. } => {
            Some("see what can be done with it: opd order show")
        }
        DeskError::NothingPacked(_) => Some("pack it first: opd order pack ORDER"),
        DeskError::NotFound("account of a buyer") => {
            Some("see: opd buyer accounts BUYER; people of the seller: opd clerk list")
        }
        DeskError::ClockNotTrusted => Some("check this machine's clock"),
        DeskError::KeyReplaced => {
            Some("nothing was changed; begin again, and it goes by the new key")
        }
        DeskError::Busy | DeskError::Conflict | DeskError::ShuttingDown => Some("try again"),
        DeskError::OutcomeUnknown => Some("look whether it happened before you try again"),
        DeskError::StorageFull => Some("make room on the disk, then try again"),
        DeskError::StorageUnavailable(_) => Some(
            "nothing was changed; look at the disk and at the database's files, then try again",
        ),
        DeskError::NotFound(_)
        | DeskError::AlreadyExists(_)
        | DeskError::Unfit(_)
        | DeskError::KeyNotAccepted(_)
        | DeskError::EnrolmentNotAccepted(_)
        | DeskError::EnrolmentNotAuthorised
        | DeskError::AddressTooNew { .. }
        | DeskError::NotLetIn
        | DeskError::StockNotAccepted(_)
        | DeskError::Store(_)
        | DeskError::Sign(_)
        | DeskError::SignCheckpoint(_)
        | DeskError::CheckpointFile(_)
        | DeskError::Hash(_)
        | DeskError::Inconsistent(_)
        | DeskError::Panicked => None,
    }
}

impl From<SellerError> for Failure {
    fn from(error: SellerError) -> Self {
        let failure = Self::caused_by(&error);
        match error {
            SellerError::Key {
                source: KeyError::PassphraseRequired | KeyError::PassphraseWrong,
                ..
            } => failure.advise("name the file with its passphrase in OPD_PASSPHRASE_FILE"),
            SellerError::NoShop { .. } => Self {
                exit: Exit::NotFound,
                ..failure.advise("is it another directory? name it with --data DIR or OPD_DATA; or work at a shop \
                     elsewhere: opd login HOST PORT ID")
            },
            SellerError::NoKeys { .. } => failure.advise(
                "put keys/ back from its backup; opd init would found another shop, whose keys sign \
                 nothing of this one",
            ),
            SellerError::Read { .. } => failure
                .advise("put keys/ back from its backup; opd cannot work without what is in it"),
            SellerError::Lost { name, .. } => failure.advise(format!(
                "put it back from a backup of keys/, or from another server of this shop; if no copy \
                 has it any more: opd seller rotate {name} --root DIR --lost"
            )),
            SellerError::NoneLeft { .. } => {
                failure.advise("put a copy of keys/ back: one key must be left to replace the others")
            }
            SellerError::NotInForce { .. } => failure.advise(
                "put the newest copy of keys/ here; move the file away, and never delete it: it may \
                 open what no other key opens",
            ),
            SellerError::Key { .. } => failure.advise(
                "put the newest copy of keys/ here; if no copy has the key any more, move the file \
                 away: then it counts as lost",
            ),
            SellerError::Write { .. }
            | SellerError::OpenToOthers { .. }
            | SellerError::Certificate { .. }
            | SellerError::Pair { .. }
            | SellerError::Statement { .. }
            | SellerError::NoneInForce(_) => failure,
        }
    }
}

/// For errors that the operator reads as they are.
macro_rules! failure_from {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::caused_by(&error)
            }
        })*
    };
}

failure_from!(
    crate::config::ConfigError,
    crate::desk::passwords::HashError,
    crate::desk::passwords::UnfitPassword,
    crate::mail::PostmanError,
    crate::seller::DeniedKeysError,
    crate::seller::NotAnAddress,
    crate::seller::SecretError,
    crate::seller::make::FoundingError,
);

#[cfg(test)]
mod tests {
    use countersign_order::OrderState;

    use super::*;

    #[test]
    fn every_kind_of_failure_has_its_exit_code() {
        for (error, exit) in [
            (DeskError::NotFound("order"), Exit::NotFound),
            (DeskError::AlreadyExists("a buyer"), Exit::Conflict),
            (DeskError::KeyInUse, Exit::Conflict),
            (DeskError::Busy, Exit::Retry),
            (DeskError::OutcomeUnknown, Exit::Retry),
            (DeskError::Unfit("no".to_owned()), Exit::Failure),
        ] {
            assert_eq!(Failure::from(error.clone()).exit, exit, "{error}");
        }
    }

    #[test]
    fn who_comes_second_is_told_who_was_first_here_and_elsewhere() {
        let error = DeskError::MoveNotAllowed {
            state: OrderState::Preparing,
            moved_by: "kim".to_owned(),
            moved_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let here = Failure::from(error.clone());
        let there = Failure::from(of_desk(&error));
        for failure in [&here, &there] {
            assert_eq!(failure.exit, Exit::Conflict);
            let words = "the order is preparing: kim brought it there at 1970-01-01";
            assert!(failure.message.starts_with(words), "{}", failure.message);
            assert!(failure.advice.is_some());
        }
    }
}

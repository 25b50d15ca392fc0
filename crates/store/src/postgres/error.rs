//! What PostgreSQL's error codes mean to a caller. See
//! <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let Some(code) = error.code().cloned() else {
            return Self::Unavailable(Box::new(error));
        };
        if is_conflict(&code) {
            Self::Conflict
        } else if code == SqlState::LOCK_NOT_AVAILABLE || code == SqlState::TOO_MANY_CONNECTIONS {
            Self::Busy
        } else if code == SqlState::DISK_FULL {
            Self::Full
        } else if breaks_rule(&code) {
            Self::RuleBroken(Box::new(error))
        } else {
            Self::Unavailable(Box::new(error))
        }
    }
}

/// What a failed `COMMIT` means: it stands or not, unless the database says that it rolled back because
/// of what the transaction did. Whatever ends a connection may come after the commit.
pub(super) fn commit_error(error: Error) -> StoreError {
    let is_known = error
        .code()
        .is_some_and(|code| is_conflict(code) || breaks_rule(code));
    if is_known {
        error.into()
    } else {
        StoreError::OutcomeUnknown(Box::new(error))
    }
}

/// True if another transaction got there first, or has taken the key.
fn is_conflict(code: &SqlState) -> bool {
    [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::UNIQUE_VIOLATION,
    ]
    .contains(code)
}

/// True for what the schema or a type refuses: classes 22 and 23.
fn breaks_rule(code: &SqlState) -> bool {
    code.code().starts_with("22") || code.code().starts_with("23")
}

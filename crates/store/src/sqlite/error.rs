//! What SQLite's result codes mean to a caller. See <https://www.sqlite.org/rescode.html>.

use rusqlite::{Error, ErrorCode, ffi};

use crate::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let Some(failure) = error.sqlite_error() else {
            return Self::Unavailable(Box::new(error));
        };
        if is_taken(*failure) {
            return Self::Conflict;
        }
        if failure.code == ErrorCode::DatabaseBusy || failure.code == ErrorCode::DatabaseLocked {
            return Self::Busy;
        }
        if failure.code == ErrorCode::DiskFull {
            return Self::Full;
        }
        if failure.code == ErrorCode::ConstraintViolation {
            return Self::RuleBroken(Box::new(error));
        }
        Self::Unavailable(Box::new(error))
    }
}

/// What a failed `COMMIT` means.
///
/// A full disk is noticed while the frames are written, before the one that makes them count. An
/// error of any other write or sync may come after it: a later recovery of the log may then find the
/// transaction, or not.
pub(super) fn commit_error(error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(source) => StoreError::OutcomeUnknown(source),
        known @ (StoreError::Conflict
        | StoreError::Busy
        | StoreError::Full
        | StoreError::RuleBroken(_)
        | StoreError::Inconsistent { .. }
        | StoreError::OutcomeUnknown(_)) => known,
    }
}

/// True for a key that another row has already.
fn is_taken(failure: ffi::Error) -> bool {
    matches!(
        failure.extended_code,
        ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32) -> Error {
        Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn a_commit_whose_write_or_sync_failed_has_an_unknown_outcome() {
        for code in [
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_IOERR,
        ] {
            let answer = commit_error(failure(code).into());
            assert!(
                matches!(answer, StoreError::OutcomeUnknown(_)),
                "{code}: {answer:?}"
            );
        }
    }

    #[test]
    fn a_commit_on_a_full_disk_is_known_not_to_stand() {
        assert!(matches!(
            commit_error(failure(ffi::SQLITE_FULL).into()),
            StoreError::Full
        ));
    }

    #[test]
    fn only_a_taken_key_may_be_tried_again() {
        let taken = StoreError::from(failure(ffi::SQLITE_CONSTRAINT_UNIQUE));
        assert!(matches!(taken, StoreError::Conflict));
        let broken = StoreError::from(failure(ffi::SQLITE_CONSTRAINT_CHECK));
        assert!(matches!(broken, StoreError::RuleBroken(_)));
        let corrupt = StoreError::from(failure(ffi::SQLITE_CORRUPT));
        assert!(matches!(corrupt, StoreError::Unavailable(_)));
        assert!(matches!(
            StoreError::from(failure(ffi::SQLITE_BUSY)),
            StoreError::Busy
        ));
    }
}

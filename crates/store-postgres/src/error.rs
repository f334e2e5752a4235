use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::pooled_connection::bb8::RunError;
use kernel::StoreError;
use tokio_postgres::error::SqlState;

/// Maps diesel errors.
pub(crate) fn store_error(error: Error) -> StoreError {
    match &error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
            StoreError::Conflict(error.into())
        }
        Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        )
        | Error::BrokenTransactionManager => StoreError::Unavailable(error.into()),
        // diesel hides the SQLSTATE. The message is the server's, in English with `lc_messages` `C` or `en`.
        Error::DatabaseError(DatabaseErrorKind::Unknown, info) => match info.message() {
            "deadlock detected" => StoreError::Conflict(error.into()),
            words
                if words.starts_with("canceling statement due to")
                    || words.starts_with("terminating connection") =>
            {
                StoreError::Unavailable(error.into())
            }
            _ => StoreError::Failed(error.into()),
        },
        _ => StoreError::Failed(error.into()),
    }
}

pub(crate) const fn is_unique_violation(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// Maps driver errors of the hot path.
pub(crate) fn driver_error(error: tokio_postgres::Error) -> StoreError {
    let Some(code) = error.code() else { return StoreError::Unavailable(error.into()) };
    match *code {
        // Two replicas inserted the same key at once; the retry reads it.
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::UNIQUE_VIOLATION => StoreError::Conflict(error.into()),
        SqlState::LOCK_NOT_AVAILABLE
        | SqlState::QUERY_CANCELED
        | SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::TOO_MANY_CONNECTIONS => StoreError::Unavailable(error.into()),
        _ => StoreError::Failed(error.into()),
    }
}

pub(crate) fn pool_error(error: RunError) -> StoreError {
    StoreError::Unavailable(error.into())
}

/// Reports a row that violates a domain rule.
pub(crate) fn corrupt(what: &str, id: impl std::fmt::Display, value: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} {id}: {value:?}"))
}

/// Replaces NUL, which Postgres rejects.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// Checks that an update changed exactly one row.
pub(crate) fn require_one_row(rows: usize, what: &str, id: impl std::fmt::Display) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Corrupt(format!("{what} {id} does not exist"))) }
}

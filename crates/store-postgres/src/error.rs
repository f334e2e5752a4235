use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::pooled_connection::bb8::RunError;
use kernel::StoreError;
use tokio_postgres::error::SqlState;

/// What diesel reports, as callers want to know it.
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
        // The driver keeps the code to itself; the words are the server's own, untranslated in a `C` or `en` installation.
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

/// Whether a value that must be unique was there already.
pub(crate) const fn is_taken(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// What the driver reports on the hot path.
pub(crate) fn driver_error(error: tokio_postgres::Error) -> StoreError {
    let Some(code) = error.code() else { return StoreError::Unavailable(error.into()) };
    match *code {
        // A key that two replicas saw first at the same moment: the second look finds it.
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

/// No connection to be had.
pub(crate) fn pool_error(error: RunError) -> StoreError {
    StoreError::Unavailable(error.into())
}

/// A row that does not say what the domain allows.
pub(crate) fn corrupt(what: &str, id: impl std::fmt::Display, value: &str) -> StoreError {
    StoreError::Corrupt(format!("{what} {id} has {value:?}"))
}

/// Words of others as the server takes them: it refuses NUL.
pub(crate) fn words(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// Overwriting changes one row; there must be one.
pub(crate) fn overwritten(rows: usize, what: &str, id: impl std::fmt::Display) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Corrupt(format!("there is no {what} {id}"))) }
}

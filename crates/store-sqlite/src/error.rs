use diesel::result::{DatabaseErrorKind, Error as DieselError};
use kernel::StoreError;

/// Errors of this store, mapped to [`StoreError`] at the ports.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("statement failed")]
    Database(#[from] DieselError),
    #[error("cannot open the database file")]
    Connection(#[from] diesel::ConnectionError),
    #[error("inconsistent data: {0}")]
    Corrupt(String),
    #[error("migration failed")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("file system error")]
    File(#[from] std::io::Error),
    #[error("session was interrupted and rolled back")]
    Interrupted,
    #[error("database task was aborted")]
    Aborted(#[from] tokio::task::JoinError),
}

impl Fault {
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt(what.into())
    }
}

/// Whether SQLite returned `SQLITE_BUSY` or `SQLITE_LOCKED`: diesel keeps only the message.
pub(crate) fn is_busy(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(_, info) if info.message().contains("is locked"))
}

pub(crate) const fn is_unique_violation(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Corrupt(what) => Self::Corrupt(what),
            Fault::Database(DieselError::DeserializationError(error)) => Self::Corrupt(error.to_string()),
            Fault::Database(ref error) if is_busy(error) => Self::Unavailable(Box::new(fault)),
            Fault::Aborted(_) | Fault::Connection(_) => Self::Unavailable(Box::new(fault)),
            other => Self::Failed(Box::new(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::{Connection, connection::SimpleConnection, sqlite::SqliteConnection};

    #[test]
    fn locked_file_is_a_transient_failure() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("shop.db");
        let mut one = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        let mut two = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        one.batch_execute("BEGIN IMMEDIATE").unwrap();
        let busy = two.batch_execute("BEGIN IMMEDIATE").unwrap_err();
        assert!(is_busy(&busy));
        assert!(StoreError::from(Fault::from(busy)).is_transient());
        let wrong = two.batch_execute("SELECT * FROM nothing").unwrap_err();
        assert!(!StoreError::from(Fault::from(wrong)).is_transient());
    }
}

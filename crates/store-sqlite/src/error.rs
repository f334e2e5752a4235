use diesel::result::{DatabaseErrorKind, Error as DieselError};
use kernel::StoreError;

/// What can go wrong below the ports.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the database refused a statement")]
    Database(#[from] DieselError),
    #[error("the database file cannot be opened")]
    Connection(#[from] diesel::ConnectionError),
    #[error("inconsistent data: {0}")]
    Corrupt(String),
    #[error("a migration failed")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the file system refused")]
    File(#[from] std::io::Error),
    #[error("the session was interrupted before, and undone")]
    Interrupted,
    #[error("a database task was cut off")]
    CutOff(#[from] tokio::task::JoinError),
}

impl Fault {
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt(what.into())
    }
}

/// SQLite's `SQLITE_BUSY` and `SQLITE_LOCKED`: diesel keeps the words only.
pub(crate) fn is_busy(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(_, info) if info.message().contains("is locked"))
}

/// Whether a value that must be unique was there already.
pub(crate) const fn is_taken(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Corrupt(what) => Self::Corrupt(what),
            Fault::Database(DieselError::DeserializationError(error)) => Self::Corrupt(error.to_string()),
            Fault::Database(ref error) if is_busy(error) => Self::Unavailable(Box::new(fault)),
            Fault::CutOff(_) | Fault::Connection(_) => Self::Unavailable(Box::new(fault)),
            other => Self::Failed(Box::new(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::{Connection, connection::SimpleConnection, sqlite::SqliteConnection};

    #[test]
    fn a_busy_file_is_told_from_other_failures() {
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

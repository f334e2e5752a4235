use crate::{
    connections::{Durability, Readers, Transaction, Writer, open, use_wal},
    error::Fault,
    migrations::migrate,
    order_backfill,
    session::SqliteSession,
};
use async_trait::async_trait;
use box_office::{DomainEvent, Session, Store};
use diesel::{connection::SimpleConnection, sqlite::SqliteConnection};
use kernel::StoreError;
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::{Mutex, broadcast};

/// Capacity of the broadcast channel; a slower subscriber misses events.
const CHANGES: usize = 1_024;

/// Domain events of a transaction, published after its commit.
#[derive(Debug, Default)]
pub(crate) struct PendingEvents(Vec<DomainEvent>);

impl PendingEvents {
    /// Adds an event once.
    pub(crate) fn add(&mut self, change: DomainEvent) {
        if !self.0.contains(&change) {
            self.0.push(change);
        }
    }

    pub(crate) fn extend(&mut self, others: Self) {
        others.0.into_iter().for_each(|change| self.add(change));
    }
}

/// The embedded store. Clones share the writer and the readers.
#[derive(Clone)]
pub struct Sqlite {
    inner: Arc<Inner>,
}

struct Inner {
    // Field order is drop order: connections close before their directory is removed.
    writer: Arc<Mutex<Writer>>,
    readers: Readers,
    changes: broadcast::Sender<DomainEvent>,
    _directory: Option<tempfile::TempDir>,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sqlite")
    }
}

impl Sqlite {
    /// Opens or creates a file and applies pending migrations; each commit is synced to disk. Other processes may open the
    /// same file: writers take turns, but domain events are not shared.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        Ok(blocking(move || Self::connect(path, Durability::Full, None)).await?)
    }

    /// Opens a private, unsynced file, in shared memory where available, for tests and demos. It is deleted
    /// with the last clone.
    pub async fn memory() -> Result<Self, StoreError> {
        let connect = || {
            let shared_memory = Path::new("/dev/shm");
            let builder = &mut tempfile::Builder::new();
            builder.prefix("tickets-");
            let directory = match builder.tempdir_in(shared_memory) {
                Ok(directory) => directory,
                Err(_) => builder.tempdir()?,
            };
            Self::connect(directory.path().join("shop.db"), Durability::None, Some(directory))
        };
        Ok(blocking(connect).await?)
    }

    fn connect(
        path: PathBuf,
        durability: Durability,
        directory: Option<tempfile::TempDir>,
    ) -> Result<Self, Fault> {
        private_file(&path)?;
        let mut connection = open(&path, durability)?;
        use_wal(&mut connection)?;
        migrate(&mut connection)?;
        order_backfill::finish(&mut connection)?;
        let (changes, _) = broadcast::channel(CHANGES);
        let inner = Inner {
            writer: Arc::new(Mutex::new(Writer::new(connection))),
            readers: Readers::new(path, durability),
            changes,
            _directory: directory,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Runs `work` on one snapshot, on a blocking thread.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self
            .inner
            .readers
            .permits()
            .acquire_owned()
            .await
            .map_err(|error| StoreError::Failed(error.into()))?;
        let inner = Arc::clone(&self.inner);
        let outcome = blocking(move || {
            let outcome = inner.readers.read(work);
            drop(permit);
            outcome
        });
        Ok(outcome.await?)
    }

    /// Runs `work` in one transaction on a blocking thread. Dropping the future does not cancel it.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection, &mut PendingEvents) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let writer = Arc::clone(&self.inner.writer).lock_owned().await;
        let store = self.clone();
        let outcome = blocking(move || {
            let mut transaction = Transaction::begin(writer)?;
            let mut domain_events = PendingEvents::default();
            match work(transaction.connection()?, &mut domain_events) {
                Ok(out) => {
                    transaction.commit()?;
                    store.publish(&domain_events);
                    Ok(out)
                }
                Err(fault) => {
                    transaction.rollback();
                    Err(fault)
                }
            }
        });
        Ok(outcome.await?)
    }

    pub(crate) fn publish(&self, domain_events: &PendingEvents) {
        for change in &domain_events.0 {
            // Fails only without subscribers.
            drop(self.inner.changes.send(*change));
        }
    }
}

/// Runs `work` on a blocking thread.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await?
}

/// Makes the file readable by its owner only; SQLite gives `-wal` and `-shm` files the same mode.
fn private_file(path: &Path) -> Result<(), Fault> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    Ok(())
}

#[async_trait]
impl Store for Sqlite {
    async fn begin(&self) -> Result<Box<dyn Session>, StoreError> {
        let writer = Arc::clone(&self.inner.writer).lock_owned().await;
        let transaction = blocking(move || Transaction::begin(writer)).await?;
        Ok(Box::new(SqliteSession::new(self.clone(), transaction)))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.read(|connection| {
            // The migrations create this table: an empty file fails the check.
            Ok(connection.batch_execute("SELECT 1 FROM users LIMIT 1")?)
        })
        .await
    }

    fn changes(&self) -> broadcast::Receiver<DomainEvent> {
        self.inner.changes.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn dropped_in_memory_store_removes_its_files() {
        let shop = Sqlite::memory().await.unwrap();
        let directory = shop.inner.readers.path.parent().unwrap().to_owned();
        shop.ping().await.unwrap();
        assert!(directory.join("shop.db-wal").exists());
        drop(shop);
        assert!(!directory.exists());
    }
}

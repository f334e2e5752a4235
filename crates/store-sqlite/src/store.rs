use crate::{
    connections::{Durability, Readers, Transaction, Writer, open, use_wal},
    error::Fault,
    migrations::migrate,
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

/// How many hints a slow listener may be behind before it misses some.
const CHANGES: usize = 1_024;

/// What a transaction touched, to be told when it is committed.
#[derive(Debug, Default)]
pub(crate) struct PendingEvents(Vec<DomainEvent>);

impl PendingEvents {
    /// Notes a change, once.
    pub(crate) fn add(&mut self, change: DomainEvent) {
        if !self.0.contains(&change) {
            self.0.push(change);
        }
    }

    pub(crate) fn extend(&mut self, others: Self) {
        others.0.into_iter().for_each(|change| self.add(change));
    }
}

/// The embedded store. Clones share one writer and its readers.
#[derive(Clone)]
pub struct Sqlite {
    inner: Arc<Inner>,
}

struct Inner {
    // In this order: connections are closed before their directory is removed.
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
    /// Opens a file, which is made when it does not exist, and brings its tables up to date. Every commit is on the disk before
    /// it is answered. Another process may open the same file: writers take turns, but do not hear of each other's changes.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        Ok(blocking(move || Self::connect(path, Durability::Full, None)).await?)
    }

    /// A store that is forgotten with its last clone, for tests and demos: a private file that is never synchronised, in memory
    /// where the system offers that.
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
        let (changes, _) = broadcast::channel(CHANGES);
        let inner = Inner {
            writer: Arc::new(Mutex::new(Writer::new(connection))),
            readers: Readers::new(path, durability),
            changes,
            _directory: directory,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Reads one state of the database, off the async workers.
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

    /// Writes in one transaction, off the async workers. Once begun it runs to its end, whether or not the caller waits.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection, &mut PendingEvents) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let writer = Arc::clone(&self.inner.writer).lock_owned().await;
        let store = self.clone();
        let outcome = blocking(move || {
            let mut transaction = Transaction::begin(writer)?;
            let mut touched = PendingEvents::default();
            match work(transaction.connection()?, &mut touched) {
                Ok(out) => {
                    transaction.commit()?;
                    store.publish(&touched);
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

    pub(crate) fn publish(&self, touched: &PendingEvents) {
        for change in &touched.0 {
            // Nobody listens: nothing to tell.
            drop(self.inner.changes.send(*change));
        }
    }
}

/// Runs what blocks on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await?
}

/// Makes the file readable for its owner only; SQLite gives its companions the same rights.
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
            // A table that the migrations make: an empty file does not count as a database.
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
    async fn a_store_that_is_forgotten_leaves_no_file() {
        let shop = Sqlite::memory().await.unwrap();
        let directory = shop.inner.readers.path.parent().unwrap().to_owned();
        shop.ping().await.unwrap();
        assert!(directory.join("shop.db-wal").exists());
        drop(shop);
        assert!(!directory.exists());
    }
}

use crate::error::{Fault, is_busy};
use diesel::{Connection, connection::SimpleConnection, sqlite::SqliteConnection};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{OwnedMutexGuard, Semaphore},
};

/// Maximum wait of a statement for another process's write lock, in milliseconds.
const BUSY_TIMEOUT_MS: u32 = 10_000;
/// Maximum concurrent read connections. Reads are short, and small machines have few cores.
const READERS: usize = 4;

/// Whether commits survive a power failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Each commit is synced to disk.
    Full,
    /// Nothing is synced: the data lives no longer than the process.
    None,
}

pub(crate) fn open(path: &Path, durability: Durability) -> Result<SqliteConnection, Fault> {
    let name = path.to_str().ok_or_else(|| Fault::corrupt("database path is not UTF-8"))?;
    let mut connection = SqliteConnection::establish(name)?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::None => "OFF",
    };
    connection.batch_execute(&format!(
        "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}; PRAGMA foreign_keys = ON; PRAGMA synchronous = {synchronous}; \
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA trusted_schema = OFF;"
    ))?;
    Ok(connection)
}

/// Enables WAL, a property of the file. Retries while another process changes the mode, because SQLite's busy
/// timeout does not cover this.
pub(crate) fn use_wal(connection: &mut SqliteConnection) -> Result<(), Fault> {
    let mut tries = 0;
    loop {
        match connection.batch_execute("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864;") {
            Err(error) if is_busy(&error) && tries < 100 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            outcome => return Ok(outcome?),
        }
    }
}

/// The single write connection.
pub(crate) struct Writer {
    connection: SqliteConnection,
    /// Whether a transaction may be open.
    open: bool,
}

impl Writer {
    pub(crate) const fn new(connection: SqliteConnection) -> Self {
        Self { connection, open: false }
    }

    fn undo(&mut self) {
        // ROLLBACK fails if SQLite has already rolled back on its own.
        drop(self.connection.batch_execute("ROLLBACK"));
        self.open = false;
    }
}

/// A transaction that owns the writer. Dropping it rolls back; methods block.
pub(crate) struct Transaction {
    writer: Option<OwnedMutexGuard<Writer>>,
}

impl Transaction {
    pub(crate) fn begin(mut writer: OwnedMutexGuard<Writer>) -> Result<Self, Fault> {
        // A runtime that shut down may have skipped the rollback of a dropped session.
        if writer.open {
            writer.undo();
        }
        writer.connection.batch_execute("BEGIN IMMEDIATE")?;
        writer.open = true;
        Ok(Self { writer: Some(writer) })
    }

    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, Fault> {
        self.writer.as_mut().map(|writer| &mut writer.connection).ok_or(Fault::Interrupted)
    }

    pub(crate) fn commit(mut self) -> Result<(), Fault> {
        let writer = self.writer.as_mut().ok_or(Fault::Interrupted)?;
        writer.connection.batch_execute("COMMIT")?;
        writer.open = false;
        Ok(())
    }

    pub(crate) fn rollback(mut self) {
        if let Some(writer) = &mut self.writer {
            writer.undo();
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(mut writer) = self.writer.take() else { return };
        if !writer.open {
            return;
        }
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || writer.undo())),
            Err(_) => writer.undo(),
        }
    }
}

/// Pool of read-only connections, opened on demand.
pub(crate) struct Readers {
    pub(crate) path: PathBuf,
    durability: Durability,
    idle: Mutex<Vec<SqliteConnection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, durability: Durability) -> Self {
        Self { path, durability, idle: Mutex::default(), permits: Arc::new(Semaphore::new(READERS)) }
    }

    pub(crate) fn permits(&self) -> Arc<Semaphore> {
        Arc::clone(&self.permits)
    }

    /// Runs `work` in one read transaction (one snapshot). Blocks.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => {
                let mut connection = open(&self.path, self.durability)?;
                connection.batch_execute("PRAGMA query_only = ON")?;
                connection
            }
        };
        connection.batch_execute("BEGIN")?;
        let outcome = work(&mut connection);
        // A connection that cannot end its transaction is not reused.
        if connection.batch_execute("COMMIT").is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        outcome
    }
}

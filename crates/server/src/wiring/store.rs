use super::WiringError;
use crate::config;
use box_office::{Holds, Orders, Store};
use kernel::StoreError;
use std::{fmt, sync::Arc};
use store_postgres::{PgConfig, Postgres};
use store_sqlite::Sqlite;

/// The database, as its ports.
#[derive(Clone)]
pub struct Database {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The hot path of orders.
    pub orders: Arc<dyn Orders>,
    /// The hot path after the order.
    pub holds: Arc<dyn Holds>,
    /// The Postgres store, for its pool metrics; `None` for SQLite.
    pub postgres: Option<Postgres>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

impl Database {
    /// Opens the database. SQLite migrates itself; Postgres migrates if configured, and must be migrated before
    /// otherwise.
    pub async fn open(config: &config::Database) -> Result<Self, WiringError> {
        match config {
            config::Database::Sqlite(_) => Ok(Self::embedded(config).await?),
            config::Database::Postgres { migrate, .. } => {
                let postgres = connect(config).await?;
                if *migrate {
                    for version in postgres.migrate().await? {
                        tracing::info!(version, "migration applied");
                    }
                }
                let missing = postgres.missing_migrations().await?;
                if missing.is_empty() {
                    Ok(Self { postgres: Some(postgres.clone()), ..Self::of(postgres) })
                } else {
                    Err(WiringError::Unmigrated(missing))
                }
            }
        }
    }

    /// Migrates the schema and returns the applied versions, if known. `finish` when no process of an earlier release runs any more;
    /// SQLite, which one release uses at a time, always finishes.
    pub async fn migrate(config: &config::Database, finish: bool) -> Result<Vec<String>, StoreError> {
        match config {
            config::Database::Sqlite(_) => Self::embedded(config).await.map(|_| Vec::new()),
            config::Database::Postgres { .. } if finish => connect(config).await?.migrate_and_finish().await,
            config::Database::Postgres { .. } => connect(config).await?.migrate().await,
        }
    }

    async fn embedded(config: &config::Database) -> Result<Self, StoreError> {
        match config {
            config::Database::Sqlite(Some(path)) => {
                if let Some(directory) = path.parent() {
                    std::fs::create_dir_all(directory).map_err(|error| StoreError::Failed(error.into()))?;
                }
                Sqlite::open(path.clone()).await.map(Self::of)
            }
            _ => Sqlite::memory().await.map(Self::of),
        }
    }

    fn of(store: impl Store + Orders + Holds + 'static) -> Self {
        let store = Arc::new(store);
        Self { store: store.clone(), orders: store.clone(), holds: store, postgres: None }
    }
}

async fn connect(config: &config::Database) -> Result<Postgres, StoreError> {
    let config::Database::Postgres { url, pool_size, ca, .. } = config else {
        return Err(StoreError::Corrupt("not a Postgres database".to_owned()));
    };
    let mut settings = PgConfig::new(url.expose().clone());
    settings.pool_size = *pool_size;
    settings.root_certificates = ca.as_ref().map(|ca| ca.expose().clone());
    Postgres::connect(settings).await
}

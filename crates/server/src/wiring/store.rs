use super::WiringError;
use crate::config;
use box_office::{Holds, Store};
use kernel::StoreError;
use std::{fmt, sync::Arc};
use store_postgres::{PgConfig, Postgres};
use store_sqlite::Sqlite;

/// The shop's memory, by its ports.
#[derive(Clone)]
pub struct Database {
    /// Everything that is remembered.
    pub store: Arc<dyn Store>,
    /// Where seats are claimed.
    pub holds: Arc<dyn Holds>,
    /// The database as itself, for how its connections are used; the embedded one has none.
    pub postgres: Option<Postgres>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

impl Database {
    /// Opens the database. The embedded one brings itself up to date; a shared one does when it is asked to, and must have been
    /// migrated before otherwise.
    pub async fn open(config: &config::Database) -> Result<Self, WiringError> {
        match config {
            config::Database::Sqlite(_) => Ok(Self::embedded(config).await?),
            config::Database::Postgres { migrate, .. } => {
                let postgres = connect(config).await?;
                if *migrate {
                    for version in postgres.migrate().await? {
                        tracing::info!(version, "the schema was brought up to date");
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

    /// Brings the schema up to date; the versions that were added, as far as the database says.
    pub async fn migrate(config: &config::Database) -> Result<Vec<String>, StoreError> {
        match config {
            config::Database::Sqlite(_) => Self::embedded(config).await.map(|_| Vec::new()),
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

    fn of(store: impl Store + Holds + Clone + 'static) -> Self {
        Self { store: Arc::new(store.clone()), holds: Arc::new(store), postgres: None }
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

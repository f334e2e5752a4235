use super::{ConfigError, Env, env::Reader};
use kernel::Secret;
use std::path::PathBuf;

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Database {
    /// One file on this machine; `None` keeps it in memory only.
    Sqlite(Option<PathBuf>),
    /// A Postgres server, shared by replicas.
    Postgres {
        /// The connection string, password included.
        url: Secret<String>,
        /// Connections at most.
        pool_size: u32,
        /// Certificates (PEM) to trust for TLS; the system's own when there are none.
        ca: Option<Secret<String>>,
        /// Whether the server brings the schema up to date when it starts.
        migrate: bool,
    },
}

impl Database {
    /// Reads and checks the settings of the database alone, for a process that needs no others.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(env);
        let database = Self::read(&mut reader);
        let faults = reader.into_faults();
        database.filter(|_| faults.is_empty()).ok_or(ConfigError { faults })
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let pool_size = reader.number("DATABASE_POOL_SIZE", (1, 500), 16);
        let migrate = reader.switch("MIGRATE_AT_START", false);
        let ca = reader.secret("DATABASE_CA");
        if ca.as_ref().is_some_and(|ca| !ca.expose().contains("-----BEGIN CERTIFICATE-----")) {
            reader.fault("DATABASE_CA must hold certificates (PEM)");
        }
        let url =
            reader.required_secret("DATABASE_URL", "say where the data is, postgres://… or sqlite://path")?;
        if let Some(path) =
            url.expose().strip_prefix("sqlite://").or_else(|| url.expose().strip_prefix("sqlite:"))
        {
            return Some(match path {
                ":memory:" | "" => Self::Sqlite(None),
                path => Self::Sqlite(Some(PathBuf::from(path))),
            });
        }
        if url.expose().starts_with("postgres://") || url.expose().starts_with("postgresql://") {
            return Some(Self::Postgres { url, pool_size, ca, migrate });
        }
        reader.fault("DATABASE_URL must begin with postgres:// or sqlite://");
        None
    }
}

use super::{ConfigError, Env, env::Reader};
use kernel::Secret;
use std::path::PathBuf;

/// Database connection.
#[derive(Debug, Clone)]
pub enum Database {
    /// A SQLite file; `None` is an in-memory database.
    Sqlite(Option<PathBuf>),
    /// A Postgres server, shared by replicas.
    Postgres {
        /// The connection string, password included.
        url: Secret<String>,
        /// Maximum of connections.
        pool_size: u32,
        /// Trusted CA certificates (PEM); the system's if `None`.
        ca: Option<Secret<String>>,
        /// Whether the server migrates at start.
        migrate: bool,
    },
}

impl Database {
    /// Reads the database settings alone, for processes that need no others.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(env);
        let database = Self::read(&mut reader);
        let errors = reader.into_errors();
        database.filter(|_| errors.is_empty()).ok_or(ConfigError { errors })
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let pool_size = reader.number("DATABASE_POOL_SIZE", (1, 500), 16);
        let migrate = reader.boolean("MIGRATE_AT_START", false);
        let ca = reader.secret("DATABASE_CA");
        if ca.as_ref().is_some_and(|ca| !ca.expose().contains("-----BEGIN CERTIFICATE-----")) {
            reader.push_error("DATABASE_CA must hold certificates (PEM)");
        }
        let url = reader
            .required_secret("DATABASE_URL", "it is the database's URL, postgres://… or sqlite://path")?;
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
        reader.push_error("DATABASE_URL must begin with postgres:// or sqlite://");
        None
    }
}

use kernel::Secret;
use std::time::Duration;

/// How to reach Postgres, and how long to wait for it.
#[derive(Debug, Clone)]
pub struct PgConfig {
    /// `postgres://user:password@host:port/database`. With `sslmode=verify-full` (or `require`, which is as strict
    /// here) the connection is encrypted, and the server's certificate and name are verified.
    pub url: Secret<String>,
    /// Connections for sessions and reads. The hot path has [`PgConfig::HOT_CONNECTIONS`] of its own, and one more listens.
    pub pool_size: u32,
    /// How long to wait for a connection, new or from the pool.
    pub connect_timeout: Duration,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// How long one statement may wait for a lock.
    pub lock_timeout: Duration,
    /// How long a transaction may stay idle before the server ends it.
    pub idle_in_transaction_timeout: Duration,
    /// Statements that take longer are logged.
    pub slow_statement: Duration,
    /// Certificates (PEM) to trust for TLS; the system's own when there are none.
    pub root_certificates: Option<String>,
}

impl PgConfig {
    /// Connections kept for [`box_office::Holds`] alone, so that a sale's first seconds do not wait for the rest.
    pub const HOT_CONNECTIONS: u32 = 6;

    /// Limits that suit one replica of a shop.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: Secret::new(url.into()),
            pool_size: 10,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(5),
            idle_in_transaction_timeout: Duration::from_secs(15),
            slow_statement: Duration::from_millis(500),
            root_certificates: None,
        }
    }

    /// What is not for anybody to choose: a sale that was answered must survive a power failure. Start-up parameters win over
    /// defaults of the database and of the role, where hosts and earlier owners like to turn this off.
    pub(crate) const FORCED_OPTIONS: &str = "-c synchronous_commit=on";

    /// Start-up parameters for the server: set once for each connection, at no cost.
    pub(crate) fn server_options(&self) -> String {
        // Our statements look rows up by indexes, one after the other. A plan made while a table was small would read all of it, and
        // be kept while a sale makes it large. As there is one good plan for each statement, it is made once: making it anew takes
        // longer than the look-ups. Plans that are never worth compiling need no compiler either.
        format!(
            "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off \
            -c enable_mergejoin=off -c jit=off -c statement_timeout={} -c lock_timeout={} \
            -c idle_in_transaction_session_timeout={}",
            self.statement_timeout.as_millis(),
            self.lock_timeout.as_millis(),
            self.idle_in_transaction_timeout.as_millis(),
        )
    }
}

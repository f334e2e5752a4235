use kernel::Secret;
use std::time::Duration;

/// Connection settings, timeouts and pool size.
#[derive(Debug, Clone)]
pub struct PgConfig {
    /// `postgres://user:password@host:port/database`. With `sslmode=require` or `verify-full` the connection
    /// is encrypted, and the server's certificate and host name are verified.
    pub url: Secret<String>,
    /// Connections for sessions and reads. The hot path has its own [`PgConfig::HOT_CONNECTIONS`],
    /// notifications use one more.
    pub pool_size: u32,
    /// Timeout for opening a connection or getting one from the pool.
    pub connect_timeout: Duration,
    /// Timeout of a statement.
    pub statement_timeout: Duration,
    /// Timeout for getting a lock.
    pub lock_timeout: Duration,
    /// Timeout after which the server ends an idle transaction.
    pub idle_in_transaction_timeout: Duration,
    /// Statements that take longer are logged.
    pub slow_statement: Duration,
    /// Trusted root certificates (PEM) for TLS; `None` uses the system's.
    pub root_certificates: Option<String>,
}

impl PgConfig {
    /// Connections reserved for [`box_office::Holds`], so that purchases do not wait behind other reads.
    pub const HOT_CONNECTIONS: u32 = 6;

    /// Defaults for one replica.
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

    /// Options that cannot be overridden: a committed sale must survive a power failure. Start-up parameters
    /// take precedence over database and role defaults, where `synchronous_commit` may be off.
    pub(crate) const FORCED_OPTIONS: &str = "-c synchronous_commit=on";

    /// Start-up parameters of each connection.
    pub(crate) fn server_options(&self) -> String {
        // Scans are off, because all statements are index lookups, and a cached plan made on small tables would keep scanning
        // them. Replanning and JIT cost more than the lookups themselves.
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

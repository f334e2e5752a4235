use crate::{
    PgConfig,
    connect::Connector,
    error::{driver_error, pool_error, store_error},
    hot::{HotPool, hot_pool},
    migrate,
    notifications::Notifications,
    session::{OrdersFinished, PgSession},
    watch::{LogErrors, SlowStatements},
};
use async_trait::async_trait;
use box_office::{DomainEvent, Session, Store};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, PoolableConnection, RecyclingMethod, bb8,
    },
};
use futures_util::{FutureExt, future::ready};
use kernel::StoreError;
use tokio::sync::broadcast;

/// A pooled connection. The pool closes it on return if a transaction is open.
pub(crate) type PooledConnection = bb8::PooledConnection<'static, AsyncPgConnection>;

/// The Postgres store. Clones share their connections.
#[derive(Clone)]
pub struct Postgres {
    pub(crate) connector: Connector,
    pub(crate) pool: bb8::Pool<AsyncPgConnection>,
    pub(crate) hot: HotPool,
    pub(crate) notifications: Notifications,
    pub(crate) orders_finished: OrdersFinished,
}

/// State of the connection pool for sessions and reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    /// Open connections.
    pub open: u32,
    /// Idle connections.
    pub idle: u32,
    /// Maximum connections.
    pub max: u32,
    /// Timeouts while waiting for a connection, since start-up.
    pub timeouts: u64,
}

impl Postgres {
    /// Creates the pools and starts the listener; requires a tokio runtime. Connections are opened on demand, so that the
    /// server starts and reports errors while its database is unreachable.
    pub async fn connect(config: PgConfig) -> Result<Self, StoreError> {
        let connector = Connector::new(&config)?;
        let mut manager = ManagerConfig::<AsyncPgConnection>::default();
        // A ping before each use would cost a round trip; a closed connection is detected without one.
        manager.recycling_method = RecyclingMethod::CustomFunction(Box::new(|connection| {
            let broken = connection.is_broken();
            ready(if broken { Err(diesel::result::Error::BrokenTransactionManager) } else { Ok(()) }).boxed()
        }));
        let opener = connector.clone();
        let slow = config.slow_statement;
        manager.custom_setup = Box::new(move |_| {
            let opener = opener.clone();
            async move {
                let mut connection = opener.diesel().await?;
                connection.set_instrumentation(SlowStatements::new(slow));
                Ok(connection)
            }
            .boxed()
        });
        let pool = bb8::Pool::builder()
            .max_size(config.pool_size.max(1))
            .connection_timeout(config.connect_timeout)
            .error_sink(Box::new(LogErrors))
            .build(AsyncDieselConnectionManager::new_with_config("", manager))
            .await
            .map_err(|error| StoreError::Unavailable(error.into()))?;
        let hot = hot_pool(connector.clone(), &config).await.map_err(driver_error)?;
        let notifications = Notifications::start(connector.clone()).await;
        Ok(Self { connector, pool, hot, notifications, orders_finished: OrdersFinished::default() })
    }

    /// Applies pending migrations under an advisory lock and returns their versions.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        migrate::migrate(&self.connector).await
    }

    /// As [`Postgres::migrate`], then declares that all processes maintain orders. To be called when no process of a release without
    /// orders runs any more.
    pub async fn migrate_and_finish(&self) -> Result<Vec<String>, StoreError> {
        migrate::migrate_and_finish(&self.connector).await
    }

    /// Returns the versions that this binary needs and the database lacks.
    pub async fn missing_migrations(&self) -> Result<Vec<String>, StoreError> {
        #[derive(diesel::QueryableByName)]
        struct Version {
            #[diesel(sql_type = diesel::sql_types::Text)]
            version: String,
        }
        let applied: Result<Vec<Version>, _> =
            diesel::sql_query("SELECT version::text FROM schema_migrations ORDER BY version")
                .load(&mut *self.connection().await?)
                .await;
        let applied = match applied {
            Ok(rows) => rows.into_iter().map(|row| row.version).collect(),
            Err(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::Unknown, info))
                if info.message().contains("schema_migrations") =>
            {
                Vec::new()
            }
            Err(error) => return Err(store_error(error)),
        };
        migrate::missing(&applied)
    }

    /// Returns the state of the connection pool.
    pub fn pool_state(&self) -> PoolState {
        let state = self.pool.state();
        PoolState {
            open: state.connections,
            idle: state.idle_connections,
            max: self.pool.config().max_size,
            timeouts: state.statistics.get_timed_out,
        }
    }

    pub(crate) async fn connection(&self) -> Result<PooledConnection, StoreError> {
        self.pool.get_owned().await.map_err(pool_error)
    }
}

#[async_trait]
impl Store for Postgres {
    async fn begin(&self) -> Result<Box<dyn Session>, StoreError> {
        Ok(Box::new(
            PgSession::begin(
                self.connection().await?,
                self.notifications.clone(),
                self.orders_finished.clone(),
            )
            .await?,
        ))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.connection().await?.batch_execute("SELECT 1").await.map_err(store_error)
    }

    fn changes(&self) -> broadcast::Receiver<DomainEvent> {
        self.notifications.subscribe()
    }
}

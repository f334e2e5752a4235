use crate::{
    PgConfig,
    changes::Changes,
    connect::Connector,
    error::{driver_error, pool_error, store_error},
    hot::{HotPool, hot_pool},
    migrate,
    session::PgSession,
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

/// A connection lent by the pool, which closes it instead of keeping it when a transaction was left open.
pub(crate) type PooledConnection = bb8::PooledConnection<'static, AsyncPgConnection>;

/// The store on Postgres. Cheap to clone: clones share their connections.
#[derive(Clone)]
pub struct Postgres {
    pub(crate) connector: Connector,
    pub(crate) pool: bb8::Pool<AsyncPgConnection>,
    pub(crate) hot: HotPool,
    pub(crate) changes: Changes,
}

/// How the connections for sessions and reads are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    /// How many there are.
    pub open: u32,
    /// How many nobody uses.
    pub idle: u32,
    /// How many there may be.
    pub max: u32,
    /// How often somebody did not get one in time, since the start.
    pub timeouts: u64,
}

impl Postgres {
    /// Prepares the pools and starts listening. The first connection is made when it is needed, so that a shop starts, and says
    /// what is wrong, while its database does not. Must be called inside a tokio runtime.
    pub async fn connect(config: PgConfig) -> Result<Self, StoreError> {
        let connector = Connector::new(&config)?;
        let mut manager = ManagerConfig::<AsyncPgConnection>::default();
        // A ping before each use would cost a round trip; whether the connection is closed is known without one.
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
        let changes = Changes::start(connector.clone()).await;
        Ok(Self { connector, pool, hot, changes })
    }

    /// Brings the schema up to date under an advisory lock, and says which versions were added.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        migrate::migrate(&self.connector).await
    }

    /// The versions that this binary needs and the database does not have.
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

    /// How the connections are used.
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
        Ok(Box::new(PgSession::begin(self.connection().await?, self.changes.clone()).await?))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.connection().await?.batch_execute("SELECT 1").await.map_err(store_error)
    }

    fn changes(&self) -> broadcast::Receiver<DomainEvent> {
        self.changes.subscribe()
    }
}

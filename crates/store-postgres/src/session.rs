use crate::{changes::Changes, error::store_error, store::PooledConnection};
use async_trait::async_trait;
use box_office::{DomainEvent, Session};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};
use kernel::StoreError;

/// A transaction on a connection of its own. When it is dropped, the pool sees that it is still open and closes the connection,
/// which makes the server undo it.
pub(crate) struct PgSession {
    connection: PooledConnection,
    changes: Changes,
    /// What to tell when all this is committed.
    touched: Vec<DomainEvent>,
}

impl PgSession {
    pub(crate) async fn begin(
        mut connection: PooledConnection,
        changes: Changes,
    ) -> Result<Self, StoreError> {
        // Locks are asked for by name, and a second look has to see what others committed meanwhile.
        AnsiTransactionManager::begin_transaction_sql(
            &mut *connection,
            "BEGIN ISOLATION LEVEL READ COMMITTED",
        )
        .await
        .map_err(store_error)?;
        Ok(Self { connection, changes, touched: Vec::new() })
    }

    /// The connection, its transaction open.
    pub(crate) fn db(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }

    /// Notes what others should hear of after the commit.
    pub(crate) fn touch(&mut self, change: DomainEvent) {
        if !self.touched.contains(&change) {
            self.touched.push(change);
        }
    }
}

#[async_trait]
impl Session for PgSession {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        AnsiTransactionManager::commit_transaction(&mut *self.connection).await.map_err(store_error)?;
        let Self { changes, touched, .. } = *self;
        changes.publish(touched);
        Ok(())
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), StoreError> {
        AnsiTransactionManager::rollback_transaction(&mut *self.connection).await.map_err(store_error)
    }
}

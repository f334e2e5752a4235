use crate::{error::store_error, notifications::Notifications, order, store::PooledConnection};
use async_trait::async_trait;
use box_office::{DomainEvent, Session};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};
use kernel::StoreError;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Whether all processes maintain orders, once that is known: it stays so.
#[derive(Debug, Clone, Default)]
pub(crate) struct OrdersFinished(Arc<AtomicBool>);

/// A transaction on a pooled connection. If it is dropped, the pool closes the connection because its
/// transaction is open, and the server rolls back.
pub(crate) struct PgSession {
    connection: PooledConnection,
    notifications: Notifications,
    finished: OrdersFinished,
    /// Domain events to publish after the commit.
    pending_events: Vec<DomainEvent>,
}

impl PgSession {
    pub(crate) async fn begin(
        mut connection: PooledConnection,
        notifications: Notifications,
        finished: OrdersFinished,
    ) -> Result<Self, StoreError> {
        // READ COMMITTED: rows are locked explicitly, and a read after a lock must see other sessions'
        // commits.
        AnsiTransactionManager::begin_transaction_sql(
            &mut *connection,
            "BEGIN ISOLATION LEVEL READ COMMITTED",
        )
        .await
        .map_err(store_error)?;
        Ok(Self { connection, notifications, finished, pending_events: Vec::new() })
    }

    /// The connection, with its transaction open.
    pub(crate) fn db(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }

    /// Whether all processes maintain orders, as of this session or an earlier one.
    pub(crate) async fn is_finished(&mut self) -> Result<bool, StoreError> {
        if self.finished.0.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let finished = order::finished(&mut self.connection).await?;
        self.finished.0.store(finished, Ordering::Relaxed);
        Ok(finished)
    }

    /// Adds a domain event to publish after the commit.
    pub(crate) fn publish_on_commit(&mut self, event: DomainEvent) {
        if !self.pending_events.contains(&event) {
            self.pending_events.push(event);
        }
    }
}

#[async_trait]
impl Session for PgSession {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        AnsiTransactionManager::commit_transaction(&mut *self.connection).await.map_err(store_error)?;
        let Self { notifications, pending_events, .. } = *self;
        notifications.publish(pending_events);
        Ok(())
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), StoreError> {
        AnsiTransactionManager::rollback_transaction(&mut *self.connection).await.map_err(store_error)
    }
}

use crate::{
    connections::Transaction,
    error::Fault,
    store::{PendingEvents, Sqlite, blocking},
};
use async_trait::async_trait;
use box_office::Session;
use diesel::sqlite::SqliteConnection;
use kernel::StoreError;

/// A session: one transaction that owns the writer until it ends.
pub(crate) struct SqliteSession {
    store: Sqlite,
    /// `None` after a failure or a dropped call; the transaction was rolled back.
    transaction: Option<Transaction>,
    domain_events: PendingEvents,
}

impl SqliteSession {
    pub(crate) fn new(store: Sqlite, transaction: Transaction) -> Self {
        Self { store, transaction: Some(transaction), domain_events: PendingEvents::default() }
    }

    /// Runs statements on a blocking thread. A failure ends the session: SQLite rolls back on its own after
    /// some errors, and later statements would then commit on their own.
    pub(crate) async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut SqliteConnection, &mut PendingEvents) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut transaction = self.transaction.take().ok_or(Fault::Interrupted)?;
        let outcome = blocking(move || {
            let mut domain_events = PendingEvents::default();
            match work(transaction.connection()?, &mut domain_events) {
                Ok(out) => Ok((transaction, domain_events, out)),
                Err(fault) => {
                    transaction.rollback();
                    Err(fault)
                }
            }
        });
        let (transaction, domain_events, out) = outcome.await?;
        self.transaction = Some(transaction);
        self.domain_events.extend(domain_events);
        Ok(out)
    }
}

#[async_trait]
impl Session for SqliteSession {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let transaction = self.transaction.take().ok_or(Fault::Interrupted)?;
        let (store, domain_events) = (self.store.clone(), std::mem::take(&mut self.domain_events));
        let outcome = blocking(move || {
            transaction.commit()?;
            store.publish(&domain_events);
            Ok(())
        });
        Ok(outcome.await?)
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), StoreError> {
        if let Some(transaction) = self.transaction.take() {
            blocking(move || {
                transaction.rollback();
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

use crate::{
    connections::Transaction,
    error::Fault,
    store::{PendingEvents, Sqlite, blocking},
};
use async_trait::async_trait;
use box_office::Session;
use diesel::sqlite::SqliteConnection;
use kernel::StoreError;

/// A session: the writer, until it ends.
pub(crate) struct SqliteSession {
    store: Sqlite,
    /// `None` after a failure, or when a call was dropped before it ended: then everything was undone.
    transaction: Option<Transaction>,
    touched: PendingEvents,
}

impl SqliteSession {
    pub(crate) fn new(store: Sqlite, transaction: Transaction) -> Self {
        Self { store, transaction: Some(transaction), touched: PendingEvents::default() }
    }

    /// Runs statements off the async workers. A failure ends the session, since SQLite undoes a transaction by itself after some
    /// errors, and what came next would be committed alone.
    pub(crate) async fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut SqliteConnection, &mut PendingEvents) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut transaction = self.transaction.take().ok_or(Fault::Interrupted)?;
        let outcome = blocking(move || {
            let mut touched = PendingEvents::default();
            match work(transaction.connection()?, &mut touched) {
                Ok(out) => Ok((transaction, touched, out)),
                Err(fault) => {
                    transaction.rollback();
                    Err(fault)
                }
            }
        });
        let (transaction, touched, out) = outcome.await?;
        self.transaction = Some(transaction);
        self.touched.extend(touched);
        Ok(out)
    }
}

#[async_trait]
impl Session for SqliteSession {
    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let transaction = self.transaction.take().ok_or(Fault::Interrupted)?;
        let (store, touched) = (self.store.clone(), std::mem::take(&mut self.touched));
        let outcome = blocking(move || {
            transaction.commit()?;
            store.publish(&touched);
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

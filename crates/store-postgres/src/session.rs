use crate::{changes::Changes, error::store_error, schema, store::Lent};
use async_trait::async_trait;
use box_office::{Change, Session};
use diesel::{ExpressionMethods, insert_into};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, TransactionManager};
use kernel::{StoreError, Timestamp};
use uma_protocol::{NonceLog, NonceLogError, VaspDomain};

/// A transaction on a connection of its own. When it is dropped, the pool sees that it is still open and closes the connection,
/// which makes the server undo it.
pub(crate) struct PgSession {
    connection: Lent,
    changes: Changes,
    /// What to tell when all this is committed.
    touched: Vec<Change>,
}

impl PgSession {
    pub(crate) async fn begin(mut connection: Lent, changes: Changes) -> Result<Self, StoreError> {
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
    pub(crate) fn touch(&mut self, change: Change) {
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
        changes.tell(touched);
        Ok(())
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), StoreError> {
        AnsiTransactionManager::rollback_transaction(&mut *self.connection).await.map_err(store_error)
    }
}

#[async_trait]
impl NonceLog for PgSession {
    async fn remember(
        &mut self,
        domain: &VaspDomain,
        nonce: &str,
        timestamp: i64,
    ) -> Result<bool, NonceLogError> {
        use schema::nonces as n;
        let seen_at = Timestamp::from_timestamp(timestamp, 0)
            .ok_or_else(|| NonceLogError("the timestamp is out of range".into()))?;
        // A NUL cannot be stored; a nonce that has one is remembered by its escaped form.
        let nonce = nonce.escape_default().to_string();
        let added = insert_into(n::table)
            .values((n::domain.eq(domain.as_str()), n::nonce.eq(nonce), n::seen_at.eq(seen_at)))
            .on_conflict_do_nothing()
            .execute(self.db())
            .await
            .map_err(|error| NonceLogError(Box::new(store_error(error))))?;
        Ok(added == 1)
    }
}

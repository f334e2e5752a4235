use crate::{Postgres, error::store_error, schema, session::PgSession};
use async_trait::async_trait;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, delete, insert_into};
use diesel_async::RunQueryDsl;
use identity::{KNOWN_NETWORKS, KnownNetworkReader, KnownNetworkWriter, NetworkTag};
use kernel::{StoreError, Timestamp, UserId};
use schema::known_networks as k;

#[async_trait]
impl KnownNetworkReader for Postgres {
    async fn network_seen_at(
        &self,
        user: UserId,
        network: NetworkTag,
    ) -> Result<Option<Timestamp>, StoreError> {
        k::table
            .find((user.get(), network.as_slice()))
            .select(k::seen_at)
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)
    }
}

#[async_trait]
impl KnownNetworkWriter for PgSession {
    async fn put_network(
        &mut self,
        user: UserId,
        network: NetworkTag,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        insert_into(k::table)
            .values((k::user_id.eq(user.get()), k::network.eq(network.as_slice()), k::seen_at.eq(now)))
            .on_conflict((k::user_id, k::network))
            .do_update()
            .set(k::seen_at.eq(now))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        let kept: Vec<Vec<u8>> = k::table
            .filter(k::user_id.eq(user.get()))
            .order((k::seen_at.desc(), k::network))
            .limit(KNOWN_NETWORKS)
            .select(k::network)
            .load(self.db())
            .await
            .map_err(store_error)?;
        delete(k::table.filter(k::user_id.eq(user.get())).filter(k::network.ne_all(kept)))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn delete_networks(&mut self, user: UserId) -> Result<(), StoreError> {
        delete(k::table.filter(k::user_id.eq(user.get()))).execute(self.db()).await.map_err(store_error)?;
        Ok(())
    }
}

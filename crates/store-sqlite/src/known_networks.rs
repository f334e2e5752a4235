use crate::{
    error::Fault,
    schema,
    session::SqliteSession,
    store::Sqlite,
    values::{micros, timestamp_opt},
};
use async_trait::async_trait;
use diesel::{prelude::*, sqlite::SqliteConnection};
use identity::{KNOWN_NETWORKS, KnownNetworkReader, KnownNetworkWriter, NetworkTag};
use kernel::{StoreError, Timestamp, UserId};
use schema::known_networks::{dsl, table};

fn put(
    connection: &mut SqliteConnection,
    user: UserId,
    network: NetworkTag,
    now: Timestamp,
) -> Result<(), Fault> {
    diesel::replace_into(table)
        .values((
            dsl::user_id.eq(user.get()),
            dsl::network.eq(network.as_slice()),
            dsl::seen_at.eq(micros(now)),
        ))
        .execute(connection)?;
    let of_user = table.filter(dsl::user_id.eq(user.get()));
    let kept: Vec<Vec<u8>> = of_user
        .order((dsl::seen_at.desc(), dsl::network))
        .limit(KNOWN_NETWORKS)
        .select(dsl::network)
        .load(connection)?;
    diesel::delete(of_user.filter(dsl::network.ne_all(kept))).execute(connection)?;
    Ok(())
}

#[async_trait]
impl KnownNetworkReader for Sqlite {
    async fn network_seen_at(
        &self,
        user: UserId,
        network: NetworkTag,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |connection| {
            let seen: Option<i64> = table
                .find((user.get(), network.as_slice()))
                .select(dsl::seen_at)
                .get_result(connection)
                .optional()?;
            timestamp_opt(seen)
        })
        .await
    }
}

#[async_trait]
impl KnownNetworkWriter for SqliteSession {
    async fn put_network(
        &mut self,
        user: UserId,
        network: NetworkTag,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(move |connection, _| put(connection, user, network, now)).await
    }

    async fn delete_networks(&mut self, user: UserId) -> Result<(), StoreError> {
        self.run(move |connection, _| {
            diesel::delete(table.filter(dsl::user_id.eq(user.get()))).execute(connection)?;
            Ok(())
        })
        .await
    }
}

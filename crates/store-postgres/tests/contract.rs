//! The Postgres store under the contract suite, with two independent handles on one database.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{sync::Arc, time::Duration};
use store_postgres::{PgConfig, Postgres};
use testkit::{
    postgres::TestDatabase,
    store::{RunSql, StoreUnderTest},
};
use tokio_postgres::NoTls;

async fn migrate(url: String) {
    Postgres::connect(PgConfig::new(url)).await.unwrap().migrate().await.unwrap();
}

/// Few connections, so that callers wait for each other; long timeouts for a busy machine.
async fn handle(url: &str) -> Arc<Postgres> {
    let timeout = Duration::from_mins(1);
    let config = PgConfig {
        pool_size: 4,
        connect_timeout: timeout,
        statement_timeout: timeout,
        lock_timeout: timeout,
        idle_in_transaction_timeout: timeout,
        ..PgConfig::new(url)
    };
    Arc::new(Postgres::connect(config).await.unwrap())
}

async fn postgres() -> StoreUnderTest {
    let database = TestDatabase::create(migrate).await;
    let (first, second) = (handle(database.url()).await, handle(database.url()).await);
    let url = database.url().to_owned();
    let run_sql: RunSql = Arc::new(move |sql| {
        let url = url.clone();
        Box::pin(async move {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(&sql).await.unwrap();
        })
    });
    StoreUnderTest {
        store: first.clone(),
        holds: first.clone(),
        orders: first,
        second: Some((second.clone(), second.clone())),
        second_orders: Some(second),
        run_sql: Some(run_sql),
        keep: Box::new(database),
    }
}

testkit::store_contract!(postgres);

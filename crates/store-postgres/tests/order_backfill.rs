//! Databases of releases without orders.
#![expect(clippy::unwrap_used, reason = "tests")]

use box_office::{OrderReader, Views};
use store_postgres::{PgConfig, Postgres};
use testkit::{
    builders::{add_event, add_user, hold_request, new_event, noon, take},
    legacy::{self, Dialect},
    postgres::TestDatabase,
};
use tokio_postgres::{Client, NoTls};

async fn store(url: &str) -> Postgres {
    Postgres::connect(PgConfig::new(url)).await.unwrap()
}

async fn migrated() -> (TestDatabase, Postgres, Client) {
    let database = TestDatabase::create(async |url| {
        store(&url).await.migrate().await.unwrap();
    })
    .await;
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let store = store(database.url()).await;
    client.batch_execute(legacy::UNFINISHED).await.unwrap();
    (database, store, client)
}

async fn rows(client: &Client, query: &str) -> Vec<String> {
    client.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn assert_consistent(client: &Client) {
    for contradiction in legacy::CONTRADICTIONS {
        assert_eq!(rows(client, contradiction).await, Vec::<String>::new(), "{contradiction}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_of_earlier_releases_get_a_type_and_an_order_each() {
    let (_database, store, client) = migrated().await;
    client.batch_execute(&legacy::sales(Dialect::Postgres, 200, legacy::tickets())).await.unwrap();
    let before = store.ledger(noon()).await.unwrap();
    store.migrate_and_finish().await.unwrap();
    assert_consistent(&client).await;
    assert_eq!(store.ledger(noon()).await.unwrap(), before);
    assert_eq!(rows(&client, legacy::SUMMARY).await, legacy::summary(200, legacy::tickets()));
}

#[tokio::test(flavor = "multi_thread")]
async fn later_sales_and_settlements_of_earlier_releases_are_copied_by_the_next_run() {
    let (_database, store, client) = migrated().await;
    let event = add_event(&store, &new_event(5, 10)).await;
    let user = add_user(&store, 1).await;
    let first = take(&store, hold_request(&event, &user, 1)).await.ticket;
    store.migrate().await.unwrap();
    take(&store, hold_request(&event, &user, 2)).await;
    client.batch_execute(&legacy::changes(Dialect::Postgres, first.id)).await.unwrap();
    take(&store, hold_request(&event, &user, 3)).await;
    for _ in 0..2 {
        store.migrate().await.unwrap();
        assert_consistent(&client).await;
        let orders = ["expired", "pending", "pending"].iter().zip([10, 10, 11]);
        let orders: Vec<_> =
            orders.map(|(status, sats)| format!("{status}:account/{}:{sats}", user.id)).collect();
        assert_eq!(rows(&client, legacy::ORDERS).await, orders);
        assert_eq!(rows(&client, "SELECT price_sats::text FROM ticket_types").await, ["11"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rollout_is_finished_when_every_ticket_has_its_order() {
    let (database, store, client) = migrated().await;
    client.batch_execute(&legacy::sales(Dialect::Postgres, 2, 10)).await.unwrap();
    let (settling, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    settling.batch_execute("BEGIN; SELECT FROM tickets WHERE id = 4 FOR NO KEY UPDATE").await.unwrap();
    assert!(!store.orders_finished().await.unwrap());
    let finishing = tokio::spawn({
        let store = store.clone();
        async move { store.migrate_and_finish().await.unwrap() }
    });
    let without = "SELECT id::text FROM tickets WHERE order_id IS NULL";
    while rows(&client, without).await != ["4"] {
        tokio::task::yield_now().await;
    }
    assert!(!store.orders_finished().await.unwrap());
    settling.batch_execute("COMMIT").await.unwrap();
    finishing.await.unwrap();
    assert!(store.orders_finished().await.unwrap());
    assert_consistent(&client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn locked_tickets_do_not_delay_the_backfill_and_get_their_orders_in_the_next_run() {
    let (database, store, client) = migrated().await;
    client.batch_execute(&legacy::sales(Dialect::Postgres, 2, 10)).await.unwrap();
    let (settling, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    settling.batch_execute("BEGIN; SELECT FROM tickets WHERE id = 4 FOR NO KEY UPDATE").await.unwrap();
    store.migrate().await.unwrap();
    let without = "SELECT id::text FROM tickets WHERE order_id IS NULL";
    assert_eq!(rows(&client, without).await, ["4"]);
    settling.batch_execute("COMMIT").await.unwrap();
    store.migrate().await.unwrap();
    assert_consistent(&client).await;
}

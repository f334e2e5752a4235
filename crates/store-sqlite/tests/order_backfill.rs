//! Databases of releases without orders.

#![expect(clippy::unwrap_used, reason = "tests")]

use box_office::Views;
use diesel::{
    QueryableByName, RunQueryDsl,
    connection::{Connection, SimpleConnection},
    sql_query,
    sql_types::Text,
    sqlite::SqliteConnection,
};
use std::path::Path;
use store_sqlite::Sqlite;
use testkit::purchases::Purchases;
use testkit::{
    builders::{add_event, add_user, hold_request, new_event, noon, take},
    legacy::{self, Dialect},
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

fn database(path: &Path) -> SqliteConnection {
    let mut database = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    database.batch_execute("PRAGMA busy_timeout = 60000").unwrap();
    database
}

fn rows(path: &Path, query: &str) -> Vec<String> {
    let rows: Vec<Row> = sql_query(query).load(&mut database(path)).unwrap();
    rows.into_iter().map(|row| row.row).collect()
}

#[tokio::test]
async fn tickets_of_earlier_releases_get_a_type_and_an_order_each() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    drop(Sqlite::open(&path).await.unwrap());
    database(&path).batch_execute(legacy::UNFINISHED).unwrap();
    database(&path).batch_execute(&legacy::sales(Dialect::Sqlite, 200, legacy::tickets())).unwrap();
    let shop = Sqlite::open(&path).await.unwrap();
    for contradiction in legacy::CONTRADICTIONS {
        assert_eq!(rows(&path, contradiction), Vec::<String>::new(), "{contradiction}");
    }
    let after = shop.ledger(noon()).await.unwrap();
    database(&path).batch_execute(legacy::UNFINISHED).unwrap();
    // As the release before counts: without orders, types and codes.
    assert_eq!(shop.ledger(noon()).await.unwrap(), after);
    assert_eq!(rows(&path, legacy::SUMMARY), legacy::summary(200, legacy::tickets()));
}

#[tokio::test]
async fn later_sales_and_settlements_of_earlier_releases_are_copied_by_the_next_run() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    let shop = Sqlite::open(&path).await.unwrap();
    let event = add_event(&shop, &new_event(5, 10)).await;
    let user = add_user(&shop, 1).await;
    let unfinish = || database(&path).batch_execute(legacy::UNFINISHED).unwrap();
    unfinish();
    let first = take(&shop, hold_request(&event, &user, 1)).await.ticket;
    drop(Sqlite::open(&path).await.unwrap());
    unfinish();
    take(&shop, hold_request(&event, &user, 2)).await;
    database(&path).batch_execute(&legacy::changes(Dialect::Sqlite, first.id)).unwrap();
    shop.hold_all(&[hold_request(&event, &user, 3)]).await.unwrap();
    for _ in 0..2 {
        drop(Sqlite::open(&path).await.unwrap());
        for contradiction in legacy::CONTRADICTIONS {
            assert_eq!(rows(&path, contradiction), Vec::<String>::new(), "{contradiction}");
        }
        assert_eq!(
            rows(&path, legacy::ORDERS),
            ["expired:account/1:10", "pending:account/1:10", "pending:account/1:11"]
        );
        assert_eq!(rows(&path, "SELECT CAST(price_sats AS text) AS row FROM ticket_types"), ["11"]);
    }
}

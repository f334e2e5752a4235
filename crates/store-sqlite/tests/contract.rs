//! The embedded store under the contract suite: as a file with two independent handles, and in memory.

#![expect(clippy::unwrap_used, reason = "tests")]

mod file {
    use diesel::{Connection, connection::SimpleConnection, sqlite::SqliteConnection};
    use std::sync::Arc;
    use store_sqlite::Sqlite;
    use testkit::store::{RunSql, StoreUnderTest};

    async fn two_handles_on_one_file() -> StoreUnderTest {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data/shop.db");
        // Both handles create the file at the same time, as two processes may.
        let (first, second) = tokio::join!(Sqlite::open(&path), Sqlite::open(&path));
        let (first, second) = (Arc::new(first.unwrap()), Arc::new(second.unwrap()));
        let run_sql: RunSql = Arc::new(move |sql| {
            let path = path.to_str().unwrap().to_owned();
            Box::pin(async move {
                let mut database = SqliteConnection::establish(&path).unwrap();
                let settings = "PRAGMA busy_timeout = 60000; PRAGMA foreign_keys = OFF";
                database.batch_execute(settings).unwrap();
                database.batch_execute(&sql).unwrap();
            })
        });
        StoreUnderTest {
            store: first.clone(),
            holds: first.clone(),
            orders: first,
            second: Some((second.clone(), second.clone())),
            second_orders: Some(second),
            run_sql: Some(run_sql),
            keep: Box::new(directory),
        }
    }

    testkit::store_contract!(two_handles_on_one_file);
}

mod memory {
    use std::sync::Arc;
    use store_sqlite::Sqlite;
    use testkit::store::StoreUnderTest;

    async fn without_a_file() -> StoreUnderTest {
        let store = Arc::new(Sqlite::memory().await.unwrap());
        StoreUnderTest {
            store: store.clone(),
            holds: store.clone(),
            orders: store,
            second: None,
            second_orders: None,
            run_sql: None,
            keep: Box::new(()),
        }
    }

    testkit::store_contract!(without_a_file);
}

//! Three definitions of the tables agree: Postgres migrations, diesel schema, SQLite migrations.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeMap, fs, path::Path};
use store_postgres::{PgConfig, Postgres};
use testkit::postgres::{TestDatabase, eventually};
use tokio_postgres::{Client, NoTls};

/// Columns by table: name, type, whether it is nullable.
type Tables = BTreeMap<String, Vec<(String, String, bool)>>;

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn migrate(url: String) {
    Postgres::connect(PgConfig::new(url)).await.unwrap().migrate().await.unwrap();
}

async fn migrated() -> (TestDatabase, Client) {
    let database = TestDatabase::create(migrate).await;
    let client = client(database.url()).await;
    (database, client)
}

async fn database_tables(client: &Client) -> Tables {
    let rows = client
        .query(
            "SELECT table_name::text, column_name::text, udt_name::text, is_nullable = 'YES' \
            FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_migrations' \
            ORDER BY table_name, ordinal_position",
            &[],
        )
        .await
        .unwrap();
    let mut tables = Tables::new();
    for row in rows {
        tables.entry(row.get(0)).or_default().push((row.get(1), row.get(2), row.get(3)));
    }
    tables
}

fn diesel_tables() -> Tables {
    let mut tables = Tables::new();
    let mut table = String::new();
    for line in include_str!("../src/schema.rs").lines().map(str::trim) {
        if let Some((name, kind)) = line.trim_end_matches(',').split_once(" -> ")
            && !line.starts_with("diesel::")
        {
            let inner = kind.strip_prefix("Nullable<").map(|inner| inner.trim_end_matches('>'));
            let column = (name.to_owned(), inner.unwrap_or(kind).to_lowercase(), inner.is_some());
            tables.get_mut(&table).unwrap().push(column);
        } else if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            name.clone_into(&mut table);
            tables.insert(table.clone(), Vec::new());
        }
    }
    tables
}

#[tokio::test(flavor = "multi_thread")]
async fn diesel_schema_matches_the_migrations() {
    let (_database, client) = migrated().await;
    assert_eq!(diesel_tables(), database_tables(&client).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn payment_hash_column_accepts_only_lowercase_hex() {
    let (_database, client) = migrated().await;
    client
        .batch_execute(
            "INSERT INTO events (title, description, start_time, end_time, capacity, price_sats, stream_url, search_text, \
            created_at, updated_at) \
            VALUES ('e', '', now(), now() + interval '1 hour', 1, 1, 'https://example.com', '', now(), now())",
        )
        .await
        .unwrap();
    let insert = "INSERT INTO uma_request_invoices (event_id, invoice_id, payment_hash, bolt11, amount_msats, metadata, \
        uma_address, expires_at, created_at) SELECT id, 'i', $1, 'b', 1, '', '', now(), now() FROM events";
    let good = "0123456789abcdef".repeat(4);
    for bad in [
        "",
        "00",
        &good.to_uppercase(),
        &good.replace('f', "g"),
        &format!("{good}00"),
        &good.replace("f0", " "),
    ] {
        assert!(client.execute(insert, &[&bad]).await.is_err(), "{bad:?}");
    }
    assert_eq!(client.execute(insert, &[&good]).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_migrations_apply_each_version_once() {
    let database = TestDatabase::create(migrate).await;
    let client = client(database.url()).await;
    client.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
    let store = Postgres::connect(PgConfig::new(database.url())).await.unwrap();
    let needed = store.missing_migrations().await.unwrap();
    assert!(!needed.is_empty());
    let (one, two, three) = tokio::join!(store.migrate(), store.migrate(), store.migrate());
    let mut added = [one.unwrap(), two.unwrap(), three.unwrap()].concat();
    added.sort();
    assert_eq!(added, needed);
    assert_eq!(store.missing_migrations().await.unwrap(), Vec::<String>::new());
    assert_eq!(diesel_tables(), database_tables(&client).await);
}

/// A purchase locks tables in another order than the file that adds orders.
#[tokio::test(flavor = "multi_thread")]
async fn migration_is_repeated_after_a_deadlock_with_a_running_shop() {
    let (database, admin) = migrated().await;
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres");
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let version =
        |file: &Path| -> String { file.file_name().unwrap().to_str().unwrap().chars().take(14).collect() };
    for file in files.iter().rev().take_while(|file| version(file).as_str() >= "20261207000001") {
        let text = fs::read_to_string(file).unwrap();
        admin.batch_execute(text.split_once("-- migrate:down").unwrap().1).await.unwrap();
        admin.execute("DELETE FROM schema_migrations WHERE version = $1", &[&version(file)]).await.unwrap();
    }
    let purchase = client(database.url()).await;
    purchase.batch_execute("BEGIN; LOCK TABLE payments IN ROW EXCLUSIVE MODE").await.unwrap();
    let store = Postgres::connect(PgConfig::new(database.url())).await.unwrap();
    let migrating = tokio::spawn(async move { store.migrate().await });
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'payments'::regclass";
    eventually("the migration waits", async || {
        admin.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 1
    })
    .await;
    // The database ends one of the two transactions; a shop repeats its own.
    drop(purchase.batch_execute("LOCK TABLE tickets IN ROW EXCLUSIVE MODE").await);
    purchase.batch_execute("ROLLBACK").await.unwrap();
    assert!(migrating.await.unwrap().unwrap().contains(&"20261207000001".to_owned()));
}

/// Columns of one store only: derived values of its lists, or its way to link rows.
const STORE_SPECIFIC_COLUMNS: [(&str, &str); 4] = [
    ("payments", "kept_msats"),
    ("payments", "received_msats"),
    ("webhook_inbox", "job_id"),
    ("webhook_inbox", "processed_at"),
];

/// Parses tables and columns from the lines of a directory's migrations that create, drop or rename a table, or add a column.
fn migration_columns(store: &str) -> BTreeMap<String, Vec<String>> {
    let directory = format!("{}/../../migrations/{store}", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let mut table = None;
        for line in text.split("-- migrate:down").next().unwrap().lines() {
            let tokens: Vec<_> = line.trim_end_matches(';').split_whitespace().collect();
            match tokens[..] {
                ["CREATE", "TABLE", name, "("] => table = Some(name.to_owned()),
                ["ALTER", "TABLE", name, "ADD", "COLUMN", column, ..] => {
                    tables.entry(name.to_owned()).or_default().push(column.to_owned());
                }
                ["DROP", "TABLE", name] => drop(tables.remove(name)),
                ["ALTER", "TABLE", name, "RENAME", "TO", new] => {
                    let columns = tables.remove(name).unwrap();
                    tables.insert(new.to_owned(), columns);
                }
                [first, ..] if first.starts_with(')') => table = None,
                [column, _, ..]
                    if column.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()) =>
                {
                    if let Some(table) = &table {
                        tables.entry(table.clone()).or_default().push(column.to_owned());
                    }
                }
                _ => {}
            }
        }
    }
    for (table, columns) in &mut tables {
        columns.retain(|column| !STORE_SPECIFIC_COLUMNS.contains(&(table, column)));
        columns.sort();
    }
    tables
}

#[test]
fn both_stores_have_the_same_tables_and_columns() {
    let postgres = migration_columns("postgres");
    assert_eq!(postgres.len(), diesel_tables().len());
    assert_eq!(postgres, migration_columns("sqlite"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_migration_can_be_reverted() {
    let (_database, client) = migrated().await;
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres");
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.into_iter().rev() {
        let text = fs::read_to_string(file).unwrap();
        client.batch_execute(text.split_once("-- migrate:down").unwrap().1).await.unwrap();
    }
    assert_eq!(database_tables(&client).await, Tables::new());
}

use crate::{connect::Connector, error::driver_error, order_backfill};
use futures_util::StreamExt;
use kernel::StoreError;
use std::time::Duration;
use tokio_postgres::{Client, error::SqlState};

/// Files of `migrations/postgres`, in dbmate's format.
#[derive(rust_embed::Embed)]
#[folder = "../../migrations/postgres"]
struct Files;

/// Advisory lock key, the same in all replicas: `tickets` in ASCII.
const LOCK: i64 = 0x0074_6963_6b65_7473;
const LOCK_POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Repetitions of a file that is rolled back by deadlocks with transactions of a running shop.
const MAX_DEADLOCKS: u32 = 20;

#[derive(Debug, PartialEq, Eq)]
struct Migration {
    /// Leading digits of the file name, as dbmate stores them.
    version: String,
    /// SQL of the `migrate:up` section.
    up: String,
    /// Whether it runs in a transaction; `CREATE INDEX CONCURRENTLY` must not.
    in_transaction: bool,
}

/// Applies pending migrations, adds missing orders, and returns the versions applied. Concurrent calls are serialised by an advisory
/// lock.
pub(crate) async fn migrate(connector: &Connector) -> Result<Vec<String>, StoreError> {
    with_client(connector, false).await
}

/// As [`migrate`], then declares that all processes maintain orders: none of a release without orders runs any more.
pub(crate) async fn migrate_and_finish(connector: &Connector) -> Result<Vec<String>, StoreError> {
    with_client(connector, true).await
}

async fn with_client(connector: &Connector, finish: bool) -> Result<Vec<String>, StoreError> {
    let (client, mut messages) = connector.bare().await.map_err(driver_error)?;
    let driver = tokio::spawn(async move { while let Some(Ok(_)) = messages.next().await {} });
    let done = run(&client, &all()?, finish).await;
    drop(client);
    // Wait until the connection is closed: callers may need a database without connections.
    drop(driver.await);
    done
}

/// Returns the versions that this binary has and `applied` lacks.
pub(crate) fn missing(applied: &[String]) -> Result<Vec<String>, StoreError> {
    let known = all()?.into_iter().map(|migration| migration.version);
    Ok(known.filter(|version| !applied.contains(version)).collect())
}

async fn run(client: &Client, migrations: &[Migration], finish: bool) -> Result<Vec<String>, StoreError> {
    // Migrations have no timeouts. The advisory lock is released with the connection.
    client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0").await.map_err(driver_error)?;
    // Polled: waiting in `pg_advisory_lock` holds a snapshot, which blocks `CREATE INDEX CONCURRENTLY`.
    let locked = format!("SELECT pg_try_advisory_lock({LOCK})");
    while !client.query_one(&locked, &[]).await.and_then(|row| row.try_get(0)).map_err(driver_error)? {
        tokio::time::sleep(LOCK_POLL_INTERVAL).await;
    }
    client
        .batch_execute("CREATE TABLE IF NOT EXISTS schema_migrations (version varchar(128) PRIMARY KEY)")
        .await
        .map_err(driver_error)?;
    let rows = client.query("SELECT version FROM schema_migrations", &[]).await.map_err(driver_error)?;
    let applied: Vec<String> =
        rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(driver_error)?;
    let mut added = Vec::new();
    for migration in migrations.iter().filter(|migration| !applied.contains(&migration.version)) {
        let record = format!("INSERT INTO schema_migrations (version) VALUES ('{}')", migration.version);
        if migration.in_transaction {
            apply(client, &format!("BEGIN; {}\n; {record}; COMMIT", migration.up)).await?;
        } else {
            client.batch_execute(&migration.up).await.map_err(driver_error)?;
            client.batch_execute(&record).await.map_err(driver_error)?;
        }
        tracing::info!(version = %migration.version, "migrated the database");
        added.push(migration.version.clone());
    }
    let orders = order_backfill::backfill(client).await?;
    if orders > 0 {
        tracing::info!(orders, "added the orders of earlier tickets");
    }
    // No other release has used a new database.
    if finish || applied.is_empty() {
        order_backfill::finish(client).await?;
    }
    Ok(added)
}

/// Applies a file in its transaction. It locks several tables, which a purchase may lock in another order.
async fn apply(client: &Client, file: &str) -> Result<(), StoreError> {
    let mut deadlocks = 0;
    while let Err(error) = client.batch_execute(file).await {
        if error.code() != Some(&SqlState::T_R_DEADLOCK_DETECTED) || deadlocks == MAX_DEADLOCKS {
            return Err(driver_error(error));
        }
        deadlocks = deadlocks.saturating_add(1);
        client.batch_execute("ROLLBACK").await.map_err(driver_error)?;
        tokio::time::sleep(LOCK_POLL_INTERVAL).await;
    }
    Ok(())
}

fn all() -> Result<Vec<Migration>, StoreError> {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    names
        .iter()
        .map(|name| {
            let file = Files::get(name)
                .ok_or_else(|| StoreError::Corrupt(format!("embedded migration {name} is missing")))?;
            let text = String::from_utf8_lossy(&file.data);
            parse(name, &text)
                .ok_or_else(|| StoreError::Corrupt(format!("migration {name} is not in dbmate's format")))
        })
        .collect()
}

fn parse(name: &str, text: &str) -> Option<Migration> {
    let version: String = name.chars().take_while(char::is_ascii_digit).collect();
    let (_, body) = text.split_once("-- migrate:up")?;
    let (up, _) = body.split_once("-- migrate:down")?;
    let (options, sql) = up.split_once('\n')?;
    (!version.is_empty()).then(|| Migration {
        version,
        up: sql.trim().to_owned(),
        in_transaction: !options.contains("transaction:false"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dbmate_files_are_parsed_with_their_options() {
        let text = "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON t (c);\n-- migrate:down\nDROP INDEX i;\n";
        let expected = Migration {
            version: "20261123000001".into(),
            up: "CREATE INDEX CONCURRENTLY i ON t (c);".into(),
            in_transaction: false,
        };
        assert_eq!(parse("20261123000001_index.sql", text), Some(expected));
        assert_eq!(parse("index.sql", text), None);
        assert_eq!(parse("1_index.sql", "CREATE TABLE t ()"), None);
    }

    #[test]
    fn every_migration_parses_and_versions_ascend() {
        let versions: Vec<_> = all().unwrap().into_iter().map(|migration| migration.version).collect();
        assert!(!versions.is_empty());
        assert!(versions.is_sorted_by(|one, next| one < next), "{versions:?}");
    }
}

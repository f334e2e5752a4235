use crate::error::Fault;
use diesel::{
    backend::Backend,
    connection::BoxableConnection,
    migration::{Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion, Result},
    sqlite::{Sqlite, SqliteConnection},
};
use diesel_migrations::MigrationHarness;
use std::fmt;

/// Migration files in dbmate's format. Operators can also apply them with dbmate
/// (`DBMATE_MIGRATIONS_TABLE=__diesel_schema_migrations`).
#[derive(rust_embed::RustEmbed)]
#[folder = "../../migrations/sqlite"]
struct Files;

struct Dbmate;

struct File {
    name: FileName,
    up: String,
    down: String,
    metadata: Metadata,
}

struct FileName(String);

struct Metadata {
    in_transaction: bool,
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl MigrationName for FileName {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(self.0.split('_').next().unwrap_or_default().to_owned())
    }
}

impl MigrationMetadata for Metadata {
    fn run_in_transaction(&self) -> bool {
        self.in_transaction
    }
}

impl<DB: Backend> Migration<DB> for File {
    fn run(&self, connection: &mut dyn BoxableConnection<DB>) -> Result<()> {
        Ok(connection.batch_execute(&self.up)?)
    }

    fn revert(&self, connection: &mut dyn BoxableConnection<DB>) -> Result<()> {
        Ok(connection.batch_execute(&self.down)?)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &self.metadata
    }

    fn name(&self) -> &dyn MigrationName {
        &self.name
    }
}

impl File {
    fn parse(name: &str, text: &str) -> Self {
        let mut file = Self {
            name: FileName(name.trim_end_matches(".sql").to_owned()),
            up: String::new(),
            down: String::new(),
            metadata: Metadata { in_transaction: true },
        };
        let mut downwards = false;
        for line in text.lines() {
            if let Some(options) = line.strip_prefix("-- migrate:") {
                downwards = options.starts_with("down");
                if !downwards && options.contains("transaction:false") {
                    file.metadata.in_transaction = false;
                }
            } else {
                let half = if downwards { &mut file.down } else { &mut file.up };
                half.push_str(line);
                half.push('\n');
            }
        }
        file
    }
}

impl MigrationSource<Sqlite> for Dbmate {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<Sqlite>>>> {
        let mut names: Vec<_> = Files::iter().filter(|name| name.ends_with(".sql")).collect();
        names.sort_unstable();
        let mut files: Vec<Box<dyn Migration<Sqlite>>> = Vec::with_capacity(names.len());
        for name in names {
            let file = Files::get(&name).ok_or_else(|| format!("embedded file {name} is missing"))?;
            files.push(Box::new(File::parse(&name, std::str::from_utf8(&file.data)?)));
        }
        Ok(files)
    }
}

/// Applies pending migrations. The write lock serialises processes that start at the same time.
pub(crate) fn migrate(connection: &mut SqliteConnection) -> std::result::Result<(), Fault> {
    connection.immediate_transaction(|connection| {
        connection.run_pending_migrations(Dbmate).map(|_| ()).map_err(Fault::Migration)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::{Connection, RunQueryDsl, dsl::sql, sql_types::BigInt};

    fn tables(connection: &mut SqliteConnection) -> i64 {
        let count = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' \
                     AND name NOT LIKE 'sqlite%'";
        diesel::select(sql::<BigInt>(&format!("({count})"))).get_result(connection).unwrap()
    }

    #[test]
    fn migrations_apply_once_and_revert_completely() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        migrate(&mut connection).unwrap();
        let first = tables(&mut connection);
        migrate(&mut connection).unwrap();
        assert_eq!(tables(&mut connection), first);
        assert!(first > 10);
        connection.revert_all_migrations(Dbmate).unwrap();
        assert_eq!(tables(&mut connection), 0);
        migrate(&mut connection).unwrap();
        assert_eq!(tables(&mut connection), first);
    }

    #[test]
    fn file_is_split_at_its_markers() {
        let file =
            File::parse("1_x.sql", "-- migrate:up transaction:false\nA;\n-- why\n\n-- migrate:down\nB;\n");
        assert_eq!((file.up.as_str(), file.down.as_str()), ("A;\n-- why\n\n", "B;\n"));
        assert!(!file.metadata.in_transaction);
        assert_eq!(file.name.to_string(), "1_x");
    }
}

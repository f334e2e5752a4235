//! `deploy/roles.sql`: the server runs as a role that cannot change the schema, beside one that can.
#![expect(clippy::unwrap_used, reason = "tests")]

use box_office::{Store, Views};
use std::{
    io::Write,
    process::{Command, Stdio},
};
use store_postgres::{PgConfig, Postgres};
use testkit::{
    builders::{add_event, add_user, attach, hold_request, new_event, new_invoice, noon, settle, take},
    postgres::Cluster,
};
use tokio_postgres::NoTls;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/roles.sql");

fn make_roles(admin: &str) {
    let done = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", admin, "-f", SCRIPT])
        .envs([("APP_PASSWORD", "it's a secret"), ("MIGRATE_PASSWORD", "another one")])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

async fn runs(url: &str, statement: &str) -> bool {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(statement).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn app_role_sells_but_cannot_change_the_schema() {
    let cluster = Cluster::start(false);
    let admin = cluster.url("postgres");
    let of = |role: &str| admin.replacen("://tickets@", &format!("://{role}@"), 1);
    let (migrate, app) = (of("tickets_migrate"), of("tickets_app"));
    // A database from before the roles, converted.
    Postgres::connect(PgConfig::new(admin.clone())).await.unwrap().migrate().await.unwrap();
    make_roles(&admin);
    make_roles(&admin);
    let owner = Postgres::connect(PgConfig::new(migrate.clone())).await.unwrap();
    assert_eq!(owner.migrate().await.unwrap(), Vec::<String>::new());
    assert!(runs(&migrate, "CREATE TABLE later (id bigserial PRIMARY KEY, text text)").await);

    let shop = Postgres::connect(PgConfig::new(app.clone())).await.unwrap();
    shop.ping().await.unwrap();
    assert_eq!(shop.missing_migrations().await.unwrap(), Vec::<String>::new());
    let event = add_event(&shop, &new_event(5, 10)).await;
    let user = add_user(&shop, 1).await;
    let hold = take(&shop, hold_request(&event, &user, 1)).await;
    let payment = hold.payment.clone().unwrap();
    let invoice = attach(&shop, new_invoice(&payment, 1)).await;
    settle(&shop, &hold, &invoice, payment.state.price, noon()).await;
    assert_eq!(shop.ledger(noon()).await.unwrap().kept, payment.state.price);
    assert!(runs(&app, "INSERT INTO later (text) VALUES ('tables of later releases')").await);
    for statement in [
        "CREATE TABLE evil (id int)",
        "DROP TABLE tickets CASCADE",
        "TRUNCATE tickets CASCADE",
        "ALTER TABLE tickets ADD COLUMN evil int",
        "SET ROLE tickets_migrate",
        "CREATE ROLE evil SUPERUSER",
    ] {
        assert!(!runs(&app, statement).await, "{statement}");
    }
}

/// Runs both scripts as `deploy/terraform/job.tf` does, on a server whose only database is `postgres`.
#[tokio::test(flavor = "multi_thread")]
async fn terraform_job_creates_the_database_and_roles() {
    let cluster = Cluster::start(false);
    let admin = cluster.url("postgres");
    let database = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/terraform/database.sql");
    let scripts = [database, SCRIPT].map(|script| std::fs::read_to_string(script).unwrap()).concat();
    for _ in 0..2 {
        let mut psql = Command::new("psql")
            .args(["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", &admin])
            .envs([("APP_PASSWORD", "it's a secret"), ("MIGRATE_PASSWORD", "another one")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        psql.stdin.take().unwrap().write_all(scripts.as_bytes()).unwrap();
        assert!(psql.wait().unwrap().success());
    }
    let migrate = cluster.url("tickets").replacen("://tickets@", "://tickets_migrate@", 1);
    let owner = Postgres::connect(PgConfig::new(migrate)).await.unwrap();
    assert!(!owner.migrate().await.unwrap().is_empty());
}

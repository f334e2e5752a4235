//! During a rollout the previous release reads and writes the new schema (`migrations/README.md`). Every
//! migration is tested with the schema before it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use box_office::{
    Announcement, Holds, MailCharge, MailScope, NewAudit, NewWebhook, OverLimit, PaymentQuery, Queue,
    RecipientLimits, SeenPayreq, ViewerCount, Views, WatchReader, WatchSessionId,
};
use events::{KnownEvent, Zone};
use kernel::{JobId, Page};
use payments::{Evidence, NewRefund, OrderStatus, OutgoingOrder, Payer, PaymentEvent, PaymentStatus};
use std::{collections::BTreeMap, fs};
use store_postgres::{PgConfig, Postgres};
use testkit::purchases::HoldRequest;
use testkit::{
    builders::{
        add_event, add_user, at, attach, connection, email_token, hold_request, idempotency_key, in_session,
        msats, new_event, new_invoice, noon, payment_hash, seen_nonce, settle, take,
    },
    postgres::TestDatabase,
};
use tokio_postgres::{Client, NoTls};

/// Columns (`table.column`) removed after a release had stopped using them: the last of three steps.
const CONTRACTED: [(&str, &str); 0] = [];

async fn store(url: &str) -> Postgres {
    Postgres::connect(PgConfig::new(url)).await.unwrap()
}

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Writes at least one row to each table.
async fn sell(store: &Postgres) {
    let event = add_event(store, &new_event(5, 10)).await;
    let user = add_user(store, 1).await;
    let request = HoldRequest { key: Some(idempotency_key("once", 1)), ..hold_request(&event, &user, 1) };
    let hold = take(store, request).await;
    let payment = hold.payment.clone().unwrap();
    let invoice = attach(store, new_invoice(&payment, 1)).await;
    settle(store, &hold, &invoice, msats(10_007), at(1)).await;
    take(store, hold_request(&event, &user, 2)).await;
    store.remember_all(&[seen_nonce("vasp.example", "1", noon())]).await.unwrap();
    let webhook = NewWebhook {
        event_id: "event-1".to_owned(),
        body: b"{}".to_vec(),
        signature: "aa".to_owned(),
        received_at: noon(),
    };
    assert!(store.receive_webhook(&webhook).await.unwrap());
    let scope = MailScope {
        key: "address/1".to_owned(),
        burst: 1,
        interval: chrono::Duration::minutes(1),
        over: OverLimit::Drop,
    };
    store.charge_mail(&[MailCharge { job: JobId::new(1), scopes: vec![scope], at: noon() }]).await.unwrap();
    // The second order stays pending.
    in_session(store, async |session| session.erase_orders(user.id).await.unwrap()).await;
    let payreq = SeenPayreq { payment_id: payment.id, payer: "$alice@vasp.example".to_owned(), at: noon() };
    store.mark_payreqs(&[payreq]).await.unwrap();
    let announcement = Announcement { text: "Doors".to_owned(), at: noon() };
    let viewers = ViewerCount { event: event.id, process: 1, viewers: 1, at: noon(), since: noon() };
    store.count_viewers(&viewers).await.unwrap();
    in_session(store, async |session| {
        let ticket = session.ticket_for_update(hold.ticket.id).await.unwrap().unwrap();
        session.put_watch_session(&ticket, WatchSessionId([1; 16]), noon()).await.unwrap();
        session.put_announcement(event.id, Some(&announcement)).await.unwrap();
        let known = KnownEvent {
            title: event.title.clone(),
            start_time: event.start_time,
            end_time: event.end_time,
            stream_url: event.stream_url.clone(),
        };
        assert_eq!(session.add_event_updates(event.id, &known).await.unwrap(), 1);
        let refund = NewRefund {
            payment_id: payment.id,
            amount: msats(7),
            destination: "$alice@vasp.example".to_owned(),
            requested_by: Some(user.id),
            created_at: at(2),
        };
        let refund = session.add_refund(&refund).await.unwrap();
        let order = OutgoingOrder {
            payer: Payer::Node,
            payment_hash: payment_hash(9),
            payment_id: payment.id,
            refund_id: Some(refund.id),
            bolt11: "lnbcrt9".to_owned(),
            amount: msats(7),
            attempt: 1,
            ordered_at: at(2),
            expires_at: at(17),
            status: OrderStatus::Ordered,
            detail: String::new(),
            answered_at: Some(at(3)),
        };
        assert!(session.add_outgoing_order(&order).await.unwrap());
        session.put_wallet(&connection(user.id)).await.unwrap();
        session.put_network(user.id, [1; 16], noon()).await.unwrap();
        session.put_email_token(&email_token(&user, 1)).await.unwrap();
        let audit = NewAudit {
            actor: Some(user.id),
            action: "payment.refund".to_owned(),
            subject: "payment/1".to_owned(),
            detail: String::new(),
            at: at(2),
        };
        session.audit(&audit).await.unwrap();
        let entry =
            PaymentEvent::of_evidence(payment.id, Evidence::HoldLapsed, PaymentStatus::Expired, at(3));
        session.add_payment_event(&entry).await.unwrap();
    })
    .await;
}

/// Columns and types by table, as known to the release of that time.
type SchemaColumns = BTreeMap<String, Vec<(String, String)>>;

async fn schema_columns(client: &Client) -> SchemaColumns {
    let columns = "SELECT c.table_name::text, c.column_name::text, c.udt_name::text FROM information_schema.columns c \
        JOIN information_schema.tables t USING (table_schema, table_name) \
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name <> 'schema_migrations' \
        AND c.is_generated = 'NEVER' ORDER BY c.table_name, c.ordinal_position";
    let mut known = SchemaColumns::new();
    for row in client.query(columns, &[]).await.unwrap() {
        known.entry(row.get(0)).or_default().push((row.get(1), row.get(2)));
    }
    known
}

fn list(columns: &[(String, String)]) -> String {
    columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// Reads all rows with the columns known to that release.
async fn read(client: &Client, table: &str, columns: &[(String, String)]) -> Vec<String> {
    let all =
        format!("SELECT row_to_json(r)::text FROM (SELECT {} FROM {table}) r ORDER BY 1", list(columns));
    let rows = client.query(&all, &[]).await.unwrap_or_else(|error| panic!("cannot read {table}: {error}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// Reinserts every row and updates all its columns, using only column names known to that release.
async fn write(client: &Client, table: &str, columns: &[(String, String)]) {
    let names = list(columns);
    let same = columns.iter().map(|(name, _)| format!("\"{name}\" = \"{name}\"")).collect::<Vec<_>>();
    // Referencing rows stay: only INSERT and UPDATE are tested.
    let script = format!(
        "BEGIN; SET LOCAL session_replication_role = replica; \
        CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT {names} FROM {table}; DELETE FROM {table}; \
        INSERT INTO {table} ({names}) SELECT {names} FROM kept; UPDATE {table} SET {}; COMMIT",
        same.join(", ")
    );
    let written = client.batch_execute(&script).await;
    written.unwrap_or_else(|error| panic!("cannot write {table}: {error:?}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn previous_release_reads_and_writes_after_each_migration() {
    let database = TestDatabase::create(async |url| {
        store(&url).await.migrate().await.unwrap();
    })
    .await;
    let newest = store(database.url()).await;
    sell(&newest).await;
    let payments = newest.payment_views(&PaymentQuery::default(), Page::default()).await.unwrap();
    let client = client(database.url()).await;
    // The orders of these sales, and a promo code.
    newest.migrate().await.unwrap();
    let promo_code = "INSERT INTO promo_codes (event_id, code, discount_kind, all_types, created_at, updated_at) \
            SELECT id, 'CREW', 'free', false, now(), now() FROM events; \
        INSERT INTO promo_code_types SELECT k.id, y.id FROM promo_codes k, ticket_types y";
    client.batch_execute(promo_code).await.unwrap();
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres");
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 1);
    // Step by step back to the first migration: each step is the schema of the release before the next file.
    for count in (1..files.len()).rev() {
        for file in files.get(count..).unwrap().iter().rev() {
            let text = fs::read_to_string(file).unwrap();
            client.batch_execute(text.split_once("-- migrate:down").unwrap().1).await.unwrap();
            let version: String = file.file_name().unwrap().to_str().unwrap().chars().take(14).collect();
            client.execute("DELETE FROM schema_migrations WHERE version = $1", &[&version]).await.unwrap();
        }
        let before = schema_columns(&client).await;
        let mut rows = BTreeMap::new();
        for (table, columns) in &before {
            let found = read(&client, table, columns).await;
            assert!(!found.is_empty(), "no row in {table}");
            rows.insert(table.clone(), found);
        }
        assert_eq!(newest.migrate().await.unwrap().len(), files.len() - count);
        let after = schema_columns(&client).await;
        for (table, columns) in &before {
            let used = |(column, _): &&(String, String)| !CONTRACTED.contains(&(table, column));
            let columns: Vec<_> = columns.iter().filter(used).cloned().collect();
            for column in &columns {
                let now = after.get(table).unwrap_or_else(|| panic!("{table} is missing"));
                assert!(now.contains(column), "{table} no longer has {column:?}");
            }
            assert_eq!(read(&client, table, &columns).await, rows[table], "{table}");
            write(&client, table, &columns).await;
            assert_eq!(read(&client, table, &columns).await, rows[table], "{table}");
        }
    }
    // The newest release reads rows written by older ones; columns unknown to those have their defaults.
    let mut expected = payments;
    for view in &mut expected {
        view.event.time_zone = Zone::UTC;
        view.ticket.link_key = None;
        view.ticket.order = None;
    }
    assert_eq!(newest.payment_views(&PaymentQuery::default(), Page::default()).await.unwrap(), expected);
}

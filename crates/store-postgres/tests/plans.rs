//! Query plans: sales use indexes, however small the tables were when the plans were made.
#![expect(clippy::unwrap_used, reason = "tests")]

use box_office::{CollectionUpdate, Holds, JobEnd, NewWebhook, Queue, Views};
use events::{EventQuery, EventReader};
use kernel::{Page, PaymentId};
use payments::{Collection, CollectionState, PaymentReader};
use std::collections::BTreeMap;
use store_postgres::{PgConfig, Postgres};
use testkit::purchases::{HoldOutcome, Purchases};
use testkit::{
    builders::{
        add_event, add_user, at, attach, hold_request, new_event, new_invoice, noon, payment_hash,
        seen_nonce, settle, take,
    },
    postgres::{TestDatabase, eventually},
};
use tickets::TicketReader;
use tokio_postgres::{Client, NoTls};

async fn migrate(url: String) {
    Postgres::connect(PgConfig::new(url)).await.unwrap().migrate().await.unwrap();
}

/// Sequential scans by table.
async fn sequential_scans(client: &Client) -> BTreeMap<String, i64> {
    let rows = client.query("SELECT relname::text, seq_scan FROM pg_stat_user_tables", &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).filter(|(_, scans)| *scans > 0).collect()
}

async fn sell(store: &Postgres) {
    let event = add_event(store, &new_event(50, 10)).await;
    let user = add_user(store, 1).await;
    for number in 0..20 {
        let hold = take(store, hold_request(&event, &user, number)).await;
        let payment = hold.payment.clone().unwrap();
        let invoice = attach(store, new_invoice(&payment, number)).await;
        store.event(event.id).await.unwrap();
        store.events(&EventQuery::default(), Page::default()).await.unwrap();
        store.ticket_view(hold.ticket.id).await.unwrap();
        store.payment_view(payment.id).await.unwrap();
        store.invoices_of(payment.id).await.unwrap();
        store.invoice_by_node_id(&invoice.invoice_id).await.unwrap();
        store.lapsed_holds(at(1), 10).await.unwrap();
        store.remember_all(&[seen_nonce("vasp.example", &number.to_string(), noon())]).await.unwrap();
        settle(store, &hold, &invoice, invoice.amount, at(1)).await;
        let webhook = NewWebhook {
            event_id: number.to_string(),
            body: b"{}".to_vec(),
            signature: String::new(),
            received_at: noon(),
        };
        store.receive_webhook(&webhook).await.unwrap();
        let jobs = store.claim_jobs(noon(), at(1), 10).await.unwrap();
        let ends: Vec<_> = jobs.into_iter().map(|job| (job, JobEnd::Done)).collect();
        store.finish_jobs(&ends).await.unwrap();
        store.job_stats(noon()).await.unwrap();
        store.in_flight().await.unwrap();
        store.tickets_of(&[(user.id, Page::default())]).await.unwrap();
        store.tickets_by_id(&[hold.ticket.id]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sale_scans_no_table() {
    let database = TestDatabase::create(migrate).await;
    let store = Postgres::connect(PgConfig::new(database.url())).await.unwrap();
    sell(&store).await;
    drop(store);
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    // The server reports a connection's statistics when it ends.
    eventually("statistics", async || {
        let tables = "SELECT count(*) FROM pg_stat_user_tables \
            WHERE relname IN ('tickets', 'jobs', 'nonces', 'webhook_inbox') AND n_tup_ins >= 20";
        client.query_one(tables, &[]).await.unwrap().get::<_, i64>(0) == 4
    })
    .await;
    assert_eq!(sequential_scans(&client).await, BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn finishing_jobs_does_not_read_the_whole_queue() {
    const MANY: u32 = 2_000;
    let database = TestDatabase::create(migrate).await;
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let store = Postgres::connect(PgConfig::new(database.url())).await.unwrap();
    let fill = async |count: u32| {
        let jobs = "INSERT INTO jobs (task, run_at) SELECT '{\"task\": \"collect\", \"payment_id\": 1}', $2 \
            FROM generate_series(1, $1::bigint)";
        client.execute(jobs, &[&i64::from(count), &noon()]).await.unwrap();
    };
    let finish_some = async || {
        let jobs = store.claim_jobs(noon(), at(1), 5).await.unwrap();
        let ends: Vec<_> = jobs.into_iter().map(|job| (job, JobEnd::Done)).collect();
        assert_eq!(store.finish_jobs(&ends).await.unwrap(), [true; 5]);
    };
    // The generic plans are cached while the queue is short.
    for _ in 0..10 {
        fill(5).await;
        finish_some().await;
    }
    fill(MANY).await;
    for _ in 0..10 {
        finish_some().await;
    }
    drop(store);
    eventually("statistics", async || {
        let ended = "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'jobs'";
        client.query_one(ended, &[]).await.unwrap().get::<_, i64>(0) >= 200
    })
    .await;
    let reads = "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname = 'jobs'";
    let reads: i64 = client.query_one(reads, &[]).await.unwrap().get(0);
    assert!(reads < i64::from(MANY), "{reads} index entries were read to claim and finish 100 jobs");
}

#[tokio::test(flavor = "multi_thread")]
async fn collection_updates_do_not_read_all_pending_payments() {
    const MANY: u64 = 1_000;
    let database = TestDatabase::create(migrate).await;
    let store = Postgres::connect(PgConfig::new(database.url())).await.unwrap();
    let event = add_event(&store, &new_event(10_000, 10)).await;
    let user = add_user(&store, 1).await;
    let hold = async |first: u64, count: u64| {
        let hold_requests: Vec<_> =
            (first..first + count).map(|number| hold_request(&event, &user, number)).collect();
        let held = store.hold_all(&hold_requests).await.unwrap().into_iter();
        held.map(|outcome| match outcome {
            HoldOutcome::Held(hold) => hold.payment.unwrap().id,
            other => panic!("{other:?}"),
        })
        .collect::<Vec<_>>()
    };
    let update = async |payments: &[PaymentId]| {
        let collection = Collection { state: CollectionState::RequestSent, detail: String::new() };
        let updates = payments.iter().map(|id| CollectionUpdate {
            payment_id: *id,
            invoice: Some(payment_hash(1)),
            collection: collection.clone(),
            push_refused: false,
            at: noon(),
        });
        assert!(
            store
                .update_collections(&updates.collect::<Vec<_>>())
                .await
                .unwrap()
                .iter()
                .all(|updated| *updated)
        );
    };
    // The generic plans are cached while few payments exist.
    for number in 0..10 {
        update(&hold(number * 5, 5).await).await;
    }
    let many = hold(100, MANY).await;
    for few in many.chunks(5).take(10) {
        update(few).await;
    }
    drop(store);
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    eventually("statistics", async || {
        let updated = "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'payments'";
        client.query_one(updated, &[]).await.unwrap().get::<_, i64>(0) >= 100
    })
    .await;
    let reads = "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname = 'payments'";
    let reads: i64 = client.query_one(reads, &[]).await.unwrap().get(0);
    assert!(reads < i64::try_from(MANY).unwrap(), "{reads} index entries were read to update 100 payments");
}

//! What a sale asks of the database is found by indexes, however small the tables were when the plans were made.
#![expect(clippy::unwrap_used, reason = "tests")]

use box_office::{CollectionUpdate, HoldOutcome, Holds, JobEnd, NewWebhook, Queue, Views};
use events::{EventQuery, EventReader};
use kernel::{Page, PaymentId};
use payments::{Collection, CollectionState, PaymentReader};
use std::collections::BTreeMap;
use store_postgres::{PgConfig, Postgres};
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

/// Tables by how often they were read from end to end.
async fn whole_reads(client: &Client) -> BTreeMap<String, i64> {
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
        let notice = NewWebhook {
            event_id: number.to_string(),
            body: b"{}".to_vec(),
            signature: String::new(),
            received_at: noon(),
        };
        store.receive_webhook(&notice).await.unwrap();
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
async fn a_sale_reads_no_table_from_end_to_end() {
    let database = TestDatabase::create(migrate).await;
    let store = Postgres::connect(PgConfig::new(database.url())).await.unwrap();
    sell(&store).await;
    drop(store);
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    // Connections tell what they did when they end.
    eventually("the statistics have arrived", async || {
        let tables = "SELECT count(*) FROM pg_stat_user_tables \
            WHERE relname IN ('tickets', 'jobs', 'nonces', 'webhook_inbox') AND n_tup_ins >= 20";
        client.query_one(tables, &[]).await.unwrap().get::<_, i64>(0) == 4
    })
    .await;
    assert_eq!(whole_reads(&client).await, BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_a_few_jobs_reads_a_few_of_many() {
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
    let end_some = async || {
        let jobs = store.claim_jobs(noon(), at(1), 5).await.unwrap();
        let ends: Vec<_> = jobs.into_iter().map(|job| (job, JobEnd::Done)).collect();
        assert_eq!(store.finish_jobs(&ends).await.unwrap(), [true; 5]);
    };
    // By now the server has settled on its plans, while the queue is short.
    for _ in 0..10 {
        fill(5).await;
        end_some().await;
    }
    fill(MANY).await;
    for _ in 0..10 {
        end_some().await;
    }
    drop(store);
    eventually("the statistics have arrived", async || {
        let ended = "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'jobs'";
        client.query_one(ended, &[]).await.unwrap().get::<_, i64>(0) >= 200
    })
    .await;
    let reads = "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname = 'jobs'";
    let reads: i64 = client.query_one(reads, &[]).await.unwrap().get(0);
    assert!(reads < i64::from(MANY), "{reads} index entries were read to claim and end 100 jobs");
}

#[tokio::test(flavor = "multi_thread")]
async fn noting_a_few_payments_reads_a_few_of_many() {
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
    let note = async |payments: &[PaymentId]| {
        let collection = Collection { state: CollectionState::RequestSent, detail: String::new() };
        let notes = payments.iter().map(|id| CollectionUpdate {
            payment_id: *id,
            invoice: Some(payment_hash(1)),
            collection: collection.clone(),
            push_refused: false,
            at: noon(),
        });
        assert!(
            store.update_collections(&notes.collect::<Vec<_>>()).await.unwrap().iter().all(|noted| *noted)
        );
    };
    // By now the server has settled on its plans, while hardly anything is sold.
    for number in 0..10 {
        note(&hold(number * 5, 5).await).await;
    }
    let many = hold(100, MANY).await;
    for few in many.chunks(5).take(10) {
        note(few).await;
    }
    drop(store);
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    eventually("the statistics have arrived", async || {
        let noted = "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'payments'";
        client.query_one(noted, &[]).await.unwrap().get::<_, i64>(0) >= 100
    })
    .await;
    let reads = "SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname = 'payments'";
    let reads: i64 = client.query_one(reads, &[]).await.unwrap().get(0);
    assert!(reads < i64::try_from(MANY).unwrap(), "{reads} index entries were read to note 100 payments");
}

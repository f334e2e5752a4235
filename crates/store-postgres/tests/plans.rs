//! What a sale asks of the database is found by indexes, however small the tables were when the plans were made.
#![expect(clippy::unwrap_used, reason = "tests")]

use box_office::{Holds, JobEnd, NewWebhook, Queue, Views};
use events::{EventQuery, EventReader};
use kernel::Page;
use payments::PaymentReader;
use std::collections::BTreeMap;
use store_postgres::{PgConfig, Postgres};
use testkit::{
    builders::{
        add_event, add_user, at, attach, new_event, new_invoice, noon, seen_nonce, settle, take, wish,
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
        let hold = take(store, wish(&event, &user, number)).await;
        let payment = hold.payment.clone().unwrap();
        let invoice = attach(store, new_invoice(&payment, number)).await;
        store.event(event.id).await.unwrap();
        store.events(&EventQuery::default(), Page::default()).await.unwrap();
        store.ticket_view(hold.ticket.id).await.unwrap();
        store.payment_view(payment.id).await.unwrap();
        store.invoices_of(payment.id).await.unwrap();
        store.invoice_by_reference(&invoice.bolt11).await.unwrap();
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

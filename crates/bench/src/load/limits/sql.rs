//! Postgres' limit for purchases written directly into the tables, without checks and HTTP.

use crate::{
    load::driver::{Figures, Load, closed_loop},
    replica::free_port,
    shop,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use testkit::postgres::Cluster;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::NoTls;

const STEPS: [&str; 4] = [
    "UPDATE events SET seats_taken = seats_taken + 1 WHERE id = 1 AND seats_taken < capacity",
    "INSERT INTO tickets (event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, created_at, updated_at) \
        VALUES (1, NULL, $1, 'pending', '$a@b.example', now(), now(), now()) RETURNING id",
    "INSERT INTO payments (ticket_id, event_id, status, price_msats, created_at, updated_at) \
        VALUES ($1, 1, 'pending', 10000, now(), now()) RETURNING id",
    "INSERT INTO uma_request_invoices (payment_id, event_id, invoice_id, payment_hash, bolt11, amount_msats, metadata, \
        uma_address, expires_at, created_at) VALUES ($1, 1, $2, $3, $2, 10000, '', '$a@b.example', now(), now())",
];

/// The naive design on the same tables: a transaction per purchase and a connection per buyer.
pub(crate) async fn naive(cluster: &Cluster, load: &Load) -> Figures {
    let url = prepared(cluster, "naive").await;
    let number = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut buyers = Vec::new();
    for _ in 0..load.callers {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        buyers.push((client, Arc::clone(&number)));
    }
    let connected = begun.elapsed();
    let end = Instant::now() + load.time;
    let buyers: Vec<_> = buyers
        .into_iter()
        .map(|(client, number)| {
            tokio::spawn(async move {
                let mut steps = Vec::new();
                for step in STEPS {
                    steps.push(client.prepare(step).await.unwrap());
                }
                let mut took = Vec::new();
                while Instant::now() < end {
                    let begun = Instant::now();
                    let code = format!("{:064x}", number.fetch_add(1, Ordering::Relaxed));
                    client.batch_execute("BEGIN").await.unwrap();
                    client.execute(&steps[0], &[]).await.unwrap();
                    let ticket: i64 = client.query_one(&steps[1], &[&code]).await.unwrap().get(0);
                    let payment: i64 = client.query_one(&steps[2], &[&ticket]).await.unwrap().get(0);
                    client.execute(&steps[3], &[&payment, &code, &code]).await.unwrap();
                    client.batch_execute("COMMIT").await.unwrap();
                    took.push(begun.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for buyer in buyers {
        took.extend(buyer.await.unwrap());
    }
    Figures::new(took, BTreeMap::new(), begun.elapsed().saturating_sub(connected))
}

/// The same rows, all queued purchases in one statement.
const BATCHED: &str = "WITH seats AS (UPDATE events SET seats_taken = seats_taken + cardinality($1::text[]) \
        WHERE id = 1 AND seats_taken + cardinality($1::text[]) <= capacity RETURNING id), \
    new_tickets AS (INSERT INTO tickets (event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, created_at, \
        updated_at) SELECT seats.id, NULL, code, 'pending', '$a@b.example', now(), now(), now() FROM seats, unnest($1::text[]) AS code \
        RETURNING id, ticket_code), \
    new_payments AS (INSERT INTO payments (ticket_id, event_id, status, price_msats, created_at, updated_at) \
        SELECT id, 1, 'pending', 10000, now(), now() FROM new_tickets RETURNING id, ticket_id) \
    INSERT INTO uma_request_invoices (payment_id, event_id, invoice_id, payment_hash, bolt11, amount_msats, metadata, uma_address, \
        expires_at, created_at) SELECT new_payments.id, 1, ticket_code, ticket_code, ticket_code, 10000, '', '$a@b.example', now(), \
        now() FROM new_payments JOIN new_tickets ON new_tickets.id = new_payments.ticket_id";
const MAX_CONCURRENCY: usize = 256;

/// The limit: buyers pass their purchases to one task, which writes all queued ones and answers after the commit.
pub(crate) async fn group(cluster: &Cluster, load: &Load) -> Figures {
    let url = prepared(cluster, "grouped").await;
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let together = client.prepare(BATCHED).await.unwrap();
    let (desk, mut waiting) = mpsc::channel::<(String, oneshot::Sender<()>)>(4_096);
    tokio::spawn(async move {
        let mut batch = Vec::new();
        while waiting.recv_many(&mut batch, MAX_CONCURRENCY).await > 0 {
            let (codes, buyers): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
            let written = client.execute(&together, &[&codes]).await.unwrap();
            assert_eq!(written, u64::try_from(codes.len()).unwrap());
            for buyer in buyers {
                buyer.send(()).ok();
            }
        }
    });
    closed_loop(load, move |number| {
        let desk = desk.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            desk.send((format!("{number:064x}"), answer)).await.unwrap();
            answered.await.unwrap();
        }
    })
    .await
}

/// An empty database with the schema and one event.
async fn prepared(cluster: &Cluster, name: &str) -> String {
    let url = shop::database(cluster, name).await;
    shop::prepare(&std::env::current_exe().unwrap(), &shop::sandboxed(shop::settings(free_port(), &url), 0));
    let (admin, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let event = "INSERT INTO events (id, title, description, start_time, end_time, capacity, price_sats, stream_url, search_text, \
        created_at, updated_at) VALUES (1, 'x', 'x', now(), now() + interval '1 hour', 100000000, 10, 'x', 'x', now(), now())";
    admin.batch_execute(event).await.unwrap();
    url
}

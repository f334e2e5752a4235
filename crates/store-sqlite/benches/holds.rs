//! How many seats per second one hot event sells on a durable file: 64 buyers wait for their own answers.
//!
//! `holds` is the shop's own path: the queue in front of `Sqlite::hold_all`. `raw` is the limit of the same queue: two inserts per
//! buyer into the same tables, no checks, no keys, no answers to build. Both run in turns in one process, since the disk and the
//! neighbours change from minute to minute.
//!
//! `cargo bench -p store-sqlite --bench holds`

#![expect(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "a benchmark")]

use box_office::{GroupCommit, HoldOutcome, HoldRequest, Holds};
use diesel::{Connection, RunQueryDsl, connection::SimpleConnection, sqlite::SqliteConnection};
use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use store_sqlite::Sqlite;
use testkit::builders::{add_event, add_user, new_event, wish};

const WAITING: u64 = 64;
const EACH: u64 = 400;
const ROUNDS: usize = 5;
const BATCH: usize = 256;

diesel::table! {
    tickets (id) {
        id -> BigInt,
        event_id -> BigInt,
        user_id -> BigInt,
        ticket_code -> Text,
        payment_status -> Text,
        uma_address -> Text,
        hold_expires_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    payments (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        event_id -> BigInt,
        status -> Text,
        price_msats -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

/// Lets all buyers ask again and again; seats per second, median and 99th percentile of the wait in milliseconds.
async fn measure<Fut: Future<Output = ()> + Send + 'static>(
    ask: impl Fn(u64) -> Fut + Clone + Send + Sync + 'static,
) -> (f64, f64, f64) {
    let begun = Instant::now();
    let buyers: Vec<_> = (0..WAITING)
        .map(|buyer| {
            let ask = ask.clone();
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for turn in 0..EACH {
                    let asked = Instant::now();
                    ask(buyer * EACH + turn).await;
                    waits.push(asked.elapsed());
                }
                waits
            })
        })
        .collect();
    let mut waits: Vec<Duration> = Vec::new();
    for buyer in buyers {
        waits.extend(buyer.await.unwrap());
    }
    let total = begun.elapsed();
    waits.sort_unstable();
    let at = |share: usize| waits.get(waits.len() * share / 100).unwrap().as_secs_f64() * 1_000.0;
    (f64::from(u32::try_from(waits.len()).unwrap()) / total.as_secs_f64(), at(50), at(99))
}

async fn shop() -> (tempfile::TempDir, Sqlite, HoldRequest) {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).await.unwrap();
    let event = add_event(&store, &new_event(10_000_000, 10)).await;
    let user = add_user(&store, 1).await;
    (directory, store, wish(&event, &user, 0))
}

async fn holds(serial: &Arc<AtomicU64>) -> (f64, f64, f64) {
    let (_directory, store, request) = shop().await;
    let queue = Arc::new(GroupCommit::new(4_096, BATCH, move |batch: Vec<HoldRequest>| {
        let store = store.clone();
        async move { store.hold_all(&batch).await }
    }));
    let serial = Arc::clone(serial);
    measure(move |_| {
        let code = testkit::builders::code(serial.fetch_add(1, Ordering::Relaxed));
        let (queue, request) = (Arc::clone(&queue), HoldRequest { code, ..request.clone() });
        async move {
            match queue.submit(request).await.unwrap() {
                HoldOutcome::Held(_) => (),
                other => panic!("no seat: {other:?}"),
            }
        }
    })
    .await
}

fn insert(connection: &mut SqliteConnection, batch: &[u64]) {
    use diesel::ExpressionMethods;
    connection.batch_execute("BEGIN IMMEDIATE").unwrap();
    for number in batch {
        let id = i64::try_from(*number).unwrap() + 1;
        diesel::insert_into(tickets::table)
            .values((
                tickets::id.eq(id),
                tickets::event_id.eq(1),
                tickets::user_id.eq(1),
                tickets::ticket_code.eq(testkit::builders::code(*number).expose()),
                tickets::payment_status.eq("pending"),
                tickets::uma_address.eq("$alice@vasp.example"),
                tickets::hold_expires_at.eq(1),
                tickets::created_at.eq(1),
                tickets::updated_at.eq(1),
            ))
            .execute(connection)
            .unwrap();
        diesel::insert_into(payments::table)
            .values((
                payments::id.eq(id),
                payments::ticket_id.eq(id),
                payments::event_id.eq(1),
                payments::status.eq("pending"),
                payments::price_msats.eq(10_000),
                payments::created_at.eq(1),
                payments::updated_at.eq(1),
            ))
            .execute(connection)
            .unwrap();
    }
    connection.batch_execute("UPDATE events SET seats_taken = seats_taken + 1; COMMIT").unwrap();
}

async fn raw() -> (f64, f64, f64) {
    let (directory, store, _) = shop().await;
    drop(store);
    let path = directory.path().join("shop.db");
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection
        .batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
        .unwrap();
    let connection = Arc::new(Mutex::new(connection));
    let queue = Arc::new(GroupCommit::new(4_096, BATCH, move |batch: Vec<u64>| {
        let connection = Arc::clone(&connection);
        async move {
            tokio::task::spawn_blocking(move || {
                insert(&mut connection.lock().unwrap(), &batch);
                Ok(batch)
            })
            .await
            .unwrap()
        }
    }));
    measure(move |number| {
        let queue = Arc::clone(&queue);
        async move {
            queue.submit(number).await.unwrap();
        }
    })
    .await
}

#[tokio::main]
async fn main() {
    let serial = Arc::new(AtomicU64::new(0));
    println!("{WAITING} waiting buyers, {} seats a round, synchronous=FULL", WAITING * EACH);
    for round in 1..=ROUNDS {
        let (ours, ours_p50, ours_p99) = holds(&serial).await;
        let (limit, limit_p50, limit_p99) = raw().await;
        println!(
            "round {round}: holds {ours:.0}/s (p50 {ours_p50:.1} ms, p99 {ours_p99:.1} ms)   raw {limit:.0}/s \
             (p50 {limit_p50:.1} ms, p99 {limit_p99:.1} ms)   ratio {:.2}",
            ours / limit
        );
    }
}

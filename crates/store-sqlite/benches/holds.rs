//! Seats per second of one hot event on a durable file, with 64 concurrent buyers.
//!
//! `holds` measures the production path: the queue in front of `Sqlite::hold_all`. `raw` is the baseline of the same queue:
//! two inserts per buyer into the same tables, without checks, keys or results. Both alternate in one process, because disk
//! and machine load vary over minutes.
//!
//! Run: `cargo bench -p store-sqlite --bench holds`

#![expect(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "a benchmark")]

use box_office::GroupCommit;
use diesel::{Connection, RunQueryDsl, connection::SimpleConnection, sqlite::SqliteConnection};
use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use store_sqlite::Sqlite;
use testkit::builders::{add_event, add_user, hold_request, new_event};
use testkit::purchases::{HoldOutcome, HoldRequest, Purchases};

const BUYERS: u64 = 64;
const HOLDS_PER_BUYER: u64 = 400;
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

/// Results of one round.
struct Figures {
    per_second: f64,
    /// CPU time of the whole process, buyers included; less sensitive to other load than throughput.
    cpu_micros_each: f64,
    median_ms: f64,
    p99_ms: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:6.0}/s {:4.0} µs CPU each, p50 {:5.1} ms, p99 {:5.1} ms",
            self.per_second, self.cpu_micros_each, self.median_ms, self.p99_ms
        )
    }
}

/// CPU time of this process in seconds; Linux counts it in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / 100.0
}

/// Runs all buyers concurrently, each in a closed loop.
async fn measure<Fut: Future<Output = ()> + Send + 'static>(
    request: impl Fn() -> Fut + Clone + Send + Sync + 'static,
) -> Figures {
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let buyers: Vec<_> = (0..BUYERS)
        .map(|_| {
            let request = request.clone();
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                for _ in 0..HOLDS_PER_BUYER {
                    let started = Instant::now();
                    request().await;
                    latencies.push(started.elapsed());
                }
                latencies
            })
        })
        .collect();
    let mut latencies: Vec<Duration> = Vec::new();
    for buyer in buyers {
        latencies.extend(buyer.await.unwrap());
    }
    let (total, cpu) = (started.elapsed(), cpu_seconds() - cpu);
    latencies.sort_unstable();
    let at = |share: usize| latencies.get(latencies.len() * share / 100).unwrap().as_secs_f64() * 1_000.0;
    let seats = f64::from(u32::try_from(latencies.len()).unwrap());
    Figures {
        per_second: seats / total.as_secs_f64(),
        cpu_micros_each: cpu / seats * 1e6,
        median_ms: at(50),
        p99_ms: at(99),
    }
}

async fn shop() -> (tempfile::TempDir, Sqlite, HoldRequest) {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let store = Sqlite::open(directory.path().join("shop.db")).await.unwrap();
    let event = add_event(&store, &new_event(10_000_000, 10)).await;
    let user = add_user(&store, 1).await;
    (directory, store, hold_request(&event, &user, 0))
}

async fn holds(serial: &Arc<AtomicU64>) -> Figures {
    let (_directory, store, request) = shop().await;
    let queue = Arc::new(GroupCommit::new(4_096, BATCH, move |batch: Vec<HoldRequest>| {
        let store = store.clone();
        async move { store.hold_all(&batch).await }
    }));
    let serial = Arc::clone(serial);
    measure(move || {
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

async fn raw() -> Figures {
    let (directory, store, _) = shop().await;
    drop(store);
    let path = directory.path().join("shop.db");
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection
        .batch_execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000",
        )
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
    let serial = Arc::new(AtomicU64::new(0));
    measure(move || {
        let (queue, number) = (Arc::clone(&queue), serial.fetch_add(1, Ordering::Relaxed));
        async move {
            queue.submit(number).await.unwrap();
        }
    })
    .await
}

#[tokio::main]
async fn main() {
    let serial = Arc::new(AtomicU64::new(0));
    println!("{BUYERS} concurrent buyers, {} seats a round, synchronous=FULL", BUYERS * HOLDS_PER_BUYER);
    for round in 1..=ROUNDS {
        let (holds_figures, raw_figures) = (holds(&serial).await, raw().await);
        let (speed_ratio, cpu_ratio) = (
            holds_figures.per_second / raw_figures.per_second,
            holds_figures.cpu_micros_each / raw_figures.cpu_micros_each,
        );
        println!(
            "round {round}: holds {holds_figures}\n         raw   {raw_figures}\n         speed {speed_ratio:.2}, CPU {cpu_ratio:.2}"
        );
    }
}

//! First seconds of a hot event: batched holds against one transaction per hold, alternating, on one durable
//! cluster.
//!
//! `cargo bench -p store-postgres`; `BENCH_SECONDS` per measurement, `BENCH_ROUNDS` rounds.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a benchmark prints figures, and stops when something is wrong"
)]

use box_office::{AttachOutcome, Attachment, GroupCommit, Holds, Store, Views};
use events::{Event, EventReader};
use identity::User;
use std::{
    env, fs, process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use store_postgres::{PgConfig, Postgres};
use testkit::purchases::{HoldOutcome, HoldRequest, Purchases};
use testkit::{
    builders::{add_event, add_user, hold_request, new_event, new_invoice, noon},
    postgres::Cluster,
};
use tokio_postgres::{Client, NoTls, Statement};

static NUMBER: AtomicU64 = AtomicU64::new(0);

fn next() -> u64 {
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A buyer in a closed loop: waits for each purchase before the next.
#[async_trait::async_trait]
trait Buyer: Send {
    async fn buy(&mut self);
}

#[derive(Clone)]
struct Shop {
    event: Event,
    users: Arc<Vec<User>>,
}

impl Shop {
    fn hold_request(&self) -> HoldRequest {
        let number = next();
        let user =
            self.users.iter().cycle().nth(usize::try_from(number).unwrap() % self.users.len()).unwrap();
        hold_request(&self.event, user, number)
    }
}

/// Buys through the queue, as in production.
struct Queued {
    shop: Shop,
    holds: Arc<GroupCommit<HoldRequest, HoldOutcome>>,
    /// Attaches the invoice as well, if set.
    attaches: Option<Arc<GroupCommit<Attachment, AttachOutcome>>>,
}

#[async_trait::async_trait]
impl Buyer for Queued {
    async fn buy(&mut self) {
        let HoldOutcome::Held(hold) = self.holds.submit(self.shop.hold_request()).await.unwrap() else {
            return;
        };
        if let Some(queue) = &self.attaches {
            let payment = hold.payment.unwrap();
            let invoice = new_invoice(&payment, next());
            let attached = queue
                .submit(Attachment {
                    payment_id: payment.id,
                    watch_from: invoice.created_at,
                    invoice,
                    replace: false,
                })
                .await
                .unwrap();
            assert!(matches!(attached, AttachOutcome::Attached(_)));
        }
    }
}

/// Runs the same transaction, one per purchase.
struct Unbatched {
    shop: Shop,
    store: Arc<Postgres>,
}

#[async_trait::async_trait]
impl Buyer for Unbatched {
    async fn buy(&mut self) {
        self.store.hold_all(&[self.shop.hold_request()]).await.unwrap();
    }
}

/// The straightforward implementation: a connection per buyer, a statement per step, on the same tables.
struct Naive {
    shop: Shop,
    client: Client,
    take: Statement,
    ticket: Statement,
    payment: Statement,
}

const TICKET: &str = "INSERT INTO tickets (event_id, user_id, ticket_code, payment_status, uma_address, hold_expires_at, \
    created_at, updated_at) VALUES ($1, $2, $3, 'pending', '$a@b.example', now(), now(), now()) RETURNING id";
const PAYMENT: &str = "INSERT INTO payments (ticket_id, event_id, status, price_msats, created_at, updated_at) \
    VALUES ($1, $2, 'pending', 10000, now(), now())";

impl Naive {
    async fn new(shop: Shop, url: &str, take: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let take = client.prepare(take).await.unwrap();
        let (ticket, payment) =
            (client.prepare(TICKET).await.unwrap(), client.prepare(PAYMENT).await.unwrap());
        Self { shop, client, take, ticket, payment }
    }
}

#[async_trait::async_trait]
impl Buyer for Naive {
    async fn buy(&mut self) {
        let hold_request = self.shop.hold_request();
        let (event, user) = (hold_request.event_id.get(), hold_request.user_id.get());
        self.client.batch_execute("BEGIN").await.unwrap();
        assert_eq!(self.client.execute(&self.take, &[&event]).await.unwrap(), 1);
        let ticket =
            self.client.query_one(&self.ticket, &[&event, &user, &hold_request.code.expose()]).await.unwrap();
        let ticket: i64 = ticket.get(0);
        self.client.execute(&self.payment, &[&ticket, &event]).await.unwrap();
        self.client.batch_execute("COMMIT").await.unwrap();
    }
}

const HOT_ROW: &str =
    "UPDATE events SET seats_taken = seats_taken + 1 WHERE id = $1 AND seats_taken < capacity";
const SEAT_ROW: &str = "UPDATE seats SET taken = true WHERE id = (SELECT id FROM seats WHERE event_id = $1 AND NOT taken \
    LIMIT 1 FOR UPDATE SKIP LOCKED)";

/// CPU time of a process and its children, dead ones included, in hundredths of a second.
fn ticks(process: u32) -> u64 {
    let stat = |pid: &str| {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<u64> =
            text.rsplit_once(") ")?.1.split_whitespace().skip(1).flat_map(str::parse).collect();
        // Fields 4 (parent), 14 and 15 (own time), 16 and 17 (time of dead children) of proc(5).
        Some((
            *fields.first()?,
            fields.get(10..12)?.iter().sum::<u64>(),
            fields.get(12..14)?.iter().sum::<u64>(),
        ))
    };
    let (_, own, dead) = stat(&process.to_string()).unwrap();
    let others = fs::read_dir("/proc").unwrap().filter_map(|entry| stat(entry.ok()?.file_name().to_str()?));
    own + dead + others.filter(|other| other.0 == u64::from(process)).map(|other| other.1).sum::<u64>()
}

async fn measure(name: &str, server: u32, buyers: Vec<Box<dyn Buyer>>) {
    let callers = buyers.len();
    let (client_ms, server_ms) = (ticks(process::id()), ticks(server));
    let end = Instant::now() + Duration::from_secs(setting("BENCH_SECONDS", 5));
    let start = Instant::now();
    let tasks: Vec<_> = buyers
        .into_iter()
        .map(|mut buyer| {
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while Instant::now() < end {
                    let started = Instant::now();
                    buyer.buy().await;
                    latencies.push(started.elapsed());
                }
                latencies
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    let rate = all.len() as f64 / start.elapsed().as_secs_f64();
    all.sort();
    let at = |share: usize| all.get(all.len().saturating_sub(1) * share / 100).copied().unwrap_or_default();
    let each = |ticks: u64| ticks as f64 * 10.0 / all.len().max(1) as f64;
    let (client_ms, server_ms) = (each(ticks(process::id()) - client_ms), each(ticks(server) - server_ms));
    println!(
        "{name:<27} c={callers:<4} {rate:>6.0}/s  p50 {:>9.2?}  p99 {:>9.2?}  CPU ms each: server {server_ms:.3}, client {client_ms:.3}",
        at(50),
        at(99)
    );
}

fn queued(shop: &Shop, store: &Arc<Postgres>, callers: usize, attach: bool) -> Vec<Box<dyn Buyer>> {
    let batch = usize::try_from(setting("BENCH_BATCH", 256)).unwrap();
    let holding = Arc::clone(store);
    let holds = Arc::new(GroupCommit::new(10_000, batch, move |requests: Vec<HoldRequest>| {
        let store = Arc::clone(&holding);
        async move { store.hold_all(&requests).await }
    }));
    let attaching = Arc::clone(store);
    let attaches = attach.then(|| {
        Arc::new(GroupCommit::new(10_000, batch, move |requests: Vec<Attachment>| {
            let store = Arc::clone(&attaching);
            async move { store.attach_all(&requests).await }
        }))
    });
    (0..callers)
        .map(|_| {
            let buyer = Queued { shop: shop.clone(), holds: Arc::clone(&holds), attaches: attaches.clone() };
            Box::new(buyer) as Box<dyn Buyer>
        })
        .collect()
}

async fn naive(shop: &Shop, url: &str, callers: usize, take: &str) -> Vec<Box<dyn Buyer>> {
    let mut buyers: Vec<Box<dyn Buyer>> = Vec::with_capacity(callers);
    for _ in 0..callers {
        buyers.push(Box::new(Naive::new(shop.clone(), url, take).await));
    }
    buyers
}

#[tokio::main]
async fn main() {
    // Test runners that only list tests run nothing.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let cluster = Cluster::start(true);
    let url = cluster.url("postgres");
    let timeout = Duration::from_mins(1);
    let config = PgConfig {
        lock_timeout: timeout,
        statement_timeout: timeout,
        connect_timeout: timeout,
        ..PgConfig::new(&url)
    };
    let store = Arc::new(Postgres::connect(config).await.unwrap());
    store.migrate().await.unwrap();
    let mut users = Vec::new();
    for number in 0..200 {
        users.push(add_user(&*store, number).await);
    }
    let shop = Shop { event: add_event(&*store, &new_event(10_000_000, 10)).await, users: Arc::new(users) };
    let (admin, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    admin
        .batch_execute(&format!(
            "CREATE TABLE seats (id bigserial PRIMARY KEY, event_id bigint NOT NULL, taken boolean NOT NULL DEFAULT false); \
            INSERT INTO seats (event_id) SELECT {} FROM generate_series(1, 300000); \
            CREATE INDEX seats_free ON seats (event_id, id) WHERE NOT taken; ANALYZE",
            shop.event.id
        ))
        .await
        .unwrap();
    let server = cluster.process_id();
    for round in 1..=setting("BENCH_ROUNDS", 3) {
        println!("round {round}");
        for callers in [8, 64, 256] {
            measure("hold, batches", server, queued(&shop, &store, callers, false)).await;
            measure("hold + attach, batches", server, queued(&shop, &store, callers, true)).await;
            let unbatched =
                |_| Box::new(Unbatched { shop: shop.clone(), store: Arc::clone(&store) }) as Box<dyn Buyer>;
            measure("hold, one transaction each", server, (0..callers).map(unbatched).collect()).await;
            measure("naive, hot row", server, naive(&shop, &url, callers, HOT_ROW).await).await;
            measure("naive, row per seat", server, naive(&shop, &url, callers, SEAT_ROW).await).await;
        }
    }
    // Seats of the `seats` table are not counted on the event; all others are.
    let counted = store.event(shop.event.id).await.unwrap().unwrap().seats_taken;
    let seats: i64 = admin.query_one("SELECT count(*) FROM seats WHERE taken", &[]).await.unwrap().get(0);
    let tickets: i64 = admin.query_one("SELECT count(*) FROM tickets", &[]).await.unwrap().get(0);
    assert_eq!(i64::from(counted) + seats, tickets, "every seat has its ticket");
    let ledger = store.ledger(noon()).await.unwrap();
    println!("tickets {tickets}, oversold {:?}", ledger.oversold);
    store.ping().await.unwrap();
}

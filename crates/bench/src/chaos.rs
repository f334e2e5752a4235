//! Two replicas on one Postgres and one node, under buyers and faults; then an audit.

mod audit;
mod buyers;
mod faults;
mod order_race;
mod sellout;

pub use order_race::{OrderRace, race_orders};
pub use sellout::{SellOut, sell_out};

use crate::{
    replica::{Replica, Settings, free_port},
    say,
    shop::{self, Organiser, client, retry_until},
};
use buyers::{BuyerSetup, Crowd};
use kernel::{Clock, Timestamp};
use reqwest::{Client, StatusCode};
use sandbox::Sandbox;
use server::system::SystemClock;
use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use testkit::{SeededEntropy, postgres::Cluster};

/// Maximal error of the replicas' clocks, seconds.
const SKEW: u64 = 5;
/// Longer than every hold of the trial, seconds.
const AFTER_HOLDS: i64 = 20 * 60;
/// Longer than the polling of every invoice, seconds.
const AFTER_INVOICES: i64 = 10 * 24 * 3_600;

/// One trial.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seed of all randomness but the scheduler's.
    pub seed: u64,
    /// Duration of the faults.
    pub seconds: u64,
    /// The `bench` binary, which contains the shop.
    pub program: PathBuf,
}

/// Outcome of a trial.
#[derive(Debug, Clone, Copy, Default)]
pub struct Report {
    /// Seed of the plan.
    pub seed: u64,
    /// Number of injected faults.
    pub faults: u64,
    /// Number of purchase requests.
    pub purchase_requests: u64,
    /// Number of paid tickets.
    pub paid: i64,
    /// Number of payments to be refunded.
    pub refundable: i64,
    /// Amount received by the node.
    pub received_msats: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, faults, purchase_requests, paid, refundable, received_msats } = self;
        write!(
            f,
            "seed {seed}: {faults} faults, {purchase_requests} purchase_requests, {paid} tickets paid, {refundable} payments to be refunded, \
            {received_msats} msats received"
        )
    }
}

/// Clock of everything outside the shop, moved by the trial.
#[derive(Debug, Default)]
struct OutsideClock(AtomicI64);

impl Clock for OutsideClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + chrono::TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }
}

/// The shop under trial and its surroundings.
struct Trial<'a> {
    cluster: &'a Cluster,
    chance: SeededEntropy,
    clock: Arc<OutsideClock>,
    world: Sandbox,
    settings: Settings,
    database: String,
    bases: Vec<String>,
    replicas: Vec<Replica>,
    client: Client,
    program: PathBuf,
    /// Offset of the replicas' clocks in addition to their errors, seconds.
    time: i64,
}

impl<'a> Trial<'a> {
    async fn open(plan: &Plan, cluster: &'a Cluster, directory: &std::path::Path) -> Self {
        let database = shop::database(cluster, &format!("chaos_{}", plan.seed)).await;
        let clock = Arc::new(OutsideClock::default());
        let outside: Arc<dyn Clock> = clock.clone();
        let world = shop::world(outside).await;
        let ports = [free_port(), free_port()];
        let mut settings = shop::settings(ports[0], &database);
        settings.insert("HOLD_MINUTES".to_owned(), "1".to_owned());
        shop::receive_outside(&mut settings, &world);
        shop::prepare(&plan.program, &settings);
        let replicas = ports.iter().enumerate().map(|(number, port)| {
            let mut own = settings.clone();
            own.insert("PORT".to_owned(), port.to_string());
            Replica::start(&plan.program, own, &directory.join(format!("replica-{number}.log")))
        });
        let scene = Self {
            cluster,
            chance: SeededEntropy::new(plan.seed),
            clock,
            world,
            replicas: replicas.collect(),
            settings,
            database,
            bases: ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect(),
            client: client(Duration::from_secs(10)),
            program: plan.program.clone(),
            time: 0,
        };
        scene.send_webhooks_to(0);
        scene
    }

    fn send_webhooks_to(&self, replica: usize) {
        shop::send_webhooks(&self.world, &self.bases[replica]);
    }

    fn skew(&self) -> i64 {
        self.time + i64::try_from(self.chance.below(2 * SKEW + 1)).unwrap() - i64::try_from(SKEW).unwrap()
    }

    /// Ends all faults and sets the time.
    async fn end_faults(&mut self, time: i64) {
        self.world.shop().faults().clear();
        self.time = time;
        for number in 0..self.replicas.len() {
            let skew = self.skew();
            self.replicas[number].start_again(skew);
        }
        self.all_ready().await;
    }

    /// Undelivered webhooks are pending work that no database shows. One held back for reordering may wait for a successor
    /// that never comes, so this wait is bounded.
    async fn until_webhooks_arrived(&self) {
        for _ in 0..300 {
            if self.world.world().webhooks_under_way() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn all_ready(&mut self) {
        for (replica, base) in self.replicas.iter_mut().zip(&self.bases) {
            for _ in 0..1_200 {
                replica.restart();
                let ready = self.client.get(format!("{base}/ready")).send().await;
                if ready.is_ok_and(|ready| ready.status() == StatusCode::OK) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            retry_until(|| self.client.get(format!("{base}/ready")), StatusCode::OK).await;
        }
    }
}

/// Runs a trial. Panics if the audit fails, with the seed in the message.
pub async fn run(plan: &Plan, cluster: &Cluster) -> Report {
    let directory = tempfile::Builder::new().prefix(&format!("chaos-{}-", plan.seed)).tempdir().unwrap();
    say(format!("seed {}: begins", plan.seed));
    let mut scene = Trial::open(plan, cluster, directory.path()).await;
    scene.all_ready().await;
    let organiser = Organiser::log_in(&scene.client, &scene.bases[0]).await;
    let capacity = u32::try_from(10 + scene.chance.below(30)).unwrap();
    let mut events = Vec::new();
    for (title, capacity) in [("Hot", capacity), ("Wide", capacity * 2)] {
        events.push(organiser.event(title, capacity, 1_000 + scene.chance.below(1_000)).await);
    }
    // Fewer promo uses than orders, so that released uses are taken again.
    let typed =
        organiser.typed_event("Several types", capacity * 3, 1_000 + scene.chance.below(1_000), Some(8));
    let typed = typed.await;
    let market = BuyerSetup {
        typed,
        client: scene.client.clone(),
        bases: scene.bases.clone(),
        events,
        buyer: organiser.id,
        address: scene.world.uma_address("alice"),
        wallet: Arc::clone(scene.world.wallet("alice").unwrap()),
    };
    let crowd = Crowd::start(&market, &scene.chance);
    let faults = faults::inject(&mut scene, Duration::from_secs(plan.seconds)).await;
    let now = scene.time;
    scene.end_faults(now).await;
    let crowd = crowd.stop().await;

    // The holds expire, and some buyers pay before the outside world learns of it.
    scene.end_faults(AFTER_HOLDS).await;
    let mut audit = audit::Audit::open(&scene.database).await;
    audit.until_holds_are_over().await;
    scene.world.shop().faults().accept_late(3_600);
    for bolt11 in &crowd.late {
        buyers::pay(&market.wallet, bolt11);
    }
    scene.until_webhooks_arrived().await;
    audit.until_quiet(scene.time).await;
    scene.clock.0.store(AFTER_INVOICES, Ordering::Relaxed);
    scene.end_faults(AFTER_INVOICES).await;
    scene.until_webhooks_arrived().await;
    audit.until_quiet(scene.time).await;

    let (received_msats, faulty) = audit.compare(&scene, &crowd).await;
    let (paid, refundable) = audit.totals().await;
    let report = Report {
        seed: plan.seed,
        faults,
        purchase_requests: crowd.purchase_requests,
        paid,
        refundable,
        received_msats,
    };
    if !faulty.is_empty() {
        let kept = directory.keep();
        panic!("{report}?\nthe audit failed (logs: {}):\n{}", kept.display(), faulty.join("\n"));
    }
    drop(scene.replicas);
    scene.world.stop().await;
    report
}

/// Runs many trials on one cluster: `[FIRST_SEED] [SEEDS] [SECONDS]`.
pub async fn many(arguments: &[String]) {
    let number = |at: usize, default: u64| {
        arguments
            .get(at)
            .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{text} is no number")))
    };
    let first = number(0, SystemClock.now().timestamp().unsigned_abs());
    // A crash must not lose acknowledged changes: commits are durable, like in production.
    let cluster = Cluster::start(true);
    for seed in first..first.saturating_add(number(1, 200)) {
        let plan = Plan { seed, seconds: number(2, 8), program: std::env::current_exe().unwrap() };
        say(run(&plan, &cluster).await);
    }
}

//! Two replicas on one Postgres and one node, under buyers and faults; then the books.

mod audit;
mod buyers;
mod faults;
mod sellout;

pub use sellout::{SellOut, sell_out};

use crate::{
    replica::{Replica, Settings, free_port},
    say,
    shop::{self, Organiser, client, insist},
};
use buyers::{Crowd, Stall};
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

/// Replicas' clocks are this far off at most, seconds.
const SKEW: u64 = 5;
/// Long enough for every hold of the trial to be over.
const HOLDS_ARE_OVER: i64 = 20 * 60;
/// Long enough for every invoice to have been asked about for the last time.
const ALL_IS_OVER: i64 = 10 * 24 * 3_600;

/// One trial.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Decides everything that is random, except how the machine's scheduler behaves.
    pub seed: u64,
    /// For how long things go wrong.
    pub seconds: u64,
    /// The `bench` binary, which is also the shop's.
    pub program: PathBuf,
}

/// What happened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Report {
    /// The plan's.
    pub seed: u64,
    /// Faults that were made.
    pub faults: u64,
    /// Purchases that were begun.
    pub purchase_requests: u64,
    /// Tickets that were paid for in the end.
    pub paid: i64,
    /// Payments that are owed back.
    pub refundable: i64,
    /// What the node received.
    pub received_msats: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, faults, purchase_requests, paid, refundable, received_msats } = self;
        write!(
            f,
            "seed {seed}: {faults} faults, {purchase_requests} purchase_requests, {paid} tickets paid, {refundable} payments owed back, \
            {received_msats} msats, and the books agree"
        )
    }
}

/// The clock of the world outside the shop, which the trial moves.
#[derive(Debug, Default)]
struct OutsideClock(AtomicI64);

impl Clock for OutsideClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + chrono::TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }
}

/// The shop under trial and all that is around it.
struct Scene<'a> {
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
    /// How far the replicas' clocks are moved, beside their errors; seconds.
    time: i64,
}

impl<'a> Scene<'a> {
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

    /// Everything works from now on, at this time.
    async fn calm(&mut self, time: i64) {
        self.world.shop().faults().clear();
        self.time = time;
        for number in 0..self.replicas.len() {
            let skew = self.skew();
            self.replicas[number].start_again(skew);
        }
        self.all_ready().await;
    }

    /// A webhook on its way is work to do that no database knows of. One that was held back to be late may wait for ever for
    /// another one to come first, so this wait has an end.
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
            insist(|| self.client.get(format!("{base}/ready")), StatusCode::OK).await;
        }
    }
}

/// Runs a trial. Panics when the books do not agree, with the seed in the message.
pub async fn run(plan: &Plan, cluster: &Cluster) -> Report {
    let directory = tempfile::Builder::new().prefix(&format!("chaos-{}-", plan.seed)).tempdir().unwrap();
    say(format!("seed {}: begins", plan.seed));
    let mut scene = Scene::open(plan, cluster, directory.path()).await;
    scene.all_ready().await;
    let organiser = Organiser::log_in(&scene.client, &scene.bases[0]).await;
    let capacity = u32::try_from(10 + scene.chance.below(30)).unwrap();
    let mut events = Vec::new();
    for (title, capacity) in [("Hot", capacity), ("Wide", capacity * 2)] {
        events.push(organiser.event(title, capacity, 1_000 + scene.chance.below(1_000)).await);
    }
    let stall = Stall {
        client: scene.client.clone(),
        bases: scene.bases.clone(),
        events,
        buyer: organiser.id,
        address: scene.world.uma_address("alice"),
        wallet: Arc::clone(scene.world.wallet("alice").unwrap()),
    };
    let crowd = Crowd::enter(&stall, &scene.chance);
    let faults = faults::storm(&mut scene, Duration::from_secs(plan.seconds)).await;
    let now = scene.time;
    scene.calm(now).await;
    let crowd = crowd.leave().await;

    // Holds end; after that, and before the outside world hears of it, some pay all the same.
    scene.calm(HOLDS_ARE_OVER).await;
    let mut books = audit::Books::open(&scene.database).await;
    books.until_holds_are_over().await;
    scene.world.shop().faults().accept_late(3_600);
    for bolt11 in &crowd.late {
        buyers::pay(&stall.wallet, bolt11);
    }
    scene.until_webhooks_arrived().await;
    books.until_quiet(scene.time).await;
    scene.clock.0.store(ALL_IS_OVER, Ordering::Relaxed);
    scene.calm(ALL_IS_OVER).await;
    scene.until_webhooks_arrived().await;
    books.until_quiet(scene.time).await;

    let (received_msats, faulty) = books.compare(&scene, &crowd).await;
    let (paid, refundable) = books.totals().await;
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
        panic!("{report}?\nNO, they do not (logs: {}):\n{}", kept.display(), faulty.join("\n"));
    }
    drop(scene.replicas);
    scene.world.stop().await;
    report
}

/// Many trials on one cluster: `[FIRST_SEED] [SEEDS] [SECONDS]`.
pub async fn many(words: &[String]) {
    let number = |at: usize, default: u64| {
        words.get(at).map_or(default, |word| word.parse().unwrap_or_else(|_| panic!("{word} is no number")))
    };
    let first = number(0, SystemClock.now().timestamp().unsigned_abs());
    // A crash must lose nothing that was answered: the commit is waited for, as a live server does.
    let cluster = Cluster::start(true);
    for seed in first..first.saturating_add(number(1, 200)) {
        let plan = Plan { seed, seconds: number(2, 8), program: std::env::current_exe().unwrap() };
        say(run(&plan, &cluster).await);
    }
}

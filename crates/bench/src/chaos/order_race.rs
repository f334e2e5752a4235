//! Orders of one to five tickets that race for seats, quotas and promo uses at two replicas, which are killed at random.

use super::{
    AFTER_HOLDS, AFTER_INVOICES, Plan, Trial,
    audit::Audit,
    buyers::{self, Results},
};
use crate::{
    load::{
        driver::Connection,
        scenario::{FEW, order_bodies, post},
    },
    say,
    shop::Organiser,
};
use sandbox::Node;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use testkit::{SeededEntropy, postgres::Cluster};
use tokio::time::{Instant, sleep};

/// Callers at each replica.
const CALLERS: usize = 96;
/// Orders with the promo code of one event.
const MAX_USES: u32 = FEW / 10;
/// Status of a request whose connection broke.
const BROKEN: u16 = 0;

/// Outcome of a race.
#[derive(Debug, Clone, Default)]
pub struct OrderRace {
    seed: u64,
    attempts: u64,
    granted: u64,
    paid: usize,
    kills: u32,
    events: u32,
    statuses: BTreeMap<u16, u64>,
}

impl fmt::Display for OrderRace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, attempts, granted, paid, kills, events, statuses } = self;
        write!(
            f,
            "seed {seed}: {attempts} attempts for orders of 1 to 5 tickets at {events} events of {FEW} seats under {kills} kills, \
            {granted} granted, {paid} paid, and the audit agrees; {statuses:?}"
        )
    }
}

/// Races for the seats of event after event until there were so many attempts. Panics if a seat, a quota or a promo use is sold twice,
/// an order is granted in part, or the final audit fails.
pub async fn race_orders(plan: &Plan, cluster: &Cluster, attempts: u64) -> OrderRace {
    let directory = tempfile::tempdir().unwrap();
    let mut scene = Trial::open(plan, cluster, directory.path()).await;
    scene.all_ready().await;
    let organiser = Organiser::log_in(&scene.client, &scene.bases[0]).await;
    let mut audit = Audit::open(&scene.database).await;
    let mut race = OrderRace { seed: plan.seed, ..OrderRace::default() };
    let mut results = Results::default();
    while race.attempts < attempts {
        race.events += 1;
        let title = format!("Race {}", race.events);
        let event = organiser.typed_event(&title, FEW, 1_000, Some(MAX_USES)).await;
        let bodies = Arc::new(order_bodies(&event, &scene.world.uma_address("alice")));
        let end = Instant::now() + Duration::from_secs(plan.seconds);
        let callers = start(&scene, &bodies, end);
        while Instant::now() < end {
            sleep(Duration::from_millis(200 + scene.chance.below(1_300))).await;
            let replica = usize::from(scene.chance.below(2) == 0);
            scene.replicas[replica].start_again(0);
            race.kills += 1;
        }
        for caller in callers {
            race.add(caller.await.unwrap(), &mut results);
        }
        let found = audit.violations(event.id).await;
        assert!(found.is_empty(), "{race}?\n{}", found.join("\n"));
        say(format!("  {} attempts, {} orders granted, {} kills", race.attempts, race.granted, race.kills));
    }
    race.paid = results.paid.len();
    scene.end_faults(AFTER_HOLDS).await;
    audit.until_holds_are_over().await;
    audit.until_quiet(scene.time).await;
    scene.clock.0.store(AFTER_INVOICES, Ordering::Relaxed);
    scene.end_faults(AFTER_INVOICES).await;
    audit.until_quiet(scene.time).await;
    let (_, faulty) = audit.compare(&scene, &results).await;
    assert!(faulty.is_empty(), "{race}?\n{}", faulty.join("\n"));
    scene.world.stop().await;
    race
}

impl OrderRace {
    fn add(&mut self, seen: Seen, results: &mut Results) {
        for (status, count) in seen.statuses {
            let expected = matches!(status, BROKEN | 201 | 400 | 409 | 429) || status >= 500;
            assert!(expected, "an order was answered {status}");
            self.attempts += count;
            *self.statuses.entry(status).or_default() += count;
        }
        self.granted = self.statuses.get(&201).copied().unwrap_or_default();
        results.bought.extend(seen.bought);
        results.paid.extend(seen.paid);
    }
}

/// What one caller saw.
#[derive(Debug, Default)]
struct Seen {
    statuses: BTreeMap<u16, u64>,
    bought: Vec<(i64, String)>,
    paid: Vec<i64>,
}

struct Caller {
    port: u16,
    bodies: Arc<Vec<String>>,
    chance: SeededEntropy,
    wallet: Arc<Node>,
    seen: Seen,
}

type Callers = Vec<tokio::task::JoinHandle<Seen>>;

fn start(scene: &Trial<'_>, bodies: &Arc<Vec<String>>, end: Instant) -> Callers {
    let ports = scene.bases.iter().map(|base| base.rsplit(':').next().unwrap().parse().unwrap());
    let callers = ports.flat_map(|port: u16| std::iter::repeat_n(port, CALLERS)).map(|port| {
        let caller = Caller {
            port,
            bodies: Arc::clone(bodies),
            chance: SeededEntropy::new(scene.chance.next_u64()),
            wallet: Arc::clone(scene.world.wallet("alice").unwrap()),
            seen: Seen::default(),
        };
        tokio::spawn(caller.run(end))
    });
    callers.collect()
}

/// Idempotency keys, unique within a process.
static NUMBER: AtomicU64 = AtomicU64::new(1);

impl Caller {
    async fn run(mut self, end: Instant) -> Seen {
        while Instant::now() < end {
            // The replica may be down.
            match Connection::open(self.port).await {
                Ok(connection) => self.order(connection, end).await,
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
        self.seen
    }

    /// Orders until the connection breaks.
    async fn order(&mut self, mut connection: Connection, end: Instant) {
        while Instant::now() < end {
            let body = &self.bodies[usize::try_from(self.chance.below(16)).unwrap() % self.bodies.len()];
            let key = format!("race {}", NUMBER.fetch_add(1, Ordering::Relaxed));
            let request = post("/api/orders", body, &format!("idempotency-key: {key}\r\n"));
            let (status, body) = match connection.ask(&request).await {
                Ok((status, body)) => (status, body.to_vec()),
                Err(_) => (BROKEN, Vec::new()),
            };
            *self.seen.statuses.entry(status).or_default() += 1;
            let granted: Option<Value> =
                (status == 201).then(|| serde_json::from_slice(&body).unwrap_or_default());
            if let Some(order) = granted.as_ref().map(|granted| &granted["data"]) {
                self.seen.bought.push((order["tickets"][0]["id"].as_i64().unwrap(), key));
                self.after(order, &mut connection).await;
            }
            if status == BROKEN {
                return;
            }
        }
    }

    /// Pays or cancels some orders, so that seats and promo uses are taken again meanwhile.
    async fn after(&mut self, order: &Value, connection: &mut Connection) {
        match self.chance.below(8) {
            0 | 1 => {
                let (id, token) = (&order["id"], order["order_token"].as_str().unwrap());
                let cancel = post(&format!("/api/orders/{id}/cancel?token={token}"), "", "");
                // A broken connection fails the next order too.
                drop(connection.ask(&cancel).await.map(|(status, _)| status));
            }
            2 => {
                if let Some(bolt11) = order["uma_request"]["bolt11"].as_str()
                    && buyers::pay(&self.wallet, bolt11)
                {
                    self.seen.paid.push(order["tickets"][0]["id"].as_i64().unwrap());
                }
            }
            _ => {}
        }
    }
}

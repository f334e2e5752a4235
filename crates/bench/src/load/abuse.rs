//! Service for an honest buyer during each attack: a purchase and its status, with `/health` checked meanwhile, alone and beside
//! the attack.

mod attack;

use super::{driver::Figures, site::Site};
use crate::{say, shop::client};
use attack::{Attack, Attackers, Target};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use testkit::postgres::Cluster;

const MAX_P99_RATIO: f64 = 5.0;
const MAX_MIB: f64 = 256.0;
const MAX_HEALTH: Duration = Duration::from_secs(1);
const HEALTH_INTERVAL: Duration = Duration::from_millis(100);
/// Slower responses count as missing.
const MAX_ANSWER: Duration = Duration::from_secs(30);
/// The buyer's address, as reported by the trusted proxy of [`SETTINGS`].
const BUYER: &str = "192.0.2.10";
/// Limits are on, but requests per minute are not what stops an attack here: quotas and queues are.
const SETTINGS: [(&str, &str); 6] = [
    ("RATE_LIMITS", "on"),
    ("TRUSTED_PROXIES", "127.0.0.1"),
    ("RATE_PURCHASE", "1000000"),
    ("RATE_LOGIN", "1000000"),
    ("RATE_LOGIN_ACCOUNT", "1000000"),
    ("BCRYPT_COST", "10"),
];

/// Responses by call and status; status 0 means no response.
type Statuses = BTreeMap<(&'static str, u16), u64>;

/// The buyer's calls, each with the only status that counts as served.
const SERVED: [(&str, u16); 4] = [("purchase", 201), ("status", 200), ("cancel", 200), ("health", 200)];

struct Buyer {
    client: Client,
    base: String,
    order: Value,
    token: String,
    purchases: u64,
}

/// Service that the buyer received.
struct Service {
    purchases: Figures,
    statuses: Statuses,
    slowest_health: Duration,
}

impl Buyer {
    /// Sends a call of the buyer; returns status and body.
    async fn call(&self, request: RequestBuilder) -> (u16, Value) {
        let request = request.bearer_auth(&self.token).header("X-Forwarded-For", BUYER);
        let Ok(answer) = request.send().await else { return (0, Value::Null) };
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// One purchase and its status, then a cancellation; returns the duration of the first two.
    async fn buy(&mut self, statuses: &mut Statuses) -> (Duration, u16) {
        self.purchases += 1;
        let mut count = |call, status| *statuses.entry((call, status)).or_default() += 1;
        let begun = Instant::now();
        let purchase = self.client.post(format!("{}/api/tickets/purchase", self.base));
        let purchase = purchase.header("Idempotency-Key", format!("honest-{}", self.purchases));
        let (bought, body) = self.call(purchase.json(&self.order)).await;
        count("purchase", bought);
        let Some(ticket) = body["data"]["ticket"]["id"].as_i64() else { return (begun.elapsed(), bought) };
        let ticket = |method, call: &str| {
            self.client.request(method, format!("{}/api/tickets/{ticket}/{call}", self.base))
        };
        count("status", self.call(ticket(Method::GET, "status")).await.0);
        let took = begun.elapsed();
        // An account may hold ten seats.
        count("cancel", self.call(ticket(Method::POST, "cancel")).await.0);
        (took, bought)
    }

    /// Buys tickets one after another for this long.
    async fn buy_for(&mut self, time: Duration) -> Service {
        let (client, url) = (self.client.clone(), format!("{}/health", self.base));
        let begun = Instant::now();
        let health = async {
            let (mut slowest, mut answers) = (Duration::ZERO, BTreeMap::<u16, u64>::new());
            while begun.elapsed() < time {
                let asked = Instant::now();
                let answer = client.get(&url).send().await;
                slowest = slowest.max(asked.elapsed());
                *answers.entry(answer.map_or(0, |answer| answer.status().as_u16())).or_default() += 1;
                tokio::time::sleep(HEALTH_INTERVAL).await;
            }
            (slowest, answers)
        };
        let purchases = async {
            let (mut took, mut bought, mut statuses) = (Vec::new(), BTreeMap::new(), Statuses::new());
            while begun.elapsed() < time {
                let (time, status) = self.buy(&mut statuses).await;
                took.push(time);
                *bought.entry(status).or_default() += 1;
            }
            (Figures::new(took, bought, begun.elapsed()), statuses)
        };
        let ((slowest_health, health), (purchases, mut statuses)) = tokio::join!(health, purchases);
        statuses.extend(health.into_iter().map(|(status, count)| (("health", status), count)));
        Service { purchases, statuses, slowest_health }
    }
}

impl Service {
    /// Calls that were not served. Any is a missed goal, and so is a buyer never served.
    fn refusals(&self, when: &str) -> Vec<String> {
        let refused = self.statuses.iter().filter(|(answer, _)| !SERVED.contains(answer));
        let refused = refused.map(|((call, status), count)| format!("{when}: {call} {status} ×{count}"));
        let never = SERVED.iter().filter(|served| !self.statuses.contains_key(served));
        refused.chain(never.map(|(call, _)| format!("{when}: {call} never served"))).collect()
    }
}

/// Descriptions of missed goals.
fn missed(alone: &Service, beside: &Service, mib: f64) -> Vec<String> {
    let mut missed = alone.refusals("alone");
    missed.extend(beside.refusals("beside"));
    let ratio = beside.purchases.at(990).as_secs_f64() / alone.purchases.at(990).as_secs_f64();
    // A ratio without measurements is not a number, and counts as missed.
    if !matches!(ratio.partial_cmp(&MAX_P99_RATIO), Some(order) if order.is_le()) {
        missed.push(format!("p99 ratio {ratio:.1}"));
    }
    if mib > MAX_MIB {
        missed.push(format!("{mib:.0} MiB"));
    }
    if beside.slowest_health > MAX_HEALTH {
        missed.push(format!("/health in {:.2?}", beside.slowest_health));
    }
    missed
}

/// Runs each attack for `time` on its own shop; returns whether all goals were reached.
pub(super) async fn run(cluster: Option<&Cluster>, time: Duration) -> bool {
    let mut failures = Vec::new();
    for attack in Attack::ALL {
        let site = Site::open_with(cluster, &SETTINGS).await;
        let event = site.organiser.event("Wanted", 100_000, 21).await;
        let order = json!({
            "event_id": event, "user_id": site.organiser.id,
            "uma_address": format!("$alice@localhost:{}", site.world_port),
        });
        let mut buyer = Buyer {
            client: client(MAX_ANSWER),
            base: format!("http://127.0.0.1:{}", site.port),
            order: order.clone(),
            token: site.organiser.token().to_owned(),
            purchases: 0,
        };
        let alone = buyer.buy_for(time).await;
        let target = Target::prepare(site.port, order, attack).await;
        let attackers = Attackers::start(attack, &target);
        let beside = buyer.buy_for(time).await;
        let mib = site.resident_mib();
        let statuses = attackers.stop();
        let mut missed = missed(&alone, &beside, mib);
        if !attack.reached(&statuses) {
            missed.push("the attack did not reach its target".to_owned());
        }
        say(format!("{attack:?}\n  alone   {}\n  beside  {}", alone.purchases, beside.purchases));
        say(format!(
            "  {mib:.0} MiB, slowest /health {:.2?}, answers to the attack {statuses:?}",
            beside.slowest_health
        ));
        say(if missed.is_empty() { "  reached".to_owned() } else { format!("  MISSED {missed:?}") });
        if !missed.is_empty() {
            failures.push(format!("{attack:?}"));
        }
        site.audit();
    }
    let goals = format!("all served, p99 ≤ {MAX_P99_RATIO}×, ≤ {MAX_MIB} MiB, /health ≤ {MAX_HEALTH:?}");
    say(if failures.is_empty() {
        format!("all reach {goals}")
    } else {
        format!("MISSED ({goals}): {failures:?}")
    });
    failures.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(took: Duration, answers: &[(&'static str, u16)], slowest_health: Duration) -> Service {
        let purchases = Figures::new(vec![took], BTreeMap::new(), Duration::from_secs(1));
        Service { purchases, statuses: answers.iter().map(|answer| (*answer, 1)).collect(), slowest_health }
    }

    #[test]
    fn refused_buyer_is_a_missed_goal() {
        let (fast, slow) = (Duration::from_millis(10), Duration::from_millis(51));
        let served = service(fast, &SERVED, fast);
        assert_eq!(missed(&served, &served, 100.0), Vec::<String>::new());
        let refused = service(fast, &[("purchase", 429), ("health", 200)], fast);
        let missing = missed(&served, &refused, 100.0);
        assert!(missing.contains(&"beside: purchase 429 ×1".to_owned()), "{missing:?}");
        assert!(missing.contains(&"beside: purchase never served".to_owned()), "{missing:?}");
        assert!(!missed(&refused, &served, 100.0).is_empty(), "refused alone");
        let mut ill = SERVED.to_vec();
        ill.push(("health", 503));
        assert_eq!(missed(&served, &service(fast, &ill, fast), 100.0), ["beside: health 503 ×1"]);
        assert_eq!(missed(&served, &service(slow, &SERVED, fast), 100.0), ["p99 ratio 5.1"]);
        assert_eq!(missed(&served, &served, 257.0), ["257 MiB"]);
        assert_eq!(missed(&served, &service(fast, &SERVED, MAX_HEALTH + fast), 100.0), ["/health in 1.01s"]);
        let nothing = Service { purchases: Figures::default(), ..service(fast, &SERVED, fast) };
        assert_eq!(missed(&nothing, &nothing, 100.0), ["p99 ratio NaN"]);
    }
}

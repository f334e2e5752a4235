//! What an honest buyer sees beside each attack: a purchase, its status and `/health`, alone and then beside it.

use super::{driver::Figures, site::Site};
use crate::{say, shop::client};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use testkit::postgres::Cluster;
use tokio::{io::AsyncWriteExt, net::TcpStream, task::JoinSet};

/// Requests of an attack at the same time.
const ATTACKERS: u32 = 32;
/// Connections that an attack keeps open.
const SOCKETS: usize = 500;
const MAX_P99_RATIO: f64 = 5.0;
const MAX_MIB: f64 = 256.0;
const MAX_HEALTH: Duration = Duration::from_secs(1);
/// Limits are on; those of requests a minute are far away, so that quotas and queues alone stand in the way.
const SETTINGS: [(&str, &str); 6] = [
    ("RATE_LIMITS", "on"),
    ("TRUSTED_PROXIES", "127.0.0.1"),
    ("RATE_PURCHASE", "1000000"),
    ("RATE_LOGIN", "1000000"),
    ("RATE_LOGIN_ACCOUNT", "1000000"),
    ("BCRYPT_COST", "10"),
];

/// A kind of attack.
#[derive(Debug, Clone, Copy)]
enum Attack {
    /// Seats taken by guests, each on a network of its own.
    Seats,
    WrongPasswords,
    /// Accounts and tickets asked for by number.
    Counting,
    /// Questions that the node is asked on behalf of strangers.
    NodeQuestions,
    /// The heads of live streams, on connections that stay open.
    Heads,
    /// Bodies that never come, on connections that stay open.
    SlowBodies,
}

const ATTACKS: [Attack; 6] = [
    Attack::Seats,
    Attack::WrongPasswords,
    Attack::Counting,
    Attack::NodeQuestions,
    Attack::Heads,
    Attack::SlowBodies,
];

/// The place of the attack, and of the buyer.
#[derive(Clone)]
struct Stage {
    client: Client,
    port: u16,
    event: i64,
    buyer: i64,
    token: String,
    payer: String,
}

static NUMBER: AtomicU64 = AtomicU64::new(1);

impl Stage {
    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// One purchase with all that belongs to it; the answers of `/health` apart.
    async fn buy(&self) -> (Duration, Duration, u16) {
        let key = format!("honest-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let order = json!({ "event_id": self.event, "user_id": self.buyer, "uma_address": self.payer });
        let begun = Instant::now();
        let purchase = self.client.post(self.url("/api/tickets/purchase")).bearer_auth(&self.token);
        let purchase = purchase.header("X-Forwarded-For", "192.0.2.10").header("Idempotency-Key", key);
        let Ok(answer) = purchase.json(&order).send().await else { return (begun.elapsed(), MAX_HEALTH, 0) };
        let status = answer.status().as_u16();
        let bought: Value = answer.json().await.unwrap_or_default();
        let ticket = self.url(&format!("/api/tickets/{}", bought["data"]["ticket"]["id"]));
        let asked = |method, path: &str| {
            let request = self.client.request(method, format!("{ticket}/{path}")).bearer_auth(&self.token);
            request.header("X-Forwarded-For", "192.0.2.10").send()
        };
        drop(asked(Method::GET, "status").await);
        let took = begun.elapsed();
        // The seat goes back: an account keeps a few only.
        drop(asked(Method::POST, "cancel").await);
        let begun = Instant::now();
        drop(self.client.get(self.url("/health")).send().await);
        (took, begun.elapsed(), status)
    }

    async fn buy_for(&self, time: Duration) -> (Figures, Duration) {
        let begun = Instant::now();
        let (mut took, mut statuses, mut health) = (Vec::new(), BTreeMap::new(), Duration::ZERO);
        while begun.elapsed() < time {
            let (purchase, check, status) = self.buy().await;
            took.push(purchase);
            health = health.max(check);
            *statuses.entry(status).or_default() += 1;
        }
        (Figures::new(took, statuses, begun.elapsed()), health)
    }

    /// One request of an attack.
    async fn strike(&self, attack: Attack, number: u32) {
        let foreign = Ipv4Addr::from(0x0b00_0000_u32.wrapping_add(number)).to_string();
        let (method, path, body) = match attack {
            Attack::Seats => {
                let order =
                    json!({ "event_id": self.event, "user_id": self.buyer, "uma_address": self.payer });
                (Method::POST, "/api/tickets/purchase".to_owned(), Some(order))
            }
            Attack::WrongPasswords => {
                let credentials =
                    json!({ "email": crate::shop::ADMIN, "password": format!("wrong {number}") });
                (Method::POST, "/api/users/login".to_owned(), Some(credentials))
            }
            Attack::Counting if number.is_multiple_of(2) => {
                (Method::GET, format!("/api/users/{number}"), None)
            }
            Attack::Counting => (Method::GET, format!("/api/tickets/{number}/status"), None),
            Attack::NodeQuestions => (Method::GET, format!("/api/lnurl/verify/{number:064x}"), None),
            Attack::Heads | Attack::SlowBodies => return self.hang(attack).await,
        };
        // Others than those who take seats have one network.
        let address = if matches!(attack, Attack::Seats) { foreign.as_str() } else { "203.0.113.7" };
        let mut request = self.client.request(method, self.url(&path)).header("X-Forwarded-For", address);
        if let Some(body) = body {
            request = request.json(&body);
        }
        drop(request.send().await);
    }

    /// A connection that is kept until the server closes it, or for five seconds.
    async fn hang(&self, attack: Attack) {
        let head = match attack {
            Attack::Heads => "HEAD /api/tickets/1/events HTTP/1.1\r\nhost: localhost\r\n\r\n",
            _ => {
                "POST /api/users/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 content-length: 60000\r\n\r\n{"
            }
        };
        let Ok(mut socket) = TcpStream::connect(("127.0.0.1", self.port)).await else { return };
        drop(socket.write_all(head.as_bytes()).await);
        tokio::time::sleep(Duration::from_secs(5)).await;
    }

    /// Strikes until it is dropped.
    fn attack(&self, attack: Attack) -> JoinSet<()> {
        let number = Arc::new(AtomicU32::new(1));
        let attackers = match attack {
            Attack::Heads | Attack::SlowBodies => SOCKETS,
            _ => usize::try_from(ATTACKERS).unwrap(),
        };
        let mut set = JoinSet::new();
        for _ in 0..attackers {
            let (stage, number) = (self.clone(), Arc::clone(&number));
            set.spawn(async move {
                loop {
                    stage.strike(attack, number.fetch_add(1, Ordering::Relaxed)).await;
                }
            });
        }
        set
    }
}

/// Each attack in turn, `time` long, on a shop of its own.
pub(super) async fn run(cluster: Option<&Cluster>, time: Duration) {
    let mut missed = Vec::new();
    for attack in ATTACKS {
        let site = Site::open_with(cluster, &SETTINGS).await;
        let stage = Stage {
            client: client(Duration::from_secs(30)),
            port: site.port,
            event: site.organiser.event("Wanted", 100_000, 21).await,
            buyer: site.organiser.id,
            token: site.organiser.token().to_owned(),
            payer: format!("$alice@localhost:{}", site.world_port),
        };
        let (alone, _) = stage.buy_for(time).await;
        let attackers = stage.attack(attack);
        let (beside, health) = stage.buy_for(time).await;
        let mib = site.resident_mib();
        drop(attackers);
        let ratio = beside.at(990).as_secs_f64() / alone.at(990).as_secs_f64();
        say(format!("{attack:?}\n  alone   {alone}\n  beside  {beside}"));
        say(format!("  p99 ratio {ratio:.1}, {mib:.0} MiB, slowest /health {health:.2?}"));
        if ratio > MAX_P99_RATIO || mib > MAX_MIB || health > MAX_HEALTH {
            missed.push(format!("{attack:?}"));
        }
        site.audit();
    }
    let goals = format!("p99 ≤ {MAX_P99_RATIO}×, ≤ {MAX_MIB} MiB, /health ≤ {MAX_HEALTH:?}");
    say(if missed.is_empty() {
        format!("all reach {goals}")
    } else {
        format!("missed ({goals}): {missed:?}")
    });
}

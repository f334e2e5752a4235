//! Processes of the shop behind a proxy of the test, so that requests come from any network.

use crate::{
    shop::{PASSWORD, Settings, Shop, client, insist, tickets},
    stage::{ADMIN, Node, World, configuration, world},
};
use reqwest::{Client, Method, StatusCode};
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use store_postgres::{PgConfig, Postgres};
use testkit::postgres::TestDatabase;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Sqlite,
    TwoReplicas,
}

const PLAN: World = World { approves: false, wallet_timeout_secs: 5, log: "off", node: Node::Lightspark };

/// Limits of requests a minute are on and far away: the cases are about quotas, which no patience overcomes.
const LIMITS: [(&str, &str); 7] = [
    ("RATE_LIMITS", "on"),
    ("TRUSTED_PROXIES", "127.0.0.1"),
    ("RATE_LOGIN", "100000"),
    ("RATE_LOGIN_ACCOUNT", "100000"),
    ("RATE_REGISTER", "100000"),
    ("RATE_PURCHASE", "100000"),
    ("RATE_VALIDATE", "100000"),
];

/// A shop under attack.
pub(crate) struct Arena {
    replicas: Vec<Shop>,
    bases: Vec<String>,
    pub(crate) settings: Settings,
    pub(crate) world: Sandbox,
    client: Client,
    next: AtomicUsize,
    pub(crate) admin: TestUser,
    _database: Option<TestDatabase>,
    _data: tempfile::TempDir,
}

/// Someone with an account.
#[derive(Debug, Clone)]
pub(crate) struct TestUser {
    pub(crate) id: i64,
    pub(crate) token: String,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    #[track_caller]
    pub(crate) fn data(&self) -> &Value {
        assert!(self.status < 300, "{self:?}");
        &self.body["data"]
    }
}

async fn migrate(url: String) {
    Postgres::connect(PgConfig::new(url)).await.unwrap().migrate().await.unwrap();
}

impl Arena {
    pub(crate) async fn open(store: Store, extra: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let port = testkit::ports::free_ports();
        let base = format!("http://127.0.0.1:{port}");
        let world = world(PLAN, data.path(), port + 1, &base).await;
        let database = match store {
            Store::Sqlite => None,
            Store::TwoReplicas => Some(TestDatabase::create(migrate).await),
        };
        let file = format!("sqlite://{}", data.path().join("shop.db").display());
        let url = database.as_ref().map_or(file.as_str(), TestDatabase::url);
        let mut settings = configuration(PLAN, port, url, &world);
        for (name, value) in LIMITS.iter().chain(extra) {
            settings.insert((*name).to_owned(), (*value).to_owned());
        }
        let mut ports = vec![port];
        if store == Store::TwoReplicas {
            ports.push(testkit::ports::free_ports());
        }
        let start = |port: &u16| {
            let mut settings = settings.clone();
            settings.insert("PORT".to_owned(), port.to_string());
            Shop::logging(&["serve"], &settings, &data.path().join("log"))
        };
        let replicas = ports.iter().map(start).collect();
        let bases: Vec<String> = ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
        let client = client();
        for base in &bases {
            insist(|| client.get(format!("{base}/ready")), StatusCode::OK).await;
        }
        let made = tickets(&["admin", ADMIN], &settings);
        assert!(made.status.success(), "{made:?}");
        let admin = TestUser { id: 0, token: String::new() };
        let next = AtomicUsize::new(0);
        let mut arena =
            Self { replicas, bases, settings, world, client, next, admin, _database: database, _data: data };
        arena.admin = arena.from("192.0.2.1").log_in(ADMIN).await;
        arena
    }

    /// A client at this address; an IPv6 customer has a whole /64.
    pub(crate) fn from(&self, address: &str) -> TestClient<'_> {
        TestClient { arena: self, address: address.to_owned(), token: None }
    }

    /// The organiser, on a network of their own.
    pub(crate) fn organiser(&self) -> TestClient<'_> {
        self.from("192.0.2.1").with(&self.admin)
    }

    pub(crate) fn replicas(&self) -> usize {
        self.replicas.len()
    }

    /// An event that begins in a quarter of an hour, so that its doors are open; its number.
    pub(crate) async fn event(&self, seats: u32, price_sats: u64) -> i64 {
        let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
        let event = json!({
            "title": "A night to remember", "description": "", "capacity": seats, "price_sats": price_sats,
            "start_time": now + chrono::Duration::minutes(15), "end_time": now + chrono::Duration::hours(3),
            "stream_url": "https://stream.example/live",
        });
        self.organiser().post("/api/admin/events", &event).await.data()["id"].as_i64().unwrap()
    }

    /// The seats that an event has left, as everybody sees them.
    pub(crate) async fn seats_left(&self, event: i64) -> u64 {
        let seen = self.organiser().get(&format!("/api/events/{event}")).await;
        seen.data()["tickets_available"].as_u64().unwrap()
    }

    /// The shop's own audit of its books.
    pub(crate) fn books_agree(&self) {
        let audit = tickets(&["audit"], &self.settings);
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    }
}

/// Requests from one address, to each replica in turn.
#[derive(Clone)]
pub(crate) struct TestClient<'a> {
    arena: &'a Arena,
    address: String,
    token: Option<String>,
}

impl TestClient<'_> {
    pub(crate) fn with(mut self, person: &TestUser) -> Self {
        self.token = Some(person.token.clone());
        self
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let turn = self.arena.next.fetch_add(1, Ordering::Relaxed);
        let base = &self.arena.bases[turn % self.arena.bases.len()];
        let request = self.arena.client.request(method, format!("{base}{path}"));
        let mut request = request.header("X-Forwarded-For", &self.address);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.unwrap();
        Reply { status: answer.status().as_u16(), body: answer.json().await.unwrap_or(Value::Null) }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub(crate) async fn log_in(&self, email: &str) -> TestUser {
        let credentials = json!({ "email": email, "password": PASSWORD });
        let answer = self.post("/api/users/login", &credentials).await;
        let me = answer.data();
        let token = me["token"].as_str().unwrap().to_owned();
        TestUser { id: me["user"]["id"].as_i64().unwrap(), token }
    }

    pub(crate) fn order(&self, event: i64, user: i64) -> Value {
        let payer = self.arena.world.uma_address("alice");
        json!({ "event_id": event, "user_id": user, "uma_address": payer })
    }

    pub(crate) async fn buy(&self, event: i64, user: i64) -> Reply {
        self.post("/api/tickets/purchase", &self.order(event, user)).await
    }
}

//! Server processes with the test as their trusted proxy, so that requests may come from any network.

use crate::{
    process::{PASSWORD, ServerProcess, Settings, client, retry_until, run_cli},
    test_server::{ADMIN, Node, TestOptions, configuration, start_sandbox},
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

const OPTIONS: TestOptions =
    TestOptions { auto_approve: false, wallet_timeout_secs: 5, log: "off", node: Node::Lightspark };

/// Rate limits are on, but too high to apply: the scenarios test quotas.
const LIMITS: [(&str, &str); 8] = [
    ("RATE_LIMITS", "on"),
    ("REFUSAL_DELAY_MS", "0"),
    ("TRUSTED_PROXIES", "127.0.0.1"),
    ("RATE_LOGIN", "100000"),
    ("RATE_LOGIN_ACCOUNT", "100000"),
    ("RATE_REGISTER", "100000"),
    ("RATE_PURCHASE", "100000"),
    ("RATE_VALIDATE", "100000"),
];

/// One process on SQLite, or two replicas on Postgres.
pub(crate) struct Deployment {
    replicas: Vec<ServerProcess>,
    bases: Vec<String>,
    pub(crate) settings: Settings,
    pub(crate) sandbox: Sandbox,
    client: Client,
    next: AtomicUsize,
    pub(crate) admin: TestUser,
    _database: Option<TestDatabase>,
    _data: tempfile::TempDir,
}

/// An account and its session token.
#[derive(Debug, Clone)]
pub(crate) struct TestUser {
    pub(crate) id: i64,
    pub(crate) token: String,
}

/// A response with its body parsed.
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

impl Deployment {
    pub(crate) async fn open(store: Store, extra: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let port = testkit::ports::free_ports();
        let base = format!("http://127.0.0.1:{port}");
        let sandbox = start_sandbox(OPTIONS, data.path(), port + 1, &base).await;
        let database = match store {
            Store::Sqlite => None,
            Store::TwoReplicas => Some(TestDatabase::create(migrate).await),
        };
        let file = format!("sqlite://{}", data.path().join("shop.db").display());
        let url = database.as_ref().map_or(file.as_str(), TestDatabase::url);
        let mut settings = configuration(OPTIONS, port, url, &sandbox);
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
            ServerProcess::logging(&["serve"], &settings, &data.path().join("log"))
        };
        let replicas = ports.iter().map(start).collect();
        let bases: Vec<String> = ports.iter().map(|port| format!("http://127.0.0.1:{port}")).collect();
        let client = client();
        for base in &bases {
            retry_until(|| client.get(format!("{base}/ready")), StatusCode::OK).await;
        }
        let made = run_cli(&["admin", ADMIN], &settings);
        assert!(made.status.success(), "{made:?}");
        let admin = TestUser { id: 0, token: String::new() };
        let next = AtomicUsize::new(0);
        let mut deployment = Self {
            replicas,
            bases,
            settings,
            sandbox,
            client,
            next,
            admin,
            _database: database,
            _data: data,
        };
        deployment.admin = deployment.from("192.0.2.1").log_in(ADMIN).await;
        deployment
    }

    /// A client with this address.
    pub(crate) fn from(&self, address: &str) -> TestClient<'_> {
        TestClient { deployment: self, address: address.to_owned(), token: None }
    }

    /// The admin, on a separate network.
    pub(crate) fn admin_client(&self) -> TestClient<'_> {
        self.from("192.0.2.1").with(&self.admin)
    }

    pub(crate) fn replicas(&self) -> usize {
        self.replicas.len()
    }

    /// Creates an event that starts in 15 minutes, so that check-in is open; returns its id.
    pub(crate) async fn event(&self, seats: u32, price_sats: u64) -> i64 {
        let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
        let event = json!({
            "title": "A night to remember", "description": "", "capacity": seats, "price_sats": price_sats,
            "start_time": now + chrono::Duration::minutes(15), "end_time": now + chrono::Duration::hours(3),
            "stream_url": "https://stream.example/live",
        });
        self.admin_client().post("/api/admin/events", &event).await.data()["id"].as_i64().unwrap()
    }

    /// Available seats of an event as the public API reports them.
    pub(crate) async fn seats_left(&self, event: i64) -> u64 {
        let seen = self.admin_client().get(&format!("/api/events/{event}")).await;
        seen.data()["tickets_available"].as_u64().unwrap()
    }

    /// Asserts that the ledger audit finds no error.
    pub(crate) fn assert_audit_passes(&self) {
        let audit = run_cli(&["audit"], &self.settings);
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    }
}

/// Requests from one address, to each replica in turn.
#[derive(Clone)]
pub(crate) struct TestClient<'a> {
    deployment: &'a Deployment,
    address: String,
    token: Option<String>,
}

impl TestClient<'_> {
    pub(crate) fn with(mut self, user: &TestUser) -> Self {
        self.token = Some(user.token.clone());
        self
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let number = self.deployment.next.fetch_add(1, Ordering::Relaxed);
        let base = &self.deployment.bases[number % self.deployment.bases.len()];
        let request = self.deployment.client.request(method, format!("{base}{path}"));
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

    pub(crate) fn purchase_request(&self, event: i64, user: i64) -> Value {
        let payer = self.deployment.sandbox.uma_address("alice");
        json!({ "event_id": event, "user_id": user, "uma_address": payer })
    }

    pub(crate) async fn buy(&self, event: i64, user: i64) -> Reply {
        self.post("/api/tickets/purchase", &self.purchase_request(event, user)).await
    }
}

//! The server in the test process, with helpers for requests.

use box_office::Registration;
use chrono::Duration;
use kernel::{Clock, Secret, Timestamp};
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use server::{
    config::{self, Config, Domain, Env},
    demo::Secrets,
    shop::{Shop, WorkerMode},
    system::{SystemClock, SystemEntropy},
    wiring::{Database, SystemPorts},
};
use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use testkit::{ManualClock, postgres::TestDatabase};

pub(crate) const ADMIN: &str = "admin@shop.example";
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct TestApp {
    pub(crate) shop: Shop,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) config: Config,
    client: reqwest::Client,
    base: String,
    purchases: AtomicU64,
}

/// A response with its body parsed.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Reply {
    /// Content of the success envelope.
    #[track_caller]
    pub(crate) fn data(&self) -> &Value {
        assert!(self.status < 300, "{self:?}");
        &self.body["data"]
    }

    /// Asserts a complete error body with this status and type.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, kind: &str) -> &Self {
        assert_eq!((self.status, self.body["type"].as_str()), (status, Some(kind)), "{self:?}");
        assert_eq!(self.body["code"], status);
        let phrase = StatusCode::from_u16(status).unwrap().canonical_reason().unwrap();
        assert_eq!(self.body["error"], phrase);
        assert!(!self.body["message"].as_str().unwrap().is_empty());
        self
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}")).to_str().unwrap()
    }
}

/// An account and its session token.
#[derive(Debug, Clone)]
pub(crate) struct TestUser {
    pub(crate) id: i64,
    pub(crate) token: String,
    pub(crate) email: String,
}

/// Price of paid events, in satoshis.
pub(crate) const PRICE: u64 = 2_100;

impl TestApp {
    /// Starts without a worker; tests call [`TestApp::run_jobs`].
    pub(crate) async fn open() -> Self {
        Self::open_with(&[], false).await
    }

    /// Starts with a worker.
    pub(crate) async fn with_worker() -> Self {
        Self::open_with(&[], true).await
    }

    /// Starts two replicas without workers on one Postgres database, which is dropped with the returned value.
    pub(crate) async fn two_replicas() -> (TestDatabase, Self, Self) {
        let database = TestDatabase::create(async |url| {
            let (url, pool_size) = (Secret::new(url), 2);
            let config = config::Database::Postgres { url, pool_size, ca: None, migrate: false };
            Database::migrate(&config, false).await.unwrap();
        })
        .await;
        let secret = ("JWT_SECRET", "a secret of two replicas, of more than 32 bytes");
        let settings = [("DATABASE_URL", database.url()), secret];
        let one = Self::open_with(&settings, false).await;
        let two = Self::open_with(&settings, false).await;
        (database, one, two)
    }

    pub(crate) async fn open_with(settings: &[(&str, &str)], worker: bool) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let system = SystemPorts { clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let domain = format!("localhost:{port}");
        let mut env = Env::of([
            ("BIND_ADDRESS", "127.0.0.1"),
            ("DATABASE_URL", "sqlite://:memory:"),
            ("SANDBOX", "on"),
            ("SANDBOX_PORT", "0"),
            ("BCRYPT_COST", "4"),
            ("RATE_LIMITS", "off"),
            ("ADMIN_EMAILS", ADMIN),
            ("SHUTDOWN_SECONDS", "1"),
        ]);
        env.set("PORT", port.to_string());
        env.set("DOMAIN", domain.clone());
        let secrets = Secrets::generate(&Domain::parse(&domain).unwrap(), &system).unwrap();
        for (name, value) in secrets.settings() {
            env.set(name, value.expose().clone());
        }
        for (name, value) in settings {
            env.set(name, *value);
        }
        let config = Config::from_env(&env).unwrap();
        let runtime = server::wiring::open(&config, &system).await.unwrap();
        let worker = if worker { WorkerMode::Background } else { WorkerMode::Manual };
        let shop = Shop::start(&config, runtime, listener, worker).unwrap();
        let client = reqwest::Client::builder()
            .no_proxy()
            .no_gzip()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            shop,
            clock,
            client,
            base: format!("http://127.0.0.1:{port}"),
            config,
            purchases: AtomicU64::new(0),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Reply {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply { status, headers, text, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn get_as(&self, user: &TestUser, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).bearer_auth(&user.token)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn post_as(&self, user: &TestUser, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::POST, path).bearer_auth(&user.token).json(body)).await
    }

    pub(crate) async fn put_as(&self, user: &TestUser, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::PUT, path).bearer_auth(&user.token).json(body)).await
    }

    pub(crate) async fn delete_as(&self, user: &TestUser, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path).bearer_auth(&user.token)).await
    }

    pub(crate) async fn post_login(&self, email: &str, password: &str) -> Reply {
        self.post("/api/users/login", &json!({ "email": email, "password": password })).await
    }

    /// Registers and logs in.
    pub(crate) async fn register(&self, name: &str) -> TestUser {
        let email = format!("{name}@people.example");
        let made =
            self.post("/api/users", &json!({ "email": email, "name": name, "password": PASSWORD })).await;
        assert_eq!(made.status, 201, "{made:?}");
        self.log_in(&email).await
    }

    /// Logs in with the default password.
    pub(crate) async fn log_in(&self, email: &str) -> TestUser {
        let reply = self.post_login(email, PASSWORD).await;
        let data = reply.data();
        TestUser {
            id: data["user"]["id"].as_i64().unwrap(),
            token: data["token"].as_str().unwrap().to_owned(),
            email: email.to_owned(),
        }
    }

    /// Creates the admin account like the command line does.
    pub(crate) async fn admin(&self) -> TestUser {
        let form = Registration {
            email: ADMIN.into(),
            name: "Organiser".into(),
            password: PASSWORD.into(),
            language: kernel::Language::En,
        };
        self.shop.runtime.office.install_admin(form).await.unwrap();
        self.log_in(ADMIN).await
    }

    /// Form of an event that starts in 15 minutes, so that check-in is open.
    pub(crate) fn event(&self, price: u64, capacity: u32) -> Value {
        json!({
            "title": "Late Show", "description": "Loud.",
            "start_time": self.now() + Duration::minutes(15), "end_time": self.now() + Duration::hours(3),
            "capacity": capacity, "price_sats": price, "stream_url": "https://stream.example/secret",
        })
    }

    pub(crate) async fn add_event(&self, admin: &TestUser, price: u64, capacity: u32) -> i64 {
        let reply = self.post_as(admin, "/api/admin/events", &self.event(price, capacity)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.data()["id"].as_i64().unwrap()
    }

    pub(crate) fn uma_address(&self, user: &str) -> String {
        self.shop.runtime.node.sandbox.as_ref().unwrap().uma_address(user)
    }

    pub(crate) fn sandbox(&self) -> &sandbox::Sandbox {
        self.shop.runtime.node.sandbox.as_ref().unwrap()
    }

    pub(crate) fn purchase_request(&self, event: i64, user: i64) -> Value {
        json!({ "event_id": event, "user_id": user, "uma_address": self.uma_address("alice") })
    }

    /// Purchases with a new idempotency key, so that it is no repetition.
    pub(crate) async fn buy(&self, user: &TestUser, event: i64) -> Reply {
        let key = format!("purchase-{}", self.purchases.fetch_add(1, Ordering::Relaxed));
        let request = self.request(Method::POST, "/api/tickets/purchase").bearer_auth(&user.token);
        self.send(request.header("Idempotency-Key", key).json(&self.purchase_request(event, user.id))).await
    }

    /// Runs all due jobs once.
    pub(crate) async fn run_jobs(&self) {
        self.shop.runtime.office.run_due_jobs().await.unwrap();
        self.shop.runtime.office.expire_holds().await.unwrap();
    }

    /// Runs jobs until the check returns a value; panics after a minute.
    pub(crate) async fn until<T>(&self, what: &str, check: impl AsyncFn() -> Option<T>) -> T {
        let waited = tokio::time::timeout(std::time::Duration::from_mins(1), async {
            loop {
                self.run_jobs().await;
                if let Some(found) = check().await {
                    return found;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("timed out: {what}"))
    }

    /// Status of a ticket, authorised by its status token.
    pub(crate) async fn status(&self, ticket: i64, token: &str) -> Value {
        self.get(&format!("/api/tickets/{ticket}/status?token={token}")).await.data().clone()
    }

    /// Waits until a ticket has this status.
    pub(crate) async fn until_status(&self, bought: &Value, status: &str) -> Value {
        let (id, token) =
            (bought["ticket"]["id"].as_i64().unwrap(), bought["status_token"].as_str().unwrap());
        self.until(status, async || {
            let seen = self.status(id, token).await;
            (seen["ticket"]["payment_status"] == status).then_some(seen)
        })
        .await
    }

    /// Approves the newest UMA Request in the payer's wallet and waits until the ticket is paid.
    pub(crate) async fn approve(&self, bought: &Value) -> Value {
        let request = self.until("the wallet's request", async || self.sandbox().pending().pop()).await;
        self.sandbox().approve(&request.id).await.unwrap();
        self.until_status(bought, "paid").await
    }

    /// Pays the bolt11 invoice.
    pub(crate) async fn pay_bolt11(&self, bought: &Value) {
        let bolt11 = bought["uma_request"]["bolt11"].as_str().unwrap();
        self.shop.runtime.office.simulate_payment(bolt11).await.unwrap();
    }

    /// Purchases a ticket and pays it.
    pub(crate) async fn buy_paid(&self, user: &TestUser, event: i64) -> Value {
        let bought = self.buy(user, event).await.data().clone();
        if bought["payment_required"] == true {
            self.pay_bolt11(&bought).await;
            self.until_status(&bought, "paid").await;
        }
        bought
    }

    /// Asserts that received money is kept, refunded or refundable, and no event is oversold.
    pub(crate) async fn assert_ledger_balances(&self) {
        let ledger = self.shop.runtime.database.store.ledger(self.now() - Duration::hours(1)).await.unwrap();
        assert_eq!(ledger.inconsistencies(), Vec::<String>::new());
    }
}

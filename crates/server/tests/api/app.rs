//! A whole shop in this process, and verbs to use it.

use box_office::Registration;
use chrono::Duration;
use kernel::{Clock, Timestamp};
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use server::{
    config::{Config, Domain, Env},
    demo::Secrets,
    shop::{Shop, WorkerMode},
    system::{SystemClock, SystemEntropy},
    wiring::SystemPorts,
};
use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use testkit::ManualClock;

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

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Reply {
    /// What is inside the success envelope.
    #[track_caller]
    pub(crate) fn data(&self) -> &Value {
        assert!(self.status < 300, "{self:?}");
        &self.body["data"]
    }

    /// The refusal must be complete, and of this status and slug.
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

/// Someone with an account.
#[derive(Debug, Clone)]
pub(crate) struct TestUser {
    pub(crate) id: i64,
    pub(crate) token: String,
    pub(crate) email: String,
}

/// What the paid event of most tests costs.
pub(crate) const PRICE: u64 = 2_100;

impl TestApp {
    /// A shop whose jobs are run by hand.
    pub(crate) async fn open() -> Self {
        Self::with(&[], false).await
    }

    /// A shop with a worker.
    pub(crate) async fn working() -> Self {
        Self::with(&[], true).await
    }

    pub(crate) async fn with(settings: &[(&str, &str)], working: bool) -> Self {
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
        let secrets = Secrets::make(&Domain::parse(&domain).unwrap(), &system).unwrap();
        for (name, value) in secrets.settings() {
            env.set(name, value.expose().clone());
        }
        for (name, value) in settings {
            env.set(name, *value);
        }
        let config = Config::from_env(&env).unwrap();
        let runtime = server::wiring::open(&config, &system).await.unwrap();
        let working = if working { WorkerMode::ByItself } else { WorkerMode::ByHand };
        let shop = Shop::start(&config, runtime, listener, working).unwrap();
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

    pub(crate) async fn get_as(&self, who: &TestUser, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).bearer_auth(&who.token)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn post_as(&self, who: &TestUser, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::POST, path).bearer_auth(&who.token).json(body)).await
    }

    pub(crate) async fn put_as(&self, who: &TestUser, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::PUT, path).bearer_auth(&who.token).json(body)).await
    }

    pub(crate) async fn delete_as(&self, who: &TestUser, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path).bearer_auth(&who.token)).await
    }

    pub(crate) async fn post_login(&self, email: &str, password: &str) -> Reply {
        self.post("/api/users/login", &json!({ "email": email, "password": password })).await
    }

    /// Registers and logs in.
    pub(crate) async fn person(&self, name: &str) -> TestUser {
        let email = format!("{name}@people.example");
        let made =
            self.post("/api/users", &json!({ "email": email, "name": name, "password": PASSWORD })).await;
        assert_eq!(made.status, 201, "{made:?}");
        self.known(&email).await
    }

    /// Logs in.
    pub(crate) async fn known(&self, email: &str) -> TestUser {
        let reply = self.post_login(email, PASSWORD).await;
        let data = reply.data();
        TestUser {
            id: data["user"]["id"].as_i64().unwrap(),
            token: data["token"].as_str().unwrap().to_owned(),
            email: email.to_owned(),
        }
    }

    /// The organiser, made as at the command line.
    pub(crate) async fn admin(&self) -> TestUser {
        let form = Registration { email: ADMIN.into(), name: "Organiser".into(), password: PASSWORD.into() };
        self.shop.runtime.office.install_admin(form).await.unwrap();
        self.known(ADMIN).await
    }

    /// An event that begins in a quarter of an hour, so that its door is open.
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

    pub(crate) fn uma(&self, user: &str) -> String {
        self.shop.runtime.node.sandbox.as_ref().unwrap().uma_address(user)
    }

    pub(crate) fn sandbox(&self) -> &sandbox::Sandbox {
        self.shop.runtime.node.sandbox.as_ref().unwrap()
    }

    pub(crate) fn purchase_request(&self, event: i64, user: i64) -> Value {
        json!({ "event_id": event, "user_id": user, "uma_address": self.uma("alice") })
    }

    /// A purchase of its own, whatever the same person bought before.
    pub(crate) async fn buy(&self, who: &TestUser, event: i64) -> Reply {
        let key = format!("purchase-{}", self.purchases.fetch_add(1, Ordering::Relaxed));
        let request = self.request(Method::POST, "/api/tickets/purchase").bearer_auth(&who.token);
        self.send(request.header("Idempotency-Key", key).json(&self.purchase_request(event, who.id))).await
    }

    /// Runs everything that is due, once.
    pub(crate) async fn work(&self) {
        self.shop.runtime.office.run_due_jobs().await.unwrap();
        self.shop.runtime.office.expire_holds().await.unwrap();
    }

    /// Works until something is so.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let waited = tokio::time::timeout(std::time::Duration::from_mins(1), async {
            loop {
                self.work().await;
                if let Some(found) = look().await {
                    return found;
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("never came: {what}"))
    }

    /// The status as an organiser sees it.
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

    /// The buyer approves the request for this ticket in their wallet, and the money arrives.
    pub(crate) async fn approve(&self, bought: &Value) -> Value {
        let request = self.until("the wallet's request", async || self.sandbox().pending().pop()).await;
        self.sandbox().approve(&request.id).await.unwrap();
        self.until_status(bought, "paid").await
    }

    /// The money arrives by way of the bolt11, from any Lightning wallet.
    pub(crate) async fn pay_bolt11(&self, bought: &Value) {
        let bolt11 = bought["uma_request"]["bolt11"].as_str().unwrap();
        self.shop.runtime.office.simulate_payment(bolt11).await.unwrap();
    }

    /// A paid ticket.
    pub(crate) async fn paid(&self, who: &TestUser, event: i64) -> Value {
        let bought = self.buy(who, event).await.data().clone();
        if bought["payment_required"] == true {
            self.pay_bolt11(&bought).await;
            self.until_status(&bought, "paid").await;
        }
        bought
    }

    /// Every millisatoshi is accounted for, and no event oversold.
    pub(crate) async fn books_agree(&self) {
        let ledger = self.shop.runtime.database.store.ledger(self.now() - Duration::hours(1)).await.unwrap();
        let accounted = ledger.kept.saturating_add(ledger.refunded).saturating_add(ledger.refundable);
        assert_eq!(ledger.received, accounted, "{ledger:?}");
        assert!(
            ledger.oversold.is_empty() && ledger.miscounted.is_empty() && ledger.mismatched.is_empty(),
            "{ledger:?}"
        );
    }
}

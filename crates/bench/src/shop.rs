//! A shop for trials: settings, database, organiser.

use crate::replica::{Settings, tickets};
use kernel::{Clock, Sats, Secret};
use reqwest::{Client, StatusCode};
use sandbox::{Sandbox, SandboxConfig, WebhookTarget, lightspark::LightsparkSettings};
use serde_json::{Value, json};
use server::{config::Domain, demo::Secrets, system::SystemEntropy, wiring::SystemPorts};
use std::{path::Path, sync::Arc, time::Duration};
use testkit::postgres::Cluster;
use tokio_postgres::NoTls;

pub(crate) const ADMIN: &str = "organiser@tickets.example";
pub(crate) const PASSWORD: &str = "correct horse battery";
const WEBHOOK_KEY: &str = "a webhook key for trials";

/// Settings of every process of the shop, without the node's.
pub(crate) fn settings(port: u16, database: &str) -> Settings {
    let domain = format!("localhost:{port}");
    let secrets = Secrets::generate(&Domain::parse(&domain).unwrap(), &SystemPorts::default()).unwrap();
    let mut settings: Settings = [
        ("BIND_ADDRESS", "127.0.0.1"),
        ("DOMAIN", &domain),
        ("DATABASE_URL", database),
        ("PORT", &port.to_string()),
        ("ADMIN_EMAILS", ADMIN),
        ("ADMIN_PASSWORD", PASSWORD),
        ("RATE_LIMITS", "off"),
        ("BCRYPT_COST", "4"),
        ("LOG", "warn"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    for (name, value) in secrets.settings() {
        settings.insert(name.to_owned(), value.expose().clone());
    }
    settings
}

/// Adds the sandbox's node, wallet and VASP in the same process.
pub(crate) fn sandboxed(mut settings: Settings, port: u16) -> Settings {
    settings.insert("SANDBOX".to_owned(), "on".to_owned());
    settings.insert("SANDBOX_PORT".to_owned(), port.to_string());
    settings
}

/// A sandbox in this process: Alice's wallet, and a node that the shop reaches over HTTP like Lightspark's.
pub(crate) async fn world(clock: Arc<dyn Clock>) -> Sandbox {
    let config = SandboxConfig::new(clock, Arc::new(SystemEntropy));
    let world = sandbox::start(SandboxConfig {
        wallets: vec![("alice".to_owned(), Sats::new(1_000_000_000).unwrap())],
        relay: None,
        lightspark: Some(LightsparkSettings::default()),
        ..config
    });
    world.await.unwrap()
}

/// Receives money through the sandbox's node.
pub(crate) fn receive_outside(settings: &mut Settings, world: &Sandbox) {
    let node = LightsparkSettings::default();
    for (name, value) in [
        ("LIGHTSPARK_CLIENT_ID", &node.client_id),
        ("LIGHTSPARK_CLIENT_SECRET", node.client_secret.expose()),
        ("LIGHTSPARK_NODE_ID", &node.node_id),
        ("LIGHTSPARK_NODE_PASSWORD", node.node_password.expose()),
        ("LIGHTSPARK_WEBHOOK_SIGNING_KEY", &WEBHOOK_KEY.to_owned()),
        ("LIGHTSPARK_BASE_URL", &format!("http://{}{}", world.address(), sandbox::lightspark::PATH)),
    ] {
        settings.insert(name.to_owned(), value.clone());
    }
}

/// Sends the node's webhooks to the shop at `base`.
pub(crate) fn send_webhooks(world: &Sandbox, base: &str) {
    world.world().set_webhook_target(WebhookTarget {
        url: format!("{base}/api/webhooks/payment"),
        key: Secret::new(WEBHOOK_KEY.to_owned()),
    });
}

/// A client for trials, with the given timeout.
pub(crate) fn client(limit: Duration) -> Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().no_proxy().timeout(limit).build().unwrap()
}

/// An empty database on the cluster; returns its URL.
pub(crate) async fn database(cluster: &Cluster, name: &str) -> String {
    let (admin, connection) = tokio_postgres::connect(&cluster.url("postgres"), NoTls).await.unwrap();
    tokio::spawn(connection);
    admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    cluster.url(name)
}

/// Migrates the schema and creates the organiser's account.
pub(crate) fn prepare(program: &Path, settings: &Settings) {
    for arguments in [&["migrate"][..], &["admin", ADMIN]] {
        let done = tickets(program, settings, arguments);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// Repeats a request until a response has the status `good`: the shop may be down.
pub(crate) async fn retry_until(request: impl Fn() -> reqwest::RequestBuilder, good: StatusCode) -> Value {
    for _ in 0..1_200 {
        match request().send().await {
            Ok(answer) if answer.status() == good => {
                if let Ok(body) = answer.json().await {
                    return body;
                }
            }
            Ok(answer) if answer.status().is_client_error() => {
                panic!("{}: {}", answer.status(), answer.text().await.unwrap_or_default())
            }
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no answer for a minute: {:?}", request());
}

/// Promo code of [`Organiser::typed_event`].
pub(crate) const CODE: &str = "TEN";

/// An event with several ticket types.
#[derive(Debug, Clone)]
pub(crate) struct TypedEvent {
    pub(crate) id: i64,
    pub(crate) types: Vec<i64>,
}

impl TypedEvent {
    /// Body of `POST /api/orders`: a guest's order of this many tickets of each type.
    pub(crate) fn order(&self, quantities: &[u64], code: bool, uma_address: &str) -> Value {
        let lines: Vec<_> = self
            .types
            .iter()
            .zip(quantities)
            .filter(|(_, quantity)| **quantity > 0)
            .map(|(id, quantity)| json!({ "ticket_type_id": id, "quantity": quantity }))
            .collect();
        let promo_code = code.then_some(CODE);
        json!({
            "event_id": self.id, "lines": lines, "promo_code": promo_code, "uma_address": uma_address,
            "email": "guest@buyers.example",
        })
    }
}

/// A logged-in organiser, and a buyer.
pub(crate) struct Organiser {
    client: Client,
    base: String,
    token: String,
    pub(crate) id: i64,
}

impl Organiser {
    pub(crate) async fn log_in(client: &Client, base: &str) -> Self {
        retry_until(|| client.get(format!("{base}/ready")), StatusCode::OK).await;
        let credentials = json!({ "email": ADMIN, "password": PASSWORD });
        let me =
            retry_until(|| client.post(format!("{base}/api/users/login")).json(&credentials), StatusCode::OK)
                .await;
        Self {
            client: client.clone(),
            base: base.to_owned(),
            token: me["data"]["token"].as_str().unwrap().to_owned(),
            id: me["data"]["user"]["id"].as_i64().unwrap(),
        }
    }

    /// Session token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Puts an event on sale; returns its id.
    pub(crate) async fn event(&self, title: &str, capacity: u32, price_sats: u64) -> i64 {
        let event = json!({
            "title": title, "description": "An evening to remember.", "capacity": capacity, "price_sats": price_sats,
            "start_time": "2090-01-01T18:00:00Z", "end_time": "2090-01-01T22:00:00Z",
            "stream_url": "https://stream.example/live",
        });
        let request = || {
            let url = format!("{}/api/admin/events", self.base);
            self.client.post(url).bearer_auth(&self.token).json(&event)
        };
        retry_until(request, StatusCode::CREATED).await["data"]["id"].as_i64().unwrap()
    }

    /// Puts an event with a promo code, valid for `max_uses` orders, and three ticket types on sale. Each type may sell out
    /// by itself, because their quotas add up to more than the capacity.
    pub(crate) async fn typed_event(
        &self,
        title: &str,
        capacity: u32,
        price_sats: u64,
        max_uses: Option<u32>,
    ) -> TypedEvent {
        let id = self.event(title, capacity, price_sats).await;
        let path = format!("/api/admin/events/{id}");
        let default = self.get(&format!("{path}/ticket-types")).await["data"][0]["id"].as_i64().unwrap();
        let mut types = vec![default];
        for (name, price) in [("Early bird", price_sats / 2 + 1), ("Supporter", price_sats * 2)] {
            let ticket_type = json!({
                "name": name, "price": { "kind": "fixed", "sats": price }, "quota": (capacity / 5 * 2).max(1),
            });
            let made = self.create(&format!("{path}/ticket-types"), &ticket_type).await;
            types.push(made["data"]["id"].as_i64().unwrap());
        }
        let code = json!({
            "code": CODE, "discount": { "kind": "percent", "value": 10 }, "max_uses": max_uses,
        });
        self.create(&format!("{path}/promo-codes"), &code).await;
        TypedEvent { id, types }
    }

    async fn get(&self, path: &str) -> Value {
        let request = || self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        retry_until(request, StatusCode::OK).await
    }

    async fn create(&self, path: &str, body: &Value) -> Value {
        let request = || self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.token).json(body);
        retry_until(request, StatusCode::CREATED).await
    }

    /// Opens watch sessions of this many tickets of a running event; returns the requests with which nginx asks for their segments.
    pub(crate) async fn segment_requests(&self, viewers: u32) -> Vec<Vec<u8>> {
        let event = self.event("A stream", viewers, 0).await;
        let now = kernel::Clock::now(&server::system::SystemClock);
        let running = json!({
            "start_time": now, "end_time": now + chrono::TimeDelta::hours(3), "gated": true,
            "stream_url": "https://media.example/hls/stream/index.m3u8",
        });
        let change = || {
            let url = format!("{}/api/admin/events/{event}", self.base);
            self.client.put(url).bearer_auth(&self.token).json(&running)
        };
        retry_until(change, StatusCode::OK).await;
        let mut requests = Vec::new();
        for number in 0..viewers {
            let purchase = json!({ "event_id": event, "user_id": self.id });
            let request = || {
                let url = format!("{}/api/tickets/purchase", self.base);
                let key = format!("viewer-{event}-{number}");
                self.client.post(url).bearer_auth(&self.token).header("Idempotency-Key", key).json(&purchase)
            };
            let bought = retry_until(request, StatusCode::CREATED).await;
            let ticket = json!({ "ticket_id": bought["data"]["ticket"]["id"] });
            let opened = self.create(&format!("/api/events/{event}/watch"), &ticket).await;
            let token = opened["data"]["media"]["token"].as_str().unwrap();
            let target = format!("/hls/stream/720p/{number}.ts?token={token}");
            let request = format!(
                "GET /api/stream/authorize HTTP/1.1\r\nhost: localhost\r\nx-original-uri: {target}\r\n\r\n"
            );
            requests.push(request.into_bytes());
        }
        requests
    }

    /// Buys this many free tickets for the organiser; returns the request that lists them.
    pub(crate) async fn tickets_of(&self, count: u32) -> Vec<u8> {
        let event = self.event("A free one", 1_000, 0).await;
        let purchase_request = json!({ "event_id": event, "user_id": self.id });
        for number in 0..count {
            let key = format!("free-{event}-{number}");
            let request = || {
                let url = format!("{}/api/tickets/purchase", self.base);
                self.client
                    .post(url)
                    .bearer_auth(&self.token)
                    .header("Idempotency-Key", &key)
                    .json(&purchase_request)
            };
            retry_until(request, StatusCode::CREATED).await;
        }
        let (id, token) = (self.id, &self.token);
        format!(
            "GET /api/users/{id}/tickets HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
        )
        .into_bytes()
    }
}

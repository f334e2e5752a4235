//! A shop to be put under pressure: its settings, its database, its organiser.

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
const WEBHOOK_KEY: &str = "a key for notices under pressure";

/// What every process of the shop is told; how money comes in is for the caller to add.
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

/// A pretend node, wallet and buyer's VASP in the same process.
pub(crate) fn sandboxed(mut settings: Settings, port: u16) -> Settings {
    settings.insert("SANDBOX".to_owned(), "on".to_owned());
    settings.insert("SANDBOX_PORT".to_owned(), port.to_string());
    settings
}

/// A pretend world in this process: Alice's wallet, and a node that the shop reaches over HTTP as if it were Lightspark's.
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

/// Money comes in through that world's node.
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

/// That node's notices go to the shop at `base` from now on.
pub(crate) fn send_webhooks(world: &Sandbox, base: &str) {
    world.world().set_webhook_target(WebhookTarget {
        url: format!("{base}/api/webhooks/payment"),
        key: Secret::new(WEBHOOK_KEY.to_owned()),
    });
}

/// A client for trials: short of patience, straight to the server.
pub(crate) fn client(patience: Duration) -> Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().no_proxy().timeout(patience).build().unwrap()
}

/// An empty database on the cluster; its address.
pub(crate) async fn database(cluster: &Cluster, name: &str) -> String {
    let (admin, connection) = tokio_postgres::connect(&cluster.url("postgres"), NoTls).await.unwrap();
    tokio::spawn(connection);
    admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    cluster.url(name)
}

/// Brings the schema up to date and makes the organiser's account.
pub(crate) fn prepare(program: &Path, settings: &Settings) {
    for words in [&["migrate"][..], &["admin", ADMIN]] {
        let done = tickets(program, settings, words);
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// Asks until an answer comes that means something: the shop may be dead at any moment.
pub(crate) async fn insist(request: impl Fn() -> reqwest::RequestBuilder, good: StatusCode) -> Value {
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

/// An organiser who is logged in, and a buyer.
pub(crate) struct Organiser {
    client: Client,
    base: String,
    token: String,
    pub(crate) id: i64,
}

impl Organiser {
    pub(crate) async fn log_in(client: &Client, base: &str) -> Self {
        insist(|| client.get(format!("{base}/ready")), StatusCode::OK).await;
        let credentials = json!({ "email": ADMIN, "password": PASSWORD });
        let me = insist(|| client.post(format!("{base}/api/users/login")).json(&credentials), StatusCode::OK)
            .await;
        Self {
            client: client.clone(),
            base: base.to_owned(),
            token: me["data"]["token"].as_str().unwrap().to_owned(),
            id: me["data"]["user"]["id"].as_i64().unwrap(),
        }
    }

    /// Lets in.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Puts an event on sale; its id.
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
        insist(request, StatusCode::CREATED).await["data"]["id"].as_i64().unwrap()
    }

    /// Buys this many free tickets for the organiser; the request that lists them.
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
            insist(request, StatusCode::CREATED).await;
        }
        let (id, token) = (self.id, &self.token);
        format!(
            "GET /api/users/{id}/tickets HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
        )
        .into_bytes()
    }
}

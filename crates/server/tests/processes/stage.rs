//! A process of the shop, its database, and the world outside in this process: a Lightspark-compatible node over HTTP, a Nostr
//! relay, and the buyers' wallets.

use crate::shop::{PASSWORD, Settings, Shop, client, insist, settings, tickets};
use kernel::Secret;
use reqwest::{Client, RequestBuilder, StatusCode};
use sandbox::{Sandbox, SandboxConfig, lightspark::LightsparkSettings, nostr::Grant};
use serde_json::{Value, json};
use server::{config::Domain, demo::Secrets, wiring::SystemPorts};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub(crate) const ADMIN: &str = "organiser@tickets.example";
pub(crate) const PRICE: u64 = 2_100;
pub(crate) const CLIENT_SECRET: &str = "a-client-secret-of-tests";
pub(crate) const WEBHOOK_KEY: &str = "a key for webhooks of tests";
/// Longer than a killed worker's lease on its job: its successor's clock is ahead by it, so that no test waits for the lease.
pub(crate) const BEYOND_THE_LEASE_SECS: u64 = 200;

/// What the shop receives with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Lightspark,
    /// Carol's wallet, by NIP-47, over the relay of the stage.
    Wallet,
}

/// How a stage is set.
#[derive(Clone, Copy)]
pub(crate) struct World {
    /// Whether people approve by themselves what they are asked for.
    pub(crate) approves: bool,
    /// Seconds that a connected wallet may take.
    pub(crate) wallet_timeout_secs: u32,
    /// What the shop writes into [`Stage::log`].
    pub(crate) log: &'static str,
    pub(crate) node: Node,
}

/// How the shop introduces itself to its node.
fn node() -> LightsparkSettings {
    LightsparkSettings {
        client_secret: Secret::new(CLIENT_SECRET.to_owned()),
        ..LightsparkSettings::default()
    }
}

/// Begins it, or goes on where it stopped.
pub(crate) async fn world(plan: World, data: &Path, port: u16, shop: &str) -> Sandbox {
    let system = SystemPorts::default();
    sandbox::start(SandboxConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], port)),
        data_dir: Some(data.join("world")),
        shop_webhook_url: Some(format!("{shop}/api/webhooks/payment")),
        webhook_key: Secret::new(WEBHOOK_KEY.to_owned()),
        shop_base_url: shop.to_owned(),
        auto_approve: plan.approves,
        lightspark: Some(node()),
        ..SandboxConfig::new(Arc::clone(&system.clock), Arc::clone(&system.entropy))
    })
    .await
    .unwrap()
}

pub(crate) fn configuration(plan: World, port: u16, database: &str, world: &Sandbox) -> Settings {
    let domain = format!("localhost:{port}");
    let secrets = Secrets::make(&Domain::parse(&domain).unwrap(), &SystemPorts::default()).unwrap();
    let mut settings = settings();
    let mut set = |name: &str, value: &str| settings.insert(name.to_owned(), value.to_owned());
    for (name, value) in secrets.settings() {
        set(name, value.expose());
    }
    set("BIND_ADDRESS", "127.0.0.1");
    set("PORT", &port.to_string());
    set("DOMAIN", &domain);
    set("DATABASE_URL", database);
    set("ADMIN_EMAILS", ADMIN);
    set("LOG", plan.log);
    set("WALLET_TIMEOUT_SECONDS", &plan.wallet_timeout_secs.to_string());
    if plan.node == Node::Wallet {
        let carol = world.connectable("carol").unwrap();
        set("NWC_URI", &carol.connect("the shop", Grant::receiving()).unwrap());
        return settings;
    }
    let node = node();
    set("LIGHTSPARK_BASE_URL", &world.lightspark_url());
    set("LIGHTSPARK_CLIENT_ID", &node.client_id);
    set("LIGHTSPARK_CLIENT_SECRET", node.client_secret.expose());
    set("LIGHTSPARK_NODE_ID", &node.node_id);
    set("LIGHTSPARK_NODE_PASSWORD", node.node_password.expose());
    set("LIGHTSPARK_WEBHOOK_SIGNING_KEY", WEBHOOK_KEY);
    settings
}

/// A shop that is served, its world, and its organiser.
pub(crate) struct Stage {
    data: tempfile::TempDir,
    pub(crate) settings: Settings,
    shop: Option<Shop>,
    plan: World,
    world: Option<Sandbox>,
    world_port: u16,
    base: String,
    client: Client,
    pub(crate) token: String,
    organiser: i64,
    purchases: AtomicU64,
}

impl Stage {
    /// On the embedded store.
    pub(crate) async fn open(plan: World) -> Self {
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", data.path().join("shop.db").display());
        Self::open_on(plan, data, &url).await
    }

    /// The same, with jobs that do not pause longer than so many seconds: the test waits for no back-off.
    pub(crate) async fn open_hasty(plan: World, max_pause_secs: u32) -> Self {
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", data.path().join("shop.db").display());
        Self::open_with(plan, data, &url, &[("TICKETS_MAX_PAUSE_SECONDS", &max_pause_secs.to_string())]).await
    }

    pub(crate) async fn open_on(plan: World, data: tempfile::TempDir, database: &str) -> Self {
        Self::open_with(plan, data, database, &[]).await
    }

    async fn open_with(plan: World, data: tempfile::TempDir, database: &str, more: &[(&str, &str)]) -> Self {
        let client = client();
        let port = testkit::ports::free_ports();
        let base = format!("http://127.0.0.1:{port}");
        let world_port = port + 1;
        let world = world(plan, data.path(), world_port, &base).await;
        let log = data.path().join("log");
        let mut settings = configuration(plan, port, database, &world);
        settings.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let shop = Shop::logging(&["serve"], &settings, &log);
        insist(|| client.get(format!("{base}/ready")), StatusCode::OK).await;
        let made = tickets(&["admin", ADMIN], &settings);
        assert!(made.status.success(), "{made:?}");
        let credentials = json!({ "email": ADMIN, "password": PASSWORD });
        let login = || client.post(format!("{base}/api/users/login")).json(&credentials);
        let me = insist(login, StatusCode::OK).await["data"].clone();
        let token = me["token"].as_str().unwrap().to_owned();
        let organiser = me["user"]["id"].as_i64().unwrap();
        let (shop, world) = (Some(shop), Some(world));
        Self {
            data,
            settings,
            shop,
            plan,
            world,
            world_port,
            base,
            client,
            token,
            organiser,
            purchases: AtomicU64::new(0),
        }
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        drop(self.shop.take());
    }

    /// SIGKILL, and another process on the same data, whose clock says that the first one's leases are over.
    pub(crate) async fn kill_and_restart(&mut self) {
        self.kill_and_restart_ahead(BEYOND_THE_LEASE_SECS).await;
    }

    /// The same, with a clock that is so many seconds ahead.
    pub(crate) async fn kill_and_restart_ahead(&mut self, seconds: u64) {
        self.kill();
        let skew = ("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), seconds.to_string());
        self.settings.extend([skew]);
        self.shop = Some(Shop::logging(&["serve"], &self.settings, &self.log()));
        insist(|| self.client.get(format!("{}/ready", self.base)), StatusCode::OK).await;
    }

    pub(crate) fn world(&self) -> &Sandbox {
        self.world.as_ref().unwrap()
    }

    /// The node goes away.
    pub(crate) async fn stop_world(&mut self) {
        self.world.take().unwrap().stop().await;
    }

    /// And is back, as it was.
    pub(crate) async fn restart_world(&mut self) {
        self.world = Some(world(self.plan, self.data.path(), self.world_port, &self.base).await);
    }

    /// What the shop's processes said.
    pub(crate) fn log(&self) -> PathBuf {
        self.data.path().join("log")
    }

    /// The file of the embedded store.
    pub(crate) fn database(&self) -> PathBuf {
        self.data.path().join("shop.db")
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.token).json(body)
    }

    /// An event with this many seats; its number.
    pub(crate) async fn event(&self, seats: u32) -> i64 {
        let event = json!({
            "title": "A night to remember", "description": "", "capacity": seats, "price_sats": PRICE,
            "start_time": "2090-01-01T18:00:00Z", "end_time": "2090-01-01T22:00:00Z",
            "stream_url": "https://stream.example/live",
        });
        let event = insist(|| self.post("/api/admin/events", &event), StatusCode::CREATED).await;
        event["data"]["id"].as_i64().unwrap()
    }

    /// The organiser's purchase of a seat, with Alice's address.
    pub(crate) async fn buy(&self, event: i64) -> Value {
        let alice = self.world().uma_address("alice");
        let purchase_request = json!({ "event_id": event, "user_id": self.organiser, "uma_address": alice });
        let key = format!("purchase-{}", self.purchases.fetch_add(1, Ordering::Relaxed));
        let purchase =
            || self.post("/api/tickets/purchase", &purchase_request).header("Idempotency-Key", &key);
        insist(purchase, StatusCode::CREATED).await["data"].clone()
    }

    /// Waits until a ticket stands like this.
    pub(crate) async fn until_status(&self, bought: &Value, status: &str) {
        let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
        while insist(|| self.get(&path), StatusCode::OK).await["data"]["ticket"]["payment_status"] != status {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn detail(&self, payment: i64) -> Value {
        insist(|| self.get(&format!("/api/admin/payments/{payment}")), StatusCode::OK).await["data"].clone()
    }

    /// The shop's audit of its books beside the node's list of payments.
    pub(crate) fn audit_node(&self) -> std::process::Output {
        tickets(&["audit", "--node"], &self.settings)
    }

    /// The shop's own audit of its books.
    pub(crate) fn books_agree(&self) {
        let audit = tickets(&["audit"], &self.settings);
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    }
}

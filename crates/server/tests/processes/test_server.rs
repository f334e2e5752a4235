//! A server process with its database. The sandbox in the test process provides a Lightspark-compatible node over HTTP, a Nostr
//! relay and the buyers' wallets.

use crate::process::{PASSWORD, ServerProcess, Settings, client, retry_until, run_cli, settings};
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
/// Clock skew of a restarted process: longer than the lease of a killed worker, so that no test waits for it.
pub(crate) const BEYOND_THE_LEASE_SECS: u64 = 200;

/// Node that receives payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Lightspark,
    /// Carol's wallet by NIP-47 over the sandbox's relay.
    Wallet,
}

/// Options of a [`TestServer`].
#[derive(Clone, Copy)]
pub(crate) struct TestOptions {
    /// Whether payers approve requests automatically.
    pub(crate) auto_approve: bool,
    /// Timeout of a connected wallet, in seconds.
    pub(crate) wallet_timeout_secs: u32,
    /// Log filter of the process; see [`TestServer::log`].
    pub(crate) log: &'static str,
    pub(crate) node: Node,
}

/// Credentials of the shop at its node.
fn node_credentials() -> LightsparkSettings {
    LightsparkSettings {
        client_secret: Secret::new(CLIENT_SECRET.to_owned()),
        ..LightsparkSettings::default()
    }
}

/// Starts the sandbox on new or existing data.
pub(crate) async fn start_sandbox(options: TestOptions, data: &Path, port: u16, base_url: &str) -> Sandbox {
    let system = SystemPorts::default();
    sandbox::start(SandboxConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], port)),
        data_dir: Some(data.join("sandbox")),
        shop_webhook_url: Some(format!("{base_url}/api/webhooks/payment")),
        webhook_key: Secret::new(WEBHOOK_KEY.to_owned()),
        shop_base_url: base_url.to_owned(),
        auto_approve: options.auto_approve,
        lightspark: Some(node_credentials()),
        ..SandboxConfig::new(Arc::clone(&system.clock), Arc::clone(&system.entropy))
    })
    .await
    .unwrap()
}

pub(crate) fn configuration(options: TestOptions, port: u16, database: &str, sandbox: &Sandbox) -> Settings {
    let domain = format!("localhost:{port}");
    let secrets = Secrets::generate(&Domain::parse(&domain).unwrap(), &SystemPorts::default()).unwrap();
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
    set("LOG", options.log);
    set("WALLET_TIMEOUT_SECONDS", &options.wallet_timeout_secs.to_string());
    if options.node == Node::Wallet {
        let carol = sandbox.connectable("carol").unwrap();
        set("NWC_URI", &carol.connect("the shop", Grant::receiving()).unwrap());
        return settings;
    }
    let node = node_credentials();
    set("LIGHTSPARK_BASE_URL", &sandbox.lightspark_url());
    set("LIGHTSPARK_CLIENT_ID", &node.client_id);
    set("LIGHTSPARK_CLIENT_SECRET", node.client_secret.expose());
    set("LIGHTSPARK_NODE_ID", &node.node_id);
    set("LIGHTSPARK_NODE_PASSWORD", node.node_password.expose());
    set("LIGHTSPARK_WEBHOOK_SIGNING_KEY", WEBHOOK_KEY);
    settings
}

/// A server process with its sandbox and an admin.
pub(crate) struct TestServer {
    data: tempfile::TempDir,
    pub(crate) settings: Settings,
    process: Option<ServerProcess>,
    options: TestOptions,
    sandbox: Option<Sandbox>,
    sandbox_port: u16,
    base: String,
    client: Client,
    pub(crate) token: String,
    admin: i64,
    purchases: AtomicU64,
}

impl TestServer {
    /// Starts on SQLite.
    pub(crate) async fn open(options: TestOptions) -> Self {
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", data.path().join("shop.db").display());
        Self::open_on(options, data, &url).await
    }

    /// Starts on SQLite, with at most this back-off of jobs.
    pub(crate) async fn open_with_max_backoff(options: TestOptions, max_backoff_secs: u32) -> Self {
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", data.path().join("shop.db").display());
        Self::open_with(options, data, &url, &[("TICKETS_MAX_PAUSE_SECONDS", &max_backoff_secs.to_string())])
            .await
    }

    pub(crate) async fn open_on(options: TestOptions, data: tempfile::TempDir, database: &str) -> Self {
        Self::open_with(options, data, database, &[]).await
    }

    async fn open_with(
        options: TestOptions,
        data: tempfile::TempDir,
        database: &str,
        extra: &[(&str, &str)],
    ) -> Self {
        let client = client();
        let port = testkit::ports::free_ports();
        let base = format!("http://127.0.0.1:{port}");
        let sandbox_port = port + 1;
        let sandbox = start_sandbox(options, data.path(), sandbox_port, &base).await;
        let log = data.path().join("log");
        let mut settings = configuration(options, port, database, &sandbox);
        settings.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let process = ServerProcess::logging(&["serve"], &settings, &log);
        retry_until(|| client.get(format!("{base}/ready")), StatusCode::OK).await;
        let made = run_cli(&["admin", ADMIN], &settings);
        assert!(made.status.success(), "{made:?}");
        let credentials = json!({ "email": ADMIN, "password": PASSWORD });
        let login = || client.post(format!("{base}/api/users/login")).json(&credentials);
        let me = retry_until(login, StatusCode::OK).await["data"].clone();
        let token = me["token"].as_str().unwrap().to_owned();
        let admin = me["user"]["id"].as_i64().unwrap();
        let (process, sandbox) = (Some(process), Some(sandbox));
        Self {
            data,
            settings,
            process,
            options,
            sandbox,
            sandbox_port,
            base,
            client,
            token,
            admin,
            purchases: AtomicU64::new(0),
        }
    }

    /// Sends SIGKILL.
    pub(crate) fn kill(&mut self) {
        drop(self.process.take());
    }

    /// Sends SIGKILL and starts another process on the same data, whose clock is past the leases of the first.
    pub(crate) async fn kill_and_restart(&mut self) {
        self.kill_and_restart_ahead(BEYOND_THE_LEASE_SECS).await;
    }

    /// Sends SIGKILL and starts another process on the same data with this clock skew.
    pub(crate) async fn kill_and_restart_ahead(&mut self, seconds: u64) {
        self.kill();
        let skew = ("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), seconds.to_string());
        self.settings.extend([skew]);
        self.process = Some(ServerProcess::logging(&["serve"], &self.settings, &self.log()));
        retry_until(|| self.client.get(format!("{}/ready", self.base)), StatusCode::OK).await;
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().unwrap()
    }

    /// Stops node, relay and wallets.
    pub(crate) async fn stop_sandbox(&mut self) {
        self.sandbox.take().unwrap().stop().await;
    }

    /// Restarts node, relay and wallets on their data.
    pub(crate) async fn restart_sandbox(&mut self) {
        self.sandbox =
            Some(start_sandbox(self.options, self.data.path(), self.sandbox_port, &self.base).await);
    }

    /// Log file of all processes.
    pub(crate) fn log(&self) -> PathBuf {
        self.data.path().join("log")
    }

    /// SQLite file.
    pub(crate) fn database(&self) -> PathBuf {
        self.data.path().join("shop.db")
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.token).json(body)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.put(format!("{}{path}", self.base)).bearer_auth(&self.token).json(body)
    }

    /// Creates an event and returns its id.
    pub(crate) async fn event(&self, seats: u32) -> i64 {
        let event = json!({
            "title": "A night to remember", "description": "", "capacity": seats, "price_sats": PRICE,
            "start_time": "2090-01-01T18:00:00Z", "end_time": "2090-01-01T22:00:00Z",
            "stream_url": "https://stream.example/live",
        });
        let event = retry_until(|| self.post("/api/admin/events", &event), StatusCode::CREATED).await;
        event["data"]["id"].as_i64().unwrap()
    }

    /// Purchases a ticket for the admin with Alice's UMA address.
    pub(crate) async fn buy(&self, event: i64) -> Value {
        let alice = self.sandbox().uma_address("alice");
        let purchase_request = json!({ "event_id": event, "user_id": self.admin, "uma_address": alice });
        let key = format!("purchase-{}", self.purchases.fetch_add(1, Ordering::Relaxed));
        let purchase =
            || self.post("/api/tickets/purchase", &purchase_request).header("Idempotency-Key", &key);
        retry_until(purchase, StatusCode::CREATED).await["data"].clone()
    }

    /// Waits until a ticket has this payment status.
    pub(crate) async fn until_status(&self, bought: &Value, status: &str) {
        let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
        while retry_until(|| self.get(&path), StatusCode::OK).await["data"]["ticket"]["payment_status"]
            != status
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn detail(&self, payment: i64) -> Value {
        retry_until(|| self.get(&format!("/api/admin/payments/{payment}")), StatusCode::OK).await["data"]
            .clone()
    }

    /// Runs the audit with comparison to the node's payments.
    pub(crate) fn audit_node(&self) -> std::process::Output {
        run_cli(&["audit", "--node"], &self.settings)
    }

    /// Asserts that the ledger audit finds no error.
    pub(crate) fn assert_audit_passes(&self) {
        let audit = run_cli(&["audit"], &self.settings);
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    }
}

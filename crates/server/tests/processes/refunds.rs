//! Refunds from a real process through the Lightspark adapter to the sandbox's endpoint, over HTTP: whatever happens to the node
//! or to the process, the money goes back once.

use crate::shop::{PASSWORD, Settings, Shop, client, insist, settings, tickets};
use futures_util::future::join_all;
use kernel::Secret;
use reqwest::{Client, RequestBuilder, StatusCode};
use sandbox::{
    Call, Direction, Fault, PaymentRecord, Progress, Sandbox, SandboxConfig, lightspark::LightsparkSettings,
};
use serde_json::{Value, json};
use server::{
    config::{self, Domain},
    demo::Secrets,
    wiring::{Database, Machine},
};
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use testkit::postgres::TestDatabase;

const ADMIN: &str = "organiser@tickets.example";
const PRICE: u64 = 2_100;
const WEBHOOK_KEY: &str = "a key for webhooks of tests";
/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_hours(1);
/// Longer than a killed worker's lease on its job: its successor's clock is moved so far that nobody has to wait for it.
const BEYOND_THE_LEASE_SECS: u64 = 61;

/// The world outside, in this process: a Lightspark-compatible node, and the buyers' wallets.
async fn world(data: &Path, port: u16, shop: &str) -> Sandbox {
    let machine = Machine::default();
    sandbox::start(SandboxConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], port)),
        data_dir: Some(data.join("world")),
        shop_webhook_url: Some(format!("{shop}/api/webhooks/payment")),
        webhook_key: Secret::new(WEBHOOK_KEY.to_owned()),
        shop_base_url: shop.to_owned(),
        auto_approve: true,
        lightspark: Some(LightsparkSettings::default()),
        ..SandboxConfig::new(Arc::clone(&machine.clock), Arc::clone(&machine.entropy))
    })
    .await
    .unwrap()
}

fn configuration(port: u16, database: &str, world: &Sandbox) -> Settings {
    let domain = format!("localhost:{port}");
    let secrets = Secrets::make(&Domain::parse(&domain).unwrap(), &Machine::default()).unwrap();
    let node = LightsparkSettings::default();
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
    set("LIGHTSPARK_BASE_URL", &world.lightspark_url());
    set("LIGHTSPARK_CLIENT_ID", &node.client_id);
    set("LIGHTSPARK_CLIENT_SECRET", node.client_secret.expose());
    set("LIGHTSPARK_NODE_ID", &node.node_id);
    set("LIGHTSPARK_NODE_PASSWORD", node.node_password.expose());
    set("LIGHTSPARK_WEBHOOK_SIGNING_KEY", WEBHOOK_KEY);
    settings
}

/// A shop that is served, its world, and its organiser.
struct Stage {
    data: tempfile::TempDir,
    settings: Settings,
    shop: Option<Shop>,
    world: Option<Sandbox>,
    world_port: u16,
    base: String,
    client: Client,
    token: String,
    organiser: i64,
}

impl Stage {
    /// On the embedded store.
    async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", data.path().join("shop.db").display());
        Self::open_on(data, &url).await
    }

    async fn open_on(data: tempfile::TempDir, database: &str) -> Self {
        let client = client();
        let port = testkit::ports::free_ports();
        let base = format!("http://127.0.0.1:{port}");
        let world_port = port + 1;
        let world = world(data.path(), world_port, &base).await;
        let settings = configuration(port, database, &world);
        let shop = Shop::start(&["serve"], &settings);
        insist(|| client.get(format!("{base}/ready")), StatusCode::OK).await;
        let made = tickets(&["admin", ADMIN], &settings);
        assert!(made.status.success(), "{made:?}");
        let credentials = json!({ "email": ADMIN, "password": PASSWORD });
        let login = || client.post(format!("{base}/api/users/login")).json(&credentials);
        let me = insist(login, StatusCode::OK).await["data"].clone();
        let token = me["token"].as_str().unwrap().to_owned();
        let organiser = me["user"]["id"].as_i64().unwrap();
        let (shop, world) = (Some(shop), Some(world));
        Self { data, settings, shop, world, world_port, base, client, token, organiser }
    }

    /// SIGKILL, and another process on the same data, whose clock says that the first one's leases are over.
    async fn kill_and_restart(&mut self) {
        drop(self.shop.take());
        let skew = ("TICKETS_CLOCK_SKEW_SECONDS".to_owned(), BEYOND_THE_LEASE_SECS.to_string());
        self.settings.extend([skew]);
        self.shop = Some(Shop::start(&["serve"], &self.settings));
        insist(|| self.client.get(format!("{}/ready", self.base)), StatusCode::OK).await;
    }

    fn world(&self) -> &Sandbox {
        self.world.as_ref().unwrap()
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).bearer_auth(&self.token).json(body)
    }

    /// This many paid tickets of a new event; their payments' numbers.
    async fn sell(&self, count: u32) -> Vec<i64> {
        let event = json!({
            "title": "A night to be refunded", "description": "", "capacity": count, "price_sats": PRICE,
            "start_time": "2090-01-01T18:00:00Z", "end_time": "2090-01-01T22:00:00Z",
            "stream_url": "https://stream.example/live",
        });
        let event = insist(|| self.post("/api/admin/events", &event), StatusCode::CREATED).await;
        let event = event["data"]["id"].as_i64().unwrap();
        let alice = self.world().uma_address("alice");
        let wish = json!({ "event_id": event, "user_id": self.organiser, "uma_address": alice });
        for _ in 0..count {
            insist(|| self.post("/api/tickets/purchase", &wish), StatusCode::CREATED).await;
        }
        let path = format!("/api/admin/payments?status=paid&event_id={event}");
        loop {
            let paid = insist(|| self.get(&path), StatusCode::OK).await["data"].clone();
            let ids: Vec<i64> =
                paid.as_array().unwrap().iter().map(|payment| payment["id"].as_i64().unwrap()).collect();
            if ids.len() == usize::try_from(count).unwrap() {
                return ids;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn refund(&self, payment: i64) -> RequestBuilder {
        self.post(&format!("/api/admin/payments/{payment}/refund"), &json!({ "revoke": true }))
    }

    async fn detail(&self, payment: i64) -> Value {
        insist(|| self.get(&format!("/api/admin/payments/{payment}")), StatusCode::OK).await["data"].clone()
    }

    /// Waits until the payment's only refund stands like this.
    async fn until_refund(&self, payment: i64, status: &str) {
        loop {
            let detail = self.detail(payment).await;
            assert_eq!(detail["refunds"].as_array().unwrap().len(), 1, "{detail}");
            if detail["refunds"][0]["status"] == status {
                return;
            }
            assert_ne!(detail["refunds"][0]["status"], "failed", "{detail}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What left the shop's node.
    fn sent(&self) -> Vec<PaymentRecord> {
        let mut sent = self.world().shop().payments();
        sent.retain(|payment| payment.direction == Direction::Outgoing);
        sent
    }

    /// Each of these payments went back, once, and the books know it.
    async fn all_went_back_once(&self, payments: &[i64]) {
        for payment in payments {
            self.until_refund(*payment, "paid").await;
            let detail = self.detail(*payment).await["payment"].clone();
            assert_eq!(detail["status"], "refunded", "{detail}");
            assert_eq!(detail["refunded_msats"], PRICE * 1_000, "{detail}");
            assert_eq!(detail["refundable_msats"], 0, "{detail}");
            assert_eq!(detail["ticket"]["payment_status"], "refunded", "{detail}");
        }
        let sent = self.sent();
        assert!(sent.iter().all(|payment| payment.progress == Progress::Settled), "{sent:?}");
        assert_eq!(sent.len(), payments.len(), "none was sent twice: {sent:?}");
        assert!(sent.iter().all(|payment| payment.amount.get() == PRICE * 1_000), "{sent:?}");
        let audit = tickets(&["audit"], &self.settings);
        assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_between_the_nodes_payment_and_its_own_commit_does_not_pay_again() {
    killed_after_the_payment(Stage::open().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_one_on_postgres_pay_again() {
    let database = TestDatabase::create(async |url| {
        let config = config::Database::Postgres { url: Secret::new(url), pool_size: 2, migrate: false };
        Database::migrate(&config).await.unwrap();
    })
    .await;
    killed_after_the_payment(Stage::open_on(tempfile::tempdir().unwrap(), database.url()).await).await;
}

async fn killed_after_the_payment(mut stage: Stage) {
    let payments = stage.sell(1).await;
    stage.world().shop().faults().next(Call::Pay, Fault::SlowAnswer(FOR_EVER));
    insist(|| stage.refund(payments[0]), StatusCode::CREATED).await;
    let is_sent = |payment: &PaymentRecord| {
        payment.direction == Direction::Outgoing && payment.progress == Progress::Settled
    };
    stage.world().until(|world| world.shop().payments().iter().any(is_sent).then_some(())).await;
    assert_eq!(stage.detail(payments[0]).await["refunds"][0]["status"], "sending", "it waits for the answer");
    stage.kill_and_restart().await;
    stage.all_went_back_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_the_node_heard_of_the_payment_pays_after_its_restart() {
    let mut stage = Stage::open().await;
    let payments = stage.sell(1).await;
    stage.world().shop().faults().next(Call::Outgoing, Fault::Slow(FOR_EVER));
    insist(|| stage.refund(payments[0]), StatusCode::CREATED).await;
    stage.until_refund(payments[0], "sending").await;
    assert!(stage.sent().is_empty(), "it is still asking");
    stage.kill_and_restart().await;
    stage.all_went_back_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_node_does_each_refund_arrives_once() {
    let stage = Stage::open().await;
    let faults = [
        (Call::Pay, Fault::Unavailable),
        (Call::Pay, Fault::LostRequest),
        (Call::Pay, Fault::LostAnswer),
        // The adapter's own patience ends long before this answer comes.
        (Call::Pay, Fault::SlowAnswer(FOR_EVER)),
        (Call::Outgoing, Fault::Unavailable),
        (Call::Outgoing, Fault::LostAnswer),
    ];
    let payments = stage.sell(u32::try_from(faults.len()).unwrap()).await;
    for (call, fault) in faults {
        stage.world().shop().faults().next(call, fault);
    }
    for payment in &payments {
        insist(|| stage.refund(*payment), StatusCode::CREATED).await;
    }
    stage.all_went_back_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_down_is_paid_from_when_it_is_back() {
    let mut stage = Stage::open().await;
    let payments = stage.sell(1).await;
    stage.world.take().unwrap().stop().await;
    insist(|| stage.refund(payments[0]), StatusCode::CREATED).await;
    loop {
        let refund = stage.detail(payments[0]).await["refunds"][0].clone();
        assert_eq!(refund["status"], "requested", "{refund}");
        if refund["error"].is_string() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stage.world = Some(world(stage.data.path(), stage.world_port, &stage.base).await);
    stage.all_went_back_once(&payments).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_click_sends_nothing_more() {
    let stage = Stage::open().await;
    let payments = stage.sell(1).await;
    let clicks = join_all((0..8).map(|_| stage.refund(payments[0]).send())).await;
    let mut statuses: Vec<u16> = clicks.into_iter().map(|click| click.unwrap().status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    stage.all_went_back_once(&payments).await;
    let again = stage.refund(payments[0]).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::CONFLICT);
}

//! Responses in each state of a ticket or event, recorded as fixtures for the web app's tests. `UPDATE_FIXTURES=1` writes them.

use crate::app::{PRICE, TestApp, TestUser};
use box_office::Proof;
use chrono::{DateTime, Duration, Utc};
use kernel::Msats;
use payments::PaymentHash;
use sandbox::{Call, Fault};
use serde_json::{Map, Value, json};
use std::path::Path;

mod orders;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/test/fixtures");
/// Current time of all fixtures.
const NOW: &str = "2026-11-23T18:00:00Z";

struct Recorder {
    cases: Map<String, Value>,
}

impl Recorder {
    fn new() -> Self {
        Self { cases: Map::new() }
    }

    fn record(&mut self, name: &str, app: &TestApp, value: &Value) {
        let known = self.cases.insert(name.to_owned(), normalise(value, None, app.now()));
        assert_eq!(known, None, "{name}");
    }

    /// Compares with the file, or writes it.
    fn check(self, file: &str) {
        let text = serde_json::to_string_pretty(&json!({ "now": NOW, "cases": self.cases })).unwrap() + "\n";
        let path = Path::new(DIRECTORY).join(file);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::create_dir_all(DIRECTORY).unwrap();
            std::fs::write(&path, text).unwrap();
            return;
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, text, "{file} is outdated: run with UPDATE_FIXTURES=1");
    }
}

/// Replaces times by ones relative to [`NOW`] and random values by constants.
fn normalise(value: &Value, key: Option<&str>, now: DateTime<Utc>) -> Value {
    match value {
        Value::Object(fields) => {
            let normalise_field =
                |(key, value): (&String, &Value)| (key.clone(), normalise(value, Some(key), now));
            Value::Object(fields.iter().map(normalise_field).collect())
        }
        Value::Array(all) => Value::Array(all.iter().map(|value| normalise(value, key, now)).collect()),
        Value::String(text) => normalise_text(text, key.unwrap_or_default(), now).into(),
        _ => value.clone(),
    }
}

fn normalise_text(text: &str, key: &str, now: DateTime<Utc>) -> String {
    let known = match key {
        "ticket_code" => "TKT-00000000000000000000000000",
        "bolt11" => "lnbcrt21u1pfixture",
        "invoice_id" => "Invoice:00000000-0000-0000-0000-000000000000",
        "payment_hash" => "0000000000000000000000000000000000000000000000000000000000000000",
        "lnurl" => "LNURL1FIXTURE",
        "payment_url" => "https://shop.example/.well-known/lnurlp/tickets?ticket=fixture",
        "status_token" => "fixture-status-token",
        "uma_address" | "destination" => "$alice@wallet.example",
        "calendar_uid" => "00000000-0000-8000-8000-000000000000@shop.example",
        "vasp_domain" => "wallet.example",
        // An invoice's expiry has whole seconds, and rounds either way.
        "expires_at" => "2026-11-23T18:15:00Z",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    // The port of the test wallet varies.
    if text.starts_with("localhost:") {
        let sentence = text.split_once(' ').map_or(String::new(), |(_, rest)| format!(" {rest}"));
        return format!("wallet.example{sentence}");
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(time) => {
            let base: DateTime<Utc> = NOW.parse().unwrap();
            // Databases truncate to microseconds.
            let seconds =
                (time.to_utc() - now + Duration::milliseconds(500)).num_milliseconds().div_euclid(1_000);
            (base + Duration::seconds(seconds)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        }
        Err(_) => text.to_owned(),
    }
}

struct TestShop {
    app: TestApp,
    admin: TestUser,
    alice: TestUser,
}

impl TestShop {
    async fn open() -> Self {
        let app = TestApp::open().await;
        let (admin, alice) = (app.admin().await, app.register("alice").await);
        Self { app, admin, alice }
    }

    /// Creates an event that starts in four hours; returns its id.
    async fn event(&self, price: u64, capacity: u32) -> i64 {
        let mut event = self.app.event(price, capacity);
        event["title"] = json!("Neon Choir");
        event["start_time"] = json!(self.app.now() + Duration::hours(4));
        event["end_time"] = json!(self.app.now() + Duration::hours(6));
        let made = self.app.post_as(&self.admin, "/api/admin/events", &event).await;
        made.data()["id"].as_i64().unwrap()
    }

    async fn buy(&self, event: i64) -> Value {
        self.app.buy(&self.alice, event).await.data().clone()
    }

    async fn status(&self, bought: &Value) -> Value {
        self.app
            .status(bought["ticket"]["id"].as_i64().unwrap(), bought["status_token"].as_str().unwrap())
            .await
    }

    /// Settles an invoice with this amount.
    async fn settle(&self, bolt11: &Value, sats: u64) {
        let bolt11 = payments::Bolt11::parse(bolt11.as_str().unwrap()).unwrap();
        let hash: PaymentHash = bolt11.payment_hash();
        let proof = Proof::Node { amount: Msats::new(sats * 1_000).unwrap(), at: None };
        self.app.shop.runtime.office.settle(hash, proof).await.unwrap();
    }

    /// Expires holds after their grace period.
    async fn expire_holds(&self) {
        self.app.clock.advance(Duration::minutes(20));
        self.app.shop.runtime.office.expire_holds().await.unwrap();
    }

    async fn refund(&self, bought: &Value, body: Value) {
        let id = &bought["ticket"]["id"];
        let found = self.app.get_as(&self.admin, &format!("/api/admin/payments?q={id}")).await.data().clone();
        let of_ticket = |payment: &&Value| payment["ticket"]["id"] == *id;
        let payment = found.as_array().unwrap().iter().find(of_ticket).unwrap()["id"].clone();
        let path = format!("/api/admin/payments/{payment}/refund");
        self.app.post_as(&self.admin, &path, &body).await.data();
    }

    async fn until_refund(&self, bought: &Value, state: &str) {
        self.app
            .until(state, async || {
                self.app.clock.advance(Duration::seconds(30));
                (self.status(bought).await["payment"]["refund"]["status"] == state).then_some(())
            })
            .await;
    }

    /// Records the status of a ticket, and its order.
    async fn record(&self, name: &str, bought: &Value, tickets: &mut Recorder, orders: &mut Recorder) {
        tickets.record(name, &self.app, &self.status(bought).await);
        orders.record(name, &self.app, &self.order_of(bought).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_apps_ticket_and_order_fixtures_equal_the_servers_responses() {
    let mut recorder = Recorder::new();
    let mut orders = Recorder::new();
    // A paid order, from its creation.
    let shop = TestShop::open().await;
    let event = shop.event(PRICE, 50).await;
    let bought = shop.buy(event).await;
    shop.record("pending_queued", &bought, &mut recorder, &mut orders).await;
    let foreign = shop.app.get(&format!("/api/tickets/{}/status", bought["ticket"]["id"])).await;
    recorder.record("pending_seen_by_others", &shop.app, foreign.data());
    shop.app.run_jobs().await;
    shop.record("pending_request_sent", &bought, &mut recorder, &mut orders).await;
    shop.settle(&bought["uma_request"]["bolt11"], PRICE).await;
    shop.record("paid", &bought, &mut recorder, &mut orders).await;
    let extra = shop.buy(event).await;
    shop.settle(&extra["uma_request"]["bolt11"], PRICE + 300).await;
    shop.record("paid_surplus", &extra, &mut recorder, &mut orders).await;
    shop.refund(&extra, json!({})).await;
    shop.record("paid_surplus_refund_requested", &extra, &mut recorder, &mut orders).await;
    shop.until_refund(&extra, "paid").await;
    shop.record("paid_surplus_refunded", &extra, &mut recorder, &mut orders).await;

    // Both invoices of one order are paid.
    let shop = TestShop::open().await;
    let event = shop.event(PRICE, 50).await;
    let bought = shop.buy(event).await;
    let callback = format!("/api/lnurl/callback?amount={}", PRICE * 1_000);
    let second = shop.app.get(&callback).await.body["pr"].clone();
    for bolt11 in [&bought["uma_request"]["bolt11"], &second] {
        shop.settle(bolt11, PRICE).await;
    }
    shop.record("paid_twice", &bought, &mut recorder, &mut orders).await;

    // Underpaid until the hold expires.
    let shop = TestShop::open().await;
    let event = shop.event(PRICE, 50).await;
    let bought = shop.buy(event).await;
    shop.settle(&bought["uma_request"]["bolt11"], 400).await;
    shop.record("pending_underpaid", &bought, &mut recorder, &mut orders).await;
    shop.expire_holds().await;
    shop.record("expired_underpaid", &bought, &mut recorder, &mut orders).await;

    // A late payment while a seat is free.
    let shop = TestShop::open().await;
    let event = shop.event(PRICE, 50).await;
    let bought = shop.buy(event).await;
    shop.expire_holds().await;
    shop.record("expired", &bought, &mut recorder, &mut orders).await;
    shop.settle(&bought["uma_request"]["bolt11"], PRICE).await;
    shop.record("paid_late", &bought, &mut recorder, &mut orders).await;

    // A late payment without a free seat: refundable.
    let shop = TestShop::open().await;
    let event = shop.event(PRICE, 1).await;
    let late = shop.buy(event).await;
    shop.expire_holds().await;
    let second = shop.buy(event).await;
    shop.settle(&second["uma_request"]["bolt11"], PRICE).await;
    shop.settle(&late["uma_request"]["bolt11"], PRICE).await;
    shop.record("expired_refund_due", &late, &mut recorder, &mut orders).await;
    shop.refund(&late, json!({ "destination": "payee@127.0.0.1:9" })).await;
    shop.until_refund(&late, "failed").await;
    shop.record("expired_refund_failed", &late, &mut recorder, &mut orders).await;
    shop.refund(&late, json!({})).await;
    shop.until_refund(&late, "paid").await;
    shop.record("expired_refunded", &late, &mut recorder, &mut orders).await;

    // A ticket is revoked.
    let shop = TestShop::open().await;
    let event = shop.event(PRICE, 50).await;
    let bought = shop.buy(event).await;
    shop.settle(&bought["uma_request"]["bolt11"], PRICE).await;
    shop.refund(&bought, json!({ "revoke": true })).await;
    shop.record("revoked_refund_requested", &bought, &mut recorder, &mut orders).await;
    shop.until_refund(&bought, "paid").await;
    shop.record("revoked_refunded", &bought, &mut recorder, &mut orders).await;

    // The event is cancelled.
    let shop = TestShop::open().await;
    let event = shop.event(PRICE, 50).await;
    let (paid, waiting) = (shop.buy(event).await, shop.buy(event).await);
    shop.settle(&paid["uma_request"]["bolt11"], PRICE).await;
    shop.app.post_as(&shop.admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    shop.until_refund(&paid, "paid").await;
    shop.record("event_cancelled_refunded", &paid, &mut recorder, &mut orders).await;
    shop.record("event_cancelled_unpaid", &waiting, &mut recorder, &mut orders).await;
    shop.settle(&waiting["uma_request"]["bolt11"], PRICE).await;
    shop.record("event_cancelled_paid_later", &waiting, &mut recorder, &mut orders).await;

    // Cancelled by the buyer; failed without an invoice; free.
    let shop = TestShop::open().await;
    let event = shop.event(PRICE, 50).await;
    let bought = shop.buy(event).await;
    let cancel = format!("/api/tickets/{}/cancel", bought["ticket"]["id"]);
    shop.app.post_as(&shop.alice, &cancel, &json!({})).await.data();
    shop.record("cancelled_by_buyer", &bought, &mut recorder, &mut orders).await;
    shop.app.sandbox().shop().faults().next(Call::CreateInvoice, Fault::Unavailable);
    assert_eq!(shop.app.buy(&shop.alice, event).await.status, 503);
    let failed = shop.app.get_as(&shop.alice, "/api/tickets/2/status").await;
    recorder.record("failed", &shop.app, failed.data());
    let failed = json!({ "ticket": { "id": 2 } });
    orders.record("failed", &shop.app, &shop.order_of(&failed).await);
    let event = shop.event(0, 50).await;
    let free = shop.buy(event).await;
    shop.record("free", &free, &mut recorder, &mut orders).await;
    let all = shop.app.get_as(&shop.alice, &format!("/api/users/{}/tickets", shop.alice.id)).await;
    recorder.record("tickets_of_a_buyer", &shop.app, all.data());
    recorder.check("tickets.json");
    Box::pin(orders::record(&mut orders)).await;
    orders.check("orders.json");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_apps_event_fixtures_equal_the_servers_responses() {
    let mut recorder = Recorder::new();
    let shop = TestShop::open().await;
    let event = shop.event(PRICE, 50).await;
    let path = format!("/api/events/{event}");
    let admin_path = format!("/api/admin/events/{event}");
    recorder.record("on_sale", &shop.app, shop.app.get(&path).await.data());
    let full = shop.event(0, 1).await;
    shop.buy(full).await;
    recorder.record("sold_out", &shop.app, shop.app.get(&format!("/api/events/{full}")).await.data());
    let bought = shop.buy(event).await;
    shop.settle(&bought["uma_request"]["bolt11"], PRICE).await;
    recorder.record("with_a_ticket", &shop.app, shop.app.get_as(&shop.alice, &path).await.data());
    shop.app.put_as(&shop.admin, &admin_path, &json!({ "is_active": false })).await.data();
    recorder.record("paused", &shop.app, shop.app.get_as(&shop.admin, &path).await.data());
    shop.app.put_as(&shop.admin, &admin_path, &json!({ "is_active": true })).await.data();
    shop.app.post_as(&shop.admin, &format!("{admin_path}/cancel"), &json!({})).await.data();
    recorder.record("cancelled", &shop.app, shop.app.get(&path).await.data());
    let all = shop.app.get_as(&shop.admin, "/api/admin/events").await;
    recorder.record("of_an_organiser", &shop.app, all.data());
    recorder.check("events.json");
}

//! What the API answers in each state a buyer can meet, kept as fixtures for the web app's tests: a state that the server cannot
//! produce cannot be tested for. `UPDATE_FIXTURES=1` writes them.

use crate::app::{PRICE, TestApp, TestUser};
use box_office::Proof;
use chrono::{DateTime, Duration, Utc};
use kernel::Msats;
use payments::PaymentHash;
use sandbox::{Call, Fault};
use serde_json::{Map, Value, json};
use std::path::Path;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/test/fixtures");
/// The moment that every fixture was taken at, in their own time.
const NOW: &str = "2026-11-23T18:00:00Z";

struct Recorder {
    cases: Map<String, Value>,
}

impl Recorder {
    fn new() -> Self {
        Self { cases: Map::new() }
    }

    fn keep(&mut self, name: &str, app: &TestApp, value: &Value) {
        let known = self.cases.insert(name.to_owned(), fixed(value, None, app.now()));
        assert_eq!(known, None, "{name}");
    }

    /// Compares with the file of this name, or writes it.
    fn check(self, file: &str) {
        let text = serde_json::to_string_pretty(&json!({ "now": NOW, "cases": self.cases })).unwrap() + "\n";
        let path = Path::new(DIRECTORY).join(file);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::create_dir_all(DIRECTORY).unwrap();
            std::fs::write(&path, text).unwrap();
            return;
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, text, "UPDATE_FIXTURES=1 writes {file} again");
    }
}

/// The same answer in every run: moments relative to [`NOW`], and one value for each kind of random one.
fn fixed(value: &Value, key: Option<&str>, now: DateTime<Utc>) -> Value {
    match value {
        Value::Object(fields) => {
            let fixed_field = |(key, value): (&String, &Value)| (key.clone(), fixed(value, Some(key), now));
            Value::Object(fields.iter().map(fixed_field).collect())
        }
        Value::Array(all) => Value::Array(all.iter().map(|value| fixed(value, key, now)).collect()),
        Value::String(text) => fixed_text(text, key.unwrap_or_default(), now).into(),
        _ => value.clone(),
    }
}

fn fixed_text(text: &str, key: &str, now: DateTime<Utc>) -> String {
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
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    // The test wallet's host has another port in each run.
    if text.starts_with("localhost:") {
        let sentence = text.split_once(' ').map_or(String::new(), |(_, rest)| format!(" {rest}"));
        return format!("wallet.example{sentence}");
    }
    match DateTime::parse_from_rfc3339(text) {
        Ok(moment) => {
            let base: DateTime<Utc> = NOW.parse().unwrap();
            // Databases keep microseconds, clocks more.
            let seconds =
                (moment.to_utc() - now + Duration::milliseconds(500)).num_milliseconds().div_euclid(1_000);
            (base + Duration::seconds(seconds)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        }
        Err(_) => text.to_owned(),
    }
}

struct Stage {
    app: TestApp,
    admin: TestUser,
    alice: TestUser,
}

impl Stage {
    async fn open() -> Self {
        let app = TestApp::open().await;
        let (admin, alice) = (app.admin().await, app.person("alice").await);
        Self { app, admin, alice }
    }

    /// An event that begins in four hours.
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

    /// Our node reports so much on a bolt11.
    async fn settle(&self, bolt11: &Value, sats: u64) {
        let bolt11 = payments::Bolt11::parse(bolt11.as_str().unwrap()).unwrap();
        let hash: PaymentHash = bolt11.payment_hash();
        let proof = Proof::Node { amount: Msats::new(sats * 1_000).unwrap(), at: None };
        self.app.shop.runtime.office.settle(hash, proof).await.unwrap();
    }

    /// The hold and its grace run out.
    async fn lapse(&self) {
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

    async fn until_refund(&self, bought: &Value, state: &str) -> Value {
        self.app
            .until(state, async || {
                self.app.clock.advance(Duration::seconds(30));
                let seen = self.status(bought).await;
                (seen["payment"]["refund"]["status"] == state).then_some(seen)
            })
            .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_apps_ticket_fixtures_are_what_the_server_answers() {
    let mut kept = Recorder::new();
    // An order that is paid, from the first moment on.
    let stage = Stage::open().await;
    let event = stage.event(PRICE, 50).await;
    let bought = stage.buy(event).await;
    kept.keep("pending_queued", &stage.app, &stage.status(&bought).await);
    let foreign = stage.app.get(&format!("/api/tickets/{}/status", bought["ticket"]["id"])).await;
    kept.keep("pending_seen_by_others", &stage.app, foreign.data());
    stage.app.work().await;
    kept.keep("pending_request_sent", &stage.app, &stage.status(&bought).await);
    stage.settle(&bought["uma_request"]["bolt11"], PRICE).await;
    kept.keep("paid", &stage.app, &stage.status(&bought).await);
    let extra = stage.buy(event).await;
    stage.settle(&extra["uma_request"]["bolt11"], PRICE + 300).await;
    kept.keep("paid_surplus", &stage.app, &stage.status(&extra).await);
    stage.refund(&extra, json!({})).await;
    kept.keep("paid_surplus_refund_requested", &stage.app, &stage.status(&extra).await);
    let seen = stage.until_refund(&extra, "paid").await;
    kept.keep("paid_surplus_refunded", &stage.app, &seen);

    // Two invoices of one order, both paid.
    let stage = Stage::open().await;
    let event = stage.event(PRICE, 50).await;
    let bought = stage.buy(event).await;
    let callback = format!("/api/lnurl/callback?amount={}", PRICE * 1_000);
    let second = stage.app.get(&callback).await.body["pr"].clone();
    for bolt11 in [&bought["uma_request"]["bolt11"], &second] {
        stage.settle(bolt11, PRICE).await;
    }
    kept.keep("paid_twice", &stage.app, &stage.status(&bought).await);

    // Less than the price, and then nothing.
    let stage = Stage::open().await;
    let event = stage.event(PRICE, 50).await;
    let bought = stage.buy(event).await;
    stage.settle(&bought["uma_request"]["bolt11"], 400).await;
    kept.keep("pending_underpaid", &stage.app, &stage.status(&bought).await);
    stage.lapse().await;
    kept.keep("expired_underpaid", &stage.app, &stage.status(&bought).await);

    // No payment in time; then one while a seat is free.
    let stage = Stage::open().await;
    let event = stage.event(PRICE, 50).await;
    let bought = stage.buy(event).await;
    stage.lapse().await;
    kept.keep("expired", &stage.app, &stage.status(&bought).await);
    stage.settle(&bought["uma_request"]["bolt11"], PRICE).await;
    kept.keep("paid_late", &stage.app, &stage.status(&bought).await);

    // The same without a free seat: the money goes back.
    let stage = Stage::open().await;
    let event = stage.event(PRICE, 1).await;
    let late = stage.buy(event).await;
    stage.lapse().await;
    let quick = stage.buy(event).await;
    stage.settle(&quick["uma_request"]["bolt11"], PRICE).await;
    stage.settle(&late["uma_request"]["bolt11"], PRICE).await;
    kept.keep("expired_refund_due", &stage.app, &stage.status(&late).await);
    stage.refund(&late, json!({ "destination": "nobody@127.0.0.1:9" })).await;
    let seen = stage.until_refund(&late, "failed").await;
    kept.keep("expired_refund_failed", &stage.app, &seen);
    stage.refund(&late, json!({})).await;
    let seen = stage.until_refund(&late, "paid").await;
    kept.keep("expired_refunded", &stage.app, &seen);

    // The organiser takes a ticket back.
    let stage = Stage::open().await;
    let event = stage.event(PRICE, 50).await;
    let bought = stage.buy(event).await;
    stage.settle(&bought["uma_request"]["bolt11"], PRICE).await;
    stage.refund(&bought, json!({ "revoke": true })).await;
    kept.keep("revoked_refund_requested", &stage.app, &stage.status(&bought).await);
    let seen = stage.until_refund(&bought, "paid").await;
    kept.keep("revoked_refunded", &stage.app, &seen);

    // The event is cancelled.
    let stage = Stage::open().await;
    let event = stage.event(PRICE, 50).await;
    let (paid, waiting) = (stage.buy(event).await, stage.buy(event).await);
    stage.settle(&paid["uma_request"]["bolt11"], PRICE).await;
    stage.app.post_as(&stage.admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    let seen = stage.until_refund(&paid, "paid").await;
    kept.keep("event_cancelled_refunded", &stage.app, &seen);
    kept.keep("event_cancelled_unpaid", &stage.app, &stage.status(&waiting).await);
    stage.settle(&waiting["uma_request"]["bolt11"], PRICE).await;
    kept.keep("event_cancelled_paid_later", &stage.app, &stage.status(&waiting).await);

    // Given back by the buyer; free; no invoice.
    let stage = Stage::open().await;
    let event = stage.event(PRICE, 50).await;
    let bought = stage.buy(event).await;
    let cancel = format!("/api/tickets/{}/cancel", bought["ticket"]["id"]);
    stage.app.post_as(&stage.alice, &cancel, &json!({})).await.data();
    kept.keep("cancelled_by_buyer", &stage.app, &stage.status(&bought).await);
    stage.app.sandbox().shop().faults().next(Call::CreateInvoice, Fault::Unavailable);
    assert_eq!(stage.app.buy(&stage.alice, event).await.status, 503);
    let failed = stage.app.get_as(&stage.alice, "/api/tickets/2/status").await;
    kept.keep("failed", &stage.app, failed.data());
    let event = stage.event(0, 50).await;
    let free = stage.buy(event).await;
    kept.keep("free", &stage.app, &stage.status(&free).await);
    let all = stage.app.get_as(&stage.alice, &format!("/api/users/{}/tickets", stage.alice.id)).await;
    kept.keep("tickets_of_a_buyer", &stage.app, all.data());
    kept.check("tickets.json");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_apps_event_fixtures_are_what_the_server_answers() {
    let mut kept = Recorder::new();
    let stage = Stage::open().await;
    let event = stage.event(PRICE, 50).await;
    let path = format!("/api/events/{event}");
    let admin_path = format!("/api/admin/events/{event}");
    kept.keep("on_sale", &stage.app, stage.app.get(&path).await.data());
    let full = stage.event(0, 1).await;
    stage.buy(full).await;
    kept.keep("sold_out", &stage.app, stage.app.get(&format!("/api/events/{full}")).await.data());
    let bought = stage.buy(event).await;
    stage.settle(&bought["uma_request"]["bolt11"], PRICE).await;
    kept.keep("with_a_ticket", &stage.app, stage.app.get_as(&stage.alice, &path).await.data());
    stage.app.put_as(&stage.admin, &admin_path, &json!({ "is_active": false })).await.data();
    kept.keep("paused", &stage.app, stage.app.get_as(&stage.admin, &path).await.data());
    stage.app.put_as(&stage.admin, &admin_path, &json!({ "is_active": true })).await.data();
    stage.app.post_as(&stage.admin, &format!("{admin_path}/cancel"), &json!({})).await.data();
    kept.keep("cancelled", &stage.app, stage.app.get(&path).await.data());
    let all = stage.app.get_as(&stage.admin, "/api/admin/events").await;
    kept.keep("of_an_organiser", &stage.app, all.data());
    kept.check("events.json");
}

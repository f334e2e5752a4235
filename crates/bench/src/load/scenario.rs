//! Requests of the callers.

use super::{
    driver::{Figures, Load, Requests},
    limits::{self, Bare},
    site::Site,
};
use crate::{
    say,
    shop::{TypedEvent, client},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::system::SystemClock;
use sha2::{Digest, Sha256};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use testkit::postgres::Cluster;
use uma_protocol::{CurrencyCode, LnurlpRequest, UmaAddress, UmaVersion, payreq::PayRequestDraft};

const SCENARIOS: &str = "hot, networks, sellout, orders, orders-sellout, thousand, page, list, status, stream, payreq, webhooks, mixed, wallet";
const PRICE: u64 = 21;
const SEATS: u32 = 1_000_000;
/// Seats of the event that sells out.
pub(crate) const FEW: u32 = 500;
/// Number of distinct waiting buyers.
const WAITING_BUYERS: usize = 200;
/// Number of viewers of a stream; their tokens expire 90 s after the preparation.
const VIEWERS: u32 = 500;
/// Number of pay requests signed in advance, each with its own nonce; a longer run needs more.
const SIGNED: u64 = if cfg!(debug_assertions) { 2_000 } else { 150_000 };

/// The limit that applies to a scenario.
#[derive(Clone, Copy, PartialEq)]
enum Limit {
    Sql,
    Answer,
    Post,
}

/// A prepared kind of load.
pub(crate) struct Scenario {
    pub(crate) requests: Requests,
    good: &'static [u16],
    limit: Limit,
    /// Maximal number of successful responses in the whole run.
    seats: Option<u64>,
    sold: AtomicU64,
}

pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

pub(crate) fn post(path: &str, body: &str, headers: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

fn purchase_request(event: i64, site: &Site) -> Vec<u8> {
    post("/api/tickets/purchase", &purchase_body(event, site), "")
}

fn payer(site: &Site) -> String {
    format!("$alice@localhost:{}", site.world_port)
}

/// Bodies of orders of one to five tickets over all types, every other one with the promo code.
pub(crate) fn order_bodies(event: &TypedEvent, payer: &str) -> Vec<String> {
    let mut bodies = Vec::new();
    for quantities in [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 2, 1], [2, 1, 1], [1, 2, 2], [5, 0, 0]]
    {
        for code in [false, true] {
            bodies.push(event.order(&quantities, code, payer).to_string());
        }
    }
    bodies
}

fn order_requests(event: &TypedEvent, site: &Site) -> Vec<Vec<u8>> {
    order_bodies(event, &payer(site)).iter().map(|body| post("/api/orders", body, "")).collect()
}

fn purchase_body(event: i64, site: &Site) -> String {
    let address = payer(site);
    json!({ "event_id": event, "user_id": site.organiser.id, "uma_address": address }).to_string()
}

fn pick(list: &[Vec<u8>], number: u64) -> Vec<u8> {
    let length = u64::try_from(list.len()).unwrap();
    list[usize::try_from(number % length).unwrap()].clone()
}

impl Scenario {
    pub(crate) async fn prepare(name: &str, site: &Site) -> Self {
        let event = site.organiser.event("A hot one", SEATS, PRICE).await;
        let simple = |request: Vec<u8>| -> Requests { Arc::new(move |_| request.clone()) };
        let all = |list: Vec<Vec<u8>>| -> Requests { Arc::new(move |number| pick(&list, number)) };
        let scenario = |requests: Requests, good, limit| Self {
            requests,
            good,
            limit,
            seats: None,
            sold: AtomicU64::new(0),
        };
        match name {
            "hot" => scenario(simple(purchase_request(event, site)), &[201], Limit::Sql),
            "networks" => {
                let (first, purchase_request) =
                    (u32::from(std::net::Ipv4Addr::new(11, 0, 0, 0)), purchase_body(event, site));
                let make = move |number: u64| {
                    // A few guests from each of many networks.
                    let address = first + u32::try_from(number / 4 % 100_000_000).unwrap();
                    let header = format!("x-forwarded-for: {}\r\n", std::net::Ipv4Addr::from(address));
                    post("/api/tickets/purchase", &purchase_request, &header)
                };
                scenario(Arc::new(make), &[201], Limit::Sql)
            }
            "sellout" => {
                let small = site.organiser.event("A small one", FEW, PRICE).await;
                Self {
                    seats: Some(FEW.into()),
                    ..scenario(simple(purchase_request(small, site)), &[201, 400], Limit::Sql)
                }
            }
            "orders" => {
                let event = site.organiser.typed_event("Several types", SEATS, PRICE, None).await;
                // Each order has a payer of its own, as in a sale: limits per buyer count the buyer's orders.
                let port = site.world_port;
                let make = move |number: u64| {
                    let address = format!("$alice.{number}@localhost:{port}");
                    post("/api/orders", &event.order(&[2, 1, 1], true, &address).to_string(), "")
                };
                scenario(Arc::new(make), &[201], Limit::Sql)
            }
            "orders-sellout" => {
                let event = site.organiser.typed_event("Few seats", FEW, PRICE, Some(FEW / 10)).await;
                scenario(all(order_requests(&event, site)), &[201, 400, 409], Limit::Sql)
            }
            "thousand" => {
                let mut purchase_requests = Vec::new();
                for number in 0..1_000 {
                    purchase_requests.push(purchase_request(
                        site.organiser.event(&format!("Event {number}"), SEATS, PRICE).await,
                        site,
                    ));
                }
                scenario(all(purchase_requests), &[201], Limit::Sql)
            }
            "page" => scenario(simple(get(&format!("/api/events/{event}"))), &[200], Limit::Answer),
            "list" => {
                for number in 0..50 {
                    site.organiser.event(&format!("Event {number}"), SEATS, PRICE).await;
                }
                scenario(simple(get("/api/events")), &[200], Limit::Answer)
            }
            "status" => scenario(all(statuses(event, site).await), &[200], Limit::Answer),
            "stream" => scenario(all(site.organiser.segment_requests(VIEWERS).await), &[204], Limit::Answer),
            "webhooks" => {
                let key = webhook_key(site);
                let make = move |number| {
                    let body = format!(
                        "{{\"event_type\": \"PAYMENT_FINISHED\", \"event_id\": \"{number}\", \"timestamp\": \
                        \"2026-01-01T00:00:00+00:00\", \"entity_id\": \"IncomingPayment:{number}\", \"wallet_id\": null}}"
                    );
                    let signature = sandbox::sign_webhook(&key, body.as_bytes());
                    post("/api/webhooks/payment", &body, &format!("lightspark-signature: {signature}\r\n"))
                };
                scenario(Arc::new(make), &[200], Limit::Post)
            }
            "payreq" => {
                // Not by request number: other loads use numbers too, and a reused nonce is refused.
                let (signed, next) = (pay_requests(event, site).await, AtomicUsize::new(0));
                let make = move |_| {
                    let request = signed.get(next.fetch_add(1, Ordering::Relaxed));
                    request.expect("a run this long needs more pay requests").clone()
                };
                scenario(Arc::new(make), &[200], Limit::Post)
            }
            "mixed" => {
                let (status, page, buy) = (
                    statuses(event, site).await,
                    get(&format!("/api/events/{event}")),
                    purchase_request(event, site),
                );
                let make = move |number: u64| match number % 20 {
                    0..=9 => page.clone(),
                    10..=12 => get("/api/events"),
                    13..=18 => pick(&status, number / 20),
                    _ => buy.clone(),
                };
                scenario(Arc::new(make), &[200, 201], Limit::Answer)
            }
            other => panic!("there is no scenario {other:?}: {SCENARIOS}"),
        }
    }

    /// Checks that the load received only allowed responses.
    pub(crate) fn check(&self, figures: &Figures) {
        let bad = figures.statuses.keys().find(|status| !self.good.contains(status));
        assert!(bad.is_none(), "unexpected responses: {:?}", figures.statuses);
        if let Some(seats) = self.seats {
            let sold = figures.statuses.get(&201).copied().unwrap_or_default();
            let sold = sold + self.sold.fetch_add(sold, Ordering::Relaxed);
            assert!(sold <= seats, "{sold} purchases succeeded, for {seats} seats");
            say(format!("           {sold} of {seats} seats sold"));
        }
    }

    /// Measures the limit that applies to the scenario.
    pub(crate) async fn limit(&self, cluster: Option<&Cluster>, load: &Load) {
        let bare = async |request: Vec<u8>| {
            let (figures, cpu_ms) = Bare::start().await.drive(load, &request).await;
            say(format!("  limit    bare actix answer  {figures}; {cpu_ms:.4} ms CPU each"));
        };
        match (self.limit, cluster) {
            (Limit::Sql, Some(cluster)) => {
                let naive = limits::sql::naive(cluster, load).await;
                say(format!("  limit    naive SQL transaction, {} connections  {naive}", load.callers));
                let group = limits::sql::group(cluster, load).await;
                say(format!("  limit    all that wait in one SQL statement  {group}"));
            }
            (Limit::Sql, None) => {
                let group = limits::embedded::group(load).await;
                say(format!("  limit    all that wait in one SQLite transaction  {group}"));
            }
            (Limit::Answer, _) => bare(get("/event")).await,
            (Limit::Post, _) => bare(post("/echo", &"x".repeat(600), "")).await,
        }
        if matches!(self.limit, Limit::Sql | Limit::Post) {
            limits::signatures();
        }
    }
}

/// Status requests of waiting buyers, each with its own token.
async fn statuses(event: i64, site: &Site) -> Vec<Vec<u8>> {
    let bought = buy(event, site, &payer(site)).await;
    let path = |ticket: &Value| {
        let token = ticket["status_token"].as_str().unwrap();
        get(&format!("/api/tickets/{}/status?token={token}", ticket["ticket"]["id"]))
    };
    bought.iter().map(path).collect()
}

async fn buy(event: i64, site: &Site, address: &str) -> Vec<Value> {
    let client = client(Duration::from_secs(30));
    let url = format!("http://127.0.0.1:{}/api/tickets/purchase", site.port);
    let body = json!({ "event_id": event, "user_id": site.organiser.id, "uma_address": address });
    let mut bought = Vec::new();
    for _ in 0..WAITING_BUYERS {
        let answer = client.post(&url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        bought.push(answer.json::<Value>().await.unwrap()["data"].clone());
    }
    bought
}

/// Pay requests signed in advance by a buyer's VASP whose keys this process publishes.
async fn pay_requests(event: i64, site: &Site) -> Vec<Vec<u8>> {
    let vasp = limits::Vasp::serve();
    let payer = UmaAddress::parse(&format!("$alice@{}", vasp.domain)).unwrap();
    let bought = buy(event, site, payer.as_str()).await;
    let now = kernel::Clock::now(&SystemClock).timestamp();
    let mut paths = Vec::new();
    for (number, bought) in (SIGNED..).zip(&bought) {
        let link = bought["uma_request"]["payment_url"].as_str().unwrap();
        paths.push(payreq_path(link, number, now, &vasp, site).await);
    }
    (0..SIGNED)
        .map(|number| {
            let path = &paths[usize::try_from(number).unwrap() % paths.len()];
            let draft = PayRequestDraft::new(payer.clone(), PRICE, CurrencyCode::sat());
            let body = draft.sign(number.to_string(), now, &vasp.key).unwrap().to_json().unwrap();
            post(path, &body, "")
        })
        .collect()
}

/// Path of an order's pay requests, from discovery under the order's link.
async fn payreq_path(link: &str, nonce: u64, now: i64, vasp: &limits::Vasp, site: &Site) -> String {
    let (_, reference) = link.split_once('?').unwrap();
    let ours = UmaAddress::parse(&format!("$tickets@{}", site.settings["DOMAIN"])).unwrap();
    let request =
        LnurlpRequest::signed(&ours, vasp.domain.clone(), UmaVersion::V1, nonce.to_string(), now, &vasp.key);
    let url = request.to_url();
    let (_, query) = url.split_once('?').unwrap();
    let url = format!("http://127.0.0.1:{}/.well-known/lnurlp/$tickets?{query}&{reference}", site.port);
    let answer = client(Duration::from_secs(30)).get(&url).send().await.unwrap();
    let answer = answer.json::<Value>().await.unwrap();
    let (_, rest) = answer["callback"].as_str().unwrap().split_once("/uma/payreq/").unwrap();
    format!("/uma/payreq/{rest}")
}

/// The sandbox's node derives its key from the shop's secret.
fn webhook_key(site: &Site) -> String {
    let digest =
        Sha256::new_with_prefix(b"sandbox webhooks").chain_update(&site.settings["JWT_SECRET"]).finalize();
    hex::encode(digest)
}

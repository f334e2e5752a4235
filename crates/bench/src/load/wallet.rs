//! Buyers with a connected wallet that pays: from the order to the paid notification in the browser.

use super::{
    driver::{Figures, Load},
    site::Site,
};
use crate::{
    say,
    shop::{client, retry_until},
};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

const PRICE: u64 = 21;
const SEATS: u32 = 1_000_000;
/// Longer than any wallet takes.
const WALLET_TIMEOUT: Duration = Duration::from_mins(2);

/// A buyer with a connected wallet.
struct Buyer {
    http: Client,
    base: String,
    token: String,
    purchase_request: Value,
    purchases: AtomicU64,
}

impl Buyer {
    /// Connects the test wallet over the sandbox's relay.
    async fn connect(site: &Site) -> Self {
        let http = client(WALLET_TIMEOUT);
        let base = format!("http://127.0.0.1:{}", site.port);
        let world = format!("http://127.0.0.1:{}/api/requests", site.world_port);
        let wallets = retry_until(|| http.get(&world), StatusCode::OK).await;
        let alice = wallets["users"].as_array().unwrap().iter().find(|user| user["name"] == "alice").unwrap();
        let connection = json!({ "nwc_connection_uri": alice["nwc_uri"] });
        let token = site.organiser.token().to_owned();
        let connect =
            || http.post(format!("{base}/api/users/me/nwc-connection")).bearer_auth(&token).json(&connection);
        retry_until(connect, StatusCode::OK).await;
        let event = site.organiser.event("Paid by wallet", SEATS, PRICE).await;
        let purchase_request =
            json!({ "event_id": event, "user_id": site.organiser.id, "uma_address": alice["uma_address"] });
        Self { http, base, token, purchase_request, purchases: AtomicU64::new(0) }
    }

    /// One purchase; returns the time until the live stream reports `paid`.
    async fn buy(&self) -> Duration {
        let begun = Instant::now();
        let order = self.http.post(format!("{}/api/tickets/purchase", self.base));
        let key = format!(
            "{}-{}",
            self.purchase_request["event_id"],
            self.purchases.fetch_add(1, Ordering::Relaxed)
        );
        let order =
            order.bearer_auth(&self.token).header("Idempotency-Key", key).json(&self.purchase_request);
        let order = order.send().await.unwrap();
        assert_eq!(order.status(), StatusCode::CREATED);
        let bought = order.json::<Value>().await.unwrap()["data"].clone();
        let token = bought["status_token"].as_str().unwrap();
        let live = format!("{}/api/tickets/{}/events?token={token}", self.base, bought["ticket"]["id"]);
        let mut live = self.http.get(live).send().await.unwrap();
        let mut received = String::new();
        while let Some(part) = live.chunk().await.unwrap() {
            received.push_str(&String::from_utf8_lossy(&part));
            if received.contains(r#""payment_status":"paid""#) {
                return begun.elapsed();
            }
        }
        panic!("the stream ended: {received}");
    }
}

/// Each caller buys, waits for the paid notification, and repeats.
pub(crate) async fn drive(site: &Site, load: &Load) -> Figures {
    let buyer = Arc::new(Buyer::connect(site).await);
    let begun = Instant::now();
    let end = begun + load.time;
    let callers: Vec<_> = (0..load.callers)
        .map(|_| {
            let buyer = Arc::clone(&buyer);
            tokio::spawn(async move {
                let mut took = Vec::new();
                while Instant::now() < end {
                    took.push(buyer.buy().await);
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for caller in callers {
        took.extend(caller.await.unwrap());
    }
    let paid = u64::try_from(took.len()).unwrap();
    let world = format!("http://127.0.0.1:{}/api/requests", site.world_port);
    let asked = retry_until(|| buyer.http.get(&world), StatusCode::OK).await;
    assert_eq!(asked["requests"], json!([]), "no buyer's VASP was asked");
    say("           no UMA Request was sent");
    Figures::new(took, BTreeMap::from([(201, paid)]), begun.elapsed())
}

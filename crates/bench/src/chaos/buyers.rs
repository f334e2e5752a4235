//! Simulated buyers, who buy, pay, cancel or never pay.

use crate::shop::TypedEvent;
use reqwest::{Client, StatusCode};
use sandbox::{Node, PayInvoice, Progress};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use testkit::SeededEntropy;
use tokio::{task::JoinHandle, time::sleep};

const BUYERS: u64 = 12;
/// Attempts of a purchase with the same key, before a new one is begun.
const MAX_ATTEMPTS: u32 = 40;

/// Environment of the buyers.
#[derive(Clone)]
pub(super) struct BuyerSetup {
    pub(super) client: Client,
    pub(super) bases: Vec<String>,
    pub(super) events: Vec<i64>,
    /// An event with ticket types and a promo code.
    pub(super) typed: TypedEvent,
    pub(super) buyer: i64,
    /// Address of a wallet whose user never decides; such an order is paid by its invoice or not at all.
    pub(super) address: String,
    pub(super) wallet: Arc<Node>,
}

/// Results that the buyers recorded.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub(super) purchase_requests: u64,
    /// Purchases answered with ticket and invoice: the first ticket and the idempotency key.
    pub(super) bought: Vec<(i64, String)>,
    /// First tickets of the orders whose invoices were paid.
    pub(super) paid: Vec<i64>,
    /// Invoices to be paid after their hold.
    pub(super) late: Vec<String>,
    /// Unexpected responses.
    pub(super) unexpected: Vec<String>,
}

/// The running buyers.
pub(super) struct Crowd {
    gone: Arc<AtomicBool>,
    buyers: Vec<JoinHandle<Results>>,
}

/// Pays an invoice; returns whether the payment settled.
pub(super) fn pay(wallet: &Node, bolt11: &str) -> bool {
    let order = PayInvoice { bolt11: bolt11.to_owned(), ..PayInvoice::default() };
    wallet.pay_invoice(&order).unwrap().progress == Progress::Settled
}

impl Crowd {
    pub(super) fn start(market: &BuyerSetup, chance: &SeededEntropy) -> Self {
        let gone = Arc::new(AtomicBool::new(false));
        let buyers = (0..BUYERS)
            .map(|_| {
                let seed = chance.next_u64();
                let buyer = Buyer {
                    market: market.clone(),
                    chance: SeededEntropy::new(seed),
                    results: Results::default(),
                };
                tokio::spawn(buyer.shop(Arc::clone(&gone)))
            })
            .collect();
        Self { gone, buyers }
    }

    /// Stops after the current purchases.
    pub(super) async fn stop(self) -> Results {
        self.gone.store(true, Ordering::Relaxed);
        let mut all = Results::default();
        for buyer in self.buyers {
            let results = buyer.await.unwrap();
            all.purchase_requests += results.purchase_requests;
            all.bought.extend(results.bought);
            all.paid.extend(results.paid);
            all.late.extend(results.late);
            all.unexpected.extend(results.unexpected);
        }
        all
    }
}

struct Buyer {
    market: BuyerSetup,
    chance: SeededEntropy,
    results: Results,
}

impl Buyer {
    async fn shop(mut self, gone: Arc<AtomicBool>) -> Results {
        while !gone.load(Ordering::Relaxed) {
            self.once().await;
            sleep(Duration::from_millis(self.chance.below(300))).await;
        }
        self.results
    }

    fn base(&self) -> &str {
        let number = usize::try_from(self.chance.below(self.market.bases.len().try_into().unwrap())).unwrap();
        &self.market.bases[number]
    }

    async fn once(&mut self) {
        self.results.purchase_requests += 1;
        let key = format!("{:016x}", self.chance.next_u64());
        let bought =
            if self.chance.below(3) == 0 { self.order(&key).await } else { self.purchase(&key).await };
        let Some(Bought { ticket, bolt11, path, token }) = bought else { return };
        self.results.bought.push((ticket, key));
        let Some(bolt11) = bolt11 else { return };
        let cancel = format!("{}{path}/cancel?token={token}", self.base());
        match self.chance.below(10) {
            0..=5 => {
                sleep(Duration::from_millis(self.chance.below(500))).await;
                if pay(&self.market.wallet, &bolt11) {
                    self.results.paid.push(ticket);
                }
            }
            6 => {
                // Paid during the cancellation: in either order no money may be lost.
                let cancelling = tokio::spawn(self.market.client.post(cancel).send());
                if pay(&self.market.wallet, &bolt11) {
                    self.results.paid.push(ticket);
                }
                drop(cancelling.await);
            }
            7 => drop(self.market.client.post(cancel).send().await),
            8 => self.results.late.push(bolt11),
            _ => {
                let url = format!("{}/api/tickets/{ticket}/status?token={token}", self.base());
                drop(self.market.client.get(url).send().await);
            }
        }
    }

    /// Buys one ticket.
    async fn purchase(&mut self, key: &str) -> Option<Bought> {
        let event = self.market.events[usize::from(self.chance.below(3) == 0)];
        let body =
            json!({ "event_id": event, "user_id": self.market.buyer, "uma_address": self.market.address });
        let data = self.post("/api/tickets/purchase", &body, key).await?;
        let ticket = data["ticket"]["id"].as_i64()?;
        let token = data["status_token"].as_str()?.to_owned();
        Some(Bought { ticket, bolt11: bolt11(&data), path: format!("/api/tickets/{ticket}"), token })
    }

    /// Orders one to five tickets over the types, every other time with the promo code.
    async fn order(&mut self, key: &str) -> Option<Bought> {
        let mut quantities = [0; 3];
        for _ in 0..=self.chance.below(5) {
            quantities[usize::try_from(self.chance.below(3)).unwrap()] += 1;
        }
        let code = self.chance.below(2) == 0;
        let body = self.market.typed.order(&quantities, code, &self.market.address);
        let data = self.post("/api/orders", &body, key).await?;
        let order = data["id"].as_i64()?;
        let ticket = data["tickets"][0]["id"].as_i64()?;
        let token = data["order_token"].as_str()?.to_owned();
        Some(Bought { ticket, bolt11: bolt11(&data), path: format!("/api/orders/{order}"), token })
    }

    /// Repeats the request with the same key, at any replica, until there is a final response.
    async fn post(&mut self, path: &str, body: &Value, key: &str) -> Option<Value> {
        for _ in 0..MAX_ATTEMPTS {
            let request = self.market.client.post(format!("{}{path}", self.base()));
            let answer = request.header("Idempotency-Key", key).json(body).send().await;
            if let Ok(answer) = answer {
                let status = answer.status();
                let body: Value = answer.json().await.unwrap_or_default();
                let kind = body["type"].as_str().unwrap_or_default();
                match status {
                    StatusCode::CREATED if body["data"].is_object() => return Some(body["data"].clone()),
                    StatusCode::BAD_REQUEST if SOLD_OUT.contains(&kind) => return None,
                    StatusCode::CREATED | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => {}
                    status if status.is_server_error() => {}
                    _ => {
                        self.results.unexpected.push(format!("{path} was answered {status}: {body}"));
                        return None;
                    }
                }
            }
            sleep(Duration::from_millis(100 + self.chance.below(200))).await;
        }
        None
    }
}

/// Refusals for want of seats or promo uses.
const SOLD_OUT: [&str; 3] = ["sold_out", "not_enough_left", "promo_code_exhausted"];

/// A purchase that was answered.
struct Bought {
    /// The first ticket.
    ticket: i64,
    bolt11: Option<String>,
    /// Path of the ticket or order, and the token that opens it.
    path: String,
    token: String,
}

fn bolt11(data: &Value) -> Option<String> {
    data["uma_request"]["bolt11"].as_str().map(str::to_owned)
}

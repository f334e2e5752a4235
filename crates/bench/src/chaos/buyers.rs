//! Those who buy, pay, change their minds, or never come back.

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
/// How often a purchase is asked for again with the same key, before the buyer begins anew.
const MAX_ATTEMPTS: u32 = 40;

/// Where buyers go and how they pay.
#[derive(Clone)]
pub(super) struct Stall {
    pub(super) client: Client,
    pub(super) bases: Vec<String>,
    pub(super) events: Vec<i64>,
    pub(super) buyer: i64,
    /// Of the wallet that is asked for the money; its owner never answers, and pays by the invoice or not at all.
    pub(super) address: String,
    pub(super) wallet: Arc<Node>,
}

/// What the buyers remember.
#[derive(Debug, Default)]
pub(super) struct Memories {
    pub(super) purchase_requests: u64,
    /// Purchases that were answered with a ticket and an invoice: ticket and idempotency key.
    pub(super) bought: Vec<(i64, String)>,
    /// Tickets whose invoices were paid.
    pub(super) paid: Vec<i64>,
    /// Invoices to be paid when it is too late.
    pub(super) late: Vec<String>,
    /// Answers that nobody should get.
    pub(super) surprises: Vec<String>,
}

/// Buyers at work.
pub(super) struct Crowd {
    gone: Arc<AtomicBool>,
    buyers: Vec<JoinHandle<Memories>>,
}

/// Pays; whether the money arrived.
pub(super) fn pay(wallet: &Node, bolt11: &str) -> bool {
    let order = PayInvoice { bolt11: bolt11.to_owned(), ..PayInvoice::default() };
    wallet.pay_invoice(&order).unwrap().progress == Progress::Settled
}

impl Crowd {
    pub(super) fn enter(stall: &Stall, chance: &SeededEntropy) -> Self {
        let gone = Arc::new(AtomicBool::new(false));
        let buyers = (0..BUYERS)
            .map(|_| {
                let seed = chance.next_u64();
                let buyer = Buyer {
                    stall: stall.clone(),
                    chance: SeededEntropy::new(seed),
                    memories: Memories::default(),
                };
                tokio::spawn(buyer.shop(Arc::clone(&gone)))
            })
            .collect();
        Self { gone, buyers }
    }

    /// Everybody finishes what they are at.
    pub(super) async fn leave(self) -> Memories {
        self.gone.store(true, Ordering::Relaxed);
        let mut all = Memories::default();
        for buyer in self.buyers {
            let memories = buyer.await.unwrap();
            all.purchase_requests += memories.purchase_requests;
            all.bought.extend(memories.bought);
            all.paid.extend(memories.paid);
            all.late.extend(memories.late);
            all.surprises.extend(memories.surprises);
        }
        all
    }
}

struct Buyer {
    stall: Stall,
    chance: SeededEntropy,
    memories: Memories,
}

impl Buyer {
    async fn shop(mut self, gone: Arc<AtomicBool>) -> Memories {
        while !gone.load(Ordering::Relaxed) {
            self.once().await;
            sleep(Duration::from_millis(self.chance.below(300))).await;
        }
        self.memories
    }

    fn base(&self) -> &str {
        let number = usize::try_from(self.chance.below(self.stall.bases.len().try_into().unwrap())).unwrap();
        &self.stall.bases[number]
    }

    async fn once(&mut self) {
        self.memories.purchase_requests += 1;
        let key = format!("{:016x}", self.chance.next_u64());
        let event = self.stall.events[usize::from(self.chance.below(3) == 0)];
        let Some(bought) = self.buy(event, &key).await else { return };
        let ticket = bought["ticket"]["id"].as_i64().unwrap();
        self.memories.bought.push((ticket, key));
        let Some(bolt11) = bought["uma_request"]["bolt11"].as_str().map(str::to_owned) else { return };
        let token = bought["status_token"].as_str().unwrap();
        match self.chance.below(10) {
            0..=5 => {
                sleep(Duration::from_millis(self.chance.below(500))).await;
                if pay(&self.stall.wallet, &bolt11) {
                    self.memories.paid.push(ticket);
                }
            }
            6 => {
                // Paid while it is being cancelled: whatever comes first, no money may be lost.
                let cancelling = tokio::spawn(self.cancel(ticket, token).send());
                if pay(&self.stall.wallet, &bolt11) {
                    self.memories.paid.push(ticket);
                }
                drop(cancelling.await);
            }
            7 => drop(self.cancel(ticket, token).send().await),
            8 => self.memories.late.push(bolt11),
            _ => {
                let url = format!("{}/api/tickets/{ticket}/status?token={token}", self.base());
                drop(self.stall.client.get(url).send().await);
            }
        }
    }

    fn cancel(&self, ticket: i64, token: &str) -> reqwest::RequestBuilder {
        self.stall.client.post(format!("{}/api/tickets/{ticket}/cancel?token={token}", self.base()))
    }

    /// Asks again with the same key, at any replica, until there is an answer that counts.
    async fn buy(&mut self, event: i64, key: &str) -> Option<Value> {
        let purchase_request =
            json!({ "event_id": event, "user_id": self.stall.buyer, "uma_address": self.stall.address });
        for _ in 0..MAX_ATTEMPTS {
            let request = self.stall.client.post(format!("{}/api/tickets/purchase", self.base()));
            let answer = request.header("Idempotency-Key", key).json(&purchase_request).send().await;
            if let Ok(answer) = answer {
                let status = answer.status();
                let body: Value = answer.json().await.unwrap_or_default();
                let kind = body["type"].as_str().unwrap_or_default();
                match status {
                    StatusCode::CREATED if body["data"]["ticket"]["id"].is_i64() => {
                        return Some(body["data"].clone());
                    }
                    StatusCode::BAD_REQUEST if kind == "sold_out" => return None,
                    StatusCode::CREATED | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS => {}
                    status if status.is_server_error() => {}
                    _ => {
                        self.memories.surprises.push(format!("a purchase was answered {status}: {body}"));
                        return None;
                    }
                }
            }
            sleep(Duration::from_millis(100 + self.chance.below(200))).await;
        }
        None
    }
}

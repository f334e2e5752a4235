use crate::{
    client::{CallError, Client, Deadline, Limits},
    code::{Meaning, WalletError},
    relay_hosts::RelayGuard,
    uri::ConnectionUri,
    wire::{Paid, Transaction, WalletInfo},
};
use async_trait::async_trait;
use chrono::TimeDelta;
use kernel::{Clock, Msats, Timestamp};
use payments::{
    Bolt11, BuyerWallet, NOT_SENT, Network, PaymentHash, Preimage, ProbeError, WalletAnswer, WalletFacts,
    WalletUri,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::Semaphore, time::Instant};

/// Connections kept open, so that a lookup after a payment or a second purchase reuses the sockets.
const MAX_OPEN_CONNECTIONS: usize = 512;
/// Open relay sockets of all buyers' wallets together.
const MAX_SOCKETS: usize = 512;
/// Tolerated difference between the wallet's clock and ours.
const SKEW: TimeDelta = TimeDelta::seconds(15);
/// Time after the invoice's expiry within which a payment may still settle.
const LATE_SETTLEMENT_WINDOW: TimeDelta = TimeDelta::hours(1);

/// Buyers' wallets by Nostr Wallet Connect.
pub struct NwcBuyerWallet {
    guard: Arc<dyn RelayGuard>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    /// Permits for relay sockets, shared by all connections.
    sockets: Arc<Semaphore>,
    warm: Mutex<HashMap<String, (Arc<Client>, Instant)>>,
    /// Payments that a wallet may be making, each with the end of its settlement window.
    requested: Mutex<HashMap<PaymentHash, Timestamp>>,
}

/// A wallet's answer to the lookup of a requested payment.
enum LookupResult {
    Paid(Preimage),
    Failed,
    /// The payment exists and is not finished.
    InFlight,
    /// An answer that neither proves nor excludes the payment.
    Inconclusive(&'static str),
    Absent,
    /// Lookups are not granted to this connection.
    NotAllowed(WalletError),
    NoResponse(String),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A poisoned lock is safe to use: each critical section leaves the map consistent.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused(code: &str, message: impl Into<String>, connection_dead: bool) -> WalletAnswer {
    WalletAnswer::Refused { code: code.to_owned(), message: message.into(), connection_dead }
}

/// The wallet answered without settling the question.
fn inconclusive(reason: impl Into<String>) -> WalletAnswer {
    WalletAnswer::Unknown { reason: reason.into(), silent: false }
}

fn no_response(reason: impl Into<String>) -> WalletAnswer {
    WalletAnswer::Unknown { reason: reason.into(), silent: true }
}

impl NwcBuyerWallet {
    /// `guard` approves relays; `clock` dates requests and measures deadlines.
    pub fn new(guard: Arc<dyn RelayGuard>, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        let sockets = Arc::new(Semaphore::new(MAX_SOCKETS));
        Self { guard, clock, limits, sockets, warm: Mutex::default(), requested: Mutex::default() }
    }

    /// The connection over its approved relays.
    fn usable(&self, uri: &WalletUri) -> Result<ConnectionUri, WalletAnswer> {
        let uri = ConnectionUri::parse(uri.expose())
            .map_err(|error| refused("BAD_CONNECTION", error.to_string(), true))?;
        let mut refusal = String::new();
        let mut relays = Vec::new();
        for relay in uri.relays() {
            match self.guard.check(relay) {
                Ok(()) => relays.push(relay.clone()),
                Err(error) => refusal = error.to_string(),
            }
        }
        if relays.is_empty() { Err(refused("RELAY_REFUSED", refusal, true)) } else { Ok(uri.over(relays)) }
    }

    fn fresh(&self, uri: ConnectionUri) -> Client {
        Client::new(uri, &self.guard, Arc::clone(&self.clock), self.limits, Some(&self.sockets))
    }

    fn client(&self, uri: ConnectionUri) -> Arc<Client> {
        let mut warm = lock(&self.warm);
        let now = Instant::now();
        warm.retain(|_, (_, used)| now.duration_since(*used) < self.limits.idle);
        let key = uri.client_key();
        if let Some((client, used)) = warm.get_mut(&key).filter(|(client, _)| client.uri().same_as(&uri)) {
            *used = now;
            return Arc::clone(client);
        }
        let client = Arc::new(self.fresh(uri));
        if warm.len() < MAX_OPEN_CONNECTIONS {
            warm.insert(key, (Arc::clone(&client), now));
        }
        client
    }

    /// Records the payment; false if it was requested before.
    fn is_first(&self, hash: PaymentHash, invoice_end: Timestamp) -> bool {
        let now = self.clock.now();
        let mut requested = lock(&self.requested);
        requested.retain(|_, until| *until > now);
        requested.insert(hash, invoice_end + LATE_SETTLEMENT_WINDOW).is_none()
    }

    async fn request_payment(
        &self,
        client: &Client,
        invoice: &Bolt11,
        amount: Msats,
        deadline: Timestamp,
    ) -> WalletAnswer {
        let hash = invoice.payment_hash();
        let left = (deadline - self.clock.now()).to_std().unwrap_or_default().min(self.limits.pay);
        let until = Deadline {
            deadline: Instant::now() + left,
            expiration: Some(invoice.expires_at().min(deadline + SKEW)),
        };
        match client.call::<Paid>("pay_invoice", &pay_params(invoice, amount), until).await {
            Ok(paid) => match paid.proof(hash) {
                Some(preimage) => WalletAnswer::Paid(preimage),
                None => {
                    tracing::error!(payment_hash = %hash, "a wallet reports a payment with an invalid preimage");
                    self.follow_up(client, hash, None, "the wallet's preimage does not prove the payment")
                        .await
                }
            },
            Err(CallError::NotSent(why)) => refused(NOT_SENT, why, false),
            Err(CallError::Lost(why)) => no_response(why),
            Err(CallError::Wallet(error)) => match error.meaning() {
                Meaning::DeadConnection => refused(&error.code, error.message, true),
                Meaning::Final | Meaning::Later | Meaning::WrongEncryption => {
                    refused(&error.code, error.message, false)
                }
                Meaning::PaymentFailed | Meaning::NotFound | Meaning::Unknown => {
                    let reason = error.to_string();
                    self.follow_up(client, hash, Some(error), &reason).await
                }
            },
        }
    }

    /// Resolves an inconclusive answer by a lookup.
    async fn follow_up(
        &self,
        client: &Client,
        hash: PaymentHash,
        error: Option<WalletError>,
        reason: &str,
    ) -> WalletAnswer {
        let found = look_up(client, hash).await;
        let says_failed = error.as_ref().is_some_and(|error| error.meaning() == Meaning::PaymentFailed);
        match (found, error) {
            (LookupResult::Paid(preimage), _) => WalletAnswer::Paid(preimage),
            (LookupResult::Failed, Some(error)) => refused(&error.code, error.message, false),
            (LookupResult::Failed, None) => refused("PAYMENT_FAILED", reason, false),
            // PAYMENT_FAILED is final only if the wallet's records were read and do not have the payment.
            (LookupResult::Absent, Some(error)) if says_failed => refused(&error.code, error.message, false),
            (LookupResult::InFlight, _) => WalletAnswer::Pending,
            (
                LookupResult::Inconclusive(_)
                | LookupResult::Absent
                | LookupResult::NotAllowed(_)
                | LookupResult::NoResponse(_),
                _,
            ) => inconclusive(reason),
        }
    }
}

fn pay_params(invoice: &Bolt11, amount: Msats) -> Value {
    match invoice.amount() {
        Some(_) => json!({ "invoice": invoice.as_str() }),
        None => json!({ "invoice": invoice.as_str(), "amount": amount.get() }),
    }
}

async fn look_up(client: &Client, hash: PaymentHash) -> LookupResult {
    match client.query::<Transaction>("lookup_invoice", &json!({ "payment_hash": hash.to_hex() })).await {
        Ok(found) if found.is_incoming() == Some(true) => {
            // With buyer and shop on one node, the invoice's record holds the preimage from the start.
            LookupResult::Inconclusive("the wallet reports only the invoice, not the payment")
        }
        Ok(found) if found.is_failed() => LookupResult::Failed,
        Ok(found) if found.is_settled() => match found.proof(hash) {
            Some(preimage) => LookupResult::Paid(preimage),
            None => LookupResult::Inconclusive("the wallet reports a payment without proof"),
        },
        // `expired` refers to the invoice: the payment may be in flight.
        Ok(_) => LookupResult::InFlight,
        Err(CallError::Wallet(error)) => match error.meaning() {
            Meaning::NotFound => LookupResult::Absent,
            Meaning::DeadConnection => LookupResult::NotAllowed(error),
            _ => LookupResult::NoResponse(error.to_string()),
        },
        Err(error @ (CallError::NotSent(_) | CallError::Lost(_))) => {
            LookupResult::NoResponse(error.sentence())
        }
    }
}

#[async_trait]
impl BuyerWallet for NwcBuyerWallet {
    fn check(&self, uri: &WalletUri) -> Result<(), String> {
        match self.usable(uri) {
            Err(WalletAnswer::Refused { message, .. }) => Err(message),
            _ => Ok(()),
        }
    }

    async fn probe(&self, uri: &WalletUri) -> Result<WalletFacts, ProbeError> {
        let uri = match self.usable(uri) {
            Ok(uri) => uri,
            Err(WalletAnswer::Refused { message, .. }) => return Err(ProbeError::Useless(message)),
            Err(_) => return Err(ProbeError::Useless("the connection cannot be used".to_owned())),
        };
        // Not kept open: a probed connection leaves no socket behind.
        let client = self.fresh(uri);
        match client.query::<WalletInfo>("get_info", &json!({})).await {
            Ok(info)
                if info.methods.is_empty() || info.methods.iter().any(|method| method == "pay_invoice") =>
            {
                Ok(WalletFacts { network: info.network.as_deref().and_then(Network::parse) })
            }
            Ok(_) => {
                Err(ProbeError::Useless("this connection may not pay invoices (pay_invoice)".to_owned()))
            }
            Err(CallError::Wallet(error)) if matches!(error.code.as_str(), "UNAUTHORIZED" | "EXPIRED") => {
                Err(ProbeError::Useless(format!("the wallet does not know this connection ({})", error.code)))
            }
            // `get_info` is not granted: whether the wallet pays is known only after a payment request.
            Err(CallError::Wallet(_)) => Ok(WalletFacts::default()),
            Err(error) => Err(ProbeError::Silent(error.sentence())),
        }
    }

    async fn pay(
        &self,
        uri: &WalletUri,
        bolt11: &str,
        hash: PaymentHash,
        amount: Msats,
        deadline: Timestamp,
    ) -> WalletAnswer {
        let invoice = match Bolt11::parse(bolt11) {
            Ok(invoice) => invoice,
            Err(error) => return refused("BAD_INVOICE", error.to_string(), false),
        };
        if invoice.payment_hash() != hash || invoice.amount().is_some_and(|requested| requested != amount) {
            return refused("BAD_INVOICE", "the invoice is not for this payment", false);
        }
        if invoice.expires_at() <= self.clock.now() {
            return refused("BAD_INVOICE", "the invoice has expired", false);
        }
        let client = match self.usable(uri) {
            Ok(uri) => self.client(uri),
            Err(refusal) => return refusal,
        };
        if !self.is_first(hash, invoice.expires_at()) {
            return self.lookup(uri, hash).await;
        }
        let answer = self.request_payment(&client, &invoice, amount, deadline).await;
        match &answer {
            WalletAnswer::Paid(_) => tracing::info!(payment_hash = %hash, "a buyer's wallet paid"),
            WalletAnswer::Refused { code, message, .. } => {
                // Certainly not paid: the payment may be requested again over a renewed connection.
                lock(&self.requested).remove(&hash);
                tracing::info!(payment_hash = %hash, %code, %message, "a buyer's wallet refused");
            }
            WalletAnswer::Pending => tracing::info!(payment_hash = %hash, "a buyer's wallet is still paying"),
            WalletAnswer::Unknown { reason, .. } => {
                tracing::warn!(payment_hash = %hash, %reason, "the outcome of a buyer's payment is unknown");
            }
        }
        answer
    }

    async fn lookup(&self, uri: &WalletUri, hash: PaymentHash) -> WalletAnswer {
        let client = match self.usable(uri) {
            Ok(uri) => self.client(uri),
            // An unusable connection proves nothing about the payment.
            Err(WalletAnswer::Refused { message, .. }) => return inconclusive(message),
            Err(other) => return other,
        };
        match look_up(&client, hash).await {
            LookupResult::Paid(preimage) => WalletAnswer::Paid(preimage),
            LookupResult::Failed => {
                refused("PAYMENT_FAILED", "the wallet reports that the payment failed", false)
            }
            LookupResult::InFlight => WalletAnswer::Pending,
            LookupResult::Inconclusive(why) => inconclusive(why),
            LookupResult::Absent => inconclusive("the wallet has no record of the payment yet"),
            LookupResult::NotAllowed(error) => {
                inconclusive(format!("the wallet rejected the lookup: {error}"))
            }
            LookupResult::NoResponse(why) => no_response(why),
        }
    }
}

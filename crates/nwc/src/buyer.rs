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

/// Connections kept warm: a lookup after a payment, or a second ticket, finds its sockets open.
const MAX_WARM: usize = 512;
/// Sockets to relays that all buyers' wallets together may have open.
const MAX_SOCKETS: usize = 512;
/// How wrong the wallet's clock may be.
const SKEW: TimeDelta = TimeDelta::seconds(15);
/// How long after its invoice's end a payment may still turn out to be made.
const LATE_SETTLEMENT_WINDOW: TimeDelta = TimeDelta::hours(1);

/// Buyers' wallets by Nostr Wallet Connect.
pub struct NwcBuyerWallet {
    guard: Arc<dyn RelayGuard>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    /// Places for sockets to relays, shared by all connections.
    sockets: Arc<Semaphore>,
    warm: Mutex<HashMap<String, (Arc<Client>, Instant)>>,
    /// Payments that a wallet may be making, and until when that matters.
    asked: Mutex<HashMap<PaymentHash, Timestamp>>,
}

/// What a wallet knows of a payment that it was asked for.
enum LookupResult {
    Paid(Preimage),
    Failed,
    /// It knows of the payment, and has not finished it.
    UnderWay,
    /// It answered, and that settles nothing.
    Unsettled(&'static str),
    Absent,
    /// It does not tell this connection.
    NotAllowed(WalletError),
    Silent(String),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Plain maps: whatever a panicking thread left is still a map.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused(code: &str, message: impl Into<String>, connection_dead: bool) -> WalletAnswer {
    WalletAnswer::Refused { code: code.to_owned(), message: message.into(), connection_dead }
}

/// The wallet answered, and that settles nothing.
fn unclear(reason: impl Into<String>) -> WalletAnswer {
    WalletAnswer::Unknown { reason: reason.into(), silent: false }
}

fn silence(reason: impl Into<String>) -> WalletAnswer {
    WalletAnswer::Unknown { reason: reason.into(), silent: true }
}

impl NwcBuyerWallet {
    /// Relays are approved by `guard`; `clock` dates requests and measures deadlines.
    pub fn new(guard: Arc<dyn RelayGuard>, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        let sockets = Arc::new(Semaphore::new(MAX_SOCKETS));
        Self { guard, clock, limits, sockets, warm: Mutex::default(), asked: Mutex::default() }
    }

    /// The connection over those of its relays that we may use.
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
        if warm.len() < MAX_WARM {
            warm.insert(key, (Arc::clone(&client), now));
        }
        client
    }

    /// Whether nobody here asked for this payment yet; from now on somebody did.
    fn is_first(&self, hash: PaymentHash, invoice_end: Timestamp) -> bool {
        let now = self.clock.now();
        let mut asked = lock(&self.asked);
        asked.retain(|_, until| *until > now);
        asked.insert(hash, invoice_end + LATE_SETTLEMENT_WINDOW).is_none()
    }

    async fn ask_to_pay(
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
                    tracing::error!(payment_hash = %hash, "a wallet says it paid, but its preimage proves nothing");
                    self.follow_up(client, hash, None, "the wallet's preimage does not prove the payment")
                        .await
                }
            },
            Err(CallError::NotSent(why)) => refused(NOT_SENT, why, false),
            Err(CallError::Lost(why)) => silence(why),
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

    /// The wallet answered, but not for certain: what does it know of the payment?
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
            // PAYMENT_FAILED is the wallet's last word, unless its own books say otherwise.
            (LookupResult::Absent | LookupResult::NotAllowed(_), Some(error)) if says_failed => {
                refused(&error.code, error.message, false)
            }
            (LookupResult::UnderWay, _) => WalletAnswer::Pending,
            (
                LookupResult::Unsettled(_)
                | LookupResult::Absent
                | LookupResult::NotAllowed(_)
                | LookupResult::Silent(_),
                _,
            ) => unclear(reason),
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
    match client.ask::<Transaction>("lookup_invoice", &json!({ "payment_hash": hash.to_hex() })).await {
        Ok(found) if found.is_incoming() == Some(true) => {
            // Buyer and shop on one node: the shop's side knows the preimage from the start.
            LookupResult::Unsettled("the wallet tells only of the invoice, not of the payment")
        }
        Ok(found) if found.is_failed() => LookupResult::Failed,
        Ok(found) if found.is_settled() => match found.proof(hash) {
            Some(preimage) => LookupResult::Paid(preimage),
            None => LookupResult::Unsettled("the wallet says it paid, without proof"),
        },
        // `expired` is about the invoice: the payment may be in flight.
        Ok(_) => LookupResult::UnderWay,
        Err(CallError::Wallet(error)) => match error.meaning() {
            Meaning::NotFound => LookupResult::Absent,
            Meaning::DeadConnection => LookupResult::NotAllowed(error),
            _ => LookupResult::Silent(error.to_string()),
        },
        Err(error @ (CallError::NotSent(_) | CallError::Lost(_))) => LookupResult::Silent(error.sentence()),
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
        // Not kept warm: a connection that is only tried out leaves no socket behind.
        let client = self.fresh(uri);
        match client.ask::<WalletInfo>("get_info", &json!({})).await {
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
            // It is there, and does not tell: whether it pays is seen when it is asked to.
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
        if invoice.payment_hash() != hash || invoice.amount().is_some_and(|asked| asked != amount) {
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
        let answer = self.ask_to_pay(&client, &invoice, amount, deadline).await;
        match &answer {
            WalletAnswer::Paid(_) => tracing::info!(payment_hash = %hash, "a buyer's wallet paid"),
            WalletAnswer::Refused { code, message, .. } => {
                // Certainly not paid: with a renewed connection it may be asked for again.
                lock(&self.asked).remove(&hash);
                tracing::info!(payment_hash = %hash, %code, %message, "a buyer's wallet refused");
            }
            WalletAnswer::Pending => tracing::info!(payment_hash = %hash, "a buyer's wallet is still paying"),
            WalletAnswer::Unknown { reason, .. } => {
                tracing::warn!(payment_hash = %hash, %reason, "a buyer's wallet left a payment open");
            }
        }
        answer
    }

    async fn lookup(&self, uri: &WalletUri, hash: PaymentHash) -> WalletAnswer {
        let client = match self.usable(uri) {
            Ok(uri) => self.client(uri),
            // Nothing is known of the payment, whatever is wrong with the connection.
            Err(WalletAnswer::Refused { message, .. }) => return unclear(message),
            Err(other) => return other,
        };
        match look_up(&client, hash).await {
            LookupResult::Paid(preimage) => WalletAnswer::Paid(preimage),
            LookupResult::Failed => {
                refused("PAYMENT_FAILED", "the wallet says that the payment failed", false)
            }
            LookupResult::UnderWay => WalletAnswer::Pending,
            LookupResult::Unsettled(why) => unclear(why),
            LookupResult::Absent => unclear("the wallet does not know of the payment, yet"),
            LookupResult::NotAllowed(error) => unclear(format!("the wallet does not tell: {error}")),
            LookupResult::Silent(why) => silence(why),
        }
    }
}

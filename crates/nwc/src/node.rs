use crate::{
    cipher::Scheme,
    client::{CallError, Client, Deadline, Limits},
    code::Meaning,
    doctor::Doctor,
    relay_hosts::{GuardError, RelayGuard},
    uri::{ConnectionUri, UriError},
    wire::{Balance, Paid, Transaction, Transactions, WalletInfo},
};
use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::{Stream, stream};
use kernel::{Clock, Msats, Timestamp, text::foreign};
use payments::{
    Bolt11, IncomingState, InvoiceOrder, Lightning, LightningError, Network, NodeBalance, NodeInvoice,
    NodePayment, NodePaymentStatus, NodeStatus, OutgoingState, PayOrder, PaymentHash, WalletUri,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    error::Error,
    sync::{Arc, atomic::AtomicBool},
};
use tokio::{sync::mpsc, time::Instant};

/// HTLCs accepted before the expiry may be settled after it.
const GRACE: TimeDelta = TimeDelta::minutes(2);
/// With a final state from the wallet, only clocks can differ.
const SKEW: TimeDelta = TimeDelta::seconds(30);
/// Smallest routing reserve of common wallets in msats; NIP-47 has no fee limit to send.
const MIN_FEE_RESERVE: u64 = 10_000;
const FEE_RESERVE_DIVISOR: u64 = 100;
/// Page size of `list_transactions`.
const PAGE: u32 = 20;
/// Maximal pages searched for one payment that a lookup did not find; a longer list proves nothing.
const SEARCHED_PAGES: u32 = 100;
/// Maximal pages read of a whole list.
const MAX_PAGES: u32 = 5_000;
const MAX_QUEUED_NOTIFICATIONS: usize = 256;
/// Maximal length of a wallet's name, in characters.
const MAX_NAME: usize = 100;

/// Any NWC wallet as the shop's Lightning node.
pub struct NwcNode {
    pub(crate) client: Arc<Client>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether the wallet ignores the hash when it also gets the description.
    pub(crate) hash_alone: AtomicBool,
}

/// Why a connection cannot be the shop's node.
#[derive(Debug, thiserror::Error)]
pub enum NodeUriError {
    /// The URI cannot be parsed.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// No relay is allowed.
    #[error(transparent)]
    Relay(#[from] GuardError),
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Reason(String);

fn boxed(why: String) -> Box<dyn Error + Send + Sync> {
    Box::new(Reason(why))
}

pub(crate) fn failure(error: CallError) -> LightningError {
    match error {
        CallError::NotSent(why) => LightningError::Unavailable(boxed(why)),
        CallError::Lost(why) => LightningError::Unknown(boxed(why)),
        CallError::Wallet(error) => match error.meaning() {
            Meaning::Later => LightningError::Unavailable(boxed(error.to_string())),
            Meaning::Unknown => LightningError::Unknown(boxed(error.to_string())),
            Meaning::WrongEncryption
            | Meaning::DeadConnection
            | Meaning::Final
            | Meaning::PaymentFailed
            | Meaning::NotFound => LightningError::Refused { reason: error.to_string() },
        },
    }
}

pub(crate) fn refused(reason: impl Into<String>) -> LightningError {
    LightningError::Refused { reason: reason.into() }
}

fn fee_reserve(amount: Msats) -> u64 {
    amount.get().checked_div(FEE_RESERVE_DIVISOR).unwrap_or_default().max(MIN_FEE_RESERVE)
}

fn by_hash(hash: PaymentHash) -> Value {
    // Only one of the two identifiers: some wallets reject both.
    json!({ "payment_hash": hash.to_hex() })
}

impl NwcNode {
    /// Sockets are opened by the first request.
    pub fn new(
        uri: &WalletUri,
        guard: &Arc<dyn RelayGuard>,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Result<Self, NodeUriError> {
        let uri = ConnectionUri::parse(uri.expose())?;
        let mut relays = Vec::new();
        let mut refusal = None;
        for relay in uri.relays() {
            match guard.check(relay) {
                Ok(()) => relays.push(relay.clone()),
                Err(error) => refusal = Some(error),
            }
        }
        if let (true, Some(refusal)) = (relays.is_empty(), refusal) {
            return Err(refusal.into());
        }
        let client = Client::new(uri.over(relays), guard, Arc::clone(&clock), limits, None);
        Ok(Self { client: Arc::new(client), clock, hash_alone: AtomicBool::new(false) })
    }

    /// Fetches the methods granted to this connection.
    pub async fn doctor(&self) -> Result<Doctor, LightningError> {
        let deadline = Instant::now() + self.client.limits().answer;
        let announced = self.client.announced(deadline).await;
        let modern = announced.as_ref().is_some_and(|announced| announced.scheme == Scheme::Nip44);
        match self.client.query::<WalletInfo>("get_info", &json!({})).await {
            Ok(info) => {
                let alias = info.alias.map(|alias| foreign(&alias, MAX_NAME));
                Ok(Doctor::new(alias, info.network, info.methods, &info.notifications, modern))
            }
            Err(CallError::Wallet(error)) if error.meaning() == Meaning::DeadConnection => match announced {
                // `get_info` is not granted: the announced methods are the best available evidence.
                Some(announced) => Ok(Doctor::new(None, None, announced.methods, &[], modern)),
                None => Err(refused(error.to_string())),
            },
            Err(error) => Err(failure(error)),
        }
    }

    /// Payment hashes of `payment_received` notifications, until dropped. Best effort: many wallets send none, and those sent
    /// while disconnected are lost.
    pub fn notifications(&self) -> impl Stream<Item = PaymentHash> + Send + use<> {
        let (sender, receiver) = mpsc::channel(MAX_QUEUED_NOTIFICATIONS);
        let client = Arc::clone(&self.client);
        tokio::spawn(async move { client.notifications(sender).await });
        stream::unfold(receiver, |mut receiver| async move {
            loop {
                let transaction: Transaction = receiver.recv().await?;
                let hash = transaction.hash().or_else(|| {
                    Bolt11::parse(transaction.invoice.as_deref()?).ok().map(|invoice| invoice.payment_hash())
                });
                if let Some(hash) = hash.filter(|_| transaction.is_incoming() != Some(false)) {
                    return Some((hash, receiver));
                }
            }
        })
    }

    async fn find(&self, hash: PaymentHash) -> Result<Option<Transaction>, LightningError> {
        match self.client.query("lookup_invoice", &by_hash(hash)).await {
            Ok(found) => Ok(Some(found)),
            Err(CallError::Wallet(error)) if error.meaning() == Meaning::NotFound => Ok(None),
            // A lookup has no side effects, so it can be retried after any error.
            Err(error) => Err(match failure(error) {
                LightningError::Unknown(why) => LightningError::Unavailable(why),
                other => other,
            }),
        }
    }

    /// An outgoing payment by its hash, from a lookup or else the wallet's list, since some wallets look up only their own
    /// invoices. `None` only if the whole list was read: an unread page may hold the payment.
    async fn find_outgoing(&self, hash: PaymentHash) -> Result<Option<Transaction>, LightningError> {
        if let Some(found) = self.find(hash).await? {
            return Ok(Some(found));
        }
        let mut listed = None::<Transaction>;
        for number in 0..SEARCHED_PAGES {
            let page = self.page(None, number).await.map_err(|error| {
                LightningError::Unavailable(boxed(format!("the wallet does not list its payments: {error}")))
            })?;
            if page.is_empty() {
                return Ok(listed);
            }
            // Of several attempts, one that settled or still may outweighs one that failed.
            let attempts =
                page.into_iter().filter(|one| one.hash() == Some(hash) && one.is_incoming() != Some(true));
            listed = listed.into_iter().chain(attempts).max_by_key(|one| !one.is_failed());
            if listed.as_ref().is_some_and(|one| !one.is_failed()) {
                return Ok(listed);
            }
        }
        Err(LightningError::Unavailable(boxed(
            "the wallet's list of payments is too long to search".to_owned(),
        )))
    }

    /// A page of the wallet's list of outgoing payments, newest first. Some wallets list incoming ones too.
    async fn page(&self, since: Option<Timestamp>, number: u32) -> Result<Vec<Transaction>, LightningError> {
        let mut params = json!({
            "type": "outgoing",
            "unpaid": true,
            "limit": PAGE,
            "offset": u64::from(number).saturating_mul(PAGE.into()),
        });
        if let (Some(fields), Some(since)) = (params.as_object_mut(), since) {
            fields.insert("from".to_owned(), since.timestamp().into());
        }
        let listed: Transactions = self.client.query("list_transactions", &params).await.map_err(failure)?;
        Ok(listed.transactions)
    }
}

fn listed_payment(one: &Transaction) -> NodePayment {
    let payment_hash = one
        .hash()
        .or_else(|| Bolt11::parse(one.invoice.as_deref()?).ok().map(|invoice| invoice.payment_hash()));
    NodePayment {
        id: payment_hash.map(PaymentHash::to_hex).unwrap_or_default(),
        payment_hash,
        amount: one.amount().unwrap_or_default(),
        fee: one.fee(),
        status: if one.is_settled() {
            NodePaymentStatus::Paid
        } else if one.is_failed() {
            NodePaymentStatus::Failed
        } else {
            NodePaymentStatus::InFlight
        },
        created_at: one.created_at().or(one.settled_at()).unwrap_or(Timestamp::MAX_UTC),
    }
}

fn outgoing_state(found: &Transaction, hash: PaymentHash) -> OutgoingState {
    // A record of the invoice (payee's side) hides the payment and proves nothing about it.
    if found.is_incoming() == Some(true) {
        OutgoingState::InFlight
    } else if found.is_settled() {
        OutgoingState::Paid { fee: found.fee(), preimage: found.proof(hash) }
    } else if found.is_failed() {
        OutgoingState::Failed { reason: "the wallet reports that the payment failed".to_owned() }
    } else {
        OutgoingState::InFlight
    }
}

#[async_trait]
impl Lightning for NwcNode {
    async fn network(&self) -> Option<Network> {
        Network::parse(&self.doctor().await.ok()?.network?)
    }

    async fn create_invoice(&self, order: &InvoiceOrder) -> Result<NodeInvoice, LightningError> {
        self.issue(order).await
    }

    async fn incoming(&self, _invoice_id: &str, hash: PaymentHash) -> Result<IncomingState, LightningError> {
        let Some(found) = self.find(hash).await? else { return Ok(IncomingState::Unknown) };
        if found.is_incoming() == Some(false) {
            return Err(LightningError::Unavailable(boxed(
                "the wallet reports a payment, not the invoice".into(),
            )));
        }
        let invoice = found.invoice.as_deref().and_then(|text| Bolt11::parse(text).ok());
        if found.is_settled() {
            let requested = invoice.as_ref().and_then(Bolt11::amount);
            let amount = found.amount().or(requested).ok_or_else(|| {
                LightningError::Unavailable(boxed(
                    "the wallet does not report the received amount".to_owned(),
                ))
            })?;
            return Ok(IncomingState::Settled { amount, at: found.settled_at() });
        }
        let end = found.expires_at().or(invoice.map(|invoice| invoice.expires_at()));
        let grace = if found.is_over() { SKEW } else { GRACE };
        let over = end.map_or(found.is_over(), |end| self.clock.now() > end + grace);
        Ok(if over && !found.is_held() { IncomingState::Unpayable } else { IncomingState::Open })
    }

    /// Pays. NIP-47 has no fee limit, so an order that allows less than wallets reserve (1 %, at least 10 sats) is refused.
    async fn pay(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        let invoice = Bolt11::parse(&order.bolt11).map_err(|error| refused(error.to_string()))?;
        if invoice.payment_hash() != order.payment_hash
            || invoice.amount().is_some_and(|requested| requested != order.amount)
        {
            return Err(refused("the invoice is not for this payment"));
        }
        if order.max_fee.get() < fee_reserve(order.amount) {
            return Err(refused(
                "NIP-47 has no fee limit, and the fee limit is below a wallet's routing reserve",
            ));
        }
        if invoice.expires_at() <= self.clock.now() {
            // Looked up nevertheless: an earlier request may have been paid in time.
            return match self.find(order.payment_hash).await? {
                Some(found) => Ok(outgoing_state(&found, order.payment_hash)),
                None => Err(refused("the invoice has expired")),
            };
        }
        // NIP-47 has no idempotency key: a payment that the wallet has begun is not requested again.
        match self.find(order.payment_hash).await? {
            Some(found) if !found.is_failed() => return Ok(outgoing_state(&found, order.payment_hash)),
            Some(_) | None => {}
        }
        let params = match invoice.amount() {
            Some(_) => json!({ "invoice": order.bolt11 }),
            None => json!({ "invoice": order.bolt11, "amount": order.amount.get() }),
        };
        let limit = self.client.limits().pay;
        let end = TimeDelta::from_std(limit).unwrap_or(GRACE);
        let until = Deadline {
            deadline: Instant::now() + limit,
            expiration: Some(invoice.expires_at().min(self.clock.now() + end)),
        };
        match self.client.call::<Paid>("pay_invoice", &params, until).await {
            Ok(paid) => match paid.proof(order.payment_hash) {
                Some(preimage) => Ok(OutgoingState::Paid { fee: paid.fee(), preimage: Some(preimage) }),
                None => Err(LightningError::Unknown(boxed(
                    "the wallet's response has no valid preimage".to_owned(),
                ))),
            },
            Err(CallError::NotSent(why)) => Err(LightningError::Unavailable(boxed(why))),
            Err(CallError::Lost(why)) => self.after_error(order, why).await,
            Err(CallError::Wallet(error)) => match error.meaning() {
                Meaning::Later => Err(LightningError::Unavailable(boxed(error.to_string()))),
                meaning if meaning.proves_unpaid() => Err(refused(error.to_string())),
                _ => self.after_error(order, error.to_string()).await,
            },
        }
    }

    async fn outgoing(&self, hash: PaymentHash) -> Result<OutgoingState, LightningError> {
        let found = self.find_outgoing(hash).await?;
        Ok(found.map_or(OutgoingState::Unknown, |found| outgoing_state(&found, hash)))
    }

    async fn outgoing_since(&self, since: Timestamp) -> Result<Vec<NodePayment>, LightningError> {
        let mut listed = Vec::new();
        let mut seen = BTreeSet::new();
        for number in 0..MAX_PAGES {
            let page = self.page(Some(since), number).await?;
            if page.is_empty() {
                return Ok(listed);
            }
            let known = seen.len();
            for one in page {
                let payment = listed_payment(&one);
                let is_new = seen.insert((payment.id.clone(), payment.created_at));
                // Some wallets ignore `from`; its resolution is one second.
                let is_late = payment.created_at.timestamp() >= since.timestamp();
                if is_new && is_late && one.is_incoming() != Some(true) {
                    listed.push(payment);
                }
            }
            if seen.len() == known {
                return Err(refused("the wallet repeats a page of its list of payments"));
            }
        }
        Err(refused("the wallet's list of payments is too long"))
    }

    async fn balance(&self) -> Result<NodeBalance, LightningError> {
        let balance: Balance = self.client.query("get_balance", &json!({})).await.map_err(failure)?;
        // The node id is optional, and `get_info` may not be granted.
        let info = self.client.query::<WalletInfo>("get_info", &json!({})).await.ok();
        let lists =
            info.as_ref().is_some_and(|info| info.methods.iter().any(|name| name == "list_transactions"));
        let in_flight = if lists { self.in_flight().await } else { Msats::ZERO };
        let node_id = info.and_then(|info| info.pubkey.or(info.alias)).unwrap_or_default();
        let node_id = foreign(&node_id, MAX_NAME);
        let available = balance.msats();
        let total = available.saturating_add(in_flight);
        Ok(NodeBalance { total, available, node_id, status: NodeStatus::Ready })
    }
}

impl NwcNode {
    /// Amount of payments in flight, with fees: NIP-47's balance is the spendable one.
    async fn in_flight(&self) -> Msats {
        let params = json!({ "type": "outgoing", "unpaid": true, "limit": PAGE });
        let Ok(listed) = self.client.query::<Transactions>("list_transactions", &params).await else {
            return Msats::ZERO;
        };
        let pending = listed.transactions.iter().filter(|one| one.is_in_flight());
        pending.fold(Msats::ZERO, |sum, one| {
            sum.saturating_add(one.amount().unwrap_or_default()).saturating_add(one.fee())
        })
    }

    /// Resolves a payment without a response, or with an error that may hide one, from the wallet's records.
    async fn after_error(&self, order: &PayOrder, reason: String) -> Result<OutgoingState, LightningError> {
        match self.find_outgoing(order.payment_hash).await {
            Ok(Some(found)) => Ok(outgoing_state(&found, order.payment_hash)),
            Ok(None) | Err(_) => Err(LightningError::Unknown(boxed(reason))),
        }
    }
}

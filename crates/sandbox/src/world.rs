use crate::{
    faults::Faults,
    journal::Journal,
    ledger::{
        Account, Change, Direction, InvoiceRecord, InvoiceState, Ledger, PayFailure, PaymentRecord, Progress,
        Webhook,
    },
    node::Node,
    webhooks::WebhookTarget,
};
use kernel::{Clock, Entropy, EntropyError, Msats, Timestamp};
use payments::PaymentHash;
use std::{
    collections::BTreeMap,
    fmt, io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Name of the shop's node, the only one whose payments cause webhooks.
pub const SHOP: &str = "shop";

/// Internal error of the sandbox.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The change could not be stored, and was not made.
    #[error("the sandbox's data directory cannot be used")]
    Storage(#[from] io::Error),
    /// No randomness for keys and preimages.
    #[error("no randomness")]
    Entropy(#[from] EntropyError),
    /// The invoice cannot be created.
    #[error("no such invoice can be made: {0}")]
    Invoice(String),
}

/// A Lightning network of test money: nodes, their invoices, and payments between them. Every change is atomic in memory and on
/// disk: an invoice is settled exactly once, together with its payer's balance.
pub struct World {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    inner: Mutex<Inner>,
    faults: Mutex<BTreeMap<String, Arc<Faults>>>,
    target: Mutex<Option<WebhookTarget>>,
    kept: Mutex<Vec<(String, String)>>,
    changes: watch::Sender<u64>,
}

struct Inner {
    ledger: Ledger,
    journal: Journal,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// Opens the state of a directory; without a directory, creates one in memory.
    pub fn open(
        data_dir: Option<&Path>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Arc<Self>, WorldError> {
        let mut ledger = Ledger::default();
        let journal = match data_dir {
            None => Journal::in_memory(),
            Some(directory) => {
                let path = directory.join("world.jsonl");
                let (mut journal, lines) = Journal::open(&path)?;
                for line in lines {
                    ledger.apply(serde_json::from_value(line).map_err(io::Error::from)?);
                }
                journal.rewrite(&path, &ledger.whole())?;
                journal
            }
        };
        let world = Arc::new(Self {
            clock,
            entropy,
            inner: Mutex::new(Inner { ledger, journal }),
            faults: Mutex::default(),
            target: Mutex::default(),
            kept: Mutex::default(),
            changes: watch::Sender::new(0),
        });
        // After a restart the held payments cannot be released any more.
        world.finish_held(None, true)?;
        Ok(world)
    }

    /// The named node; a new one gets this much test money.
    pub fn node(self: &Arc<Self>, name: &str, endowment: Msats) -> Result<Arc<Node>, WorldError> {
        let key = crate::keys::fresh_key(self.entropy.as_ref())?;
        let key = self.change(|ledger, change| match ledger.accounts.get(name) {
            Some(account) => Ok::<_, WorldError>(account.key.clone()),
            None => {
                let key = hex::encode(key.secret_bytes());
                change.accounts.push(Account {
                    name: name.to_owned(),
                    key: key.clone(),
                    available: endowment,
                    in_flight: Msats::ZERO,
                });
                Ok(key)
            }
        })?;
        Node::new(Arc::clone(self), name, &key, self.faults_of(name)).map(Arc::new)
    }

    /// Planned faults of a node.
    pub fn faults_of(&self, name: &str) -> Arc<Faults> {
        Arc::clone(locked(&self.faults).entry(name.to_owned()).or_default())
    }

    /// Sets URL and signing key of the shop's webhooks.
    pub fn set_webhook_target(&self, target: WebhookTarget) {
        *locked(&self.target) = Some(target);
        self.changed();
    }

    pub(crate) fn webhook_target(&self) -> Option<WebhookTarget> {
        locked(&self.target).clone()
    }

    /// Webhooks held by [`WebhookFault::Keep`](crate::WebhookFault::Keep), as body and signature.
    pub fn kept_webhooks(&self) -> Vec<(String, String)> {
        locked(&self.kept).clone()
    }

    pub(crate) fn keep_webhook(&self, body: String, signature: String) {
        locked(&self.kept).push((body, signature));
        self.changed();
    }

    /// Number of undelivered webhooks.
    pub fn webhooks_under_way(&self) -> usize {
        self.read(|ledger| ledger.webhooks.len())
    }

    /// Ticks at every change, so that callers can wait for a condition.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&Ledger) -> T) -> T {
        read(&locked(&self.inner).ledger)
    }

    /// Makes an atomic change: stores what `decide` adds to it, then applies it. On an error nothing changes.
    pub(crate) fn change<T, E: From<WorldError>>(
        &self,
        decide: impl FnOnce(&Ledger, &mut Change) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut inner = locked(&self.inner);
        let mut change = Change::default();
        let answer = decide(&inner.ledger, &mut change)?;
        if change.is_empty() {
            return Ok(answer);
        }
        inner.journal.append(&change).map_err(WorldError::from)?;
        inner.ledger.apply(change);
        drop(inner);
        self.changed();
        Ok(answer)
    }

    /// Settles (or fails) payments held in flight to a node, or to all nodes.
    pub(crate) fn finish_held(&self, node: Option<&str>, settle: bool) -> Result<usize, WorldError> {
        let now = self.now();
        let held: Vec<PaymentHash> = self.read(|ledger| {
            let mut hashes: Vec<PaymentHash> = ledger
                .all_payments()
                .filter(|payment| {
                    payment.progress == Progress::InFlight && payment.direction == Direction::Incoming
                })
                .filter(|payment| node.is_none_or(|node| payment.node == node))
                .map(|payment| payment.payment_hash)
                .collect();
            hashes.dedup();
            hashes
        });
        for hash in &held {
            let (incoming_event, outgoing_event) = (self.event_id()?, self.event_id()?);
            self.change(|ledger, change| {
                finish(ledger, change, *hash, settle, now, [incoming_event, outgoing_event]);
                Ok::<_, WorldError>(())
            })?;
        }
        Ok(held.len())
    }

    /// A unique id in the world.
    pub(crate) fn uuid(&self) -> Result<String, WorldError> {
        Ok(crate::keys::uuid(self.entropy.as_ref(), self.now())?)
    }

    pub(crate) fn event_id(&self) -> Result<String, WorldError> {
        Ok(hex::encode(crate::keys::random::<16>(self.entropy.as_ref())?))
    }
}

/// Completes the payments of a hash that are in flight, on both sides at once.
pub(crate) fn finish(
    ledger: &Ledger,
    change: &mut Change,
    hash: PaymentHash,
    settle: bool,
    now: Timestamp,
    event_ids: [String; 2],
) {
    // What `change` already contains is newer than the ledger.
    let started = std::mem::take(&mut change.payments);
    let known =
        ledger.payments_of(hash).filter(|payment| started.iter().all(|new| new.id != payment.id)).cloned();
    let mut touched: Vec<PaymentRecord> = known.chain(started.iter().cloned()).collect();
    touched.retain(|payment| payment.progress == Progress::InFlight && payment.payment_hash == hash);
    let mut event_ids = event_ids.into_iter();
    for payment in &mut touched {
        payment.progress = if settle { Progress::Settled } else { Progress::Failed(PayFailure::Timeout) };
        payment.resolved_at = Some(now);
        if payment.node == SHOP
            && let Some(event_id) = event_ids.next()
        {
            change.webhooks.push(Webhook { body: event_body(&event_id, &payment.id, now), event_id });
        }
        let staged = change.accounts.iter().position(|account| account.name == payment.node);
        let mut account = match staged.map(|at| change.accounts.swap_remove(at)) {
            Some(account) => account,
            None => match ledger.accounts.get(&payment.node) {
                Some(account) => account.clone(),
                None => continue,
            },
        };
        match (payment.direction, settle) {
            (Direction::Incoming, true) => {
                account.available = account.available.saturating_add(payment.amount);
            }
            (Direction::Incoming, false) => {}
            (Direction::Outgoing, settled) => {
                let cost = payment.amount.saturating_add(payment.fee);
                account.in_flight = account.in_flight.saturating_sub(cost);
                if !settled {
                    account.available = account.available.saturating_add(cost);
                }
            }
        }
        change.accounts.push(account);
    }
    if settle
        && let Some(incoming) = touched.iter().find(|payment| payment.direction == Direction::Incoming)
        && let Some(invoice) = ledger.invoices.get(&hash)
    {
        let state = InvoiceState::Settled { amount: incoming.amount, at: now };
        change.invoices.push(InvoiceRecord { state, ..invoice.clone() });
    }
    change.payments =
        started.into_iter().filter(|payment| payment.payment_hash != hash).chain(touched).collect();
}

/// The event as Lightspark sends it, spaces included; the entity is the payment.
fn event_body(event_id: &str, payment_id: &str, now: Timestamp) -> String {
    let timestamp = now.format("%Y-%m-%dT%H:%M:%S%.6f+00:00");
    format!(
        r#"{{"event_type": "PAYMENT_FINISHED", "event_id": "{event_id}", "timestamp": "{timestamp}", "entity_id": "{payment_id}", "wallet_id": null}}"#
    )
}

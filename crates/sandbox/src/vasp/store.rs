use crate::{journal::Journal, keys, world::WorldError};
use async_trait::async_trait;
use kernel::{Entropy, Msats, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};
use uma_protocol::{
    VaspDomain,
    nonce::{NonceLog, NonceLogError, NonceRules},
};

/// State of a payment request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RequestState {
    /// Waits for the user's decision.
    Pending {
        /// Transient error of the last attempt.
        trouble: Option<String>,
    },
    /// Approved and in progress.
    Paying,
    /// Paid.
    Paid {
        /// Routing fee.
        fee: Msats,
        /// Preimage, hexadecimal.
        preimage: String,
    },
    /// Declined by the user.
    Declined,
    /// Failed; final.
    Failed {
        /// Error code of the protocol, if any.
        code: Option<String>,
        /// Message.
        reason: String,
    },
}

/// A payment requested by a payee or started by the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequest {
    /// Id, a UUID.
    pub id: String,
    /// The paying user.
    pub user: String,
    /// Target of the payment: a UMA Invoice, an address, an LNURL-pay address, or a bolt11.
    pub target: String,
    /// Whether the payee pushed it (UMAD-11).
    pub pushed: bool,
    /// The payee, as far as known.
    pub payee: String,
    /// The amount, as far as known.
    pub amount: Option<Msats>,
    /// Comment of the payer (LUD-12).
    pub comment: Option<String>,
    /// Expiry of the offer.
    pub expires_at: Option<Timestamp>,
    /// State.
    #[serde(flatten)]
    pub state: RequestState,
    /// The invoice being paid, once fetched.
    pub bolt11: Option<String>,
    /// Creation time.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    Keys { signing: String, encryption: String },
    Request(Box<PaymentRequest>),
    Nonce { domain: VaspDomain, nonce: String, timestamp: i64 },
    Auto { user: String, on: bool },
    Whole(Vec<Self>),
}

#[derive(Default)]
struct State {
    keys: Option<(String, String)>,
    requests: BTreeMap<String, PaymentRequest>,
    order: Vec<String>,
    /// Ids of pushed requests, by user and target.
    pushed: HashMap<(String, String), String>,
    nonces: BTreeMap<(VaspDomain, String), i64>,
    auto: BTreeMap<String, bool>,
}

impl State {
    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Keys { signing, encryption } => self.keys = Some((signing, encryption)),
            Entry::Request(request) => {
                if self.requests.insert(request.id.clone(), (*request).clone()).is_none() {
                    if request.pushed {
                        self.pushed.insert((request.user, request.target), request.id.clone());
                    }
                    self.order.push(request.id);
                }
            }
            Entry::Nonce { domain, nonce, timestamp } => {
                self.nonces.insert((domain, nonce), timestamp);
            }
            Entry::Auto { user, on } => {
                self.auto.insert(user, on);
            }
            Entry::Whole(entries) => entries.into_iter().for_each(|entry| self.apply(entry)),
        }
    }

    fn whole(&self, oldest_nonce: i64) -> Entry {
        let keys = self.keys.clone().map(|(signing, encryption)| Entry::Keys { signing, encryption });
        let requests = self.order.iter().filter_map(|id| self.requests.get(id)).cloned();
        let nonces = self.nonces.iter().filter(|(_, timestamp)| **timestamp >= oldest_nonce);
        let nonces = nonces.map(|((domain, nonce), timestamp)| Entry::Nonce {
            domain: domain.clone(),
            nonce: nonce.clone(),
            timestamp: *timestamp,
        });
        let auto = self.auto.iter().map(|(user, on)| Entry::Auto { user: user.clone(), on: *on });
        Entry::Whole(
            keys.into_iter()
                .chain(requests.map(|request| Entry::Request(Box::new(request))))
                .chain(nonces)
                .chain(auto)
                .collect(),
        )
    }
}

/// Persistent state of the wallet provider: keys, payment requests, nonces seen.
pub(super) struct Store(Mutex<(State, Journal)>);

impl Store {
    pub(super) fn open(
        data_dir: Option<&Path>,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Self, WorldError> {
        let mut state = State::default();
        let mut journal = Journal::in_memory();
        if let Some(directory) = data_dir {
            let path = directory.join("wallet.jsonl");
            let (opened, lines) = Journal::open(&path)?;
            journal = opened;
            for line in lines {
                state.apply(serde_json::from_value(line).map_err(io::Error::from)?);
            }
            let oldest = NonceRules::default().oldest(now.timestamp());
            journal.rewrite(&path, &state.whole(oldest))?;
        }
        let store = Self(Mutex::new((state, journal)));
        if store.keys().is_none() {
            let (signing, encryption) = (keys::fresh_key(entropy)?, keys::fresh_key(entropy)?);
            store.write(Entry::Keys {
                signing: hex::encode(signing.secret_bytes()),
                encryption: hex::encode(encryption.secret_bytes()),
            })?;
        }
        Ok(store)
    }

    fn state(&self) -> MutexGuard<'_, (State, Journal)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, entry: Entry) -> Result<(), WorldError> {
        let (state, journal) = &mut *self.state();
        journal.append(&entry)?;
        state.apply(entry);
        Ok(())
    }

    /// Private keys for signing and encryption, hexadecimal.
    pub(super) fn keys(&self) -> Option<(String, String)> {
        self.state().0.keys.clone()
    }

    pub(super) fn auto_approves(&self, user: &str) -> Option<bool> {
        self.state().0.auto.get(user).copied()
    }

    pub(super) fn set_auto(&self, user: &str, on: bool) -> Result<(), WorldError> {
        self.write(Entry::Auto { user: user.to_owned(), on })
    }

    /// All requests, newest first.
    pub(super) fn requests(&self) -> Vec<PaymentRequest> {
        let state = &self.state().0;
        state.order.iter().rev().filter_map(|id| state.requests.get(id)).cloned().collect()
    }

    pub(super) fn request(&self, id: &str) -> Option<PaymentRequest> {
        self.state().0.requests.get(id).cloned()
    }

    /// Adds a request, unless the target was already pushed to the user; then the existing one is returned.
    pub(super) fn add(&self, request: PaymentRequest) -> Result<(PaymentRequest, bool), WorldError> {
        let (state, journal) = &mut *self.state();
        let pushed = (request.user.clone(), request.target.clone());
        if request.pushed
            && let Some(known) = state.pushed.get(&pushed).and_then(|id| state.requests.get(id))
        {
            return Ok((known.clone(), false));
        }
        let entry = Entry::Request(Box::new(request.clone()));
        journal.append(&entry)?;
        state.apply(entry);
        Ok((request, true))
    }

    /// Changes a request atomically if `change` agrees; returns the resulting request and whether it agreed.
    pub(super) fn update(
        &self,
        id: &str,
        now: Timestamp,
        change: impl FnOnce(&mut PaymentRequest) -> bool,
    ) -> Result<Option<(PaymentRequest, bool)>, WorldError> {
        let (state, journal) = &mut *self.state();
        let Some(known) = state.requests.get(id) else { return Ok(None) };
        let mut request = known.clone();
        if !change(&mut request) {
            return Ok(Some((known.clone(), false)));
        }
        request.updated_at = now;
        let entry = Entry::Request(Box::new(request.clone()));
        journal.append(&entry)?;
        state.apply(entry);
        Ok(Some((request, true)))
    }
}

/// Nonce store of the wallet provider.
pub(super) struct Nonces<'a>(pub(super) &'a Store);

#[async_trait]
impl NonceLog for Nonces<'_> {
    async fn remember(
        &mut self,
        domain: &VaspDomain,
        nonce: &str,
        timestamp: i64,
    ) -> Result<bool, NonceLogError> {
        let (state, journal) = &mut *self.0.state();
        if state.nonces.contains_key(&(domain.clone(), nonce.to_owned())) {
            return Ok(false);
        }
        let entry = Entry::Nonce { domain: domain.clone(), nonce: nonce.to_owned(), timestamp };
        journal.append(&entry).map_err(|error| NonceLogError(Box::new(error)))?;
        state.apply(entry);
        Ok(true)
    }
}

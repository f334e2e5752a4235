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

/// How a payment that was asked for stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RequestState {
    /// Waits for the person.
    Pending {
        /// What went wrong at the last attempt, when it may go right at the next.
        trouble: Option<String>,
    },
    /// Approved, and under way.
    Paying,
    /// Paid.
    Paid {
        /// What routing cost.
        fee: Msats,
        /// The proof, hexadecimal.
        preimage: String,
    },
    /// The person said no.
    Declined,
    /// Will not be paid.
    Failed {
        /// The protocol's code, when the other side (or a check of ours) gave one.
        code: Option<String>,
        /// In words.
        reason: String,
    },
}

/// A payment that somebody asked a user of the wallet for, or that the user started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequest {
    /// Its name, a UUID.
    pub id: String,
    /// Whose money it is.
    pub user: String,
    /// What is paid: a UMA Invoice, an address, an LNURL-pay address on the web, or a bolt11.
    pub target: String,
    /// Whether it was pushed to us by the payee (UMAD-11).
    pub pushed: bool,
    /// Who is paid, as far as it is known.
    pub payee: String,
    /// How much, as far as it is known.
    pub amount: Option<Msats>,
    /// What the payer says with it (LUD-12).
    pub comment: Option<String>,
    /// When the offer ends.
    pub expires_at: Option<Timestamp>,
    /// How it stands.
    #[serde(flatten)]
    pub state: RequestState,
    /// The invoice that is paid, once there is one.
    pub bolt11: Option<String>,
    /// When it came.
    pub created_at: Timestamp,
    /// When it last changed.
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
struct Pages {
    keys: Option<(String, String)>,
    requests: BTreeMap<String, PaymentRequest>,
    order: Vec<String>,
    /// Names of what was pushed, by user and target.
    pushed: HashMap<(String, String), String>,
    nonces: BTreeMap<(VaspDomain, String), i64>,
    auto: BTreeMap<String, bool>,
}

impl Pages {
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

/// What the wallet provider remembers: its keys, what its users were asked to pay, which messages it has seen.
pub(super) struct Book(Mutex<(Pages, Journal)>);

impl Book {
    pub(super) fn open(
        data_dir: Option<&Path>,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<Self, WorldError> {
        let mut pages = Pages::default();
        let mut journal = Journal::in_memory();
        if let Some(directory) = data_dir {
            let path = directory.join("wallet.jsonl");
            let (opened, lines) = Journal::open(&path)?;
            journal = opened;
            for line in lines {
                pages.apply(serde_json::from_value(line).map_err(io::Error::from)?);
            }
            let oldest = NonceRules::default().oldest(now.timestamp());
            journal.rewrite(&path, &pages.whole(oldest))?;
        }
        let book = Self(Mutex::new((pages, journal)));
        if book.keys().is_none() {
            let (signing, encryption) = (keys::fresh_key(entropy)?, keys::fresh_key(entropy)?);
            book.write(Entry::Keys {
                signing: hex::encode(signing.secret_bytes()),
                encryption: hex::encode(encryption.secret_bytes()),
            })?;
        }
        Ok(book)
    }

    fn open_pages(&self) -> MutexGuard<'_, (Pages, Journal)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, entry: Entry) -> Result<(), WorldError> {
        let (pages, journal) = &mut *self.open_pages();
        journal.append(&entry)?;
        pages.apply(entry);
        Ok(())
    }

    /// The private keys for signing and encryption, hexadecimal.
    pub(super) fn keys(&self) -> Option<(String, String)> {
        self.open_pages().0.keys.clone()
    }

    pub(super) fn auto_approves(&self, user: &str) -> Option<bool> {
        self.open_pages().0.auto.get(user).copied()
    }

    pub(super) fn set_auto(&self, user: &str, on: bool) -> Result<(), WorldError> {
        self.write(Entry::Auto { user: user.to_owned(), on })
    }

    /// All requests, newest first.
    pub(super) fn requests(&self) -> Vec<PaymentRequest> {
        let pages = &self.open_pages().0;
        pages.order.iter().rev().filter_map(|id| pages.requests.get(id)).cloned().collect()
    }

    pub(super) fn request(&self, id: &str) -> Option<PaymentRequest> {
        self.open_pages().0.requests.get(id).cloned()
    }

    /// Adds a request, unless the same target was already pushed to the same user; then that one is returned.
    pub(super) fn add(&self, request: PaymentRequest) -> Result<(PaymentRequest, bool), WorldError> {
        let (pages, journal) = &mut *self.open_pages();
        let pushed = (request.user.clone(), request.target.clone());
        if request.pushed
            && let Some(known) = pages.pushed.get(&pushed).and_then(|id| pages.requests.get(id))
        {
            return Ok((known.clone(), false));
        }
        let entry = Entry::Request(Box::new(request.clone()));
        journal.append(&entry)?;
        pages.apply(entry);
        Ok((request, true))
    }

    /// Changes a request in one step, if `change` agrees; the request as it then is, and whether it agreed.
    pub(super) fn update(
        &self,
        id: &str,
        now: Timestamp,
        change: impl FnOnce(&mut PaymentRequest) -> bool,
    ) -> Result<Option<(PaymentRequest, bool)>, WorldError> {
        let (pages, journal) = &mut *self.open_pages();
        let Some(known) = pages.requests.get(id) else { return Ok(None) };
        let mut request = known.clone();
        if !change(&mut request) {
            return Ok(Some((known.clone(), false)));
        }
        request.updated_at = now;
        let entry = Entry::Request(Box::new(request.clone()));
        journal.append(&entry)?;
        pages.apply(entry);
        Ok(Some((request, true)))
    }
}

/// The book as a memory of nonces.
pub(super) struct Nonces<'a>(pub(super) &'a Book);

#[async_trait]
impl NonceLog for Nonces<'_> {
    async fn remember(
        &mut self,
        domain: &VaspDomain,
        nonce: &str,
        timestamp: i64,
    ) -> Result<bool, NonceLogError> {
        let (pages, journal) = &mut *self.0.open_pages();
        if pages.nonces.contains_key(&(domain.clone(), nonce.to_owned())) {
            return Ok(false);
        }
        let entry = Entry::Nonce { domain: domain.clone(), nonce: nonce.to_owned(), timestamp };
        journal.append(&entry).map_err(|error| NonceLogError(Box::new(error)))?;
        pages.apply(entry);
        Ok(true)
    }
}

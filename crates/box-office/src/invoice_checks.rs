use kernel::{Clock, Timestamp};
use payments::{IncomingState, LightningError, PaymentHash};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::Semaphore;

/// How long an answer of our node serves callers who prove nothing.
const ANSWER_LIFETIME: chrono::Duration = chrono::Duration::seconds(5);
/// Questions of such callers to our node at a time; further ones are answered from what is stored.
const MAX_CONCURRENT_CHECKS: usize = 8;
/// Answers remembered before old ones are dropped.
const MAX_ANSWERS: usize = 4_096;

/// One lock for each key in use.
pub(crate) struct KeyedLocks<K>(Mutex<HashMap<K, Weak<tokio::sync::Mutex<()>>>>);

impl<K> Default for KeyedLocks<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> KeyedLocks<K> {
    /// The lock of this key.
    pub(crate) fn of(&self, key: K) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
            turns.retain(|_, turn| turn.strong_count() > 0);
            let fresh = Arc::default();
            turns.insert(key, Arc::downgrade(&fresh));
            fresh
        })
    }
}

/// When our node was asked, and what it said; `None` when it did not answer.
type Answer = (Timestamp, Option<IncomingState>);

/// Shares our node's answers among callers who prove nothing: one question per invoice and [`ANSWER_LIFETIME`].
pub(crate) struct InvoiceChecks {
    clock: Arc<dyn Clock>,
    answers: Mutex<HashMap<PaymentHash, Answer>>,
    turns: KeyedLocks<PaymentHash>,
    places: Semaphore,
}

impl InvoiceChecks {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            answers: Mutex::default(),
            turns: KeyedLocks::default(),
            places: Semaphore::new(MAX_CONCURRENT_CHECKS),
        }
    }

    /// What our node said within [`ANSWER_LIFETIME`], or says now; `None` when it does not say.
    pub(crate) async fn shared(
        &self,
        hash: PaymentHash,
        ask: impl Future<Output = Result<IncomingState, LightningError>> + Send,
    ) -> Option<IncomingState> {
        if let Some((_, known)) = self.recent(hash) {
            return known;
        }
        let turn = self.turns.of(hash);
        let _turn = turn.lock().await;
        if let Some((_, known)) = self.recent(hash) {
            return known;
        }
        let _place = self.places.try_acquire().ok()?;
        let said = ask.await.inspect_err(|error| tracing::debug!(%error, "the node did not answer a check"));
        let said = said.ok();
        self.remember(hash, said);
        said
    }

    /// Remembers an answer for all callers.
    pub(crate) fn remember(&self, hash: PaymentHash, said: Option<IncomingState>) {
        let now = self.clock.now();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MAX_ANSWERS {
            answers.retain(|_, (at, _)| is_recent(*at, now));
        }
        if answers.len() < MAX_ANSWERS || answers.contains_key(&hash) {
            answers.insert(hash, (now, said));
        }
    }

    fn recent(&self, hash: PaymentHash) -> Option<Answer> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(&hash).filter(|(at, _)| is_recent(*at, self.clock.now())).copied()
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    let age = now.signed_duration_since(at);
    chrono::Duration::zero() <= age && age < ANSWER_LIFETIME
}

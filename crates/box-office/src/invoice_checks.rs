use kernel::{Clock, Timestamp};
use payments::{IncomingState, LightningError, PaymentHash};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::Semaphore;

/// How long a node's answer is shared among unauthenticated callers.
const ANSWER_LIFETIME: chrono::Duration = chrono::Duration::seconds(5);
/// Maximum number of concurrent checks for unauthenticated callers; further ones are answered from the store.
const MAX_CONCURRENT_CHECKS: usize = 8;
/// Maximum number of cached answers before old ones are dropped.
const MAX_ANSWERS: usize = 4_096;

/// One lock per key in use.
pub(crate) struct KeyedLocks<K>(Mutex<HashMap<K, Weak<tokio::sync::Mutex<()>>>>);

impl<K> Default for KeyedLocks<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> KeyedLocks<K> {
    /// Returns the lock of a key.
    pub(crate) fn of(&self, key: K) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        locks.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
            locks.retain(|_, lock| lock.strong_count() > 0);
            let fresh = Arc::default();
            locks.insert(key, Arc::downgrade(&fresh));
            fresh
        })
    }
}

/// Time of a check and its result; `None` if the node did not answer.
type Answer = (Timestamp, Option<IncomingState>);

/// Shares invoice checks among unauthenticated callers: one call to our node per invoice and [`ANSWER_LIFETIME`].
pub(crate) struct InvoiceChecks {
    clock: Arc<dyn Clock>,
    answers: Mutex<HashMap<PaymentHash, Answer>>,
    locks: KeyedLocks<PaymentHash>,
    permits: Semaphore,
}

impl InvoiceChecks {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            answers: Mutex::default(),
            locks: KeyedLocks::default(),
            permits: Semaphore::new(MAX_CONCURRENT_CHECKS),
        }
    }

    /// Returns the node's answer of the last [`ANSWER_LIFETIME`], or `check`s now; `None` without an answer or a free permit.
    pub(crate) async fn shared(
        &self,
        hash: PaymentHash,
        check: impl Future<Output = Result<IncomingState, LightningError>> + Send,
    ) -> Option<IncomingState> {
        if let Some((_, known)) = self.recent(hash) {
            return known;
        }
        let lock = self.locks.of(hash);
        let _guard = lock.lock().await;
        if let Some((_, known)) = self.recent(hash) {
            return known;
        }
        let _permit = self.permits.try_acquire().ok()?;
        let answer = check.await.inspect_err(|error| tracing::debug!(%error, "invoice check failed"));
        let answer = answer.ok();
        self.remember(hash, answer);
        answer
    }

    /// Caches an answer for all callers.
    pub(crate) fn remember(&self, hash: PaymentHash, answer: Option<IncomingState>) {
        let now = self.clock.now();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MAX_ANSWERS {
            answers.retain(|_, (at, _)| is_recent(*at, now));
        }
        if answers.len() < MAX_ANSWERS || answers.contains_key(&hash) {
            answers.insert(hash, (now, answer));
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

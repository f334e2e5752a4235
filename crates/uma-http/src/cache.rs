use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use uma_protocol::{Freshness, VaspDomain};

/// So soon after a document was fetched it is not fetched again, seconds: a stream of bad signatures must not become a
/// stream of requests to somebody else.
const PAUSE: i64 = 10;
/// How long a failed fetch, or a document that its VASP wants not to be kept, answers the look-ups of strangers, seconds.
pub(crate) const STRANGERS_PAUSE: i64 = 5;
/// Most VASPs that are remembered.
const MAX_ENTRIES: usize = 1024;

struct Entry<T> {
    document: Arc<T>,
    fetched_at: i64,
    fresh_until: i64,
}

/// Held by the task that fetches a VASP's document; concurrent callers wait for its result.
type Turn = tokio::sync::Mutex<()>;

/// What other VASPs publish about themselves.
pub(crate) struct Cache<T> {
    entries: Mutex<HashMap<VaspDomain, Entry<T>>>,
    /// When a fetch failed, Unix seconds.
    failures: Mutex<HashMap<VaspDomain, i64>>,
    turns: Mutex<HashMap<VaspDomain, Weak<Turn>>>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { entries: Mutex::default(), failures: Mutex::default(), turns: Mutex::default() }
    }
}

impl<T> Cache<T> {
    /// A document that will do at `now` (Unix seconds).
    pub(crate) fn get(&self, domain: &VaspDomain, freshness: Freshness, now: i64) -> Option<Arc<T>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(domain)?;
        let usable = match freshness {
            Freshness::Cached => now < entry.fresh_until,
            Freshness::Refetch => (entry.fetched_at..entry.fetched_at + PAUSE).contains(&now),
        };
        usable.then(|| Arc::clone(&entry.document))
    }

    /// A document fetched at `asked_at` or later, by a concurrent caller while this one waited.
    pub(crate) fn fetched_since(&self, domain: &VaspDomain, asked_at: i64) -> Option<Arc<T>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(domain)
            .filter(|entry| entry.fetched_at >= asked_at)
            .map(|entry| Arc::clone(&entry.document))
    }

    /// Remembers that a fetch failed at `now`.
    pub(crate) fn put_failure(&self, domain: &VaspDomain, now: i64) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MAX_ENTRIES {
            failures.retain(|_, failed_at| now < *failed_at + STRANGERS_PAUSE);
        }
        if failures.len() < MAX_ENTRIES {
            failures.insert(domain.clone(), now);
        }
    }

    /// Whether a fetch failed within [`STRANGERS_PAUSE`].
    pub(crate) fn failed_lately(&self, domain: &VaspDomain, now: i64) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(domain).is_some_and(|failed_at| (*failed_at..failed_at + STRANGERS_PAUSE).contains(&now))
    }

    /// The turn to fetch the document of `domain`.
    pub(crate) fn turn(&self, domain: &VaspDomain) -> Arc<Turn> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.get(domain).and_then(Weak::upgrade).unwrap_or_else(|| {
            turns.retain(|_, turn| turn.strong_count() > 0);
            let fresh = Arc::new(Turn::default());
            turns.insert(domain.clone(), Arc::downgrade(&fresh));
            fresh
        })
    }

    /// Remembers a document fetched at `now` until `fresh_until`.
    pub(crate) fn put(&self, domain: &VaspDomain, document: &Arc<T>, now: i64, fresh_until: i64) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES && !entries.contains_key(domain) {
            entries.retain(|_, entry| now < entry.fresh_until);
            if entries.len() >= MAX_ENTRIES {
                entries.clear();
            }
        }
        let entry = Entry { document: Arc::clone(document), fetched_at: now, fresh_until };
        entries.insert(domain.clone(), entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain() -> VaspDomain {
        VaspDomain::parse("vasp.example").unwrap()
    }

    #[test]
    fn a_document_is_kept_until_its_time_is_over() {
        let cache = Cache::default();
        cache.put(&domain(), &Arc::new(()), 1000, 1100);
        assert!(cache.get(&domain(), Freshness::Cached, 1099).is_some());
        assert!(cache.get(&domain(), Freshness::Cached, 1100).is_none());
        cache.put(&domain(), &Arc::new(()), 1000, 1000);
        assert!(cache.get(&domain(), Freshness::Cached, 1000).is_none());
    }

    #[test]
    fn a_refetch_right_after_a_fetch_is_answered_from_memory() {
        let cache = Cache::default();
        cache.put(&domain(), &Arc::new(()), 1000, 2000);
        assert!(cache.get(&domain(), Freshness::Refetch, 1000).is_some());
        assert!(cache.get(&domain(), Freshness::Refetch, 1000 + PAUSE).is_none());
        assert!(cache.get(&domain(), Freshness::Refetch, 999).is_none());
    }

    #[test]
    fn the_memory_is_bounded() {
        let cache = Cache::default();
        for n in 0..2 * MAX_ENTRIES {
            let domain = VaspDomain::parse(&format!("v{n}.example")).unwrap();
            cache.put(&domain, &Arc::new(()), 1000, 9999);
        }
        assert!(cache.entries.lock().unwrap().len() <= MAX_ENTRIES);
    }
}

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use uma_protocol::{Freshness, VaspDomain};

/// Minimal age of a document before it is fetched again, seconds. Bounds the requests that messages with bad signatures cause at
/// another VASP.
const REFETCH_INTERVAL: i64 = 10;
/// Time for which a failed fetch, or a document that must not be cached, answers unauthenticated lookups, seconds.
pub(crate) const UNAUTHENTICATED_INTERVAL: i64 = 5;
/// Maximal number of cached VASPs.
const MAX_ENTRIES: usize = 1024;

struct Entry<T> {
    document: Arc<T>,
    fetched_at: i64,
    fresh_until: i64,
}

/// Held by the task that fetches a VASP's document; concurrent callers wait for its result.
type FetchLock = tokio::sync::Mutex<()>;

/// Documents that other VASPs publish.
pub(crate) struct Cache<T> {
    entries: Mutex<HashMap<VaspDomain, Entry<T>>>,
    /// Time of the last failed fetch, Unix seconds.
    failures: Mutex<HashMap<VaspDomain, i64>>,
    fetching: Mutex<HashMap<VaspDomain, Weak<FetchLock>>>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { entries: Mutex::default(), failures: Mutex::default(), fetching: Mutex::default() }
    }
}

impl<T> Cache<T> {
    /// A cached document that is valid at `now` (Unix seconds).
    pub(crate) fn get(&self, domain: &VaspDomain, freshness: Freshness, now: i64) -> Option<Arc<T>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(domain)?;
        let usable = match freshness {
            Freshness::Cached => now < entry.fresh_until,
            Freshness::Refetch => (entry.fetched_at..entry.fetched_at + REFETCH_INTERVAL).contains(&now),
        };
        usable.then(|| Arc::clone(&entry.document))
    }

    /// A document fetched at `requested_at` or later, by a concurrent caller during the wait.
    pub(crate) fn fetched_since(&self, domain: &VaspDomain, requested_at: i64) -> Option<Arc<T>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(domain)
            .filter(|entry| entry.fetched_at >= requested_at)
            .map(|entry| Arc::clone(&entry.document))
    }

    /// Records a failed fetch at `now`.
    pub(crate) fn put_failure(&self, domain: &VaspDomain, now: i64) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MAX_ENTRIES {
            failures.retain(|_, failed_at| now < *failed_at + UNAUTHENTICATED_INTERVAL);
        }
        if failures.len() < MAX_ENTRIES {
            failures.insert(domain.clone(), now);
        }
    }

    /// Whether a fetch failed within [`UNAUTHENTICATED_INTERVAL`].
    pub(crate) fn failed_recently(&self, domain: &VaspDomain, now: i64) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures
            .get(domain)
            .is_some_and(|failed_at| (*failed_at..failed_at + UNAUTHENTICATED_INTERVAL).contains(&now))
    }

    /// The lock for fetching the document of `domain`.
    pub(crate) fn fetch_lock(&self, domain: &VaspDomain) -> Arc<FetchLock> {
        let mut fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        fetching.get(domain).and_then(Weak::upgrade).unwrap_or_else(|| {
            fetching.retain(|_, turn| turn.strong_count() > 0);
            let fresh = Arc::new(FetchLock::default());
            fetching.insert(domain.clone(), Arc::downgrade(&fresh));
            fresh
        })
    }

    /// Caches a document fetched at `now` until `fresh_until`.
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
    fn document_is_cached_until_it_expires() {
        let cache = Cache::default();
        cache.put(&domain(), &Arc::new(()), 1000, 1100);
        assert!(cache.get(&domain(), Freshness::Cached, 1099).is_some());
        assert!(cache.get(&domain(), Freshness::Cached, 1100).is_none());
        cache.put(&domain(), &Arc::new(()), 1000, 1000);
        assert!(cache.get(&domain(), Freshness::Cached, 1000).is_none());
    }

    #[test]
    fn refetch_after_a_recent_fetch_uses_the_cache() {
        let cache = Cache::default();
        cache.put(&domain(), &Arc::new(()), 1000, 2000);
        assert!(cache.get(&domain(), Freshness::Refetch, 1000).is_some());
        assert!(cache.get(&domain(), Freshness::Refetch, 1000 + REFETCH_INTERVAL).is_none());
        assert!(cache.get(&domain(), Freshness::Refetch, 999).is_none());
    }

    #[test]
    fn cache_is_bounded() {
        let cache = Cache::default();
        for n in 0..2 * MAX_ENTRIES {
            let domain = VaspDomain::parse(&format!("v{n}.example")).unwrap();
            cache.put(&domain, &Arc::new(()), 1000, 9999);
        }
        assert!(cache.entries.lock().unwrap().len() <= MAX_ENTRIES);
    }
}

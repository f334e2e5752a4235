use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use uma_protocol::{Freshness, PublicKeyResponse, VaspDomain};

/// Longest time that keys are kept, seconds, whatever their VASP allows.
const MAX_AGE: i64 = 5 * 60;
/// So soon after fetching keys they are not fetched again, seconds: a stream of bad signatures must not become a
/// stream of requests to somebody else.
const PAUSE: i64 = 10;
/// Most VASPs that are remembered.
const MAX_ENTRIES: usize = 1024;

#[derive(Clone)]
struct Entry {
    keys: Arc<PublicKeyResponse>,
    fetched_at: i64,
    fresh_until: i64,
}

/// Held by whoever fetches a VASP's keys: the others wait for the answer instead of asking too.
type Turn = tokio::sync::Mutex<()>;

/// Keys of other VASPs.
#[derive(Default)]
pub(crate) struct KeyCache {
    entries: Mutex<HashMap<VaspDomain, Entry>>,
    turns: Mutex<HashMap<VaspDomain, Weak<Turn>>>,
}

impl KeyCache {
    /// Keys that will do at `now` (Unix seconds).
    pub(crate) fn get(
        &self,
        domain: &VaspDomain,
        freshness: Freshness,
        now: i64,
    ) -> Option<Arc<PublicKeyResponse>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(domain)?;
        let usable = match freshness {
            Freshness::Cached => now < entry.fresh_until,
            Freshness::Refetch => (entry.fetched_at..entry.fetched_at + PAUSE).contains(&now),
        };
        usable.then(|| Arc::clone(&entry.keys))
    }

    /// Keys that were fetched at `asked_at` or later: by somebody else, while we waited for our turn.
    pub(crate) fn fetched_since(&self, domain: &VaspDomain, asked_at: i64) -> Option<Arc<PublicKeyResponse>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(domain).filter(|entry| entry.fetched_at >= asked_at).map(|entry| Arc::clone(&entry.keys))
    }

    /// The turn to fetch the keys of `domain`.
    pub(crate) fn turn(&self, domain: &VaspDomain) -> Arc<Turn> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.get(domain).and_then(Weak::upgrade).unwrap_or_else(|| {
            turns.retain(|_, turn| turn.strong_count() > 0);
            let fresh = Arc::new(Turn::default());
            turns.insert(domain.clone(), Arc::downgrade(&fresh));
            fresh
        })
    }

    /// Remembers keys until their own expiry, capped. Without an expiry they count as stale at once (UMAD-02).
    pub(crate) fn put(&self, domain: &VaspDomain, keys: &Arc<PublicKeyResponse>, now: i64) {
        let fresh_until = keys.expires_at().map_or(now, |expiry| expiry.min(now.saturating_add(MAX_AGE)));
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES && !entries.contains_key(domain) {
            entries.retain(|_, entry| now < entry.fresh_until);
            if entries.len() >= MAX_ENTRIES {
                entries.clear();
            }
        }
        entries.insert(domain.clone(), Entry { keys: Arc::clone(keys), fetched_at: now, fresh_until });
    }
}

#[cfg(test)]
mod tests {
    use uma_protocol::SigningKey;

    use super::*;

    fn keys(expires_at: Option<i64>) -> Arc<PublicKeyResponse> {
        let key = SigningKey::from_bytes(&[7; 32]).unwrap().public_key();
        Arc::new(PublicKeyResponse::bare(key, key, expires_at))
    }

    fn domain() -> VaspDomain {
        VaspDomain::parse("vasp.example").unwrap()
    }

    #[test]
    fn keys_are_kept_until_their_expiry_but_not_longer_than_the_cap() {
        let cache = KeyCache::default();
        cache.put(&domain(), &keys(Some(1100)), 1000);
        assert!(cache.get(&domain(), Freshness::Cached, 1099).is_some());
        assert!(cache.get(&domain(), Freshness::Cached, 1100).is_none());
        cache.put(&domain(), &keys(Some(i64::MAX)), 1000);
        assert!(cache.get(&domain(), Freshness::Cached, 1000 + MAX_AGE - 1).is_some());
        assert!(cache.get(&domain(), Freshness::Cached, 1000 + MAX_AGE).is_none());
    }

    #[test]
    fn keys_without_an_expiry_are_not_kept() {
        let cache = KeyCache::default();
        cache.put(&domain(), &keys(None), 1000);
        assert!(cache.get(&domain(), Freshness::Cached, 1000).is_none());
    }

    #[test]
    fn a_refetch_right_after_a_fetch_is_answered_from_memory() {
        let cache = KeyCache::default();
        cache.put(&domain(), &keys(Some(2000)), 1000);
        assert!(cache.get(&domain(), Freshness::Refetch, 1000).is_some());
        assert!(cache.get(&domain(), Freshness::Refetch, 1000 + PAUSE).is_none());
        assert!(cache.get(&domain(), Freshness::Refetch, 999).is_none());
    }

    #[test]
    fn the_memory_is_bounded() {
        let cache = KeyCache::default();
        for n in 0..2 * MAX_ENTRIES {
            let domain = VaspDomain::parse(&format!("v{n}.example")).unwrap();
            cache.put(&domain, &keys(Some(9999)), 1000);
        }
        assert!(cache.entries.lock().unwrap().len() <= MAX_ENTRIES);
    }
}

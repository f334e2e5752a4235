use std::{borrow::Borrow, collections::HashMap, hash::Hash};

/// A bounded map for counters with two generations: the old one is dropped when the young one reaches half of the bound. Entries in
/// use are kept.
#[derive(Debug)]
pub struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    max: usize,
}

impl<K: Hash + Eq, V> Recent<K, V> {
    /// Creates an empty map of at most `max` entries.
    pub fn new(max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), max }
    }

    /// Returns an entry.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Adds or replaces an entry.
    pub fn put(&mut self, key: K, value: V) {
        self.start_generation(&key);
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// Returns an entry for update, inserting `missing()` if absent.
    pub fn entry(&mut self, key: K, missing: impl FnOnce() -> V) -> &mut V {
        self.start_generation(&key);
        let old = self.old.remove(&key);
        self.young.entry(key).or_insert_with(|| old.unwrap_or_else(missing))
    }

    /// Removes an entry.
    pub fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Keeps the entries that satisfy a predicate.
    pub fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        self.young.retain(|_, value| keep(value));
        self.old.retain(|_, value| keep(value));
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.young.len().saturating_add(self.old.len())
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.young.is_empty() && self.old.is_empty()
    }

    /// Starts a new generation when the young one is full; the requested entry is moved before the old one is dropped.
    fn start_generation(&mut self, key: &K) {
        let half = self.max.checked_div(2).unwrap_or_default();
        if self.young.len() < half || self.young.contains_key(key) {
            return;
        }
        let used = self.old.remove_entry(key);
        self.old = std::mem::take(&mut self.young);
        self.young.extend(used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_bounded_and_used_ones_are_kept() {
        let mut recent = Recent::new(100);
        for number in 0..10_000 {
            recent.put(number, number);
            *recent.entry(-1, || 0) += 1;
        }
        assert!(recent.len() <= 101);
        assert_eq!((recent.get(&9_999), recent.get(&1)), (Some(&9_999), None));
        assert_eq!(recent.get(&-1), Some(&10_000));
        recent.remove(&-1);
        recent.retain(|number| *number < 0);
        assert!(recent.is_empty());
    }
}

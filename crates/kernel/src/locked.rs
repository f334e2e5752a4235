use std::ops::{Deref, DerefMut};

/// A row that was read under its lock in the open session; not `Clone`, because a copy may outlive the lock.
///
/// The `*_for_update` methods of a session return it, and the writers and decisions that must not work on an older read
/// require it.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Locked<T>(T);

impl<T> Locked<T> {
    /// Wraps a row whose lock the store has just taken. For stores only.
    pub const fn by_store(row: T) -> Self {
        Self(row)
    }

    /// The row as a plain value, for what happens after the commit.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// Replaces the row by one that is computed from it.
    pub fn map(self, change: impl FnOnce(T) -> T) -> Self {
        Self(change(self.0))
    }
}

impl<T> Deref for Locked<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Locked<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

use crate::{Change, Store};
use chrono::Duration;
use events::Event;
use kernel::{EventId, StoreError, Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{
    OnceCell,
    broadcast::{Receiver, error::TryRecvError},
};

/// Other replicas' changes are heard of within milliseconds, but a hint may be missed: nothing is believed for longer.
const BELIEVED: Duration = Duration::seconds(1);
/// Events remembered, at most.
const MOST: usize = 10_000;

/// Filled by whoever asks first; the others wait for that one read.
type Slot = Arc<OnceCell<Arc<Event>>>;

/// The events that people look at right now, in memory. What this replica committed is never shown in an older state; what
/// another one committed, at most for a second.
pub(crate) struct Board(Mutex<Inner>);

struct Inner {
    news: Receiver<Change>,
    slots: HashMap<EventId, (Timestamp, Slot)>,
}

impl Board {
    pub(crate) fn new(news: Receiver<Change>) -> Self {
        Self(Mutex::new(Inner { news, slots: HashMap::new() }))
    }

    /// The event; the same `Arc` as long as it has not changed.
    pub(crate) async fn event(
        &self,
        store: &dyn Store,
        id: EventId,
        now: Timestamp,
    ) -> Result<Option<Arc<Event>>, StoreError> {
        let slot = self.slot(id, now);
        // `Err(None)` is an event that does not exist: nobody's guess at a number is worth memory.
        let read = slot.get_or_try_init(async || match store.event(id).await {
            Ok(Some(event)) => Ok(Arc::new(event)),
            Ok(None) => Err(None),
            Err(error) => Err(Some(error)),
        });
        match read.await {
            Ok(event) => Ok(Some(Arc::clone(event))),
            Err(error) => {
                self.locked().forget_empty(id, &slot);
                error.map_or(Ok(None), Err)
            }
        }
    }

    fn locked(&self) -> MutexGuard<'_, Inner> {
        // A plain map: whatever a panicking thread left is still a map.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot that no change known by now has touched.
    fn slot(&self, id: EventId, now: Timestamp) -> Slot {
        let mut inner = self.locked();
        inner.hear();
        if let Some((since, slot)) = inner.slots.get(&id) {
            let age = now.signed_duration_since(*since);
            if age >= Duration::zero() && age < BELIEVED {
                return Arc::clone(slot);
            }
        }
        if inner.slots.len() >= MOST {
            inner.slots.clear();
        }
        let slot = Slot::default();
        inner.slots.insert(id, (now, Arc::clone(&slot)));
        slot
    }
}

impl Inner {
    /// Forgets what changed.
    fn hear(&mut self) {
        loop {
            match self.news.try_recv() {
                Ok(Change::Event(id)) => drop(self.slots.remove(&id)),
                Ok(Change::Ticket(_) | Change::Jobs) => {}
                Err(TryRecvError::Lagged(_)) => self.slots.clear(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn forget_empty(&mut self, id: EventId, slot: &Slot) {
        if self.slots.get(&id).is_some_and(|(_, known)| Arc::ptr_eq(known, slot)) && !slot.initialized() {
            self.slots.remove(&id);
        }
    }
}

use crate::{DomainEvent, Store, TicketView};
use chrono::Duration;
use events::{Event, EventQuery};
use identity::User;
use kernel::{EventId, Page, StoreError, TicketId, Timestamp, UserId};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{
    OnceCell,
    broadcast::{Receiver, error::TryRecvError},
};

/// Other replicas' changes are heard of within milliseconds, but a hint may be missed: nothing that lets anybody in, and no seat,
/// is believed for longer.
const EVENT_MAX_AGE: Duration = Duration::seconds(1);
/// Buyers who wait ask every ten seconds, and hear of most changes at once.
const TICKET_MAX_AGE: Duration = Duration::seconds(30);
/// Events, people and tickets remembered, at most.
const MAX_ENTRIES: usize = 10_000;
/// Lists remembered, at most.
const MAX_LISTS: usize = 100;

/// Filled by whoever asks first; the others wait for that one read.
type Slot<V> = Arc<OnceCell<Arc<V>>>;
type Slots<K, V> = HashMap<K, (Timestamp, Slot<V>)>;

/// A list of events, and how many there are on all its pages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventList {
    /// This page of them.
    pub events: Vec<Event>,
    /// Matches on all pages.
    pub total: u64,
}

/// What is looked at again and again, in memory. What this replica committed is never shown in an older state; what another one
/// committed, hardly ever, and not for long.
pub(crate) struct EventCache {
    events: CacheMap<EventId, Event>,
    lists: CacheMap<(EventQuery, Page), EventList>,
    users: CacheMap<UserId, User>,
    tickets: CacheMap<TicketId, TicketView>,
}

impl EventCache {
    pub(crate) fn new(store: &dyn Store) -> Self {
        Self::subscribe(|| store.changes())
    }

    fn subscribe(changes: impl Fn() -> Receiver<DomainEvent>) -> Self {
        Self {
            events: CacheMap::new(changes(), EVENT_MAX_AGE, MAX_ENTRIES, |slots, change| {
                if let DomainEvent::Event(id) = change {
                    slots.remove(&id);
                }
            }),
            lists: CacheMap::new(changes(), EVENT_MAX_AGE, MAX_LISTS, |slots, change| {
                if let DomainEvent::Event(_) = change {
                    slots.clear();
                }
            }),
            users: CacheMap::new(changes(), EVENT_MAX_AGE, MAX_ENTRIES, |slots, change| {
                if let DomainEvent::User(id) = change {
                    slots.remove(&id);
                }
            }),
            tickets: CacheMap::new(changes(), TICKET_MAX_AGE, MAX_ENTRIES, |slots, change| {
                if let DomainEvent::Ticket(id) = change {
                    slots.remove(&id);
                }
            }),
        }
    }

    pub(crate) async fn event(
        &self,
        store: &dyn Store,
        id: EventId,
        now: Timestamp,
    ) -> Result<Option<Arc<Event>>, StoreError> {
        self.events.get(id, now, store.event(id)).await
    }

    /// Shows the events of a batch as it left them, without a question to the store: during a sale everybody who looks would wait
    /// for one after each batch. `news` is what was told since the batch began.
    pub(crate) fn sold<'a>(
        &self,
        events: impl Iterator<Item = &'a Event>,
        receiver: &mut Receiver<DomainEvent>,
        now: Timestamp,
    ) {
        // Of each event, the last one knows all seats that the batch took.
        let left: HashMap<EventId, &Event> = events.map(|event| (event.id, event)).collect();
        if left.is_empty() {
            return;
        }
        let mut inner = self.events.locked();
        self.events.evict_changed(&mut inner);
        // Heard by the shelf first: whatever is told from here on is heard by whoever looks next.
        let mut told: HashMap<EventId, u32> = HashMap::new();
        loop {
            match receiver.try_recv() {
                Ok(DomainEvent::Event(id)) => *told.entry(id).or_default() += 1,
                Ok(_) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                Err(TryRecvError::Lagged(_)) => return,
            }
        }
        for (id, event) in left {
            // Once, by the batch itself. More often, and something else changed it too, before or after.
            if told.get(&id) == Some(&1) {
                let slot = Arc::new(OnceCell::new_with(Some(Arc::new(event.clone()))));
                inner.slots.insert(id, (now, slot));
            }
        }
    }

    pub(crate) async fn events(
        &self,
        store: &dyn Store,
        query: &EventQuery,
        page: Page,
        now: Timestamp,
    ) -> Result<Arc<EventList>, StoreError> {
        let read = async {
            let (events, total) = (store.events(query, page).await?, store.count_events(query).await?);
            Ok(Some(EventList { events, total }))
        };
        // What people search for is rarely the same.
        let list = match query.text {
            Some(_) => read.await?.map(Arc::new),
            None => self.lists.get((query.clone(), page), now, read).await?,
        };
        Ok(list.unwrap_or_default())
    }

    pub(crate) async fn user(
        &self,
        store: &dyn Store,
        id: UserId,
        now: Timestamp,
    ) -> Result<Option<Arc<User>>, StoreError> {
        self.users.get(id, now, store.user(id)).await
    }

    /// Its event may be a little older than the ticket.
    pub(crate) async fn ticket(
        &self,
        id: TicketId,
        now: Timestamp,
        read: impl Future<Output = Result<Option<TicketView>, StoreError>> + Send,
    ) -> Result<Option<Arc<TicketView>>, StoreError> {
        self.tickets.get(id, now, read).await
    }
}

/// One kind of thing.
struct CacheMap<K, V> {
    inner: Mutex<Inner<K, V>>,
    believed: Duration,
    most: usize,
    evict: fn(&mut Slots<K, V>, DomainEvent),
}

struct Inner<K, V> {
    receiver: Receiver<DomainEvent>,
    slots: Slots<K, V>,
}

impl<K: Eq + Hash + Clone, V> CacheMap<K, V> {
    fn new(
        receiver: Receiver<DomainEvent>,
        believed: Duration,
        most: usize,
        evict: fn(&mut Slots<K, V>, DomainEvent),
    ) -> Self {
        Self { inner: Mutex::new(Inner { receiver, slots: HashMap::new() }), believed, most, evict }
    }

    /// The thing; the same `Arc` as long as it has not changed.
    async fn get(
        &self,
        key: K,
        now: Timestamp,
        read: impl Future<Output = Result<Option<V>, StoreError>> + Send,
    ) -> Result<Option<Arc<V>>, StoreError> {
        let slot = self.slot(key.clone(), now);
        // `Err(None)` is a thing that does not exist: nobody's guess at a number is worth memory.
        let filled = slot.get_or_try_init(|| async {
            match read.await {
                Ok(Some(thing)) => Ok(Arc::new(thing)),
                Ok(None) => Err(None),
                Err(error) => Err(Some(error)),
            }
        });
        match filled.await {
            Ok(thing) => Ok(Some(Arc::clone(thing))),
            Err(error) => {
                self.forget_empty(&key, &slot);
                error.map_or(Ok(None), Err)
            }
        }
    }

    fn locked(&self) -> MutexGuard<'_, Inner<K, V>> {
        // A plain map: whatever a panicking thread left is still a map.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slot that no change known by now has touched.
    fn slot(&self, key: K, now: Timestamp) -> Slot<V> {
        let mut inner = self.locked();
        self.evict_changed(&mut inner);
        if let Some((since, slot)) = inner.slots.get(&key) {
            let age = now.signed_duration_since(*since);
            if age >= Duration::zero() && age < self.believed {
                return Arc::clone(slot);
            }
        }
        if inner.slots.len() >= self.most {
            inner.slots.clear();
        }
        let slot = Slot::default();
        inner.slots.insert(key, (now, Arc::clone(&slot)));
        slot
    }

    /// Forgets what changed.
    fn evict_changed(&self, inner: &mut Inner<K, V>) {
        loop {
            match inner.receiver.try_recv() {
                Ok(change) => (self.evict)(&mut inner.slots, change),
                Err(TryRecvError::Lagged(_)) => inner.slots.clear(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn forget_empty(&self, key: &K, slot: &Slot<V>) {
        let mut inner = self.locked();
        if inner.slots.get(key).is_some_and(|(_, known)| Arc::ptr_eq(known, slot)) && !slot.initialized() {
            inner.slots.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::broadcast;

    fn event(seats_taken: u32) -> Event {
        let noon = Timestamp::from_timestamp(1_790_000_000, 0).unwrap();
        Event {
            id: EventId::new(1),
            title: "Late Show".to_owned(),
            description: String::new(),
            start_time: noon,
            end_time: noon,
            capacity: 10,
            price: kernel::Sats::ZERO,
            stream_url: String::new(),
            is_active: true,
            cancelled_at: None,
            seats_taken,
            price_changed_at: None,
            network_limit: None,
            created_at: noon,
            updated_at: noon,
            time_zone: events::Zone::parse("UTC").unwrap(),
        }
    }

    /// What is shown after a batch that left `left`, when the event was told of this often, and the store says `stored`.
    async fn shown(left: &[u32], told: usize, stored: u32) -> u32 {
        let (tell, _) = broadcast::channel(16);
        let event_cache = EventCache::subscribe(|| tell.subscribe());
        let mut receiver = tell.subscribe();
        for _ in 0..told {
            tell.send(DomainEvent::Event(EventId::new(1))).unwrap();
        }
        let (left, now): (Vec<_>, _) = (left.iter().copied().map(event).collect(), event(0).start_time);
        event_cache.sold(left.iter(), &mut receiver, now);
        let read = async { Ok(Some(event(stored))) };
        event_cache.events.get(EventId::new(1), now, read).await.unwrap().unwrap().seats_taken
    }

    #[tokio::test]
    async fn what_a_batch_left_is_shown_without_a_question_to_the_store() {
        assert_eq!(shown(&[3, 4, 5], 1, 99).await, 5);
    }

    #[tokio::test]
    async fn the_store_is_asked_when_something_else_changed_the_event_too() {
        assert_eq!(shown(&[3, 4, 5], 2, 99).await, 99);
        assert_eq!(shown(&[3], 17, 99).await, 99, "more than can be heard");
        assert_eq!(shown(&[], 1, 99).await, 99);
    }
}

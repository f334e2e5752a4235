use crate::{Announcement, DomainEvent, Store, TicketView, WatchState};
use chrono::Duration;
use events::{Event, EventQuery, TicketType};
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

/// Maximum age of events, lists and accounts. Changes of other replicas arrive within milliseconds, but a notification may be
/// lost.
const EVENT_MAX_AGE: Duration = Duration::seconds(1);
/// Maximum age of tickets. Buyers poll every ten seconds, and most changes evict the entry at once.
const TICKET_MAX_AGE: Duration = Duration::seconds(30);
/// Maximum number of cached events, accounts or tickets.
const MAX_ENTRIES: usize = 10_000;
/// Maximum number of cached watch states. Each request of a player to the media server reads one.
const MAX_VIEWERS: usize = 100_000;
/// Maximum number of cached lists.
const MAX_LISTS: usize = 100;

/// Filled by the first reader; concurrent readers wait for that read.
type Slot<V> = Arc<OnceCell<Arc<V>>>;
type Slots<K, V> = HashMap<K, (Timestamp, Slot<V>)>;

fn filled<V>(value: V) -> Slot<V> {
    Arc::new(OnceCell::new_with(Some(Arc::new(value))))
}

/// One page of events and the total count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventList {
    /// Events on this page.
    pub events: Vec<Event>,
    /// Their ticket types, archived ones included, by event, position and id.
    pub ticket_types: Vec<TicketType>,
    /// Matches on all pages.
    pub total: u64,
}

impl EventList {
    /// Ticket types of one of the events.
    pub fn ticket_types_of(&self, event: EventId) -> impl Iterator<Item = &TicketType> {
        self.ticket_types.iter().filter(move |one| one.event_id == event)
    }
}

/// Hot reads, never used by reservations, payments and check-in. Commits of this replica evict before they are visible; those
/// of another replica evict on notification, or by age if it is lost.
pub(crate) struct EventCache {
    events: CacheMap<EventId, Event>,
    ticket_types: CacheMap<EventId, Vec<TicketType>>,
    lists: CacheMap<(EventQuery, Page), EventList>,
    users: CacheMap<UserId, User>,
    tickets: CacheMap<TicketId, TicketView>,
    watch_states: CacheMap<TicketId, WatchState>,
    announcements: CacheMap<EventId, Option<Announcement>>,
}

impl EventCache {
    pub(crate) fn new(store: &dyn Store) -> Self {
        Self::subscribe(|| store.changes())
    }

    fn subscribe(subscribe: impl Fn() -> Receiver<DomainEvent>) -> Self {
        Self {
            events: CacheMap::new(subscribe(), EVENT_MAX_AGE, MAX_ENTRIES, |slots, change| {
                if let DomainEvent::Event(id) = change {
                    slots.remove(&id);
                }
            }),
            ticket_types: CacheMap::new(subscribe(), EVENT_MAX_AGE, MAX_ENTRIES, |slots, change| {
                if let DomainEvent::Event(id) = change {
                    slots.remove(&id);
                }
            }),
            lists: CacheMap::new(subscribe(), EVENT_MAX_AGE, MAX_LISTS, |slots, change| {
                if let DomainEvent::Event(_) = change {
                    slots.clear();
                }
            }),
            users: CacheMap::new(subscribe(), EVENT_MAX_AGE, MAX_ENTRIES, |slots, change| {
                if let DomainEvent::User(id) = change {
                    slots.remove(&id);
                }
            }),
            tickets: CacheMap::new(subscribe(), TICKET_MAX_AGE, MAX_ENTRIES, |slots, change| {
                if let DomainEvent::Ticket(id) = change {
                    slots.remove(&id);
                }
            }),
            watch_states: CacheMap::new(subscribe(), TICKET_MAX_AGE, MAX_VIEWERS, |slots, change| {
                if let DomainEvent::Ticket(id) = change {
                    slots.remove(&id);
                }
            }),
            announcements: CacheMap::new(subscribe(), EVENT_MAX_AGE, MAX_ENTRIES, |slots, change| {
                if let DomainEvent::Watch(id) = change {
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

    /// Ticket types of an existing event; the list of an event without types is cached like any other.
    pub(crate) async fn ticket_types(
        &self,
        store: &dyn Store,
        event: EventId,
        now: Timestamp,
    ) -> Result<Arc<Vec<TicketType>>, StoreError> {
        let read = async { store.ticket_types(event).await.map(Some) };
        Ok(self.ticket_types.get(event, now, read).await?.unwrap_or_default())
    }

    /// Caches the events and ticket types that a batch of orders left behind, so that readers do not wait for a store read after each
    /// batch. `receiver` was subscribed before the batch began.
    pub(crate) fn put_after_batch<'a>(
        &self,
        left: impl Iterator<Item = (&'a Event, &'a [TicketType])>,
        receiver: &mut Receiver<DomainEvent>,
        now: Timestamp,
    ) {
        // The last state of each event counts all seats of the batch.
        let latest: HashMap<EventId, _> = left.map(|(event, types)| (event.id, (event, types))).collect();
        if latest.is_empty() {
            return;
        }
        let (mut events, mut ticket_types) = (self.events.locked(), self.ticket_types.locked());
        self.events.evict_changed(&mut events);
        self.ticket_types.evict_changed(&mut ticket_types);
        // The cache was brought up to date first, under its lock: changes published from here on evict the entry again.
        let mut changes: HashMap<EventId, u32> = HashMap::new();
        loop {
            match receiver.try_recv() {
                Ok(DomainEvent::Event(id)) => *changes.entry(id).or_default() += 1,
                Ok(_) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                Err(TryRecvError::Lagged(_)) => return,
            }
        }
        for (id, (event, types)) in latest {
            // One change is the batch itself. More mean another writer, whose state may be newer or older.
            if changes.get(&id) == Some(&1) {
                events.slots.insert(id, (now, filled(event.clone())));
                ticket_types.slots.insert(id, (now, filled(types.to_vec())));
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
            let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
            let ticket_types = store.ticket_types_of(&ids).await?;
            Ok(Some(EventList { events, ticket_types, total }))
        };
        // Search texts are unbounded and rarely repeat, so their results are not cached.
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

    /// Cached ticket view; its event may be older than the ticket.
    pub(crate) async fn ticket(
        &self,
        id: TicketId,
        now: Timestamp,
        read: impl Future<Output = Result<Option<TicketView>, StoreError>> + Send,
    ) -> Result<Option<Arc<TicketView>>, StoreError> {
        self.tickets.get(id, now, read).await
    }

    /// Cached watch state of a ticket.
    pub(crate) async fn watch_state(
        &self,
        id: TicketId,
        now: Timestamp,
        read: impl Future<Output = Result<Option<WatchState>, StoreError>> + Send,
    ) -> Result<Option<Arc<WatchState>>, StoreError> {
        self.watch_states.get(id, now, read).await
    }

    /// Cached announcement of an existing event; that there is none is cached too.
    pub(crate) async fn announcement(
        &self,
        store: &dyn Store,
        event: EventId,
        now: Timestamp,
    ) -> Result<Option<Arc<Option<Announcement>>>, StoreError> {
        self.announcements.get(event, now, async { store.announcement(event).await.map(Some) }).await
    }
}

/// Cache of one entity type.
struct CacheMap<K, V> {
    inner: Mutex<Inner<K, V>>,
    max_age: Duration,
    max_entries: usize,
    evict: fn(&mut Slots<K, V>, DomainEvent),
}

struct Inner<K, V> {
    receiver: Receiver<DomainEvent>,
    slots: Slots<K, V>,
}

impl<K: Eq + Hash + Clone, V> CacheMap<K, V> {
    fn new(
        receiver: Receiver<DomainEvent>,
        max_age: Duration,
        max_entries: usize,
        evict: fn(&mut Slots<K, V>, DomainEvent),
    ) -> Self {
        Self { inner: Mutex::new(Inner { receiver, slots: HashMap::new() }), max_age, max_entries, evict }
    }

    /// Returns the value; the same `Arc` while it is unchanged.
    async fn get(
        &self,
        key: K,
        now: Timestamp,
        read: impl Future<Output = Result<Option<V>, StoreError>> + Send,
    ) -> Result<Option<Arc<V>>, StoreError> {
        let slot = self.slot(key.clone(), now);
        // Misses (`Err(None)`) are not cached: their keys are unbounded.
        let filled = slot.get_or_try_init(|| async {
            match read.await {
                Ok(Some(value)) => Ok(Arc::new(value)),
                Ok(None) => Err(None),
                Err(error) => Err(Some(error)),
            }
        });
        match filled.await {
            Ok(value) => Ok(Some(Arc::clone(value))),
            Err(error) => {
                self.remove_empty(&key, &slot);
                error.map_or(Ok(None), Err)
            }
        }
    }

    fn locked(&self) -> MutexGuard<'_, Inner<K, V>> {
        // Each operation leaves the map consistent, so a poisoned lock is usable.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the key's slot after evicting all changes known so far.
    fn slot(&self, key: K, now: Timestamp) -> Slot<V> {
        let mut inner = self.locked();
        self.evict_changed(&mut inner);
        if let Some((since, slot)) = inner.slots.get(&key) {
            let age = now.signed_duration_since(*since);
            if age >= Duration::zero() && age < self.max_age {
                return Arc::clone(slot);
            }
        }
        if inner.slots.len() >= self.max_entries {
            inner.slots.clear();
        }
        let slot = Slot::default();
        inner.slots.insert(key, (now, Arc::clone(&slot)));
        slot
    }

    /// Evicts entries that changed.
    fn evict_changed(&self, inner: &mut Inner<K, V>) {
        loop {
            match inner.receiver.try_recv() {
                Ok(change) => (self.evict)(&mut inner.slots, change),
                Err(TryRecvError::Lagged(_)) => inner.slots.clear(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn remove_empty(&self, key: &K, slot: &Slot<V>) {
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
            details: events::EventDetails::default(),
            created_at: noon,
            updated_at: noon,
            time_zone: events::Zone::parse("UTC").unwrap(),
        }
    }

    fn ticket_type(taken: u32) -> TicketType {
        let event = event(taken);
        TicketType {
            id: kernel::TicketTypeId::new(1),
            event_id: event.id,
            name: "General admission".to_owned(),
            description: String::new(),
            price: events::TicketPrice::Fixed(kernel::Sats::ZERO),
            quota: None,
            taken,
            sale_starts_at: None,
            sale_ends_at: None,
            min_per_order: 1,
            max_per_order: None,
            visibility: events::Visibility::Public,
            position: 0,
            archived_at: None,
            price_changed_at: None,
            created_at: event.created_at,
            updated_at: event.updated_at,
        }
    }

    /// Cached seats of event and type after a batch left `left`, `changes` notifications arrived, and the store has `stored`.
    async fn cached(left: &[u32], changes: usize, stored: u32) -> (u32, u32) {
        let (publisher, _) = broadcast::channel(16);
        let event_cache = EventCache::subscribe(|| publisher.subscribe());
        let mut receiver = publisher.subscribe();
        for _ in 0..changes {
            publisher.send(DomainEvent::Event(EventId::new(1))).unwrap();
        }
        let left: Vec<_> = left.iter().map(|taken| (event(*taken), [ticket_type(*taken)])).collect();
        let now = event(0).start_time;
        let rows = left.iter().map(|(event, types)| (event, types.as_slice()));
        event_cache.put_after_batch(rows, &mut receiver, now);
        let read = async { Ok(Some(event(stored))) };
        let event = event_cache.events.get(EventId::new(1), now, read).await.unwrap().unwrap();
        let read = async { Ok(Some(vec![ticket_type(stored)])) };
        let types = event_cache.ticket_types.get(EventId::new(1), now, read).await.unwrap().unwrap();
        (event.seats_taken, types[0].taken)
    }

    #[tokio::test]
    async fn events_of_a_batch_are_cached_without_a_store_read() {
        assert_eq!(cached(&[3, 4, 5], 1, 99).await, (5, 5));
    }

    #[tokio::test]
    async fn concurrent_changes_of_an_event_cause_a_store_read() {
        assert_eq!(cached(&[3, 4, 5], 2, 99).await, (99, 99));
        assert_eq!(cached(&[3], 17, 99).await, (99, 99), "the receiver lagged");
        assert_eq!(cached(&[], 1, 99).await, (99, 99));
    }
}

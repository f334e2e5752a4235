use crate::{
    details::EventDetails,
    event::Event,
    update::{EventUpdate, KnownEvent},
    zone::Zone,
};
use async_trait::async_trait;
use kernel::{EventId, EventUpdateId, Page, Sats, StoreError, TicketId, Timestamp};

/// Which events a list shows, always by `start_time`, then id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct EventQuery {
    /// Only active, uncancelled events when set; an organiser sees all.
    pub active_only: bool,
    /// Words looked for in title and description, case-insensitively; `%` and `_` are ordinary characters.
    pub text: Option<String>,
    /// Only free (`true`) or only paid (`false`) events.
    pub free: Option<bool>,
    /// Only events whose ticket costs at most this; free ones cost nothing.
    pub max_price: Option<Sats>,
    /// Only events that end after this time.
    pub ends_after: Option<Timestamp>,
    /// Only events that start before this time.
    pub starts_before: Option<Timestamp>,
    /// Only events that ended at or before this time, latest start first; other queries return the earliest first.
    pub ended_by: Option<Timestamp>,
}

/// A checked new event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// See [`Event::title`].
    pub title: String,
    /// See [`Event::description`].
    pub description: String,
    /// See [`Event::start_time`].
    pub start_time: Timestamp,
    /// See [`Event::end_time`].
    pub end_time: Timestamp,
    /// See [`Event::time_zone`].
    pub time_zone: Zone,
    /// See [`Event::capacity`].
    pub capacity: u32,
    /// See [`Event::price`].
    pub price: Sats,
    /// See [`Event::stream_url`].
    pub stream_url: String,
    /// See [`Event::network_limit`].
    pub network_limit: Option<u32>,
    /// See [`Event::details`].
    pub details: EventDetails,
    /// See [`Event::created_at`].
    pub created_at: Timestamp,
}

/// Events, read without a session.
#[async_trait]
pub trait EventReader: Send + Sync {
    /// One event, with its seats.
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError>;
    /// A page of events.
    async fn events(&self, query: &EventQuery, page: Page) -> Result<Vec<Event>, StoreError>;
    /// How many events the query matches on all pages together.
    async fn count_events(&self, query: &EventQuery) -> Result<u64, StoreError>;
    /// The update that a ticket's holder is still to be notified of.
    async fn event_update(&self, ticket: TicketId) -> Result<Option<EventUpdate>, StoreError>;
}

/// Events, changed inside a session.
#[async_trait]
pub trait EventWriter: Send {
    /// Reads an event and keeps others from changing it until the session ends. Locked first of all rows.
    async fn event_for_update(&mut self, id: EventId) -> Result<Option<Event>, StoreError>;
    /// Adds an event with its first ticket type ([`crate::NewTicketType::general_admission`]); it is active and no seat is taken.
    async fn add_event(&mut self, event: &NewEvent) -> Result<Event, StoreError>;
    /// Overwrites an event, its `seats_taken` included.
    async fn put_event(&mut self, event: &Event) -> Result<(), StoreError>;
    /// Deletes an event that never had a ticket; `false` when a ticket or invoice refers to it.
    async fn delete_event(&mut self, id: EventId) -> Result<bool, StoreError>;
    /// Adds an update with the known state of the locked event for the first ticket of each order that has a paid ticket and a buyer with
    /// an account or address, and for each paid ticket with a holder's address; an unfinished update of a ticket keeps its state and is
    /// taken again. Returns how many updates there are to take.
    async fn add_event_updates(&mut self, event: EventId, known: &KnownEvent) -> Result<u64, StoreError>;
    /// Takes at most `limit` updates of the event that were not taken since they were added, oldest first.
    async fn take_event_updates(
        &mut self,
        event: EventId,
        limit: u32,
    ) -> Result<Vec<(EventUpdateId, TicketId)>, StoreError>;
    /// Ends an update, or with `known`, what the holder knows now, leaves it unfinished; no effect on an ended one. The
    /// caller has locked the event.
    async fn end_event_update(
        &mut self,
        update: EventUpdateId,
        known: Option<&KnownEvent>,
    ) -> Result<(), StoreError>;
}

use async_trait::async_trait;
use kernel::{EventId, Locked, StoreError, TicketId, Timestamp};
use tickets::{Ticket, TicketStatus};

/// Identifies a watch session: a hash of its secret, which the store does not have.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WatchSessionId(pub [u8; 16]);

impl std::fmt::Debug for WatchSessionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WatchSessionId(***)")
    }
}

/// A ticket's right to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchState {
    /// The ticket's event.
    pub event_id: EventId,
    /// Only a paid ticket opens the stream.
    pub status: TicketStatus,
    /// The ticket's newest session, if it was ever watched with.
    pub session: Option<WatchSessionId>,
}

/// A message of the organiser to all viewers of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Its text.
    pub text: String,
    /// When it was published.
    pub at: Timestamp,
}

/// Viewers of an event that one process serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewerCount {
    /// The event.
    pub event: EventId,
    /// Random id of the process.
    pub process: i64,
    /// Its viewers.
    pub viewers: u32,
    /// Time of the count.
    pub at: Timestamp,
    /// Counts of other processes from before are ignored and deleted: the process ended.
    pub since: Timestamp,
}

/// Viewers of an event over all processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ViewerTotal {
    /// Viewers now.
    pub now: u32,
    /// Most viewers of any count.
    pub peak: u32,
}

/// Watch sessions, announcements and viewer counts, read without a session.
#[async_trait]
pub trait WatchReader: Send + Sync {
    /// Watch states of tickets, in order; `None` for a ticket that does not exist.
    async fn watch_states(&self, tickets: &[TicketId]) -> Result<Vec<Option<WatchState>>, StoreError>;
    /// The announcement of an event, unless it was withdrawn.
    async fn announcement(&self, event: EventId) -> Result<Option<Announcement>, StoreError>;
    /// Stores the count of a process, and raises the event's peak to the total, which it returns.
    async fn count_viewers(&self, count: &ViewerCount) -> Result<ViewerTotal, StoreError>;
}

/// Watch sessions and announcements, changed inside a session.
#[async_trait]
pub trait WatchWriter: Send {
    /// Replaces the ticket's watch session; publishes [`crate::DomainEvent::Ticket`] on commit.
    async fn put_watch_session(
        &mut self,
        ticket: &Locked<Ticket>,
        session: WatchSessionId,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Replaces or withdraws the announcement of an existing event; publishes [`crate::DomainEvent::Watch`] on commit.
    async fn put_announcement(
        &mut self,
        event: EventId,
        announcement: Option<&Announcement>,
    ) -> Result<(), StoreError>;
    /// Publishes [`crate::DomainEvent::Watch`] on commit, for changes that viewers must see at once.
    async fn notify_viewers(&mut self, event: EventId) -> Result<(), StoreError>;
}

use crate::{
    code::TicketCode,
    ticket::{Ticket, TicketStatus},
};
use async_trait::async_trait;
use kernel::{EventId, Locked, Page, StoreError, TicketId, Timestamp, UserId};

/// Which tickets a list shows, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TicketQuery {
    /// Only this person's.
    pub user_id: Option<UserId>,
    /// Only this event's.
    pub event_id: Option<EventId>,
    /// Only these.
    pub status: Option<TicketStatus>,
    /// Only those with a smaller number: what follows a page that ended with it, whatever was added or left the list since.
    pub below: Option<TicketId>,
}

/// Tickets, read without a session.
#[async_trait]
pub trait TicketReader: Send + Sync {
    /// One ticket.
    async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError>;
    /// The ticket with this code.
    async fn ticket_by_code(&self, code: &TicketCode) -> Result<Option<Ticket>, StoreError>;
    /// A page of tickets.
    async fn tickets(&self, query: &TicketQuery, page: Page) -> Result<Vec<Ticket>, StoreError>;
    /// The first ticket of each order with pending tickets whose hold ended before `before`, oldest first, at most `limit`.
    async fn lapsed_holds(&self, before: Timestamp, limit: u32) -> Result<Vec<Ticket>, StoreError>;
    /// Of these events, those the person holds a paid ticket for.
    async fn events_held(&self, user: UserId, events: &[EventId]) -> Result<Vec<EventId>, StoreError>;
}

/// Tickets, changed inside a session. New ones come from `box_office::Orders` alone, seats change with `box_office::OrderWriter::put_transition`.
#[async_trait]
pub trait TicketWriter: Send {
    /// Reads a ticket and keeps others from changing it until the session ends. Locked after its event.
    async fn ticket_for_update(&mut self, id: TicketId) -> Result<Option<Locked<Ticket>>, StoreError>;
    /// Overwrites a ticket. The event's seats are the caller's business.
    async fn put_ticket(&mut self, ticket: &Locked<Ticket>) -> Result<(), StoreError>;
    /// Whether the person holds a ticket that was paid for, of an event that ends after `now`. The caller has locked the
    /// account, which prevents new tickets.
    ///
    /// Locks all orders of the person's tickets, then the tickets, until the session ends, so that a payment in progress is
    /// either visible to this read or waits for the session.
    async fn holds_future_ticket(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError>;
    /// A free ticket of the person for each order that has some of events that end after `now`, in the order of orders. Nothing is
    /// locked: the caller has locked the account, then locks the orders.
    async fn free_future_orders(&mut self, user: UserId, now: Timestamp)
    -> Result<Vec<TicketId>, StoreError>;
    /// Unlinks an account from all its tickets, for its erasure.
    async fn unlink_tickets(&mut self, user: UserId) -> Result<(), StoreError>;
    /// Unlinks an account from its tickets that are neither paid nor refunded (the owner of the address claims the account).
    async fn unlink_unpaid_tickets(&mut self, user: UserId) -> Result<(), StoreError>;
}

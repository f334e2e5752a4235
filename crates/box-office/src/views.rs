use async_trait::async_trait;
use events::Event;
use kernel::{EventId, Msats, Page, PaymentId, StoreError, TicketId, Timestamp, UserId};
use payments::{Invoice, Payment, PaymentAnomaly, PaymentStatus};
use tickets::{Ticket, TicketQuery};

/// A ticket with all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketView {
    /// The ticket.
    pub ticket: Ticket,
    /// What it is for.
    pub event: Event,
    /// What is owed for it; a free ticket owes nothing.
    pub payment: Option<Payment>,
    /// The payment's current invoice.
    pub invoice: Option<Invoice>,
}

/// Which payments a list shows, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentQuery {
    /// Only these.
    pub status: Option<PaymentStatus>,
    /// Only these.
    pub anomaly: Option<PaymentAnomaly>,
    /// Only those that owe money back.
    pub refundable: bool,
    /// Only this event's.
    pub event_id: Option<EventId>,
    /// Only those with exactly this price.
    pub price: Option<Msats>,
    /// Only those of tickets with this UMA address, compared without regard to ASCII case.
    pub payer: Option<String>,
    /// Part of an invoice id, bolt11, payment hash or UMA address, or a whole ticket or payment number.
    pub text: Option<String>,
    /// Only those with a smaller number: what follows a page that ended with it, whatever was added or left the list since.
    pub below: Option<PaymentId>,
}

/// How one event sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSales {
    /// The event.
    pub event: Event,
    /// Paid tickets.
    pub sold: u64,
    /// Pending tickets.
    pub held: u64,
    /// Tickets checked in.
    pub checked_in: u64,
    /// What is ours to keep.
    pub revenue: Msats,
    /// What should go back.
    pub refundable: Msats,
}

/// Sales in one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SalesPoint {
    /// The start of the hour.
    pub at: Timestamp,
    /// Tickets that became paid.
    pub sold: u64,
    /// What they cost.
    pub revenue: Msats,
}

/// Someone who may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// The ticket.
    pub ticket: Ticket,
    /// What the person is called; `None` once the account was erased.
    pub name: Option<String>,
    /// The person's address.
    pub email: Option<String>,
}

/// What is under way or waits for somebody, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InFlight {
    /// Pending tickets: seats that are held.
    pub held: u64,
    /// Orders to buyers' wallets without a final answer.
    pub paying: u64,
    /// Refunds that may have left our node, and whose result is not known.
    pub refunding: u64,
    /// Payments of which something should go back.
    pub refundable: u64,
}

/// The books: what an audit compares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// All settled on invoices of payments.
    pub received: Msats,
    /// All settled on event-level invoices: gifts to an event, tied to no ticket.
    pub event_level: Msats,
    /// Prices of paid payments.
    pub kept: Msats,
    /// What went back.
    pub refunded: Msats,
    /// What should go back, as the payments' rows say.
    pub refundable: Msats,
    /// Events with more pending and paid tickets than capacity.
    pub oversold: Vec<EventId>,
    /// Events whose counter of taken seats differs from their rows.
    pub miscounted: Vec<EventId>,
    /// Tickets whose status does not fit their payment's.
    pub mismatched: Vec<TicketId>,
    /// Pending tickets whose hold ended before the moment asked about.
    pub overdue_holds: u64,
    /// Unfinished jobs that were due before the moment asked about.
    pub overdue_jobs: u64,
}

/// Read models that join what the domains keep apart.
#[async_trait]
pub trait Views: Send + Sync {
    /// One ticket with all that belongs to it.
    async fn ticket_view(&self, id: TicketId) -> Result<Option<TicketView>, StoreError> {
        Ok(self.tickets_by_id(&[id]).await?.pop().flatten())
    }
    /// Tickets with all that belongs to them: one for each number that is asked for, in their order, or that there is none.
    async fn tickets_by_id(&self, asked: &[TicketId]) -> Result<Vec<Option<TicketView>>, StoreError>;
    /// The ticket of a payment with all that belongs to it.
    async fn payment_view(&self, id: PaymentId) -> Result<Option<TicketView>, StoreError>;
    /// A page of tickets with all that belongs to them, newest first.
    async fn ticket_views(&self, query: &TicketQuery, page: Page) -> Result<Vec<TicketView>, StoreError>;
    /// How many tickets match, on all pages together.
    async fn count_tickets(&self, query: &TicketQuery) -> Result<u64, StoreError>;
    /// Pages of people's tickets with all that belongs to them, newest first: one for each that is asked for, in their order.
    async fn tickets_of(&self, asked: &[(UserId, Page)]) -> Result<Vec<Vec<TicketView>>, StoreError>;
    /// A page of payments with their tickets; each has a payment.
    async fn payment_views(&self, query: &PaymentQuery, page: Page) -> Result<Vec<TicketView>, StoreError>;
    /// How many payments match, on all pages together.
    async fn count_payments(&self, query: &PaymentQuery) -> Result<u64, StoreError>;
    /// Sales of each event, or of one; newest event first.
    async fn event_sales(&self, event: Option<EventId>, page: Page) -> Result<Vec<EventSales>, StoreError>;
    /// Hours with sales in `from..to`, of one event or of all.
    async fn sales_series(
        &self,
        event: Option<EventId>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<SalesPoint>, StoreError>;
    /// A page of an event's paid tickets with their holders, by ticket number; of those with a greater number than `after`.
    async fn attendees(
        &self,
        event: EventId,
        after: Option<TicketId>,
        page: Page,
    ) -> Result<Vec<Attendee>, StoreError>;
    /// What is under way right now; reads no more rows than that.
    async fn in_flight(&self) -> Result<InFlight, StoreError>;
    /// The books as they are, with what is overdue since `before`. Reads everything: for audits, not for pages.
    async fn ledger(&self, before: Timestamp) -> Result<Ledger, StoreError>;
    /// How many lines the audit log has.
    async fn count_audit(&self) -> Result<u64, StoreError>;
    /// A page of the audit log, newest first.
    async fn audit_log(&self, page: Page) -> Result<Vec<crate::store::AuditEntry>, StoreError>;
}

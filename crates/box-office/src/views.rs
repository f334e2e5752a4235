use async_trait::async_trait;
use events::{Event, PromoCodeText};
use kernel::{
    EventId, Msats, OrderId, Page, PaymentId, PromoCodeId, StoreError, TicketId, TicketTypeId, Timestamp,
    UserId,
};
use payments::{Invoice, Payment, PaymentAnomaly, PaymentStatus};
use tickets::{Holder, Ticket, TicketQuery};

/// A ticket with its event, payment and invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketView {
    /// The ticket.
    pub ticket: Ticket,
    /// Person that the ticket is for.
    pub holder: Holder,
    /// The event.
    pub event: Event,
    /// The payment; `None` for a free ticket.
    pub payment: Option<Payment>,
    /// The payment's current invoice.
    pub invoice: Option<Invoice>,
}

/// Filter of a list of payments, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentQuery {
    /// Status.
    pub status: Option<PaymentStatus>,
    /// Anomaly.
    pub anomaly: Option<PaymentAnomaly>,
    /// Whether to return only payments with refundable money.
    pub refundable: bool,
    /// Event.
    pub event_id: Option<EventId>,
    /// Exact price.
    pub price: Option<Msats>,
    /// UMA address of the ticket, compared ASCII case-insensitively.
    pub payer: Option<String>,
    /// Part of an invoice id, bolt11, payment hash or UMA address, or a whole payment or order id or that of any ticket of the order.
    pub text: Option<String>,
    /// Upper bound (exclusive) of the id, for keyset pagination of a list that changes.
    pub below: Option<PaymentId>,
}

/// Sales of one event.
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
    /// Revenue, without refundable money.
    pub revenue: Msats,
    /// Refundable money.
    pub refundable: Msats,
}

/// Sales of one event by ticket type and by promo code. Only valid tickets count as sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesReport {
    /// All types of the event, by position, then id.
    pub types: Vec<TypeSales>,
    /// Promo codes of the event, and those for all events that its orders used, by id.
    pub promo_codes: Vec<CodeSales>,
    /// Refunded to buyers, late and surplus payments included.
    pub refunded: Msats,
}

/// Sales of one ticket type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeSales {
    /// The type.
    pub ticket_type_id: TicketTypeId,
    /// Its name.
    pub name: String,
    /// Valid tickets that buyers ordered.
    pub sold: u64,
    /// Their prices.
    pub revenue: Msats,
    /// Valid tickets that the organiser gave away.
    pub complimentary: u64,
}

/// Sales with one promo code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSales {
    /// The promo code.
    pub promo_code_id: PromoCodeId,
    /// Its text.
    pub code: PromoCodeText,
    /// Orders with a valid ticket.
    pub orders: u64,
    /// Their valid tickets.
    pub tickets: u64,
    /// Discounts on these tickets.
    pub discount: Msats,
    /// Prices of these tickets.
    pub revenue: Msats,
}

/// Sales of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SalesPoint {
    /// Start of the hour.
    pub at: Timestamp,
    /// Tickets that became paid.
    pub sold: u64,
    /// Their price.
    pub revenue: Msats,
}

/// Holder of a paid ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// The ticket.
    pub ticket: Ticket,
    /// Person that the ticket is for, as named by its buyer.
    pub holder: Holder,
    /// Account name; `None` once the account was erased.
    pub name: Option<String>,
    /// Account email address.
    pub email: Option<String>,
}

/// Counts of unfinished work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InFlight {
    /// Pending tickets.
    pub held: u64,
    /// Orders to buyers' wallets without a final answer.
    pub paying: u64,
    /// Refunds that may have left our node, with unknown outcome.
    pub refunding: u64,
    /// Payments with refundable money.
    pub refundable: u64,
}

/// Totals and inconsistencies for an audit. Orders, types and codes are checked once all processes maintain them
/// ([`crate::OrderReader::orders_finished`]).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// Settled on invoices of payments.
    pub received: Msats,
    /// Settled on event-level invoices, which belong to no ticket.
    pub event_level: Msats,
    /// Prices of paid payments.
    pub kept: Msats,
    /// Refunded.
    pub refunded: Msats,
    /// Refundable, as stored in the payments.
    pub refundable: Msats,
    /// Events with more pending and paid tickets than capacity.
    pub oversold: Vec<EventId>,
    /// Events whose counter of taken seats differs from their tickets.
    pub miscounted: Vec<EventId>,
    /// Tickets whose status does not fit their payment's.
    pub mismatched: Vec<TicketId>,
    /// Ticket types with more pending and paid tickets than their quota.
    pub oversold_types: Vec<TicketTypeId>,
    /// Ticket types whose counter of taken seats differs from their tickets.
    pub miscounted_types: Vec<TicketTypeId>,
    /// Promo codes whose counter of uses differs from the orders that hold a seat with them.
    pub miscounted_codes: Vec<PromoCodeId>,
    /// Orders that contradict their lines, tickets or payment: number and types of tickets, sum of prices, or status.
    pub contradictory_orders: Vec<OrderId>,
    /// Payments of no ticket, and payments that only an invoice names.
    pub detached_payments: Vec<PaymentId>,
    /// Pending tickets whose hold ended before the given time.
    pub overdue_holds: u64,
    /// Unfinished jobs that were due before the given time.
    pub overdue_jobs: u64,
}

impl Ledger {
    /// Describes what does not add up, with ids; overdue work is not included.
    pub fn inconsistencies(&self) -> Vec<String> {
        let mut errors = Vec::new();
        let accounted = self.kept.saturating_add(self.refunded).saturating_add(self.refundable);
        if accounted != self.received {
            errors.push(format!("{} msats received, {accounted} accounted for", self.received));
        }
        list(&mut errors, "oversold events", &self.oversold);
        list(&mut errors, "events with a wrong seat counter", &self.miscounted);
        list(&mut errors, "tickets inconsistent with their payments", &self.mismatched);
        list(&mut errors, "oversold ticket types", &self.oversold_types);
        list(&mut errors, "ticket types with a wrong counter", &self.miscounted_types);
        list(&mut errors, "promo codes with a wrong counter", &self.miscounted_codes);
        list(
            &mut errors,
            "orders inconsistent with their lines, tickets or payment",
            &self.contradictory_orders,
        );
        list(&mut errors, "payments without a ticket, or missing", &self.detached_payments);
        errors
    }
}

fn list(errors: &mut Vec<String>, what: &str, ids: &[impl ToString]) {
    if !ids.is_empty() {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        errors.push(format!("{what}: {}", ids.join(", ")));
    }
}

/// Read models across domains.
#[async_trait]
pub trait Views: Send + Sync {
    /// Returns one ticket view.
    async fn ticket_view(&self, id: TicketId) -> Result<Option<TicketView>, StoreError> {
        Ok(self.tickets_by_id(&[id]).await?.pop().flatten())
    }
    /// Returns ticket views in the order of `ids`; `None` for an unknown id.
    async fn tickets_by_id(&self, ids: &[TicketId]) -> Result<Vec<Option<TicketView>>, StoreError>;
    /// Returns the ticket view of a payment.
    async fn payment_view(&self, id: PaymentId) -> Result<Option<TicketView>, StoreError>;
    /// Returns a page of ticket views, newest first.
    async fn ticket_views(&self, query: &TicketQuery, page: Page) -> Result<Vec<TicketView>, StoreError>;
    /// Counts matching tickets.
    async fn count_tickets(&self, query: &TicketQuery) -> Result<u64, StoreError>;
    /// Returns pages of accounts' ticket views, newest first, in the order of `pages`.
    async fn tickets_of(&self, pages: &[(UserId, Page)]) -> Result<Vec<Vec<TicketView>>, StoreError>;
    /// Returns a page of payments as ticket views; each has a payment.
    async fn payment_views(&self, query: &PaymentQuery, page: Page) -> Result<Vec<TicketView>, StoreError>;
    /// Counts matching payments.
    async fn count_payments(&self, query: &PaymentQuery) -> Result<u64, StoreError>;
    /// Sales of each event, or of one; newest event first.
    async fn event_sales(&self, event: Option<EventId>, page: Page) -> Result<Vec<EventSales>, StoreError>;
    /// Sales of an event by type and code, recounted from its tickets.
    async fn sales_report(&self, event: EventId) -> Result<SalesReport, StoreError>;
    /// Hours with sales in `from..to`, of one event or of all.
    async fn sales_series(
        &self,
        event: Option<EventId>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<SalesPoint>, StoreError>;
    /// Returns a page of an event's paid tickets with their holders, by ascending ticket id greater than `after`.
    async fn attendees(
        &self,
        event: EventId,
        after: Option<TicketId>,
        page: Page,
    ) -> Result<Vec<Attendee>, StoreError>;
    /// Counts unfinished work. Reads only the rows it counts.
    async fn in_flight(&self) -> Result<InFlight, StoreError>;
    /// Computes totals and inconsistencies, with work overdue since `before`. Reads all rows: for audits only.
    async fn ledger(&self, before: Timestamp) -> Result<Ledger, StoreError>;
    /// Counts entries of the audit log.
    async fn count_audit(&self) -> Result<u64, StoreError>;
    /// Returns a page of the audit log, newest first.
    async fn audit_log(&self, page: Page) -> Result<Vec<crate::store::AuditEntry>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_millisatoshi_is_an_inconsistency() {
        let msats = |amount| Msats::new(amount).unwrap();
        let even = Ledger {
            received: msats(10),
            kept: msats(7),
            refunded: msats(2),
            refundable: msats(1),
            ..Ledger::default()
        };
        assert_eq!(even.inconsistencies(), Vec::<String>::new());
        let short = Ledger { refundable: msats(0), ..even };
        assert_eq!(short.inconsistencies(), ["10 msats received, 9 accounted for"]);
    }

    #[test]
    fn contradictory_orders_are_named_by_number() {
        let orders = vec![OrderId::new(3), OrderId::new(5)];
        let ledger = Ledger { contradictory_orders: orders, ..Ledger::default() };
        let expected = "orders inconsistent with their lines, tickets or payment: 3, 5";
        assert_eq!(ledger.inconsistencies(), [expected]);
    }
}

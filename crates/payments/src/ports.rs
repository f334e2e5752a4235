use crate::{
    hash::PaymentHash,
    history::PaymentEvent,
    invoice::{Invoice, InvoiceRole, NewInvoice},
    outgoing::OutgoingOrder,
    payment::Payment,
    refund::{NewRefund, Refund},
};
use async_trait::async_trait;
use kernel::{EventId, Msats, Page, PaymentId, StoreError, TicketId, Timestamp, UserId};

/// Payments, read without a session.
#[async_trait]
pub trait PaymentReader: Send + Sync {
    /// One payment.
    async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, StoreError>;
    /// The payment of a ticket; a free ticket has none.
    async fn payment_of_ticket(&self, ticket: TicketId) -> Result<Option<Payment>, StoreError>;
    /// A payment's invoices, newest first.
    async fn invoices_of(&self, payment: PaymentId) -> Result<Vec<Invoice>, StoreError>;
    /// The invoice with this payment hash.
    async fn invoice_by_hash(&self, hash: PaymentHash) -> Result<Option<Invoice>, StoreError> {
        Ok(self.invoices_by_hash(&[hash]).await?.pop().flatten())
    }
    /// The invoice of each payment hash, in the order of the hashes; a hash may occur more than once.
    async fn invoices_by_hash(&self, hashes: &[PaymentHash]) -> Result<Vec<Option<Invoice>>, StoreError>;
    /// The newest invoice that our node calls so.
    async fn invoice_by_node_id(&self, invoice_id: &str) -> Result<Option<Invoice>, StoreError>;
    /// A payment's refunds, newest first.
    async fn refunds_of(&self, payment: PaymentId) -> Result<Vec<Refund>, StoreError>;
    /// A payment's history, oldest first; empty for payments of releases that kept none.
    async fn payment_events(&self, payment: PaymentId) -> Result<Vec<PaymentEvent>, StoreError>;
    /// Refunds with an invoice that changed at or after `since`, in the order of their numbers.
    async fn refunds_since(&self, since: Timestamp) -> Result<Vec<Refund>, StoreError>;
    /// A payment's outgoing orders, newest first.
    async fn outgoing_orders_of(&self, payment: PaymentId) -> Result<Vec<OutgoingOrder>, StoreError>;
    /// Sum of the orders to a person's wallet since a moment, without those that certainly paid nothing.
    async fn ordered_from_wallet(&self, user: UserId, since: Timestamp) -> Result<Msats, StoreError>;
    /// The newest event-level invoice of an event.
    async fn event_invoice(&self, event: EventId) -> Result<Option<Invoice>, StoreError>;
    /// A page of an event's event-level invoices, newest first.
    async fn event_invoices(&self, event: EventId, page: Page) -> Result<Vec<Invoice>, StoreError>;
    /// How many event-level invoices an event has.
    async fn count_event_invoices(&self, event: EventId) -> Result<u64, StoreError>;
}

/// Payments, changed inside a session. New ones come from `box_office::Holds` alone.
#[async_trait]
pub trait PaymentWriter: Send {
    /// Reads a payment with its settlements and keeps others from changing it until the session ends. Locked after its ticket.
    async fn payment_for_update(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError>;
    /// Overwrites a payment's state, collection and times. Settlements are written by `put_invoice`.
    async fn put_payment(&mut self, payment: &Payment) -> Result<(), StoreError>;
    /// Overwrites a payment as `put_payment` does and appends to its history, in one round trip.
    async fn record_payment(&mut self, payment: &Payment, event: &PaymentEvent) -> Result<(), StoreError>;
    /// Appends to a payment's history. Entries are never changed or removed.
    async fn add_payment_event(&mut self, event: &PaymentEvent) -> Result<(), StoreError>;
    /// Stores an invoice; the payment hash is unique, and a stored one is returned unchanged.
    async fn add_invoice(&mut self, invoice: &NewInvoice) -> Result<Invoice, StoreError>;
    /// A payment's invoices, newest first, as the session sees them. Complete while the payment is locked: invoices are added
    /// under its lock alone.
    async fn invoices_in_session(&mut self, payment: PaymentId) -> Result<Vec<Invoice>, StoreError>;
    /// Makes a payment's invoices of this role [`InvoiceRole::Earlier`] ones.
    async fn retire_invoices(&mut self, payment: PaymentId, role: InvoiceRole) -> Result<(), StoreError>;
    /// Remembers a refund, requested.
    async fn add_refund(&mut self, refund: &NewRefund) -> Result<Refund, StoreError>;
    /// A payment's refunds, newest first, kept from changing until the session ends. Locked after the payment.
    async fn refunds_for_update(&mut self, payment: PaymentId) -> Result<Vec<Refund>, StoreError>;
    /// Overwrites a refund's status, invoice, fee and error. `false` if another refund has its payment hash: then the session can
    /// only be rolled back.
    async fn put_refund(&mut self, refund: &Refund) -> Result<bool, StoreError>;
    /// A payment's outgoing orders, newest first, kept from changing until the session ends. Locked after the payment and its
    /// refunds, before the outbox.
    async fn outgoing_orders_for_update(
        &mut self,
        payment: PaymentId,
    ) -> Result<Vec<OutgoingOrder>, StoreError>;
    /// Adds an outgoing order; `false` and no effect if its payer has an order for its payment hash already.
    async fn add_outgoing_order(&mut self, order: &OutgoingOrder) -> Result<bool, StoreError>;
    /// Overwrites an outgoing order's attempt, times, status and detail; the row is found by payer and payment hash.
    async fn put_outgoing_order(&mut self, order: &OutgoingOrder) -> Result<(), StoreError>;
    /// Sum of the orders to a person's wallet since a moment, without those that certainly paid nothing.
    async fn ordered_from_wallet(&mut self, user: UserId, since: Timestamp) -> Result<Msats, StoreError>;
    /// Overwrites an invoice's status, settlement and UMA Invoice, not its role. One that received more already stays as it is:
    /// a stale read never lowers a settled amount.
    async fn put_invoice(&mut self, invoice: &Invoice) -> Result<(), StoreError>;
}

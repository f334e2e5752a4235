//! Ports of orders, ticket types and promo codes.

use crate::{IdempotencyKey, LockedOrder, quota::HoldLimit, quota::HoldLimits, quota::NetworkTags};
use async_trait::async_trait;
use events::{Event, ExchangeRate, NewPromoCode, NewTicketType, PromoCode, PromoCodeText, TicketType};
use kernel::{
    EventId, Locked, OrderId, Page, PromoCodeId, Sats, Secret, StoreError, TicketId, TicketTypeId, Timestamp,
    UserId,
};
use payments::Payment;
use std::collections::BTreeSet;
use tickets::{
    BuyerKey, Holder, Inventory, Issuance, Order, OrderLimits, OrderRefusal, OrderRequest, OrderTicket,
    Ticket, TicketCode, Transition,
};

/// Request for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceRequest {
    /// The event.
    pub event_id: EventId,
    /// What is ordered, and by which buyer. The account of a buyer must exist.
    pub order: OrderRequest,
    /// For a published purchase, the account that it names, which must exist even if it is not the buyer. `order` then has no lines: it is
    /// one ticket of the event's default type, which is resolved under the lock.
    pub purchase_for: Option<UserId>,
    /// Organiser who gives a complimentary order away, for its audit entry.
    pub organiser: Option<UserId>,
    /// Holders of the tickets in the order of the lines; tickets beyond them have none.
    pub holders: Vec<Holder>,
    /// Secrets of the new tickets; at least one for each ticket requested, up to [`OrderLimits::MAX_TICKETS_PER_ORDER`].
    pub secrets: Vec<TicketSecrets>,
    /// The client's network; `None` where it is not counted.
    pub network: Option<NetworkTags>,
    /// An identical order of the same account after this time is the same order; `None` disables the check.
    pub repeats_since: Option<Timestamp>,
    /// Idempotency key, if the client sent one.
    pub key: Option<IdempotencyKey>,
    /// Current time.
    pub now: Timestamp,
}

/// Random values of a new ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketSecrets {
    /// See [`Ticket::code`].
    pub code: TicketCode,
    /// See [`Ticket::link_key`].
    pub link_key: Secret<[u8; 16]>,
}

/// Terms of the shop, the same for all orders of a batch. The default has no limits and no rates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderTerms {
    /// Limits on tickets per order and per buyer.
    pub limits: OrderLimits,
    /// Quotas on outstanding seats.
    pub outstanding: HoldLimits,
    /// Newest rate of each currency.
    pub rates: Vec<ExchangeRate>,
}

/// Reason for refusing an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceRefusal {
    /// By the rules of orders.
    #[error(transparent)]
    Order(#[from] OrderRefusal),
    /// The event does not exist.
    #[error("event not found")]
    UnknownEvent,
    /// The account does not exist or was erased.
    #[error("user not found")]
    UnknownUser,
    /// A quota on outstanding seats would be exceeded.
    #[error("{0}")]
    Limit(HoldLimit),
    /// The key was used for a different request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// A published purchase of a free ticket requires authentication.
    #[error("log in to get a free ticket")]
    LoginRequired,
    /// A published purchase of a paid ticket requires a UMA address.
    #[error("a UMA address is needed for a paid event")]
    AddressMissing,
    /// Orders of several tickets need every process to maintain orders ([`OrderReader::orders_finished`]).
    #[error("orders of more than one ticket are not possible during an update of the shop: try again later")]
    RolloutUnfinished,
}

/// A ticket with what it was ordered as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// Its type, which names its line.
    pub ticket_type_id: TicketTypeId,
    /// Its price after the discount.
    pub price: Sats,
    /// Person that it is for.
    pub holder: Holder,
}

impl OrderedTicket {
    /// What the rules of orders need of it.
    pub const fn state(&self) -> OrderTicket {
        OrderTicket { id: self.ticket.id, ticket_type_id: self.ticket_type_id, status: self.ticket.status }
    }
}

/// A granted order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOrder {
    /// The order.
    pub order: Order,
    /// Its tickets, in the order of its lines; at least one.
    pub tickets: Vec<OrderedTicket>,
    /// Payment due, which refers to the first ticket; `None` for a free order.
    pub payment: Option<Payment>,
    /// What the tickets are issued on.
    pub issuance: Issuance,
    /// The event, including these seats.
    pub event: Event,
    /// The event's ticket types by position, archived ones and these seats included.
    pub ticket_types: Vec<TicketType>,
}

/// Outcome of a request for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceOutcome {
    /// All seats were taken.
    Placed(Box<PlacedOrder>),
    /// The same key and request created the order of this ticket before. A ticket, because a release without orders may have sold it.
    Replayed(TicketId),
    /// The same account made an identical order since [`PlaceRequest::repeats_since`], and it holds a seat: its first ticket.
    Repeated(TicketId),
    /// Nothing was taken.
    Refused(PlaceRefusal),
}

/// Checks that a transition may be written with these locks: stores call it first.
pub fn check_transition_locks(
    order: &Order,
    transition: &Transition,
    inventory: Option<&Inventory>,
) -> Result<(), StoreError> {
    let fail = |why: &str| Err(StoreError::Corrupt(format!("transition of order {}: {why}", order.id)));
    if transition.order.id != order.id {
        return fail("another order is locked");
    }
    if transition.taken.is_empty() && transition.released.is_empty() {
        return Ok(());
    }
    let Some(inventory) = inventory.filter(|inventory| inventory.event.id == order.event_id) else {
        return fail("its event is not locked");
    };
    let codes = [transition.taken.promo_code, transition.released.promo_code];
    if codes.into_iter().flatten().any(|code| !inventory.promo_codes.iter().any(|one| one.id == code)) {
        return fail("its promo code is not locked");
    }
    Ok(())
}

/// An order with its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderView {
    /// The order.
    pub order: Order,
    /// Its tickets, by id, which is the order of its lines.
    pub tickets: Vec<OrderedTicket>,
    /// Its payment; `None` for a free order.
    pub payment: Option<Payment>,
}

/// Batched placing of orders: one transaction per batch.
#[async_trait]
pub trait Orders: Send + Sync {
    /// Decides orders with [`crate::OrderBatch`] and writes orders, lines, tickets, payments and counters in one transaction; outcomes
    /// are in request order. Each order is granted whole or not at all, and a refused one does not affect the others.
    ///
    /// - Locked first: the events, then the promo codes with the texts in the batch, each in the order of ids. Ticket types change only
    ///   with their event locked.
    /// - Tickets of an order that is issued at once are paid, and the email of the first one is enqueued.
    /// - A complimentary order has an audit entry ([`PlacedOrder::audit`]).
    /// - A known key, from the store or the batch, returns the first ticket of its order, or [`PlaceRefusal::KeyReused`] for a different request.
    /// - A repeated order of the same account, from the store or the batch, returns that order's first ticket ([`crate::repeated_order`]).
    /// - Outstanding seats and the buyers' usage are counted under the locks; a network is stored while its seats are outstanding.
    async fn place_all(
        &self,
        terms: &OrderTerms,
        requests: &[PlaceRequest],
    ) -> Result<Vec<PlaceOutcome>, StoreError>;
}

/// Orders, ticket types and promo codes, read without a session.
#[async_trait]
pub trait OrderReader: Send + Sync {
    /// Ticket types of an event, archived ones included, by position, then id.
    async fn ticket_types(&self, event: EventId) -> Result<Vec<TicketType>, StoreError>;
    /// Ticket types of these events, archived ones included, by event, position and id.
    async fn ticket_types_of(&self, events: &[EventId]) -> Result<Vec<TicketType>, StoreError>;
    /// A ticket type.
    async fn ticket_type(&self, id: TicketTypeId) -> Result<Option<TicketType>, StoreError>;
    /// A promo code.
    async fn promo_code(&self, id: PromoCodeId) -> Result<Option<PromoCode>, StoreError>;
    /// Promo codes of an event, or those for all events (`None`), archived ones included, by id.
    async fn promo_codes(&self, event: Option<EventId>) -> Result<Vec<PromoCode>, StoreError>;
    /// Promo codes with this text, of all events, by id.
    async fn promo_codes_named(&self, text: &PromoCodeText) -> Result<Vec<PromoCode>, StoreError>;
    /// An order with its tickets and payment.
    async fn order(&self, id: OrderId) -> Result<Option<OrderView>, StoreError>;
    /// These orders with their tickets, by id, each once; unknown ones are left out.
    async fn orders(&self, ids: &[OrderId]) -> Result<Vec<(Order, Vec<OrderedTicket>)>, StoreError>;
    /// A page of an account's orders, newest first.
    async fn orders_of(&self, user: UserId, page: Page) -> Result<Vec<OrderView>, StoreError>;
    /// Number of an account's orders.
    async fn count_orders(&self, user: UserId) -> Result<u64, StoreError>;
    /// The order of a ticket; `None` for a ticket of a release without orders that the backfill has not reached.
    async fn order_of_ticket(&self, ticket: TicketId) -> Result<Option<OrderId>, StoreError>;
    /// Whether all processes maintain orders. Before, a replica of the previous release may settle or release single tickets.
    async fn orders_finished(&self) -> Result<bool, StoreError>;
}

/// Orders, ticket types and promo codes, changed inside a session.
#[async_trait]
pub trait OrderWriter: Send {
    /// Adds a ticket type without seats taken. The caller has locked the event.
    async fn add_ticket_type(&mut self, ticket_type: &NewTicketType) -> Result<TicketType, StoreError>;
    /// Overwrites a ticket type, its `taken` included. The caller has locked the event.
    async fn put_ticket_type(&mut self, ticket_type: &TicketType) -> Result<(), StoreError>;
    /// Deletes a ticket type that no order line and no promo code names; `false` without effect otherwise. The caller has locked the
    /// event.
    async fn delete_ticket_type(&mut self, ticket_type: &TicketType) -> Result<bool, StoreError>;
    /// Reads a promo code and locks it until the session ends. Locked after events, before accounts.
    async fn promo_code_for_update(
        &mut self,
        id: PromoCodeId,
    ) -> Result<Option<Locked<PromoCode>>, StoreError>;
    /// Adds an unused promo code; `None`, with the session usable, if its event, or the codes for all events, have one with this text.
    async fn add_promo_code(&mut self, code: &NewPromoCode) -> Result<Option<PromoCode>, StoreError>;
    /// Overwrites a promo code, its `used` included; its text and event stay.
    async fn put_promo_code(&mut self, code: &Locked<PromoCode>) -> Result<(), StoreError>;
    /// Deletes a promo code that no order names; `false` without effect otherwise.
    async fn delete_promo_code(&mut self, code: &Locked<PromoCode>) -> Result<bool, StoreError>;
    /// Reads all that orders of an event are decided from and locks it until the session ends: the event, then its types, then these
    /// promo codes by id. With the usage of these buyers; `None` if the event does not exist.
    async fn inventory_for_update(
        &mut self,
        event: EventId,
        codes: &BTreeSet<PromoCodeId>,
        buyers: &BTreeSet<BuyerKey>,
        terms: &OrderTerms,
    ) -> Result<Option<Locked<Inventory>>, StoreError>;
    /// Reads an order with its tickets and locks it until the session ends. Locked after event, promo code and account, before tickets.
    async fn order_for_update(
        &mut self,
        id: OrderId,
    ) -> Result<Option<(Locked<Order>, Vec<OrderTicket>)>, StoreError>;
    /// Sets the holder of a ticket. The caller has locked the ticket.
    async fn put_holder(&mut self, ticket: TicketId, holder: &Holder) -> Result<(), StoreError>;
    /// Links the adoptable orders ([`Order::is_adoptable`]) of guests with this email address, and their tickets, to an account that the
    /// caller has locked and that has proved the address. Returns the number of orders.
    async fn adopt_orders(&mut self, user: UserId, email: &str) -> Result<u64, StoreError>;
    /// [`OrderWriter::inventory_for_update`] for the event and promo code of a ticket's order, without rates, limits and usage of
    /// buyers; `None` if the ticket does not exist.
    async fn inventory_of_ticket_for_update(
        &mut self,
        ticket: TicketId,
    ) -> Result<Option<Locked<Inventory>>, StoreError>;
    /// Reads the order of a ticket with its tickets and locks them until the session ends; `None` if the ticket does not exist.
    ///
    /// While a release without orders may run beside this one ([`OrderReader::orders_finished`]), a ticket without an order gets one,
    /// and the status of an order's only ticket is authoritative ([`Order::copy_ticket`]).
    async fn order_of_ticket_for_update(
        &mut self,
        ticket: TicketId,
    ) -> Result<Option<LockedOrder>, StoreError>;
    /// Writes a transition of a locked order: the order, its tickets and, with `inventory`, the counters of event, types and
    /// promo code; an error if they change without it. A network is kept only while its seat is outstanding.
    async fn put_transition(
        &mut self,
        order: &Locked<Order>,
        transition: &Transition,
        inventory: Option<&Locked<Inventory>>,
    ) -> Result<(), StoreError>;
}

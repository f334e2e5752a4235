use crate::{
    inventory::{Inventory, InventoryDelta},
    order::{BuyerKey, Order, OrderError, OrderStatus, OrderTicket},
    order_request::{OrderRefusal, Shortage},
    ticket::TicketStatus,
};
use events::{PromoCode, PromoRefusal};
use kernel::{Locked, Msats, TicketId, Timestamp};
use std::collections::BTreeSet;

/// Why seats of an order are released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseCause<'a> {
    /// The hold is over, if it ended before this time; grace is the caller's to subtract.
    HoldEnded {
        /// Time before which the hold has to end.
        before: Timestamp,
    },
    /// The node made no invoice, or an admin gave the payment up.
    GivenUp,
    /// The buyer cancels an order that is not issued.
    Cancelled,
    /// These valid tickets are cancelled, and refunded where they had a price. Tickets of an order that is not issued stay: its amount is
    /// on an invoice.
    Revoked(&'a BTreeSet<TicketId>),
    /// The organiser cancels the event.
    EventCancelled,
}

/// What changes, to be written in one transaction. An unchanged order has an empty transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The order from now on.
    pub order: Order,
    /// Tickets with their new status; those that stay are not listed.
    pub tickets: Vec<(TicketId, TicketStatus)>,
    /// Seats and promo use that are taken.
    pub taken: InventoryDelta,
    /// Seats and promo use that are released.
    pub released: InventoryDelta,
    /// Price of the issued tickets that are no longer valid: it becomes refundable.
    pub refund: Msats,
}

impl Transition {
    fn unchanged(order: &Order) -> Self {
        Self {
            order: order.clone(),
            tickets: Vec::new(),
            taken: InventoryDelta::default(),
            released: InventoryDelta::default(),
            refund: Msats::ZERO,
        }
    }

    /// Whether nothing changes.
    pub const fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }
}

/// Why an order that lost its seats does not get them again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReinstateRefusal {
    /// The order still has seats, or was issued before: there is nothing to take again.
    #[error("the order has its seats, or had its tickets")]
    NotReleased,
    /// The event was cancelled.
    #[error("event was cancelled")]
    EventCancelled,
    /// The seats are taken by others.
    #[error(transparent)]
    Seats(#[from] Shortage),
    /// The promo use is taken by others.
    #[error(transparent)]
    Promo(#[from] PromoRefusal),
}

/// Why a confirmed email address does not issue an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmRefusal {
    /// The order is not waiting for a confirmation any more, and was not issued.
    #[error("this order has expired")]
    NotAwaiting,
    /// With the address confirmed, a limit per buyer applies.
    #[error(transparent)]
    Limit(#[from] OrderRefusal),
}

/// What an order that lost its seats becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reinstatement {
    /// Paid: its money came late.
    Issued,
    /// Held anew, for another attempt to pay, or to confirm a free order.
    Held {
        /// End of the hold.
        until: Timestamp,
    },
}

/// Issues a pending order: on its payment. No effect on any other.
pub fn issue(order: &Locked<Order>, tickets: &[OrderTicket], now: Timestamp) -> Transition {
    match order.status {
        OrderStatus::Pending => issued(order, tickets, now),
        _ => Transition::unchanged(order),
    }
}

fn issued(order: &Order, tickets: &[OrderTicket], now: Timestamp) -> Transition {
    let mut transition = Transition::unchanged(order);
    let pending = tickets.iter().filter(|ticket| ticket.status == TicketStatus::Pending);
    transition.tickets = pending.map(|ticket| (ticket.id, TicketStatus::Paid)).collect();
    if !transition.is_empty() {
        transition.order.status = OrderStatus::Paid;
        transition.order.issued_at = order.issued_at.or(Some(now));
        transition.order.updated_at = now;
    }
    transition
}

/// Issues a guest's free order, whose email address is now confirmed; an issued order is left unchanged. The limits per buyer
/// are checked here, because only a confirmed address identifies a buyer: `inventory` has the usage of [`BuyerKey::Email`]
/// with this address.
pub fn confirm(
    inventory: &Locked<Inventory>,
    order: &Locked<Order>,
    tickets: &[OrderTicket],
    now: Timestamp,
) -> Result<Transition, ConfirmRefusal> {
    if order.issued_at.is_some() {
        return Ok(Transition::unchanged(order));
    }
    let (OrderStatus::AwaitingConfirmation, Some(email)) = (order.status, &order.buyer.email) else {
        return Err(ConfirmRefusal::NotAwaiting);
    };
    let usage = inventory.usage(&BuyerKey::Email(email.address.clone()));
    let seats = tickets.iter().filter(|ticket| ticket.status.takes_seat()).count();
    let seats = u32::try_from(seats).unwrap_or(u32::MAX);
    inventory.limits.check_buyer(usage.tickets, seats)?;
    if let Some(promo_code) = promo_code_of(inventory, order).map_err(OrderRefusal::Promo)? {
        let uses = usage.promo_uses.get(&promo_code.id).copied().unwrap_or_default();
        promo_code.check_buyer(Some(uses)).map_err(OrderRefusal::Promo)?;
    }
    let mut transition = issued(order, tickets, now);
    // An issued free ticket has no hold: see `Ticket::is_free`.
    transition.order.hold_expires_at = None;
    if let Some(email) = &mut transition.order.buyer.email {
        email.confirmed_at = email.confirmed_at.or(Some(now));
    }
    Ok(transition)
}

/// The order's promo code, archived or not.
fn promo_code_of<'a>(inventory: &'a Inventory, order: &Order) -> Result<Option<&'a PromoCode>, PromoRefusal> {
    let Some(id) = order.promo_code else { return Ok(None) };
    inventory.promo_codes.iter().find(|code| code.id == id).map(Some).ok_or(PromoRefusal::Unknown)
}

/// Releases seats of an order, and its promo use with the last one. A ticket that takes no seat is never released again, so a
/// repetition changes nothing.
pub fn release(
    order: &Locked<Order>,
    tickets: &[OrderTicket],
    cause: ReleaseCause<'_>,
    now: Timestamp,
) -> Result<Transition, OrderError> {
    let mut transition = Transition::unchanged(order);
    let mut refunded = Vec::new();
    let mut left = Vec::new();
    for ticket in tickets {
        let Some(status) = released_status(order, ticket, cause)? else {
            left.push(ticket.status);
            continue;
        };
        left.push(status);
        transition.tickets.push((ticket.id, status));
        transition.released.add(ticket.ticket_type_id, 1);
        if ticket.status == TicketStatus::Paid {
            refunded.push(ticket);
        }
    }
    if transition.is_empty() {
        return Ok(transition);
    }
    transition.refund = order.price_of_all(refunded)?;
    if !left.iter().any(|status| status.takes_seat()) {
        transition.released.promo_code = order.promo_code;
        transition.order.status = ended_status(&left);
    }
    transition.order.updated_at = now;
    Ok(transition)
}

/// Status of a ticket after its release; `None` where the cause does not reach it.
fn released_status(
    order: &Order,
    ticket: &OrderTicket,
    cause: ReleaseCause<'_>,
) -> Result<Option<TicketStatus>, OrderError> {
    let status = match (cause, ticket.status) {
        (ReleaseCause::HoldEnded { before }, TicketStatus::Pending) if order.hold_ended(before) => {
            Some(TicketStatus::Expired)
        }
        (ReleaseCause::GivenUp, TicketStatus::Pending) => Some(TicketStatus::Failed),
        (ReleaseCause::Cancelled | ReleaseCause::EventCancelled, TicketStatus::Pending) => {
            Some(TicketStatus::Cancelled)
        }
        (ReleaseCause::Revoked(ids), TicketStatus::Paid) if ids.contains(&ticket.id) => {
            Some(revoked_status(order, ticket)?)
        }
        (ReleaseCause::EventCancelled, TicketStatus::Paid) => Some(revoked_status(order, ticket)?),
        _ => None,
    };
    Ok(status)
}

fn revoked_status(order: &Order, ticket: &OrderTicket) -> Result<TicketStatus, OrderError> {
    let free = order.price_of(ticket)?.is_zero();
    Ok(if free { TicketStatus::Cancelled } else { TicketStatus::Refunded })
}

/// Status of an order none of whose tickets takes a seat.
fn ended_status(tickets: &[TicketStatus]) -> OrderStatus {
    let has = |status| tickets.contains(&status);
    if has(TicketStatus::Refunded) {
        OrderStatus::Refunded
    } else if has(TicketStatus::Cancelled) {
        OrderStatus::Cancelled
    } else if has(TicketStatus::Failed) {
        OrderStatus::Failed
    } else {
        OrderStatus::Expired
    }
}

/// Takes the seats and the promo use of an order again that lost them before it was issued: all or none. Windows of sale and limits per
/// buyer were checked when the order was placed, and its prices stay.
pub fn reinstate(
    inventory: &Locked<Inventory>,
    order: &Locked<Order>,
    tickets: &[OrderTicket],
    outcome: Reinstatement,
    now: Timestamp,
) -> Result<Transition, ReinstateRefusal> {
    let released =
        matches!(order.status, OrderStatus::Failed | OrderStatus::Expired | OrderStatus::Cancelled);
    if !released || order.issued_at.is_some() || tickets.iter().any(|ticket| ticket.status.takes_seat()) {
        return Err(ReinstateRefusal::NotReleased);
    }
    if inventory.event.cancelled_at.is_some() {
        return Err(ReinstateRefusal::EventCancelled);
    }
    let mut transition = Transition::unchanged(order);
    let (ticket_status, order_status) = match outcome {
        Reinstatement::Issued => (TicketStatus::Paid, OrderStatus::Paid),
        Reinstatement::Held { .. } if order.total.is_zero() => {
            (TicketStatus::Pending, OrderStatus::AwaitingConfirmation)
        }
        Reinstatement::Held { .. } => (TicketStatus::Pending, OrderStatus::Pending),
    };
    for ticket in tickets {
        transition.taken.add(ticket.ticket_type_id, 1);
        transition.tickets.push((ticket.id, ticket_status));
    }
    let seats = transition.taken.types.iter().map(|(id, seats)| (*id, *seats));
    inventory.check_seats(seats)?;
    if let Some(promo_code) = promo_code_of(inventory, order)? {
        promo_code.check_uses()?;
    }
    transition.taken.promo_code = order.promo_code;
    transition.order.status = order_status;
    match outcome {
        Reinstatement::Issued => transition.order.issued_at = Some(now),
        Reinstatement::Held { until } => transition.order.hold_expires_at = Some(until),
    }
    transition.order.updated_at = now;
    Ok(transition)
}

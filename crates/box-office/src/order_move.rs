//! What a payment's transition means for the order: seats, tickets and promo use.

use crate::OrderedTicket;
use kernel::{Locked, StoreError, TicketId, Timestamp};
use payments::{Evidence, TicketMove};
use std::collections::BTreeSet;
use tickets::{
    Inventory, Order, OrderTicket, Reinstatement, ReleaseCause, TicketStatus, Transition, issue, reinstate,
    release,
};

/// An order with its tickets, all locked.
#[derive(Debug)]
pub struct LockedOrder {
    /// The order.
    pub order: Locked<Order>,
    /// Its tickets, by id, which is the order of its lines.
    pub tickets: Vec<OrderedTicket>,
}

impl LockedOrder {
    /// What the rules of orders need of the tickets.
    pub fn states(&self) -> Vec<OrderTicket> {
        self.tickets.iter().map(OrderedTicket::state).collect()
    }

    /// Paid tickets, or those of them in `only`.
    pub fn paid_tickets(&self, only: Option<&BTreeSet<TicketId>>) -> BTreeSet<TicketId> {
        let paid = self.tickets.iter().filter(|one| one.ticket.status == TicketStatus::Paid);
        let ids = paid.map(|one| one.ticket.id);
        ids.filter(|id| only.is_none_or(|only| only.contains(id))).collect()
    }

    /// The tickets as a transition leaves them.
    pub fn apply(&mut self, transition: &Transition, now: Timestamp) {
        for (id, status) in &transition.tickets {
            if let Some(one) = self.tickets.iter_mut().find(|one| one.ticket.id == *id) {
                one.ticket.status = *status;
                one.ticket.hold_expires_at = transition.order.hold_expires_at;
                one.ticket.updated_at = now;
                if *status == TicketStatus::Paid {
                    one.ticket.paid_at = Some(now);
                }
            }
        }
        *self.order = transition.order.clone();
    }
}

/// A move of an order, with the times that it depends on.
#[derive(Debug, Clone, Copy)]
pub struct OrderMove<'a> {
    /// The payment's decision.
    pub moved: TicketMove,
    /// Its evidence.
    pub evidence: Evidence,
    /// Tickets that are revoked; `None` for all.
    pub revoked: Option<&'a BTreeSet<TicketId>>,
    /// Holds that ended before this time have ended.
    pub ended_before: Timestamp,
    /// End of a new hold.
    pub hold_until: Timestamp,
    /// Current time.
    pub now: Timestamp,
}

impl OrderMove<'_> {
    /// The order's transition. Fails for an order that contradicts its payment, and for seats that change without the event's lock.
    pub fn transition(
        &self,
        inventory: Option<&Locked<Inventory>>,
        order: &LockedOrder,
    ) -> Result<Transition, StoreError> {
        let id = order.order.id;
        let corrupt = |why: String| StoreError::Corrupt(format!("order {id}: {why}"));
        let (states, now) = (order.states(), self.now);
        let held_again = self.evidence == Evidence::HeldAgain;
        let event_cancelled = self.evidence == Evidence::EventCancelled;
        let reinstated = |outcome| {
            let inventory = inventory.ok_or_else(|| corrupt("its event is not locked".to_owned()))?;
            reinstate(inventory, &order.order, &states, outcome, now)
                .map_err(|error| corrupt(error.to_string()))
        };
        let released = |cause: ReleaseCause<'_>| {
            release(&order.order, &states, cause, now).map_err(|error| corrupt(error.to_string()))
        };
        let transition = match self.moved {
            TicketMove::Issue if !held_again => issue(&order.order, &states, now),
            TicketMove::Issue | TicketMove::IssueWithNewSeat => reinstated(Reinstatement::Issued)?,
            TicketMove::HoldAgain => reinstated(Reinstatement::Held { until: self.hold_until })?,
            TicketMove::Expire => released(ReleaseCause::HoldEnded { before: self.ended_before })?,
            TicketMove::Fail => released(ReleaseCause::GivenUp)?,
            TicketMove::Cancel | TicketMove::Refund if event_cancelled => {
                released(ReleaseCause::EventCancelled)?
            }
            TicketMove::Cancel => released(ReleaseCause::Cancelled)?,
            TicketMove::Refund | TicketMove::RefundPart => {
                released(ReleaseCause::Revoked(&order.paid_tickets(self.revoked)))?
            }
        };
        if transition.is_empty() {
            return Err(corrupt(format!("{:?} has no ticket to change", self.moved)));
        }
        Ok(transition)
    }
}

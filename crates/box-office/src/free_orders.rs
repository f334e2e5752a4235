//! Ends of orders without a payment.

use crate::{
    BoxOffice, HolderNotice, OrderedTicket, TicketView, holder_mail::enqueue_holder_notices,
    refunds::audit_revoked, ticket_mail::enqueue_notices,
};
use kernel::{Msats, StoreError, TicketId, UserId};
use payments::{CancelledTicket, Notice};
use std::collections::BTreeSet;
use tickets::{OrderStatus, ReleaseCause, TicketStatus, may_give_back, release};

/// Why tickets of a free order are released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FreeRelease<'a> {
    /// The organiser cancelled the event: all of them.
    EventCancelled,
    /// The hold ended before the email address was confirmed: all of them.
    HoldEnded,
    /// The buyer cancels: this ticket, if it is issued, else all of them.
    GivenBack,
    /// The buyer gives this issued ticket back.
    TicketGivenBack,
    /// An organiser takes these tickets back, used ones included.
    Revoked {
        /// Tickets of the order.
        tickets: &'a BTreeSet<TicketId>,
        /// The organiser.
        by: Option<UserId>,
    },
}

impl BoxOffice {
    /// Releases tickets of an order without a payment and their seats. `None` if nothing changes.
    pub(crate) async fn release_free_order(
        &self,
        id: TicketId,
        why: FreeRelease<'_>,
    ) -> Result<Option<TicketView>, StoreError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let inventory = session.inventory_of_ticket_for_update(id).await?;
        let order = session.order_of_ticket_for_update(id).await?;
        let (Some(mut inventory), Some(mut order)) = (inventory, order) else {
            session.rollback().await?;
            return Ok(None);
        };
        let (start, states) = (inventory.event.start_time, order.states());
        let ticket = order.tickets.iter().map(|one| &one.ticket).find(|ticket| ticket.id == id);
        let given_back = [id].into();
        let cause = match why {
            FreeRelease::EventCancelled => Some(ReleaseCause::EventCancelled),
            FreeRelease::HoldEnded => Some(ReleaseCause::HoldEnded { before: self.grace_start(now) }),
            FreeRelease::GivenBack if order.order.status == OrderStatus::AwaitingConfirmation => {
                Some(ReleaseCause::Cancelled)
            }
            FreeRelease::GivenBack | FreeRelease::TicketGivenBack => ticket
                .filter(|ticket| may_give_back(ticket, start, now))
                .map(|_| ReleaseCause::Revoked(&given_back)),
            FreeRelease::Revoked { tickets, .. } => Some(ReleaseCause::Revoked(tickets)),
        };
        let change = cause.map(|cause| release(&order.order, &states, cause, now)).transpose();
        let change = change.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let Some(change) = change.filter(|change| !change.is_empty()) else {
            session.rollback().await?;
            return Ok(None);
        };
        session.put_transition(&order.order, &change, Some(&inventory)).await?;
        if let (FreeRelease::EventCancelled, Some(first)) = (why, order.tickets.first()) {
            let notice = Notice::EventCancelled { ticket: CancelledTicket::Free, refundable: Msats::ZERO };
            enqueue_notices(&mut *session, first.ticket.id, [notice], now).await?;
        }
        if let FreeRelease::Revoked { by, .. } = why {
            let ended = || change.tickets.iter().map(|(id, _)| *id);
            for ticket in ended() {
                let others_valid = change.order.status == OrderStatus::Paid;
                let notice = Notice::TicketRevoked { refundable: Msats::ZERO, others_valid };
                enqueue_notices(&mut *session, ticket, [notice], now).await?;
            }
            audit_revoked(&mut *session, by, ended().collect::<Vec<_>>(), now).await?;
        }
        let ended: BTreeSet<_> = change.tickets.iter().map(|(id, _)| *id).collect();
        let was_valid = |one: &&OrderedTicket| one.ticket.status == TicketStatus::Paid;
        let tickets = order.tickets.iter().filter(|one| ended.contains(&one.ticket.id)).filter(was_valid);
        let cause = match why {
            FreeRelease::EventCancelled => HolderNotice::EventCancelled,
            FreeRelease::Revoked { .. } => HolderNotice::Revoked,
            FreeRelease::HoldEnded | FreeRelease::GivenBack | FreeRelease::TicketGivenBack => {
                HolderNotice::GivenBack
            }
        };
        enqueue_holder_notices(&mut *session, tickets, &cause, now).await?;
        session.commit().await?;
        inventory.release(&change.released, None);
        order.apply(&change, now);
        let one = order.tickets.into_iter().find(|one| one.ticket.id == id);
        let event = inventory.into_inner().event;
        Ok(one.map(|OrderedTicket { ticket, holder, .. }| TicketView {
            ticket,
            holder,
            event,
            payment: None,
            invoice: None,
        }))
    }
}

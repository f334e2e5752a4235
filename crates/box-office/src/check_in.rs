use crate::{
    BoxOffice, PaymentLink, TicketView, TypeNames, accounts::Caller, free_orders::FreeRelease,
    transition::Transition,
};
use kernel::{EventId, StoreError, TicketId, Timestamp, UserId};
use payments::{Evidence, Payment, Refund};
use std::{collections::BTreeSet, sync::Arc};
use tickets::{Refusal, Ticket, TicketCode, TicketStatus, Window, admit, check_in};

/// A ticket as visible to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenTicket {
    /// The ticket view; event data may be up to 30 seconds old.
    pub view: Arc<TicketView>,
    /// Whether its code and bolt11 may be shown.
    pub full: bool,
    /// Names of its event's ticket types; only if `full`.
    pub type_names: TypeNames,
    /// LNURL payment link of a pending order; only if `full`.
    pub payment_link: Option<PaymentLink>,
    /// Newest refund; only if `full`.
    pub refund: Option<Refund>,
}

/// A successful check-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The ticket with its event.
    pub view: TicketView,
    /// Check-in time.
    pub at: Timestamp,
    /// Whether this is the ticket's first check-in.
    pub first: bool,
}

/// Reason for refusing a ticket operation.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// The ticket does not exist.
    #[error("ticket not found")]
    NotFound,
    /// Check-in was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The caller may not change this ticket.
    #[error("this is not your ticket")]
    Forbidden,
    /// The ticket is neither pending nor an unused free ticket of a future event.
    #[error(
        "only a pending ticket, or an unused free ticket of an event that has not begun, can be cancelled"
    )]
    NotPending,
    /// The store failed.
    #[error("the ticket could not be stored")]
    Store(#[from] StoreError),
}

impl BoxOffice {
    /// Returns a ticket's status; in full for its owner, an admin, or the holder of its status token.
    pub async fn ticket_status(
        &self,
        id: TicketId,
        caller: Option<&Caller>,
        token: Option<&str>,
    ) -> Result<SeenTicket, TicketError> {
        let view = self
            .event_cache
            .ticket(id, self.now(), self.ticket_view(id))
            .await?
            .ok_or(TicketError::NotFound)?;
        let full = self.may_see(&view.ticket, caller, token);
        let payable = full && view.ticket.status == TicketStatus::Pending && view.invoice.is_some();
        let payment_link = payable.then(|| self.payment_link(&view.ticket));
        let refund = if full { self.newest_refund(&view).await? } else { None };
        let events = if full { [view.event.id].into() } else { BTreeSet::new() };
        let type_names = self.type_names(&events).await?;
        Ok(SeenTicket { view, full, type_names, payment_link, refund })
    }

    /// Newest refund of a ticket's payment. Only read if money is or was refundable, so that polling a pending order costs no read.
    async fn newest_refund(&self, view: &TicketView) -> Result<Option<Refund>, StoreError> {
        let goes_back =
            |payment: &&Payment| !payment.state.refundable().is_zero() || !payment.state.refunded.is_zero();
        let Some(payment) = view.payment.as_ref().filter(goes_back) else { return Ok(None) };
        Ok(self.store().refunds_of(payment.id).await?.into_iter().next())
    }

    /// Whether the caller may see a ticket's code and bolt11.
    pub fn may_see(&self, ticket: &Ticket, caller: Option<&Caller>, token: Option<&str>) -> bool {
        let owner = caller.is_some_and(|caller| caller.is_admin || ticket.user_id == Some(caller.id()));
        owner || token.is_some_and(|token| self.dependencies.links.is_status_token(ticket, token))
    }

    /// Returns the status token to callers who may see the ticket in full.
    pub fn status_token(&self, seen: &SeenTicket) -> Option<String> {
        seen.full.then(|| self.dependencies.links.status_token(&seen.view.ticket))
    }

    /// Cancels a pending ticket, or an unused free ticket of a future event, and releases its seat. A payment that settles later
    /// takes a free seat or becomes refundable.
    pub async fn cancel_ticket(
        &self,
        id: TicketId,
        caller: Option<&Caller>,
        token: Option<&str>,
    ) -> Result<TicketView, TicketError> {
        let seen = self.ticket_status(id, caller, token).await?;
        if !seen.full {
            return Err(TicketError::Forbidden);
        }
        if seen.view.payment.is_none() {
            let released = self.release_free_order(id, FreeRelease::GivenBack).await?;
            return released.ok_or(TicketError::NotPending);
        }
        let changed = self.apply_transition(id, &Transition::evidence(Evidence::Cancelled)).await?;
        match changed.filter(|changed| changed.ticket.is_some()) {
            Some(changed) => Ok(changed.view),
            None => Err(TicketError::NotPending),
        }
    }

    /// Checks in the holder of a code. Repeatable while the event runs; the first check-in is recorded.
    pub async fn validate(&self, code: &str, event: EventId) -> Result<Admission, TicketError> {
        let code = TicketCode::parse(code).map_err(|_| TicketError::NotFound)?;
        let found = self.store().ticket_by_code(&code).await?.ok_or(TicketError::NotFound)?;
        let mut view = self.ticket_view(found.id).await?.ok_or(TicketError::NotFound)?;
        let now = self.now();
        let window = Window {
            start: view.event.start_time,
            end: view.event.end_time,
            early: self.settings().early_entry,
        };
        admit(&view.ticket, event, window, now)?;
        if view.ticket.checked_in_at.is_some() {
            return Ok(Admission { view, at: now, first: false });
        }
        let mut session = self.store().begin().await?;
        let Some(mut ticket) = session.ticket_for_update(found.id).await? else {
            session.rollback().await?;
            return Err(TicketError::NotFound);
        };
        let checked_in = check_in(&mut ticket, event, window, now);
        if checked_in == Ok(true) {
            session.put_ticket(&ticket).await?;
            session.commit().await?;
        } else {
            session.rollback().await?;
        }
        view.ticket = ticket.into_inner();
        Ok(Admission { view, at: now, first: checked_in? })
    }

    /// Whether the account holds a paid ticket of an event and may see its stream.
    pub async fn holds_ticket(&self, user: UserId, event: EventId) -> Result<bool, StoreError> {
        Ok(!self.store().events_held(user, &[event]).await?.is_empty())
    }
}

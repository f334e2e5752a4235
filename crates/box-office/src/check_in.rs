use crate::{BoxOffice, PaymentLink, TicketView, accounts::Caller, transition::Transition};
use kernel::{EventId, StoreError, TicketId, Timestamp, UserId};
use payments::{Evidence, Payment, Refund};
use std::sync::Arc;
use tickets::{Refusal, Ticket, TicketCode, TicketStatus, Window, admit, check_in};

/// A ticket as someone may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenTicket {
    /// The ticket with all that belongs to it; what its event is called may be half a minute old.
    pub view: Arc<TicketView>,
    /// Whether its code and its bolt11 may be shown.
    pub full: bool,
    /// Where a pending order is paid by LNURL; for those who may see the bolt11.
    pub payment_link: Option<PaymentLink>,
    /// The newest refund, for those who may see the bolt11.
    pub refund: Option<Refund>,
}

/// Someone let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The ticket with its event.
    pub view: TicketView,
    /// When.
    pub at: Timestamp,
    /// Whether they came in for the first time.
    pub first: bool,
}

/// Why a ticket operation was refused.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// There is no such ticket.
    #[error("ticket not found")]
    NotFound,
    /// It lets nobody in.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The caller may not do this to that ticket.
    #[error("this is not your ticket")]
    Forbidden,
    /// Only a ticket that waits for its payment, or an unused free one of an event to come, can be given back.
    #[error(
        "only a pending ticket, or an unused free ticket of an event that has not begun, can be cancelled"
    )]
    NotPending,
    /// The store failed.
    #[error("the ticket could not be stored")]
    Store(#[from] StoreError),
}

impl BoxOffice {
    /// A ticket's status, for anyone; in full for its owner, an admin, or the holder of its status token.
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
        Ok(SeenTicket { view, full, payment_link, refund })
    }

    /// The newest refund of a ticket's payment. Read only where money goes or went back: a waiting order costs no read.
    async fn newest_refund(&self, view: &TicketView) -> Result<Option<Refund>, StoreError> {
        let goes_back =
            |payment: &&Payment| !payment.state.refundable().is_zero() || !payment.state.refunded.is_zero();
        let Some(payment) = view.payment.as_ref().filter(goes_back) else { return Ok(None) };
        Ok(self.store().refunds_of(payment.id).await?.into_iter().next())
    }

    /// Whether someone may see a ticket's code and bolt11.
    pub fn may_see(&self, ticket: &Ticket, caller: Option<&Caller>, token: Option<&str>) -> bool {
        let owner = caller.is_some_and(|caller| caller.is_admin || ticket.user_id == Some(caller.id()));
        owner || token.is_some_and(|token| self.dependencies.links.is_status_token(ticket, token))
    }

    /// Shows a status token again, to those who may see the ticket in full.
    pub fn status_token(&self, seen: &SeenTicket) -> Option<String> {
        seen.full.then(|| self.dependencies.links.status_token(&seen.view.ticket))
    }

    /// Gives a pending ticket, or an unused free one of an event to come, back: its seat is on sale at once. A payment that was on its way is still honoured while a seat is
    /// free, or due back.
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
            return self.give_back_free_ticket(id).await?.ok_or(TicketError::NotPending);
        }
        let changed = self.change(id, &Transition::evidence(Evidence::Cancelled)).await?;
        match changed.filter(|changed| changed.ticket.is_some()) {
            Some(changed) => Ok(changed.view),
            None => Err(TicketError::NotPending),
        }
    }

    /// Lets the holder of a code in, again and again while the event runs; the first time is remembered.
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

    /// Whether the person holds a paid ticket of an event, and so may see its stream.
    pub async fn holds_ticket(&self, user: UserId, event: EventId) -> Result<bool, StoreError> {
        Ok(!self.store().events_held(user, &[event]).await?.is_empty())
    }
}

use crate::{BoxOffice, JobEnd, NewJob, PaymentQuery, RefundError, Task, TicketView, change::Change};
use events::Event;
use kernel::{EventId, Locked, Msats, Page, PaymentId, StoreError, TicketId, Timestamp};
use payments::Evidence;
use tickets::{Ticket, TicketQuery, TicketStatus};

/// What refunding an event would take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundPlan {
    /// Tickets that would be taken back.
    pub tickets: u64,
    /// What would be refunded altogether.
    pub total: Msats,
    /// What our node can send now, when it could be asked.
    pub available: Option<Msats>,
}

impl BoxOffice {
    /// What cancelling an event would take, without doing it.
    pub async fn plan_cancellation(&self, event: EventId) -> Result<Option<RefundPlan>, StoreError> {
        let Some(sales) = self.store().event_sales(Some(event), Page::default()).await?.pop() else {
            return Ok(None);
        };
        let available = self.parts.lightning.balance().await.ok().map(|balance| balance.available);
        Ok(Some(RefundPlan {
            tickets: sales.sold.saturating_add(sales.held),
            total: sales.revenue.saturating_add(sales.refundable),
            available,
        }))
    }

    /// Takes back a page of a cancelled event's tickets and refunds them to the buyers' own addresses.
    pub(crate) async fn carry_out_cancellation(&self, event: EventId) -> Result<JobEnd, StoreError> {
        for (status, evidence) in
            [(TicketStatus::Pending, Evidence::Cancelled), (TicketStatus::Paid, Evidence::Revoked)]
        {
            let query = TicketQuery { event_id: Some(event), status: Some(status), ..TicketQuery::default() };
            let views = self.store().ticket_views(&query, Page::new(Some(Page::MAX_LIMIT), None)).await?;
            let mut moved = false;
            for view in views {
                moved |= self.take_back(&view, evidence).await?;
            }
            if moved {
                return Ok(JobEnd::Again { at: self.now(), error: None });
            }
        }
        self.refund_leftovers(event).await
    }

    /// Takes one ticket back, and begins its refund. Says whether anything changed.
    async fn take_back(&self, view: &TicketView, evidence: Evidence) -> Result<bool, StoreError> {
        if let Some(payment) = &view.payment {
            if evidence == Evidence::Revoked {
                match self.request_refund(None, payment.id, &view.ticket.uma_address, true).await {
                    Ok(_) => return Ok(true),
                    // Without a refund the ticket is taken back all the same; its money is shown as refundable.
                    Err(RefundError::BadDestination | RefundError::NothingDue) => {}
                    Err(RefundError::NotFound) => return Ok(false),
                    Err(RefundError::Store(error)) => return Err(error),
                }
            }
            let changed = self.change(view.ticket.id, &Change::evidence(evidence)).await?;
            return Ok(changed.is_some_and(|changed| changed.ticket.is_some()));
        }
        self.cancel_free_ticket(view.ticket.id).await
    }

    async fn cancel_free_ticket(&self, id: TicketId) -> Result<bool, StoreError> {
        let now = self.now();
        let Some(ticket) = self.store().ticket(id).await? else { return Ok(false) };
        let mut session = self.store().begin().await?;
        let event = session.event_for_update(ticket.event_id).await?;
        let ticket = session.ticket_for_update(id).await?;
        let (Some(mut event), Some(mut ticket)) = (event, ticket.filter(|ticket| ticket.status.takes_seat()))
        else {
            session.rollback().await?;
            return Ok(false);
        };
        release_seat(&mut event, &mut ticket, now);
        session.put_event(&event).await?;
        session.put_ticket(&ticket).await?;
        // Nothing is refunded, so no other letter tells them.
        let task = Task::Mail { ticket_id: id, letter: "cancelled".to_owned() };
        session.enqueue(&NewJob { task, run_at: now, key: None }).await?;
        session.commit().await?;
        Ok(true)
    }

    /// Gives an unused free ticket of an event to come back: its seat is on sale at once. `None` when it may not be given back.
    pub(crate) async fn give_back_free_ticket(&self, id: TicketId) -> Result<Option<TicketView>, StoreError> {
        let now = self.now();
        let Some(known) = self.store().ticket(id).await? else { return Ok(None) };
        let mut session = self.store().begin().await?;
        let event = session.event_for_update(known.event_id).await?;
        let ticket = session.ticket_for_update(id).await?;
        let (Some(mut event), Some(mut ticket)) = (event, ticket) else {
            session.rollback().await?;
            return Ok(None);
        };
        if !tickets::give_back(&mut ticket, event.start_time, now) {
            session.rollback().await?;
            return Ok(None);
        }
        release_seat(&mut event, &mut ticket, now);
        session.put_event(&event).await?;
        session.put_ticket(&ticket).await?;
        session.commit().await?;
        Ok(Some(TicketView { ticket: ticket.into_inner(), event, payment: None, invoice: None }))
    }

    /// Refunds what is refundable for other reasons, such as a duplicate payment, or was taken back by an earlier release.
    async fn refund_leftovers(&self, event: EventId) -> Result<JobEnd, StoreError> {
        let query = PaymentQuery { event_id: Some(event), refundable: true, ..PaymentQuery::default() };
        for offset in (0..).step_by(100) {
            let page = Page::new(Some(Page::MAX_LIMIT), Some(offset));
            let views = self.store().payment_views(&query, page).await?;
            if views.is_empty() {
                break;
            }
            for view in views {
                if let Some(payment) = view.payment {
                    let begun = self.store().refunds_of(payment.id).await?;
                    if begun.is_empty() {
                        self.refund_to_buyer(payment.id, &view.ticket.uma_address).await?;
                    }
                }
            }
        }
        Ok(JobEnd::Done)
    }

    async fn refund_to_buyer(&self, payment: PaymentId, address: &str) -> Result<(), StoreError> {
        match self.request_refund(None, payment, address, false).await {
            Ok(_) | Err(RefundError::NothingDue | RefundError::NotFound | RefundError::BadDestination) => {
                Ok(())
            }
            Err(RefundError::Store(error)) => Err(error),
        }
    }
}

/// Cancels a ticket that takes a seat, and puts the seat back on sale.
pub(crate) fn release_seat(event: &mut Event, ticket: &mut Locked<Ticket>, now: Timestamp) {
    let mut seats = event.seats();
    seats.release();
    event.seats_taken = seats.taken;
    ticket.status = TicketStatus::Cancelled;
    ticket.updated_at = now;
}

use crate::{
    BoxOffice, JobEnd, PaymentQuery, RefundError, TicketView,
    ticket_mail::enqueue_notices,
    transition::{RequestedRefund, Transition},
};
use events::Event;
use kernel::{EventId, Locked, Msats, Page, PaymentId, StoreError, TicketId, Timestamp};
use payments::{CancelledTicket, Evidence, Notice};
use tickets::{Ticket, TicketQuery, TicketStatus};
use uma_protocol::PaymentAddress;

/// Cost of cancelling an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundPlan {
    /// Tickets that would be cancelled.
    pub tickets: u64,
    /// Sum of the refunds.
    pub total: Msats,
    /// Amount that our node can send now, if it answered.
    pub available: Option<Msats>,
}

impl BoxOffice {
    /// Computes the cost of cancelling an event without cancelling it.
    pub async fn plan_cancellation(&self, event: EventId) -> Result<Option<RefundPlan>, StoreError> {
        let Some(sales) = self.store().event_sales(Some(event), Page::default()).await?.pop() else {
            return Ok(None);
        };
        let available = self.dependencies.lightning.balance().await.ok().map(|balance| balance.available);
        Ok(Some(RefundPlan {
            tickets: sales.sold.saturating_add(sales.held),
            total: sales.revenue.saturating_add(sales.refundable),
            available,
        }))
    }

    /// Cancels one page of a cancelled event's tickets and refunds them to their buyers' addresses.
    pub(crate) async fn process_cancellation(&self, event: EventId) -> Result<JobEnd, StoreError> {
        for status in [TicketStatus::Pending, TicketStatus::Paid] {
            let query = TicketQuery { event_id: Some(event), status: Some(status), ..TicketQuery::default() };
            let views = self.store().ticket_views(&query, Page::new(Some(Page::MAX_LIMIT), None)).await?;
            let mut moved = false;
            for view in views {
                moved |= self.cancel_ticket_of_event(&view).await?;
            }
            if moved {
                return Ok(JobEnd::Retry { at: self.now(), error: None });
            }
        }
        self.refund_remaining_payments(event).await
    }

    /// Cancels a ticket and begins the refund if it is paid. Returns whether anything changed.
    async fn cancel_ticket_of_event(&self, view: &TicketView) -> Result<bool, StoreError> {
        if view.payment.is_none() {
            return self.cancel_free_ticket(view.ticket.id).await;
        }
        let paid = view.ticket.status == TicketStatus::Paid;
        let destination = PaymentAddress::parse(view.ticket.uma_address.trim()).ok();
        if let Some(destination) = destination.as_ref().filter(|_| paid) {
            let refund = RequestedRefund { destination: destination.as_str().to_owned(), requested_by: None };
            let change =
                Transition { refund: Some(refund), ..Transition::evidence(Evidence::EventCancelled) };
            let changed = self.apply_transition(view.ticket.id, &change).await?;
            if changed.is_some_and(|changed| changed.refund.is_some()) {
                return Ok(true);
            }
        }
        // Without a destination the ticket is cancelled, and its money is shown as refundable.
        let no_destination = destination.is_none();
        let change = Transition { no_destination, ..Transition::evidence(Evidence::EventCancelled) };
        let changed = self.apply_transition(view.ticket.id, &change).await?;
        Ok(changed.is_some_and(|changed| changed.ticket.is_some()))
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
        let notice = Notice::EventCancelled { ticket: CancelledTicket::Free, refundable: Msats::ZERO };
        enqueue_notices(&mut *session, id, [notice], now).await?;
        session.commit().await?;
        Ok(true)
    }

    /// Cancels an unused free ticket of a future event and releases its seat. `None` if it may not be cancelled.
    pub(crate) async fn cancel_unused_free_ticket(
        &self,
        id: TicketId,
    ) -> Result<Option<TicketView>, StoreError> {
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

    /// Refunds payments that are refundable for other reasons, such as duplicate payments and tickets cancelled by an earlier
    /// release.
    async fn refund_remaining_payments(&self, event: EventId) -> Result<JobEnd, StoreError> {
        let mut query = PaymentQuery { event_id: Some(event), refundable: true, ..PaymentQuery::default() };
        loop {
            let views = self.store().payment_views(&query, Page::new(Some(Page::MAX_LIMIT), None)).await?;
            // Completed refunds leave the list, so an offset would skip payments.
            query.below = views.last().and_then(|view| view.payment.as_ref()).map(|payment| payment.id);
            if query.below.is_none() {
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

/// Cancels a ticket that holds a seat and releases the seat.
pub(crate) fn release_seat(event: &mut Event, ticket: &mut Locked<Ticket>, now: Timestamp) {
    let mut seats = event.seats();
    seats.release();
    event.seats_taken = seats.taken;
    ticket.status = TicketStatus::Cancelled;
    ticket.updated_at = now;
}

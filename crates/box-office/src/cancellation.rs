use crate::{
    BoxOffice, JobEnd, PaymentQuery, RefundError, TicketView,
    free_orders::FreeRelease,
    transition::{RequestedRefund, Transition, TransitionRefusal},
};
use kernel::{EventId, Msats, Page, PaymentId, StoreError};
use payments::Evidence;
use tickets::{TicketQuery, TicketStatus};

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

    /// Cancels a ticket's order and begins the refund if it is paid. Returns whether anything changed.
    async fn cancel_ticket_of_event(&self, view: &TicketView) -> Result<bool, StoreError> {
        if view.payment.is_none() {
            let released = self.release_free_order(view.ticket.id, FreeRelease::EventCancelled).await?;
            return Ok(released.is_some());
        }
        let paid = view.ticket.status == TicketStatus::Paid;
        let mut no_destination = false;
        if paid {
            let refund = RequestedRefund { destination: None, requested_by: None };
            let change =
                Transition { refund: Some(refund), ..Transition::evidence(Evidence::EventCancelled) };
            let changed = self.apply_transition(view.ticket.id, &change).await?;
            if changed.as_ref().is_some_and(|changed| changed.refund.is_some()) {
                return Ok(true);
            }
            no_destination =
                changed.is_some_and(|changed| changed.refused == Some(TransitionRefusal::NoDestination));
        }
        // Without a destination the ticket is cancelled, and its money is shown as refundable.
        let change = Transition { no_destination, ..Transition::evidence(Evidence::EventCancelled) };
        let changed = self.apply_transition(view.ticket.id, &change).await?;
        Ok(changed.is_some_and(|changed| changed.ticket.is_some()))
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
                        self.refund_to_buyer(payment.id).await?;
                    }
                }
            }
        }
        Ok(JobEnd::Done)
    }

    async fn refund_to_buyer(&self, payment: PaymentId) -> Result<(), StoreError> {
        match self.request_refund(None, payment, None, false).await {
            Err(RefundError::Store(error)) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

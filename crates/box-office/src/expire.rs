use crate::{BoxOffice, transition::Transition};
use futures_util::{StreamExt, TryStreamExt, stream};
use kernel::{StoreError, TicketId};
use payments::Evidence;

/// Holds ended in one go; more wait for the next.
const BATCH_SIZE: u32 = 200;

/// Questions to our node at the same time.
const MAX_CONCURRENT_CHECKS: usize = 16;

impl BoxOffice {
    /// Ends the holds whose time and grace are over, and puts their seats back on sale. Says how many there were.
    ///
    /// Before a seat is given away, our node is asked once more about its invoice: a payment whose notice was lost is found here.
    pub async fn expire_holds(&self) -> Result<usize, StoreError> {
        let lapsed = self.store().lapsed_holds(self.grace_start(self.now()), BATCH_SIZE).await?;
        let ended = stream::iter(lapsed)
            .map(|ticket| self.end_hold(ticket.id))
            .buffer_unordered(MAX_CONCURRENT_CHECKS)
            .try_fold(0_usize, async |sum, ended| Ok(sum.saturating_add(usize::from(ended))))
            .await?;
        Ok(ended)
    }

    async fn end_hold(&self, ticket: TicketId) -> Result<bool, StoreError> {
        if let Some(payment) = self.store().payment_of_ticket(ticket).await? {
            for invoice in self.store().invoices_of(payment.id).await? {
                if let Err(error) = self.check_stored_invoice(invoice).await {
                    // The seat is not kept for a node that is away: a late payment is still honoured or refunded.
                    tracing::debug!(ticket.id = %ticket, %error, "the node could not be asked before a hold ended");
                }
            }
        }
        let changed = self.change(ticket, &Transition::evidence(Evidence::HoldLapsed)).await?;
        Ok(changed.is_some_and(|changed| changed.ticket.is_some()))
    }
}

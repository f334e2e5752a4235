use crate::{BoxOffice, free_orders::FreeRelease, transition::Transition};
use futures_util::{StreamExt, TryStreamExt, stream};
use kernel::{StoreError, TicketId};
use payments::Evidence;

/// Maximum number of holds expired per call.
const BATCH_SIZE: u32 = 200;

/// Maximum number of concurrent invoice checks.
const MAX_CONCURRENT_CHECKS: usize = 16;

impl BoxOffice {
    /// Expires the orders whose hold and grace period are over, releases their seats and returns the number of orders.
    ///
    /// Checks the invoices at our node first, so that a payment whose notification was lost is still found.
    pub async fn expire_holds(&self) -> Result<usize, StoreError> {
        let lapsed = self.store().lapsed_holds(self.grace_start(self.now()), BATCH_SIZE).await?;
        let ended = stream::iter(lapsed)
            .map(|ticket| self.expire_hold(ticket.id))
            .buffer_unordered(MAX_CONCURRENT_CHECKS)
            .try_fold(0_usize, async |sum, ended| Ok(sum.saturating_add(usize::from(ended))))
            .await?;
        Ok(ended)
    }

    async fn expire_hold(&self, ticket: TicketId) -> Result<bool, StoreError> {
        if let Some(payment) = self.store().payment_of_ticket(ticket).await? {
            for invoice in self.store().invoices_of(payment.id).await? {
                if let Err(error) = self.check_stored_invoice(invoice).await {
                    // An unreachable node does not keep the seat: a late payment takes a free seat or is refundable.
                    tracing::debug!(ticket.id = %ticket, %error, "invoice check before hold expiry failed");
                }
            }
        }
        match self.apply_transition(ticket, &Transition::evidence(Evidence::HoldLapsed)).await? {
            Some(changed) => Ok(changed.ticket.is_some()),
            None => Ok(self.release_free_order(ticket, FreeRelease::HoldEnded).await?.is_some()),
        }
    }
}

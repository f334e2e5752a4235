//! Polling of our node about invoices: how often, and how long.

use crate::{BoxOffice, Job, JobEnd, NewJob, Outbox, Task, settle::InvoiceCheck};
use chrono::Duration;
use kernel::{StoreError, Timestamp};
use payments::PaymentHash;

/// How long after its expiry an invoice is polled; then its job is dead-lettered.
const POLL_AFTER_EXPIRY: Duration = Duration::days(7);

impl BoxOffice {
    pub(crate) async fn poll_invoice(&self, payment_hash: &str, job: &Job) -> Result<JobEnd, StoreError> {
        let Ok(hash) = PaymentHash::from_hex(payment_hash) else {
            return Ok(JobEnd::DeadLetter { error: "not a payment hash".to_owned() });
        };
        let Some(invoice) = self.store().invoice_by_hash(hash).await? else { return Ok(JobEnd::Done) };
        let now = self.now();
        let next = self.next_invoice_check(invoice.created_at, invoice.expires_at, now);
        let over = now > invoice.expires_at.checked_add_signed(POLL_AFTER_EXPIRY).unwrap_or(now);
        match self.check_stored_invoice(invoice).await {
            Ok(InvoiceCheck::Settled(_) | InvoiceCheck::Unpayable | InvoiceCheck::UnknownInvoice) => {
                Ok(JobEnd::Done)
            }
            Ok(InvoiceCheck::Open | InvoiceCheck::UnknownToNode) if over => Ok(JobEnd::DeadLetter {
                error: "the node never reported the outcome of this invoice".to_owned(),
            }),
            Ok(InvoiceCheck::Open | InvoiceCheck::UnknownToNode) => {
                Ok(JobEnd::Retry { at: next, error: None })
            }
            Err(error) => {
                tracing::debug!(job.id = %job.id, %error, "invoice check failed");
                Ok(JobEnd::Retry { at: next, error: Some(error.to_string()) })
            }
        }
    }

    /// Time of the next check: frequent after the purchase, then slower with age, and slower if the node sends notifications.
    pub(crate) fn next_invoice_check(
        &self,
        created_at: Timestamp,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Timestamp {
        let age = now.signed_duration_since(created_at);
        let seconds = if now >= expires_at {
            let since = now.signed_duration_since(expires_at);
            if since < Duration::minutes(2) {
                30
            } else if since < Duration::minutes(20) {
                240
            } else {
                1_800
            }
        } else if self.settings().node_notifies {
            age.num_seconds().clamp(10, 60)
        } else if age < Duration::minutes(1) {
            2
        } else if age < Duration::minutes(5) {
            5
        } else {
            20
        };
        now.checked_add_signed(Duration::seconds(seconds)).unwrap_or(now)
    }
}

/// Enqueues polling of an invoice that the session adds.
pub(crate) async fn enqueue_polling(
    outbox: &mut dyn Outbox,
    hash: PaymentHash,
    now: Timestamp,
) -> Result<(), StoreError> {
    outbox.enqueue(&NewJob { task: Task::watch(hash), run_at: now, key: None }).await
}

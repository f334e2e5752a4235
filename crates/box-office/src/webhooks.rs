//! Webhooks of our node: stored on receipt, processed by a job.

use crate::{BoxOffice, Job, JobEnd, NewWebhook, job_runner::error_chain, settle::InvoiceCheckError};
use kernel::{StoreError, WebhookId};
use payments::WebhookError;

/// Reason for refusing a webhook.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveWebhookError {
    /// The node sends no webhooks.
    #[error("this shop takes no webhooks")]
    NotConfigured,
    /// The signature is wrong, or the body is malformed.
    #[error(transparent)]
    Bad(#[from] WebhookError),
    /// The store failed; the sender should retry.
    #[error("the webhook could not be stored")]
    Store(#[from] StoreError),
}

impl BoxOffice {
    /// Verifies a webhook's signature over the raw body and stores it for a job.
    pub async fn receive_webhook(
        &self,
        body: &[u8],
        signature: Option<&str>,
    ) -> Result<(), ReceiveWebhookError> {
        let webhooks = self.dependencies.webhooks.as_ref().ok_or(ReceiveWebhookError::NotConfigured)?;
        let notification = webhooks.read(body, signature)?;
        let webhook = NewWebhook {
            event_id: notification.event_id,
            body: body.to_vec(),
            signature: signature.unwrap_or_default().to_owned(),
            received_at: self.now(),
        };
        if !self.store().receive_webhook(&webhook).await? {
            tracing::debug!("duplicate webhook");
        }
        Ok(())
    }

    pub(crate) async fn process_webhook(&self, id: WebhookId, job: &Job) -> Result<JobEnd, StoreError> {
        let (Some(webhook), Some(webhooks)) = (self.store().webhook(id).await?, &self.dependencies.webhooks)
        else {
            return Ok(JobEnd::Done);
        };
        let notification = match webhooks.read(&webhook.webhook.body, Some(&webhook.webhook.signature)) {
            Ok(notification) => notification,
            Err(error) => return Ok(JobEnd::DeadLetter { error: error.to_string() }),
        };
        let hashes = match webhooks.resolve(&notification).await {
            Ok(hashes) => hashes,
            Err(error) => return Ok(job.retry_or_dead_letter(&error_chain(&error), self.now())),
        };
        for hash in hashes {
            match self.check_invoice(hash).await {
                Ok(_) => {}
                Err(InvoiceCheckError::Store(error)) => return Err(error),
                Err(error @ InvoiceCheckError::Node(_)) => {
                    return Ok(job.retry_or_dead_letter(&error_chain(&error), self.now()));
                }
            }
        }
        Ok(JobEnd::Done)
    }
}

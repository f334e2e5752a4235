use crate::{
    BoxOffice, Job, JobEnd, NewJob, NewWebhook, Outbox, Task,
    jobs::MIN_LEASE,
    settle::{InvoiceCheck, InvoiceCheckError},
};
use chrono::Duration;
use kernel::{StoreError, Timestamp, WebhookId};
use payments::{PaymentHash, WebhookError};

/// Invoices are watched this long after their expiry; then an admin is shown that the node never said what became of them.
const WATCH_AFTER_EXPIRY: Duration = Duration::days(7);

impl BoxOffice {
    /// Claims up to `limit` due jobs.
    pub async fn claim_jobs(&self, limit: u32) -> Result<Vec<Job>, StoreError> {
        let now = self.now();
        self.store().claim_jobs(now, now.checked_add_signed(MIN_LEASE).unwrap_or(now), limit).await
    }

    /// Runs one claimed job and ends its claim. The lease is renewed while the job runs; a job that lost its lease is dropped where
    /// it stands, as if the process had been killed.
    pub async fn run_job(&self, job: &Job) -> Result<(), StoreError> {
        let end = tokio::select! {
            end = self.run_task(job) => end,
            () = self.keep_lease(job) => {
                tracing::warn!(job.id = %job.id, "job lost its lease");
                return Ok(());
            }
        };
        let end = end.unwrap_or_else(|error| {
            tracing::warn!(job.id = %job.id, job.attempts = job.attempts, %error, "job failed");
            job.retry_or_dead_letter(&reasons(&error), self.now())
        });
        if let JobEnd::DeadLetter { error } = &end {
            tracing::error!(job.id = %job.id, error, "a job was given up");
        }
        if !self.end_claim(job, end).await? {
            tracing::warn!(job.id = %job.id, "a job outlived its lease");
        }
        Ok(())
    }

    /// Renews a claim at intervals; returns when another worker may have it.
    async fn keep_lease(&self, job: &Job) {
        let lease = job.task.lease(&self.settings().call_limits);
        let mut held_until = self.now().checked_add_signed(MIN_LEASE);
        loop {
            tokio::time::sleep(self.settings().lease_renewal).await;
            let now = self.now();
            let until = now.checked_add_signed(lease).unwrap_or(now);
            match self.store().extend_lease(job, until).await {
                Ok(true) => held_until = Some(until),
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, job.id = %job.id, "job lease not renewed");
                    if held_until.is_none_or(|until| until <= now) {
                        return;
                    }
                }
            }
        }
    }

    async fn run_task(&self, job: &Job) -> Result<JobEnd, StoreError> {
        match &job.task {
            Task::Collect { payment_id } => self.collect(*payment_id, job.attempts).await,
            Task::Watch { payment_hash } => self.watch(payment_hash, job).await,
            Task::Webhook { webhook_id } => self.process_webhook(*webhook_id, job).await,
            Task::Refund { payment_id, refund_id } => {
                self.send_refund(*payment_id, *refund_id, job.attempts).await
            }
            Task::CancelEvent { event_id } => self.carry_out_cancellation(*event_id).await,
            Task::VerifyEmail { .. } => self.mail_verification(job).await,
            Task::PasswordReset { email, requested_at } => {
                self.mail_password_reset(job, email, *requested_at).await
            }
            Task::AccountNotice { .. } => self.mail_notice(job).await,
            Task::Mail(mail) => self.mail(job, mail).await,
            Task::AnnounceEvent { event_id } => self.announce_event(*event_id).await,
            Task::MailEventUpdate { ticket_id } => self.mail_event_update(job, *ticket_id).await,
            Task::RevokeWallet { user_id, uma_address, client_id, refresh_token } => {
                self.revoke_wallet(*user_id, uma_address, client_id, refresh_token, job.attempts).await
            }
        }
    }

    /// Returns a claimed job to the queue as it is: somebody else runs it.
    pub async fn give_back(&self, job: &Job) -> Result<(), StoreError> {
        self.end_claim(job, JobEnd::Retry { at: self.now(), error: None }).await.map(drop)
    }

    async fn end_claim(&self, job: &Job, end: JobEnd) -> Result<bool, StoreError> {
        let end = match (end, self.settings().max_pause) {
            (JobEnd::Retry { at, error }, Some(pause)) => {
                JobEnd::Retry { at: at.min(self.now().checked_add_signed(pause).unwrap_or(at)), error }
            }
            (end, _) => end,
        };
        let ended = self.finish_queue.submit((job.clone(), end)).await;
        ended.map_err(|error| StoreError::Unavailable(error.into()))
    }

    /// Runs what is due until nothing is. For tests and the command line; the worker runs jobs side by side.
    pub async fn run_due_jobs(&self) -> Result<usize, StoreError> {
        let mut ran = 0_usize;
        loop {
            let jobs = self.claim_jobs(50).await?;
            if jobs.is_empty() {
                return Ok(ran);
            }
            for job in jobs {
                self.run_job(&job).await?;
                ran = ran.saturating_add(1);
            }
        }
    }

    async fn watch(&self, payment_hash: &str, job: &Job) -> Result<JobEnd, StoreError> {
        let Ok(hash) = PaymentHash::from_hex(payment_hash) else {
            return Ok(JobEnd::DeadLetter { error: "not a payment hash".to_owned() });
        };
        let Some(invoice) = self.store().invoice_by_hash(hash).await? else { return Ok(JobEnd::Done) };
        let now = self.now();
        let next = self.next_invoice_check(invoice.created_at, invoice.expires_at, now);
        let over = now > invoice.expires_at.checked_add_signed(WATCH_AFTER_EXPIRY).unwrap_or(now);
        match self.check_stored_invoice(invoice).await {
            Ok(InvoiceCheck::Settled(_) | InvoiceCheck::Unpayable | InvoiceCheck::UnknownInvoice) => {
                Ok(JobEnd::Done)
            }
            Ok(InvoiceCheck::Open | InvoiceCheck::UnknownToNode) if over => {
                Ok(JobEnd::DeadLetter { error: "the node never said what became of this invoice".to_owned() })
            }
            Ok(InvoiceCheck::Open | InvoiceCheck::UnknownToNode) => {
                Ok(JobEnd::Retry { at: next, error: None })
            }
            Err(error) => {
                tracing::debug!(job.id = %job.id, %error, "an invoice could not be looked at");
                Ok(JobEnd::Retry { at: next, error: Some(error.to_string()) })
            }
        }
    }

    /// Often right after the purchase, slower with age. A node that notifies us is asked less.
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

    /// Takes a webhook: verifies its signature over the raw body and keeps it; it is processed by a job.
    pub async fn receive_webhook(&self, body: &[u8], signature: Option<&str>) -> Result<(), ReceiveError> {
        let webhooks = self.dependencies.webhooks.as_ref().ok_or(ReceiveError::NotConfigured)?;
        let notice = webhooks.read(body, signature)?;
        let webhook = NewWebhook {
            event_id: notice.event_id,
            body: body.to_vec(),
            signature: signature.unwrap_or_default().to_owned(),
            received_at: self.now(),
        };
        if !self.store().receive_webhook(&webhook).await? {
            tracing::debug!("a webhook came again");
        }
        Ok(())
    }

    async fn process_webhook(&self, id: WebhookId, job: &Job) -> Result<JobEnd, StoreError> {
        let (Some(webhook), Some(webhooks)) = (self.store().webhook(id).await?, &self.dependencies.webhooks)
        else {
            return Ok(JobEnd::Done);
        };
        let notice = match webhooks.read(&webhook.webhook.body, Some(&webhook.webhook.signature)) {
            Ok(notice) => notice,
            Err(error) => return Ok(JobEnd::DeadLetter { error: error.to_string() }),
        };
        let hashes = match webhooks.resolve(&notice).await {
            Ok(hashes) => hashes,
            Err(error) => return Ok(job.retry_or_dead_letter(&reasons(&error), self.now())),
        };
        for hash in hashes {
            match self.check_invoice(hash).await {
                Ok(_) => {}
                Err(InvoiceCheckError::Store(error)) => return Err(error),
                Err(error @ InvoiceCheckError::Node(_)) => {
                    return Ok(job.retry_or_dead_letter(&reasons(&error), self.now()));
                }
            }
        }
        Ok(JobEnd::Done)
    }
}

/// An error with its sources.
pub(crate) fn reasons(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let reason = source.to_string();
        // Some errors repeat their source.
        if !text.ends_with(&reason) {
            text = format!("{text}: {reason}");
        }
        next = source.source();
    }
    text
}

/// Watches an invoice from now on.
pub(crate) async fn watch_invoice(
    outbox: &mut dyn Outbox,
    hash: PaymentHash,
    now: Timestamp,
) -> Result<(), StoreError> {
    outbox.enqueue(&NewJob { task: Task::watch(hash), run_at: now, key: Some(format!("watch/{hash}")) }).await
}

/// Why a webhook was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// This shop's node sends none.
    #[error("this shop takes no webhooks")]
    NotConfigured,
    /// Not from our node, or not readable.
    #[error(transparent)]
    Bad(#[from] WebhookError),
    /// Not kept: the sender should try again.
    #[error("the webhook could not be kept")]
    Store(#[from] StoreError),
}

//! Claims jobs, runs them under a lease, and ends their claims.

use crate::{BoxOffice, Job, JobEnd, Task, jobs::MIN_LEASE};
use kernel::{StoreError, text::foreign};

/// Maximum length of a job's error, in characters.
const MAX_ERROR: usize = 1_000;

impl BoxOffice {
    /// Claims up to `limit` due jobs.
    pub async fn claim_jobs(&self, limit: u32) -> Result<Vec<Job>, StoreError> {
        let now = self.now();
        self.store().claim_jobs(now, now.checked_add_signed(MIN_LEASE).unwrap_or(now), limit).await
    }

    /// Runs a claimed job and ends its claim. The lease is renewed meanwhile; a job that loses its lease is aborted, as if the
    /// process had been killed.
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
            job.retry_or_dead_letter(&error_chain(&error), self.now())
        });
        if let JobEnd::DeadLetter { error } = &end {
            tracing::error!(job.id = %job.id, error, "a job was given up");
        }
        if !self.end_claim(job, end).await? {
            tracing::warn!(job.id = %job.id, "job lease lost before its end was stored");
        }
        Ok(())
    }

    /// Renews a lease at intervals; returns once it may be lost.
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
            Task::Watch { payment_hash } => self.poll_invoice(payment_hash, job).await,
            Task::Webhook { webhook_id } => self.process_webhook(*webhook_id, job).await,
            Task::Refund { payment_id, refund_id } => {
                self.send_refund(*payment_id, *refund_id, job.attempts).await
            }
            Task::CancelEvent { event_id } => self.process_cancellation(*event_id).await,
            Task::VerifyEmail { .. } => self.send_verification(job).await,
            Task::PasswordReset { email, requested_at, requested_from } => {
                self.send_password_reset(job, email, *requested_at, *requested_from).await
            }
            Task::LoginLink { email, requested_at, requested_from } => {
                self.send_login_link(job, email, *requested_at, *requested_from).await
            }
            Task::AccountNotice { .. } => self.send_account_notice(job).await,
            Task::Mail(mail) => self.send_ticket_email(job, mail).await,
            Task::AnnounceEvent { event_id } => self.enqueue_update_emails(*event_id).await,
            Task::MailEventUpdate { ticket_id } => self.send_event_update(job, *ticket_id).await,
            Task::MailOrder { order_id } => self.send_order_link(job, *order_id).await,
            Task::MailHolder { ticket_id, address } => self.send_holder_email(job, *ticket_id, address).await,
            Task::NotifyHolder { ticket_id, address, notice } => {
                self.send_holder_notice(job, *ticket_id, address, notice).await
            }
            Task::RevokeWallet { user_id, uma_address, client_id, refresh_token } => {
                self.revoke_wallet(*user_id, uma_address, client_id, refresh_token, job.attempts).await
            }
        }
    }

    /// Ends a claim without running its job, so that another worker can claim it.
    pub async fn release_job(&self, job: &Job) -> Result<(), StoreError> {
        self.end_claim(job, JobEnd::Retry { at: self.now(), error: None }).await.map(drop)
    }

    async fn end_claim(&self, job: &Job, end: JobEnd) -> Result<bool, StoreError> {
        let end = match (end, self.settings().max_pause) {
            (JobEnd::Retry { at, error }, Some(pause)) => {
                JobEnd::Retry { at: at.min(self.now().checked_add_signed(pause).unwrap_or(at)), error }
            }
            (end, _) => end,
        };
        // Errors may quote other parties.
        let clean = |error: &str| foreign(error, MAX_ERROR);
        let end = match end {
            JobEnd::Retry { at, error } => JobEnd::Retry { at, error: error.as_deref().map(clean) },
            JobEnd::DeadLetter { error } => JobEnd::DeadLetter { error: clean(&error) },
            JobEnd::Done => JobEnd::Done,
        };
        let ended = self.finish_queue.submit((job.clone(), end)).await;
        ended.map_err(|error| StoreError::Unavailable(error.into()))
    }

    /// Runs due jobs one by one until none is due. For tests and the command line; the worker runs jobs concurrently.
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
}

/// Formats an error with its sources.
pub(crate) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let reason = source.to_string();
        // Some error messages already include their source.
        if !text.ends_with(&reason) {
            text = format!("{text}: {reason}");
        }
        next = source.source();
    }
    text
}

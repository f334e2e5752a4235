use crate::{
    jobs::{Job, JobEnd, NewJob},
    mail_limits::{MailCharge, MailVerdict},
    orders::{OrderReader, OrderWriter},
    push_limit::{PushRequest, PushTurn, SeenPayreq},
    views::Views,
    watch_store::{WatchReader, WatchWriter},
};
use async_trait::async_trait;
use events::{EventReader, EventWriter};
use identity::{
    EmailTokenReader, EmailTokenWriter, KnownNetworkReader, KnownNetworkWriter, UserReader, UserWriter,
};
use kernel::{AuditId, EventId, JobId, Page, StoreError, TicketId, Timestamp, UserId, WebhookId};
use payments::{PaymentReader, PaymentWriter};
use tickets::{TicketReader, TicketWriter};
use tokio::sync::broadcast;

/// A committed change on any replica. Notifications are best effort: they may be lost or repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainEvent {
    /// A ticket or its payment changed.
    Ticket(TicketId),
    /// An event or its seats changed.
    Event(EventId),
    /// An account changed.
    User(UserId),
    /// What the viewers of an event see changed: its announcement, times or stream.
    Watch(EventId),
    /// A job may have become due.
    Jobs,
}

/// Persistence port. Reads use the reader ports, writes a session, and purchases [`crate::Holds`].
#[async_trait]
pub trait Store:
    EventReader
    + TicketReader
    + PaymentReader
    + UserReader
    + EmailTokenReader
    + KnownNetworkReader
    + Views
    + Queue
    + RecipientLimits
    + OrderReader
    + WatchReader
{
    /// Opens a session. It reads its own writes; they are visible to others after `commit`.
    async fn begin(&self) -> Result<Box<dyn Session>, StoreError>;
    /// Checks that the database answers.
    async fn ping(&self) -> Result<(), StoreError>;
    /// Subscribes to commits. Those of this handle are delivered before the committing call returns, others soon after.
    fn changes(&self) -> broadcast::Receiver<DomainEvent>;
}

/// A transaction; dropping it without `commit` rolls back and releases its locks. It stays usable after a business conflict,
/// such as a taken email address.
#[async_trait]
pub trait Session:
    EventWriter
    + TicketWriter
    + PaymentWriter
    + UserWriter
    + EmailTokenWriter
    + KnownNetworkWriter
    + Erasure
    + Outbox
    + OrderWriter
    + WatchWriter
{
    /// Commits all writes atomically.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
    /// Rolls back explicitly, which is cheaper than dropping.
    async fn rollback(self: Box<Self>) -> Result<(), StoreError>;
}

/// Erasure of an account's personal data outside its row.
#[async_trait]
pub trait Erasure: Send {
    /// Erases the account's name from the invoices of its orders ([`crate::without_orderer`]), the UMA addresses of its free
    /// tickets, and the payer of its pushed UMA Requests. The caller has locked the account and its tickets, which are still
    /// linked.
    ///
    /// A pending order keeps the name and the payer until [`Queue::erase_ended_orders`], because its invoice commits to the
    /// text.
    async fn erase_orders(&mut self, user: UserId) -> Result<(), StoreError>;
}

/// A new entry of the audit log, for an admin's action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit {
    /// Acting account; `None` for the command line.
    pub actor: Option<UserId>,
    /// Action, such as `event.update`.
    pub action: String,
    /// Subject, such as `event/7`.
    pub subject: String,
    /// Details, without secrets.
    pub detail: String,
    /// Time.
    pub at: Timestamp,
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Entry id.
    pub id: AuditId,
    /// Content.
    pub entry: NewAudit,
}

/// Transactional outbox: jobs and audit entries, written with the change that causes them.
#[async_trait]
pub trait Outbox: Send {
    /// Enqueues a job; a no-op if an unfinished job has the same key.
    async fn enqueue(&mut self, job: &NewJob) -> Result<(), StoreError>;
    /// Adds an entry to the audit log.
    async fn audit(&mut self, entry: &NewAudit) -> Result<(), StoreError>;
}

/// Limits per recipient of emails and UMA Requests, shared by all replicas. Each call is its own transaction;
/// [`RecipientLimits::charge_mail`] locks jobs after the limits, the others lock the limits only.
#[async_trait]
pub trait RecipientLimits: Send + Sync {
    /// Decides about emails in order with [`crate::decide_mail`] and locked scopes. Each job's email is counted once; the count
    /// is stored with the job.
    async fn charge_mail(&self, charges: &[MailCharge]) -> Result<Vec<MailVerdict>, StoreError>;
    /// Decides with [`crate::decide_pushes`] and locked payers which UMA Requests are pushed, and stores the result.
    async fn claim_pushes(&self, requests: &[PushRequest], max: u32) -> Result<Vec<PushTurn>, StoreError>;
    /// Records verified pay requests. Once such an order is paid, its account is trusted with the payer.
    async fn mark_payreqs(&self, seen: &[SeenPayreq]) -> Result<(), StoreError>;
}

/// A verified webhook to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// The provider's unique event id.
    pub event_id: String,
    /// The verified raw body.
    pub body: Vec<u8>,
    /// Its signature header, so that the body can be verified again.
    pub signature: String,
    /// Time of receipt.
    pub received_at: Timestamp,
}

/// A webhook in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Webhook id.
    pub id: WebhookId,
    /// Content.
    pub webhook: NewWebhook,
}

/// Job queue metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobStats {
    /// Jobs due now.
    pub due: u64,
    /// Due time of the oldest due job.
    pub oldest_due: Option<Timestamp>,
    /// Dead-lettered jobs.
    pub dead: u64,
}

/// Job queue and webhook inbox.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Leases up to `limit` due jobs until `lease_until`, oldest first, and increments their `attempts`; an expired lease can
    /// be claimed again. Jobs with a kind outside [`crate::Task::KINDS`], or with unreadable content, are left to the release
    /// that wrote them.
    async fn claim_jobs(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError>;
    /// Ends claims in one transaction; results are in order. `false` without effect for a claim whose lease was lost.
    async fn finish_jobs(&self, ends: &[(Job, JobEnd)]) -> Result<Vec<bool>, StoreError>;
    /// Sets the end of a claim's lease to `lease_until`, earlier or later; `false` without effect for a claim that ended or whose
    /// lease was lost.
    async fn extend_lease(&self, job: &Job, lease_until: Timestamp) -> Result<bool, StoreError>;
    /// Dead-lettered jobs, newest first.
    async fn failed_jobs(&self, page: Page) -> Result<Vec<Job>, StoreError>;
    /// Requeues a dead-lettered job, with its audit entry in the same transaction; `false` without effect if there is none, or if
    /// an unfinished job has its key.
    async fn requeue_job(
        &self,
        id: JobId,
        now: Timestamp,
        audit: Option<&NewAudit>,
    ) -> Result<bool, StoreError>;
    /// Job queue metrics at `now`.
    async fn job_stats(&self, now: Timestamp) -> Result<JobStats, StoreError>;
    /// Stores a webhook and enqueues its job in one transaction; `false` if the event id exists.
    async fn receive_webhook(&self, webhook: &NewWebhook) -> Result<bool, StoreError>;
    /// Returns a webhook of the inbox.
    async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError>;
    /// Erases the networks of up to `limit` tickets that are not outstanding any more, or whose event ended before `now`.
    async fn erase_networks(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
    /// Completes [`Erasure::erase_orders`] for up to `limit` orders that are not pending any more. Returns their number.
    async fn erase_ended_orders(&self, limit: u32) -> Result<u64, StoreError>;
    /// Deletes finished jobs, processed webhooks, nonces, idempotency keys, used email tokens and limits, and answered UMA
    /// Requests from before `before`; known networks and payers whose orders were paid only [`identity::KNOWN_NETWORK_LIFE`]
    /// later. At most `limit` rows of each.
    async fn prune(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

use crate::{
    jobs::{Job, JobEnd, NewJob},
    mail_limits::{MailCharge, MailVerdict},
    push_limit::{PushRequest, PushTurn, SeenPayreq},
    views::Views,
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

/// Something was committed, on this replica or another one. A hint: it may be missed, and it may come twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainEvent {
    /// A ticket or its payment changed.
    Ticket(TicketId),
    /// An event changed (its seats included).
    Event(EventId),
    /// An account changed.
    User(UserId),
    /// A job became due, or may have.
    Jobs,
}

/// What the shop remembers. Reads go straight to the reader ports; writes go through a session, seats through [`crate::Holds`].
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
{
    /// Opens a session. It sees its own writes; others see them after `commit` only.
    async fn begin(&self) -> Result<Box<dyn Session>, StoreError>;
    /// Whether the database answers.
    async fn ping(&self) -> Result<(), StoreError>;
    /// Hears of what is committed from now on: through this handle before the call that commits it returns, through others soon.
    fn changes(&self) -> broadcast::Receiver<DomainEvent>;
}

/// A transaction as an object. Dropped without `commit`, it leaves no trace and frees its locks.
/// A business conflict (an address that is taken) leaves it usable.
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
{
    /// Makes all its writes durable and visible, or none.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
    /// Ends it without a trace: cheaper than dropping it.
    async fn rollback(self: Box<Self>) -> Result<(), StoreError>;
}

/// Personal data of an account outside its row.
#[async_trait]
pub trait Erasure: Send {
    /// Erases the account's name from the invoices of its orders ([`crate::without_orderer`]), the UMA addresses of its free
    /// tickets, and the payer of its pushed UMA Requests. A pending order keeps the first and the last until
    /// [`Queue::erase_ended_orders`]: its invoice commits to the text. The caller has locked the account and its tickets, which
    /// are still linked.
    async fn erase_orders(&mut self, user: UserId) -> Result<(), StoreError>;
}

/// A line for the audit log: what an admin did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit {
    /// Who; `None` for the command line.
    pub actor: Option<UserId>,
    /// What, such as `event.update`.
    pub action: String,
    /// To what, such as `event/7`.
    pub subject: String,
    /// Details, without secrets.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number.
    pub id: AuditId,
    /// What it says.
    pub entry: NewAudit,
}

/// Consequences, written with the change that causes them.
#[async_trait]
pub trait Outbox: Send {
    /// Adds a job; with a key, not while an unfinished job with the same key exists.
    async fn enqueue(&mut self, job: &NewJob) -> Result<(), StoreError>;
    /// Adds a line to the audit log.
    async fn audit(&mut self, entry: &NewAudit) -> Result<(), StoreError>;
}

/// Limits per recipient of emails and UMA Requests, shared by all replicas. Each call is a transaction of its own;
/// [`RecipientLimits::charge_mail`] locks jobs after the limits, the others lock nothing else.
#[async_trait]
pub trait RecipientLimits: Send + Sync {
    /// Decides about emails in their order by [`crate::decide_mail`], the scopes locked, and counts each job's email once: its job
    /// remembers it in the same transaction.
    async fn charge_mail(&self, charges: &[MailCharge]) -> Result<Vec<MailVerdict>, StoreError>;
    /// Decides which UMA Requests are pushed by [`crate::decide_pushes`], the payers locked, and remembers it.
    async fn claim_pushes(&self, requests: &[PushRequest], max: u32) -> Result<Vec<PushTurn>, StoreError>;
    /// Remembers verified pay requests: once such an order is paid, its account is trusted with the payer.
    async fn mark_payreqs(&self, seen: &[SeenPayreq]) -> Result<(), StoreError>;
}

/// A verified webhook, to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// The provider's name for the event; unique.
    pub event_id: String,
    /// The verified raw body.
    pub body: Vec<u8>,
    /// The signature it came with, so that it can be read again in the same way.
    pub signature: String,
    /// When it came.
    pub received_at: Timestamp,
}

/// A webhook in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its number.
    pub id: WebhookId,
    /// What came.
    pub webhook: NewWebhook,
}

/// How the jobs are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobStats {
    /// Jobs that are due now.
    pub due: u64,
    /// When the oldest job that is due became so.
    pub oldest_due: Option<Timestamp>,
    /// Jobs given up.
    pub dead: u64,
}

/// Jobs and the webhook inbox.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Leases up to `limit` due jobs until `lease_until`, oldest first. No two callers get the same job while its lease lasts;
    /// a lease that ran out is claimed again. Each claim adds one to `attempts`. Jobs of a kind that is not among
    /// [`crate::Task::KINDS`], and others that cannot be read, are left to the release that wrote them.
    async fn claim_jobs(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError>;
    /// Ends claims, all in one transaction, and answers in their order; `false` and no effect for a claim whose lease was lost to
    /// another one.
    async fn finish_jobs(&self, ends: &[(Job, JobEnd)]) -> Result<Vec<bool>, StoreError>;
    /// Moves the end of a claim's lease to `lease_until`, which may be earlier or later; `false` and no effect for a claim that was
    /// ended or lost to another one.
    async fn extend_lease(&self, job: &Job, lease_until: Timestamp) -> Result<bool, StoreError>;
    /// Jobs given up, newest first.
    async fn dead_jobs(&self, page: Page) -> Result<Vec<Job>, StoreError>;
    /// Puts a job that was given up back in the queue, with its audit line in the same transaction; `false` and no effect when
    /// there is none, or when an unfinished job has its key.
    async fn requeue_job(
        &self,
        id: JobId,
        now: Timestamp,
        audit: Option<&NewAudit>,
    ) -> Result<bool, StoreError>;
    /// How the jobs are doing at `now`.
    async fn job_stats(&self, now: Timestamp) -> Result<JobStats, StoreError>;
    /// Keeps a webhook and enqueues its job in one transaction; `false` when the event id is known already.
    async fn receive_webhook(&self, webhook: &NewWebhook) -> Result<bool, StoreError>;
    /// A webhook in the inbox.
    async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError>;
    /// Erases the networks of tickets whose event is over at `now`, or that are not outstanding any more; of at most `limit` tickets.
    async fn forget_networks(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
    /// Finishes [`Erasure::erase_orders`] for orders that are not pending any more; of at most `limit` orders. Returns how many.
    async fn erase_ended_orders(&self, limit: u32) -> Result<u64, StoreError>;
    /// Forgets finished jobs, processed webhooks, nonces, idempotency keys, used email tokens and limits, and answered UMA
    /// Requests from before `before`; known networks and payers whose orders were paid only [`identity::KNOWN_NETWORK_LIFE`]
    /// later. At most `limit` rows of each.
    async fn prune(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

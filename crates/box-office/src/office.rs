use crate::{
    AttachOutcome, Attachment, CallLimits, CollectionUpdate, GroupCommit, HoldLimits, HoldOutcome,
    HoldRequest, Holds, Job, JobEnd, MailCharge, MailLimits, MailVerdict, NetworkHasher, PushRequest,
    PushTurn, QueueError, SeenNonce, SeenPayreq, Store, TicketView,
    event_cache::{EventCache, EventList},
    hash_queue::HashQueue,
    invoice_checks::{InvoiceChecks, KeyedLocks},
    links::Links,
    login_guard::LoginGuard,
    wallet_checks::WalletChecks,
};
use chrono::Duration;
use events::{Event, EventQuery};
use identity::{AccessTokens, AdminEmails, Vault, WalletBudget};
use kernel::{
    Clock, Entropy, EntropyError, EventId, Page, PaymentId, StoreError, TicketId, Timestamp, UserId,
};
use payments::{BuyerWallet, Invoice, Lightning, Network, NodeWebhooks, PaymentHash, TestPayments};
use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};
use tokio::runtime::Handle;
use uma_protocol::{address::UmaAddress, counterparty::Counterparty, keys::KeyRing, nonce::NonceRules};

/// So many seats wanted in one batch are a rush; a lone buyer's batch is one.
const SURGE_BATCH_SIZE: usize = 16;
/// For how long after such a batch, milliseconds.
const SURGE_DURATION_MS: i64 = 100;

/// What an operator decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long an unpaid seat is kept; the bolt11 expires with it.
    pub hold: Duration,
    /// How long after that a payment on its way may still arrive before the seat is sold again.
    pub grace: Duration,
    /// How long before the start a ticket lets people in.
    pub early_entry: Duration,
    /// Cost of password hashes (bcrypt, 10–14 are sensible).
    pub bcrypt_cost: u32,
    /// Password hashes computed at the same time, at most.
    pub hashing_slots: usize,
    /// Password hashes of one network waiting, at most; beyond it requests are refused with 503.
    pub hashing_queue: usize,
    /// Wrong passwords for one account from one network before that network has to wait.
    pub login_failures: u32,
    /// Emails per recipient.
    pub mail_limits: MailLimits,
    /// UMA Requests pushed to one payer and unanswered, at most; 0 is no limit.
    pub pushed_requests: u32,
    /// Admins of the shop.
    pub admin_emails: AdminEmails,
    /// Where the shop is reached, without a slash at the end, such as `https://tickets.example.com`.
    pub base_url: String,
    /// Whether the node tells us of payments, so that polling is the fallback and may be slow.
    pub node_notifies: bool,
    /// Purchases waiting for a commit, at most; beyond it they are told to try again.
    pub queue_capacity: usize,
    /// Purchases committed together, at most.
    pub batch: usize,
    /// Quotas on outstanding seats of one event.
    pub hold_limits: HoldLimits,
    /// Whether only accounts with a proved e-mail address get free tickets; without effect where no mail is sent.
    pub require_proved_email_for_free: bool,
    /// Longest time to wait for a buyer's connected wallet, in seconds.
    pub wallet_timeout: Duration,
    /// What purchases may take from a connected wallet whose owner set no limits.
    pub wallet_budget: WalletBudget,
    /// Timeouts of the adapters.
    pub call_limits: CallLimits,
    /// Interval at which a running job renews its lease.
    pub lease_renewal: std::time::Duration,
    /// Longest pause of a job before its next run; trials set it.
    pub max_pause: Option<Duration>,
}

/// Why an email was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailerError {
    /// The mail server refused it for good: another try is useless.
    #[error("the mail server refused the email: {0}")]
    Refused(String),
    /// The mail server did not answer, or asks for another try.
    #[error("the mail server is not available: {0}")]
    Unavailable(String),
}

/// Sends emails.
#[async_trait::async_trait]
pub trait Mailer: Send + Sync {
    /// Sends an email about an account.
    async fn send_account_email(
        &self,
        to: &identity::Email,
        email: &crate::AccountEmail,
        stamp: &crate::MailStamp,
    ) -> Result<(), MailerError>;
    /// Sends a notice about a ticket; see [`crate::Task::Mail`].
    async fn send(
        &self,
        to: &identity::Email,
        notice: &payments::Notice,
        about: &crate::TicketView,
        stamp: &crate::MailStamp,
    ) -> Result<(), MailerError>;
}

/// Renews wallet connections made by UMA Auth (UMADE-01).
#[async_trait::async_trait]
pub trait WalletRefresher: Send + Sync {
    /// Trades a refresh token for a new connection; the old URI and token are void afterwards.
    async fn refresh(
        &self,
        token_endpoint: &str,
        client_id: &str,
        refresh_token: &kernel::Secret<String>,
    ) -> Result<RefreshedWallet, RefreshError>;
    /// Revokes a refresh token, and with it the connection (RFC 7009). Revoking twice is harmless.
    async fn revoke(
        &self,
        revocation_endpoint: &str,
        client_id: &str,
        refresh_token: &kernel::Secret<String>,
    ) -> Result<(), RefreshError>;
}

/// What a refresh gives.
#[derive(Debug, Clone)]
pub struct RefreshedWallet {
    /// The new connection.
    pub uri: payments::WalletUri,
    /// The next refresh token, when there is one.
    pub refresh_token: Option<kernel::Secret<String>>,
    /// When the connection stops working.
    pub expires_at: Option<Timestamp>,
}

/// Why a refresh gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The authorisation is gone for good: the person has to connect again.
    #[error("the wallet's authorisation is no longer valid: {0}")]
    Revoked(String),
    /// The tokens are certainly as they were: worth another try.
    #[error("the wallet's authorisation server did not answer: {0}")]
    Unavailable(String),
    /// The token may have been exchanged, and what came back is lost.
    #[error("the answer of the wallet's authorisation server was lost: {0}")]
    Lost(String),
}

/// Everything the use cases work with.
pub struct Dependencies {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// Where seats are claimed.
    pub holds: Arc<dyn Holds>,
    /// Our node.
    pub lightning: Arc<dyn Lightning>,
    /// The node's notifications, if it sends webhooks.
    pub webhooks: Option<Arc<dyn NodeWebhooks>>,
    /// Test payments, in sandbox and test networks only.
    pub test_payments: Option<Arc<dyn TestPayments>>,
    /// Buyers' connected wallets.
    pub buyer_wallet: Option<Arc<dyn BuyerWallet>>,
    /// Keeps UMA Auth connections alive.
    pub wallet_refresher: Option<Arc<dyn WalletRefresher>>,
    /// Other VASPs.
    pub counterparty: Arc<dyn Counterparty>,
    /// Letters, if the shop can send any.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Access tokens.
    pub tokens: AccessTokens,
    /// Seals wallet connections.
    pub vault: Vault,
    /// Makes links that cannot be guessed.
    pub links: Links,
    /// Makes the stored form of clients' networks.
    pub networks: NetworkHasher,
    /// Our UMA address, `$tickets@<domain>`.
    pub uma_address: UmaAddress,
    /// Signs our UMA messages, and what we publish about our keys.
    pub uma_keys: KeyRing,
    /// How old a VASP's message may be.
    pub nonce_rules: NonceRules,
    /// Lowers the scheduling priority of the calling thread; called by threads that compute a password hash.
    pub lower_priority: fn(),
    /// What the operator decides.
    pub settings: Settings,
}

/// The shop: its use cases are its methods.
pub struct BoxOffice {
    pub(crate) dependencies: Dependencies,
    pub(crate) event_cache: Arc<EventCache>,
    pub(crate) hold_queue: GroupCommit<HoldRequest, HoldOutcome>,
    pub(crate) attach_queue: GroupCommit<Attachment, AttachOutcome>,
    pub(crate) collection_queue: GroupCommit<CollectionUpdate, bool>,
    pub(crate) finish_queue: GroupCommit<(Job, JobEnd), bool>,
    pub(crate) nonce_queue: GroupCommit<SeenNonce, bool>,
    pub(crate) mail_queue: GroupCommit<MailCharge, MailVerdict>,
    pub(crate) push_queue: GroupCommit<PushRequest, PushTurn>,
    pub(crate) payreq_queue: GroupCommit<SeenPayreq, ()>,
    tickets_queue: GroupCommit<(UserId, Page), Vec<TicketView>>,
    ticket_queue: GroupCommit<TicketId, Option<TicketView>>,
    invoice_queue: GroupCommit<PaymentHash, Option<Invoice>>,
    /// When so many wanted seats at once, Unix milliseconds.
    rushed_at: Arc<AtomicI64>,
    pub(crate) hashing: HashQueue,
    pub(crate) login_guard: LoginGuard,
    pub(crate) wallet_checks: WalletChecks,
    /// The node's network, once it said.
    pub(crate) network: OnceLock<Network>,
    pub(crate) checks: InvoiceChecks,
    /// Held while an extra invoice is made for a payment.
    pub(crate) extra_turns: KeyedLocks<PaymentId>,
    /// Where purchases are worked on: beside the queues, and not on the threads that answer those who only look.
    pub(crate) runtime: Handle,
    pub(crate) settled: AtomicU64,
}

impl fmt::Debug for BoxOffice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoxOffice({})", self.dependencies.uma_address.as_str())
    }
}

/// Places holds in batches; a large batch begins a surge, and what it sold is cached at once.
fn hold_queue(
    dependencies: &Dependencies,
    rushed_at: &Arc<AtomicI64>,
    event_cache: &Arc<EventCache>,
) -> GroupCommit<HoldRequest, HoldOutcome> {
    let (capacity, batch) = (dependencies.settings.queue_capacity, dependencies.settings.batch);
    let (holds, store, clock) =
        (Arc::clone(&dependencies.holds), Arc::clone(&dependencies.store), Arc::clone(&dependencies.clock));
    let (rush, event_cache) = (Arc::clone(rushed_at), Arc::clone(event_cache));
    GroupCommit::new(capacity, batch, move |requests: Vec<HoldRequest>| {
        if requests.len() >= SURGE_BATCH_SIZE {
            rush.store(clock.now().timestamp_millis(), Ordering::Relaxed);
        }
        let (holds, event_cache, clock) = (Arc::clone(&holds), Arc::clone(&event_cache), Arc::clone(&clock));
        let mut changes = store.changes();
        async move {
            let outcomes = holds.hold_all(&requests).await?;
            let held = outcomes.iter().filter_map(|outcome| match outcome {
                HoldOutcome::Held(hold) => Some(&hold.event),
                _ => None,
            });
            event_cache.sold(held, &mut changes, clock.now());
            Ok(outcomes)
        }
    })
}

impl BoxOffice {
    /// Opens the shop. Must be called inside a tokio runtime: the queues in front of the store are tasks.
    pub fn new(dependencies: Dependencies) -> Arc<Self> {
        let (capacity, batch) = (dependencies.settings.queue_capacity, dependencies.settings.batch);
        let rushed_at = Arc::new(AtomicI64::new(i64::MIN));
        let event_cache = Arc::new(EventCache::new(&*dependencies.store));
        let hold_queue = hold_queue(&dependencies, &rushed_at, &event_cache);
        let holds = Arc::clone(&dependencies.holds);
        let attach_queue = GroupCommit::new(capacity, batch, move |attachments: Vec<Attachment>| {
            let holds = Arc::clone(&holds);
            async move { holds.attach_all(&attachments).await }
        });
        let holds = Arc::clone(&dependencies.holds);
        let collection_queue = GroupCommit::new(capacity, batch, move |notes: Vec<CollectionUpdate>| {
            let holds = Arc::clone(&holds);
            async move { holds.update_collections(&notes).await }
        });
        let store = Arc::clone(&dependencies.store);
        let finish_queue = GroupCommit::new(capacity, batch, move |ends: Vec<(Job, JobEnd)>| {
            let store = Arc::clone(&store);
            async move { store.finish_jobs(&ends).await }
        });
        let holds = Arc::clone(&dependencies.holds);
        let nonce_queue = GroupCommit::new(capacity, batch, move |nonces: Vec<SeenNonce>| {
            let holds = Arc::clone(&holds);
            async move { holds.remember_all(&nonces).await }
        });
        let store = Arc::clone(&dependencies.store);
        let mail_queue = GroupCommit::new(capacity, batch, move |charges: Vec<MailCharge>| {
            let store = Arc::clone(&store);
            async move { store.charge_mail(&charges).await }
        });
        let (store, max) = (Arc::clone(&dependencies.store), dependencies.settings.pushed_requests);
        let push_queue = GroupCommit::new(capacity, batch, move |requests: Vec<PushRequest>| {
            let store = Arc::clone(&store);
            async move { store.claim_pushes(&requests, max).await }
        });
        let store = Arc::clone(&dependencies.store);
        let payreq_queue = GroupCommit::new(capacity, batch, move |seen: Vec<SeenPayreq>| {
            let store = Arc::clone(&store);
            async move {
                store.mark_payreqs(&seen).await?;
                Ok(vec![(); seen.len()])
            }
        });
        let store = Arc::clone(&dependencies.store);
        let tickets_queue = GroupCommit::new(capacity, batch, move |asked: Vec<(UserId, Page)>| {
            let store = Arc::clone(&store);
            async move { store.tickets_of(&asked).await }
        });
        let store = Arc::clone(&dependencies.store);
        let ticket_queue = GroupCommit::new(capacity, batch, move |asked: Vec<TicketId>| {
            let store = Arc::clone(&store);
            async move { store.tickets_by_id(&asked).await }
        });
        let store = Arc::clone(&dependencies.store);
        let invoice_queue = GroupCommit::new(capacity, batch, move |hashes: Vec<PaymentHash>| {
            let store = Arc::clone(&store);
            async move { store.invoices_by_hash(&hashes).await }
        });
        let hashing =
            HashQueue::new(dependencies.settings.hashing_slots, dependencies.settings.hashing_queue);
        let login_guard = LoginGuard::new(dependencies.settings.login_failures);
        let checks = InvoiceChecks::new(Arc::clone(&dependencies.clock));
        Arc::new(Self {
            dependencies,
            event_cache,
            hold_queue,
            attach_queue,
            collection_queue,
            finish_queue,
            nonce_queue,
            mail_queue,
            push_queue,
            payreq_queue,
            tickets_queue,
            ticket_queue,
            invoice_queue,
            rushed_at,
            hashing,
            login_guard,
            wallet_checks: WalletChecks::default(),
            network: OnceLock::new(),
            checks,
            extra_turns: KeyedLocks::default(),
            runtime: Handle::current(),
            settled: AtomicU64::new(0),
        })
    }

    /// Whether many buyers want seats at once, now or a moment ago: what can wait should.
    pub fn is_in_surge(&self) -> bool {
        let since = self.now().timestamp_millis().saturating_sub(self.rushed_at.load(Ordering::Relaxed));
        (0..SURGE_DURATION_MS).contains(&since)
    }

    /// Settlements that this process recorded since it started, each once.
    pub fn settled(&self) -> u64 {
        self.settled.load(Ordering::Relaxed)
    }

    /// The store, for plain reads.
    pub fn store(&self) -> &dyn Store {
        &*self.dependencies.store
    }

    /// An event as people look at it: from memory, never older than what this replica committed, nor more than a second older
    /// than what another one did. The same `Arc` as long as nothing changed.
    pub async fn event(&self, id: EventId) -> Result<Option<Arc<Event>>, StoreError> {
        self.event_cache.event(self.store(), id, self.now()).await
    }

    /// A list of events, from memory in the same way.
    pub async fn events(&self, query: &EventQuery, page: Page) -> Result<Arc<EventList>, StoreError> {
        self.event_cache.events(self.store(), query, page, self.now()).await
    }

    /// A page of someone's tickets, newest first, as they are when this is called. What several people ask at once is read at once.
    pub async fn tickets_of(&self, user: UserId, page: Page) -> Result<Vec<TicketView>, QueueError> {
        self.tickets_queue.submit((user, page)).await
    }

    /// One ticket with all that belongs to it, as it is when this is called; read together with what others ask.
    pub async fn ticket_view(&self, id: TicketId) -> Result<Option<TicketView>, StoreError> {
        Ok(self.ticket_queue.submit(id).await?)
    }

    /// Invoice of a payment hash that an unauthenticated caller named; concurrent reads share a query.
    pub(crate) async fn named_invoice(&self, hash: PaymentHash) -> Result<Option<Invoice>, StoreError> {
        Ok(self.invoice_queue.submit(hash).await?)
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.dependencies.clock.now()
    }

    /// What the operator decided.
    pub const fn settings(&self) -> &Settings {
        &self.dependencies.settings
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], EntropyError> {
        let mut bytes = [0_u8; N];
        self.dependencies.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A random UUID (RFC 9562, version 4).
    pub(crate) fn random_uuid(&self) -> Result<String, EntropyError> {
        let bits = u128::from_be_bytes(self.random()?);
        let bits =
            (bits & !(0xf000_u128 << 64) | (0x4000_u128 << 64)) & !(0xc000_u128 << 48) | (0x8000_u128 << 48);
        let hex = format!("{bits:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        Ok([part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-"))
    }

    /// A nonce for a message that we sign.
    pub(crate) fn random_nonce(&self) -> Result<String, EntropyError> {
        Ok(u64::from_be_bytes(self.random()?).to_string())
    }
}

use crate::{
    AttachOutcome, Attachment, CallLimits, CollectionUpdate, GroupCommit, HoldLimits, Holds, Job, JobEnd,
    MailCharge, MailLimits, MailVerdict, NetworkHasher, OrderTerms, Orders, PlaceOutcome, PlaceRequest,
    PushRequest, PushTurn, QueueError, SeenNonce, SeenPayreq, Store, TicketView, WatchState,
    event_cache::{EventCache, EventList},
    hash_queue::HashQueue,
    invoice_checks::{InvoiceChecks, KeyedLocks},
    links::Links,
    login_guard::LoginGuard,
    wallet_checks::WalletChecks,
};
use chrono::Duration;
use events::{Event, EventQuery};
use identity::{AccessTokens, AdminEmails, WalletBudget, WalletCipher};
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

/// Batch size that enters surge mode.
const SURGE_BATCH_SIZE: usize = 16;
/// Duration of surge mode after such a batch, in milliseconds.
const SURGE_DURATION_MS: i64 = 100;

/// Configuration of the use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Duration of an unpaid hold; its bolt11 expires at the same time.
    pub hold: Duration,
    /// Grace period after a hold for payments in flight, before the seat is released.
    pub grace: Duration,
    /// How long before the start check-in opens.
    pub early_entry: Duration,
    /// Cost of password hashes (bcrypt, 10–14).
    pub bcrypt_cost: u32,
    /// Maximum number of concurrent password hashes.
    pub hashing_slots: usize,
    /// Maximum number of waiting password hashes per network; further requests fail with 503.
    pub hashing_queue: usize,
    /// Wrong passwords per account and network before a lockout.
    pub login_failures: u32,
    /// Email limits per recipient.
    pub mail_limits: MailLimits,
    /// Maximum number of unanswered UMA Requests per payer; 0 disables the limit.
    pub pushed_requests: u32,
    /// Admin accounts.
    pub admin_emails: AdminEmails,
    /// Public base URL without a trailing slash, such as `https://tickets.example.com`.
    pub base_url: String,
    /// Whether the node sends payment notifications, so that polling is the fallback and may be slow.
    pub node_notifies: bool,
    /// Maximum number of purchases waiting for a commit; further ones are rejected as busy.
    pub queue_capacity: usize,
    /// Maximum number of purchases per commit.
    pub batch: usize,
    /// Quotas on outstanding seats of one event.
    pub hold_limits: HoldLimits,
    /// Limits on tickets per order and per buyer.
    pub order_limits: tickets::OrderLimits,
    /// Whether free tickets require a proved email address; no effect if email is not configured.
    pub require_proved_email_for_free: bool,
    /// Timeout of a buyer's connected wallet.
    pub wallet_timeout: Duration,
    /// Default budget of a connected wallet.
    pub wallet_budget: WalletBudget,
    /// Timeouts of the adapters.
    pub call_limits: CallLimits,
    /// Interval of lease renewals.
    pub lease_renewal: std::time::Duration,
    /// Longest delay between two runs of a job; for tests.
    pub max_pause: Option<Duration>,
}

/// Reason why an email was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailerError {
    /// Permanent failure: the mail server refused the email.
    #[error("the mail server refused the email: {0}")]
    Refused(String),
    /// Temporary failure: the mail server did not answer, or asked to retry.
    #[error("the mail server is not available: {0}")]
    Unavailable(String),
}

/// Sends emails.
#[async_trait::async_trait]
pub trait Mailer: Send + Sync {
    /// Sends an account email.
    async fn send_account_email(
        &self,
        to: &identity::Email,
        language: kernel::Language,
        email: &crate::AccountEmail,
        stamp: &crate::MailStamp,
    ) -> Result<(), MailerError>;
    /// Sends an email about an order.
    async fn send_order_email(
        &self,
        to: &crate::Recipient,
        email: &crate::OrderEmail,
        stamp: &crate::MailStamp,
    ) -> Result<(), MailerError>;
    /// Sends a ticket notice; see [`crate::Task::Mail`].
    async fn send(
        &self,
        to: &crate::Recipient,
        notice: &payments::Notice,
        about: &crate::TicketView,
        stamp: &crate::MailStamp,
    ) -> Result<(), MailerError>;
}

/// Renews and revokes wallet connections made by UMA Auth (UMADE-01).
#[async_trait::async_trait]
pub trait WalletRefresher: Send + Sync {
    /// Exchanges a refresh token for a new connection; the old URI and token become invalid.
    async fn refresh(
        &self,
        token_endpoint: &str,
        client_id: &str,
        refresh_token: &kernel::Secret<String>,
    ) -> Result<RefreshedWallet, RefreshError>;
    /// Revokes a refresh token and its connection (RFC 7009). Idempotent.
    async fn revoke(
        &self,
        revocation_endpoint: &str,
        client_id: &str,
        refresh_token: &kernel::Secret<String>,
    ) -> Result<(), RefreshError>;
}

/// Result of a refresh.
#[derive(Debug, Clone)]
pub struct RefreshedWallet {
    /// The new connection.
    pub uri: payments::WalletUri,
    /// The next refresh token, if issued.
    pub refresh_token: Option<kernel::Secret<String>>,
    /// Expiry of the connection.
    pub expires_at: Option<Timestamp>,
}

/// Reason why a refresh failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The authorisation was revoked: the owner has to connect again.
    #[error("the wallet's authorisation is no longer valid: {0}")]
    Revoked(String),
    /// The tokens are unchanged; the refresh can be retried.
    #[error("the wallet's authorisation server did not answer: {0}")]
    Unavailable(String),
    /// The token may have been exchanged, but the response was lost.
    #[error("the answer of the wallet's authorisation server was lost: {0}")]
    Lost(String),
}

/// Ports and configuration of the use cases.
pub struct Dependencies {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Batched orders.
    pub orders: Arc<dyn Orders>,
    /// Batched writes after the order.
    pub holds: Arc<dyn Holds>,
    /// Exchange rates for prices in a currency.
    pub rates: Arc<dyn crate::RateSource>,
    /// Our Lightning node.
    pub lightning: Arc<dyn Lightning>,
    /// Webhooks of the node, if it sends any.
    pub webhooks: Option<Arc<dyn NodeWebhooks>>,
    /// Simulated payments, in sandbox and test networks only.
    pub test_payments: Option<Arc<dyn TestPayments>>,
    /// Buyers' connected wallets.
    pub buyer_wallet: Option<Arc<dyn BuyerWallet>>,
    /// Renews UMA Auth connections.
    pub wallet_refresher: Option<Arc<dyn WalletRefresher>>,
    /// Other VASPs.
    pub counterparty: Arc<dyn Counterparty>,
    /// Sends email, if configured.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Entropy source.
    pub entropy: Arc<dyn Entropy>,
    /// Access tokens.
    pub tokens: AccessTokens,
    /// Encrypts wallet connections.
    pub wallet_cipher: WalletCipher,
    /// Derives unguessable links.
    pub links: Links,
    /// Hashes clients' networks for storage.
    pub networks: NetworkHasher,
    /// Our UMA address, `$tickets@<domain>`.
    pub uma_address: UmaAddress,
    /// Signs our UMA messages, and publishes our public keys.
    pub uma_keys: KeyRing,
    /// Maximum age of a VASP's message.
    pub nonce_rules: NonceRules,
    /// Lowers the scheduling priority of the calling thread; called by threads that compute password hashes.
    pub lower_priority: fn(),
    /// Configuration.
    pub settings: Settings,
}

/// The application service: its methods are the use cases.
pub struct BoxOffice {
    pub(crate) dependencies: Dependencies,
    pub(crate) event_cache: Arc<EventCache>,
    pub(crate) order_queue: GroupCommit<PlaceRequest, PlaceOutcome>,
    pub(crate) attach_queue: GroupCommit<Attachment, AttachOutcome>,
    pub(crate) collection_queue: GroupCommit<CollectionUpdate, bool>,
    pub(crate) finish_queue: GroupCommit<(Job, JobEnd), bool>,
    pub(crate) nonce_queue: GroupCommit<SeenNonce, bool>,
    pub(crate) mail_queue: GroupCommit<MailCharge, MailVerdict>,
    pub(crate) push_queue: GroupCommit<PushRequest, PushTurn>,
    pub(crate) payreq_queue: GroupCommit<SeenPayreq, ()>,
    tickets_queue: GroupCommit<(UserId, Page), Vec<TicketView>>,
    ticket_queue: GroupCommit<TicketId, Option<TicketView>>,
    pub(crate) watch_queue: GroupCommit<TicketId, Option<WatchState>>,
    invoice_queue: GroupCommit<PaymentHash, Option<Invoice>>,
    /// Start of the latest surge, Unix milliseconds.
    surge_started_at: Arc<AtomicI64>,
    pub(crate) hashing: HashQueue,
    pub(crate) login_guard: LoginGuard,
    pub(crate) wallet_checks: WalletChecks,
    /// The node's network, once known.
    pub(crate) network: OnceLock<Network>,
    pub(crate) checks: InvoiceChecks,
    /// Held while an extra invoice is created for a payment.
    pub(crate) extra_invoice_locks: KeyedLocks<PaymentId>,
    /// Runs purchases apart from the HTTP threads, next to the queues.
    pub(crate) runtime: Handle,
    pub(crate) settled: AtomicU64,
}

impl fmt::Debug for BoxOffice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoxOffice({})", self.dependencies.uma_address.as_str())
    }
}

/// Queue of orders; a large batch enters surge mode, and the events that a batch changed are cached.
fn order_queue(
    dependencies: &Dependencies,
    surge_started_at: &Arc<AtomicI64>,
    event_cache: &Arc<EventCache>,
) -> GroupCommit<PlaceRequest, PlaceOutcome> {
    let settings = &dependencies.settings;
    let (capacity, batch) = (settings.queue_capacity, settings.batch);
    let (limits, outstanding) = (settings.order_limits, settings.hold_limits);
    let (orders, store, clock) =
        (Arc::clone(&dependencies.orders), Arc::clone(&dependencies.store), Arc::clone(&dependencies.clock));
    let rates = Arc::clone(&dependencies.rates);
    let (surge_started_at, event_cache) = (Arc::clone(surge_started_at), Arc::clone(event_cache));
    GroupCommit::new(capacity, batch, move |requests: Vec<PlaceRequest>| {
        if requests.len() >= SURGE_BATCH_SIZE {
            surge_started_at.store(clock.now().timestamp_millis(), Ordering::Relaxed);
        }
        let (orders, event_cache, clock) =
            (Arc::clone(&orders), Arc::clone(&event_cache), Arc::clone(&clock));
        let terms = OrderTerms { limits, outstanding, rates: rates.rates() };
        let mut changes = store.changes();
        async move {
            let outcomes = orders.place_all(&terms, &requests).await?;
            let placed = outcomes.iter().filter_map(|outcome| match outcome {
                PlaceOutcome::Placed(placed) => Some((&placed.event, placed.ticket_types.as_slice())),
                _ => None,
            });
            event_cache.put_after_batch(placed, &mut changes, clock.now());
            Ok(outcomes)
        }
    })
}

impl BoxOffice {
    /// Creates the service and its queues. Panics outside a tokio runtime, because queues are tasks.
    pub fn new(dependencies: Dependencies) -> Arc<Self> {
        let (capacity, batch) = (dependencies.settings.queue_capacity, dependencies.settings.batch);
        let surge_started_at = Arc::new(AtomicI64::new(i64::MIN));
        let event_cache = Arc::new(EventCache::new(&*dependencies.store));
        let order_queue = order_queue(&dependencies, &surge_started_at, &event_cache);
        let holds = Arc::clone(&dependencies.holds);
        let attach_queue = GroupCommit::new(capacity, batch, move |attachments: Vec<Attachment>| {
            let holds = Arc::clone(&holds);
            async move { holds.attach_all(&attachments).await }
        });
        let holds = Arc::clone(&dependencies.holds);
        let collection_queue = GroupCommit::new(capacity, batch, move |updates: Vec<CollectionUpdate>| {
            let holds = Arc::clone(&holds);
            async move { holds.update_collections(&updates).await }
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
        let tickets_queue = GroupCommit::new(capacity, batch, move |pages: Vec<(UserId, Page)>| {
            let store = Arc::clone(&store);
            async move { store.tickets_of(&pages).await }
        });
        let store = Arc::clone(&dependencies.store);
        let ticket_queue = GroupCommit::new(capacity, batch, move |ids: Vec<TicketId>| {
            let store = Arc::clone(&store);
            async move { store.tickets_by_id(&ids).await }
        });
        let store = Arc::clone(&dependencies.store);
        let watch_queue = GroupCommit::new(capacity, batch, move |ids: Vec<TicketId>| {
            let store = Arc::clone(&store);
            async move { store.watch_states(&ids).await }
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
            order_queue,
            attach_queue,
            collection_queue,
            finish_queue,
            nonce_queue,
            mail_queue,
            push_queue,
            payreq_queue,
            tickets_queue,
            ticket_queue,
            watch_queue,
            invoice_queue,
            surge_started_at,
            hashing,
            login_guard,
            wallet_checks: WalletChecks::default(),
            network: OnceLock::new(),
            checks,
            extra_invoice_locks: KeyedLocks::default(),
            runtime: Handle::current(),
            settled: AtomicU64::new(0),
        })
    }

    /// Whether many seats were requested within the last `SURGE_DURATION_MS`; deferrable work should wait.
    pub fn is_in_surge(&self) -> bool {
        let started = self.surge_started_at.load(Ordering::Relaxed);
        let since = self.now().timestamp_millis().saturating_sub(started);
        (0..SURGE_DURATION_MS).contains(&since)
    }

    /// Number of settlements recorded by this process.
    pub fn settled(&self) -> u64 {
        self.settled.load(Ordering::Relaxed)
    }

    /// The store, for reads.
    pub fn store(&self) -> &dyn Store {
        &*self.dependencies.store
    }

    /// Returns an event from cache: never older than this replica's commits, and at most one second older than those of
    /// another replica. The same `Arc` while it is unchanged.
    pub async fn event(&self, id: EventId) -> Result<Option<Arc<Event>>, StoreError> {
        self.event_cache.event(self.store(), id, self.now()).await
    }

    /// Returns a list of events from cache, with the same guarantees as [`BoxOffice::event`].
    pub async fn events(&self, query: &EventQuery, page: Page) -> Result<Arc<EventList>, StoreError> {
        self.event_cache.events(self.store(), query, page, self.now()).await
    }

    /// Returns a page of an account's tickets, newest first, read after the call. Concurrent reads are batched.
    pub async fn tickets_of(&self, user: UserId, page: Page) -> Result<Vec<TicketView>, QueueError> {
        self.tickets_queue.submit((user, page)).await
    }

    /// Returns a ticket view, read after the call. Concurrent reads are batched.
    pub async fn ticket_view(&self, id: TicketId) -> Result<Option<TicketView>, StoreError> {
        Ok(self.ticket_queue.submit(id).await?)
    }

    /// Invoice of a payment hash that an unauthenticated caller named; concurrent reads share a query.
    pub(crate) async fn named_invoice(&self, hash: PaymentHash) -> Result<Option<Invoice>, StoreError> {
        Ok(self.invoice_queue.submit(hash).await?)
    }

    /// Current time.
    pub fn now(&self) -> Timestamp {
        self.dependencies.clock.now()
    }

    /// Configuration.
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

    /// A random nonce for a message that we sign.
    pub(crate) fn random_nonce(&self) -> Result<String, EntropyError> {
        Ok(u64::from_be_bytes(self.random()?).to_string())
    }
}

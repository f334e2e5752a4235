//! State shared by handlers.

use super::{
    access::RequestNames,
    client,
    connections::Connections,
    foreign_ids::ForeignIds,
    limits::RateLimits,
    live::Streams,
    render_cache::{EventInvoices, RenderCache},
    viewers::Viewers,
};
use crate::{
    config::Http,
    metrics::Metrics,
    rates::{Rate, Rates},
    test_mailbox::TestMailbox,
    worker::Liveness,
};
use actix_web::HttpRequest;
use box_office::{BoxOffice, Store};
use kernel::Entropy;
use serde::Serialize;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use store_postgres::Postgres;
use utoipa::ToSchema;

/// Public configuration for the web app.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicConfig {
    /// Public domain.
    pub domain: String,
    /// Whether payments use test money.
    pub sandbox: bool,
    /// URL of the test wallet.
    pub sandbox_wallet_url: Option<String>,
    /// Minutes before the start of an event at which a ticket opens the stream.
    pub early_entry_minutes: u32,
    /// UMA Auth configuration.
    pub uma_auth: Option<UmaAuthConfig>,
    /// Exchange rate; `null` without a source or a recent rate.
    pub rate: Option<Rate>,
    /// Maximum per purchase from a connected wallet without an owner's limit; also the budget to request.
    pub wallet_budget_per_purchase_sats: Option<u64>,
    /// Default daily limit (UTC).
    pub wallet_budget_per_day_sats: Option<u64>,
}

/// UMA Auth configuration (UMADE-01).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UmaAuthConfig {
    /// Nostr public key of this application.
    pub app_pubkey: String,
    /// Relay with the application's profile.
    pub relay: String,
    /// Redirect URI of the wallet.
    pub redirect_uri: String,
}

/// Dependencies of handlers.
pub struct State {
    pub(crate) office: Arc<BoxOffice>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) http: Http,
    pub(crate) limits: Option<RateLimits>,
    pub(crate) foreign_ids: ForeignIds,
    pub(crate) metrics: Metrics,
    pub(crate) request_names: RequestNames,
    pub(crate) public: PublicConfig,
    pub(crate) liveness: Arc<Liveness>,
    pub(crate) event_invoices: EventInvoices,
    pub(crate) render_cache: RenderCache,
    pub(crate) connections: Arc<Connections>,
    pub(crate) streams: Streams,
    pub(crate) viewers: Viewers,
    pub(crate) test_mailbox: Option<Arc<TestMailbox>>,
    pub(crate) rates: Arc<Rates>,
    pub(crate) postgres: Option<Postgres>,
    /// Unix seconds of the last warning of [`State::check_forwarding`].
    forwarding_warned_at: AtomicI64,
}

/// Seconds between two warnings of an untrusted forwarder.
const FORWARDING_WARNING_PERIOD_SECS: i64 = 600;

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "State({:?})", self.office)
    }
}

impl State {
    /// Creates the state of handlers. Must be called in a tokio runtime.
    pub fn new(
        office: Arc<BoxOffice>,
        store: Arc<dyn Store>,
        http: Http,
        metrics: Metrics,
        entropy: &dyn Entropy,
        public: PublicConfig,
        liveness: Arc<Liveness>,
    ) -> Self {
        let limits = http.limits.as_ref().map(RateLimits::new);
        let connections = Arc::new(Connections::new(&http, &metrics));
        let streams = Streams::start(store.changes(), connections.capacity().streams, http.streams, &metrics);
        let viewers = Viewers::start(Arc::clone(&office), entropy);
        Self {
            office,
            store,
            http,
            limits,
            foreign_ids: ForeignIds::default(),
            metrics,
            request_names: RequestNames::new(entropy),
            public,
            liveness,
            event_invoices: EventInvoices::default(),
            render_cache: RenderCache::default(),
            connections,
            streams,
            viewers,
            test_mailbox: None,
            rates: Arc::default(),
            postgres: None,
            forwarding_warned_at: AtomicI64::new(0),
        }
    }

    /// Adds the test mailbox, if emails are not sent.
    #[must_use]
    pub fn with_test_mailbox(mut self, test_mailbox: Option<Arc<TestMailbox>>) -> Self {
        self.test_mailbox = test_mailbox;
        self
    }

    /// Adds the exchange rates.
    #[must_use]
    pub fn with_rates(mut self, rates: Arc<Rates>) -> Self {
        self.rates = rates;
        self
    }

    /// Adds the database whose pool `/metrics` reports.
    #[must_use]
    pub fn with_postgres(mut self, postgres: Option<Postgres>) -> Self {
        self.postgres = postgres;
        self
    }

    /// Warns of an untrusted forwarder, at most once per period, since the header can be forged.
    pub(crate) fn check_forwarding(&self, request: &HttpRequest) {
        let Some(peer) = client::untrusted_forwarder(request.head(), &self.http.trusted_proxies) else {
            return;
        };
        let now = self.office.now().timestamp();
        let last = self.forwarding_warned_at.load(Ordering::Relaxed);
        let due = now.saturating_sub(last) >= FORWARDING_WARNING_PERIOD_SECS;
        let warned = &self.forwarding_warned_at;
        if due && warned.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            tracing::warn!(
                %peer,
                "X-Forwarded-For from an untrusted peer: if it is your proxy, add it to TRUSTED_PROXIES; otherwise all clients count as one"
            );
        }
    }

    /// Drops counters of inactive callers, which bounds memory.
    pub fn drop_inactive_callers(&self) {
        if let Some(limits) = &self.limits {
            limits.drop_inactive();
        }
        self.foreign_ids.drop_inactive(self.office.now());
    }
}

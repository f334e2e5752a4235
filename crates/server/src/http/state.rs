//! What every handler can reach.

use super::{
    access::RequestNames,
    limits::RateLimits,
    live::Hub,
    showcase::{EventInvoices, Showcase},
};
use crate::{config::Http, letters::Letters, metrics::Metrics, worker::Pulse};
use box_office::{BoxOffice, Store};
use chrono::{DateTime, Utc};
use kernel::Entropy;
use serde::Serialize;
use std::{fmt, sync::Arc};
use utoipa::ToSchema;

/// What the web app is told about this shop.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PublicConfig {
    /// The shop's public name.
    pub domain: String,
    /// Whether it takes pretend money.
    pub sandbox: bool,
    /// The pretend wallet's page.
    pub sandbox_wallet_url: Option<String>,
    /// How to connect a wallet by UMA Auth.
    pub uma_auth: Option<UmaAuthConfig>,
    /// What a satoshi is worth, when somebody says.
    pub rate: Option<Rate>,
}

/// How to connect a wallet by UMA Auth (UMADE-01).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UmaAuthConfig {
    /// Our application's Nostr identity.
    pub app_pubkey: String,
    /// The relay with its profile.
    pub relay: String,
    /// Where the wallet sends people back to.
    pub redirect_uri: String,
}

/// An exchange rate, for information.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rate {
    /// Satoshis for one unit of the currency.
    pub sats_per_unit: f64,
    /// ISO 4217.
    pub currency: String,
    /// Who says so.
    pub source: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What every handler can reach.
pub struct State {
    pub(crate) office: Arc<BoxOffice>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) http: Http,
    pub(crate) limits: Option<RateLimits>,
    pub(crate) metrics: Metrics,
    pub(crate) request_names: RequestNames,
    pub(crate) public: PublicConfig,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) event_invoices: EventInvoices,
    pub(crate) showcase: Showcase,
    pub(crate) hub: Hub,
    pub(crate) letters: Option<Arc<Letters>>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "State({:?})", self.office)
    }
}

impl State {
    /// The handlers' view of a shop. Must be called inside a tokio runtime.
    pub fn new(
        office: Arc<BoxOffice>,
        store: Arc<dyn Store>,
        http: Http,
        metrics: Metrics,
        entropy: &dyn Entropy,
        public: PublicConfig,
        pulse: Arc<Pulse>,
    ) -> Self {
        let limits = http.limits.as_ref().map(RateLimits::new);
        let hub = Hub::start(store.changes());
        Self {
            office,
            store,
            http,
            limits,
            metrics,
            request_names: RequestNames::new(entropy),
            public,
            pulse,
            event_invoices: EventInvoices::default(),
            showcase: Showcase::default(),
            hub,
            letters: None,
        }
    }

    /// With the letters to show, where they are not sent.
    #[must_use]
    pub fn showing(mut self, letters: Option<Arc<Letters>>) -> Self {
        self.letters = letters;
        self
    }

    /// Forgets callers that have been quiet, so that counters do not grow without end.
    pub fn forget_quiet_callers(&self) {
        if let Some(limits) = &self.limits {
            limits.forget_quiet();
        }
    }
}

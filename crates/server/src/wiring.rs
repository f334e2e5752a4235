//! Wiring: constructs the adapters.

mod mail;
mod node;
mod outbound;
mod prices;
mod refresher;
mod store;

pub use mail::MailError;
pub use node::{NodeCheck, NodeDependencies};
pub use outbound::counterparty;
pub use prices::{PriceError, Prices};
pub use store::Database;

use crate::{
    config::{Config, Lightning as LightningConfig, UmaAuth, UmaKeySet},
    http::{PublicConfig, State, UmaAuthConfig},
    metrics::Metrics,
    rates::Rates,
    test_mailbox::TestMailbox,
    worker::{Liveness, WorkerContext},
};
use box_office::{BoxOffice, CallLimits, Dependencies, Links, NetworkHasher, Settings};
use chrono::TimeDelta;
use identity::{AccessTokens, WalletBudget, WalletCipher, WalletCipherError, WeakSecret};
use kernel::{Clock, Entropy, Sats, StoreError, Timestamp};
use nwc_wallet::{NwcBuyerWallet, PublicRelays, RelayGuard};
use std::{fmt, sync::Arc, time::Duration};
use uma_protocol::{KeyRing, NonceRules, UmaAddress, UmaError, VaspKeys};

/// Clock and randomness.
#[derive(Clone)]
pub struct SystemPorts {
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl fmt::Debug for SystemPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemPorts")
    }
}

impl Default for SystemPorts {
    /// The system's clock and randomness.
    fn default() -> Self {
        Self { clock: Arc::new(crate::system::SystemClock), entropy: Arc::new(crate::system::SystemEntropy) }
    }
}

impl SystemPorts {
    /// The system's clock and randomness, with the configured clock offset.
    pub fn of(config: &Config) -> Self {
        if config.clock_skew.is_zero() {
            return Self::default();
        }
        Self { clock: Arc::new(crate::system::SkewedClock(config.clock_skew)), ..Self::default() }
    }
}

/// Error of the wiring.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The database cannot be opened.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// Migrations are missing.
    #[error("the database lacks {} migrations: run `tickets migrate`", .0.len())]
    Unmigrated(Vec<String>),
    /// UMA keys or certificates are invalid or do not match.
    #[error("the UMA keys cannot be used")]
    UmaKeys(#[source] UmaError),
    /// The domain is invalid in a UMA address.
    #[error("DOMAIN cannot be part of a UMA address")]
    UmaAddress(#[source] UmaError),
    /// The token secret is too short.
    #[error(transparent)]
    Tokens(#[from] WeakSecret),
    /// The wallet encryption keys are invalid.
    #[error("WALLET_ENCRYPTION_KEY cannot be used")]
    WalletCipher(#[from] WalletCipherError),
    /// The HTTP client cannot be created.
    #[error("the HTTP client cannot be created: are root certificates installed?")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The sandbox cannot start.
    #[error("the sandbox cannot start")]
    Sandbox(#[from] sandbox::SandboxError),
    /// The node's settings are invalid.
    #[error("the Lightspark settings cannot be used")]
    Lightspark(#[from] lightspark::ConfigError),
    /// The receiving wallet's URI is invalid.
    #[error("NWC_URI cannot be used")]
    Nwc(#[from] nwc_wallet::NodeUriError),
    /// The mail settings are invalid.
    #[error("SMTP_URL cannot be used")]
    Mail(#[from] MailError),
    /// Metrics cannot be registered.
    #[error("metrics cannot be registered")]
    Metrics(#[from] prometheus::Error),
}

/// A wired shop.
pub struct Runtime {
    /// The use cases.
    pub office: Arc<BoxOffice>,
    /// The database.
    pub database: Database,
    /// Metrics.
    pub metrics: Metrics,
    /// Heartbeat of the worker.
    pub liveness: Arc<Liveness>,
    /// The node and its adapters.
    pub node: NodeDependencies,
    /// Source of prices, if configured.
    pub prices: Option<Arc<Prices>>,
    test_mailbox: Option<Arc<TestMailbox>>,
    /// Exchange rates.
    pub rates: Arc<Rates>,
    public: PublicConfig,
    entropy: Arc<dyn Entropy>,
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Runtime({:?})", self.office)
    }
}

/// The configured UMA keys: the current ones, and the next ones with their start.
pub fn uma_keys(config: &Config) -> Result<(VaspKeys, Option<(Timestamp, VaspKeys)>), WiringError> {
    let set = |keys: &UmaKeySet| {
        VaspKeys::from_config(
            keys.signing_key.expose(),
            &keys.signing_chain,
            keys.encryption_key.expose(),
            &keys.encryption_chain,
        )
        .map_err(WiringError::UmaKeys)
    };
    let next = match &config.uma.next {
        None => None,
        Some((since, keys)) => Some((*since, set(keys)?)),
    };
    Ok((set(&config.uma.current)?, next))
}

/// All keys in the order of their validity.
fn key_ring(config: &Config) -> Result<KeyRing, WiringError> {
    let (current, next) = uma_keys(config)?;
    let ring = KeyRing::new(current);
    Ok(match next {
        None => ring,
        Some((since, keys)) => ring.with_next(since.timestamp(), keys),
    })
}

/// Wires the shop. Only the sandbox listens afterwards.
pub async fn open(config: &Config, system: &SystemPorts) -> Result<Runtime, WiringError> {
    let uma_keys = key_ring(config)?;
    let uma_address = format!("$tickets@{}", config.http.domain);
    let uma_address = UmaAddress::parse(&uma_address).map_err(WiringError::UmaAddress)?;
    let tokens = AccessTokens::new(config.identity.jwt_secret.expose().as_bytes())?;
    let wallet_cipher = WalletCipher::new(config.identity.wallet_keys.clone())?;
    let wallets = outbound::wallets(config)?;
    let counterparty = outbound::counterparty(config, system)?;
    let database = Database::open(&config.database).await?;
    let node = node::open(config, system).await?;
    let relays: Arc<dyn RelayGuard> = Arc::new(relay_rules(config));
    let rates = Arc::<Rates>::default();
    let prices = config.price_source.clone().map(|source| {
        let (client, clock) = (Arc::clone(&wallets), Arc::clone(&system.clock));
        Arc::new(Prices::new(client, source, clock, Arc::clone(&rates)))
    });
    let test_mailbox = (config.is_sandbox() && config.mail.is_none()).then(Arc::<TestMailbox>::default);
    let mailer = mail::open(config, test_mailbox.as_ref(), &system.clock)?;
    let dependencies = Dependencies {
        store: Arc::clone(&database.store),
        orders: Arc::clone(&database.orders),
        holds: Arc::clone(&database.holds),
        lightning: Arc::clone(&node.lightning),
        webhooks: node.webhooks.clone(),
        test_payments: node.test_payments.clone(),
        buyer_wallet: Some(Arc::new(NwcBuyerWallet::new(
            relays,
            Arc::clone(&system.clock),
            nwc_wallet::Limits::default(),
        ))),
        wallet_refresher: Some(Arc::new(refresher::Refresher::new(wallets, Arc::clone(&system.clock)))),
        counterparty: Arc::new(counterparty),
        mailer,
        clock: Arc::clone(&system.clock),
        entropy: Arc::clone(&system.entropy),
        tokens,
        wallet_cipher,
        links: Links::new(config.identity.jwt_secret.expose().as_bytes()),
        rates: rates.clone(),
        networks: NetworkHasher::new(config.identity.jwt_secret.expose().as_bytes()),
        uma_address,
        uma_keys,
        nonce_rules: NonceRules::default(),
        lower_priority: crate::threads::lower_hash_priority,
        settings: settings(config, node.notifies),
    };
    Ok(Runtime {
        office: BoxOffice::new(dependencies),
        database,
        metrics: Metrics::new()?,
        liveness: Arc::default(),
        public: public(config, &node),
        node,
        prices,
        test_mailbox,
        rates,
        entropy: Arc::clone(&system.entropy),
    })
}

fn relay_rules(config: &Config) -> PublicRelays {
    if config.http.domain.is_local() { PublicRelays::with_loopback() } else { PublicRelays::new() }
}

fn settings(config: &Config, node_notifies: bool) -> Settings {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Settings {
        hold: TimeDelta::minutes(i64::from(config.shop.hold_minutes)),
        grace: TimeDelta::minutes(2),
        early_entry: TimeDelta::minutes(i64::from(config.shop.early_entry_minutes)),
        bcrypt_cost: config.identity.bcrypt_cost,
        // One core is kept free of hashing, so that a burst of logins does not stop sales.
        hashing_slots: cores.saturating_sub(1).max(1),
        hashing_queue: config.http.limits.map_or(usize::MAX, |limits| limits.hashing_queue),
        login_failures: config.http.limits.map_or(u32::MAX, |limits| limits.login_account),
        mail_limits: config.mail_limits,
        // Benchmarks push many requests to one address.
        pushed_requests: config.http.limits.map_or(0, |limits| limits.pushed_requests),
        admin_emails: config.identity.admin_emails.clone(),
        base_url: config.http.public_url.clone(),
        node_notifies,
        queue_capacity: 4_096,
        batch: 256,
        hold_limits: config.shop.hold_limits,
        order_limits: config.shop.order_limits,
        require_proved_email_for_free: config.shop.require_proved_email_for_free,
        wallet_timeout: TimeDelta::seconds(i64::from(config.shop.wallet_timeout_secs)),
        wallet_budget: wallet_budget(config),
        call_limits: call_limits(config),
        lease_renewal: LEASE_RENEWAL,
        max_pause: config.max_job_pause,
    }
}

fn wallet_budget(config: &Config) -> WalletBudget {
    let limit = |sats: u32| Sats::new(u64::from(sats)).ok().filter(|sats| !sats.is_zero());
    WalletBudget {
        per_purchase: limit(config.shop.wallet_budget_per_purchase_sats),
        per_day: limit(config.shop.wallet_budget_per_day_sats),
    }
}

/// Renewal interval of running jobs, a fraction of the shortest lease.
const LEASE_RENEWAL: Duration = Duration::from_secs(15);

/// Timeouts of all adapters.
fn call_limits(config: &Config) -> CallLimits {
    let relay = nwc_wallet::Limits::default();
    let (question, payment) = match config.lightning {
        LightningConfig::Nwc(_) => (relay.connect + relay.answer, relay.connect + relay.pay),
        LightningConfig::Lightspark(_) | LightningConfig::Sandbox(_) => {
            (lightspark::CALL_TIMEOUT, lightspark::PAYMENT_TIMEOUT)
        }
    };
    let span = |time: Duration| TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
    CallLimits {
        node_question: span(question),
        node_payment: span(payment),
        wallet: span(relay.connect) + TimeDelta::seconds(i64::from(config.shop.wallet_timeout_secs)),
        counterparty: span(uma_http::Limits::default().timeout),
        mail: span(mail::SMTP_TIMEOUT),
    }
}

fn public(config: &Config, node: &NodeDependencies) -> PublicConfig {
    PublicConfig {
        domain: config.http.domain.as_str().to_owned(),
        sandbox: matches!(config.lightning, LightningConfig::Sandbox(_)),
        sandbox_wallet_url: node.sandbox.as_ref().map(sandbox::Sandbox::base_url),
        early_entry_minutes: config.shop.early_entry_minutes,
        uma_auth: config.uma_auth.clone().or_else(|| sandbox_uma_auth(config, node)).map(|auth| {
            UmaAuthConfig { app_pubkey: auth.app_pubkey, relay: auth.relay, redirect_uri: auth.redirect_uri }
        }),
        rate: None,
        wallet_budget_per_purchase_sats: wallet_budget(config).per_purchase.map(Sats::get),
        wallet_budget_per_day_sats: wallet_budget(config).per_day.map(Sats::get),
    }
}

/// UMA Auth settings for test wallets.
fn sandbox_uma_auth(config: &Config, node: &NodeDependencies) -> Option<UmaAuth> {
    let sandbox = node.sandbox.as_ref()?;
    Some(UmaAuth {
        app_pubkey: sandbox.app_pubkey()?,
        relay: sandbox.relay()?.url(),
        redirect_uri: format!("{}/oauth/callback", config.http.public_url),
    })
}

impl Runtime {
    /// The state of handlers.
    pub fn state(&self, config: &Config) -> State {
        State::new(
            Arc::clone(&self.office),
            Arc::clone(&self.database.store),
            config.http.clone(),
            self.metrics.clone(),
            &*self.entropy,
            self.public.clone(),
            Arc::clone(&self.liveness),
        )
        .with_test_mailbox(self.test_mailbox.clone())
        .with_postgres(self.database.postgres.clone())
        .with_rates(Arc::clone(&self.rates))
    }

    /// The dependencies of the worker.
    pub fn worker_context(&self) -> WorkerContext {
        WorkerContext {
            office: Arc::clone(&self.office),
            store: Arc::clone(&self.database.store),
            metrics: self.metrics.clone(),
            liveness: Arc::clone(&self.liveness),
        }
    }
}

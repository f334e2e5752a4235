//! Settings from the environment, validated together. Adapters receive structs and never read the environment.

mod database;
mod domain;
mod env;
mod exchange;
mod holds;
mod http;
mod identity;
mod lightning;
mod mail;
mod rate;
mod uma;

pub use database::Database;
pub use domain::Domain;
pub use env::Env;
pub use exchange::{ConnectionLimits, StreamLimits};
pub use http::{Http, Limits, Network, NetworkKind};
pub use identity::Identity;
pub use lightning::{Lightning, Lightspark, Sandbox};
pub use mail::Mail;
pub use rate::PriceSource;
pub use uma::{UmaAuth, UmaKeySet, UmaKeys};

use box_office::HoldLimits;
use box_office::MailLimits;
use chrono::TimeDelta;
use env::Reader;
use std::fmt;
use tickets::OrderLimits;

/// Log format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Human-readable lines.
    Text,
    /// One JSON object per line.
    Json,
}

/// Sales settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shop {
    /// Minutes for which an unpaid seat is held.
    pub hold_minutes: u32,
    /// Minutes before the start of an event at which check-in opens.
    pub early_entry_minutes: u32,
    /// Timeout of a payment by a connected wallet, seconds; then its result is looked up.
    pub wallet_timeout_secs: u32,
    /// Maximum that one purchase takes from a connected wallet without an owner's limit, satoshis; 0 is no limit.
    pub wallet_budget_per_purchase_sats: u32,
    /// Default daily limit (UTC).
    pub wallet_budget_per_day_sats: u32,
    /// Quotas on outstanding seats of one event.
    pub hold_limits: HoldLimits,
    /// Limits on tickets per order and per buyer.
    pub order_limits: OrderLimits,
    /// Whether free tickets require an account with a verified email address.
    pub require_proved_email_for_free: bool,
}

/// All settings. Each variable with a secret can also be given as a file, `NAME_FILE`.
///
/// | variable | default | meaning |
/// |---|---|---|
/// | `PORT`, `BIND_ADDRESS` | 8080, `0.0.0.0` | where to listen |
/// | `DOMAIN` | – | the public host name, with a port if it is not 443 |
/// | `PUBLIC_URL` | `https://<DOMAIN>` (`http://` when local) | base URL of links in emails |
/// | `DATABASE_URL` | – | `postgres://…` or `sqlite://path` |
/// | `DATABASE_CA` | – | CA certificates (PEM) that verify the database's, if the URL has `sslmode=verify-full`; the system's when not set |
/// | `DATABASE_POOL_SIZE` | 16 | connections to Postgres |
/// | `MIGRATE_AT_START` | off | migrate a Postgres schema at start, serialised across replicas. Otherwise run `tickets migrate`. Orders of more than one ticket need `tickets migrate --finish` once no process of a release without orders runs any more; a new database and SQLite need no `--finish` |
/// | `JWT_SECRET` | – | signs access tokens; 32 bytes or more |
/// | `WALLET_ENCRYPTION_KEY` | – | seals wallet connections: `id:64 hex digits`, comma-separated, current one first |
/// | `ADMIN_EMAILS` | none | comma-separated accounts of organisers |
/// | `BCRYPT_COST` | 12 | 10–14 |
/// | `LIGHTSPARK_CLIENT_ID`, `_CLIENT_SECRET`, `_NODE_ID`, `_NODE_PASSWORD`, `_WEBHOOK_SIGNING_KEY`, `_BASE_URL` | – | receive with Lightspark |
/// | `NWC_URI` | – | receive with any wallet that speaks NWC, instead of Lightspark |
/// | `SANDBOX`, `SANDBOX_PORT` | off, 8081 | test money, for a local `DOMAIN` only |
/// | `SANDBOX_DATA`, `SANDBOX_AUTO_APPROVE` | –, off | data directory of the sandbox; automatic approval of requests |
/// | `UMA_SIGNING_PRIVKEY`, `UMA_SIGNING_CERT_CHAIN`, `UMA_ENCRYPTION_PRIVKEY`, `UMA_ENCRYPTION_CERT_CHAIN` | – | keys (hex) and certificate chains (PEM); `tickets keys new` generates them |
/// | `UMA_NEXT_SINCE`, and the four above with `NEXT_` after `UMA_` | – | keys that become current at that time (such as `2027-01-01T00:00:00Z`), without downtime |
/// | `UMA_AUTH_APP_PUBKEY`, `UMA_AUTH_RELAY`, `UMA_AUTH_REDIRECT_URI` | – | wallet connections by UMA Auth |
/// | `HOLD_MINUTES` | 15 | 1–120 |
/// | `EARLY_ENTRY_MINUTES` | 30 | 0–1440 |
/// | `WALLET_TIMEOUT_SECONDS` | 60 | 1–90; afterwards the result of a connected wallet's payment is looked up |
/// | `WALLET_BUDGET_PER_PURCHASE_SATS`, `WALLET_BUDGET_PER_DAY_SATS` | 1000000, 2000000 | maximum that purchases take from a connected wallet without limits of its owner; 0 = no limit |
/// | `HOLDS_PER_ACCOUNT` | 10 | unpaid or free-of-charge seats of one event per account; 0 = no limit, as for the next ones |
/// | `HOLDS_PER_PAYER` | 10 | the same per UMA address of guests within one network |
/// | `HOLDS_PER_NETWORK`, `HOLDS_PER_NETWORK_PERCENT` | 40, 20 | the same per network (IPv4 address, IPv6 /64): the larger of seats and percent of the event; at most half the event. An organiser can set another number for an event (`network_limit`) |
/// | `HOLDS_PER_SITE_FACTOR` | 2 | factor of an IPv6 /48's limit over that of a network; at most half the event |
/// | `TICKETS_PER_ORDER`, `TICKETS_PER_BUYER` | 20, 0 | tickets in one order (at most 100), and of one event over all orders of a buyer: an account, else a confirmed email address, else the payer's UMA address; 0 = no limit |
/// | `REQUIRE_PROVED_EMAIL_FOR_FREE` | off | `on`: free tickets only for accounts with a verified email address, if mail is configured |
/// | `CORS_ORIGINS` | none | comma-separated, in addition to `http://localhost:3000` and `https://<DOMAIN>` |
/// | `TRUSTED_PROXIES` | none | networks whose `X-Forwarded-For` is trusted, such as `10.0.0.0/8`; `tickets doctor` checks them |
/// | `RATE_LIMITS` | on | `off` for load tests |
/// | `RATE_LOGIN`, `RATE_REGISTER`, `RATE_PURCHASE`, `RATE_VALIDATE` | 30, 20, 60, 120 | per minute and address (IPv6: per /64, and four times as many per /48) |
/// | `RATE_LOGIN_ACCOUNT` | 10 | wrong passwords for one account from one network before increasing delays for that network. An IPv6 /48 is one network. Networks that the account was never used from share ten times as many per day, of which one network may use a tenth |
/// | `HASHING_QUEUE` | 16 | queued password hashes per network, and four times as many per IPv6 /48; beyond it 503. Networks are served round-robin |
/// | `UMA_REQUESTS_PER_PAYER` | 2 | unanswered UMA Requests per UMA address; others wait while the QR code is shown. 0 = no limit |
/// | `MAX_CONNECTIONS` | 0 | open connections; 0 = the limit of open files minus a reserve for database and node |
/// | `CONNECTIONS_PER_NETWORK`, `STREAMS_PER_NETWORK`, `STREAMS_PER_TICKET` | 2000, 1000, 5 | open connections and live streams per IPv4 address or IPv6 /64, and streams per ticket; 0 = no limit. Loopback callers and `TRUSTED_PROXIES` are exempt, and `RATE_LIMITS=off` disables all of them |
/// | `REQUEST_TIMEOUT_SECONDS` | 10 | 1–60; timeout of a request's head, and of a body of up to 64 KiB |
/// | `STREAM_HEARTBEAT_SECONDS`, `STREAM_LIFE_SECONDS` | 15, 3600 | interval of a live stream's heartbeats (shorter than any proxy's idle timeout), and its maximum age |
/// | `TICKETS_LIMIT_LOOPBACK` | off | also limits connections and live streams of loopback callers, each address as a network, for trials; local `DOMAIN` only |
/// | `RATE_FOREIGN_IDS` | 300 | distinct foreign accounts, and distinct foreign tickets, that one network (IPv4 address, IPv6 /48) may read per hour |
/// | `RATE_PROMO_CODES` | 60 | distinct promo codes that one network (IPv4 address, IPv6 /48) may try per hour |
/// | `REFUSAL_DELAY_MS` | 250 | delay of a response that refuses a request for now (429, or 503 with `Retry-After`), in milliseconds; 0 answers at once |
/// | `METRICS_TOKEN` | – | bearer token of `/metrics`; loopback callers need none |
/// | `DRAIN_SECONDS` | 5; 0 for a local `DOMAIN` | time in which a stopping replica accepts requests while `/ready` answers 503, so that proxies switch to other replicas |
/// | `SHUTDOWN_SECONDS` | 20 | time for running requests at shutdown |
/// | `SMTP_URL`, `MAIL_FROM` | – | mail server and sender |
/// | `MAIL_PER_ADDRESS`, `MAIL_PER_CUSTOMER`, `MAIL_PER_DOMAIN` | 10, 100, 2000 | emails: per day to an unverified address (more are dropped), per day to a verified address or about a payment (more are delayed), per hour to unverified addresses of one domain (more are delayed), of which one requesting network may use a tenth. 0 = no limit |
/// | `RATE_URL` | – | https URL of a JSON document with the price of one bitcoin; enables approximate prices |
/// | `RATE_POINTER`, `RATE_CURRENCY` | `/price`, `USD` | JSON Pointer to the price, a number or numeric text, and its currency |
/// | `TICKETS_CLOCK_SKEW_SECONDS` | 0 | clock offset, for trials with clock skew between replicas; local `DOMAIN` only |
/// | `TICKETS_MAX_PAUSE_SECONDS` | 0 | longest pause before a job is run again, so that trials do not wait for back-offs; 0 = the job's own pause; for a local `DOMAIN` only |
/// | `LOG_FORMAT`, `LOG` | `text`, `info` | `text` or `json`; a `tracing` filter |
#[derive(Debug, Clone)]
pub struct Config {
    /// HTTP server and its limits.
    pub http: Http,
    /// Database connection.
    pub database: Database,
    /// Accounts.
    pub identity: Identity,
    /// Lightning backend.
    pub lightning: Lightning,
    /// UMA keys.
    pub uma: UmaKeys,
    /// UMA Auth for the web app.
    pub uma_auth: Option<UmaAuth>,
    /// Sales settings.
    pub shop: Shop,
    /// Mail, if configured.
    pub mail: Option<Mail>,
    /// Email limits per recipient.
    pub mail_limits: MailLimits,
    /// Source of the bitcoin price, if configured.
    pub price_source: Option<PriceSource>,
    /// Clock offset for trials; zero in production.
    pub clock_skew: TimeDelta,
    /// Longest pause before a job is run again, for trials.
    pub max_job_pause: Option<TimeDelta>,
    /// Log format.
    pub log_format: LogFormat,
    /// Log filter in the syntax of `tracing_subscriber`.
    pub log_filter: String,
}

/// All errors of the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    errors: Vec<String>,
}

impl ConfigError {
    /// One sentence per error.
    pub fn errors(&self) -> &[String] {
        &self.errors
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errors.as_slice() {
            [one] => write!(f, "invalid configuration: {one}"),
            all => {
                write!(f, "invalid configuration, {} errors:", all.len())?;
                all.iter().try_for_each(|error| write!(f, "\n  - {error}"))
            }
        }
    }
}

impl Config {
    /// Reads and validates all settings; reports all errors together.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(env);
        let http = Http::read(&mut reader);
        let database = Database::read(&mut reader);
        let identity = Identity::read(&mut reader);
        let lightning = Lightning::read(&mut reader, http.as_ref().map(|http| &http.domain));
        let uma = UmaKeys::read(&mut reader);
        let uma_auth = UmaAuth::read(&mut reader);
        let shop = Shop {
            hold_minutes: reader.number("HOLD_MINUTES", (1, 120), 15),
            wallet_timeout_secs: reader.number("WALLET_TIMEOUT_SECONDS", (1, 90), 60),
            wallet_budget_per_purchase_sats: reader.number(
                "WALLET_BUDGET_PER_PURCHASE_SATS",
                (0, u32::MAX),
                1_000_000,
            ),
            wallet_budget_per_day_sats: reader.number("WALLET_BUDGET_PER_DAY_SATS", (0, u32::MAX), 2_000_000),
            early_entry_minutes: reader.number("EARLY_ENTRY_MINUTES", (0, 1_440), 30),
            hold_limits: holds::read(&mut reader),
            order_limits: OrderLimits {
                per_order: reader.number("TICKETS_PER_ORDER", (0, OrderLimits::MAX_TICKETS_PER_ORDER), 20),
                per_buyer: reader.number("TICKETS_PER_BUYER", (0, 1_000_000), 0),
            },
            require_proved_email_for_free: reader.boolean("REQUIRE_PROVED_EMAIL_FOR_FREE", false),
        };
        let mail = Mail::read(&mut reader);
        let mail_limits = mail::limits(&mut reader);
        let price_source = PriceSource::read(&mut reader, http.as_ref().map(|http| &http.domain));
        let log_format = match reader.text("LOG_FORMAT").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(_) => {
                reader.push_error("LOG_FORMAT must be text or json");
                LogFormat::Text
            }
        };
        let log_filter = reader.text("LOG").unwrap_or_else(|| "info".to_owned());
        let skew: i32 = reader.parse("TICKETS_CLOCK_SKEW_SECONDS", "a number of seconds", 0);
        if skew != 0 && http.as_ref().is_some_and(|http| !http.domain.is_local()) {
            reader.push_error("TICKETS_CLOCK_SKEW_SECONDS requires a local DOMAIN");
        }
        let pause: u16 = reader.parse("TICKETS_MAX_PAUSE_SECONDS", "a number of seconds", 0);
        if pause != 0 && http.as_ref().is_some_and(|http| !http.domain.is_local()) {
            reader.push_error("TICKETS_MAX_PAUSE_SECONDS requires a local DOMAIN");
        }
        let errors = reader.into_errors();
        match (http, database, identity, lightning, uma) {
            (Some(http), Some(database), Some(identity), Some(lightning), Some(uma)) if errors.is_empty() => {
                Ok(Self {
                    http,
                    database,
                    identity,
                    lightning,
                    uma,
                    uma_auth,
                    shop,
                    mail,
                    mail_limits,
                    price_source,
                    clock_skew: TimeDelta::seconds(skew.into()),
                    max_job_pause: (pause != 0).then(|| TimeDelta::seconds(pause.into())),
                    log_format,
                    log_filter,
                })
            }
            _ => Err(ConfigError { errors }),
        }
    }

    /// Whether the sandbox is the Lightning backend.
    pub const fn is_sandbox(&self) -> bool {
        matches!(self.lightning, Lightning::Sandbox(_))
    }
}

#[cfg(test)]
mod tests;

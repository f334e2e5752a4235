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
pub use http::{Http, Limits, Network};
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
    /// The same for the purchases of one day (UTC).
    pub wallet_budget_per_day_sats: u32,
    /// Quotas on outstanding seats of one event.
    pub hold_limits: HoldLimits,
    /// Whether free tickets require an account with a verified email address.
    pub require_proved_email_for_free: bool,
}

/// All settings. Each variable with a secret can also be given as a file, `NAME_FILE`.
///
/// | variable | default | meaning |
/// |---|---|---|
/// | `PORT`, `BIND_ADDRESS` | 8080, `0.0.0.0` | where to listen |
/// | `DOMAIN` | – | the host name buyers and wallets see, with a port when it is not 443 |
/// | `PUBLIC_URL` | `https://<DOMAIN>` (`http://` when local) | the address links in mails lead to |
/// | `DATABASE_URL` | – | `postgres://…` or `sqlite://path` |
/// | `DATABASE_CA` | – | certificates (PEM) that the database's own is verified with, where the URL has `sslmode=verify-full`; the system's when not set |
/// | `DATABASE_POOL_SIZE` | 16 | connections to Postgres |
/// | `MIGRATE_AT_START` | off | bring a Postgres schema up to date before serving; replicas take turns. Else run `tickets migrate` |
/// | `JWT_SECRET` | – | signs access tokens; 32 bytes or more |
/// | `WALLET_ENCRYPTION_KEY` | – | seals wallet connections: `id:64 hex digits`, comma-separated, current one first |
/// | `ADMIN_EMAILS` | none | comma-separated accounts of organisers |
/// | `BCRYPT_COST` | 12 | 10–14 |
/// | `LIGHTSPARK_CLIENT_ID`, `_CLIENT_SECRET`, `_NODE_ID`, `_NODE_PASSWORD`, `_WEBHOOK_SIGNING_KEY`, `_BASE_URL` | – | receive with Lightspark |
/// | `NWC_URI` | – | receive with any wallet that speaks NWC, instead of Lightspark |
/// | `SANDBOX`, `SANDBOX_PORT` | off, 8081 | test money, for a local `DOMAIN` only |
/// | `SANDBOX_DATA`, `SANDBOX_AUTO_APPROVE` | –, off | where test money is kept; whether its owners approve by themselves |
/// | `UMA_SIGNING_PRIVKEY`, `UMA_SIGNING_CERT_CHAIN`, `UMA_ENCRYPTION_PRIVKEY`, `UMA_ENCRYPTION_CERT_CHAIN` | – | keys (hex) and certificate chains (PEM); `tickets keys new` makes them |
/// | `UMA_NEXT_SINCE`, and the four above with `NEXT_` after `UMA_` | – | keys that take over at that moment (such as `2027-01-01T00:00:00Z`), without downtime |
/// | `UMA_AUTH_APP_PUBKEY`, `UMA_AUTH_RELAY`, `UMA_AUTH_REDIRECT_URI` | – | lets buyers connect a wallet by UMA Auth |
/// | `HOLD_MINUTES` | 15 | 1–120 |
/// | `EARLY_ENTRY_MINUTES` | 30 | 0–1440 |
/// | `WALLET_TIMEOUT_SECONDS` | 60 | 1–90; then a buyer's connected wallet is asked what became of the payment |
/// | `WALLET_BUDGET_PER_PURCHASE_SATS`, `WALLET_BUDGET_PER_DAY_SATS` | 1000000, 2000000 | most that purchases take from a connected wallet whose owner set no limits of their own; 0 = no limit |
/// | `HOLDS_PER_ACCOUNT` | 10 | unpaid or free seats of one event per account; 0 is no limit, as for the next ones |
/// | `HOLDS_PER_PAYER` | 10 | the same per UMA address of guests within one network |
/// | `HOLDS_PER_NETWORK`, `HOLDS_PER_NETWORK_PERCENT` | 40, 20 | the same per network (IPv4 address, IPv6 /64): seats, or percent of the event where that is more; at most half the event. An organiser may choose another number for an event (`network_limit`) |
/// | `HOLDS_PER_SITE_FACTOR` | 2 | how many times the limit of a network an IPv6 /48 has; at most half the event |
/// | `REQUIRE_PROVED_EMAIL_FOR_FREE` | off | `on`: free tickets only for accounts with a proved e-mail address, where mail is sent |
/// | `CORS_ORIGINS` | none | comma-separated, beside `http://localhost:3000` and `https://<DOMAIN>` |
/// | `TRUSTED_PROXIES` | none | networks whose `X-Forwarded-For` is believed, such as `10.0.0.0/8` |
/// | `RATE_LIMITS` | on | `off` for load tests |
/// | `RATE_LOGIN`, `RATE_REGISTER`, `RATE_PURCHASE`, `RATE_VALIDATE` | 30, 20, 60, 120 | a minute, per address (IPv6: per /64, and four times as many per /48) |
/// | `RATE_LOGIN_ACCOUNT` | 10 | wrong passwords for one account from one network; then that network waits, longer with each further one. An IPv6 /48 is one network. Other networks stay open; those that the account was never used from share ten times as many a day, of which one network may use a tenth |
/// | `HASHING_QUEUE` | 16 | password hashes of one network waiting, and four times as many of one IPv6 /48; beyond it 503. Networks take turns |
/// | `UMA_REQUESTS_PER_PAYER` | 2 | UMA Requests pushed to one UMA address and unanswered; others wait with the QR code shown. 0 = no limit |
/// | `MAX_CONNECTIONS` | 0 | connections at once; 0 takes what the limit of open files leaves beside what is kept back for database and node |
/// | `CONNECTIONS_PER_NETWORK`, `STREAMS_PER_NETWORK`, `STREAMS_PER_TICKET` | 2000, 1000, 5 | connections and live streams at once, per IPv4 address or IPv6 /64, and streams per ticket; 0 = no limit. Callers on this machine and `TRUSTED_PROXIES` are exempt, and all of it is off with `RATE_LIMITS=off` |
/// | `REQUEST_TIMEOUT_SECONDS` | 10 | 1–60; time for a request's head, and for a body of up to 64 KiB |
/// | `STREAM_HEARTBEAT_SECONDS`, `STREAM_LIFE_SECONDS` | 15, 3600 | interval of a live stream's heartbeats (shorter than any proxy's idle timeout), and the age at which it ends |
/// | `TICKETS_LIMIT_LOOPBACK` | off | limits connections and live streams of callers on this machine too, each loopback address as a network, for trials; for a local `DOMAIN` only |
/// | `RATE_FOREIGN_IDS` | 300 | different accounts, and different tickets, of others whose public answers one network (IPv4 address, IPv6 /48) may read an hour |
/// | `METRICS_TOKEN` | – | bearer token for `/metrics`; callers on this machine need none |
/// | `DRAIN_SECONDS` | 5; 0 where `DOMAIN` is local | how long a stopping replica still takes requests while `/ready` answers 503, so that proxies send new ones elsewhere |
/// | `SHUTDOWN_SECONDS` | 20 | how long running requests may take when stopping |
/// | `SMTP_URL`, `MAIL_FROM` | – | where and as whom to send mail |
/// | `MAIL_PER_ADDRESS`, `MAIL_PER_CUSTOMER`, `MAIL_PER_DOMAIN` | 10, 100, 2000 | emails: a day to an unproved address (more are dropped), a day to a proved address or about a payment (more are delayed), an hour to unproved addresses of one domain (more are delayed), of which one requesting network may use a tenth. 0 = no limit |
/// | `RATE_URL` | – | an https address whose JSON tells the price of one bitcoin; then amounts are shown with what they are about worth |
/// | `RATE_POINTER`, `RATE_CURRENCY` | `/price`, `USD` | where in that JSON the price is, a number or a number as text (JSON Pointer), and its currency |
/// | `TICKETS_CLOCK_SKEW_SECONDS` | 0 | moves the clock, to try out what replicas with different clocks do; for a local `DOMAIN` only |
/// | `TICKETS_MAX_PAUSE_SECONDS` | 0 | longest pause before a job is run again, so that trials do not wait for back-offs; 0 = the job's own pause; for a local `DOMAIN` only |
/// | `LOG_FORMAT`, `LOG` | `text`, `info` | `text` or `json`; a filter as of `tracing` |
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
    faults: Vec<String>,
}

impl ConfigError {
    /// One sentence per error.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.as_slice() {
            [one] => write!(f, "the configuration has a fault: {one}"),
            all => {
                write!(f, "the configuration has {} faults:", all.len())?;
                all.iter().try_for_each(|fault| write!(f, "\n  - {fault}"))
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
            require_proved_email_for_free: reader.switch("REQUIRE_PROVED_EMAIL_FOR_FREE", false),
        };
        let mail = Mail::read(&mut reader);
        let mail_limits = mail::limits(&mut reader);
        let price_source = PriceSource::read(&mut reader, http.as_ref().map(|http| &http.domain));
        let log_format = match reader.text("LOG_FORMAT").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(_) => {
                reader.fault("LOG_FORMAT must be text or json");
                LogFormat::Text
            }
        };
        let log_filter = reader.text("LOG").unwrap_or_else(|| "info".to_owned());
        let skew: i32 = reader.parse("TICKETS_CLOCK_SKEW_SECONDS", "a number of seconds", 0);
        if skew != 0 && http.as_ref().is_some_and(|http| !http.domain.is_local()) {
            reader.fault("TICKETS_CLOCK_SKEW_SECONDS is for trials, and DOMAIN is not this machine");
        }
        let pause: u16 = reader.parse("TICKETS_MAX_PAUSE_SECONDS", "a number of seconds", 0);
        if pause != 0 && http.as_ref().is_some_and(|http| !http.domain.is_local()) {
            reader.fault("TICKETS_MAX_PAUSE_SECONDS is for trials, and DOMAIN is not this machine");
        }
        let faults = reader.into_faults();
        match (http, database, identity, lightning, uma) {
            (Some(http), Some(database), Some(identity), Some(lightning), Some(uma)) if faults.is_empty() => {
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
            _ => Err(ConfigError { faults }),
        }
    }

    /// Whether the sandbox is the Lightning backend.
    pub const fn is_sandbox(&self) -> bool {
        matches!(self.lightning, Lightning::Sandbox(_))
    }
}

#[cfg(test)]
mod tests;

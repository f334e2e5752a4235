use super::{
    domain::Domain,
    env::Reader,
    exchange::{ConnectionLimits, StreamLimits},
};
use kernel::Secret;
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
    time::Duration,
};

/// HTTP server and its limits.
#[derive(Debug, Clone)]
pub struct Http {
    /// Port; 0 selects a free one.
    pub port: u16,
    /// Bind address.
    pub bind: IpAddr,
    /// Public domain.
    pub domain: Domain,
    /// The shop's public URL without trailing slash.
    pub public_url: String,
    /// Web origins that may call the API with credentials.
    pub cors_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted.
    pub trusted_proxies: Vec<Network>,
    /// Rate limits; `None` if off.
    pub limits: Option<Limits>,
    /// Limits of connections and request bodies.
    pub connections: ConnectionLimits,
    /// Limits of live streams.
    pub streams: StreamLimits,
    /// Bearer token of `/metrics`; without it only loopback callers have access.
    pub metrics_token: Option<Secret<String>>,
    /// Time of running requests at shutdown, seconds.
    pub shutdown_secs: u32,
    /// Seconds between the first failing `/ready` and the closing of the socket.
    pub drain_secs: u32,
}

/// Limits per client, per minute unless stated otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Logins per address.
    pub login: u32,
    /// Wrong passwords per account and network before delays; not a rate.
    pub login_account: u32,
    /// Maximum of queued password hashes per network; not a rate.
    pub hashing_queue: usize,
    /// Maximum of unanswered UMA Requests per payer; 0 is no limit.
    pub pushed_requests: u32,
    /// New accounts per address.
    pub register: u32,
    /// Purchases per address.
    pub purchase: u32,
    /// Ticket validations per address.
    pub validate: u32,
    /// Distinct foreign accounts and tickets per network and hour.
    pub foreign_ids: u32,
    /// Distinct promo codes per network and hour.
    pub promo_codes: u32,
    /// Delay of a response that refuses a request for now.
    pub refusal_delay: Duration,
}

/// An address range such as `10.0.0.0/8`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

/// Who has the addresses of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkKind {
    /// Hosts of a private network, or this machine.
    Private,
    /// No hosts: reserved for documentation, multicast and the like.
    Unused,
    /// Public addresses.
    Public {
        /// Whether it is one address.
        single: bool,
    },
    /// More public addresses than one operator has.
    TooWide,
}

/// Loopback, private use (RFC 1918, RFC 4193), link-local and shared (RFC 6598).
const PRIVATE: [Network; 9] = [
    Network::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    Network::new(IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    Network::new(IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    Network::new(IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), 10),
    Network::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    Network::new(IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    Network::new(IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    Network::new(IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
    Network::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
];

/// Unspecified, documentation (RFC 5737, RFC 3849), multicast and reserved.
const UNUSED: [Network; 9] = [
    Network::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8),
    Network::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 0)), 24),
    Network::new(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 0)), 24),
    Network::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 0)), 24),
    Network::new(IpAddr::V4(Ipv4Addr::new(224, 0, 0, 0)), 4),
    Network::new(IpAddr::V4(Ipv4Addr::new(240, 0, 0, 0)), 4),
    Network::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 128),
    Network::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0)), 32),
    Network::new(IpAddr::V6(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0)), 8),
];

/// Shortest prefixes of public networks that one operator of proxies has; the widest known ones are /13 and /29.
const MIN_PUBLIC_PREFIX: (u8, u8) = (12, 24);

/// Not an address or address range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address such as 10.0.0.1, nor a network such as 10.0.0.0/8")]
pub struct NetworkError;

impl FromStr for Network {
    type Err = NetworkError;
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (base, prefix) = text.split_once('/').map_or((text, None), |(base, prefix)| (base, Some(prefix)));
        let base: IpAddr = base.trim().parse().map_err(|_| NetworkError)?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(most), |text| text.parse().map_err(|_| NetworkError))?;
        if prefix > most {
            return Err(NetworkError);
        }
        // An IPv4-mapped IPv6 network (`::ffff:10.0.0.0/104`) is one of IPv4.
        let base_v4 = base.to_canonical();
        if base_v4 == base {
            return Ok(Self { base, prefix });
        }
        prefix.checked_sub(96).map(|prefix| Self { base: base_v4, prefix }).ok_or(NetworkError)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_single() { self.base.fmt(f) } else { write!(f, "{}/{}", self.base, self.prefix) }
    }
}

impl Network {
    const fn new(base: IpAddr, prefix: u8) -> Self {
        Self { base, prefix }
    }

    const fn is_single(&self) -> bool {
        self.prefix == if self.base.is_ipv4() { 32 } else { 128 }
    }

    fn is_within(&self, other: &Self) -> bool {
        other.prefix <= self.prefix && other.contains(self.base)
    }

    /// Who has its addresses.
    pub fn kind(&self) -> NetworkKind {
        let min_prefix = if self.base.is_ipv4() { MIN_PUBLIC_PREFIX.0 } else { MIN_PUBLIC_PREFIX.1 };
        if PRIVATE.iter().any(|private| self.is_within(private)) {
            NetworkKind::Private
        } else if UNUSED.iter().any(|unused| self.is_within(unused)) {
            NetworkKind::Unused
        } else if self.prefix < min_prefix {
            NetworkKind::TooWide
        } else {
            NetworkKind::Public { single: self.is_single() }
        }
    }

    /// Whether the range contains the address; IPv4-mapped IPv6 addresses count as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32_u32.saturating_sub(self.prefix.into())).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128_u32.saturating_sub(self.prefix.into())).unwrap_or(0);
                base.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl Http {
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let port = reader.parse("PORT", "a port number", 8080);
        let bind = reader.parse("BIND_ADDRESS", "an IP address", IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let shutdown_secs = reader.number("SHUTDOWN_SECONDS", (1, 600), 20);
        let metrics_token = reader.secret("METRICS_TOKEN");
        if metrics_token.as_ref().is_some_and(|token| token.expose().len() < 16) {
            reader.push_error("METRICS_TOKEN must have at least 16 characters");
        }
        let mut trusted_proxies = Vec::new();
        for text in reader.list("TRUSTED_PROXIES") {
            match text.parse() {
                Ok(network) => trusted_proxies.push(network),
                Err(error) => reader.push_error(format!("TRUSTED_PROXIES: {text} is {error}")),
            }
        }
        let limits = Limits::read(reader);
        let connections = ConnectionLimits::read(reader, limits.is_some());
        let streams = StreamLimits::read(reader, limits.is_some());
        let Some(domain) = reader.text("DOMAIN") else {
            reader.push_error("DOMAIN is not set: the host name under which wallets reach this shop, such as tickets.example.com");
            return None;
        };
        let domain =
            Domain::parse(&domain).map_err(|error| reader.push_error(format!("DOMAIN: {error}"))).ok()?;
        if connections.limit_loopback && !domain.is_local() {
            reader.push_error("TICKETS_LIMIT_LOOPBACK requires a local DOMAIN");
        }
        let drain_secs = reader.number("DRAIN_SECONDS", (0, 300), if domain.is_local() { 0 } else { 5 });
        let public_url = reader.text("PUBLIC_URL").unwrap_or_else(|| domain.url());
        let public_url = public_url.trim_end_matches('/').to_owned();
        if url::Url::parse(&public_url).map_or(true, |url| !matches!(url.scheme(), "http" | "https")) {
            reader.push_error("PUBLIC_URL must be an http or https address");
        }
        let mut cors_origins = vec!["http://localhost:3000".to_owned(), format!("https://{domain}")];
        for origin in reader.list("CORS_ORIGINS") {
            if url::Url::parse(&origin).is_ok_and(|url| url.origin().ascii_serialization() == origin) {
                cors_origins.push(origin);
            } else {
                reader.push_error(format!(
                    "CORS_ORIGINS: {origin} is not an origin such as https://shop.example.com"
                ));
            }
        }
        Some(Self {
            port,
            bind,
            domain,
            public_url,
            cors_origins,
            trusted_proxies,
            limits,
            connections,
            streams,
            metrics_token,
            shutdown_secs,
            drain_secs,
        })
    }
}

impl Limits {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let bounds = (1, 1_000_000);
        let limits = Self {
            login: reader.number("RATE_LOGIN", bounds, 30),
            login_account: reader.number("RATE_LOGIN_ACCOUNT", bounds, 10),
            hashing_queue: usize::try_from(reader.number("HASHING_QUEUE", (1, 1_000), 16))
                .unwrap_or(usize::MAX),
            pushed_requests: reader.number("UMA_REQUESTS_PER_PAYER", (0, 1_000), 2),
            register: reader.number("RATE_REGISTER", bounds, 20),
            purchase: reader.number("RATE_PURCHASE", bounds, 60),
            validate: reader.number("RATE_VALIDATE", bounds, 120),
            foreign_ids: reader.number("RATE_FOREIGN_IDS", bounds, 300),
            promo_codes: reader.number("RATE_PROMO_CODES", bounds, 60),
            refusal_delay: Duration::from_millis(reader.number("REFUSAL_DELAY_MS", (0, 5_000), 250).into()),
        };
        reader.boolean("RATE_LIMITS", true).then_some(limits)
    }
}

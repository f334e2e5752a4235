//! Address rules for outbound requests to hosts that callers chose.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use async_trait::async_trait;
use url::{Host, Url};

/// A refused address. No connection was attempted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{address} is refused: {reason}")]
pub struct NotAllowed {
    /// The refused host or address.
    pub address: String,
    /// Reason for people.
    pub reason: &'static str,
}

impl NotAllowed {
    pub(crate) fn new(address: impl Into<String>, reason: &'static str) -> Self {
        Self { address: address.into(), reason }
    }
}

/// Address rules for HTTP and relays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRules {
    sandbox: bool,
}

impl AddressRules {
    /// For production: TLS to public addresses only.
    pub const fn public() -> Self {
        Self { sandbox: false }
    }

    /// For sandbox mode: loopback too, where the URL may be without TLS.
    pub const fn sandbox() -> Self {
        Self { sandbox: true }
    }

    /// Whether loopback is allowed.
    pub const fn is_sandbox(self) -> bool {
        self.sandbox
    }

    /// Checks an address before connecting. `plain` means without TLS.
    pub fn check_ip(self, ip: IpAddr, plain: bool) -> Result<(), NotAllowed> {
        let refused = |reason| Err(NotAllowed::new(ip.to_string(), reason));
        if self.sandbox && ip.is_loopback() {
            return Ok(());
        }
        if plain {
            return refused("without TLS, only loopback in sandbox mode is allowed");
        }
        match ip {
            IpAddr::V4(ip) => v4_reason(ip),
            IpAddr::V6(ip) => v6_reason(ip),
        }
        .map_or(Ok(()), refused)
    }

    /// Checks the parts of a URL that need no DNS: scheme, credentials, literal addresses. Accepts http(s) and ws(s); returns
    /// whether it is without TLS.
    pub fn check_url(self, url: &Url) -> Result<bool, NotAllowed> {
        // The path or query may contain a token: only the origin is reported.
        let refused = |reason| NotAllowed::new(url.origin().ascii_serialization(), reason);
        let plain = match url.scheme() {
            "https" | "wss" => false,
            "http" | "ws" if self.sandbox => true,
            _ => return Err(refused("only https and wss are allowed")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("a name or password in the URL"));
        }
        match url.host() {
            Some(Host::Ipv4(ip)) => self.check_ip(ip.into(), plain)?,
            Some(Host::Ipv6(ip)) => self.check_ip(ip.into(), plain)?,
            Some(Host::Domain(_)) => {}
            None => return Err(refused("no host")),
        }
        Ok(plain)
    }

    /// Resolves a name once and checks every address; one refused address rejects the name. Callers connect to the returned
    /// addresses only.
    pub async fn resolve(
        self,
        resolver: &dyn Resolver,
        host: &str,
        plain: bool,
    ) -> Result<Vec<IpAddr>, ResolveError> {
        let addresses = resolver.resolve(host).await?;
        if addresses.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
        }
        for ip in &addresses {
            self.check_ip(*ip, plain)
                .map_err(|refused| NotAllowed { address: host.to_owned(), ..refused })?;
        }
        Ok(addresses)
    }
}

/// Why a name was not resolved to an allowed address.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// It resolves to a refused address.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The lookup failed.
    #[error("the name cannot be looked up")]
    Lookup(#[from] io::Error),
}

/// Resolves names.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// All addresses of a name.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The operating system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address: SocketAddr| address.ip()).collect())
    }
}

type Range4 = (Ipv4Addr, u32, &'static str);

/// IANA's special-purpose registry, and metadata services of clouds at public addresses.
const REFUSED_V4: &[Range4] = &[
    (Ipv4Addr::UNSPECIFIED, 8, "unspecified"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "carrier-grade NAT"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    (Ipv4Addr::new(168, 63, 129, 16), 32, "cloud metadata"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "reserved"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "reserved"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmarking"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

fn v4_reason(ip: Ipv4Addr) -> Option<&'static str> {
    let within = |(net, bits, _): &&Range4| (ip.to_bits() ^ net.to_bits()) >> (32 - bits) == 0;
    REFUSED_V4.iter().find(within).map(|(_, _, reason)| *reason)
}

type Range6 = (Ipv6Addr, u32, &'static str);

const REFUSED_V6: &[Range6] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "reserved (Teredo and others)"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "documentation"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "6to4"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "documentation"),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, "IPv4-mapped"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "private"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "link-local"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "multicast"),
];

/// NAT64 network (RFC 6052); the last 32 bits are an IPv4 address.
const NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);
/// Address space that IANA has allocated so far.
const GLOBAL_UNICAST: Ipv6Addr = Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0);

fn v6_reason(ip: Ipv6Addr) -> Option<&'static str> {
    let within = |net: Ipv6Addr, bits: u32| (ip.to_bits() ^ net.to_bits()) >> (128 - bits) == 0;
    if within(NAT64, 96) {
        let [.., a, b, c, d] = ip.octets();
        return v4_reason(Ipv4Addr::new(a, b, c, d));
    }
    let named = REFUSED_V6.iter().find(|(net, bits, _)| within(*net, *bits)).map(|(_, _, reason)| *reason);
    named.or_else(|| (!within(GLOBAL_UNICAST, 3)).then_some("not a public address"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    const NOT_PUBLIC: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.8.8.8",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.7",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];

    #[test]
    fn addresses_that_are_not_public_are_refused() {
        for text in NOT_PUBLIC {
            assert!(AddressRules::public().check_ip(ip(text), false).is_err(), "{text} is allowed");
        }
    }

    #[test]
    fn public_addresses_require_tls() {
        for text in
            ["1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "198.20.0.1", "223.255.255.255"]
        {
            assert_eq!(AddressRules::public().check_ip(ip(text), false), Ok(()), "{text}");
            assert!(AddressRules::public().check_ip(ip(text), true).is_err());
            assert!(AddressRules::sandbox().check_ip(ip(text), true).is_err());
        }
        for text in ["2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::8.8.8.8"] {
            assert_eq!(AddressRules::public().check_ip(ip(text), false), Ok(()), "{text}");
        }
    }

    #[test]
    fn sandbox_mode_allows_loopback_only() {
        for text in NOT_PUBLIC {
            let loopback = ip(text).is_loopback();
            assert_eq!(AddressRules::sandbox().check_ip(ip(text), true).is_ok(), loopback, "{text}");
            assert_eq!(AddressRules::sandbox().check_ip(ip(text), false).is_ok(), loopback, "{text}");
        }
    }

    #[test]
    fn urls_are_refused_by_scheme_credentials_and_literal_address() {
        let refused = [
            "http://shop.example/",
            "ws://relay.example/",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "gopher://shop.example/",
            "https://user@shop.example/",
            "https://:secret@shop.example/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fd00:ec2::254]/",
            "https://169.254.169.254/latest/meta-data",
            "wss://10.0.0.1/",
        ];
        for text in refused {
            let url: Url = text.parse().unwrap();
            assert!(AddressRules::public().check_url(&url).is_err(), "{text} is allowed");
        }
        for (text, plain) in [("https://shop.example/", false), ("wss://relay.example/", false)] {
            assert_eq!(AddressRules::public().check_url(&text.parse().unwrap()), Ok(plain));
        }
        for text in ["http://127.0.0.1:3000/", "http://localhost:3000/", "ws://[::1]:7000/"] {
            assert_eq!(AddressRules::sandbox().check_url(&text.parse().unwrap()), Ok(true), "{text}");
        }
        assert!(AddressRules::sandbox().check_url(&"http://10.0.0.1/".parse().unwrap()).is_err());
    }

    #[test]
    fn refusal_does_not_contain_the_url() {
        let url = "http://shop.example/hook?token=hunter2".parse().unwrap();
        let message = AddressRules::public().check_url(&url).unwrap_err().to_string();
        assert!(!message.contains("hunter2"), "{message}");
    }

    proptest! {
        #[test]
        fn private_addresses_of_the_standard_library_are_refused(bits: u32) {
            let ip = Ipv4Addr::from_bits(bits);
            let inside = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_multicast()
                || ip.is_broadcast() || ip.is_documentation() || ip.is_unspecified();
            prop_assert!(!inside || AddressRules::public().check_ip(ip.into(), false).is_err());
            prop_assert!(AddressRules::public().check_ip(ip.to_ipv6_mapped().into(), false).is_err());
        }
    }
}

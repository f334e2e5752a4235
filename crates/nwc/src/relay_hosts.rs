use async_trait::async_trait;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};
use url::{Host, Url};

/// Why a relay is not connected to.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The address is not allowed.
    #[error("the relay {host} is not allowed: {reason}")]
    Refused {
        /// The relay's host.
        host: String,
        /// Reason for people.
        reason: &'static str,
    },
    /// The name does not resolve at present.
    #[error("the relay {host} was not found")]
    Unresolved {
        /// The relay's host.
        host: String,
        /// The resolver's error.
        #[source]
        cause: io::Error,
    },
}

/// Approves relays: their addresses come from untrusted connection URIs.
#[async_trait]
pub trait RelayGuard: Send + Sync {
    /// Whether the address may be used; without I/O.
    fn check(&self, relay: &Url) -> Result<(), GuardError>;
    /// The approved addresses of the relay. The socket connects to one of these only, so that a second DNS answer cannot
    /// change the target.
    async fn resolve(&self, relay: &Url) -> Result<Vec<SocketAddr>, GuardError>;
}

/// Allows `wss` to public addresses; in sandbox mode also `ws` and `wss` to loopback.
#[derive(Debug, Clone, Copy)]
pub struct PublicRelays {
    loopback: bool,
}

impl PublicRelays {
    /// For production.
    pub const fn new() -> Self {
        Self { loopback: false }
    }

    /// For sandbox mode: loopback relays are allowed, too.
    pub const fn with_loopback() -> Self {
        Self { loopback: true }
    }

    const fn admits(self, ip: IpAddr) -> bool {
        is_public(ip) || (self.loopback && ip.is_loopback())
    }
}

impl Default for PublicRelays {
    fn default() -> Self {
        Self::new()
    }
}

fn host_of(relay: &Url) -> String {
    relay.host_str().unwrap_or_default().to_owned()
}

fn is_local_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

#[async_trait]
impl RelayGuard for PublicRelays {
    fn check(&self, relay: &Url) -> Result<(), GuardError> {
        let refuse = |reason| Err(GuardError::Refused { host: host_of(relay), reason });
        let (local, forbidden) = match relay.host() {
            Some(Host::Ipv4(ip)) => (ip.is_loopback(), !self.admits(ip.into())),
            Some(Host::Ipv6(ip)) => (ip.is_loopback(), !self.admits(ip.into())),
            Some(Host::Domain(name)) => (is_local_name(name), is_local_name(name) && !self.loopback),
            None => return refuse("it has no host"),
        };
        match relay.scheme() {
            _ if forbidden => refuse("it is not a public address"),
            "wss" => Ok(()),
            "ws" if local => Ok(()),
            _ => refuse("only wss:// is safe"),
        }
    }

    async fn resolve(&self, relay: &Url) -> Result<Vec<SocketAddr>, GuardError> {
        self.check(relay)?;
        let port = relay.port_or_known_default().unwrap_or(443);
        let found = match relay.host() {
            Some(Host::Ipv4(ip)) => vec![SocketAddr::new(ip.into(), port)],
            Some(Host::Ipv6(ip)) => vec![SocketAddr::new(ip.into(), port)],
            Some(Host::Domain(name)) => tokio::net::lookup_host((name, port))
                .await
                .map_err(|cause| GuardError::Unresolved { host: host_of(relay), cause })?
                .collect(),
            None => Vec::new(),
        };
        let plain = relay.scheme() == "ws";
        let admitted: Vec<SocketAddr> = found
            .into_iter()
            .filter(|address| self.admits(address.ip()) && (!plain || address.ip().is_loopback()))
            .collect();
        if admitted.is_empty() {
            return Err(GuardError::Refused { host: host_of(relay), reason: "it is not a public address" });
        }
        Ok(admitted)
    }
}

const fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

const fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, d] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && b & 0b1100_0000 == 64) // RFC 6598, carrier-grade NAT
        || (a == 192 && b == 0 && c == 0) // RFC 6890
        || (a == 192 && b == 88 && c == 99) // RFC 7526
        || (a == 168 && b == 63 && c == 129 && d == 16) // cloud metadata service
        || (a == 198 && b & 0b1111_1110 == 18); // RFC 2544
    !special
}

const fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    // Global unicast is 2000::/3. Inside it, Teredo, 6to4, benchmarking and documentation ranges are excluded; mapped, NAT64,
    // unique local, link-local and multicast addresses are outside.
    let global = a & 0xe000 == 0x2000;
    let special = a == 0x2002 || (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || a == 0x3fff;
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn private_addresses_are_refused_in_any_notation() {
        for text in [
            "wss://127.0.0.1",
            "wss://2130706433",
            "wss://0x7f.1",
            "wss://localhost:7000",
            "wss://relay.localhost",
            "wss://10.1.2.3",
            "wss://172.16.0.1",
            "wss://192.168.1.1",
            "wss://169.254.169.254",
            "wss://100.64.0.1",
            "wss://0.0.0.0",
            "wss://192.0.0.8",
            "wss://168.63.129.16",
            "wss://198.18.0.1",
            "wss://240.0.0.1",
            "wss://[::1]",
            "wss://[::ffff:10.0.0.1]",
            "wss://[fd00::1]",
            "wss://[fe80::1]",
            "wss://[64:ff9b::a00:1]",
            "wss://[2002:a00:1::]",
            "wss://[2001:db8::1]",
            "ws://relay.example",
            "ws://8.8.8.8",
            "http://8.8.8.8",
        ] {
            assert!(PublicRelays::new().check(&url(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn public_relays_are_allowed() {
        for text in ["wss://relay.example/v1", "wss://8.8.8.8:444", "wss://[2606:4700::1111]"] {
            PublicRelays::new().check(&url(text)).unwrap();
        }
    }

    #[test]
    fn sandbox_mode_allows_loopback_only() {
        let guard = PublicRelays::with_loopback();
        guard.check(&url("ws://127.0.0.1:7000")).unwrap();
        guard.check(&url("ws://localhost:7000")).unwrap();
        assert!(guard.check(&url("ws://192.168.1.1")).is_err());
        assert!(guard.check(&url("ws://relay.example")).is_err());
    }

    #[tokio::test]
    async fn name_of_a_private_address_is_refused_at_resolution() {
        // `localhost.` with the root's dot passes the check as a name, and resolves to loopback.
        let outcome = PublicRelays::new().resolve(&url("wss://localhost.:7000")).await;
        assert!(outcome.is_err());
    }
}

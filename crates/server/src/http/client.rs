//! Client addresses and networks.

use crate::config::Network;
use actix_web::{dev::RequestHead, http::header::ACCEPT_LANGUAGE};
use kernel::Language;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The client's address. `X-Forwarded-For` counts only from trusted proxies and from its end, since entries before
/// the first untrusted address are under the client's control.
pub(crate) fn address(head: &RequestHead, trusted: &[Network]) -> IpAddr {
    let peer = head.peer_addr.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip()).to_canonical();
    let is_proxy = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_proxy(peer) {
        return peer;
    }
    let mut address = peer;
    let lines = head.headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    for hop in hops.into_iter().rev() {
        let Ok(next) = hop.trim().parse::<IpAddr>() else { break };
        address = next.to_canonical();
        if !is_proxy(address) {
            break;
        }
    }
    address
}

/// Language that the client accepts.
pub(crate) fn language(head: &RequestHead) -> Language {
    let header = head.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    header.map(Language::accepted).unwrap_or_default()
}

/// The client's address for quotas. Loopback, private and proxy addresses are exempt, since unrelated clients share
/// them.
pub(crate) fn counted_address(head: &RequestHead, trusted: &[Network]) -> Option<IpAddr> {
    let address = address(head, trusted);
    let exempt = is_private(address) || trusted.iter().any(|network| network.contains(address));
    (!exempt).then_some(address)
}

/// Loopback, private use (RFC 1918, RFC 4193), link-local, shared (RFC 6598) or unspecified.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let shared = first == 100 && second & 0xc0 == 64;
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
                || shared
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_unspecified()
        }
    }
}

/// A peer that sends `X-Forwarded-For` without being trusted: a proxy missing from `TRUSTED_PROXIES`, or a client
/// with a forged header.
pub(crate) fn untrusted_forwarder(head: &RequestHead, trusted: &[Network]) -> Option<IpAddr> {
    let peer = head.peer_addr?.ip().to_canonical();
    let trusted = trusted.iter().any(|network| network.contains(peer));
    (head.headers.contains_key("x-forwarded-for") && !trusted).then_some(peer)
}

/// Whether the client's connection, to us or to our proxy, uses TLS.
pub(crate) fn is_secure(head: &RequestHead, trusted: &[Network]) -> bool {
    let from_proxy =
        head.peer_addr.is_some_and(|peer| trusted.iter().any(|network| network.contains(peer.ip())));
    from_proxy && head.headers.get("x-forwarded-proto").is_some_and(|scheme| scheme.as_bytes() == b"https")
}

/// Aggregates IPv6 addresses to their /64, the common assignment of one customer.
pub(crate) fn aggregate(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// The network that limits per client count an address for; `None` for callers on this machine (unless `limit_loopback`) and trusted
/// proxies, which are exempt.
pub(crate) fn limited_network(address: IpAddr, trusted: &[Network], limit_loopback: bool) -> Option<IpAddr> {
    let address = address.to_canonical();
    let exempt =
        (address.is_loopback() && !limit_loopback) || trusted.iter().any(|network| network.contains(address));
    (!exempt).then(|| aggregate(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn client_address(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let trusted: Vec<Network> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let request = TestRequest::default()
            .peer_addr(format!("{peer}:1").parse().unwrap())
            .insert_header(("x-forwarded-for", forwarded))
            .to_http_request();
        address(request.head(), &trusted).to_string()
    }

    #[core::prelude::v1::test]
    fn only_trusted_proxies_set_the_client_address() {
        assert_eq!(client_address("9.9.9.9", "1.1.1.1", &["10.0.0.0/8"]), "9.9.9.9");
        assert_eq!(client_address("10.0.0.1", "1.1.1.1", &["10.0.0.0/8"]), "1.1.1.1");
    }

    #[core::prelude::v1::test]
    fn proxies_and_this_machine_are_exempt_from_limits_per_network() {
        let network = |address: &str, limit_loopback| {
            let proxies = ["10.0.0.0/8".parse().unwrap()];
            let counted = limited_network(address.parse().unwrap(), &proxies, limit_loopback);
            counted.map(|address| address.to_string())
        };
        for exempt in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3"] {
            assert_eq!(network(exempt, false), None, "{exempt}");
        }
        assert_eq!(network("127.0.0.2", true).as_deref(), Some("127.0.0.2"));
        assert_eq!(network("203.0.113.7", false).as_deref(), Some("203.0.113.7"));
        assert_eq!(network("2001:db8:1:2:3:4:5:6", false).as_deref(), Some("2001:db8:1:2::"), "a /64");
    }

    #[core::prelude::v1::test]
    fn shared_addresses_are_not_counted() {
        let counted = |peer: &str, forwarded: &str| {
            let trusted: [Network; 2] = ["10.0.0.0/8".parse().unwrap(), "192.0.2.1".parse().unwrap()];
            let request = TestRequest::default()
                .peer_addr(std::net::SocketAddr::new(peer.parse().unwrap(), 1))
                .insert_header(("x-forwarded-for", forwarded))
                .to_http_request();
            let forwarder = untrusted_forwarder(request.head(), &trusted).is_some();
            (counted_address(request.head(), &trusted).map(|address| address.to_string()), forwarder)
        };
        assert_eq!(counted("10.0.0.1", "198.51.100.7"), (Some("198.51.100.7".to_owned()), false));
        assert_eq!(counted("10.0.0.1", "::ffff:198.51.100.7"), (Some("198.51.100.7".to_owned()), false));
        for shared in ["127.0.0.1", "::1", "192.168.1.1", "fd00::1", "169.254.1.1", "100.64.0.1", "192.0.2.1"]
        {
            assert_eq!(counted("10.0.0.1", shared), (None, false), "{shared}");
        }
        assert_eq!(counted("172.16.0.1", "198.51.100.7"), (None, true));
        assert_eq!(counted("198.51.100.9", "198.51.100.7"), (Some("198.51.100.9".to_owned()), true));
    }

    #[core::prelude::v1::test]
    fn forged_entries_of_the_header_are_ignored() {
        assert_eq!(client_address("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", &["10.0.0.0/8"]), "1.1.1.1");
        assert_eq!(client_address("10.0.0.1", "nonsense", &["10.0.0.0/8"]), "10.0.0.1");
    }
}

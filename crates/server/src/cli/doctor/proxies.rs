//! Checks of `TRUSTED_PROXIES`.

use super::Findings;
use crate::config::{Network, NetworkKind};
use std::net::IpAddr;

/// Reports networks that cannot be a proxy's, that cover strangers, and a proxy on this machine that is not listed.
pub(super) fn check(findings: &mut Findings, trusted: &[Network], bind: IpAddr, is_public: bool) {
    const WHAT: &str = "proxies";
    let trusts_bind = trusted.iter().any(|network| network.contains(bind));
    if is_public && bind.is_loopback() && !trusts_bind {
        findings.fail(
            WHAT,
            format!(
                "the shop listens on {bind} only, so a proxy on this machine forwards all requests: add {bind} to TRUSTED_PROXIES, or limits per network count all clients as one",
            ),
        );
    } else if is_public && trusted.is_empty() {
        findings.note(
            WHAT,
            "TRUSTED_PROXIES is not set: behind a proxy, X-Forwarded-For is ignored, and limits per network count all clients as one",
        );
    }
    for network in trusted {
        match network.kind() {
            NetworkKind::Private | NetworkKind::Public { single: true } => {}
            NetworkKind::Unused => findings.fail(
                WHAT,
                format!("TRUSTED_PROXIES: no connection comes from {network}, which is reserved: name the proxy's own address"),
            ),
            NetworkKind::TooWide => findings.fail(
                WHAT,
                format!(
                    "TRUSTED_PROXIES: {network} contains addresses of strangers, who would choose the address that limits count: name the proxy's own network"
                ),
            ),
            NetworkKind::Public { single: false } => findings.note(
                WHAT,
                format!("TRUSTED_PROXIES: {network} is public: each of its addresses must be your proxy's, since it chooses the address that limits count"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(bind: &str, is_public: bool, trusted: &str) -> String {
        let trusted: Vec<Network> = trusted.split_whitespace().map(|text| text.parse().unwrap()).collect();
        let mut findings = Findings::silent();
        check(&mut findings, &trusted, bind.parse().unwrap(), is_public);
        findings.warnings().collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn networks_that_cannot_be_a_proxys_are_errors() {
        for wide in [
            "0.0.0.0/0",
            "::/0",
            "0.0.0.0/1",
            "8.0.0.0/8",
            "2000::/3",
            "10.0.0.0/7",
            "fc00::/6",
            "::ffff:0.0.0.0/96",
        ] {
            let said = warnings("0.0.0.0", true, wide);
            assert!(said.contains("ERROR") && said.contains("strangers"), "{wide}: {said}");
        }
        for unused in [
            "192.0.2.1",
            "203.0.113.0/24",
            "2001:db8::/32",
            "0.0.0.0",
            "::",
            "224.0.0.0/4",
            "255.255.255.255",
        ] {
            let said = warnings("0.0.0.0", true, unused);
            assert!(said.contains("ERROR") && said.contains("no connection comes from"), "{unused}: {said}");
        }
        for wide in ["104.16.0.0/13", "2606:4700::/32"] {
            let said = warnings("0.0.0.0", true, wide);
            assert!(said.contains("note") && said.contains("is public"), "{wide}: {said}");
        }
        for right in [
            "10.0.0.0/8",
            "172.16.0.0/12",
            "127.0.0.1",
            "fd00::/8",
            "::1",
            "8.8.8.8",
            "::ffff:10.0.0.0/104",
            "10.231.84.2",
        ] {
            assert_eq!(warnings("0.0.0.0", true, right), "", "{right}");
        }
    }

    #[test]
    fn an_unlisted_proxy_on_this_machine_is_an_error() {
        for (bind, proxies) in [("127.0.0.1", "10.0.0.0/8"), ("127.0.0.1", ""), ("::1", "127.0.0.1")] {
            let said = warnings(bind, true, proxies);
            assert!(
                said.contains("ERROR") && said.contains(&format!("add {bind} to TRUSTED_PROXIES")),
                "{said}"
            );
        }
        assert_eq!(warnings("127.0.0.1", true, "127.0.0.0/8"), "");
        assert_eq!(warnings("127.0.0.1", false, ""), "");
        assert!(warnings("0.0.0.0", true, "").contains("note"));
    }
}

//! Addresses and domains (UMAD-01, LUD-16).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{ErrorCode, UmaError};

/// `$` and user have at most so many characters together (UMAD-01).
const MAX_USER: usize = 64;
const MAX_HOST: usize = 253;

fn invalid(reason: &'static str) -> UmaError {
    UmaError::new(ErrorCode::InvalidInput, reason)
}

/// The domain of a VASP, with its port if there is one: what follows the `@`. Always lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VaspDomain(Box<str>);

impl VaspDomain {
    /// Parses `host` or `host:port`. DNS labels and dotted IPv4 only.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        };
        if host.len() > MAX_HOST || !host.split('.').all(is_label) || !is_host_of_urls(host) {
            return Err(invalid("not a domain"));
        }
        if let Some(port) = port {
            let digits = port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
            if !digits || port.parse::<u16>().map_or(0, |p| p) == 0 {
                return Err(invalid("not a port"));
            }
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// The whole, port included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the port.
    pub fn host(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(host, _)| host)
    }

    /// The port, if one is named.
    pub fn port(&self) -> Option<u16> {
        self.0.split_once(':').and_then(|(_, port)| port.parse().ok())
    }

    /// Whether peers would use plain http: `localhost`, `127.0.0.1`, `*.local`, `*.internal`.
    pub fn is_local(&self) -> bool {
        let host = self.host();
        let top = host.rsplit('.').next().unwrap_or_default();
        host == "localhost" || host == "127.0.0.1" || top == "local" || top == "internal"
    }

    /// Whether this is an address of numbers instead of a name.
    pub fn is_ip(&self) -> bool {
        self.host().parse::<std::net::Ipv4Addr>().is_ok()
    }

    /// Whether this machine is meant: `localhost`, names below it, and 127.0.0.0/8.
    fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether a shop at `shop` can send a UMA Request here. A public shop requests names without a port, except its own and
    /// those of local networks; a shop on this machine requests every name, and of IP addresses only loopback.
    pub fn reachable_from(&self, shop: &Self) -> Result<(), UmaError> {
        if shop.is_loopback() {
            return if self.is_ip() && !self.is_loopback() {
                Err(invalid("the address has an IP address in place of a domain"))
            } else {
                Ok(())
            };
        }
        if self.is_ip() {
            Err(invalid("the address has an IP address in place of a domain"))
        } else if self.port().is_some() {
            Err(invalid("the address has a port"))
        } else if self.is_local() || self.is_loopback() {
            Err(invalid("the address has a local domain"))
        } else if self.host() == shop.host() {
            Err(invalid("the address is not of a wallet"))
        } else {
            Ok(())
        }
    }

    /// `https://domain`, or `http://domain` for a local one. No slash at the end.
    pub fn base_url(&self) -> String {
        let scheme = if self.is_local() { "http" } else { "https" };
        format!("{scheme}://{}", self.0)
    }
}

fn is_label(label: &str) -> bool {
    let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    inner && !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
}

/// Whether a URL with this host means this host. URLs read `127.1` and `0x7f.1` as IPv4 addresses, and refuse
/// punycode that decodes to nothing.
fn is_host_of_urls(host: &str) -> bool {
    let top = host.rsplit('.').next().unwrap_or_default();
    let number = top.bytes().all(|b| b.is_ascii_digit()) || top.starts_with("0x") || top.starts_with("0X");
    let punycode = || host.to_ascii_lowercase().split('.').any(|label| label.starts_with("xn--"));
    if number {
        host.parse::<std::net::Ipv4Addr>().is_ok()
    } else {
        !punycode() || url::Host::parse(host).is_ok()
    }
}

impl fmt::Display for VaspDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for VaspDomain {
    type Err = UmaError;

    fn from_str(text: &str) -> Result<Self, UmaError> {
        Self::parse(text)
    }
}

impl Serialize for VaspDomain {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for VaspDomain {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

/// `$user@domain` or, without the `$`, a plain Lightning Address. Keeps the spelling it was given, because that is
/// what gets signed; compares without regard to case.
#[derive(Debug, Clone)]
pub struct PaymentAddress {
    spelling: Box<str>,
    domain: VaspDomain,
}

impl PaymentAddress {
    /// Parses an address with or without `$`.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        let (user, domain) = text.split_once('@').ok_or_else(|| invalid("an address has an @"))?;
        let name = user.strip_prefix('$').unwrap_or(user);
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+');
        if name.is_empty() || user.len() > MAX_USER || !name.bytes().all(allowed) {
            return Err(invalid("the part before the @ is not a user name"));
        }
        Ok(Self { spelling: text.into(), domain: VaspDomain::parse(domain)? })
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.spelling
    }

    /// The user's name in lower case, without `$`.
    pub fn user(&self) -> String {
        let user = self.spelling.split('@').next().unwrap_or_default();
        user.strip_prefix('$').unwrap_or(user).to_ascii_lowercase()
    }

    /// The domain.
    pub const fn domain(&self) -> &VaspDomain {
        &self.domain
    }

    /// The whole address in lower case: for looking up, never for signing.
    pub fn normalized(&self) -> String {
        self.spelling.to_ascii_lowercase()
    }

    /// Whether it begins with `$`.
    pub fn is_uma(&self) -> bool {
        self.spelling.starts_with('$')
    }
}

/// A UMA address, `$user@domain`. Keeps its spelling; compares without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UmaAddress(PaymentAddress);

impl UmaAddress {
    /// Parses `$user@domain` or `$user@domain:port`.
    pub fn parse(text: &str) -> Result<Self, UmaError> {
        Self::try_from(PaymentAddress::parse(text)?)
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The user's name in lower case, without `$`.
    pub fn user(&self) -> String {
        self.0.user()
    }

    /// The domain.
    pub const fn domain(&self) -> &VaspDomain {
        self.0.domain()
    }

    /// The whole address in lower case: for looking up, never for signing.
    pub fn normalized(&self) -> String {
        self.0.normalized()
    }

    /// The same as an address that may lack the `$`.
    pub const fn as_payment_address(&self) -> &PaymentAddress {
        &self.0
    }
}

impl TryFrom<PaymentAddress> for UmaAddress {
    type Error = UmaError;

    fn try_from(address: PaymentAddress) -> Result<Self, UmaError> {
        if address.is_uma() { Ok(Self(address)) } else { Err(invalid("a UMA address begins with $")) }
    }
}

impl From<UmaAddress> for PaymentAddress {
    fn from(address: UmaAddress) -> Self {
        address.0
    }
}

impl PaymentAddress {
    fn folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.spelling.bytes().map(|b| b.to_ascii_lowercase())
    }
}

impl PartialEq for PaymentAddress {
    fn eq(&self, other: &Self) -> bool {
        self.spelling.eq_ignore_ascii_case(&other.spelling)
    }
}

impl Eq for PaymentAddress {}

impl PartialOrd for PaymentAddress {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PaymentAddress {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for PaymentAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|b| state.write_u8(b));
    }
}

macro_rules! text_form {
    ($type:ident) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UmaError;

            fn from_str(text: &str) -> Result<Self, UmaError> {
                Self::parse(text)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::parse(&String::deserialize(from)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_form!(PaymentAddress);
text_form!(UmaAddress);

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(shop: &str, payer: &str) -> bool {
        let domain = |text| VaspDomain::parse(text).unwrap();
        domain(payer).reachable_from(&domain(shop)).is_ok()
    }

    #[test]
    fn a_public_shop_requests_names_of_others_without_a_port() {
        let shop = "tickets.example";
        assert!(reaches(shop, "vasp.example") && reaches(shop, "wallet.tickets.example"));
        for payer in [
            "192.0.2.7",
            "127.0.0.1",
            "vasp.example:443",
            "tickets.example",
            "Tickets.Example",
            "localhost",
            "a.localhost",
            "a.local",
            "a.internal",
        ] {
            assert!(!reaches(shop, payer), "{payer}");
        }
        assert!(!reaches("tickets.example:8443", "tickets.example"), "its own host, whatever the port");
    }

    #[test]
    fn a_local_shop_requests_every_name_and_of_addresses_loopback_ones() {
        for shop in ["localhost:8080", "127.0.0.1:8080", "shop.localhost"] {
            for payer in ["vasp.example", "vasp.example:8443", "localhost:8081", "127.0.0.1:1", "a.local"] {
                assert!(reaches(shop, payer), "{shop} {payer}");
            }
            assert!(!reaches(shop, "192.0.2.7") && !reaches(shop, "10.0.0.1:80"), "{shop}");
        }
    }
}

use std::{fmt, net::IpAddr};
use url::{Host, Url};

/// Public host name of the shop, with a port if it is not the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    text: String,
    local: bool,
}

impl Domain {
    /// Parses `host` or `host:port`, in lower case.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        let wrong = || format!("{text:?} is not a host name such as tickets.example.com, nor host:port");
        let url = Url::parse(&format!("http://{text}/")).map_err(|_| wrong())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() || text.contains('/') {
            return Err(wrong());
        }
        let local = match url.host().ok_or_else(wrong)? {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => IpAddr::from(address).is_loopback(),
            Host::Ipv6(address) => IpAddr::from(address).is_loopback(),
        };
        Ok(Self { text, local })
    }

    /// The domain as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the domain is local, which test money requires.
    pub const fn is_local(&self) -> bool {
        self.local
    }

    /// The shop's URL: `https`, or `http` if local.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.local { "http" } else { "https" }, self.text)
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_local() {
        for local in ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:80", "shop.localhost"] {
            assert!(Domain::parse(local).unwrap().is_local(), "{local}");
        }
        for public in
            ["tickets.example", "localhost.example.com", "10.0.0.1", "192.168.1.2:8080", "notlocalhost"]
        {
            assert!(!Domain::parse(public).unwrap().is_local(), "{public}");
        }
    }

    #[test]
    fn a_domain_is_a_host_with_an_optional_port() {
        for bad in ["", "https://x.example", "x.example/path", "a b", "user@x.example", "x.example?q"] {
            assert!(Domain::parse(bad).is_err(), "{bad}");
        }
    }
}

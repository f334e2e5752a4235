use kernel::Secret;
use url::{Host, Url};

/// Lightspark's endpoint for test and live nodes; the credentials select the mode.
pub const DEFAULT_BASE_URL: &str = "https://api.lightspark.com/graphql/server/2023-09-13";

/// Settings of a Lightspark node.
#[derive(Debug, Clone)]
pub struct LightsparkConfig {
    /// API token id.
    pub client_id: String,
    /// API token secret.
    pub client_secret: Secret<String>,
    /// Node id, from the dashboard.
    pub node_id: String,
    /// Decrypts the node's signing key. Without it the node receives, but cannot pay.
    pub node_password: Option<Secret<String>>,
    /// Key of the webhook signatures, from the dashboard.
    pub webhook_key: Secret<String>,
    /// URL of the API, normally [`DEFAULT_BASE_URL`].
    pub base_url: String,
}

/// An invalid setting. Never contains a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A required setting is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// The base address is not a URL.
    #[error("the base address is not a valid http(s) address: {0}")]
    BadAddress(String),
    /// Credentials would be sent unencrypted.
    #[error("the base address must be https; plain http is allowed for loopback only")]
    PlainHttp,
    /// Basic authentication would split the client id at its colon (RFC 7617).
    #[error("the client id contains a colon")]
    ColonInClientId,
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be built")]
    Client(String),
}

impl LightsparkConfig {
    /// The validated URL of the API.
    pub(crate) fn endpoint(&self) -> Result<Url, ConfigError> {
        for (name, value) in [
            ("the client id", &self.client_id),
            ("the client secret", self.client_secret.expose()),
            ("the node id", &self.node_id),
            ("the webhook key", self.webhook_key.expose()),
        ] {
            if value.trim().is_empty() {
                return Err(ConfigError::Empty(name));
            }
        }
        if self.client_id.contains(':') {
            return Err(ConfigError::ColonInClientId);
        }
        let bad = |what: &str| ConfigError::BadAddress(what.to_owned());
        let url = Url::parse(&self.base_url).map_err(|error| ConfigError::BadAddress(error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("it carries credentials"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_loopback(&url) => Ok(url),
            "http" => Err(ConfigError::PlainHttp),
            _ => Err(bad("its scheme is neither https nor http")),
        }
    }
}

/// Whether the URL is loopback.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn config(base_url: &str) -> LightsparkConfig {
        LightsparkConfig {
            client_id: "client-id".to_owned(),
            client_secret: Secret::new("client-secret".to_owned()),
            node_id: "LightsparkNodeWithOSKLND:01976310-47be-f96b-0000-5a5b5c5d5e5f".to_owned(),
            node_password: Some(Secret::new("1234!@#$".to_owned())),
            webhook_key: Secret::new("whsec-vector-3f9c1d7a5b".to_owned()),
            base_url: base_url.to_owned(),
        }
    }

    #[test]
    fn plain_http_is_allowed_for_loopback_only() {
        for good in [DEFAULT_BASE_URL, "http://127.0.0.1:9/x", "http://localhost:9/x", "http://[::1]:9/x"] {
            assert!(config(good).endpoint().is_ok(), "{good}");
        }
        for bad in ["http://api.lightspark.com/x", "http://127.0.0.1.example/x", "http://10.0.0.1/x"] {
            assert_eq!(config(bad).endpoint(), Err(ConfigError::PlainHttp), "{bad}");
        }
        for bad in ["ftp://localhost/x", "api.lightspark.com", "https://me:it@api.lightspark.com/x"] {
            assert!(matches!(config(bad).endpoint(), Err(ConfigError::BadAddress(_))), "{bad}");
        }
    }

    #[test]
    fn error_names_the_empty_setting() {
        let mut empty = config(DEFAULT_BASE_URL);
        empty.client_secret = Secret::new(" ".to_owned());
        assert_eq!(empty.endpoint(), Err(ConfigError::Empty("the client secret")));
    }

    #[test]
    fn config_prints_no_secret() {
        let printed = format!("{:?}", config(DEFAULT_BASE_URL));
        for secret in ["client-secret", "1234!@#$", "whsec"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}

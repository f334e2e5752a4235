use super::{domain::Domain, env::Reader};
use std::fmt;
use url::Url;

/// Where the price of bitcoin is read, to show beside satoshis.
#[derive(Clone)]
pub struct PriceSource {
    /// Answers with JSON. It may hold an API key, so only its host is ever shown.
    pub url: Url,
    /// Leads to the price of one bitcoin in that JSON, a number or a number as text (RFC 6901).
    pub pointer: String,
    /// ISO 4217.
    pub currency: String,
}

impl fmt::Debug for PriceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PriceSource({})", self.host())
    }
}

impl PriceSource {
    /// The source as people are told of it.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(super) fn read(reader: &mut Reader<'_>, domain: Option<&Domain>) -> Option<Self> {
        let pointer = reader.text("RATE_POINTER").unwrap_or_else(|| "/price".to_owned());
        if !pointer.starts_with('/') {
            reader.fault("RATE_POINTER must be a JSON Pointer such as /data/amount");
        }
        let currency = reader.text("RATE_CURRENCY").unwrap_or_else(|| "USD".to_owned());
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            reader.fault("RATE_CURRENCY must be a currency of ISO 4217 such as USD");
        }
        let url = reader.secret("RATE_URL")?;
        let local = domain.is_some_and(Domain::is_local);
        match Url::parse(url.expose()) {
            Ok(url) if url.scheme() == "https" || (local && url.scheme() == "http") => {
                Some(Self { url, pointer, currency })
            }
            _ => {
                reader.fault("RATE_URL must be an https address");
                None
            }
        }
    }
}

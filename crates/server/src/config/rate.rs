use super::{domain::Domain, env::Reader};
use std::fmt;
use url::Url;

/// Source of the bitcoin price.
#[derive(Clone)]
pub struct PriceSource {
    /// URL of a JSON document. It may contain an API key, so only its host is shown.
    pub url: Url,
    /// JSON Pointer (RFC 6901) to the price of one bitcoin, a number or a number as text.
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
    /// Host of the source, for display.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(super) fn read(reader: &mut Reader<'_>, domain: Option<&Domain>) -> Option<Self> {
        let pointer = reader.text("RATE_POINTER").unwrap_or_else(|| "/price".to_owned());
        if !pointer.starts_with('/') {
            reader.push_error("RATE_POINTER must be a JSON Pointer such as /data/amount");
        }
        let currency = reader.text("RATE_CURRENCY").unwrap_or_else(|| "USD".to_owned());
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            reader.push_error("RATE_CURRENCY must be a currency of ISO 4217 such as USD");
        }
        let url = reader.secret("RATE_URL")?;
        let local = domain.is_some_and(Domain::is_local);
        match Url::parse(url.expose()) {
            Ok(url) if url.scheme() == "https" || (local && url.scheme() == "http") => {
                Some(Self { url, pointer, currency })
            }
            _ => {
                reader.push_error("RATE_URL must be an https address");
                None
            }
        }
    }
}

use std::sync::Arc;

use async_trait::async_trait;
use kernel::Clock;
use uma_protocol::request::{UmaRequestBody, push_url};
use uma_protocol::{
    Configuration, Counterparty, CounterpartyError, ErrorBody, ErrorCode, Freshness, LnurlpRequest,
    LnurlpResponse, LookupFor, PayRequest, PayResponse, PublicKeyResponse, UmaError, VaspDomain,
};
use url::Url;

use crate::cache::{Cache, UNAUTHENTICATED_INTERVAL};
use crate::client::{Answer, FetchError, GuardedClient};

/// Maximal age of cached keys, seconds, whatever their VASP allows.
const KEYS_AGE: i64 = 5 * 60;
/// Maximal age of a cached configuration, seconds; UMAD-10 sets none. Buyers of one sale come from a few VASPs.
const CONFIGURATION_AGE: i64 = 60;

/// Keys are valid until their own expiry, capped. Without an expiry they are stale at once (UMAD-02).
fn keys_fresh_until(keys: &PublicKeyResponse, now: i64) -> i64 {
    keys.expires_at().map_or(now, |expiry| expiry.min(now.saturating_add(KEYS_AGE)))
}

/// A published document.
struct Document<T> {
    path: &'static str,
    parse: fn(&str) -> Result<T, UmaError>,
    /// Expiry of a document fetched now, Unix seconds.
    fresh_until: fn(&T, i64) -> i64,
}

/// HTTP clients of [`HttpCounterparty`], with separate limits, so that one purpose cannot starve another.
#[derive(Clone)]
pub struct Clients {
    /// For orders: configurations, UMA Requests, keys of the VASPs that orders name.
    pub orders: Arc<GuardedClient>,
    /// For refunds to addresses.
    pub refunds: Arc<GuardedClient>,
    /// For keys of domains named by unauthenticated callers. It should not queue, so that such requests cannot pile up.
    pub unauthenticated: Arc<GuardedClient>,
}

impl Clients {
    /// One client for every purpose, for tests.
    pub fn shared(client: Arc<GuardedClient>) -> Self {
        Self { orders: Arc::clone(&client), refunds: Arc::clone(&client), unauthenticated: client }
    }
}

/// Client of other VASPs over HTTPS.
pub struct HttpCounterparty {
    clients: Clients,
    clock: Arc<dyn Clock>,
    keys: Cache<PublicKeyResponse>,
    configurations: Cache<Configuration>,
}

impl HttpCounterparty {
    /// Uses `clients`, whose address rules also apply to domains: a port, a local name or a bare IP address is allowed in
    /// sandbox mode only.
    pub fn new(clients: Clients, clock: Arc<dyn Clock>) -> Self {
        Self { clients, clock, keys: Cache::default(), configurations: Cache::default() }
    }

    fn url(&self, domain: &VaspDomain, path: &str) -> Result<Url, CounterpartyError> {
        let odd = domain.is_local() || domain.is_ip() || domain.port().is_some();
        let refused = || CounterpartyError::NotAllowed(domain.to_string());
        if odd && !self.clients.orders.rules().is_sandbox() {
            return Err(refused());
        }
        Url::parse(&format!("{}{path}", domain.base_url())).map_err(|_| refused())
    }

    /// The document from the cache, or fetched once for all concurrent callers.
    async fn document<T>(
        &self,
        cache: &Cache<T>,
        domain: &VaspDomain,
        freshness: Freshness,
        purpose: LookupFor,
        document: Document<T>,
    ) -> Result<Arc<T>, CounterpartyError> {
        let requested_at = self.clock.now().timestamp();
        if let Some(cached) = cache.get(domain, freshness, requested_at) {
            return Ok(cached);
        }
        let (client, since) = match purpose {
            LookupFor::Order => (&self.clients.orders, requested_at),
            LookupFor::Unauthenticated => {
                (&self.clients.unauthenticated, requested_at.saturating_sub(UNAUTHENTICATED_INTERVAL - 1))
            }
        };
        let url = self.url(domain, document.path)?;
        let lock = cache.fetch_lock(domain);
        let _guard = tokio::time::timeout(client.limits().timeout, lock.lock())
            .await
            .map_err(|late| CounterpartyError::Unreachable(late.into()))?;
        if let Some(cached) = cache.fetched_since(domain, since) {
            return Ok(cached);
        }
        if purpose == LookupFor::Unauthenticated
            && cache.failed_recently(domain, self.clock.now().timestamp())
        {
            return Err(CounterpartyError::Unreachable("a recent request failed".into()));
        }
        let fetched = fetch(client, &url, document.parse).await;
        let now = self.clock.now().timestamp();
        match fetched {
            Ok(fetched) => {
                cache.put(domain, &fetched, now, (document.fresh_until)(&fetched, now));
                Ok(fetched)
            }
            Err(error) => {
                cache.put_failure(domain, now);
                Err(error)
            }
        }
    }
}

async fn fetch<T>(
    client: &GuardedClient,
    url: &Url,
    parse: fn(&str) -> Result<T, UmaError>,
) -> Result<Arc<T>, CounterpartyError> {
    let answer = accepted(client.get(url).await.map_err(failed)?)?;
    parse(&answer.body).map(Arc::new).map_err(CounterpartyError::Malformed)
}

fn failed(error: FetchError) -> CounterpartyError {
    match error {
        FetchError::NotAllowed(refused) => CounterpartyError::NotAllowed(refused.to_string()),
        FetchError::Unreachable(cause) => CounterpartyError::Unreachable(cause),
        FetchError::TooLong => CounterpartyError::Malformed(UmaError::new(
            ErrorCode::InvalidRequestFormat,
            "the response is too long",
        )),
    }
}

/// Separates successes from refusals, which LNURL also sends with status 200.
fn accepted(answer: Answer) -> Result<Answer, CounterpartyError> {
    let error = serde_json::from_str::<ErrorBody>(&answer.body).ok();
    let refused = error.as_ref().is_some_and(|body| body.status.eq_ignore_ascii_case("ERROR"));
    if answer.is_success() && !refused {
        return Ok(answer);
    }
    let mut body = error.unwrap_or_else(|| ErrorBody::lnurl(""));
    body.reason = body.reason.chars().take(300).collect();
    Err(CounterpartyError::Refused { status: answer.status, body: Box::new(body) })
}

#[async_trait]
impl Counterparty for HttpCounterparty {
    async fn configuration(&self, domain: &VaspDomain) -> Result<Configuration, CounterpartyError> {
        let document = Document {
            path: Configuration::PATH,
            parse: Configuration::parse,
            fresh_until: |_, now| now.saturating_add(CONFIGURATION_AGE),
        };
        let kept = self
            .document(&self.configurations, domain, Freshness::Cached, LookupFor::Order, document)
            .await?;
        Ok((*kept).clone())
    }

    async fn public_keys(
        &self,
        domain: &VaspDomain,
        freshness: Freshness,
        purpose: LookupFor,
    ) -> Result<Arc<PublicKeyResponse>, CounterpartyError> {
        let document = Document {
            path: PublicKeyResponse::PATH,
            parse: PublicKeyResponse::parse,
            fresh_until: keys_fresh_until,
        };
        let keys = self.document(&self.keys, domain, freshness, purpose, document).await;
        // All failures have the same message, since the caller chooses the domain.
        keys.inspect_err(|error| {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            tracing::info!(%domain, %error, cause, "public keys could not be fetched");
        })
    }

    async fn push_invoice(&self, endpoint: &Url, invoice: &str) -> Result<(), CounterpartyError> {
        let body = serde_json::to_string(&UmaRequestBody { invoice: invoice.to_owned() }).map_err(|_| {
            CounterpartyError::Malformed(UmaError::new(
                ErrorCode::InternalError,
                "the request cannot be serialised",
            ))
        })?;
        let url = push_url(endpoint, invoice);
        accepted(self.clients.orders.post_json(&url, &body).await.map_err(failed)?).map(drop)
    }

    async fn lnurlp(&self, request: &LnurlpRequest) -> Result<LnurlpResponse, CounterpartyError> {
        let text = request.to_url();
        self.url(request.receiver.domain(), "")?;
        let url = Url::parse(&text).map_err(|_| CounterpartyError::NotAllowed(text))?;
        let answer = accepted(self.clients.refunds.get(&url).await.map_err(failed)?)?;
        let parse = if request.uma.is_some() { LnurlpResponse::parse } else { LnurlpResponse::parse_plain };
        parse(&answer.body).map_err(CounterpartyError::Malformed)
    }

    async fn pay_request(
        &self,
        callback: &Url,
        request: &PayRequest,
    ) -> Result<PayResponse, CounterpartyError> {
        let uma = request.payer_data.as_ref().is_some_and(|data| data.compliance().is_some());
        let answer = if uma {
            let body = request.to_json().map_err(CounterpartyError::Malformed)?;
            self.clients.refunds.post_json(callback, &body).await
        } else {
            let mut url = callback.clone();
            url.query_pairs_mut().extend_pairs(url::form_urlencoded::parse(request.to_query().as_bytes()));
            self.clients.refunds.get(&url).await
        };
        let answer = accepted(answer.map_err(failed)?)?;
        let parse = if uma { PayResponse::parse } else { PayResponse::parse_plain };
        parse(&answer.body).map_err(CounterpartyError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uma_protocol::SigningKey;

    #[test]
    fn keys_are_cached_until_their_capped_expiry() {
        let key = SigningKey::from_bytes(&[7; 32]).unwrap().public_key();
        let until = |expiry| keys_fresh_until(&PublicKeyResponse::bare(key, key, expiry), 1_000);
        assert_eq!(until(Some(1_100)), 1_100);
        assert_eq!(until(Some(i64::MAX)), 1_000 + KEYS_AGE);
        assert_eq!(until(None), 1_000);
    }
}

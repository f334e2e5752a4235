use std::sync::Arc;

use async_trait::async_trait;
use kernel::Clock;
use uma_protocol::request::{UmaRequestBody, push_url};
use uma_protocol::{
    Configuration, Counterparty, CounterpartyError, ErrorBody, ErrorCode, Freshness, LnurlpRequest,
    LnurlpResponse, PayRequest, PayResponse, PublicKeyResponse, UmaError, VaspDomain,
};
use url::Url;

use crate::cache::KeyCache;
use crate::client::{Answer, FetchError, GuardedClient};

/// Other VASPs by HTTPS.
pub struct HttpCounterparty {
    client: Arc<GuardedClient>,
    clock: Arc<dyn Clock>,
    keys: KeyCache,
}

impl HttpCounterparty {
    /// Talks through `client`, whose rules also decide about domains: a port, a local name or a bare IP address only
    /// in sandbox mode.
    pub fn new(client: Arc<GuardedClient>, clock: Arc<dyn Clock>) -> Self {
        Self { client, clock, keys: KeyCache::default() }
    }

    fn url(&self, domain: &VaspDomain, path: &str) -> Result<Url, CounterpartyError> {
        let odd = domain.is_local() || domain.is_ip() || domain.port().is_some();
        let refused = || CounterpartyError::NotAllowed(domain.to_string());
        if odd && !self.client.rules().is_sandbox() {
            return Err(refused());
        }
        Url::parse(&format!("{}{path}", domain.base_url())).map_err(|_| refused())
    }
}

fn failed(error: FetchError) -> CounterpartyError {
    match error {
        FetchError::NotAllowed(refused) => CounterpartyError::NotAllowed(refused.to_string()),
        FetchError::Unreachable(cause) => CounterpartyError::Unreachable(cause),
        FetchError::TooLong => CounterpartyError::Malformed(UmaError::new(
            ErrorCode::InvalidRequestFormat,
            "the answer is too long",
        )),
    }
}

/// Tells an answer from a refusal, which LNURL also writes with status 200.
fn accepted(answer: Answer) -> Result<Answer, CounterpartyError> {
    let said = serde_json::from_str::<ErrorBody>(&answer.body).ok();
    let refused = said.as_ref().is_some_and(|body| body.status.eq_ignore_ascii_case("ERROR"));
    if answer.is_success() && !refused {
        return Ok(answer);
    }
    let mut body = said.unwrap_or_else(|| ErrorBody::lnurl(""));
    body.reason = body.reason.chars().take(300).collect();
    Err(CounterpartyError::Refused { status: answer.status, body: Box::new(body) })
}

#[async_trait]
impl Counterparty for HttpCounterparty {
    async fn configuration(&self, domain: &VaspDomain) -> Result<Configuration, CounterpartyError> {
        let url = self.url(domain, Configuration::PATH)?;
        let answer = accepted(self.client.get(&url).await.map_err(failed)?)?;
        Configuration::parse(&answer.body).map_err(CounterpartyError::Malformed)
    }

    async fn public_keys(
        &self,
        domain: &VaspDomain,
        freshness: Freshness,
    ) -> Result<Arc<PublicKeyResponse>, CounterpartyError> {
        let asked_at = self.clock.now().timestamp();
        if let Some(keys) = self.keys.get(domain, freshness, asked_at) {
            return Ok(keys);
        }
        let url = self.url(domain, PublicKeyResponse::PATH)?;
        let turn = self.keys.turn(domain);
        let _ours = tokio::time::timeout(self.client.limits().timeout, turn.lock())
            .await
            .map_err(|late| CounterpartyError::Unreachable(late.into()))?;
        if let Some(keys) = self.keys.fetched_since(domain, asked_at) {
            return Ok(keys);
        }
        let answer = accepted(self.client.get(&url).await.map_err(failed)?)?;
        let keys = PublicKeyResponse::parse(&answer.body).map_err(CounterpartyError::Malformed)?;
        let keys = Arc::new(keys);
        self.keys.put(domain, &keys, self.clock.now().timestamp());
        Ok(keys)
    }

    async fn push_invoice(&self, endpoint: &Url, invoice: &str) -> Result<(), CounterpartyError> {
        let body = serde_json::to_string(&UmaRequestBody { invoice: invoice.to_owned() }).map_err(|_| {
            CounterpartyError::Malformed(UmaError::new(
                ErrorCode::InternalError,
                "the request cannot be written",
            ))
        })?;
        let url = push_url(endpoint, invoice);
        accepted(self.client.post_json(&url, &body).await.map_err(failed)?).map(drop)
    }

    async fn lnurlp(&self, request: &LnurlpRequest) -> Result<LnurlpResponse, CounterpartyError> {
        let text = request.to_url();
        self.url(request.receiver.domain(), "")?;
        let url = Url::parse(&text).map_err(|_| CounterpartyError::NotAllowed(text))?;
        let answer = accepted(self.client.get(&url).await.map_err(failed)?)?;
        LnurlpResponse::parse(&answer.body).map_err(CounterpartyError::Malformed)
    }

    async fn pay_request(
        &self,
        callback: &Url,
        request: &PayRequest,
    ) -> Result<PayResponse, CounterpartyError> {
        let uma = request.payer_data.as_ref().is_some_and(|data| data.compliance().is_some());
        let answer = if uma {
            let body = request.to_json().map_err(CounterpartyError::Malformed)?;
            self.client.post_json(callback, &body).await
        } else {
            let mut url = callback.clone();
            url.query_pairs_mut().extend_pairs(url::form_urlencoded::parse(request.to_query().as_bytes()));
            self.client.get(&url).await
        };
        let answer = accepted(answer.map_err(failed)?)?;
        PayResponse::parse(&answer.body).map_err(CounterpartyError::Malformed)
    }
}

use super::error::VaspError;
use kernel::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use uma_protocol::{
    UmaError, VaspDomain,
    error::{ErrorBody, ErrorCode},
    keys::PublicKeyResponse,
    signing::PublicKey,
};

const TIMEOUT: Duration = Duration::from_secs(10);
/// Larger than any response of the protocol.
const MAX_ANSWER: usize = 256 * 1024;
/// Maximal age of cached keys, whatever their expiry.
const MAX_KEY_AGE_SECS: i64 = 300;

/// The sandbox's own HTTP client; it shares nothing with the shop.
pub(super) struct Client {
    http: reqwest::Client,
    keys: Mutex<BTreeMap<VaspDomain, (PublicKeyResponse, Timestamp)>>,
}

/// A client without redirects and with a timeout.
pub(crate) fn http() -> Result<reqwest::Client, reqwest::Error> {
    // A second installation has no effect.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .connect_timeout(Duration::from_secs(3))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}

fn unreachable(error: reqwest::Error) -> VaspError {
    VaspError::Unreachable(Box::new(error))
}

impl Client {
    pub(super) fn new(http: reqwest::Client) -> Self {
        Self { http, keys: Mutex::default() }
    }

    pub(super) async fn get(&self, url: &str) -> Result<String, VaspError> {
        answer(self.http.get(url).header("accept", "application/json").send().await.map_err(unreachable)?)
            .await
    }

    pub(super) async fn post(&self, url: &str, body: String) -> Result<String, VaspError> {
        let request = self.http.post(url).header("content-type", "application/json").body(body);
        answer(request.send().await.map_err(unreachable)?).await
    }

    async fn fetch_keys(&self, domain: &VaspDomain, now: Timestamp) -> Result<PublicKeyResponse, VaspError> {
        let url = format!("{}{}", domain.base_url(), PublicKeyResponse::PATH);
        let keys = PublicKeyResponse::parse(&self.get(&url).await?)?;
        let longest = now.timestamp().saturating_add(MAX_KEY_AGE_SECS);
        let until = keys.expires_at().map_or(now.timestamp(), |expiry| expiry.min(longest));
        if let Some(until) = Timestamp::from_timestamp(until, 0) {
            let mut cache = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            cache.insert(domain.clone(), (keys.clone(), until));
        }
        Ok(keys)
    }

    /// Runs a check with a VASP's published key, and once more with a refetched one if the key may have changed.
    pub(super) async fn verify(
        &self,
        domain: &VaspDomain,
        now: Timestamp,
        check: impl Fn(&PublicKey) -> Result<(), UmaError> + Send + Sync,
    ) -> Result<(), VaspError> {
        let cached = {
            let cache = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            cache.get(domain).filter(|(_, until)| now < *until).map(|(keys, _)| keys.clone())
        };
        if let Some(keys) = cached {
            match check(keys.signing_key()) {
                Err(error) if error.code() == ErrorCode::InvalidSignature => {}
                answer => return Ok(answer?),
            }
        }
        Ok(check(self.fetch_keys(domain, now).await?.signing_key())?)
    }
}

async fn answer(mut answer: reqwest::Response) -> Result<String, VaspError> {
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Err(VaspError::refused(status, Some(ErrorBody::lnurl("the answer is too long"))));
        }
    }
    VaspError::from_answer(status, String::from_utf8_lossy(&body).into_owned())
}

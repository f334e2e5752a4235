use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Method, redirect};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::outbound_hosts::{AddressRules, NotAllowed, Resolver};

type BoxError = Box<dyn Error + Send + Sync>;

/// Limits of a request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From queueing to the last byte, redirects included.
    pub timeout: Duration,
    /// Maximal size of a body in bytes, after decompression.
    pub max_body: usize,
    /// Concurrent requests to one host; see [`Limits::waits`] for further ones.
    pub per_host: usize,
    /// Concurrent requests in total; see [`Limits::waits`] for further ones.
    pub overall: usize,
    /// Whether requests beyond the limits are queued; otherwise they fail at once.
    pub waits: bool,
    /// Maximal number of redirects.
    pub max_redirects: u8,
    /// Whether a `GET` may be redirected to another origin. Every hop is checked like the first address.
    pub other_origins: bool,
}

impl Limits {
    /// For LNURL-pay servers of any address. Domains are often served by another host, and their metadata may contain an image.
    pub fn lightning_addresses() -> Self {
        Self { max_body: 512 * 1024, overall: 8, max_redirects: 3, other_origins: true, ..Self::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            max_body: 64 * 1024,
            per_host: 4,
            overall: 64,
            waits: true,
            max_redirects: 2,
            other_origins: false,
        }
    }
}

/// An HTTP response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body; invalid UTF-8 is replaced.
    pub body: String,
}

impl Answer {
    /// Whether the status is 2xx.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// Error of a request.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is not allowed.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// No connection, no complete response, or a timeout. The request may have been executed.
    #[error("no answer")]
    Unreachable(#[source] BoxError),
    /// The response exceeds the size limit.
    #[error("the answer is too long")]
    TooLong,
}

/// HTTP client for untrusted addresses. Each name is resolved once, checked with [`AddressRules`], and connected to as checked,
/// so that a second DNS answer cannot change the target.
pub struct GuardedClient {
    rules: AddressRules,
    limits: Limits,
    secure: reqwest::Client,
    plain: reqwest::Client,
    turns: Mutex<HashMap<String, Weak<Semaphore>>>,
    overall: Semaphore,
}

struct Checked {
    rules: AddressRules,
    resolver: Arc<dyn Resolver>,
    plain: bool,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, resolver, plain) = (self.rules, Arc::clone(&self.resolver), self.plain);
        Box::pin(async move {
            let addresses = rules.resolve(&*resolver, name.as_str(), plain).await?;
            let addresses: Addrs = Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}

/// The client could not be built; usually the root certificates are missing.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be made")]
pub struct ClientError(#[from] reqwest::Error);

impl GuardedClient {
    /// A client that resolves names with `resolver`.
    pub fn new(
        rules: AddressRules,
        limits: Limits,
        resolver: &Arc<dyn Resolver>,
    ) -> Result<Self, ClientError> {
        // An error means that the process has installed its provider already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |plain| {
            reqwest::Client::builder()
                .dns_resolver(Arc::new(Checked { rules, resolver: Arc::clone(resolver), plain }))
                .no_proxy()
                .redirect(redirect::Policy::none())
                .referer(false)
                .https_only(!plain)
                .timeout(limits.timeout)
                .pool_max_idle_per_host(limits.per_host)
                .pool_idle_timeout(Duration::from_secs(30))
                .user_agent("tickets-uma")
                .build()
        };
        Ok(Self {
            rules,
            limits,
            secure: client(false)?,
            plain: client(true)?,
            turns: Mutex::default(),
            overall: Semaphore::new(limits.overall),
        })
    }

    /// The address rules in force.
    pub const fn rules(&self) -> AddressRules {
        self.rules
    }

    /// The limits per request.
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Sends a `GET`.
    pub async fn get(&self, url: &Url) -> Result<Answer, FetchError> {
        self.send(Method::GET, url, None).await
    }

    /// Sends a `POST` with a JSON body.
    pub async fn post_json(&self, url: &Url, body: &str) -> Result<Answer, FetchError> {
        self.send(Method::POST, url, Some(("application/json", body))).await
    }

    /// Sends a `POST` with a form, as OAuth token endpoints require.
    pub async fn post_form(&self, url: &Url, fields: &[(&str, &str)]) -> Result<Answer, FetchError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, url, Some(("application/x-www-form-urlencoded", &body))).await
    }

    async fn send(
        &self,
        method: Method,
        url: &Url,
        body: Option<(&str, &str)>,
    ) -> Result<Answer, FetchError> {
        tokio::time::timeout(self.limits.timeout, self.follow(method, url, body))
            .await
            .unwrap_or_else(|late| Err(FetchError::Unreachable(late.into())))
    }

    async fn follow(
        &self,
        method: Method,
        url: &Url,
        body: Option<(&str, &str)>,
    ) -> Result<Answer, FetchError> {
        let mut target = url.clone();
        for _ in 0..=self.limits.max_redirects {
            let plain = self.rules.check_url(&target)?;
            // The host's permit first: requests that wait for a slow host must not hold permits of the others.
            let _permit = self.host_permit(&target).await?;
            let place = if self.limits.waits {
                self.overall.acquire().await.map_err(BoxError::from)
            } else {
                self.overall.try_acquire().map_err(BoxError::from)
            };
            let _place = place.map_err(FetchError::Unreachable)?;
            let client = if plain { &self.plain } else { &self.secure };
            let mut request =
                client.request(method.clone(), target.clone()).header(ACCEPT, "application/json");
            if let Some((kind, text)) = body {
                request = request.header(CONTENT_TYPE, kind).body(text.to_owned());
            }
            let response = request.send().await.map_err(classify)?;
            match redirected(&target, &response, &method, self.limits.other_origins)? {
                Some(next) => target = next,
                None => return self.read(response).await,
            }
        }
        Err(NotAllowed::new(url.origin().ascii_serialization(), "too many redirects").into())
    }

    async fn read(&self, mut response: reqwest::Response) -> Result<Answer, FetchError> {
        let status = response.status().as_u16();
        let limit = self.limits.max_body;
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(FetchError::TooLong);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(classify)? {
            if body.len() + chunk.len() > limit {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Waits for a permit of the host, within the limit per host.
    async fn host_permit(&self, url: &Url) -> Result<OwnedSemaphorePermit, FetchError> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let turns = {
            let mut all = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            let known = all.get(&host).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                all.retain(|_, turns| turns.strong_count() > 0);
                let fresh = Arc::new(Semaphore::new(self.limits.per_host));
                all.insert(host, Arc::downgrade(&fresh));
                fresh
            })
        };
        let turn = if self.limits.waits {
            turns.acquire_owned().await.map_err(BoxError::from)
        } else {
            turns.try_acquire_owned().map_err(BoxError::from)
        };
        turn.map_err(FetchError::Unreachable)
    }
}

/// The target of an allowed redirect: a GET or a status that preserves the method, and the same origin unless a GET may leave it.
fn redirected(
    from: &Url,
    response: &reqwest::Response,
    method: &Method,
    other_origins: bool,
) -> Result<Option<Url>, NotAllowed> {
    if !response.status().is_redirection() {
        return Ok(None);
    }
    let Some(location) = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    let origin = || from.origin().ascii_serialization();
    let next = from.join(location).map_err(|_| NotAllowed::new(origin(), "a redirect to no URL"))?;
    if next.origin() != from.origin() && !(other_origins && *method == Method::GET) {
        return Err(NotAllowed::new(origin(), "a redirect to another host"));
    }
    let keeps_method = matches!(response.status().as_u16(), 307 | 308);
    if *method != Method::GET && !keeps_method {
        return Err(NotAllowed::new(origin(), "a redirect that drops the request's body"));
    }
    Ok(Some(next))
}

/// Finds the error of the address rules in the HTTP client's error chain.
fn classify(error: reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<NotAllowed>() {
            return refused.clone().into();
        }
        if let Some(crate::outbound_hosts::ResolveError::NotAllowed(refused)) = inner.downcast_ref() {
            return refused.clone().into();
        }
        cause = inner.source();
    }
    // The URL may contain a token.
    FetchError::Unreachable(error.without_url().into())
}

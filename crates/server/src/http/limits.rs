//! How often one caller may do what is dear (generic cell rate algorithm; a minute's worth may come at once).

use super::{client, problem::Problem, state::State};
use crate::config::Limits;
use actix_web::{HttpRequest, http::StatusCode};
use governor::{Quota, RateLimiter, clock::Clock as _, clock::DefaultClock, state::keyed::DashMapStateStore};
use sha2::{Digest, Sha256};
use std::{fmt, hash::Hash, net::IpAddr, num::NonZeroU32};

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dear {
    Login,
    Register,
    Purchase,
    Validate,
}

/// The counters of this replica.
pub(crate) struct RateLimits {
    login: Keyed<IpAddr>,
    account: Keyed<[u8; 16]>,
    register: Keyed<IpAddr>,
    purchase: Keyed<IpAddr>,
    validate: Keyed<IpAddr>,
}

impl fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateLimits")
    }
}

fn limiter<K: Hash + Eq + Clone>(per_minute: u32) -> Keyed<K> {
    RateLimiter::dashmap(Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN)))
}

impl RateLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            login: limiter(limits.login),
            account: limiter(limits.login_account),
            register: limiter(limits.register),
            purchase: limiter(limits.purchase),
            validate: limiter(limits.validate),
        }
    }

    /// Forgets callers that have been quiet.
    pub(crate) fn forget_quiet(&self) {
        for limiter in [&self.login, &self.register, &self.purchase, &self.validate] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        self.account.retain_recent();
        self.account.shrink_to_fit();
    }
}

fn check<K: Hash + Eq + Clone>(limiter: &Keyed<K>, key: &K) -> Result<(), Problem> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "too many requests: try again later")
            .retry_after(wait.as_secs().saturating_add(1))
    })
}

impl State {
    /// 429 when this address has done it too often.
    pub(crate) fn limit(&self, request: &HttpRequest, what: Dear) -> Result<(), Problem> {
        let Some(limits) = &self.limits else { return Ok(()) };
        let caller = client::customer(client::address(request.head(), &self.http.trusted_proxies));
        let limiter = match what {
            Dear::Login => &limits.login,
            Dear::Register => &limits.register,
            Dear::Purchase => &limits.purchase,
            Dear::Validate => &limits.validate,
        };
        check(limiter, &caller)
    }

    /// 429 when this account has been tried too often, whether it exists or not.
    pub(crate) fn limit_account(&self, email: &str) -> Result<(), Problem> {
        let Some(limits) = &self.limits else { return Ok(()) };
        let digest = Sha256::digest(email.trim().to_lowercase());
        let key = digest.first_chunk::<16>().copied().unwrap_or_default();
        check(&limits.account, &key)
    }
}

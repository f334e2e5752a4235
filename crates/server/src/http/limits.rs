//! How often one caller may do what is dear (generic cell rate algorithm; a minute's worth may come at once).

use super::{client, problem::Problem, state::State};
use crate::config::Limits;
use actix_web::{HttpRequest, http::StatusCode};
use box_office::Origin;
use governor::{Quota, RateLimiter, clock::Clock as _, clock::DefaultClock, state::keyed::DashMapStateStore};
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

    /// Where a request comes from, for limits of the use cases.
    pub(crate) fn origin(&self, request: &HttpRequest) -> Origin {
        match &self.limits {
            None => Origin::Unlimited,
            Some(_) => {
                Origin::Network(client::customer(client::address(request.head(), &self.http.trusted_proxies)))
            }
        }
    }
}

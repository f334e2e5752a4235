//! Rate limits for expensive endpoints (GCRA; a minute's quota may be used in one burst).

use super::{
    client,
    problem::{Problem, ProblemType},
    state::State,
};
use crate::config::Limits;
use actix_web::{HttpRequest, http::StatusCode};
use box_office::Origin;
use events::Event;
use governor::{Quota, RateLimiter, clock::Clock as _, clock::DefaultClock, state::keyed::DashMapStateStore};
use std::{
    collections::BTreeMap,
    fmt,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// Rate-limited operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RateLimit {
    Login,
    Register,
    Validate,
}

/// Factor of the limit of an IPv6 /48, a common assignment of one customer, over that of a /64.
const SITE_FACTOR: u32 = 4;

/// Rate limiters of one endpoint.
struct PerNetwork {
    /// By IPv4 address or IPv6 /64.
    networks: Keyed<IpAddr>,
    /// By IPv6 /48.
    sites: Keyed<IpAddr>,
}

impl PerNetwork {
    fn new(per_minute: u32) -> Self {
        Self { networks: limiter(per_minute), sites: limiter(per_minute.saturating_mul(SITE_FACTOR)) }
    }

    fn check(&self, address: IpAddr) -> Result<(), Problem> {
        check(&self.networks, &client::aggregate(address))?;
        match Origin::Network(address).site() {
            Origin::Network(site @ IpAddr::V6(_)) => check(&self.sites, &site),
            _ => Ok(()),
        }
    }

    fn drop_inactive(&self) {
        for limiter in [&self.networks, &self.sites] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// Rate limiters of this replica.
pub(crate) struct RateLimits {
    login: PerNetwork,
    register: PerNetwork,
    purchase: PerNetwork,
    /// Limiters of purchases for events with a higher `network_limit`, by that limit.
    purchase_of_events: Mutex<BTreeMap<u32, Arc<PerNetwork>>>,
    /// General limit of purchases per minute.
    purchases: u32,
    validate: PerNetwork,
    /// Delay of a refusal. A client that repeats refused requests without a pause takes less processor time from others.
    pub(crate) refusal_delay: Duration,
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
            login: PerNetwork::new(limits.login),
            register: PerNetwork::new(limits.register),
            purchase: PerNetwork::new(limits.purchase),
            purchase_of_events: Mutex::default(),
            purchases: limits.purchase,
            validate: PerNetwork::new(limits.validate),
            refusal_delay: limits.refusal_delay,
        }
    }

    /// Drops counters of inactive callers.
    pub(crate) fn drop_inactive(&self) {
        for limiter in [&self.login, &self.register, &self.purchase, &self.validate] {
            limiter.drop_inactive();
        }
        let mut of_events = self.purchase_of_events.lock().unwrap_or_else(PoisonError::into_inner);
        of_events.retain(|_, limiter| {
            limiter.drop_inactive();
            !limiter.networks.is_empty()
        });
    }

    /// Limiter of an event whose `network_limit` exceeds the general limit.
    fn purchase_of(&self, event: &Event) -> Option<Arc<PerNetwork>> {
        let chosen = event.network_limit?;
        let seats = if chosen == 0 { event.capacity } else { chosen };
        if seats <= self.purchases {
            return None;
        }
        let mut of_events = self.purchase_of_events.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(of_events.entry(seats).or_insert_with(|| Arc::new(PerNetwork::new(seats)))))
    }
}

fn check<K: Hash + Eq + Clone>(limiter: &Keyed<K>, key: &K) -> Result<(), Problem> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            ProblemType::RateLimited,
            "too many requests: try again later",
        )
        .retry_after(wait.as_secs().saturating_add(1))
    })
}

impl State {
    /// 429 beyond the rate limit of this address.
    pub(crate) fn limit(&self, request: &HttpRequest, what: RateLimit) -> Result<(), Problem> {
        let Some(limits) = &self.limits else { return Ok(()) };
        let limiter = match what {
            RateLimit::Login => &limits.login,
            RateLimit::Register => &limits.register,
            RateLimit::Validate => &limits.validate,
        };
        limiter.check(client::address(request.head(), &self.http.trusted_proxies))
    }

    /// 429 beyond the purchase limit of this address. A higher `network_limit` of an event also allows that many
    /// purchases per minute.
    pub(crate) fn limit_purchase(&self, request: &HttpRequest, event: Option<&Event>) -> Result<(), Problem> {
        let Some(limits) = &self.limits else { return Ok(()) };
        let address = client::address(request.head(), &self.http.trusted_proxies);
        match event.and_then(|event| limits.purchase_of(event)) {
            Some(of_event) => of_event.check(address),
            None => limits.purchase.check(address),
        }
    }

    /// Origin of a request, for limits in use cases.
    pub(crate) fn origin(&self, request: &HttpRequest) -> Origin {
        let network = client::aggregate(client::address(request.head(), &self.http.trusted_proxies));
        match &self.limits {
            None => Origin::Exempt(network),
            Some(_) => Origin::Network(network),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(limiter: &PerNetwork, addresses: impl Iterator<Item = IpAddr>) -> usize {
        addresses.filter(|address| limiter.check(*address).is_ok()).count()
    }

    #[test]
    fn the_many_networks_of_one_ipv6_customer_share_a_limit() {
        let limiter = PerNetwork::new(10);
        let address = |site: u128, network: u128| -> IpAddr {
            std::net::Ipv6Addr::from_bits(0x2001_0db8_u128 << 96 | site << 80 | network << 64).into()
        };
        assert_eq!(allowed(&limiter, (0..1_000).map(|network| address(1, network))), 40);
        assert_eq!(allowed(&limiter, (0..1_000).map(|_| address(2, 1))), 10);
        assert_eq!(allowed(&limiter, (0..1_000).map(|_| [192, 0, 2, 1].into())), 10);
    }
}

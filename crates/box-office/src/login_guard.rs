use crate::{Origin, Recent};
use chrono::Duration;
use identity::Email;
use kernel::Timestamp;
use sha2::{Digest, Sha256};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Longest lockout of one account for one network.
const MAX_WAIT_PER_NETWORK: Duration = Duration::minutes(15);
/// First lockout of one account for one network; doubles with each further failure.
const FIRST_WAIT_PER_NETWORK: Duration = Duration::seconds(30);
/// Failures per account and network expire after this time without one.
const FAILURE_EXPIRY_PER_NETWORK: Duration = Duration::hours(2);
/// Failures of one account from unknown networks before these are locked out, in multiples of the limit of one network.
const UNKNOWN_NETWORKS_FACTOR: u32 = 10;
/// Longest lockout of one account for unknown networks.
const MAX_WAIT_UNKNOWN: Duration = Duration::minutes(5);
/// Failed attempts after which the lockout of unknown networks doubles again.
const UNKNOWN_STEP: u32 = 10;
/// Failures from unknown networks expire after this time without one.
const FAILURE_EXPIRY_UNKNOWN: Duration = Duration::hours(24);
/// Maximum number of counters per kind; older ones are dropped.
const MAX_COUNTERS: usize = 50_000;

/// Failure counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failures {
    count: u32,
    last: Timestamp,
}

impl Failures {
    fn next(before: Option<Self>, expiry: Duration, now: Timestamp) -> Self {
        let kept = before.filter(|before| now.signed_duration_since(before.last) < expiry);
        Self { count: kept.map_or(0, |kept| kept.count).saturating_add(1), last: now }
    }
}

/// Remaining lockout of an account for a network; the first `allowed` failures cause none.
pub(crate) fn wait_per_network(before: Option<Failures>, allowed: u32, now: Timestamp) -> Option<Duration> {
    let failures = before?;
    let over = failures.count.checked_sub(allowed)?;
    let wait = doubled(FIRST_WAIT_PER_NETWORK, over, MAX_WAIT_PER_NETWORK);
    remaining(failures.last, wait, now)
}

/// Remaining lockout of an account for networks that never logged in to it.
pub(crate) fn wait_unknown(before: Option<Failures>, allowed: u32, now: Timestamp) -> Option<Duration> {
    let failures = before?;
    let over = failures.count.checked_sub(allowed.saturating_mul(UNKNOWN_NETWORKS_FACTOR))?;
    let steps = over.checked_div(UNKNOWN_STEP).unwrap_or_default();
    remaining(failures.last, doubled(Duration::seconds(1), steps, MAX_WAIT_UNKNOWN), now)
}

fn doubled(first: Duration, times: u32, max: Duration) -> Duration {
    let factor = 1_i32.checked_shl(times).filter(|factor| *factor > 0).unwrap_or(i32::MAX);
    first.checked_mul(factor).unwrap_or(max).min(max)
}

fn remaining(since: Timestamp, wait: Duration, now: Timestamp) -> Option<Duration> {
    let left = wait.checked_sub(&now.signed_duration_since(since))?;
    (left > Duration::zero()).then_some(left)
}

type Account = [u8; 16];

/// Failures of one account from one site; the networks of an IPv6 /48 count as one.
#[derive(Debug, Clone, Copy, Default)]
struct OfNetwork {
    /// Failures that determine this network's lockout.
    failures: Option<Failures>,
    /// Failures shared with all unknown networks, at most `allowed`, so that no single network locks out the others.
    shared: Option<Failures>,
}

struct Counters {
    per_network: Recent<(Account, Origin), OfNetwork>,
    unknown: Recent<Account, Failures>,
}

/// Counts failed password attempts of this replica, also for unknown accounts: per account and network, and per account over
/// all unknown networks. Known networks are exempt from the second counter only, because their users are indistinguishable.
pub(crate) struct LoginGuard {
    counters: Mutex<Counters>,
    /// Failures per account and network without a lockout.
    allowed: u32,
}

/// A running attempt, counted as failed until it ends, so that concurrent attempts cannot exceed the limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    account: Account,
    site: Origin,
    /// Counters before this attempt.
    before: OfNetwork,
    unknown_before: Option<Failures>,
    /// Whether it is counted for all unknown networks.
    shared: bool,
}

impl LoginGuard {
    pub(crate) fn new(allowed: u32) -> Self {
        let counters =
            Counters { per_network: Recent::new(MAX_COUNTERS), unknown: Recent::new(MAX_COUNTERS) };
        Self { counters: Mutex::new(counters), allowed: allowed.max(1) }
    }

    fn lock(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Key of an account by the entered address; all spellings of an address share one key.
    pub(crate) fn account(email: &str) -> Account {
        let address = Email::parse(email).map(|email| email.as_str().to_owned());
        let digest = Sha256::digest(address.unwrap_or_else(|_| email.trim().to_lowercase()));
        digest.first_chunk::<16>().copied().unwrap_or_default()
    }

    /// Whether unknown networks are locked out of this account, so that the network has to be looked up.
    pub(crate) fn requires_known_network(&self, account: Account, now: Timestamp) -> bool {
        wait_unknown(self.lock().unknown.get(&account).copied(), self.allowed, now).is_some()
    }

    /// Counts an attempt, or returns the remaining lockout. A locked-out attempt is not counted and does not extend the lockout.
    pub(crate) fn begin(
        &self,
        account: Account,
        origin: Origin,
        known: bool,
        now: Timestamp,
    ) -> Result<Attempt, Duration> {
        let mut counters = self.lock();
        let site = origin.site();
        let key = (account, site);
        let before = counters.per_network.get(&key).copied().unwrap_or_default();
        let unknown_before = counters.unknown.get(&account).copied();
        let mut attempt = Attempt { account, site, before, unknown_before, shared: false };
        if origin == Origin::Unlimited {
            return Ok(attempt);
        }
        if let Some(wait) = wait_per_network(before.failures, self.allowed, now) {
            return Err(wait);
        }
        if let Some(wait) = wait_unknown(unknown_before, self.allowed, now).filter(|_| !known) {
            return Err(wait);
        }
        let failures = Some(Failures::next(before.failures, FAILURE_EXPIRY_PER_NETWORK, now));
        let mut shared = before.shared;
        if !known {
            let next = Failures::next(before.shared, FAILURE_EXPIRY_UNKNOWN, now);
            attempt.shared = next.count <= self.allowed;
            shared = Some(Failures { count: next.count.min(self.allowed), last: next.last });
        }
        counters.per_network.put(key, OfNetwork { failures, shared });
        if attempt.shared {
            counters.unknown.put(account, Failures::next(unknown_before, FAILURE_EXPIRY_UNKNOWN, now));
        }
        Ok(attempt)
    }

    /// Resets the network's failures after a correct password.
    pub(crate) fn succeeded(&self, attempt: &Attempt) {
        let mut counters = self.lock();
        counters.per_network.remove(&(attempt.account, attempt.site));
        Self::uncount_unknown(&mut counters, attempt);
    }

    /// Uncounts an attempt whose password was not compared.
    pub(crate) fn withdraw(&self, attempt: &Attempt) {
        let mut counters = self.lock();
        let key = (attempt.account, attempt.site);
        if let Some(now) = counters.per_network.get(&key).copied() {
            let failures = uncounted(now.failures, attempt.before.failures);
            let shared =
                if attempt.shared { uncounted(now.shared, attempt.before.shared) } else { now.shared };
            counters.per_network.put(key, OfNetwork { failures, shared });
        }
        Self::uncount_unknown(&mut counters, attempt);
    }

    fn uncount_unknown(counters: &mut Counters, attempt: &Attempt) {
        if !attempt.shared {
            return;
        }
        let now = counters.unknown.get(&attempt.account).copied();
        if let Some(less) = uncounted(now, attempt.unknown_before) {
            counters.unknown.put(attempt.account, less);
        }
    }
}

/// The counter minus one attempt.
fn uncounted(now: Option<Failures>, before: Option<Failures>) -> Option<Failures> {
    now.map(|now| Failures {
        count: now.count.saturating_sub(1),
        last: before.map_or(now.last, |before| before.last),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    fn noon() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn network(number: u32) -> Origin {
        Origin::Network(IpAddr::V4(Ipv4Addr::from_bits(number)))
    }

    fn alice() -> Account {
        LoginGuard::account("alice@mail.example")
    }

    #[test]
    fn failures_from_one_network_double_its_lockout() {
        let guard = LoginGuard::new(10);
        let mut waits = Vec::new();
        let mut now = noon();
        for _ in 0..34 {
            if let Err(wait) = guard.begin(alice(), network(1), false, now) {
                waits.push(wait.num_seconds());
                now += wait;
                guard.begin(alice(), network(1), false, now).unwrap();
            }
        }
        assert_eq!(waits[..5], [30, 60, 120, 240, 480]);
        assert_eq!(waits.last(), Some(&900));
        assert!(guard.begin(alice(), network(2), false, now).is_ok(), "other networks stay open");
        assert!(guard.begin(LoginGuard::account("bob"), network(1), false, now).is_ok());
    }

    #[test]
    fn correct_password_or_expiry_resets_failures() {
        let guard = LoginGuard::new(2);
        let begin = |now| guard.begin(alice(), network(1), false, now);
        begin(noon()).unwrap();
        let attempt = begin(noon()).unwrap();
        guard.succeeded(&attempt);
        begin(noon()).unwrap();
        begin(noon()).unwrap();
        assert!(begin(noon()).is_err());
        assert!(begin(noon() + Duration::hours(3)).is_ok());
        assert!(begin(noon() + Duration::hours(3)).is_ok(), "forgotten");
    }

    #[test]
    fn withdrawn_attempts_do_not_count() {
        let guard = LoginGuard::new(1);
        for _ in 0..5 {
            let attempt = guard.begin(alice(), network(1), false, noon()).unwrap();
            guard.withdraw(&attempt);
        }
    }

    #[test]
    fn distributed_guessing_is_slowed_and_known_networks_are_exempt() {
        let guard = LoginGuard::new(10);
        let (mut now, mut tried) = (noon(), 0_u32);
        for number in 0..10_000 {
            match guard.begin(alice(), network(number), false, now) {
                Ok(_) => tried += 1,
                Err(wait) => assert!(wait <= MAX_WAIT_UNKNOWN),
            }
            now += Duration::seconds(8);
        }
        // 10,000 networks over 22 hours.
        assert!(tried < 500, "{tried}");
        assert!(guard.requires_known_network(alice(), now));
        assert!(guard.begin(alice(), network(1_000_001), true, now).is_ok());
        assert!(guard.begin(alice(), network(1_000_002), false, now).is_err());
    }

    fn ipv6(site: u128, network: u128) -> Origin {
        let bits = 0x2001_0db8_u128 << 96 | site << 80 | network << 64;
        Origin::Network(IpAddr::V6(Ipv6Addr::from_bits(bits)))
    }

    #[test]
    fn networks_of_one_ipv6_site_share_a_lockout_that_affects_no_other_site() {
        let guard = LoginGuard::new(10);
        let (mut now, mut tried) = (noon(), 0_u32);
        for network in 0..5_000 {
            tried += u32::from(guard.begin(alice(), ipv6(1, network), false, now).is_ok());
            now += Duration::seconds(60);
        }
        // Eighty-three hours, an attempt every quarter of an hour.
        assert!((300..400).contains(&tried), "{tried}");
        assert!(!guard.requires_known_network(alice(), now));
        assert!(guard.begin(alice(), ipv6(2, 1), false, now).is_ok());
    }

    #[test]
    fn lockout_of_one_network_never_affects_another() {
        let guard = LoginGuard::new(10);
        let mut now = noon();
        for number in 0..3_000 {
            let _waits = guard.begin(alice(), network(1), false, now);
            // Checked here: the pauses below are longer than the longest wait.
            assert!(!guard.requires_known_network(alice(), now), "{number}");
            // Each pause lets the network's failures expire.
            now += Duration::minutes(if number % 20 == 0 { 121 } else { 7 });
        }
    }

    #[test]
    fn unlimited_origins_are_never_locked_out() {
        let guard = LoginGuard::new(1);
        for _ in 0..100 {
            guard.begin(alice(), Origin::Unlimited, false, noon()).unwrap();
        }
    }
}

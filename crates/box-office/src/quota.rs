//! Quotas on outstanding (unpaid or free) seats, which bound how many one account or network can block.

use crate::links::hmac;
use events::Event;
use kernel::{EventId, Secret, UserId};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv6Addr},
};

/// Maximum outstanding seats of one event; 0 disables a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoldLimits {
    /// Seats per account.
    pub account: u32,
    /// Seats per payer address of guests within one network.
    pub payer: u32,
    /// Seats per network: an IPv4 address or an IPv6 /64.
    pub network: u32,
    /// Percent of the event's seats per network, where that is more than [`HoldLimits::network`].
    pub network_percent: u32,
    /// Limit per site (IPv6 /48), in multiples of the limit per network.
    pub site_factor: u32,
}

impl HoldLimits {
    /// No limits.
    pub const NONE: Self = Self { account: 0, payer: 0, network: 0, network_percent: 0, site_factor: 0 };

    /// Limit per network; `None` if unlimited. At most half of the event's seats, unless the organiser set a number.
    pub fn per_network(&self, event: &Event) -> Option<u32> {
        match event.network_limit {
            Some(chosen) => Some(chosen).filter(|seats| *seats > 0),
            None if self.network == 0 => None,
            None => {
                let share = u64::from(event.capacity).saturating_mul(self.network_percent.into()) / 100;
                let seats = u32::try_from(share).unwrap_or(u32::MAX).max(self.network);
                Some(seats.min(half(event)))
            }
        }
    }

    /// Limit per site; `None` if unlimited.
    pub fn per_site(&self, event: &Event) -> Option<u32> {
        let seats = self.per_network(event)?.saturating_mul(self.site_factor);
        let seats = if event.network_limit.is_some() { seats } else { seats.min(half(event)) };
        Some(seats).filter(|seats| *seats > 0)
    }
}

fn half(event: &Event) -> u32 {
    (event.capacity / 2).max(1)
}

/// Keyed hash of a network, per event.
pub type NetworkTag = [u8; 16];

/// Network of a request, stored while its seat is outstanding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NetworkTags {
    /// Tag of the IPv4 address or IPv6 /64.
    pub network: NetworkTag,
    /// Tag of the IPv6 /48.
    pub site: Option<NetworkTag>,
}

/// Computes [`NetworkTags`]. Without the key they reveal no address, and tags of different events cannot be compared.
pub struct NetworkHasher(Secret<[u8; 32]>);

impl fmt::Debug for NetworkHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetworkHasher(***)")
    }
}

impl NetworkHasher {
    /// Derives the key from the master secret.
    pub fn new(master: &[u8]) -> Self {
        let key = Sha256::new().chain_update(b"tickets/networks/").chain_update(master).finalize();
        Self(Secret::new(key.into()))
    }

    /// Tags of a client address for one event.
    pub fn tags(&self, event: EventId, address: IpAddr) -> NetworkTags {
        let tag = |kind: &[u8], network: &[u8]| -> NetworkTag {
            let digest = hmac(self.0.expose(), &[kind, &event.get().to_be_bytes(), network]);
            digest.first_chunk().copied().unwrap_or_default()
        };
        match address.to_canonical() {
            IpAddr::V4(address) => NetworkTags { network: tag(b"v4/", &address.octets()), site: None },
            IpAddr::V6(address) => NetworkTags {
                network: tag(b"v6/64/", &prefix(address, 64)),
                site: Some(tag(b"v6/48/", &prefix(address, 48))),
            },
        }
    }
}

fn prefix(address: Ipv6Addr, bits: u32) -> [u8; 16] {
    let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0);
    (address.to_bits() & mask).to_be_bytes()
}

/// Key of a count of outstanding seats.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QuotaKey {
    /// One account at one event.
    Account(EventId, UserId),
    /// Guests with one payer address in one network. In lower case, because UMA addresses are case-insensitive (UMAD-04).
    Payer(NetworkTag, String),
    /// One network.
    Network(NetworkTag),
    /// One site.
    Site(NetworkTag),
}

/// Scope of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaScope {
    /// An account.
    Account,
    /// A guest's payer address.
    Payer,
    /// A network or a site.
    Network,
}

impl QuotaScope {
    /// Name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Payer => "payer",
            Self::Network => "network",
        }
    }
}

/// An exhausted quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldLimit {
    /// Scope.
    pub scope: QuotaScope,
    /// Allowed outstanding seats.
    pub allowed: u32,
    /// Outstanding seats at the time of the request.
    pub outstanding: u32,
}

impl fmt::Display for HoldLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scope, allowed, outstanding } = self;
        let whose = match scope {
            QuotaScope::Account => "your account",
            QuotaScope::Payer => "this wallet address",
            QuotaScope::Network => "your network",
        };
        write!(
            f,
            "{whose} may have {allowed} unpaid or free seats of this event and has {outstanding}: pay for one, give one back, \
             or try again later"
        )
    }
}

/// Outstanding seats by quota, read under the event locks and updated within a batch.
#[derive(Debug, Default)]
pub struct OutstandingSeats(HashMap<QuotaKey, u32>);

impl OutstandingSeats {
    /// Whether this quota was counted.
    pub fn has(&self, key: &QuotaKey) -> bool {
        self.0.contains_key(key)
    }

    /// Stores a count.
    pub fn insert(&mut self, key: QuotaKey, seats: u32) {
        self.0.insert(key, seats);
    }

    /// Checks that the quotas allow so many more seats of the event.
    pub(crate) fn check_all(
        &self,
        event: &Event,
        limits: &HoldLimits,
        keys: &[QuotaKey],
        seats: u32,
    ) -> Result<(), HoldLimit> {
        for key in keys {
            let (scope, allowed) = match key {
                QuotaKey::Account(..) => (QuotaScope::Account, Some(limits.account)),
                QuotaKey::Payer(..) => (QuotaScope::Payer, Some(limits.payer)),
                QuotaKey::Network(_) => (QuotaScope::Network, limits.per_network(event)),
                QuotaKey::Site(_) => (QuotaScope::Network, limits.per_site(event)),
            };
            let outstanding = self.0.get(key).copied().unwrap_or_default();
            let exceeds = |allowed: &u32| outstanding.saturating_add(seats) > *allowed;
            if let Some(allowed) = allowed.filter(exceeds) {
                return Err(HoldLimit { scope, allowed, outstanding });
            }
        }
        Ok(())
    }

    /// Counts the seats of a granted request.
    pub(crate) fn take_all(&mut self, keys: &[QuotaKey], seats: u32) {
        for key in keys {
            let taken = self.0.entry(key.clone()).or_default();
            *taken = taken.saturating_add(seats);
        }
    }
}

impl HoldLimits {
    /// Quotas that seats of an account, or of a guest with this payer address, count towards.
    pub(crate) fn keys(
        &self,
        event: EventId,
        account: Option<UserId>,
        payer: Option<&str>,
        network: Option<NetworkTags>,
    ) -> Vec<QuotaKey> {
        let counted = account.filter(|_| self.account > 0);
        let mut keys: Vec<_> = counted.map(|user| QuotaKey::Account(event, user)).into_iter().collect();
        let Some(tags) = network else { return keys };
        if let Some(address) = payer.filter(|_| account.is_none() && self.payer > 0) {
            keys.push(QuotaKey::Payer(tags.network, address.to_ascii_lowercase()));
        }
        keys.push(QuotaKey::Network(tags.network));
        keys.extend(tags.site.filter(|_| self.site_factor > 0).map(QuotaKey::Site));
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::builders::{new_event, noon};

    const LIMITS: HoldLimits =
        HoldLimits { account: 10, payer: 10, network: 40, network_percent: 20, site_factor: 2 };

    fn event(capacity: u32, network_limit: Option<u32>) -> Event {
        let new = new_event(capacity, 10);
        Event {
            id: EventId::new(1),
            title: new.title,
            description: new.description,
            start_time: new.start_time,
            end_time: new.end_time,
            time_zone: new.time_zone,
            capacity,
            price: new.price,
            stream_url: new.stream_url,
            is_active: true,
            cancelled_at: None,
            created_at: noon(),
            updated_at: noon(),
            seats_taken: 0,
            price_changed_at: None,
            network_limit,
            details: new.details,
        }
    }

    #[test]
    fn network_limit_is_forty_seats_or_a_fifth_and_at_most_half_of_the_event() {
        for (capacity, network, site) in
            [(1, 1, 1), (5, 2, 2), (60, 30, 30), (100, 40, 50), (500, 100, 200), (10_000, 2_000, 4_000)]
        {
            let event = event(capacity, None);
            let seats = (LIMITS.per_network(&event), LIMITS.per_site(&event));
            assert_eq!(seats, (Some(network), Some(site)), "{capacity} seats");
        }
    }

    #[test]
    fn organiser_can_raise_or_lift_the_network_limit() {
        assert_eq!(LIMITS.per_network(&event(100, Some(90))), Some(90));
        assert_eq!(LIMITS.per_site(&event(100, Some(90))), Some(180));
        assert_eq!(
            (LIMITS.per_network(&event(100, Some(0))), LIMITS.per_site(&event(100, Some(0)))),
            (None, None)
        );
        let without = HoldLimits { network: 0, ..LIMITS };
        assert_eq!(
            (without.per_network(&event(100, None)), without.per_site(&event(100, None))),
            (None, None)
        );
        let no_site = HoldLimits { site_factor: 0, ..LIMITS };
        assert_eq!(no_site.per_site(&event(100, None)), None);
    }

    #[test]
    fn network_tags_depend_on_network_event_and_key() {
        let hasher = NetworkHasher::new(&[1; 32]);
        let tags = |event, address: &str| hasher.tags(EventId::new(event), address.parse().unwrap());
        assert_eq!(tags(1, "2001:db8:1:1::1"), tags(1, "2001:db8:1:1:ffff::2"));
        let (one, two) = (tags(1, "2001:db8:1:1::1"), tags(1, "2001:db8:1:2::1"));
        assert!(one.network != two.network && one.site == two.site);
        assert_ne!(tags(1, "2001:db8:2:1::1").site, one.site);
        assert_eq!(tags(1, "198.51.100.7"), tags(1, "::ffff:198.51.100.7"));
        assert_eq!(tags(1, "198.51.100.7").site, None);
        assert_ne!(tags(1, "198.51.100.7"), tags(1, "198.51.100.8"));
        assert_ne!(tags(1, "198.51.100.7"), tags(2, "198.51.100.7"));
        let other = NetworkHasher::new(&[2; 32]);
        assert_ne!(other.tags(EventId::new(1), "198.51.100.7".parse().unwrap()), tags(1, "198.51.100.7"));
    }
}

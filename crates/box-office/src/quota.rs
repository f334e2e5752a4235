//! Quotas on outstanding seats: those that are unpaid or free. They bound what an account or a network can keep from others.

use crate::{HoldRequest, links::hmac};
use events::Event;
use kernel::{EventId, Secret, UserId};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv6Addr},
};

/// Most outstanding seats of one event; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldLimits {
    /// Seats per account.
    pub account: u32,
    /// Seats per payer address of guests within one network.
    pub payer: u32,
    /// Seats per network: an IPv4 address or an IPv6 /64.
    pub network: u32,
    /// Percent of the event's seats per network, where that is more than [`HoldLimits::network`].
    pub network_percent: u32,
    /// How many times the limit of a network a site (IPv6 /48) has.
    pub site_factor: u32,
}

impl HoldLimits {
    /// No limits.
    pub const NONE: Self = Self { account: 0, payer: 0, network: 0, network_percent: 0, site_factor: 0 };

    /// Seats that one network may hold; `None` without a limit. At most half the event, unless its organiser chose a number.
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

    /// Seats that one site may hold; `None` without a limit.
    pub fn per_site(&self, event: &Event) -> Option<u32> {
        let seats = self.per_network(event)?.saturating_mul(self.site_factor);
        let seats = if event.network_limit.is_some() { seats } else { seats.min(half(event)) };
        Some(seats).filter(|seats| *seats > 0)
    }
}

fn half(event: &Event) -> u32 {
    (event.capacity / 2).max(1)
}

/// Keyed hash of a network, of one event.
pub type NetworkTag = [u8; 16];

/// The network of a request, as it is stored while the seat is outstanding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NetworkTags {
    /// Of the IPv4 address or the IPv6 /64.
    pub network: NetworkTag,
    /// Of the IPv6 /48.
    pub site: Option<NetworkTag>,
}

/// Makes [`NetworkTags`]: without the key they say nothing about an address, and those of two events cannot be compared.
pub struct NetworkHasher(Secret<[u8; 32]>);

impl fmt::Debug for NetworkHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetworkHasher(***)")
    }
}

impl NetworkHasher {
    /// Derives a key of its own from the shop's master secret.
    pub fn new(master: &[u8]) -> Self {
        let key = Sha256::new().chain_update(b"tickets/networks/").chain_update(master).finalize();
        Self(Secret::new(key.into()))
    }

    /// The tags of a client's address for one event.
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

/// What outstanding seats are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QuotaKey {
    /// One account at one event.
    Account(EventId, UserId),
    /// Guests with one payer address in one network. The address is in lower case: capitals name the same wallet (UMAD-04).
    Payer(NetworkTag, String),
    /// One network.
    Network(NetworkTag),
    /// One site.
    Site(NetworkTag),
}

/// Which quota is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaScope {
    /// That of an account.
    Account,
    /// That of a guest's payer address.
    Payer,
    /// That of a network or a site.
    Network,
}

impl QuotaScope {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Payer => "payer",
            Self::Network => "network",
        }
    }
}

/// A quota that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldLimit {
    /// Which one.
    pub scope: QuotaScope,
    /// Outstanding seats that are allowed.
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

/// Outstanding seats by quota, read under the locks of their events and kept up to date within a batch.
#[derive(Debug, Default)]
pub struct OutstandingSeats(HashMap<QuotaKey, u32>);

impl OutstandingSeats {
    /// Whether this quota was counted.
    pub fn has(&self, key: &QuotaKey) -> bool {
        self.0.contains_key(key)
    }

    /// Notes what was counted.
    pub fn insert(&mut self, key: QuotaKey, seats: u32) {
        self.0.insert(key, seats);
    }

    /// Whether the request's quotas allow one seat more.
    pub(crate) fn check(&self, event: &Event, request: &HoldRequest) -> Result<(), HoldLimit> {
        let limits = &request.limits;
        for key in request.quota_keys() {
            let (scope, allowed) = match key {
                QuotaKey::Account(..) => (QuotaScope::Account, Some(limits.account)),
                QuotaKey::Payer(..) => (QuotaScope::Payer, Some(limits.payer)),
                QuotaKey::Network(_) => (QuotaScope::Network, limits.per_network(event)),
                QuotaKey::Site(_) => (QuotaScope::Network, limits.per_site(event)),
            };
            let outstanding = self.0.get(&key).copied().unwrap_or_default();
            if let Some(allowed) = allowed.filter(|allowed| outstanding >= *allowed) {
                return Err(HoldLimit { scope, allowed, outstanding });
            }
        }
        Ok(())
    }

    /// Counts the seat of a granted request.
    pub(crate) fn take(&mut self, request: &HoldRequest) {
        for key in request.quota_keys() {
            let seats = self.0.entry(key).or_default();
            *seats = seats.saturating_add(1);
        }
    }
}

impl HoldRequest {
    /// The quotas that this request counts against.
    pub fn quota_keys(&self) -> Vec<QuotaKey> {
        let account = self.owner().filter(|_| self.limits.account > 0);
        let mut keys: Vec<_> =
            account.map(|user| QuotaKey::Account(self.event_id, user)).into_iter().collect();
        let Some(tags) = self.network else { return keys };
        if let Some(address) =
            self.uma_address.as_ref().filter(|_| !self.authenticated && self.limits.payer > 0)
        {
            keys.push(QuotaKey::Payer(tags.network, address.to_ascii_lowercase()));
        }
        keys.push(QuotaKey::Network(tags.network));
        keys.extend(tags.site.filter(|_| self.limits.site_factor > 0).map(QuotaKey::Site));
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
        }
    }

    #[test]
    fn a_network_has_forty_seats_or_a_fifth_of_the_event_and_at_most_half() {
        for (capacity, network, site) in
            [(1, 1, 1), (5, 2, 2), (60, 30, 30), (100, 40, 50), (500, 100, 200), (10_000, 2_000, 4_000)]
        {
            let event = event(capacity, None);
            let seats = (LIMITS.per_network(&event), LIMITS.per_site(&event));
            assert_eq!(seats, (Some(network), Some(site)), "{capacity} seats");
        }
    }

    #[test]
    fn an_organiser_raises_or_lifts_the_limit_of_networks() {
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
    fn a_tag_is_of_one_network_one_event_and_one_key() {
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

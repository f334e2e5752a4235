//! Limit against enumeration: a network may read a bounded number of distinct foreign ids per hour from public
//! responses.

use super::{
    client,
    problem::{Problem, ProblemType},
    state::State,
};
use actix_web::{HttpRequest, http::StatusCode};
use box_office::{Caller, Origin, Recent, SeenTicket, TicketError};
use chrono::Duration;
use events::PromoCodeText;
use kernel::{TicketId, Timestamp, UserId};
use sha2::{Digest, Sha256};
use std::sync::{Mutex, PoisonError};

const WINDOW: Duration = Duration::hours(1);
/// Maximum of tracked networks: about 25 MB with full windows of the default limit.
const MAX_NETWORKS: usize = 10_000;

/// An id of another user's account or ticket, or a promo code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForeignId {
    User(UserId),
    Ticket(TicketId),
    /// Digest of a promo code's text: other codes are guesses.
    PromoCode(i64),
}

/// Ids that one network requested in its window.
#[derive(Debug)]
struct Window {
    ends: Timestamp,
    users: Vec<i64>,
    tickets: Vec<i64>,
    promo_codes: Vec<i64>,
}

/// Distinct foreign ids by site (IPv4 address or IPv6 /48), in this replica.
#[derive(Debug)]
pub(crate) struct ForeignIds(Mutex<Recent<Origin, Window>>);

impl Default for ForeignIds {
    fn default() -> Self {
        Self(Mutex::new(Recent::new(MAX_NETWORKS)))
    }
}

impl ForeignIds {
    /// Records a request; `Err` with the end of the window beyond the limit. Repeated ids are free, since clients
    /// poll.
    fn record(&self, network: Origin, id: ForeignId, limit: usize, now: Timestamp) -> Result<(), Timestamp> {
        // The map is consistent after a panic.
        let mut networks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Window {
            ends: now.checked_add_signed(WINDOW).unwrap_or(now),
            users: Vec::new(),
            tickets: Vec::new(),
            promo_codes: Vec::new(),
        };
        let window = networks.entry(network.site(), fresh);
        if now >= window.ends {
            *window = fresh();
        }
        let (known_ids, id) = match id {
            ForeignId::User(id) => (&mut window.users, id.get()),
            ForeignId::Ticket(id) => (&mut window.tickets, id.get()),
            ForeignId::PromoCode(digest) => (&mut window.promo_codes, digest),
        };
        if known_ids.contains(&id) {
            return Ok(());
        }
        if known_ids.len() >= limit {
            return Err(window.ends);
        }
        known_ids.push(id);
        Ok(())
    }

    /// Drops networks whose window has ended.
    pub(crate) fn drop_inactive(&self, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|window| now < window.ends);
    }
}

impl State {
    /// 429 beyond the network's limit of foreign ids.
    pub(crate) fn limit_foreign_id(&self, request: &HttpRequest, id: ForeignId) -> Result<(), Problem> {
        let (Some(limits), trusted) = (&self.http.limits, &self.http.trusted_proxies) else {
            return Ok(());
        };
        // Loopback callers and proxies are exempt: behind an unconfigured proxy all clients share its address.
        let address = client::address(request.head(), trusted);
        let Some(network) = client::limited_network(address, trusted, false).map(Origin::Network) else {
            return Ok(());
        };
        let limit = match id {
            ForeignId::User(_) | ForeignId::Ticket(_) => limits.foreign_ids,
            ForeignId::PromoCode(_) => limits.promo_codes,
        };
        let (limit, now) = (usize::try_from(limit).unwrap_or(usize::MAX), self.office.now());
        self.foreign_ids.record(network, id, limit, now).map_err(|ends| {
            let wait = ends.signed_duration_since(now).num_seconds().max(0);
            Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                ProblemType::RateLimited,
                "too many requests: try again later",
            )
            .retry_after(u64::try_from(wait).unwrap_or_default().saturating_add(1))
        })
    }

    /// 429 beyond the network's limit of distinct promo codes. Checked before the code is looked up: beyond the limit, no answer tells
    /// whether a code exists.
    pub(crate) fn limit_promo_code(
        &self,
        request: &HttpRequest,
        text: &PromoCodeText,
    ) -> Result<(), Problem> {
        let digest = Sha256::digest(text.expose());
        let digest = digest.first_chunk().copied().map_or(0, i64::from_be_bytes);
        self.limit_foreign_id(request, ForeignId::PromoCode(digest))
    }

    /// A ticket's status for this caller. Without full access the ticket counts as a foreign id.
    pub(crate) async fn visible_ticket_status(
        &self,
        request: &HttpRequest,
        id: TicketId,
        caller: Option<&Caller>,
        token: Option<&str>,
    ) -> Result<SeenTicket, Problem> {
        let status = self.office.ticket_status(id, caller, token).await;
        if matches!(&status, Ok(SeenTicket { full: false, .. }) | Err(TicketError::NotFound)) {
            self.limit_foreign_id(request, ForeignId::Ticket(id))?;
        }
        Ok(status?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::builders::{at, noon};

    #[test]
    fn distinct_ids_are_counted_and_repeated_ones_are_not() {
        let ids = ForeignIds::default();
        let ask = |address: &str, id, now| {
            ids.record(Origin::Network(address.parse().unwrap()), id, 2, now).is_ok()
        };
        let ticket = |id| ForeignId::Ticket(TicketId::new(id));
        assert!(ask("9.9.9.9", ticket(1), noon()) && ask("9.9.9.9", ticket(2), noon()));
        assert!(!ask("9.9.9.9", ticket(3), noon()));
        assert!(ask("9.9.9.9", ticket(2), at(1)), "polling goes on");
        assert!(ask("9.9.9.9", ForeignId::User(UserId::new(3)), at(1)), "accounts count apart");
        assert!(ask("9.9.9.8", ticket(3), at(1)), "another network");
        assert!(!ask("9.9.9.9", ticket(3), at(59)));
        assert!(ask("9.9.9.9", ticket(3), at(60)));
        ids.drop_inactive(at(121));
        assert!(ids.0.lock().unwrap().is_empty());
    }

    #[test]
    fn the_networks_of_one_ipv6_customer_count_as_one() {
        let ids = ForeignIds::default();
        let ask = |address: &str, id| {
            let network = Origin::Network(address.parse().unwrap());
            ids.record(network, ForeignId::User(UserId::new(id)), 2, noon()).is_ok()
        };
        assert!(ask("2001:db8:1:1::", 1) && ask("2001:db8:1:2::", 2));
        assert!(!ask("2001:db8:1:3::", 3));
        assert!(ask("2001:db8:2:1::", 3));
    }

    #[test]
    fn memory_is_bounded_and_a_flood_resets_no_active_network() {
        let ids = ForeignIds::default();
        let ask = |network, id| {
            ids.record(Origin::Network(network), ForeignId::User(UserId::new(id)), 2, noon()).is_ok()
        };
        let counter = std::net::Ipv4Addr::from(u32::MAX).into();
        assert!(ask(counter, 1) && ask(counter, 2));
        for number in 0..3 * u32::try_from(MAX_NETWORKS).unwrap() {
            assert!(ask(std::net::Ipv4Addr::from(number).into(), 1));
            if number % 1_000 == 0 {
                assert!(!ask(counter, i64::from(number) + 3));
            }
        }
        assert!(ids.0.lock().unwrap().len() <= MAX_NETWORKS);
    }
}

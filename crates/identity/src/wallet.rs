use crate::wallet_encryption::Sealed;
use chrono::TimeDelta;
use kernel::{Sats, Timestamp, UserId};

/// Calls in a row that a wallet left unanswered before its connection is not used any more.
pub const MAX_UNANSWERED_CALLS: u32 = 4;
/// How long one exchange of a refresh token may take; longer than discovery, the request, and storing what came back.
const REFRESH_CLAIM: TimeDelta = TimeDelta::seconds(60);

/// Whether a connection can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalletHealth {
    /// As far as we know.
    Connected,
    /// The wallet or its OAuth server refused it for good; the sentence says why, without secrets.
    Failed(String),
}

/// Connection state as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalletState {
    /// Used for purchases.
    Connected,
    /// Past its end, and not renewable.
    Expired,
    /// [`MAX_UNANSWERED_CALLS`] calls in a row had no answer: off line, or revoked silently.
    Stale,
    /// Refused for good.
    NeedsReconnect,
}

impl WalletState {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Expired => "expired",
            Self::Stale => "stale",
            Self::NeedsReconnect => "needs_reconnect",
        }
    }
}

/// Most that purchases may take from a connected wallet without its owner being asked; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WalletBudget {
    /// One purchase.
    pub per_purchase: Option<Sats>,
    /// All purchases of one day (UTC).
    pub per_day: Option<Sats>,
}

/// A limit that a purchase would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OverBudget {
    /// The purchase alone.
    #[error("The price is above the {0} sats per purchase that you allow for your connected wallet.")]
    Purchase(Sats),
    /// Together with the day's other purchases.
    #[error("This purchase would exceed the {0} sats per day that you allow for your connected wallet.")]
    Day(Sats),
}

impl WalletBudget {
    /// Decides whether the wallet may be asked to pay `price` on a day on which it was asked to pay `spent`.
    pub fn allow(&self, price: Sats, spent: Sats) -> Result<(), OverBudget> {
        if let Some(limit) = self.per_purchase.filter(|limit| price > *limit) {
            return Err(OverBudget::Purchase(limit));
        }
        match self.per_day.filter(|limit| spent.saturating_add(price) > *limit) {
            Some(limit) => Err(OverBudget::Day(limit)),
            None => Ok(()),
        }
    }
}

/// A buyer's connected wallet (NIP-47), possibly kept alive by UMA Auth. Spending secrets: sealed, never returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletConnection {
    /// The account; it has at most one connection.
    pub user_id: UserId,
    /// The connection URI.
    pub uri: Sealed,
    /// When the URI stops working, if it does.
    pub expires_at: Option<Timestamp>,
    /// UMA Auth refresh token; each use voids the URI and the token before it.
    pub refresh_token: Option<Sealed>,
    /// UMA Auth client id.
    pub client_id: Option<String>,
    /// Where to refresh.
    pub token_endpoint: Option<String>,
    /// The wallet's UMA address.
    pub uma_address: Option<String>,
    /// Whether it can be used.
    pub health: WalletHealth,
    /// The owner's own limits; `None` leaves the shop's default in force.
    pub budget: WalletBudget,
    /// End of the claim under which the refresh token is being exchanged.
    pub refresh_claimed_until: Option<Timestamp>,
    /// Calls in a row without an answer.
    pub silences: u32,
    /// When it was connected.
    pub created_at: Timestamp,
    /// When it was last refreshed or changed.
    pub updated_at: Timestamp,
}

/// Decision about a request to exchange the refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefreshClaim {
    /// The caller exchanges the token; this row is written first.
    Granted(WalletConnection),
    /// Another caller exchanges it until then.
    Taken(Timestamp),
    /// The claim of an earlier exchange ran out without a result. The token works once, so this row replaces the connection.
    Lost(WalletConnection),
    /// Nothing to exchange.
    Impossible,
}

/// What an exchange of the refresh token gave, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// The new connection URI.
    pub uri: Sealed,
    /// The next refresh token; `None` when the provider goes on accepting the old one (RFC 6749 section 6).
    pub refresh_token: Option<Sealed>,
    /// When the new URI stops working.
    pub expires_at: Option<Timestamp>,
}

impl WalletConnection {
    /// Whether it may be used at `now`.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.health == WalletHealth::Connected
            && self.silences < MAX_UNANSWERED_CALLS
            && self.expires_at.is_none_or(|end| now < end)
    }

    /// State shown to the owner at `now`. An expired connection that can be renewed counts as connected.
    pub fn state(&self, now: Timestamp) -> WalletState {
        if self.health != WalletHealth::Connected {
            WalletState::NeedsReconnect
        } else if self.silences >= MAX_UNANSWERED_CALLS {
            WalletState::Stale
        } else if self.refresh_token.is_none() && self.expires_at.is_some_and(|end| end <= now) {
            WalletState::Expired
        } else {
            WalletState::Connected
        }
    }

    /// Limits in force: the owner's, else the shop's.
    pub fn limits(&self, default: WalletBudget) -> WalletBudget {
        WalletBudget {
            per_purchase: self.budget.per_purchase.or(default.per_purchase),
            per_day: self.budget.per_day.or(default.per_day),
        }
    }

    /// Decides who exchanges the refresh token, with the row locked. `lost` is the sentence for the owner when an earlier
    /// exchange never stored its result.
    pub fn claim_refresh(&self, now: Timestamp, lost: &str) -> RefreshClaim {
        if self.health != WalletHealth::Connected || self.refresh_token.is_none() {
            return RefreshClaim::Impossible;
        }
        match self.refresh_claimed_until {
            Some(until) if now < until => RefreshClaim::Taken(until),
            Some(_) => RefreshClaim::Lost(self.clone().failed(lost, now)),
            None => RefreshClaim::Granted(Self {
                refresh_claimed_until: now.checked_add_signed(REFRESH_CLAIM),
                updated_at: now,
                ..self.clone()
            }),
        }
    }

    /// The connection after an exchange that certainly left URI and token as they were.
    #[must_use]
    pub fn released(self, now: Timestamp) -> Self {
        Self { refresh_claimed_until: None, updated_at: now, ..self }
    }

    /// The connection with the new pair in place of the old one.
    #[must_use]
    pub fn renewed(self, renewal: Renewal, now: Timestamp) -> Self {
        Self {
            uri: renewal.uri,
            refresh_token: renewal.refresh_token.or(self.refresh_token),
            expires_at: renewal.expires_at,
            health: WalletHealth::Connected,
            refresh_claimed_until: None,
            silences: 0,
            updated_at: now,
            ..self
        }
    }

    /// The connection refused for good; `why` is shown to the owner.
    #[must_use]
    pub fn failed(self, why: &str, now: Timestamp) -> Self {
        Self {
            health: WalletHealth::Failed(why.to_owned()),
            refresh_claimed_until: None,
            updated_at: now,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn connection() -> WalletConnection {
        WalletConnection {
            user_id: UserId::new(1),
            uri: Sealed::from_stored("uri".into()),
            expires_at: Some(at(100)),
            refresh_token: Some(Sealed::from_stored("token".into())),
            client_id: None,
            token_endpoint: None,
            uma_address: None,
            health: WalletHealth::Connected,
            budget: WalletBudget::default(),
            refresh_claimed_until: None,
            silences: 0,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    #[test]
    fn one_exchange_of_a_refresh_token_at_a_time() {
        let RefreshClaim::Granted(claimed) = connection().claim_refresh(at(0), "lost") else {
            panic!("the first claim is granted")
        };
        assert_eq!(claimed.claim_refresh(at(59), "lost"), RefreshClaim::Taken(at(60)));
        let RefreshClaim::Lost(failed) = claimed.claim_refresh(at(60), "lost") else {
            panic!("the token may be used up")
        };
        assert_eq!(
            (failed.state(at(60)), &failed.health),
            (WalletState::NeedsReconnect, &WalletHealth::Failed("lost".into()))
        );
        assert_eq!(failed.claim_refresh(at(61), "lost"), RefreshClaim::Impossible);
        assert!(matches!(claimed.released(at(1)).claim_refresh(at(2), "lost"), RefreshClaim::Granted(_)));
    }

    #[test]
    fn silences_in_a_row_make_a_connection_stale_and_a_renewal_ends_that() {
        let silent = WalletConnection { silences: MAX_UNANSWERED_CALLS, ..connection() };
        assert_eq!((silent.state(at(1)), silent.is_usable(at(1))), (WalletState::Stale, false));
        let renewal =
            Renewal { uri: Sealed::from_stored("new".into()), refresh_token: None, expires_at: None };
        let renewed = silent.renewed(renewal, at(2));
        assert_eq!((renewed.state(at(200)), renewed.is_usable(at(200))), (WalletState::Connected, true));
        assert_eq!(renewed.refresh_token, connection().refresh_token);
    }

    #[test]
    fn a_connection_that_ended_is_connected_only_while_it_can_be_renewed() {
        assert_eq!(connection().state(at(100)), WalletState::Connected);
        let plain = WalletConnection { refresh_token: None, ..connection() };
        assert_eq!(
            (plain.state(at(99)), plain.state(at(100))),
            (WalletState::Connected, WalletState::Expired)
        );
    }

    #[test]
    fn budgets_limit_one_purchase_and_one_day() {
        let sats = |amount| Sats::new(amount).unwrap();
        let budget = WalletBudget { per_purchase: Some(sats(100)), per_day: Some(sats(150)) };
        assert_eq!(budget.allow(sats(100), sats(50)), Ok(()));
        assert_eq!(budget.allow(sats(101), sats(0)), Err(OverBudget::Purchase(sats(100))));
        assert_eq!(budget.allow(sats(100), sats(51)), Err(OverBudget::Day(sats(150))));
        assert_eq!(WalletBudget::default().allow(sats(1_000_000), sats(1_000_000)), Ok(()));
        let own = WalletConnection {
            budget: WalletBudget { per_purchase: Some(sats(7)), per_day: None },
            ..connection()
        };
        assert_eq!(
            own.limits(budget),
            WalletBudget { per_purchase: Some(sats(7)), per_day: Some(sats(150)) }
        );
    }
}

use crate::vault::Sealed;
use kernel::{Timestamp, UserId};

/// Whether a connection can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalletHealth {
    /// As far as we know.
    Connected,
    /// The wallet or its OAuth server refused it for good; the sentence says why, without secrets.
    Failed(String),
}

/// A buyer's connected wallet (NIP-47), possibly kept alive by UMA Auth. Spending secrets: sealed, never returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WalletConnection {
    /// Whose it is; one per person.
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
    /// When it was connected.
    pub created_at: Timestamp,
    /// When it was last refreshed or changed.
    pub updated_at: Timestamp,
}

impl WalletConnection {
    /// Whether it may be used at `now`.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.health == WalletHealth::Connected && self.expires_at.is_none_or(|end| now < end)
    }
}

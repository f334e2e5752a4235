use crate::{
    email::Email,
    email_token::EmailToken,
    user::{NewUser, User},
    wallet::WalletConnection,
};
use async_trait::async_trait;
use chrono::Duration;
use kernel::{StoreError, Timestamp, UserId};

/// Accounts and wallet connections, read without a session.
#[async_trait]
pub trait UserReader: Send + Sync {
    /// One account, erased ones too.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The account with this address.
    async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError>;
    /// A person's wallet connection.
    async fn wallet(&self, user: UserId) -> Result<Option<WalletConnection>, StoreError>;
    /// Wallet connections of accounts after `after`, by account, at most `limit`; with a key, only those of which the URI or the
    /// refresh token is sealed with another one.
    async fn wallets(
        &self,
        not_sealed_by: Option<&str>,
        after: UserId,
        limit: u32,
    ) -> Result<Vec<WalletConnection>, StoreError>;
}

/// Accounts and wallet connections, changed inside a session.
#[async_trait]
pub trait UserWriter: Send {
    /// Reads an account and keeps others from changing it until the session ends.
    async fn user_for_update(&mut self, id: UserId) -> Result<Option<User>, StoreError>;
    /// Adds an account; `None` when the address is taken. The session stays usable.
    async fn add_user(&mut self, user: &NewUser) -> Result<Option<User>, StoreError>;
    /// Overwrites an account; `false` when its new address is taken. The session stays usable.
    async fn put_user(&mut self, user: &User) -> Result<bool, StoreError>;
    /// Reads a wallet connection and keeps others from changing it until the session ends. Locked after the payment.
    async fn wallet_for_update(&mut self, user: UserId) -> Result<Option<WalletConnection>, StoreError>;
    /// Adds or replaces a person's wallet connection.
    async fn put_wallet(&mut self, connection: &WalletConnection) -> Result<(), StoreError>;
    /// Deletes an account's wallet connection. Returns whether there was one.
    async fn delete_wallet(&mut self, user: UserId) -> Result<bool, StoreError>;
}

/// Links sent by email, read without a session.
#[async_trait]
pub trait EmailTokenReader: Send + Sync {
    /// The stored token with this hash, expired ones too.
    async fn email_token(&self, hash: &[u8; 32]) -> Result<Option<EmailToken>, StoreError>;
}

/// Links sent by email, changed inside a session. Locked after the account.
#[async_trait]
pub trait EmailTokenWriter: Send {
    /// Stores a token in place of the account's earlier one of the same purpose.
    async fn put_email_token(&mut self, token: &EmailToken) -> Result<(), StoreError>;
    /// Deletes the token with this hash and returns it: of several sessions, one gets it.
    async fn take_email_token(&mut self, hash: &[u8; 32]) -> Result<Option<EmailToken>, StoreError>;
    /// Deletes all tokens of an account.
    async fn delete_email_tokens(&mut self, user: UserId) -> Result<(), StoreError>;
}

/// Keyed hash of a network.
pub type NetworkTag = [u8; 16];

/// A network is forgotten when the account was not logged in to from it for this long, at the earliest.
pub const KNOWN_NETWORK_LIFE: Duration = Duration::days(90);

/// Known networks stored per account.
pub const KNOWN_NETWORKS: i64 = 8;

/// Networks from which an account was logged in to, read without a session.
#[async_trait]
pub trait KnownNetworkReader: Send + Sync {
    /// Time of the account's last log-in from this network, if it is stored.
    async fn network_seen_at(
        &self,
        user: UserId,
        network: NetworkTag,
    ) -> Result<Option<Timestamp>, StoreError>;
}

/// Networks from which an account was logged in to, changed inside a session. Locked after the account.
#[async_trait]
pub trait KnownNetworkWriter: Send {
    /// Stores a network as seen at `now`; of an account's networks the newest [`KNOWN_NETWORKS`] are kept.
    async fn put_network(
        &mut self,
        user: UserId,
        network: NetworkTag,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Deletes all networks of an account.
    async fn delete_networks(&mut self, user: UserId) -> Result<(), StoreError>;
}

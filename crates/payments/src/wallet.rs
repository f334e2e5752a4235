use crate::hash::{PaymentHash, Preimage};
use async_trait::async_trait;
use kernel::{Msats, Secret, Timestamp};

/// A Nostr Wallet Connect URI (NIP-47): a spending secret.
pub type WalletUri = Secret<String>;

/// What a buyer's wallet said. Three-valued: unknown is not failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalletAnswer {
    /// Paid; the preimage was checked against the payment hash.
    Paid(Preimage),
    /// Certainly not paid, and it will not be: a terminal NIP-47 error.
    Refused {
        /// The error code as the wallet wrote it, such as `QUOTA_EXCEEDED`.
        code: String,
        /// Its words, without secrets.
        message: String,
        /// Whether the connection itself is of no more use (revoked, unknown, unauthorised).
        connection_dead: bool,
    },
    /// Nothing certain: silence, a lost relay, an error that may come after paying. Ask `lookup`; never pay again.
    Unknown {
        /// What happened, without secrets.
        reason: String,
    },
}

/// Why a wallet is not connected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmet {
    /// It answered, and this connection will not pay.
    #[error("{0}")]
    Useless(String),
    /// It was not reached, or did not answer in time: the same connection may do later.
    #[error("{0}")]
    Silent(String),
}

/// A buyer's wallet, connected by the buyer.
#[async_trait]
pub trait BuyerWallet: Send + Sync {
    /// Whether this is a connection URI that could be used at all (form and relay addresses); asks nobody.
    fn check(&self, uri: &WalletUri) -> Result<(), String>;
    /// Asks the wallet whether this connection may pay (`get_info`).
    async fn meet(&self, uri: &WalletUri) -> Result<(), Unmet>;
    /// Asks the wallet to pay, and waits for its answer until `deadline`.
    async fn pay(
        &self,
        uri: &WalletUri,
        bolt11: &str,
        hash: PaymentHash,
        amount: Msats,
        deadline: Timestamp,
    ) -> WalletAnswer;
    /// Asks the wallet how a payment that it was asked for stands.
    async fn lookup(&self, uri: &WalletUri, hash: PaymentHash) -> WalletAnswer;
}

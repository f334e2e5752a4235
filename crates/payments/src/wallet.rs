use crate::hash::{PaymentHash, Preimage};
use async_trait::async_trait;
use kernel::{Msats, Secret, Timestamp};

/// A Nostr Wallet Connect URI (NIP-47): a spending secret.
pub type WalletUri = Secret<String>;

/// What a buyer's wallet said. Unknown is not failed.
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
    /// The payment is in progress at the wallet.
    Pending,
    /// Nothing certain: silence, a lost relay, an error that may come after paying. Ask `lookup`; never pay again.
    Unknown {
        /// What happened, without secrets.
        reason: String,
        /// Whether the wallet gave no answer at all.
        silent: bool,
    },
}

impl WalletAnswer {
    /// Whether the wallet gave no answer, or its relays were not reached.
    pub fn is_unanswered(&self) -> bool {
        match self {
            Self::Unknown { silent, .. } => *silent,
            Self::Refused { code, .. } => code == NOT_SENT,
            Self::Paid(_) | Self::Pending => false,
        }
    }
}

/// Code of a refusal of ours: the request reached no relay.
pub const NOT_SENT: &str = "NOT_SENT";

/// Bitcoin network (NIP-47, `get_info`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Real money.
    Mainnet,
    /// testnet3 or testnet4.
    Testnet,
    /// Signet.
    Signet,
    /// A private chain.
    Regtest,
}

impl Network {
    /// The word of NIP-47.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Testnet => "testnet",
            Self::Signet => "signet",
            Self::Regtest => "regtest",
        }
    }

    /// Reads a network's name in any case; `bitcoin` is a common name of mainnet.
    pub fn parse(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "mainnet" | "bitcoin" => Some(Self::Mainnet),
            "testnet" | "testnet3" | "testnet4" => Some(Self::Testnet),
            "signet" => Some(Self::Signet),
            "regtest" => Some(Self::Regtest),
            _ => None,
        }
    }
}

/// What a wallet says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WalletFacts {
    /// Its network, when it says.
    pub network: Option<Network>,
}

/// Why a wallet is not connected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
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
    /// Whether this is a usable connection URI (form and relay addresses); no network call.
    fn check(&self, uri: &WalletUri) -> Result<(), String>;
    /// Asks the wallet whether this connection may pay (`get_info`), over sockets that are closed afterwards.
    async fn probe(&self, uri: &WalletUri) -> Result<WalletFacts, ProbeError>;
    /// Asks the wallet to pay, and waits for its answer until `deadline`.
    async fn pay(
        &self,
        uri: &WalletUri,
        bolt11: &str,
        hash: PaymentHash,
        amount: Msats,
        deadline: Timestamp,
    ) -> WalletAnswer;
    /// Queries the wallet for the state of a requested payment.
    async fn lookup(&self, uri: &WalletUri, hash: PaymentHash) -> WalletAnswer;
}

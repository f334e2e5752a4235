use crate::{
    hash::{PaymentHash, Preimage},
    wallet::Network,
};
use async_trait::async_trait;
use kernel::{Msats, Timestamp};
use std::error::Error;

/// An invoice that our node shall make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceOrder {
    /// Amount to pay; never zero.
    pub amount: Msats,
    /// The LNURL metadata; the bolt11 carries its SHA-256 as description hash (LUD-06).
    pub metadata: String,
    /// Time in which it can be paid, seconds.
    pub expiry_secs: u32,
}

/// An invoice that our node made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeInvoice {
    /// Invoice id of the node.
    pub invoice_id: String,
    /// Its payment hash.
    pub payment_hash: PaymentHash,
    /// The invoice itself.
    pub bolt11: String,
    /// When it can no longer be paid.
    pub expires_at: Timestamp,
}

/// State of an invoice at our node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncomingState {
    /// No payment received; one may still arrive.
    Open,
    /// Settled for this amount.
    Settled {
        /// Total received.
        amount: Msats,
        /// Time of the settlement, if known.
        at: Option<Timestamp>,
    },
    /// Expired or cancelled with nothing in flight: no payment can arrive any more.
    Unpayable,
    /// Unknown to the node.
    Unknown,
}

/// A payment that our node shall make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayOrder {
    /// The invoice to pay; it carries its amount.
    pub bolt11: String,
    /// Its payment hash.
    pub payment_hash: PaymentHash,
    /// Amount to pay.
    pub amount: Msats,
    /// Maximum routing fee.
    pub max_fee: Msats,
    /// Stays the same when the same order is given again, so that a node which supports it pays once.
    pub idempotency_key: String,
}

/// State of an outgoing payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutgoingState {
    /// Under way, or not known: ask again, never pay again.
    InFlight,
    /// Arrived.
    Paid {
        /// What routing cost.
        fee: Msats,
        /// The proof, when the node gives it out.
        preimage: Option<Preimage>,
    },
    /// Failed for certain; nothing left our node.
    Failed {
        /// Why, in the node's words.
        reason: String,
    },
    /// Unknown to the node.
    Unknown,
}

/// State of an entry of the node's own list of outgoing payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodePaymentStatus {
    /// Under way, or in a state that is not known here.
    InFlight,
    /// Arrived.
    Paid,
    /// Failed for certain.
    Failed,
}

/// An entry of the node's own list of outgoing payments: one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePayment {
    /// Invoice id of the node.
    pub id: String,
    /// The payment, where the node says which.
    pub payment_hash: Option<PaymentHash>,
    /// What was sent, without fees.
    pub amount: Msats,
    /// What routing cost.
    pub fee: Msats,
    /// Its state.
    pub status: NodePaymentStatus,
    /// When it was begun.
    pub created_at: Timestamp,
}

/// What our node owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeBalance {
    /// Everything in channels and on chain.
    pub total: Msats,
    /// What can be sent now.
    pub available: Msats,
    /// The node's public name.
    pub node_id: String,
    /// The node's own word for its health.
    pub status: NodeStatus,
}

macro_rules! node_statuses {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)+) => {
        /// State of a node, in the words of Lightspark's `LightsparkNodeStatus`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum NodeStatus { $($(#[$doc])* $variant,)+ }

        impl NodeStatus {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Name in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads [`NodeStatus::as_str`] back; other words are `Unknown`.
            pub fn parse(word: &str) -> Self {
                match word { $($word => Self::$variant,)+ _ => Self::Unknown }
            }
        }
    };
}

node_statuses! {
    /// Created.
    Created = "CREATED",
    /// Deployed.
    Deployed = "DEPLOYED",
    /// Started.
    Started = "STARTED",
    /// Syncing with the network.
    Syncing = "SYNCING",
    /// Pays and is paid.
    Ready = "READY",
    /// Stopped.
    Stopped = "STOPPED",
    /// Terminated.
    Terminated = "TERMINATED",
    /// Being terminated.
    Terminating = "TERMINATING",
    /// Its wallet is locked.
    WalletLocked = "WALLET_LOCKED",
    /// Deployment failed.
    FailedToDeploy = "FAILED_TO_DEPLOY",
    /// Not reported, or an unknown word.
    Unknown = "UNKNOWN",
}

/// Why our node did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LightningError {
    /// It said no; asking again will not help.
    #[error("the Lightning node refused: {reason}")]
    Refused {
        /// Its words, without secrets.
        reason: String,
    },
    /// It was not reached, or is overloaded, and certainly did nothing: ask again later.
    #[error("the Lightning node is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It may or may not have done it: look before asking again.
    #[error("the Lightning node's answer was lost")]
    Unknown(#[source] Box<dyn Error + Send + Sync>),
}

/// Our Lightning node: the one authority on what was paid to us.
#[async_trait]
pub trait Lightning: Send + Sync {
    /// Makes an invoice. Made twice after a lost answer, the first one is merely never paid.
    async fn create_invoice(&self, order: &InvoiceOrder) -> Result<NodeInvoice, LightningError>;
    /// State of an incoming payment. `Settled` is proof; `Unpayable` guarantees that nothing will arrive.
    async fn incoming(&self, invoice_id: &str, hash: PaymentHash) -> Result<IncomingState, LightningError>;
    /// Pays an invoice; giving the same order again never pays twice. `Refused` and `Unavailable` prove that nothing was
    /// begun (each adapter has a closed list of such answers); anything else is `Unknown`.
    async fn pay(&self, order: &PayOrder) -> Result<OutgoingState, LightningError>;
    /// State of an ordered payment whose response was lost; never `Refused`, because a refusal says nothing about the first
    /// call. Nodes that pay an idempotency key once complete the order; others are queried, and may not know it.
    async fn resend(&self, order: &PayOrder) -> Result<OutgoingState, LightningError> {
        self.outgoing(order.payment_hash).await
    }
    /// State of an outgoing payment.
    async fn outgoing(&self, hash: PaymentHash) -> Result<OutgoingState, LightningError>;
    /// The node's own list of the payments that it began at or after `since`, failed ones included, in any order.
    async fn outgoing_since(&self, since: Timestamp) -> Result<Vec<NodePayment>, LightningError>;
    /// Balance and status of the node.
    async fn balance(&self) -> Result<NodeBalance, LightningError>;
    /// The node's network; `None` when it does not say.
    async fn network(&self) -> Option<Network> {
        None
    }
}

/// Notification from the node about a payment. Never proof: the state is read from the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookNotice {
    /// The provider's name for the event: the same one twice is one event.
    pub event_id: String,
    /// Invoices to check.
    pub payment_hashes: Vec<PaymentHash>,
    /// The node's ids to check, where it does not name hashes: invoices', or payments' to be resolved by `resolve`.
    pub entity_ids: Vec<String>,
}

/// Why a webhook is not taken.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The signature is missing or wrong: the sender is not our node.
    #[error("the webhook's signature is not valid")]
    BadSignature,
    /// Signed, but not understood.
    #[error("the webhook's body cannot be read: {0}")]
    Malformed(String),
}

/// The node's notifications.
#[async_trait]
pub trait NodeWebhooks: Send + Sync {
    /// Verifies the signature over the raw body in constant time and reads the event.
    fn read(&self, body: &[u8], signature: Option<&str>) -> Result<WebhookNotice, WebhookError>;
    /// The payment hashes behind a notice, asking the node where the notice names only entities.
    /// Outgoing payments and things that are not payments resolve to nothing.
    async fn resolve(&self, notice: &WebhookNotice) -> Result<Vec<PaymentHash>, LightningError>;
}

/// Test payments, for test networks and the sandbox only.
#[async_trait]
pub trait TestPayments: Send + Sync {
    /// Pays one of our own invoices with test money.
    async fn simulate_incoming(&self, bolt11: &str) -> Result<(), LightningError>;
}

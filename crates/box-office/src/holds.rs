use async_trait::async_trait;
use kernel::{PaymentId, StoreError, Timestamp};
use payments::{Collection, Invoice, NewInvoice, PaymentHash};
use uma_protocol::VaspDomain;

/// Idempotency key of a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Namespace of the caller; keys of different callers are independent.
    pub scope: String,
    /// The `Idempotency-Key` header.
    pub key: String,
    /// SHA-256 of the request.
    pub fingerprint: [u8; 32],
}

/// An invoice to attach to a pending payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The payment.
    pub payment_id: PaymentId,
    /// The new invoice.
    pub invoice: NewInvoice,
    /// Time of the first invoice check.
    pub watch_from: Timestamp,
    /// Whether it replaces the payment's current invoice, as a retry does.
    pub replace: bool,
}

/// Outcome of an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachOutcome {
    /// The payment's current invoice: this one, or the existing one.
    Attached(Box<Invoice>),
    /// The payment is not pending any more; the invoice must not be published.
    NotPending,
}

impl Attachment {
    /// Key of the collecting job. A retry has a key of its own, because the job of the replaced invoice may still run.
    pub fn collect_key(&self) -> String {
        if self.replace {
            format!("collect/{}/{}", self.payment_id, self.invoice.payment_hash)
        } else {
            format!("collect/{}", self.payment_id)
        }
    }
}

/// New collection state of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionUpdate {
    /// The payment.
    pub payment_id: PaymentId,
    /// If given, the update applies only while this is the payment's current invoice.
    pub invoice: Option<PaymentHash>,
    /// State and detail shown to the buyer.
    pub collection: Collection,
    /// Whether the payer's VASP refused the pushed UMA Request, which frees a place in the payer's push limit.
    pub push_refused: bool,
    /// Time of the update.
    pub at: Timestamp,
}

/// A nonce of a verified message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenNonce {
    /// Domain of the sender.
    pub domain: VaspDomain,
    /// The nonce.
    pub nonce: String,
    /// Timestamp of the message, Unix seconds.
    pub timestamp: i64,
}

/// Batched writes of the purchase path after the order ([`crate::Orders`]): one transaction per batch.
#[async_trait]
pub trait Holds: Send + Sync {
    /// Attaches invoices to their payments and enqueues [`crate::Task::Collect`], due at once, and [`crate::Task::Watch`], due at
    /// [`Attachment::watch_from`], in one transaction. A payment that has a current invoice keeps it, and nothing is enqueued,
    /// unless [`Attachment::replace`]; a payment that is not pending does not affect the others.
    async fn attach_all(&self, attachments: &[Attachment]) -> Result<Vec<AttachOutcome>, StoreError>;
    /// Stores collection states in one transaction; the last update of a payment wins. `false` for a payment that is not pending
    /// any more, which is not changed.
    async fn update_collections(&self, updates: &[CollectionUpdate]) -> Result<Vec<bool>, StoreError>;
    /// Stores nonces in one transaction, once per VASP: `false` for a nonce that exists in the store or earlier in the batch.
    async fn remember_all(&self, nonces: &[SeenNonce]) -> Result<Vec<bool>, StoreError>;
}

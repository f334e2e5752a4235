use crate::hash::PaymentHash;
use kernel::{EventId, InvoiceRowId, Msats, PaymentId, Timestamp};

/// What our node knows of one invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvoiceStatus {
    /// Payable, or not known to be otherwise.
    Open,
    /// Paid.
    Settled,
    /// The node said after its expiry that nothing came.
    Unpaid,
}

impl InvoiceStatus {
    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Settled => "settled",
            Self::Unpaid => "unpaid",
        }
    }

    /// Reads [`InvoiceStatus::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Settled, Self::Unpaid].into_iter().find(|status| status.as_str() == word)
    }
}

/// One bolt11 invoice that we handed out, with the UMA Invoice around it. A payment may have several (a retry makes a new
/// one); each stays watched until it is settled or known unpaid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its number.
    pub id: InvoiceRowId,
    /// What it collects for; `None` for an event-level invoice.
    pub payment_id: Option<PaymentId>,
    /// The event.
    pub event_id: EventId,
    /// The node's own name for it.
    pub invoice_id: String,
    /// The payment it asks for.
    pub payment_hash: PaymentHash,
    /// The invoice itself.
    pub bolt11: String,
    /// What it asks for.
    pub amount: Msats,
    /// The LNURL metadata whose SHA-256 is the bolt11's description hash (LUD-06).
    pub metadata: String,
    /// The buyer's UMA address; ours for an event-level invoice.
    pub uma_address: String,
    /// The signed UMA Invoice (UMAD-09, bech32), when one was made.
    pub uma_invoice: Option<String>,
    /// What the node knows of it.
    pub status: InvoiceStatus,
    /// What came in.
    pub settled: Msats,
    /// When it came in, as far as we know.
    pub settled_at: Option<Timestamp>,
    /// When it can no longer be paid.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An invoice to remember; see [`Invoice`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvoice {
    /// See [`Invoice::payment_id`].
    pub payment_id: Option<PaymentId>,
    /// See [`Invoice::event_id`].
    pub event_id: EventId,
    /// See [`Invoice::invoice_id`].
    pub invoice_id: String,
    /// See [`Invoice::payment_hash`].
    pub payment_hash: PaymentHash,
    /// See [`Invoice::bolt11`].
    pub bolt11: String,
    /// See [`Invoice::amount`].
    pub amount: Msats,
    /// See [`Invoice::metadata`].
    pub metadata: String,
    /// See [`Invoice::uma_address`].
    pub uma_address: String,
    /// See [`Invoice::uma_invoice`].
    pub uma_invoice: Option<String>,
    /// See [`Invoice::expires_at`].
    pub expires_at: Timestamp,
    /// See [`Invoice::created_at`].
    pub created_at: Timestamp,
}

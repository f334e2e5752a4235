use crate::hash::PaymentHash;
use kernel::{Msats, PaymentId, RefundId, Timestamp, UserId};

/// Where a refund stands. Unknown is not failed: what may have left our node stays `Sending` until the node says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// Decided; no invoice yet, so nothing can have left.
    Requested,
    /// An invoice is chosen, and our node may have been told to pay it.
    Sending,
    /// Our node proves that it arrived.
    Paid,
    /// Failed for certain; nothing left. The money is refundable again.
    Failed,
}

impl RefundStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Requested, Self::Sending, Self::Paid, Self::Failed];

    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Sending => "sending",
            Self::Paid => "paid",
            Self::Failed => "failed",
        }
    }

    /// Reads [`RefundStatus::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether its money is spoken for but has not arrived.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Sending)
    }
}

/// Money on its way back to a buyer. The row is written before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Its number.
    pub id: RefundId,
    /// Which payment's money.
    pub payment_id: PaymentId,
    /// How much.
    pub amount: Msats,
    /// Where to: a UMA or Lightning address.
    pub destination: String,
    /// Where it stands.
    pub status: RefundStatus,
    /// The invoice that our node pays, once one is chosen. Never replaced while it could still be paid.
    pub bolt11: Option<String>,
    /// That invoice's payment; unique.
    pub payment_hash: Option<PaymentHash>,
    /// What routing cost.
    pub fee: Msats,
    /// Why it failed, or waits; empty otherwise.
    pub error: String,
    /// Who decided it; `None` for the command line.
    pub requested_by: Option<UserId>,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A refund to remember; see [`Refund`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// See [`Refund::payment_id`].
    pub payment_id: PaymentId,
    /// See [`Refund::amount`].
    pub amount: Msats,
    /// See [`Refund::destination`].
    pub destination: String,
    /// See [`Refund::requested_by`].
    pub requested_by: Option<UserId>,
    /// See [`Refund::created_at`].
    pub created_at: Timestamp,
}

use crate::{
    hash::PaymentHash,
    outgoing::{OrderStatus, OutgoingOrder},
};
use kernel::{Msats, PaymentId, RefundId, Timestamp, UserId};

/// Status of a refund. Unknown is not failed: what may have left our node stays `Sending` until the node reports an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundStatus {
    /// Decided; no invoice yet, so nothing can have left.
    Requested,
    /// An invoice is set, and its payment may have been requested from our node.
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
    /// Status.
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

/// Why a refund cannot be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GiveUpRefusal {
    /// It was paid, or has failed.
    #[error("this refund has ended already")]
    Ended,
    /// Our node may be paying it.
    #[error(
        "the node may still be paying this refund: give it up once the payment has failed or its invoice has expired"
    )]
    InFlight,
    /// Expired without a clear answer of our node.
    #[error(
        "the node never confirmed what became of this refund: check its own list of payments, and confirm that it was not paid"
    )]
    Unresolved,
}

impl Refund {
    /// Decides whether the refund may be given up, from it and the order to pay its invoice, both read under the payment's lock.
    /// `confirmed_unpaid` says that an admin found the payment neither paid nor in flight at the node.
    pub fn give_up(
        &self,
        order: Option<&OutgoingOrder>,
        confirmed_unpaid: bool,
    ) -> Result<(), GiveUpRefusal> {
        match (self.status, order.map(|order| order.status)) {
            (RefundStatus::Paid | RefundStatus::Failed, _) | (_, Some(OrderStatus::Paid)) => {
                Err(GiveUpRefusal::Ended)
            }
            (RefundStatus::Requested, _)
            | (RefundStatus::Sending, Some(OrderStatus::NotSent | OrderStatus::Failed)) => Ok(()),
            (RefundStatus::Sending, None | Some(OrderStatus::Ordered)) => Err(GiveUpRefusal::InFlight),
            (RefundStatus::Sending, Some(OrderStatus::Unresolved)) if confirmed_unpaid => Ok(()),
            (RefundStatus::Sending, Some(OrderStatus::Unresolved)) => Err(GiveUpRefusal::Unresolved),
        }
    }
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

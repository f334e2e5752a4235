use crate::{
    hash::PaymentHash,
    payment::PaymentStatus,
    refund::{Refund, RefundStatus},
    state_machine::Evidence,
};
use kernel::{Msats, PaymentId, Timestamp, UserId};

/// What an entry of a payment's history is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentEventKind {
    /// [`Evidence::Settled`].
    Settled,
    /// [`Evidence::HoldLapsed`].
    HoldLapsed,
    /// [`Evidence::GivenUp`].
    GivenUp,
    /// [`Evidence::Cancelled`].
    Cancelled,
    /// [`Evidence::EventCancelled`].
    EventCancelled,
    /// [`Evidence::HeldAgain`].
    HeldAgain,
    /// [`Evidence::Revoked`] or [`Evidence::PartRevoked`].
    Revoked,
    /// [`Evidence::Refunded`].
    Refunded,
    /// A refund failed for certain.
    RefundFailed,
}

impl PaymentEventKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Settled,
        Self::HoldLapsed,
        Self::GivenUp,
        Self::Cancelled,
        Self::EventCancelled,
        Self::HeldAgain,
        Self::Revoked,
        Self::Refunded,
        Self::RefundFailed,
    ];

    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::HoldLapsed => "hold_lapsed",
            Self::GivenUp => "given_up",
            Self::Cancelled => "cancelled",
            Self::EventCancelled => "event_cancelled",
            Self::HeldAgain => "held_again",
            Self::Revoked => "revoked",
            Self::Refunded => "refunded",
            Self::RefundFailed => "refund_failed",
        }
    }

    /// Reads [`PaymentEventKind::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    const fn of(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Settled { .. } => Self::Settled,
            Evidence::HoldLapsed => Self::HoldLapsed,
            Evidence::GivenUp => Self::GivenUp,
            Evidence::Cancelled => Self::Cancelled,
            Evidence::EventCancelled => Self::EventCancelled,
            Evidence::HeldAgain => Self::HeldAgain,
            Evidence::Revoked | Evidence::PartRevoked { .. } => Self::Revoked,
            Evidence::Refunded { .. } => Self::Refunded,
        }
    }
}

/// Where evidence came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceOrigin {
    /// Our Lightning node.
    Node,
    /// A preimage that proves the payment.
    Preimage,
    /// The buyer.
    Buyer,
    /// An organiser, or the command line.
    Organiser,
    /// The shop itself: an expiry, an event's cancellation, a node without an invoice.
    System,
}

impl EvidenceOrigin {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Node, Self::Preimage, Self::Buyer, Self::Organiser, Self::System];

    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Preimage => "preimage",
            Self::Buyer => "buyer",
            Self::Organiser => "organiser",
            Self::System => "system",
        }
    }

    /// Reads [`EvidenceOrigin::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == word)
    }

    /// The usual one. A settlement may also be proved by a preimage.
    pub const fn of(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Settled { .. } | Evidence::Refunded { .. } => Self::Node,
            Evidence::Cancelled => Self::Buyer,
            Evidence::HeldAgain | Evidence::Revoked | Evidence::PartRevoked { .. } => Self::Organiser,
            Evidence::HoldLapsed | Evidence::GivenUp | Evidence::EventCancelled => Self::System,
        }
    }
}

/// One entry of a payment's history: written with the transition, never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentEvent {
    /// Whose history.
    pub payment_id: PaymentId,
    /// What it is about.
    pub kind: PaymentEventKind,
    /// Where it came from.
    pub origin: EvidenceOrigin,
    /// The organiser; `None` for the command line and for other origins.
    pub actor: Option<UserId>,
    /// In msats: all that settled on the invoice, all that was refunded so far, or a failed refund's amount.
    pub amount: Option<Msats>,
    /// The invoice that settled.
    pub payment_hash: Option<PaymentHash>,
    /// Resulting payment status.
    pub status: PaymentStatus,
    /// When it was written.
    pub at: Timestamp,
}

impl PaymentEvent {
    /// The entry for evidence that changed a payment to `status`.
    pub const fn of_evidence(
        payment_id: PaymentId,
        evidence: Evidence,
        status: PaymentStatus,
        at: Timestamp,
    ) -> Self {
        let (amount, payment_hash) = match evidence {
            Evidence::Settled { hash, amount } => (Some(amount), Some(hash)),
            Evidence::Refunded { total } => (Some(total), None),
            _ => (None, None),
        };
        let (kind, origin) = (PaymentEventKind::of(evidence), EvidenceOrigin::of(evidence));
        Self { payment_id, kind, origin, actor: None, amount, payment_hash, status, at }
    }

    /// The entry for a refund that got another status; its arrival is [`Evidence::Refunded`]. A refund without an invoice failed
    /// before the node was asked.
    pub fn of_refund(
        before: RefundStatus,
        refund: &Refund,
        status: PaymentStatus,
        at: Timestamp,
    ) -> Option<Self> {
        if !before.is_open() || refund.status != RefundStatus::Failed {
            return None;
        }
        let origin =
            if refund.payment_hash.is_some() { EvidenceOrigin::Node } else { EvidenceOrigin::System };
        Some(Self {
            payment_id: refund.payment_id,
            kind: PaymentEventKind::RefundFailed,
            origin,
            actor: None,
            amount: Some(refund.amount),
            payment_hash: None,
            status,
            at,
        })
    }
}

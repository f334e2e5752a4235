use crate::{
    hash::PaymentHash,
    outgoing::{OrderStatus, OutgoingOrder},
};
use kernel::{Msats, PaymentId, RefundId, Timestamp, UserId, text};

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

    /// Whether its money is reserved, but not yet received by the buyer.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Sending)
    }
}

/// Maximum length of a refund's error sentence, in characters.
const MAX_SENTENCE: usize = 400;

/// Reason for a failed or delayed refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundReason {
    /// The address's server refused.
    AddressRefused,
    /// The address's server gave no answer.
    AddressUnreachable,
    /// The address's server is at a host that the shop does not contact.
    AddressNotAllowed,
    /// The address's answer cannot be used.
    AddressUnusable,
    /// The address does not take this amount at once.
    AmountOutOfRange,
    /// The address's invoice has the wrong amount or expiry, or cannot be read.
    InvoiceUnusable,
    /// The address's invoice belongs to another payment.
    InvoiceReused,
    /// The money is not refundable any more.
    NotRefundable,
    /// Our node could not be reached.
    NodeUnavailable,
    /// Our node could not pay the invoice.
    PaymentFailed,
    /// The invoice expired before our node paid it.
    InvoiceExpired,
    /// Our node has not confirmed the payment yet.
    Unconfirmed,
    /// Our node never confirmed the payment: an admin has to compare its list of payments.
    Unresolved,
    /// An organiser gave the refund up.
    GivenUp,
}

impl RefundReason {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::AddressRefused,
        Self::AddressUnreachable,
        Self::AddressNotAllowed,
        Self::AddressUnusable,
        Self::AmountOutOfRange,
        Self::InvoiceUnusable,
        Self::InvoiceReused,
        Self::NotRefundable,
        Self::NodeUnavailable,
        Self::PaymentFailed,
        Self::InvoiceExpired,
        Self::Unconfirmed,
        Self::Unresolved,
        Self::GivenUp,
    ];

    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AddressRefused => "address_refused",
            Self::AddressUnreachable => "address_unreachable",
            Self::AddressNotAllowed => "address_not_allowed",
            Self::AddressUnusable => "address_unusable",
            Self::AmountOutOfRange => "amount_out_of_range",
            Self::InvoiceUnusable => "invoice_unusable",
            Self::InvoiceReused => "invoice_reused",
            Self::NotRefundable => "not_refundable",
            Self::NodeUnavailable => "node_unavailable",
            Self::PaymentFailed => "payment_failed",
            Self::InvoiceExpired => "invoice_expired",
            Self::Unconfirmed => "unconfirmed",
            Self::Unresolved => "unresolved",
            Self::GivenUp => "given_up",
        }
    }

    /// Reads [`RefundReason::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// A [`Refund::error`]: this code and a sentence, which may contain the words of other parties.
    pub fn error(self, sentence: &str) -> String {
        let sentence = text::sentence(&text::foreign(sentence, MAX_SENTENCE));
        format!("{}: {sentence}", self.as_str())
    }

    /// Splits a [`Refund::error`]; those of releases before the codes are a text alone.
    fn split(error: &str) -> (Option<Self>, &str) {
        let known = error.split_once(": ").and_then(|(word, text)| Some((Self::parse(word)?, text)));
        known.map_or((None, error), |(reason, text)| (Some(reason), text))
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
    /// Why it failed, or waits, as [`RefundReason::error`] writes it; empty otherwise.
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
    /// Reason of the failure or delay; `None` without one, and for errors of releases before the codes.
    pub fn reason(&self) -> Option<RefundReason> {
        RefundReason::split(&self.error).0
    }

    /// The failure or delay as a sentence for people.
    pub fn sentence(&self) -> Option<String> {
        let (_, text) = RefundReason::split(&self.error);
        Some(text::sentence(&text::foreign(text, MAX_SENTENCE))).filter(|text| !text.is_empty())
    }

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

/// A refund to store; see [`Refund`].
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refund(error: &str) -> Refund {
        Refund {
            id: RefundId::new(1),
            payment_id: PaymentId::new(1),
            amount: Msats::ZERO,
            destination: "$alice@vasp.example".to_owned(),
            status: RefundStatus::Failed,
            bolt11: None,
            payment_hash: None,
            fee: Msats::ZERO,
            error: error.to_owned(),
            requested_by: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[test]
    fn refund_errors_are_a_code_and_a_clean_sentence() {
        for reason in RefundReason::ALL {
            let refund = refund(&reason.error("The server refused: Daily\n\u{202e}limit"));
            let sentence = Some("The server refused: Daily limit.".to_owned());
            assert_eq!((refund.reason(), refund.sentence()), (Some(reason), sentence));
        }
        let long = refund(&RefundReason::AddressRefused.error(&"x ".repeat(5_000)));
        assert!(long.sentence().unwrap().chars().count() <= MAX_SENTENCE);
    }

    #[test]
    fn errors_of_earlier_releases_have_no_code_and_are_cleaned() {
        let old = refund("The address's server refused: a\nb\u{202e}");
        let sentence = Some("The address's server refused: a b.".to_owned());
        assert_eq!((old.reason(), old.sentence()), (None, sentence));
        assert_eq!((refund("").reason(), refund("").sentence()), (None, None));
    }
}

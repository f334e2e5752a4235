use crate::{hash::PaymentHash, known_payer::KnownPayer};
use kernel::{EventId, Msats, PaymentId, TicketId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Status of a payment. `expired → paid` and `failed → paid` are allowed on proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentStatus {
    /// Awaited; the seat is held.
    Pending,
    /// Received, ticket issued.
    Paid,
    /// Given up before the hold ran out.
    Failed,
    /// The hold ran out.
    Expired,
    /// The ticket was revoked; the amount is being or was refunded.
    Refunded,
}

impl PaymentStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Paid, Self::Failed, Self::Expired, Self::Refunded];

    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Refunded => "refunded",
        }
    }

    /// Reads [`PaymentStatus::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// The second axis: what is out of the ordinary. Always derived from the money by [`PaymentState::anomaly`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentAnomaly {
    /// Nothing.
    None,
    /// Paid after the hold had ended; a seat was still free.
    Late,
    /// More came than was asked; the surplus is refundable.
    Over,
    /// Less came than was asked; no ticket, all of it is refundable.
    Under,
    /// Paid more than once; the rest is refundable.
    Duplicate,
    /// Money came, but there is no ticket for it: it must go back.
    RefundDue,
}

impl PaymentAnomaly {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::None, Self::Late, Self::Over, Self::Under, Self::Duplicate, Self::RefundDue];

    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Late => "late",
            Self::Over => "over",
            Self::Under => "under",
            Self::Duplicate => "duplicate",
            Self::RefundDue => "refund_due",
        }
    }

    /// Reads [`PaymentAnomaly::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|exception| exception.as_str() == word)
    }
}

/// State that [`crate::decide`] reads and changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentState {
    /// Status.
    pub status: PaymentStatus,
    /// Price of the tickets, frozen when the seats were held.
    pub price: Msats,
    /// Price of tickets that were revoked while others of the order stay valid.
    pub revoked: Msats,
    /// Amounts received, by payment hash: a payment may have several invoices.
    pub settlements: BTreeMap<PaymentHash, Msats>,
    /// Refunded amount.
    pub refunded: Msats,
    /// Part of `refunded` that is the price of revoked tickets.
    pub revoked_refunded: Msats,
    /// Whether the payment was received after the hold had ended.
    pub late: bool,
}

impl PaymentState {
    /// A fresh debt.
    pub const fn awaiting(price: Msats) -> Self {
        Self {
            status: PaymentStatus::Pending,
            price,
            revoked: Msats::ZERO,
            settlements: BTreeMap::new(),
            refunded: Msats::ZERO,
            revoked_refunded: Msats::ZERO,
            late: false,
        }
    }

    /// Total received.
    pub fn received(&self) -> Msats {
        self.settlements.values().fold(Msats::ZERO, |sum, part| sum.saturating_add(*part))
    }

    /// What is ours to keep: the price of the valid tickets, or nothing.
    pub fn kept(&self) -> Msats {
        if self.status == PaymentStatus::Paid { self.price.saturating_sub(self.revoked) } else { Msats::ZERO }
    }

    /// Refundable price of revoked tickets of an order that has valid ones.
    pub fn revoked_due(&self) -> Msats {
        let due = self.revoked.saturating_sub(self.revoked_refunded).min(self.refundable());
        if self.status == PaymentStatus::Paid { due } else { Msats::ZERO }
    }

    /// What should go back: `received − kept − refunded`.
    pub fn refundable(&self) -> Msats {
        self.received().saturating_sub(self.kept()).saturating_sub(self.refunded)
    }

    /// What is out of the ordinary. The price of revoked tickets on its way back is not.
    pub fn anomaly(&self) -> PaymentAnomaly {
        let owed_back = self.refundable() > self.revoked_due();
        match self.status {
            PaymentStatus::Paid if owed_back && self.settlements.len() > 1 => PaymentAnomaly::Duplicate,
            PaymentStatus::Paid if owed_back => PaymentAnomaly::Over,
            PaymentStatus::Paid if self.late => PaymentAnomaly::Late,
            PaymentStatus::Pending if owed_back => PaymentAnomaly::Under,
            PaymentStatus::Failed | PaymentStatus::Expired if owed_back && self.received() < self.price => {
                PaymentAnomaly::Under
            }
            PaymentStatus::Failed | PaymentStatus::Expired | PaymentStatus::Refunded if owed_back => {
                PaymentAnomaly::RefundDue
            }
            _ => PaymentAnomaly::None,
        }
    }
}

/// How far we are in asking the buyer's wallet for the money; shown to the waiting buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectionState {
    /// No collection was started.
    Queued,
    /// Payment was requested from the buyer's connected wallet; the response is pending or unknown.
    WalletPaying,
    /// The buyer's VASP took our UMA Request; the buyer has to approve.
    RequestSent,
    /// The buyer's VASP could not be reached; the bolt11 is the way to pay.
    Unreachable,
    /// The buyer's VASP or wallet refused; the bolt11 is the way to pay.
    Refused,
}

impl CollectionState {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Queued, Self::WalletPaying, Self::RequestSent, Self::Unreachable, Self::Refused];

    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::WalletPaying => "wallet_paying",
            Self::RequestSent => "request_sent",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
        }
    }

    /// Reads [`CollectionState::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// The state of collecting, with a sentence for the buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// How far we are.
    pub state: CollectionState,
    /// Why, in a sentence without secrets; empty when there is nothing to add.
    pub detail: String,
}

impl Collection {
    /// The detail as a whole sentence. Earlier releases kept the name of a host, which is none.
    pub fn sentence(&self) -> Option<String> {
        let text = self.detail.trim();
        if !text.contains(char::is_whitespace) {
            return None;
        }
        Some(kernel::text::sentence(text))
    }
}

impl Payment {
    /// State of the payment request while the payment is pending; `None` afterwards, whatever was tried before.
    pub fn collecting(&self) -> Option<&Collection> {
        (self.state.status == PaymentStatus::Pending).then_some(&self.collection)
    }
}

/// What is owed for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its number.
    pub id: PaymentId,
    /// The first ticket of the order.
    pub ticket_id: TicketId,
    /// The ticket's event.
    pub event_id: EventId,
    /// Status and money.
    pub state: PaymentState,
    /// How far we are in asking for it.
    pub collection: Collection,
    /// Whether the buyer was authenticated when buying: only then is their connected wallet asked to pay.
    pub wallet_allowed: bool,
    /// Address of the wallet that pays, for an order without a buyer's address.
    pub payer: KnownPayer,
    /// When it became paid.
    pub paid_at: Option<Timestamp>,
    /// When the hold was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_of_a_collection_is_a_whole_sentence_or_nothing() {
        let sentence = |detail: &str| {
            Collection { state: CollectionState::Unreachable, detail: detail.into() }.sentence()
        };
        for none in ["", " ", "localhost:18421", "wallet.example", "unreachable"] {
            assert_eq!(sentence(none), None, "{none:?}");
        }
        let whole = "wallet.example cannot be reached right now.";
        assert_eq!(sentence(whole).as_deref(), Some(whole));
        assert_eq!(
            sentence("wallet.example declined the request: no such user").as_deref(),
            Some("wallet.example declined the request: no such user.")
        );
    }
}

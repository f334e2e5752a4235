use crate::code::TicketCode;
use kernel::{EventId, OrderId, Sats, Secret, TicketId, TicketTypeId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// Status of a ticket. `pending → paid`, `pending → failed | expired | cancelled`, `paid → refunded | cancelled`; and back
/// to `paid` when a late payment is proved and a seat is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TicketStatus {
    /// A seat is held, payment is awaited.
    Pending,
    /// Issued.
    Paid,
    /// The payment was given up; no seat.
    Failed,
    /// The hold ran out; no seat.
    Expired,
    /// Cancelled by the buyer or the organiser; holds no seat.
    Cancelled,
    /// Refunded; takes no seat.
    Refunded,
}

impl TicketStatus {
    /// All of them, for checks and documents.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Paid, Self::Failed, Self::Expired, Self::Cancelled, Self::Refunded];

    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    /// Reads [`TicketStatus::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether such a ticket takes a seat.
    pub const fn takes_seat(self) -> bool {
        matches!(self, Self::Pending | Self::Paid)
    }
}

/// What a ticket was ordered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketOrder {
    /// Its order.
    pub order_id: OrderId,
    /// Its type, which names its line.
    pub ticket_type_id: TicketTypeId,
    /// Its price after the discount.
    pub price: Sats,
}

/// The right to enter one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its number: public, so it opens nothing.
    pub id: TicketId,
    /// Event of the ticket.
    pub event_id: EventId,
    /// Its order; `None` for a ticket of a release without orders that the backfill has not reached.
    pub order: Option<TicketOrder>,
    /// Whose it is; `None` once the account was erased.
    pub user_id: Option<UserId>,
    /// Secret for check-in and stream.
    pub code: TicketCode,
    /// Random bits that no other row has: links are derived from them, so that a number given again after the restore of a backup
    /// opens nothing. `None` in rows of releases before this column.
    pub link_key: Option<Secret<[u8; 16]>>,
    /// Status.
    pub status: TicketStatus,
    /// The buyer's UMA address as typed; empty for a free ticket bought without one.
    pub uma_address: String,
    /// Expiry of the hold of an unpaid ticket. `None` when free.
    pub hold_expires_at: Option<Timestamp>,
    /// Time of the first check-in.
    pub checked_in_at: Option<Timestamp>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When the hold was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Ticket {
    /// Whether the ticket costs nothing: it was issued at once, without a hold.
    pub const fn is_free(&self) -> bool {
        self.hold_expires_at.is_none()
    }

    /// Whether the ticket takes a seat that is not paid for: its hold, or a free one.
    pub fn is_outstanding(&self) -> bool {
        self.status == TicketStatus::Pending || (self.status == TicketStatus::Paid && self.is_free())
    }

    /// Whether the ticket is unpaid and its hold ended before `before`.
    pub fn hold_ended(&self, before: Timestamp) -> bool {
        self.status == TicketStatus::Pending && self.hold_expires_at.is_some_and(|end| end < before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_word_reads_back() {
        for status in TicketStatus::ALL {
            assert_eq!(TicketStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(TicketStatus::parse("PAID"), None);
    }
}

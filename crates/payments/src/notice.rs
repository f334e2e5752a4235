use crate::{
    payment::{PaymentState, PaymentStatus},
    refund::{Refund, RefundStatus},
    state_machine::{EventFacts, Evidence, TicketMove},
};
use kernel::{Msats, Timestamp};
use serde::{Deserialize, Serialize};

/// Change of a ticket or its money that its buyer is notified of, with the amounts of the transition. Made by the transition
/// itself, so that an email never names another cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// The ticket is valid from now on.
    TicketIssued,
    /// The hold and its grace are over.
    OrderExpired {
        /// Amount received and refunded, msats; usually zero.
        refundable: Msats,
    },
    /// No invoice could be made for the order.
    OrderFailed {
        /// Amount received and refunded, msats; usually zero.
        refundable: Msats,
    },
    /// A payment arrived after the hold, and no seat was free.
    PaymentLate {
        /// What arrived, in msats.
        amount: Msats,
    },
    /// A payment arrived for an event that was cancelled before.
    PaymentAfterCancellation {
        /// What arrived, in msats.
        amount: Msats,
    },
    /// A payment arrived for a ticket that was revoked before.
    PaymentAfterRevocation {
        /// What arrived, in msats.
        amount: Msats,
    },
    /// Less than the price arrived; there is no ticket for it.
    Underpaid {
        /// What arrived so far and did not go back, in msats.
        received: Msats,
        /// The price, in msats.
        price: Msats,
    },
    /// More than the price arrived; the ticket is valid.
    Surplus {
        /// What arrived beyond the price, in msats.
        amount: Msats,
    },
    /// A valid ticket was paid for again.
    Duplicate {
        /// What arrived again, in msats.
        amount: Msats,
    },
    /// The organiser cancelled the event.
    EventCancelled {
        /// The ticket until then.
        ticket: CancelledTicket,
        /// What goes back, in msats.
        refundable: Msats,
    },
    /// The organiser changed what the holder of a paid ticket goes by. At least one of the fields says so.
    EventChanged {
        /// The title until then, if it is another one.
        title: Option<String>,
        /// Start and end until then, if one of them is another one.
        times: Option<(Timestamp, Timestamp)>,
        /// Whether the stream's address is another one.
        link: bool,
    },
    /// The organiser revoked paid tickets.
    TicketRevoked {
        /// What goes back, in msats.
        refundable: Msats,
        /// Whether other tickets of the order stay valid.
        #[serde(default)]
        others_valid: bool,
    },
    /// A refund arrived.
    RefundSent {
        /// Amount refunded now, msats.
        amount: Msats,
        /// The ticket afterwards.
        ticket: RefundedTicket,
    },
    /// A refund waits, because no address is known that it could go to.
    RefundNeedsAddress {
        /// What goes back, in msats.
        amount: Msats,
    },
    /// A refund failed for certain; its money is refundable again.
    RefundUndelivered {
        /// What did not go back, in msats.
        amount: Msats,
    },
}

/// A ticket of an event until its cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledTicket {
    /// Valid, without a price.
    Free,
    /// Reserved, not paid.
    Unpaid,
    /// Paid.
    Paid,
}

/// State of a ticket after a refund of its payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundedTicket {
    /// Still valid: only a surplus was refunded.
    Valid,
    /// Revoked by the organiser; others of the order are still valid.
    OthersValid,
    /// Never issued.
    NotIssued,
    /// Revoked by the organiser.
    Revoked,
    /// Its event was cancelled.
    EventCancelled,
}

/// What follows from a transition. Repeated evidence changes nothing, and so gives no notices.
pub(crate) fn notices(
    before: &PaymentState,
    after: &PaymentState,
    evidence: Evidence,
    moved: Option<TicketMove>,
    event: EventFacts,
) -> Vec<Notice> {
    let refundable = after.refundable();
    if matches!(moved, Some(TicketMove::Issue | TicketMove::IssueWithNewSeat)) {
        let surplus = (!refundable.is_zero()).then_some(Notice::Surplus { amount: refundable });
        return std::iter::once(Notice::TicketIssued).chain(surplus).collect();
    }
    let notice = match evidence {
        Evidence::Settled { .. } => refundable
            .checked_sub(before.refundable())
            .filter(|amount| !amount.is_zero())
            .map(|amount| unused_money(after, amount, event)),
        Evidence::Refunded { .. } => return refund_notices(before, after, event),
        // Buyers know that they gave up a seat, and a retry sends a new payment request. Each ticket of a revoked part has a
        // notice of its own.
        Evidence::Cancelled | Evidence::HeldAgain | Evidence::PartRevoked { .. } => None,
        Evidence::HoldLapsed | Evidence::GivenUp | Evidence::EventCancelled | Evidence::Revoked => {
            moved.map(|moved| ended_ticket(evidence, moved, refundable, event))
        }
    };
    notice.into_iter().collect()
}

/// What was refunded now: the price of revoked tickets, and the rest.
fn refund_notices(before: &PaymentState, after: &PaymentState, event: EventFacts) -> Vec<Notice> {
    let sent = after.refunded.saturating_sub(before.refunded);
    let revoked = after.revoked_refunded.saturating_sub(before.revoked_refunded);
    let parts = [
        (revoked, RefundedTicket::OthersValid),
        (sent.saturating_sub(revoked), refunded_ticket(after, event)),
    ];
    let parts = parts.into_iter().filter(|(amount, _)| !amount.is_zero());
    parts.map(|(amount, ticket)| Notice::RefundSent { amount, ticket }).collect()
}

/// Money that issued no ticket.
fn unused_money(after: &PaymentState, amount: Msats, event: EventFacts) -> Notice {
    let received = after.received().saturating_sub(after.refunded);
    match after.status {
        PaymentStatus::Paid if after.settlements.len() > 1 => Notice::Duplicate { amount },
        PaymentStatus::Paid => Notice::Surplus { amount },
        _ if event.cancelled => Notice::PaymentAfterCancellation { amount },
        PaymentStatus::Refunded => Notice::PaymentAfterRevocation { amount },
        _ if received < after.price => Notice::Underpaid { received, price: after.price },
        PaymentStatus::Pending | PaymentStatus::Failed | PaymentStatus::Expired => {
            Notice::PaymentLate { amount }
        }
    }
}

const fn refunded_ticket(after: &PaymentState, event: EventFacts) -> RefundedTicket {
    match after.status {
        PaymentStatus::Paid => RefundedTicket::Valid,
        _ if event.cancelled => RefundedTicket::EventCancelled,
        PaymentStatus::Refunded => RefundedTicket::Revoked,
        PaymentStatus::Pending | PaymentStatus::Failed | PaymentStatus::Expired => RefundedTicket::NotIssued,
    }
}

/// A ticket that takes no seat any more. Once the event is cancelled, that is the cause.
fn ended_ticket(evidence: Evidence, moved: TicketMove, refundable: Msats, event: EventFacts) -> Notice {
    match evidence {
        _ if event.cancelled || evidence == Evidence::EventCancelled => {
            let paid = moved == TicketMove::Refund;
            let ticket = if paid { CancelledTicket::Paid } else { CancelledTicket::Unpaid };
            Notice::EventCancelled { ticket, refundable }
        }
        Evidence::GivenUp => Notice::OrderFailed { refundable },
        Evidence::Revoked => Notice::TicketRevoked { refundable, others_valid: false },
        _ => Notice::OrderExpired { refundable },
    }
}

impl Notice {
    /// The notice that a job of a release without [`Notice`] stands for. Those jobs name an email, which did not always fit its
    /// cause, so the cause is read from the payment; `None` when there is nothing left to say.
    pub fn from_template_name(
        letter: &str,
        payment: Option<&PaymentState>,
        event: EventFacts,
    ) -> Option<Self> {
        let refundable = payment.map_or(Msats::ZERO, PaymentState::refundable);
        let revoked = payment.is_some_and(|state| state.status == PaymentStatus::Refunded);
        let ticket = match payment {
            None => CancelledTicket::Free,
            Some(_) if revoked => CancelledTicket::Paid,
            Some(_) => CancelledTicket::Unpaid,
        };
        let cancelled = Self::EventCancelled { ticket, refundable };
        match (letter, payment) {
            ("ticket", _) => Some(Self::TicketIssued),
            ("cancelled", _) => Some(cancelled),
            ("expired" | "failed", _) if event.cancelled => Some(cancelled),
            ("expired", _) => Some(Self::OrderExpired { refundable }),
            ("failed", _) => Some(Self::OrderFailed { refundable }),
            ("refund_due", Some(_)) if refundable.is_zero() => None,
            ("refund_due", Some(_)) if revoked && event.cancelled => Some(cancelled),
            ("refund_due", Some(_)) if revoked => {
                Some(Self::TicketRevoked { refundable, others_valid: false })
            }
            ("refund_due", Some(state)) => Some(unused_money(state, refundable, event)),
            ("refunded", Some(state)) => {
                Some(Self::RefundSent { amount: state.refunded, ticket: refunded_ticket(state, event) })
            }
            _ => None,
        }
    }

    /// The email of a release without [`Notice`] that may be sent for this one; a name that release does not know is not sent.
    pub const fn template_name(&self) -> &'static str {
        match self {
            Self::TicketIssued => "ticket",
            Self::OrderExpired { .. } => "expired",
            Self::OrderFailed { .. } => "failed",
            Self::EventCancelled { ticket: CancelledTicket::Free | CancelledTicket::Unpaid, .. } => {
                "cancelled"
            }
            Self::PaymentLate { .. } => "refund_due",
            Self::RefundSent { .. } => "refunded",
            Self::PaymentAfterCancellation { .. } => "payment_after_cancellation",
            Self::PaymentAfterRevocation { .. } => "payment_after_revocation",
            Self::Underpaid { .. } => "underpaid",
            Self::Surplus { .. } => "surplus",
            Self::Duplicate { .. } => "duplicate",
            Self::EventCancelled { .. } => "event_cancelled",
            Self::EventChanged { .. } => "event_changed",
            Self::TicketRevoked { .. } => "ticket_revoked",
            Self::RefundNeedsAddress { .. } => "refund_needs_address",
            Self::RefundUndelivered { .. } => "refund_undelivered",
        }
    }

    /// What follows when a refund gets another status. Its arrival is [`Evidence::Refunded`].
    pub fn of_refund(before: RefundStatus, after: &Refund) -> Option<Self> {
        let failed = before.is_open() && after.status == RefundStatus::Failed;
        failed.then_some(Self::RefundUndelivered { amount: after.amount })
    }
}

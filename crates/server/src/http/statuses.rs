//! Status values of the API, each a closed list in the OpenAPI document.

use box_office::SessionState;
use events::{EventStatus, MediaKind, WatchPhase};
use payments::{
    CollectionState, EvidenceOrigin, InvoiceStatus, PaymentAnomaly, PaymentEventKind, PaymentStatus,
    RefundReason, RefundStatus,
};
use serde::Serialize;
use tickets::{OrderKind, OrderStatus, TicketStatus};
use utoipa::ToSchema;

macro_rules! status {
    ($(#[$doc:meta])* $name:ident from $domain:ident { $($(#[$variant_doc:meta])* $variant:ident,)+ }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        $(#[$doc])*
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl From<$domain> for $name {
            fn from(status: $domain) -> Self {
                match status { $($domain::$variant => Self::$variant,)+ }
            }
        }
    };
}

status! {
    /// Ticket status: `pending` holds a seat, `paid` admits, the others take no seat.
    TicketState from TicketStatus { Pending, Paid, Failed, Expired, Cancelled, Refunded, }
}

status! {
    /// Payment status.
    PaymentState from PaymentStatus { Pending, Paid, Failed, Expired, Refunded, }
}

status! {
    /// Order status: `pending` and `awaiting_confirmation` hold seats, `paid` has at least one valid ticket, the others have none.
    OrderState from OrderStatus { Pending, AwaitingConfirmation, Paid, Failed, Expired, Cancelled, Refunded, }
}

status! {
    /// What the watch page shows: `before` early entry, `live`, a `replay`, or `over`.
    #[schema(as = WatchPhase)]
    WatchPhaseState from WatchPhase { Before, Live, Replay, Over, }
}

status! {
    /// How a stream is shown: `link` opens in a new page.
    #[schema(as = MediaKind)]
    MediaKindState from MediaKind { Hls, Youtube, Vimeo, Twitch, Link, }
}

status! {
    /// State of a watch session.
    WatchSessionState from SessionState { Current, TakenOver, Ended, }
}

status! {
    /// `sale` is a buyer's order, `complimentary` one of the organiser's.
    #[schema(as = OrderKind)]
    OrderKindState from OrderKind { Sale, Complimentary, }
}

impl PaymentState {
    /// Payment status of a free ticket, derived from the ticket's. A returned one owes nothing.
    pub(crate) const fn of_free_ticket(status: TicketStatus) -> Self {
        match status {
            TicketStatus::Pending => Self::Pending,
            TicketStatus::Paid => Self::Paid,
            TicketStatus::Failed | TicketStatus::Cancelled => Self::Failed,
            TicketStatus::Expired => Self::Expired,
            TicketStatus::Refunded => Self::Refunded,
        }
    }
}

status! {
    /// Progress of the payment request.
    #[schema(as = CollectionState)]
    CollectionStep from CollectionState { Queued, WalletPaying, RequestSent, Unreachable, Refused, }
}

status! {
    /// Refund status: `requested` and `sending` are open, `paid` and `failed` are final.
    RefundState from RefundStatus { Requested, Sending, Paid, Failed, }
}

status! {
    /// Reason for a failed or delayed refund.
    RefundErrorCode from RefundReason {
        AddressRefused, AddressUnreachable, AddressNotAllowed, AddressUnusable, AmountOutOfRange, InvoiceUnusable, InvoiceReused,
        NotRefundable, NodeUnavailable, PaymentFailed, InvoiceExpired, Unconfirmed, Unresolved, GivenUp,
    }
}

status! {
    /// Invoice status.
    InvoiceState from InvoiceStatus { Open, Settled, Unpaid, }
}

status! {
    /// Event status: `on_sale`, `paused` while it is inactive, `cancelled` permanently.
    EventState from EventStatus { OnSale, Paused, Cancelled, }
}

status! {
    /// Origin of an entry in a payment's history.
    EventOrigin from EvidenceOrigin { Node, Preimage, Buyer, Organiser, System, }
}

/// Kind of an entry in a payment's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TimelineKind {
    /// A seat was reserved.
    Held,
    /// An invoice was created.
    Invoice,
    /// Money arrived.
    Settled,
    /// The ticket was issued.
    Paid,
    /// The hold expired.
    HoldLapsed,
    /// No invoice could be created.
    GivenUp,
    /// The buyer cancelled.
    Cancelled,
    /// The event was cancelled.
    EventCancelled,
    /// The payment was retried.
    HeldAgain,
    /// Tickets were revoked.
    Revoked,
    /// A ticket was checked in.
    CheckedIn,
    /// A refund was requested.
    Refund,
    /// A refund arrived.
    Refunded,
    /// A refund failed.
    RefundFailed,
}

impl From<PaymentEventKind> for TimelineKind {
    fn from(kind: PaymentEventKind) -> Self {
        match kind {
            PaymentEventKind::Settled => Self::Settled,
            PaymentEventKind::HoldLapsed => Self::HoldLapsed,
            PaymentEventKind::GivenUp => Self::GivenUp,
            PaymentEventKind::Cancelled => Self::Cancelled,
            PaymentEventKind::EventCancelled => Self::EventCancelled,
            PaymentEventKind::HeldAgain => Self::HeldAgain,
            PaymentEventKind::Revoked => Self::Revoked,
            PaymentEventKind::Refunded => Self::Refunded,
            PaymentEventKind::RefundFailed => Self::RefundFailed,
        }
    }
}

/// Payment anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PaymentAnomaly)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Anomaly {
    /// Paid after the hold; a seat was still free.
    Late,
    /// More arrived than the price; the rest is refundable.
    Over,
    /// Less arrived than the price; all of it is refundable.
    Under,
    /// Paid more than once; the rest is refundable.
    Duplicate,
    /// Money arrived and there is no ticket for it.
    RefundDue,
}

impl Anomaly {
    /// Converts an anomaly; `None` if there is none.
    pub(crate) const fn of(exception: PaymentAnomaly) -> Option<Self> {
        match exception {
            PaymentAnomaly::None => None,
            PaymentAnomaly::Late => Some(Self::Late),
            PaymentAnomaly::Over => Some(Self::Over),
            PaymentAnomaly::Under => Some(Self::Under),
            PaymentAnomaly::Duplicate => Some(Self::Duplicate),
            PaymentAnomaly::RefundDue => Some(Self::RefundDue),
        }
    }
}

/// An invoice as the Lightning node reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NodeInvoiceState {
    /// Not paid yet.
    Pending,
    /// Paid.
    Paid,
    /// No payment will arrive.
    Expired,
    /// Not known to the node.
    Unknown,
}

/// Event invoice status: `pending` until it is paid or expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventInvoiceState {
    /// Payable.
    Pending,
    /// Paid.
    Paid,
    /// No payment will arrive.
    Expired,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serialized(status: impl Serialize) -> String {
        serde_json::to_value(status).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn statuses_equal_those_in_the_database() {
        for status in TicketStatus::ALL {
            assert_eq!(serialized(TicketState::from(status)), status.as_str());
        }
        for status in OrderStatus::ALL {
            assert_eq!(serialized(OrderState::from(status)), status.as_str());
        }
        for kind in OrderKind::ALL {
            assert_eq!(serialized(OrderKindState::from(kind)), kind.as_str());
        }
        for status in PaymentStatus::ALL {
            assert_eq!(serialized(PaymentState::from(status)), status.as_str());
        }
        for status in CollectionState::ALL {
            assert_eq!(serialized(CollectionStep::from(status)), status.as_str());
        }
        for status in RefundStatus::ALL {
            assert_eq!(serialized(RefundState::from(status)), status.as_str());
        }
        for reason in RefundReason::ALL {
            assert_eq!(serialized(RefundErrorCode::from(reason)), reason.as_str());
        }
        for kind in PaymentEventKind::ALL {
            assert_eq!(serialized(TimelineKind::from(kind)), kind.as_str());
        }
        for exception in PaymentAnomaly::ALL {
            let anomaly = Anomaly::of(exception).map_or_else(|| "none".to_owned(), serialized);
            assert_eq!(anomaly, exception.as_str());
        }
        for status in [InvoiceStatus::Open, InvoiceStatus::Settled, InvoiceStatus::Unpaid] {
            assert_eq!(serialized(InvoiceState::from(status)), status.as_str());
        }
    }
}

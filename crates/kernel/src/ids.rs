use serde::{Deserialize, Serialize};
use std::{fmt, num::ParseIntError, str::FromStr};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Wraps the database's number.
            pub const fn new(id: i64) -> Self {
                Self(id)
            }

            /// The number, as API and database write it.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// An account.
    UserId,
    /// An event on sale.
    EventId,
    /// A kind of ticket of one event, with a price and a quota.
    TicketTypeId,
    /// A promo code.
    PromoCodeId,
    /// An order of one or more tickets of one event.
    OrderId,
    /// A ticket, from hold to check-in.
    TicketId,
    /// What is owed for one ticket.
    PaymentId,
    /// One bolt11 invoice that we made, for a ticket or for an event.
    InvoiceRowId,
    /// Money on its way back.
    RefundId,
    /// A job in the outbox.
    JobId,
    /// A webhook in the inbox.
    WebhookId,
    /// A line of the audit log.
    AuditId,
    /// A change of an event that a ticket's holder is to be notified of.
    EventUpdateId,
}

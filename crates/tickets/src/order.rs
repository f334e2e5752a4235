use crate::ticket::{Ticket, TicketStatus};
use events::Conversion;
use kernel::{
    EventId, Language, MoneyError, Msats, OrderId, PromoCodeId, Sats, TicketId, TicketTypeId, Timestamp,
    UserId,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Order status. `pending | awaiting_confirmation → paid | failed | expired | cancelled`, `paid → refunded | cancelled`; a failed,
/// expired or cancelled order that was never issued returns to `pending` or `paid` when a late payment finds its seats free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Seats are held, payment is awaited.
    Pending,
    /// Seats are held; a guest's free order is issued when the email address is confirmed.
    AwaitingConfirmation,
    /// Issued: at least one ticket is valid.
    Paid,
    /// The payment was given up; no seats.
    Failed,
    /// The hold ended; no seats.
    Expired,
    /// Cancelled before its payment, or each of its free tickets was; no seats.
    Cancelled,
    /// No ticket is valid any more and at least one was refunded; no seats.
    Refunded,
}

impl OrderStatus {
    /// All of them, for checks and documents.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::AwaitingConfirmation,
        Self::Paid,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
        Self::Refunded,
    ];

    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::AwaitingConfirmation => "awaiting_confirmation",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    /// Reads [`OrderStatus::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether the order holds its seats without being issued.
    pub const fn is_held(self) -> bool {
        matches!(self, Self::Pending | Self::AwaitingConfirmation)
    }
}

/// What an order is made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// A buyer's order, at the prices of the types.
    Sale,
    /// Tickets that the organiser gives away: they take seats and cost nothing.
    Complimentary,
}

impl OrderKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sale, Self::Complimentary];

    /// The word in API and database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Complimentary => "complimentary",
        }
    }

    /// Reads [`OrderKind::as_str`] back.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A guest's email address. `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct GuestEmail {
    /// The address in its one spelling (`identity::Email`).
    pub address: String,
    /// Time of its confirmation by a mailed link; `None` while it is a claim.
    pub confirmed_at: Option<Timestamp>,
}

impl fmt::Debug for GuestEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GuestEmail(***, confirmed_at: {:?})", self.confirmed_at)
    }
}

/// Buyer of an order: an account, or a guest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Buyer {
    /// The authenticated account; `None` for guests, and once the account was erased.
    pub user_id: Option<UserId>,
    /// A guest's email address.
    pub email: Option<GuestEmail>,
    /// UMA address of the wallet that is asked to pay, as typed; `None` pays with the bolt11.
    pub payer_address: Option<String>,
    /// Language of the emails about the order.
    pub language: Language,
}

/// Identity by which limits per buyer are counted.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BuyerKey {
    /// An account.
    Account(UserId),
    /// A confirmed email address. An unconfirmed one does not count: anyone could use up the limits of its owner.
    Email(String),
    /// The payer's UMA address in lower case: capitals name the same wallet (UMAD-04).
    Payer(String),
}

impl fmt::Debug for BuyerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "Account({id})"),
            Self::Email(_) => f.write_str("Email(***)"),
            Self::Payer(_) => f.write_str("Payer(***)"),
        }
    }
}

impl BuyerKey {
    /// The key in the database.
    pub fn to_column(&self) -> String {
        match self {
            Self::Account(id) => format!("account/{id}"),
            Self::Email(address) => format!("email/{address}"),
            Self::Payer(address) => format!("payer/{address}"),
        }
    }
}

impl Buyer {
    /// What limits per buyer are counted by: the account, else the confirmed email address, else the payer's UMA address.
    pub fn key(&self) -> Option<BuyerKey> {
        if let Some(user) = self.user_id {
            return Some(BuyerKey::Account(user));
        }
        let confirmed = self.email.as_ref().filter(|email| email.confirmed_at.is_some());
        confirmed.map(|email| BuyerKey::Email(email.address.clone())).or_else(|| {
            self.payer_address.as_ref().map(|address| BuyerKey::Payer(address.to_ascii_lowercase()))
        })
    }
}

/// Tickets of one type in an order, with their price. Frozen: later changes of the type or the code do not reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Type of the tickets; an order has one line per type.
    pub ticket_type_id: TicketTypeId,
    /// Number of tickets; at least 1.
    pub quantity: u32,
    /// Price of one ticket before the discount.
    pub list_price: Sats,
    /// Discount on one ticket; at most `list_price`.
    pub discount: Sats,
    /// How the list price was converted, for a price in a currency.
    pub conversion: Option<Conversion>,
}

impl OrderLine {
    /// Price of one ticket after the discount: what it costs, and what its refund is.
    pub const fn unit_price(&self) -> Sats {
        self.list_price.saturating_sub(self.discount)
    }

    /// Price of the line's tickets together.
    pub fn total(&self) -> Result<Sats, MoneyError> {
        let total = self.unit_price().get().checked_mul(self.quantity.into());
        total.ok_or(MoneyError::TooLarge).and_then(Sats::new)
    }
}

/// Sum of the lines; an error where it exceeds the supply of bitcoin.
pub fn total_of(lines: &[OrderLine]) -> Result<Sats, MoneyError> {
    lines.iter().try_fold(Sats::ZERO, |sum, line| sum.checked_add(line.total()?).ok_or(MoneyError::TooLarge))
}

/// Fields of an order that [`crate::place`] decides, before the store gives it a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// See [`Order::event_id`].
    pub event_id: EventId,
    /// See [`Order::kind`].
    pub kind: OrderKind,
    /// See [`Order::buyer`].
    pub buyer: Buyer,
    /// See [`Order::lines`].
    pub lines: Vec<OrderLine>,
    /// See [`Order::total`].
    pub total: Sats,
    /// See [`Order::promo_code`].
    pub promo_code: Option<PromoCodeId>,
    /// See [`Order::status`].
    pub status: OrderStatus,
    /// See [`Order::hold_expires_at`].
    pub hold_expires_at: Option<Timestamp>,
    /// See [`Order::issued_at`].
    pub issued_at: Option<Timestamp>,
    /// See [`Order::created_at`].
    pub created_at: Timestamp,
}

impl NewOrder {
    /// The order with its number.
    pub fn with_id(self, id: OrderId) -> Order {
        Order {
            id,
            event_id: self.event_id,
            kind: self.kind,
            buyer: self.buyer,
            lines: self.lines,
            total: self.total,
            promo_code: self.promo_code,
            status: self.status,
            hold_expires_at: self.hold_expires_at,
            issued_at: self.issued_at,
            created_at: self.created_at,
            updated_at: self.created_at,
        }
    }
}

/// Tickets of one event that are bought and paid together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its number: public, so it opens nothing.
    pub id: OrderId,
    /// Event of the order.
    pub event_id: EventId,
    /// What it was made by.
    pub kind: OrderKind,
    /// Buyer.
    pub buyer: Buyer,
    /// Lines with frozen prices, in the order of the request.
    pub lines: Vec<OrderLine>,
    /// Sum of the lines when the order was placed. What is due follows from the tickets: [`Order::due`].
    pub total: Sats,
    /// Promo code of the order.
    pub promo_code: Option<PromoCodeId>,
    /// Status.
    pub status: OrderStatus,
    /// End of the hold of an order that was not issued at once; `None` for an issued free one.
    pub hold_expires_at: Option<Timestamp>,
    /// Time of the first issue; it stays when tickets are refunded.
    pub issued_at: Option<Timestamp>,
    /// Time of the order.
    pub created_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

/// What an order's rules need to know of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderTicket {
    /// Its number.
    pub id: TicketId,
    /// Its type, which names its line.
    pub ticket_type_id: TicketTypeId,
    /// Its status.
    pub status: TicketStatus,
}

/// An order whose rows contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// A ticket of a type that no line has.
    #[error("ticket {0} belongs to no line of its order")]
    NoLine(TicketId),
    /// A sum that exceeds the supply of bitcoin.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Order {
    /// Price of one ticket, which is also its refund.
    pub fn price_of(&self, ticket: &OrderTicket) -> Result<Sats, OrderError> {
        let line = self.lines.iter().find(|line| line.ticket_type_id == ticket.ticket_type_id);
        line.map(OrderLine::unit_price).ok_or(OrderError::NoLine(ticket.id))
    }

    /// Amount that the shop is to receive and keep: the prices of the tickets that are pending or paid.
    pub fn due(&self, tickets: &[OrderTicket]) -> Result<Msats, OrderError> {
        self.price_of_all(tickets.iter().filter(|ticket| ticket.status.takes_seat()))
    }

    /// Sum of the prices of these tickets.
    pub(crate) fn price_of_all<'a>(
        &self,
        tickets: impl IntoIterator<Item = &'a OrderTicket>,
    ) -> Result<Msats, OrderError> {
        let sum = tickets.into_iter().try_fold(Sats::ZERO, |sum, ticket| {
            sum.checked_add(self.price_of(ticket)?).ok_or(OrderError::Money(MoneyError::TooLarge))
        });
        sum.map(Sats::to_msats)
    }

    /// Copies what a release without orders may have changed in the order's only ticket.
    pub fn copy_ticket(&mut self, ticket: &Ticket) {
        let status = match ticket.status {
            TicketStatus::Pending if self.status == OrderStatus::AwaitingConfirmation => self.status,
            TicketStatus::Pending => OrderStatus::Pending,
            TicketStatus::Paid => OrderStatus::Paid,
            TicketStatus::Failed => OrderStatus::Failed,
            TicketStatus::Expired => OrderStatus::Expired,
            TicketStatus::Cancelled => OrderStatus::Cancelled,
            TicketStatus::Refunded => OrderStatus::Refunded,
        };
        self.status = status;
        self.hold_expires_at = ticket.hold_expires_at;
        self.issued_at = self.issued_at.or(ticket.paid_at);
    }

    /// Whether the account that has proved a guest's email address gets the order: it was issued, or its address was confirmed. An
    /// unconfirmed claim of an address adds nothing to the account's list.
    pub fn is_adoptable(&self) -> bool {
        let confirmed = self.buyer.email.as_ref().map(|email| email.confirmed_at.is_some());
        self.buyer.user_id.is_none()
            && confirmed.is_some_and(|confirmed| confirmed || self.issued_at.is_some())
    }

    /// Whether the order is unpaid or unconfirmed and its hold ended before `before`.
    pub fn hold_ended(&self, before: Timestamp) -> bool {
        self.status.is_held() && self.hold_expires_at.is_some_and(|end| end < before)
    }
}

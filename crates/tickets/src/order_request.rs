use crate::{
    inventory::InventoryDelta,
    order::{Buyer, NewOrder, OrderKind, OrderLine},
    ticket::TicketStatus,
};
use events::{NotOnSale, PromoCodeText, PromoRefusal, TypeNotOnSale};
use kernel::{EventId, Msats, PromoCodeId, Sats, TicketTypeId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Request for tickets of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRequest {
    /// A buyer's order or, by the organiser's authority, a complimentary one. That takes seats within quotas and capacity, at no price
    /// and at once, from all types that are not archived, in and outside their windows of sale and before the event is on sale; it has
    /// no promo code, needs no buyer, and of the limits only [`crate::OrderLimits::MAX_TICKETS_PER_ORDER`] applies.
    pub kind: OrderKind,
    /// Requested tickets; one line per type.
    pub lines: Vec<LineRequest>,
    /// Promo code as entered.
    pub promo_code: Option<PromoCodeText>,
    /// Price that the buyer was shown; `None` when the client does not say.
    pub shown: Option<ShownPrice>,
    /// Buyer.
    pub buyer: Buyer,
    /// Whether an account may take free tickets: a shop may require a proved email address. No meaning for guests.
    pub free_allowed: bool,
    /// End of the hold, unless the order is issued at once.
    pub hold_expires_at: Timestamp,
}

/// Requested tickets of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRequest {
    /// Type of the tickets.
    pub ticket_type_id: TicketTypeId,
    /// Number of tickets.
    pub quantity: u32,
    /// Amount for each ticket that the buyer chose, for "pay what you want"; without one, the minimum is charged.
    pub chosen: Option<Sats>,
}

/// Price that the buyer was shown. Another price is never charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShownPrice {
    /// The total. The order is refused if it is another one now.
    Total(Sats),
    /// A quote whose signature was verified. Until it expires, its prices are charged, whatever changed since.
    Quote(Quote),
}

/// Prices of an order, made by [`crate::quote`] and signed by the caller. It holds prices, not seats: quotas, windows of sale, limits
/// and the promo code are checked when the order is placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Event of the quote.
    pub event_id: EventId,
    /// Promo code applied.
    pub promo_code: Option<PromoCodeId>,
    /// Lines with their prices.
    pub lines: Vec<OrderLine>,
    /// Sum of the lines.
    pub total: Sats,
    /// End of validity, exclusive. After it the quote is no more than a shown total.
    pub expires_at: Timestamp,
}

/// A granted order, to be written in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The order.
    pub order: NewOrder,
    /// One ticket per seat, in the order of the lines. The caller adds codes and link keys.
    pub tickets: Vec<PlannedTicket>,
    /// Amount to pay; zero creates no payment.
    pub due: Msats,
    /// Seats and promo use taken.
    pub taken: InventoryDelta,
    /// What the tickets are issued on.
    pub issuance: Issuance,
}

/// A ticket to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedTicket {
    /// Its type, which names its line.
    pub ticket_type_id: TicketTypeId,
    /// Its price after the discount.
    pub price: Sats,
    /// Paid when the order is issued at once, pending otherwise.
    pub status: TicketStatus,
}

/// What an order's tickets are issued on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuance {
    /// Nothing more: the total is zero, and the buyer is an account, has a confirmed email address, or was chosen by the organiser.
    AtOnce,
    /// The payment of the total.
    Payment,
    /// The confirmation of a guest's email address: the total is zero.
    EmailConfirmation,
}

/// Why an order is not granted. Nothing is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefusal {
    /// The event is not on sale.
    #[error(transparent)]
    EventNotOnSale(#[from] NotOnSale),
    /// No lines.
    #[error("choose at least one ticket")]
    NoLines,
    /// A line cannot be granted.
    #[error("line {}: {reason}", .line.saturating_add(1))]
    Line {
        /// Its index in the request, from 0.
        line: usize,
        /// Its ticket type.
        ticket_type_id: TicketTypeId,
        /// Why.
        reason: LineRefusal,
    },
    /// More tickets than an order may have.
    #[error("an order can have at most {limit} tickets: {requested} were requested")]
    TooManyPerOrder {
        /// Most tickets in one order.
        limit: u32,
        /// Tickets requested.
        requested: u64,
    },
    /// More tickets than a buyer may have at this event.
    #[error("you can have at most {limit} tickets of this event and have {held}: {requested} were requested")]
    TooManyPerBuyer {
        /// Most tickets of one buyer.
        limit: u32,
        /// Pending and paid tickets that the buyer has.
        held: u32,
        /// Tickets requested.
        requested: u32,
    },
    /// A complimentary order with a promo code or a price.
    #[error("complimentary tickets have neither a promo code nor a price")]
    NothingToPay,
    /// The promo code cannot be used.
    #[error(transparent)]
    Promo(#[from] PromoRefusal),
    /// Too few seats are left.
    #[error(transparent)]
    Seats(#[from] Shortage),
    /// The total exceeds the supply of bitcoin.
    #[error("the total is too large")]
    TotalTooLarge,
    /// The price is not the one that the buyer was shown.
    #[error("the price has changed: it is {total} sats now")]
    PriceChanged {
        /// The total of now.
        total: Sats,
        /// The lines of now.
        lines: Vec<OrderLine>,
    },
    /// The quote is for another order.
    #[error("the quote is for another order: request a new one")]
    QuoteMismatch,
    /// A guest's free order without an email address.
    #[error("log in or give your email address to get free tickets")]
    EmailMissing,
    /// A free order of an account whose email address is not proved.
    #[error("confirm your email address to get free tickets")]
    EmailNotProved,
    /// A guest's paid order with neither an email address nor a UMA address: there is no way to reach the buyer.
    #[error("log in or give your email address")]
    BuyerMissing,
}

/// Why a line cannot be granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineRefusal {
    /// No tickets requested.
    #[error("the quantity must be at least 1")]
    NoQuantity,
    /// A second line of the same type.
    #[error("another line has the same ticket type")]
    DuplicateType,
    /// The event has no such type, or it is hidden and the order's promo code does not offer it.
    #[error("this ticket type does not exist")]
    UnknownType,
    /// The type is not on sale.
    #[error(transparent)]
    NotOnSale(#[from] TypeNotOnSale),
    /// Fewer than the type's minimum.
    #[error("at least {min} tickets of this type are sold together")]
    BelowMinimum {
        /// Fewest tickets of this type.
        min: u32,
    },
    /// More than the type's maximum.
    #[error("an order can have at most {max} tickets of this type")]
    AboveMaximum {
        /// Most tickets of this type.
        max: u32,
    },
    /// The chosen amount is below the type's minimum.
    #[error("the amount must be at least {min} sats")]
    AmountTooSmall {
        /// Smallest amount.
        min: Sats,
    },
    /// An amount for a type whose price is set.
    #[error("the price of this ticket type is not chosen by the buyer")]
    AmountNotChoosable,
    /// The price exceeds the supply of bitcoin.
    #[error("the price is too large")]
    PriceTooLarge,
}

/// Fewer seats than requested: what is left, per line and in all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Shortage {
    /// Seats left at the event.
    pub event_left: u32,
    /// All lines of the order.
    pub lines: Vec<LineLeft>,
}

/// Seats left for one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineLeft {
    /// Type of the line.
    pub ticket_type_id: TicketTypeId,
    /// Tickets requested.
    pub requested: u32,
    /// Seats of this type that can be ordered, regardless of other lines.
    pub left: u32,
}

impl Shortage {
    /// First line that cannot be granted by itself, with its index; `None` when only the event's capacity is too small for all of
    /// them.
    pub fn short_line(&self) -> Option<(usize, LineLeft)> {
        self.lines.iter().copied().enumerate().find(|(_, line)| line.requested > line.left)
    }
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.event_left, self.short_line()) {
            (0, _) => f.write_str("event is sold out"),
            (_, Some((index, LineLeft { left: 0, .. }))) => {
                write!(f, "line {}: this ticket type is sold out", index.saturating_add(1))
            }
            (_, Some((index, LineLeft { left, .. }))) => {
                write!(f, "line {}: {left} tickets of this type are left", index.saturating_add(1))
            }
            (left, None) => write!(f, "{left} tickets are left"),
        }
    }
}

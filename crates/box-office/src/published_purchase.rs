//! The published purchase of one ticket (`POST /api/tickets/purchase`) as an order of the event's default type.

use crate::{HoldLimit, PlaceRefusal, PlaceRequest};
use events::{NotOnSale, default_type};
use kernel::Sats;
use tickets::{Inventory, LineRequest, OrderLine, OrderRefusal, OrderRequest, Shortage, ShownPrice};

/// Resolves the default type under the event's lock. Refusals come in the published order, which differs from that of orders: clients
/// learn of a changed price before they are asked for an address, and of both before the event is sold out.
pub fn published_purchase(
    inventory: &Inventory,
    request: &PlaceRequest,
    account_exists: bool,
) -> Result<OrderRequest, PlaceRefusal> {
    let (now, buyer) = (request.now, &request.order.buyer);
    let default = default_type(&inventory.ticket_types, &inventory.rates, now);
    let price = default.and_then(|one| one.price.list_price(None, &inventory.rates, now).ok());
    let changed = match (&price, &request.order.shown) {
        (Some(price), Some(ShownPrice::Total(shown))) => *shown != price.sats,
        _ => false,
    };
    let free = price.as_ref().is_some_and(|price| price.sats.is_zero());
    if free && !changed && buyer.user_id.is_none() {
        return Err(PlaceRefusal::LoginRequired);
    }
    if !account_exists {
        return Err(PlaceRefusal::UnknownUser);
    }
    inventory.event.on_sale(now).map_err(OrderRefusal::from)?;
    let (Some(default), Some(price)) = (default, price) else {
        return Err(OrderRefusal::Seats(Shortage { event_left: 0, lines: Vec::new() }).into());
    };
    if changed {
        let line = OrderLine {
            ticket_type_id: default.id,
            quantity: 1,
            list_price: price.sats,
            discount: Sats::ZERO,
            conversion: price.conversion,
        };
        return Err(OrderRefusal::PriceChanged { total: price.sats, lines: vec![line] }.into());
    }
    if free && !request.order.free_allowed {
        return Err(OrderRefusal::EmailNotProved.into());
    }
    if !free && buyer.payer_address.is_none() {
        return Err(PlaceRefusal::AddressMissing);
    }
    let line = LineRequest { ticket_type_id: default.id, quantity: 1, chosen: None };
    Ok(OrderRequest { lines: vec![line], ..request.order.clone() })
}

/// Reason for refusing a published purchase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurchaseRefusal {
    /// All seats are sold or held.
    #[error("event is sold out")]
    SoldOut,
    /// The event is not on sale.
    #[error(transparent)]
    NotOnSale(#[from] NotOnSale),
    /// The event does not exist.
    #[error("event not found")]
    UnknownEvent,
    /// The account does not exist or was erased.
    #[error("user not found")]
    UnknownUser,
    /// A paid event requires a UMA address.
    #[error("a UMA address is needed for a paid event")]
    AddressMissing,
    /// The price differs from the one shown to the buyer.
    #[error("the price has changed: it is {} sats now", price.get())]
    PriceChanged {
        /// The current price.
        price: Sats,
    },
    /// A free ticket requires authentication.
    #[error("log in to get a free ticket")]
    LoginRequired,
    /// A free ticket requires a proved email address.
    #[error("confirm your email address to get a free ticket")]
    EmailNotProved,
    /// A quota on outstanding seats is exhausted.
    #[error("{0}")]
    Limit(HoldLimit),
    /// The key was used for a different request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// A rule of orders, such as the limit per buyer, which the published purchase has no code for.
    #[error(transparent)]
    Order(PlaceRefusal),
}

impl From<PlaceRefusal> for PurchaseRefusal {
    fn from(refusal: PlaceRefusal) -> Self {
        match refusal {
            PlaceRefusal::Order(OrderRefusal::Seats(_)) => Self::SoldOut,
            PlaceRefusal::Order(OrderRefusal::EventNotOnSale(reason)) => Self::NotOnSale(reason),
            PlaceRefusal::Order(OrderRefusal::PriceChanged { total, .. }) => {
                Self::PriceChanged { price: total }
            }
            PlaceRefusal::Order(OrderRefusal::EmailNotProved) => Self::EmailNotProved,
            PlaceRefusal::UnknownEvent => Self::UnknownEvent,
            PlaceRefusal::UnknownUser => Self::UnknownUser,
            PlaceRefusal::AddressMissing => Self::AddressMissing,
            PlaceRefusal::LoginRequired => Self::LoginRequired,
            PlaceRefusal::Limit(limit) => Self::Limit(limit),
            PlaceRefusal::KeyReused => Self::KeyReused,
            PlaceRefusal::Order(_) | PlaceRefusal::RolloutUnfinished => Self::Order(refusal),
        }
    }
}

//! Orders that repeat an earlier one, which a second click or a lost response causes.

use crate::PlaceRequest;
use kernel::{EventId, PromoCodeId, Sats, TicketId, TicketTypeId, Timestamp, UserId};
use tickets::{Inventory, Order};

/// An account's order that holds a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentOrder {
    /// First ticket of the order.
    pub ticket_id: TicketId,
    /// The event.
    pub event_id: EventId,
    /// The buyer.
    pub user_id: UserId,
    /// The payer's UMA address.
    pub payer_address: Option<String>,
    /// Type, number and list price of its lines, in their order.
    pub lines: Vec<(TicketTypeId, u32, Sats)>,
    /// Total when it was placed.
    pub total: Sats,
    /// Promo code.
    pub promo_code: Option<PromoCodeId>,
    /// Time of the order.
    pub created_at: Timestamp,
}

impl RecentOrder {
    /// An account's new order.
    pub(crate) fn of(order: &Order, first: TicketId) -> Option<Self> {
        Some(Self {
            ticket_id: first,
            event_id: order.event_id,
            user_id: order.buyer.user_id?,
            payer_address: order.buyer.payer_address.clone(),
            lines: order
                .lines
                .iter()
                .map(|line| (line.ticket_type_id, line.quantity, line.list_price))
                .collect(),
            total: order.total,
            promo_code: order.promo_code,
            created_at: order.created_at,
        })
    }
}

/// Returns the first ticket of the newest of an account's orders that `request` repeats; see [`PlaceRequest::repeats_since`].
///
/// A published purchase, which names no type, repeats an order of one ticket of any type; a request without a shown price
/// repeats an order at any price, so that a price change between two clicks does not charge twice.
pub fn repeated_order(
    request: &PlaceRequest,
    inventory: &Inventory,
    recent: &[RecentOrder],
) -> Option<TicketId> {
    let since = request.repeats_since?;
    let (order, user) = (&request.order, request.order.buyer.user_id?);
    let shown = order.shown.as_ref().map(|shown| match shown {
        tickets::ShownPrice::Total(total) => *total,
        tickets::ShownPrice::Quote(quote) => quote.total,
    });
    let same_code = |used: Option<PromoCodeId>| match (&order.promo_code, used) {
        (None, None) => true,
        (Some(text), Some(used)) => {
            inventory.promo_codes.iter().any(|code| code.id == used && code.code == *text)
        }
        _ => false,
    };
    let same_lines = |lines: &[(TicketTypeId, u32, Sats)]| {
        if request.purchase_for.is_some() {
            return matches!(lines, [(_, 1, _)]);
        }
        lines.len() == order.lines.len()
            && lines.iter().zip(&order.lines).all(|((one, quantity, price), line)| {
                *one == line.ticket_type_id
                    && *quantity == line.quantity
                    && line.chosen.is_none_or(|chosen| chosen == *price)
            })
    };
    let repeats = recent.iter().filter(|known| {
        known.user_id == user
            && known.event_id == request.event_id
            && known.payer_address == order.buyer.payer_address
            && known.created_at > since
            && shown.is_none_or(|shown| shown == known.total)
            && same_code(known.promo_code)
            && same_lines(&known.lines)
    });
    repeats.map(|known| known.ticket_id).max()
}

use crate::{Hold, HoldRequest, TicketView};
use chrono::TimeDelta;
use events::Event;
use kernel::{EventId, Msats, TicketId, Timestamp, UserId};
use payments::Payment;
use tickets::Ticket;

/// How long after a price change a purchase without a price does not use the connected wallet.
pub(crate) const PRICE_NOTICE: TimeDelta = TimeDelta::hours(1);

/// Whether the buyer's connected wallet may be charged the current price: the buyer is authenticated, and either named that price
/// or it did not change within [`PRICE_NOTICE`].
pub(crate) fn wallet_allowed(event: &Event, request: &HoldRequest) -> bool {
    let named = request.price == Some(event.price);
    request.authenticated && (named || !event.price_changed_within(PRICE_NOTICE, request.now))
}

/// An account's purchase whose ticket holds a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentPurchase {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The event.
    pub event_id: EventId,
    /// The buyer.
    pub user_id: UserId,
    /// The buyer's UMA address; empty for a free ticket without one.
    pub uma_address: String,
    /// The price at the time of the hold; zero for a free ticket.
    pub price: Msats,
    /// When the hold was made.
    pub created_at: Timestamp,
}

impl RecentPurchase {
    /// The purchase of a ticket that is linked to an account and holds a seat.
    pub fn of(view: &TicketView) -> Option<Self> {
        Self::new(&view.ticket, view.payment.as_ref())
    }

    /// The purchase of a hold for an account.
    pub fn of_hold(hold: &Hold) -> Option<Self> {
        Self::new(&hold.ticket, hold.payment.as_ref())
    }

    fn new(ticket: &Ticket, payment: Option<&Payment>) -> Option<Self> {
        let ticket = Some(ticket).filter(|ticket| ticket.status.takes_seat())?;
        Some(Self {
            ticket_id: ticket.id,
            event_id: ticket.event_id,
            user_id: ticket.user_id?,
            uma_address: ticket.uma_address.clone(),
            price: payment.map_or(Msats::ZERO, |payment| payment.state.price),
            created_at: ticket.created_at,
        })
    }
}

/// Returns the newest of an account's purchases that `request` repeats; see [`HoldRequest::repeats_since`].
///
/// A request without a price repeats a purchase at any price, so that a price change between two clicks does not charge twice.
pub fn repeated<'a>(
    request: &HoldRequest,
    recent: impl IntoIterator<Item = &'a RecentPurchase>,
) -> Option<TicketId> {
    let since = request.repeats_since.filter(|_| request.authenticated)?;
    let address = request.uma_address.as_deref().unwrap_or_default();
    recent
        .into_iter()
        .filter(|known| {
            known.user_id == request.user_id
                && known.event_id == request.event_id
                && known.uma_address == address
                && known.created_at > since
                && request.price.is_none_or(|price| price.to_msats() == known.price)
        })
        .map(|known| known.ticket_id)
        .max()
}

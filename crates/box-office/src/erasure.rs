use crate::{BoxOffice, OrderTerms, Session};
use kernel::{EventId, Locked, Page, PromoCodeId, StoreError, Timestamp, UserId};
use std::collections::{BTreeMap, BTreeSet};
use tickets::{Inventory, ReleaseCause, TicketQuery, TicketStatus, release};

/// Attempts of an erasure whose account takes free tickets of other events concurrently.
pub(crate) const ERASURE_ATTEMPTS: usize = 5;

/// What has to be locked before an account whose free tickets are released.
#[derive(Debug, Default)]
pub(crate) struct FreeSeats {
    events: BTreeSet<EventId>,
    codes: BTreeSet<PromoCodeId>,
}

impl BoxOffice {
    /// Future events of which the account holds free tickets, and the promo codes of their orders, read without locks.
    pub(crate) async fn free_seats_of(&self, user: UserId, now: Timestamp) -> Result<FreeSeats, StoreError> {
        let query =
            TicketQuery { user_id: Some(user), status: Some(TicketStatus::Paid), ..TicketQuery::default() };
        let (mut free, mut orders) = (BTreeSet::new(), BTreeMap::<_, BTreeSet<_>>::new());
        for offset in (0..).step_by(100) {
            let page = Page::new(Some(Page::MAX_LIMIT), Some(offset));
            let tickets = self.store().tickets(&query, page).await?;
            if tickets.is_empty() {
                break;
            }
            for ticket in tickets.iter().filter(|ticket| ticket.is_free()) {
                free.insert(ticket.event_id);
                orders.entry(ticket.event_id).or_default().extend(ticket.order.map(|order| order.order_id));
            }
        }
        let mut seats = FreeSeats::default();
        for id in free {
            if self.store().event(id).await?.is_none_or(|event| event.end_time <= now) {
                continue;
            }
            seats.events.insert(id);
            for order in orders.remove(&id).unwrap_or_default() {
                let order = self.store().order(order).await?;
                seats.codes.extend(order.and_then(|view| view.order.promo_code));
            }
        }
        Ok(seats)
    }
}

/// Locks events, then promo codes, each in ascending id order. Must precede account and order locks.
pub(crate) async fn lock_seats(
    session: &mut dyn Session,
    seats: &FreeSeats,
    terms: &OrderTerms,
) -> Result<BTreeMap<EventId, Locked<Inventory>>, StoreError> {
    for id in &seats.events {
        session.event_for_update(*id).await?;
    }
    for id in &seats.codes {
        drop(session.promo_code_for_update(*id).await?);
    }
    let mut locked = BTreeMap::new();
    for id in &seats.events {
        if let Some(inventory) =
            session.inventory_for_update(*id, &seats.codes, &BTreeSet::new(), terms).await?
        {
            locked.insert(*id, inventory);
        }
    }
    Ok(locked)
}

/// Releases the account's free tickets of events that have not ended. `false` if the event or the promo code of one is not locked.
pub(crate) async fn release_free_tickets(
    session: &mut dyn Session,
    locked: &BTreeMap<EventId, Locked<Inventory>>,
    user: UserId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    for ticket in session.free_future_orders(user, now).await? {
        let Some(order) = session.order_of_ticket_for_update(ticket).await? else { continue };
        let Some(inventory) = locked.get(&order.order.event_id) else { return Ok(false) };
        let of_user =
            order.tickets.iter().map(|one| &one.ticket).filter(|ticket| ticket.user_id == Some(user));
        let ids = of_user.map(|ticket| ticket.id).collect();
        let change = release(&order.order, &order.states(), ReleaseCause::Revoked(&ids), now)
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let code = change.released.promo_code;
        if code.is_some_and(|code| !inventory.promo_codes.iter().any(|one| one.id == code)) {
            return Ok(false);
        }
        session.put_transition(&order.order, &change, Some(inventory)).await?;
    }
    Ok(true)
}

use crate::{BoxOffice, Session, cancellation::release_seat};
use events::Event;
use kernel::{EventId, Page, StoreError, Timestamp, UserId};
use std::collections::{BTreeMap, BTreeSet};
use tickets::{TicketQuery, TicketStatus};

/// How often an erasure starts anew because the account took free tickets of other events meanwhile.
pub(crate) const ERASURE_ATTEMPTS: usize = 5;

impl BoxOffice {
    /// Events to come of which the account holds free tickets, read before anything is locked.
    pub(crate) async fn events_of_free_tickets(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<BTreeSet<EventId>, StoreError> {
        let query =
            TicketQuery { user_id: Some(user), status: Some(TicketStatus::Paid), ..TicketQuery::default() };
        let mut free = BTreeSet::new();
        for offset in (0..).step_by(100) {
            let page = Page::new(Some(Page::MAX_LIMIT), Some(offset));
            let tickets = self.store().tickets(&query, page).await?;
            if tickets.is_empty() {
                break;
            }
            free.extend(tickets.iter().filter(|ticket| ticket.is_free()).map(|ticket| ticket.event_id));
        }
        let mut ahead = BTreeSet::new();
        for number in free {
            if self.store().event(number).await?.is_some_and(|event| event.end_time > now) {
                ahead.insert(number);
            }
        }
        Ok(ahead)
    }
}

/// Locks events in the order of their numbers: before accounts and tickets.
pub(crate) async fn lock_events(
    session: &mut dyn Session,
    numbers: BTreeSet<EventId>,
) -> Result<BTreeMap<EventId, Event>, StoreError> {
    let mut locked = BTreeMap::new();
    for number in numbers {
        if let Some(event) = session.event_for_update(number).await? {
            locked.insert(number, event);
        }
    }
    Ok(locked)
}

/// Releases the account's free tickets of events that are not over. `false`, and nothing is written, when an event is not locked.
pub(crate) async fn release_free_tickets(
    session: &mut dyn Session,
    mut events: BTreeMap<EventId, Event>,
    user: UserId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let tickets = session.free_future_tickets(user, now).await?;
    if !tickets.iter().all(|ticket| events.contains_key(&ticket.event_id)) {
        return Ok(false);
    }
    for mut ticket in tickets {
        if let Some(event) = events.get_mut(&ticket.event_id) {
            release_seat(event, &mut ticket, now);
            session.put_event(event).await?;
            session.put_ticket(&ticket).await?;
        }
    }
    Ok(true)
}

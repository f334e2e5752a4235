use crate::{BoxOffice, Session, cancellation::release_seat};
use events::Event;
use kernel::{EventId, Page, StoreError, Timestamp, UserId};
use std::collections::{BTreeMap, BTreeSet};
use tickets::{TicketQuery, TicketStatus};

/// Attempts of an erasure whose account takes free tickets of other events concurrently.
pub(crate) const ERASURE_ATTEMPTS: usize = 5;

impl BoxOffice {
    /// Future events of which the account holds free tickets, read without locks.
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
        let mut future = BTreeSet::new();
        for id in free {
            if self.store().event(id).await?.is_some_and(|event| event.end_time > now) {
                future.insert(id);
            }
        }
        Ok(future)
    }
}

/// Locks events in ascending id order. Must precede account and ticket locks.
pub(crate) async fn lock_events(
    session: &mut dyn Session,
    ids: BTreeSet<EventId>,
) -> Result<BTreeMap<EventId, Event>, StoreError> {
    let mut locked = BTreeMap::new();
    for id in ids {
        if let Some(event) = session.event_for_update(id).await? {
            locked.insert(id, event);
        }
    }
    Ok(locked)
}

/// Releases the account's free tickets of events that have not ended. `false`, without any write, if one of the events is not locked.
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

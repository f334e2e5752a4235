use crate::ticket::{Ticket, TicketStatus};
use chrono::Duration;
use kernel::{EventId, Locked, Timestamp};

/// Period in which check-in is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The event's start.
    pub start: Timestamp,
    /// The event's end.
    pub end: Timestamp,
    /// How long before the start people may come in.
    pub early: Duration,
}

/// Reason for a rejected check-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The ticket is for another event.
    #[error("ticket is for another event")]
    WrongEvent,
    /// The ticket is unpaid or refunded.
    #[error("ticket is not paid")]
    NotPaid(TicketStatus),
    /// Check-in has not opened yet.
    #[error("event has not started yet")]
    TooEarly,
    /// The event is over.
    #[error("event is over")]
    TooLate,
}

/// Whether a ticket admits its holder at `now`. Repeatable, since people reconnect.
pub fn admit(ticket: &Ticket, event: EventId, window: Window, now: Timestamp) -> Result<(), Refusal> {
    if ticket.event_id != event {
        return Err(Refusal::WrongEvent);
    }
    if ticket.status != TicketStatus::Paid {
        return Err(Refusal::NotPaid(ticket.status));
    }
    if now < window.start.checked_sub_signed(window.early).unwrap_or(window.start) {
        return Err(Refusal::TooEarly);
    }
    if now >= window.end {
        return Err(Refusal::TooLate);
    }
    Ok(())
}

/// Checks a ticket in and returns whether it was the first time, which `checked_in_at` keeps. Decided under the ticket's lock:
/// of any number of concurrent scans, one is the first.
pub fn check_in(
    ticket: &mut Locked<Ticket>,
    event: EventId,
    window: Window,
    now: Timestamp,
) -> Result<bool, Refusal> {
    admit(ticket, event, window, now)?;
    let first = ticket.checked_in_at.is_none();
    if first {
        ticket.checked_in_at = Some(now);
        ticket.updated_at = now;
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TicketCode;
    use chrono::{TimeZone, Utc};
    use kernel::{TicketId, UserId};

    fn start() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 20, 0, 0).unwrap()
    }

    fn window() -> Window {
        Window { start: start(), end: start() + Duration::hours(2), early: Duration::minutes(30) }
    }

    fn paid() -> Ticket {
        Ticket {
            id: TicketId::new(1),
            event_id: EventId::new(7),
            order: None,
            user_id: Some(UserId::new(1)),
            code: TicketCode::parse("TKT-00000000000000000000000000").unwrap(),
            link_key: None,
            status: TicketStatus::Paid,
            uma_address: String::new(),
            hold_expires_at: None,
            checked_in_at: None,
            paid_at: Some(start()),
            created_at: start(),
            updated_at: start(),
        }
    }

    #[test]
    fn coming_back_in_keeps_the_first_time() {
        let mut ticket = Locked::by_store(paid());
        let mut scan = |now| check_in(&mut ticket, EventId::new(7), window(), now);
        assert_eq!(scan(start()), Ok(true));
        assert_eq!(scan(start() + Duration::minutes(5)), Ok(false));
        assert_eq!(ticket.checked_in_at, Some(start()));
    }

    #[test]
    fn check_in_is_open_in_its_window_only() {
        let at = |now| admit(&paid(), EventId::new(7), window(), now);
        assert_eq!(at(start() - Duration::minutes(31)), Err(Refusal::TooEarly));
        assert_eq!(at(start() - Duration::minutes(30)), Ok(()));
        assert_eq!(at(start() + Duration::hours(2)), Err(Refusal::TooLate));
    }

    #[test]
    fn only_a_paid_ticket_for_this_event_gets_in() {
        assert_eq!(admit(&paid(), EventId::new(8), window(), start()), Err(Refusal::WrongEvent));
        for status in TicketStatus::ALL.into_iter().filter(|status| *status != TicketStatus::Paid) {
            let ticket = Ticket { status, ..paid() };
            assert_eq!(admit(&ticket, EventId::new(7), window(), start()), Err(Refusal::NotPaid(status)));
        }
    }
}

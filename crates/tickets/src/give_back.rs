use crate::ticket::{Ticket, TicketStatus};
use kernel::{Locked, Timestamp};

/// Cancels an unused free ticket before its event begins. Returns whether it did: the seat is released once.
pub fn give_back(ticket: &mut Locked<Ticket>, event_start: Timestamp, now: Timestamp) -> bool {
    let unused = ticket.status == TicketStatus::Paid && ticket.checked_in_at.is_none();
    let may = unused && ticket.is_free() && now < event_start;
    if may {
        ticket.status = TicketStatus::Cancelled;
        ticket.updated_at = now;
    }
    may
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::TicketCode;
    use chrono::{Duration, TimeZone, Utc};
    use kernel::{EventId, TicketId};

    fn noon() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn free() -> Ticket {
        Ticket {
            id: TicketId::new(1),
            event_id: EventId::new(1),
            user_id: None,
            code: TicketCode::parse("TKT-00000000000000000000000000").unwrap(),
            status: TicketStatus::Paid,
            uma_address: String::new(),
            link_key: None,
            hold_expires_at: None,
            checked_in_at: None,
            paid_at: Some(noon()),
            created_at: noon(),
            updated_at: noon(),
        }
    }

    #[test]
    fn only_an_unused_free_ticket_of_an_event_to_come_is_given_back_and_once() {
        let start = noon() + Duration::hours(1);
        let given = |ticket: Ticket, now| give_back(&mut Locked::by_store(ticket), start, now);
        assert!(given(free(), start - Duration::seconds(1)));
        assert!(!given(free(), start));
        assert!(!given(Ticket { checked_in_at: Some(noon()), ..free() }, noon()));
        assert!(!given(Ticket { hold_expires_at: Some(noon()), ..free() }, noon()));
        for status in TicketStatus::ALL.into_iter().filter(|status| *status != TicketStatus::Paid) {
            assert!(!given(Ticket { status, ..free() }, noon()), "{status:?}");
        }
        let mut ticket = Locked::by_store(free());
        assert!(give_back(&mut ticket, start, noon()) && !give_back(&mut ticket, start, noon()));
        assert_eq!(ticket.status, TicketStatus::Cancelled);
    }
}

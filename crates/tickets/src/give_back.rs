use crate::ticket::{Ticket, TicketStatus};
use kernel::Timestamp;

/// Whether the buyer may give a ticket back: it is free and unused, and its event has not begun.
pub fn may_give_back(ticket: &Ticket, event_start: Timestamp, now: Timestamp) -> bool {
    let unused = ticket.status == TicketStatus::Paid && ticket.checked_in_at.is_none();
    unused && ticket.is_free() && now < event_start
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
            order: None,
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
    fn only_an_unused_free_ticket_of_an_event_to_come_is_given_back() {
        let start = noon() + Duration::hours(1);
        let given = |ticket: Ticket, now| may_give_back(&ticket, start, now);
        assert!(given(free(), start - Duration::seconds(1)));
        assert!(!given(free(), start));
        assert!(!given(Ticket { checked_in_at: Some(noon()), ..free() }, noon()));
        assert!(!given(Ticket { hold_expires_at: Some(noon()), ..free() }, noon()));
        for status in TicketStatus::ALL.into_iter().filter(|status| *status != TicketStatus::Paid) {
            assert!(!given(Ticket { status, ..free() }, noon()), "{status:?}");
        }
    }
}

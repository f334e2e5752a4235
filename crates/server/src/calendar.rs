//! Calendar file of a ticket (RFC 5545, RFC 5546).

use crate::time_format::format_event_time;
use box_office::TicketView;
use chrono::{DateTime, Duration, Utc};
use events::Event;
use icalendar::{Alarm, Calendar, Component, Event as Entry, EventLike, EventStatus, Property};
use kernel::Language;
use sha2::{Digest, Sha256};

/// Minutes before the event of the calendar's reminder.
const REMINDER_MINUTES: i64 = 15;
const PRODUCT: &str = "-//Tickets by UMA//tickets//EN";
/// Organiser name in calendar entries.
const SHOP: &str = "Tickets by UMA";

/// Method of a calendar file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// Adds the entry, or replaces an earlier version.
    Publish,
    /// Replaces it, for the attendee that the file names.
    Request,
    /// Cancels the entry.
    Cancel,
}

impl Method {
    /// Value of the `METHOD` property (RFC 5546).
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// The entry's `UID`: one per ticket and shop, equal on the page and in every email. It does not reveal the ticket's
/// code.
pub(crate) fn uid(view: &TicketView, public_url: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"calendar entry\0");
    hash.update(view.ticket.id.get().to_be_bytes());
    hash.update(view.ticket.code.expose().as_bytes());
    let digest = hash.finalize();
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
    // Version 8 and the variant of RFC 9562.
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x80;
    *variant = (*variant & 0x3f) | 0x80;
    let text = hex::encode(bytes);
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default().to_owned();
    let uuid = [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-");
    format!("{uuid}@{}", host(public_url))
}

/// The shop's host name without scheme and port, as in email addresses.
pub(crate) fn host(public_url: &str) -> &str {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Replaces line breaks other than `
/// `, which the library does not escape.
fn text(words: &str) -> String {
    let lines = words.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}', '\u{85}'], "\n");
    lines.chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect()
}

/// `SEQUENCE` of an entry, in seconds since the event's creation. Grows with each change; a cancellation is the latest.
pub(crate) fn sequence(event: &Event, method: Method) -> u32 {
    let changed = event.updated_at.max(event.cancelled_at.unwrap_or(event.updated_at));
    let seconds = changed.signed_duration_since(event.created_at).num_seconds().max(0);
    let sequence = u32::try_from(seconds).unwrap_or(u32::MAX >> 1);
    if method == Method::Cancel { sequence.saturating_add(1) } else { sequence }
}

/// `SEQUENCE` for the ticket's current state, equal to that of its latest email.
pub(crate) fn current_sequence(view: &TicketView) -> u32 {
    let ended = !view.ticket.status.takes_seat() || view.event.cancelled_at.is_some();
    sequence(&view.event, if ended { Method::Cancel } else { Method::Publish })
}

/// Calendar file of a ticket, generated at `now`. Times are in UTC, which needs no zone definition.
pub(crate) fn file(
    view: &TicketView,
    method: Method,
    attendee: &str,
    public_url: &str,
    now: DateTime<Utc>,
) -> String {
    let (event, zone) = (&view.event, view.event.time_zone);
    let title = text(&event.title);
    let url = format!("{public_url}/tickets/{}", view.ticket.id);
    let times = format!(
        "{} – {}",
        format_event_time(Language::En, event.start_time, zone),
        format_event_time(Language::En, event.end_time, zone)
    );
    let mut entry = Entry::new();
    entry
        .uid(&uid(view, public_url))
        .sequence(sequence(&view.event, method))
        .timestamp(now)
        .summary(&title)
        .description(&format!("{times}\n{url}\n\n{}", text(&event.description)))
        .url(&url)
        .starts(event.start_time)
        .ends(event.end_time)
        .append_property(Property::new("ORGANIZER", public_url).add_parameter("CN", SHOP).done());
    if method == Method::Request {
        let mut attendee = Property::new("ATTENDEE", format!("mailto:{attendee}"));
        entry.append_property(attendee.add_parameter("PARTSTAT", "ACCEPTED").done());
    }
    match method {
        Method::Publish | Method::Request => {
            entry.status(EventStatus::Confirmed);
            entry.alarm(Alarm::display(&title, -Duration::minutes(REMINDER_MINUTES)));
        }
        Method::Cancel => {
            entry.status(EventStatus::Cancelled);
        }
    }
    let mut calendar = Calendar::empty();
    calendar
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", PRODUCT))
        .append_property(("CALSCALE", "GREGORIAN"))
        .append_property(("METHOD", method.as_str()));
    calendar.timezone(zone.name()).push(entry.done()).done().to_string()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use testkit::builders::{at, noon};

    const BUYER: &str = "buyer@mail.example";

    fn view_of(number: u64) -> TicketView {
        let event = testkit::builders::new_event(5, 0);
        let id = kernel::EventId::new(3);
        let event = events::Event {
            id,
            title: event.title,
            description: event.description,
            start_time: event.start_time,
            end_time: event.end_time,
            time_zone: event.time_zone,
            capacity: event.capacity,
            price: event.price,
            stream_url: event.stream_url,
            is_active: true,
            cancelled_at: None,
            created_at: noon(),
            updated_at: noon(),
            seats_taken: 1,
            price_changed_at: None,
            network_limit: None,
            details: events::EventDetails::default(),
        };
        let ticket = tickets::Ticket {
            id: kernel::TicketId::new(7),
            event_id: id,
            order: None,
            user_id: None,
            code: testkit::builders::code(number),
            link_key: None,
            status: tickets::TicketStatus::Paid,
            uma_address: String::new(),
            hold_expires_at: None,
            checked_in_at: None,
            paid_at: Some(noon()),
            created_at: noon(),
            updated_at: noon(),
        };
        let holder = tickets::Holder::default();
        TicketView { ticket, holder, event, payment: None, invoice: None }
    }

    pub(crate) fn view() -> TicketView {
        view_of(1)
    }

    #[test]
    fn the_uid_is_unique_per_ticket_and_shop() {
        let one = view();
        let name = uid(&one, "https://shop.example:8443");
        assert_eq!(name, uid(&one, "https://shop.example:8443"));
        let (uuid, domain) = name.split_once('@').unwrap();
        assert_eq!((uuid.len(), domain), (36, "shop.example"));
        assert_ne!(name, uid(&view_of(2), "https://shop.example:8443"));
        assert!(!name.contains(one.ticket.code.expose()));
        assert_eq!(host("http://localhost:8080"), "localhost");
    }

    #[test]
    fn line_breaks_are_escaped_and_lines_are_folded() {
        let mut view = view();
        view.event.title = "Late\rATTENDEE:mailto:x@y.example\u{2028}Show".into();
        view.event.description = format!("one\r\ntwo\rthree\u{85}{}", "ö".repeat(300));
        let file = file(&view, Method::Publish, BUYER, "https://shop.example", noon());
        for line in file.split("\r\n") {
            assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
            assert!(!line.starts_with("ATTENDEE"), "{line:?}");
        }
        assert!(file.ends_with("END:VCALENDAR\r\n"));
    }

    #[test]
    fn changes_and_cancellations_replace_the_earlier_entry() {
        let sequence = |view: &TicketView, method| {
            let file = file(view, method, BUYER, "https://shop.example", noon());
            let line = file.split("\r\n").find_map(|line| line.strip_prefix("SEQUENCE:")).unwrap().to_owned();
            line.parse::<u32>().unwrap()
        };
        let mut view = view();
        let first = sequence(&view, Method::Publish);
        view.event.updated_at = at(600);
        let changed = sequence(&view, Method::Publish);
        let request =
            file(&view, Method::Request, BUYER, "https://shop.example", noon()).replace("\r\n ", "");
        assert!(request.contains("METHOD:REQUEST\r\n") && request.contains("STATUS:CONFIRMED\r\n"));
        assert!(request.contains("ATTENDEE;PARTSTAT=ACCEPTED:mailto:buyer@mail.example\r\n"), "{request}");
        assert!(request.contains(&format!("SEQUENCE:{changed}\r\n")) && request.contains("ORGANIZER;CN="));
        view.event.cancelled_at = Some(at(700));
        let cancelled = sequence(&view, Method::Cancel);
        assert!(first < changed && changed < cancelled, "{first} {changed} {cancelled}");
        let file = file(&view, Method::Cancel, BUYER, "https://shop.example", noon());
        assert!(file.contains("METHOD:CANCEL\r\n") && file.contains("STATUS:CANCELLED\r\n"));
        assert!(!file.contains("VALARM"), "a cancelled event has no reminder");
    }
}

use crate::event::Event;
use kernel::{EventUpdateId, TicketId, Timestamp};

/// What a ticket's holder knows of an event: the fields whose change is worth an email.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownEvent {
    /// See [`Event::title`].
    pub title: String,
    /// See [`Event::start_time`].
    pub start_time: Timestamp,
    /// See [`Event::end_time`].
    pub end_time: Timestamp,
    /// Address that holders get; see [`Event::holder_link`].
    pub stream_url: String,
}

/// An event that changed since a ticket's holder was last notified of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventUpdate {
    /// Its number.
    pub id: EventUpdateId,
    /// Whose holder.
    pub ticket: TicketId,
    /// What the holder knows.
    pub known: KnownEvent,
}

/// What a ticket's holder does not know yet of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventChanges {
    /// The title until now, if it is another one.
    pub title: Option<String>,
    /// Start and end until now, if one of them is another one.
    pub times: Option<(Timestamp, Timestamp)>,
    /// Whether the address that holders get is another one.
    pub link: bool,
}

impl KnownEvent {
    /// What changed since then; `None` when nothing did, and for an event that is cancelled or over at `now`.
    pub fn changes(&self, event: &Event, now: Timestamp) -> Option<EventChanges> {
        let times = (self.start_time, self.end_time);
        let changes = EventChanges {
            title: (self.title != event.title).then(|| self.title.clone()),
            times: (times != (event.start_time, event.end_time)).then_some(times),
            link: self.stream_url != event.holder_link(""),
        };
        let changed = changes.title.is_some() || changes.times.is_some() || changes.link;
        (changed && event.cancelled_at.is_none() && now < event.end_time).then_some(changes)
    }
}

impl Event {
    /// State of the event that a notification sent now describes.
    pub fn known(&self) -> KnownEvent {
        KnownEvent {
            title: self.title.clone(),
            start_time: self.start_time,
            end_time: self.end_time,
            stream_url: self.holder_link(""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Zone;
    use chrono::{Duration, TimeZone, Utc};
    use kernel::{EventId, Sats};

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn event() -> Event {
        Event {
            id: EventId::new(1),
            title: "Late Show".into(),
            description: String::new(),
            start_time: now() + Duration::hours(1),
            end_time: now() + Duration::hours(2),
            time_zone: Zone::UTC,
            capacity: 10,
            price: Sats::ZERO,
            stream_url: "https://stream.example/1".into(),
            is_active: true,
            cancelled_at: None,
            created_at: now(),
            updated_at: now(),
            seats_taken: 6,
            price_changed_at: None,
            network_limit: None,
            details: crate::EventDetails::default(),
        }
    }

    #[test]
    fn title_times_and_link_are_changes_and_nothing_else_is() {
        let known = event().known();
        let changes = |event: &Event| known.changes(event, now());
        let none = EventChanges { title: None, times: None, link: false };
        assert_eq!(
            changes(&Event { title: "Later Show".into(), ..event() }),
            Some(EventChanges { title: Some("Late Show".into()), ..none.clone() })
        );
        let times = Some((known.start_time, known.end_time));
        for moved in [
            Event { start_time: now() + Duration::minutes(30), ..event() },
            Event { end_time: now() + Duration::hours(3), ..event() },
        ] {
            assert_eq!(changes(&moved), Some(EventChanges { times, ..none.clone() }));
        }
        assert_eq!(
            changes(&Event { stream_url: String::new(), ..event() }),
            Some(EventChanges { link: true, ..none })
        );
        for silent in [
            event(),
            Event { description: "New".into(), price: Sats::new(9).unwrap(), capacity: 99, ..event() },
            Event { time_zone: Zone::parse("Asia/Seoul").unwrap(), is_active: false, ..event() },
            Event {
                details: crate::EventDetails { host_name: "Club".into(), ..crate::EventDetails::default() },
                ..event()
            },
            Event { network_limit: Some(3), seats_taken: 7, updated_at: event().end_time, ..event() },
        ] {
            assert_eq!(changes(&silent), None, "{silent:?}");
        }
    }

    #[test]
    fn the_source_of_a_gated_event_is_no_change_and_gating_is_one() {
        let gated = Event { details: crate::EventDetails { gated: true, ..Default::default() }, ..event() };
        let link = Some(EventChanges { title: None, times: None, link: true });
        assert_eq!(event().known().changes(&gated, now()), link);
        assert_eq!(gated.known().changes(&event(), now()), link);
        let other = Event { stream_url: "https://stream.example/2".into(), ..gated.clone() };
        assert_eq!(gated.known().changes(&other, now()), None);
        assert!(!format!("{:?}", gated.known()).contains("stream.example"));
    }

    #[test]
    fn an_event_that_is_cancelled_or_over_has_no_changes() {
        let known = event().known();
        let renamed = Event { title: "Later Show".into(), ..event() };
        assert_eq!(known.changes(&Event { cancelled_at: Some(now()), ..renamed.clone() }, now()), None);
        assert_eq!(known.changes(&renamed, renamed.end_time), None);
        assert!(known.changes(&renamed, renamed.end_time - Duration::seconds(1)).is_some());
        // Postponed after its first end.
        let moved = Event { end_time: now() + Duration::days(9), ..event() };
        assert!(known.changes(&moved, now() + Duration::days(3)).is_some());
    }
}

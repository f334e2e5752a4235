use crate::{
    details::{DetailsPatch, EventDetails},
    draft_check::{Entry, check, check_network_limit},
    event::Event,
    ports::NewEvent,
    zone::Zone,
};
use kernel::{FieldCode, FieldErrors, Timestamp};

/// What an organiser enters for a new event, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDraft {
    /// See [`Event::title`].
    pub title: String,
    /// See [`Event::description`].
    pub description: String,
    /// See [`Event::start_time`].
    pub start_time: Timestamp,
    /// See [`Event::end_time`].
    pub end_time: Timestamp,
    /// See [`Event::time_zone`]; UTC where none is given.
    pub time_zone: Option<String>,
    /// See [`Event::capacity`].
    pub capacity: i64,
    /// See [`Event::price`]; satoshis.
    pub price_sats: i64,
    /// See [`Event::stream_url`].
    pub stream_url: String,
    /// See [`Event::network_limit`].
    pub network_limit: Option<i64>,
    /// See [`Event::details`].
    pub details: DetailsPatch,
}

/// An organiser's changes; `None` leaves a field unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventPatch {
    /// See [`Event::title`].
    pub title: Option<String>,
    /// See [`Event::description`].
    pub description: Option<String>,
    /// See [`Event::start_time`].
    pub start_time: Option<Timestamp>,
    /// See [`Event::end_time`].
    pub end_time: Option<Timestamp>,
    /// See [`Event::time_zone`].
    pub time_zone: Option<String>,
    /// See [`Event::capacity`].
    pub capacity: Option<i64>,
    /// See [`Event::price`]; satoshis. Tickets already held keep the price of their hold.
    pub price_sats: Option<i64>,
    /// See [`Event::stream_url`].
    pub stream_url: Option<String>,
    /// See [`Event::is_active`].
    pub is_active: Option<bool>,
    /// See [`Event::network_limit`].
    pub network_limit: NetworkLimitPatch,
    /// See [`Event::details`].
    pub details: DetailsPatch,
}

/// What becomes of an event's limit of networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NetworkLimitPatch {
    /// It stays.
    #[default]
    Keep,
    /// It becomes this number of seats; `None` takes the shop's setting again.
    Set(Option<i64>),
}

/// Why a change of an event is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// A field makes no sense.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// A cancelled event is not offered again: its tickets are cancelled and refunded.
    #[error("a cancelled event cannot be put on sale again")]
    Cancelled,
    /// The new capacity would put people out who hold a seat.
    #[error("capacity cannot be less than the {taken} seats already sold or held")]
    BelowTaken {
        /// Seats sold or held.
        taken: u32,
    },
    /// Price and capacity differ by ticket type.
    #[error("the event has several ticket types, each with a price and a quota of its own")]
    SeveralTypes,
    /// The only ticket type's price is not in satoshis.
    #[error("the price of the event's ticket type is in a currency or chosen by the buyer")]
    PriceNotFixed,
}

impl EventDraft {
    /// Checks a new event, entered `now`: as every event, and it must start in the future.
    pub fn check(self, now: Timestamp) -> Result<NewEvent, FieldErrors> {
        let checked = check(
            &Entry {
                title: &self.title,
                description: &self.description,
                stream_url: &self.stream_url,
                start_time: self.start_time,
                end_time: self.end_time,
            },
            None,
            self.time_zone.as_deref().map_or(Ok(Zone::UTC), Zone::parse),
            self.capacity,
            self.price_sats,
        )?;
        if self.start_time <= now {
            return Err(FieldErrors::one("start_time", FieldCode::NotInFuture, "must be in the future"));
        }
        Ok(NewEvent {
            title: checked.title,
            description: checked.description,
            start_time: self.start_time,
            end_time: self.end_time,
            time_zone: checked.time_zone,
            capacity: checked.capacity,
            price: checked.price,
            stream_url: self.stream_url,
            network_limit: check_network_limit(self.network_limit)?,
            details: self.details.apply(&EventDetails::default(), self.end_time, self.end_time)?,
            created_at: now,
        })
    }
}

impl EventPatch {
    /// The event with this change, if it may be made.
    pub fn apply(&self, event: &Event, now: Timestamp) -> Result<Event, PatchError> {
        let title = self.title.as_ref().unwrap_or(&event.title);
        let description = self.description.as_ref().unwrap_or(&event.description);
        let stream_url = self.stream_url.as_ref().unwrap_or(&event.stream_url);
        let start_time = self.start_time.unwrap_or(event.start_time);
        let end_time = self.end_time.unwrap_or(event.end_time);
        let checked = check(
            &Entry { title, description, stream_url, start_time, end_time },
            Some(event),
            self.time_zone.as_deref().map_or(Ok(event.time_zone), Zone::parse),
            self.capacity.unwrap_or_else(|| i64::from(event.capacity)),
            self.price_sats.unwrap_or_else(|| event.price.to_i64()),
        )?;
        if event.cancelled_at.is_some() && self.is_active == Some(true) {
            return Err(PatchError::Cancelled);
        }
        if checked.capacity < event.seats_taken {
            return Err(PatchError::BelowTaken { taken: event.seats_taken });
        }
        Ok(Event {
            title: checked.title,
            description: checked.description,
            start_time,
            end_time,
            time_zone: checked.time_zone,
            capacity: checked.capacity,
            price: checked.price,
            stream_url: stream_url.clone(),
            is_active: self.is_active.unwrap_or(event.is_active),
            network_limit: match self.network_limit {
                NetworkLimitPatch::Keep => event.network_limit,
                NetworkLimitPatch::Set(seats) => check_network_limit(seats)?,
            },
            details: self.details.apply(&event.details, event.end_time, end_time)?,
            // Events are published when they are created, so each later price is a change.
            price_changed_at: if checked.price == event.price { event.price_changed_at } else { Some(now) },
            updated_at: now,
            ..event.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone, Utc};
    use kernel::{EventId, Sats};

    fn now() -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    #[test]
    fn a_cancelled_event_is_not_put_on_sale_again_and_may_be_edited_otherwise() {
        let cancelled = Event { cancelled_at: Some(now()), is_active: false, ..event() };
        let again = EventPatch { is_active: Some(true), ..EventPatch::default() };
        assert_eq!(again.apply(&cancelled, now()), Err(PatchError::Cancelled));
        // Published clients write back every field that they read.
        let text = EventPatch {
            is_active: Some(false),
            description: Some("Sorry.".into()),
            ..EventPatch::default()
        };
        assert_eq!(text.apply(&cancelled, now()).unwrap().description, "Sorry.");
    }

    fn draft() -> EventDraft {
        EventDraft {
            title: "Late Show".into(),
            description: String::new(),
            start_time: now() + Duration::hours(1),
            end_time: now() + Duration::hours(2),
            time_zone: None,
            capacity: 10,
            price_sats: 2_100,
            stream_url: "https://stream.example/1".into(),
            network_limit: None,
            details: DetailsPatch::default(),
        }
    }

    fn event() -> Event {
        Event {
            id: EventId::new(1),
            title: "Late Show".into(),
            description: String::new(),
            start_time: now(),
            end_time: now() + Duration::hours(2),
            time_zone: Zone::UTC,
            capacity: 10,
            price: Sats::ZERO,
            stream_url: String::new(),
            is_active: true,
            cancelled_at: None,
            created_at: now(),
            updated_at: now(),
            seats_taken: 6,
            price_changed_at: None,
            network_limit: None,
            details: EventDetails::default(),
        }
    }

    #[test]
    fn every_fault_of_a_draft_is_reported_by_its_field() {
        let bad = EventDraft {
            title: " ".into(),
            capacity: 0,
            price_sats: -1,
            stream_url: "ftp://x".into(),
            time_zone: Some("Mars/Olympus".into()),
            ..draft()
        };
        let errors = bad.check(now()).unwrap_err();
        let fields: Vec<_> = errors.fields().keys().copied().collect();
        assert_eq!(fields, ["capacity", "price_sats", "stream_url", "time_zone", "title"]);
    }

    #[test]
    fn texts_follow_the_text_policy_and_times_have_bounds() {
        let checked = EventDraft {
            title: " Cafe\u{301}\u{a0}Night ".into(),
            description: "a\r\nb\rc".into(),
            ..draft()
        };
        let checked = checked.check(now()).unwrap();
        assert_eq!((checked.title.as_str(), checked.description.as_str()), ("Café Night", "a\nb\nc"));
        let far = "+020270-01-01T00:00:00Z".parse().unwrap();
        for (bad, field) in [
            (EventDraft { title: "Late\u{202e}Show".into(), ..draft() }, "title"),
            (EventDraft { title: "\u{3164}".into(), ..draft() }, "title"),
            (EventDraft { description: "a\u{200b}".into(), ..draft() }, "description"),
            (EventDraft { stream_url: "https://a.example/\n".into(), ..draft() }, "stream_url"),
            (EventDraft { end_time: far, ..draft() }, "end_time"),
        ] {
            let fields: Vec<_> = bad.check(now()).unwrap_err().fields().keys().copied().collect();
            assert_eq!(fields, [field]);
        }
    }

    #[test]
    fn what_an_earlier_release_took_may_stay_while_other_fields_change() {
        let far = "+020270-01-01T00:00:00Z".parse().unwrap();
        let old = Event { title: "Late\u{200b}Show".into(), end_time: far, ..event() };
        let patch =
            EventPatch { capacity: Some(20), title: Some(old.title.clone()), ..EventPatch::default() };
        assert_eq!(patch.apply(&old, now()).unwrap().title, old.title);
        // Older clients write every field back.
        let whole = EventPatch { end_time: Some(far), ..patch };
        assert_eq!(whole.apply(&old, now()).unwrap().end_time, far);
        let moved = EventPatch { start_time: Some(far), ..EventPatch::default() };
        assert!(moved.apply(&old, now()).is_err());
    }

    #[test]
    fn a_new_event_starts_in_the_future_and_before_it_ends() {
        assert!(draft().check(now()).is_ok());
        assert!(EventDraft { start_time: now(), ..draft() }.check(now()).is_err());
        assert!(EventDraft { end_time: draft().start_time, ..draft() }.check(now()).is_err());
    }

    #[test]
    fn times_are_in_utc_until_another_zone_is_chosen() {
        assert_eq!(draft().check(now()).unwrap().time_zone, Zone::UTC);
        let seoul = Zone::parse("Asia/Seoul").unwrap();
        let moved = EventPatch { time_zone: Some("Asia/Seoul".into()), ..EventPatch::default() };
        let event = moved.apply(&event(), now()).unwrap();
        assert_eq!(event.time_zone, seoul);
        assert_eq!(EventPatch::default().apply(&event, now()).unwrap().time_zone, seoul);
    }

    #[test]
    fn capacity_never_goes_below_the_seats_taken() {
        let patch = |capacity| EventPatch { capacity: Some(capacity), ..EventPatch::default() };
        assert_eq!(patch(5).apply(&event(), now()), Err(PatchError::BelowTaken { taken: 6 }));
        assert_eq!(patch(6).apply(&event(), now()).unwrap().capacity, 6);
    }

    #[test]
    fn the_limit_of_networks_is_set_lifted_and_taken_back() {
        let patch = |limit| EventPatch { network_limit: limit, ..EventPatch::default() };
        let set = patch(NetworkLimitPatch::Set(Some(90))).apply(&event(), now()).unwrap();
        assert_eq!(set.network_limit, Some(90));
        assert_eq!(patch(NetworkLimitPatch::Keep).apply(&set, now()).unwrap().network_limit, Some(90));
        assert_eq!(patch(NetworkLimitPatch::Set(Some(0))).apply(&set, now()).unwrap().network_limit, Some(0));
        assert_eq!(patch(NetworkLimitPatch::Set(None)).apply(&set, now()).unwrap().network_limit, None);
        assert!(patch(NetworkLimitPatch::Set(Some(-1))).apply(&set, now()).is_err());
        assert!(EventDraft { network_limit: Some(-1), ..draft() }.check(now()).is_err());
    }

    #[test]
    fn only_another_price_is_a_price_change() {
        let patch = |price_sats| EventPatch { price_sats: Some(price_sats), ..EventPatch::default() };
        let same = patch(0).apply(&event(), now()).unwrap();
        assert_eq!(same.price_changed_at, None);
        let changed = patch(9).apply(&same, now()).unwrap();
        let published = EventPatch { is_active: Some(true), ..EventPatch::default() };
        let later = published.apply(&changed, now() + Duration::hours(1)).unwrap();
        assert_eq!(later.price_changed_at, Some(now()));
        assert!(later.price_changed_within(Duration::hours(1), now() + Duration::minutes(59)));
        assert!(later.price_changed_within(Duration::hours(1), now() - Duration::seconds(5)));
        assert!(!later.price_changed_within(Duration::hours(1), now() + Duration::hours(1)));
    }

    #[test]
    fn an_event_that_has_begun_can_still_be_corrected() {
        let patch = EventPatch { description: Some("New".into()), ..EventPatch::default() };
        assert_eq!(patch.apply(&event(), now() + Duration::hours(1)).unwrap().description, "New");
    }
}

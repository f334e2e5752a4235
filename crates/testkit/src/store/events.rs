//! `events::EventReader` and `events::EventWriter`.

use super::StoreUnderTest;
use crate::builders::{
    add_event, add_user, at, hold_request, in_session, new_event, new_event_invoice, noon, take,
};
use box_office::Store;
use chrono::Duration;
use events::{Event, EventDetails, EventQuery, NewEvent, Zone};
use kernel::{EventId, Page, Sats, StoreError};
use std::sync::Arc;

async fn titled(store: &dyn Store, title: &str, description: &str) -> Event {
    add_event(store, &NewEvent { title: title.into(), description: description.into(), ..new_event(5, 10) })
        .await
}

async fn ids(store: &dyn Store, query: &EventQuery) -> Vec<EventId> {
    let found = store.events(query, Page::default()).await.unwrap();
    assert_eq!(store.count_events(query).await.unwrap(), u64::try_from(found.len()).unwrap());
    found.into_iter().map(|event| event.id).collect()
}

async fn search(store: &dyn Store, text: &str) -> Vec<EventId> {
    ids(store, &EventQuery { text: Some(text.into()), ..EventQuery::default() }).await
}

/// [`events::EventReader::event`].
pub async fn event_is_read_with_its_seats_taken(t: StoreUnderTest) {
    let added = add_event(&*t.store, &new_event(3, 10)).await;
    let user = add_user(&*t.store, 1).await;
    take(&*t.orders, hold_request(&added, &user, 1)).await;
    let event = t.store.event(added.id).await.unwrap().unwrap();
    assert_eq!(event, Event { seats_taken: 1, ..added });
    assert_eq!(t.store.event(EventId::new(999)).await.unwrap(), None);
    assert_eq!(t.store.event(EventId::new(-1)).await.unwrap(), None);
}

/// [`events::EventReader::events`].
pub async fn events_are_paged_by_start_time_then_id(t: StoreUnderTest) {
    let mut expected = Vec::new();
    for start in [300, 100, 200, 100] {
        let times = NewEvent { start_time: at(start), end_time: at(start + 60), ..new_event(5, 10) };
        let event = add_event(&*t.store, &times).await;
        expected.push((event.start_time, event.id));
    }
    expected.sort_unstable();
    let mut seen = Vec::new();
    for offset in [0, 3, 6] {
        let page = Page::new(Some(3), Some(offset));
        let events = t.store.events(&EventQuery::default(), page).await.unwrap();
        assert!(events.len() <= 3);
        seen.extend(events.into_iter().map(|event| (event.start_time, event.id)));
    }
    assert_eq!(seen, expected);
}

/// [`events::EventReader::count_events`].
pub async fn event_count_covers_all_pages(t: StoreUnderTest) {
    assert_eq!(t.store.count_events(&EventQuery::default()).await.unwrap(), 0);
    for price in [0, 10, 10] {
        add_event(&*t.store, &new_event(5, price)).await;
    }
    assert_eq!(t.store.count_events(&EventQuery::default()).await.unwrap(), 3);
    let paid = EventQuery { free: Some(false), ..EventQuery::default() };
    assert_eq!(t.store.count_events(&paid).await.unwrap(), 2);
}

/// [`EventQuery::active_only`].
pub async fn active_only_excludes_inactive_and_cancelled_events(t: StoreUnderTest) {
    let open = add_event(&*t.store, &new_event(5, 10)).await;
    let off = add_event(&*t.store, &new_event(5, 10)).await;
    let cancelled = add_event(&*t.store, &new_event(5, 10)).await;
    in_session(&*t.store, async |session| {
        session.put_event(&Event { is_active: false, ..off.clone() }).await.unwrap();
        session.put_event(&Event { cancelled_at: Some(noon()), ..cancelled.clone() }).await.unwrap();
    })
    .await;
    let active = EventQuery { active_only: true, ..EventQuery::default() };
    assert_eq!(ids(&*t.store, &active).await, [open.id]);
    assert_eq!(ids(&*t.store, &EventQuery::default()).await, [open.id, off.id, cancelled.id]);
}

/// [`EventQuery::free`].
pub async fn events_are_filtered_by_free_or_paid(t: StoreUnderTest) {
    let free = add_event(&*t.store, &new_event(5, 0)).await;
    let paid = add_event(&*t.store, &new_event(5, 1)).await;
    assert_eq!(ids(&*t.store, &EventQuery { free: Some(true), ..EventQuery::default() }).await, [free.id]);
    assert_eq!(ids(&*t.store, &EventQuery { free: Some(false), ..EventQuery::default() }).await, [paid.id]);
}

/// [`EventQuery::max_price`].
pub async fn events_are_filtered_by_maximum_price(t: StoreUnderTest) {
    let free = add_event(&*t.store, &new_event(5, 0)).await;
    let cheap = add_event(&*t.store, &new_event(5, 2_100)).await;
    let expensive = add_event(&*t.store, &new_event(5, 2_101)).await;
    let at_most = |sats| EventQuery { max_price: Some(Sats::new(sats).unwrap()), ..EventQuery::default() };
    assert_eq!(ids(&*t.store, &at_most(0)).await, [free.id]);
    assert_eq!(ids(&*t.store, &at_most(2_100)).await, [free.id, cheap.id]);
    assert_eq!(ids(&*t.store, &at_most(2_100_000_000_000_000)).await, [free.id, cheap.id, expensive.id]);
    let paid = EventQuery { free: Some(false), ..at_most(2_100) };
    assert_eq!(ids(&*t.store, &paid).await, [cheap.id]);
}

/// [`EventQuery::ends_after`] and [`EventQuery::starts_before`]: both bounds are exclusive.
pub async fn events_are_filtered_by_end_and_start_times(t: StoreUnderTest) {
    let times = |start, end| NewEvent { start_time: at(start), end_time: at(end), ..new_event(5, 10) };
    let early = add_event(&*t.store, &times(0, 60)).await;
    let late = add_event(&*t.store, &times(120, 180)).await;
    let ends_after = |time| EventQuery { ends_after: Some(time), ..EventQuery::default() };
    assert_eq!(ids(&*t.store, &ends_after(at(60))).await, [late.id]);
    assert_eq!(ids(&*t.store, &ends_after(at(60) - Duration::microseconds(1))).await, [early.id, late.id]);
    let starts_before = |time| EventQuery { starts_before: Some(time), ..EventQuery::default() };
    assert_eq!(ids(&*t.store, &starts_before(at(120))).await, [early.id]);
    assert_eq!(
        ids(&*t.store, &starts_before(at(120) + Duration::microseconds(1))).await,
        [early.id, late.id]
    );
}

/// [`EventQuery::ended_by`]: the bound is inclusive.
pub async fn past_events_are_listed_latest_first(t: StoreUnderTest) {
    let times = |start, end| NewEvent { start_time: at(start), end_time: at(end), ..new_event(5, 10) };
    let early = add_event(&*t.store, &times(0, 60)).await;
    let late = add_event(&*t.store, &times(30, 90)).await;
    let same = add_event(&*t.store, &times(30, 60)).await;
    let ended_by = |time| EventQuery { ended_by: Some(time), ..EventQuery::default() };
    assert_eq!(ids(&*t.store, &ended_by(at(90))).await, [same.id, late.id, early.id]);
    assert_eq!(ids(&*t.store, &ended_by(at(60))).await, [same.id, early.id]);
    assert_eq!(ids(&*t.store, &ended_by(at(60) - Duration::microseconds(1))).await, []);
    assert_eq!(t.store.count_events(&ended_by(at(60))).await.unwrap(), 2);
    let page = Page::new(Some(1), Some(1));
    let second = t.store.events(&ended_by(at(90)), page).await.unwrap();
    assert_eq!(second.iter().map(|event| event.id).collect::<Vec<_>>(), [late.id]);
}

/// [`EventQuery::text`]: every word must match.
pub async fn search_matches_words_in_title_and_description_ignoring_case(t: StoreUnderTest) {
    let jazz = titled(&*t.store, "Jazz Night", "An evening in the ÉTÉ garden").await;
    let rock = titled(&*t.store, "ROCK", "jazzless").await;
    assert_eq!(search(&*t.store, "jAzZ").await, [jazz.id, rock.id]);
    assert_eq!(search(&*t.store, "GARDEN").await, [jazz.id]);
    assert_eq!(search(&*t.store, "été").await, [jazz.id]);
    assert_eq!(search(&*t.store, "  garden   jazz ").await, [jazz.id]);
    assert_eq!(search(&*t.store, "garden rock").await, []);
    assert_eq!(search(&*t.store, " ").await, [jazz.id, rock.id]);
    let renamed = Event { title: "Blues Night".into(), ..jazz.clone() };
    in_session(&*t.store, async |session| session.put_event(&renamed).await.unwrap()).await;
    assert_eq!(search(&*t.store, "blues").await, [jazz.id]);
    assert_eq!(search(&*t.store, "jazz").await, [rock.id]);
}

/// [`EventQuery::text`].
pub async fn search_treats_wildcards_as_ordinary_characters(t: StoreUnderTest) {
    let percent = titled(&*t.store, "100% live", "").await;
    let underscore = titled(&*t.store, "snake_case", r"back\slash 'quoted' [a-z]*").await;
    assert_eq!(search(&*t.store, "%").await, [percent.id]);
    assert_eq!(search(&*t.store, "0%").await, [percent.id]);
    assert_eq!(search(&*t.store, "_").await, [underscore.id]);
    assert_eq!(search(&*t.store, "1__%").await, []);
    assert_eq!(search(&*t.store, r"\").await, [underscore.id]);
    assert_eq!(search(&*t.store, "'quoted'").await, [underscore.id]);
    assert_eq!(search(&*t.store, "[a-z]*").await, [underscore.id]);
    assert_eq!(search(&*t.store, "*").await, [underscore.id]);
}

/// User input never makes a search fail.
pub async fn search_for_a_nul_finds_nothing(t: StoreUnderTest) {
    titled(&*t.store, "Late Show", "").await;
    assert_eq!(search(&*t.store, "\0").await, []);
    assert_eq!(search(&*t.store, "Late\0Show").await, []);
    assert_eq!(search(&*t.store, "\u{10FFFF}\u{202E}").await, []);
}

/// Times are truncated to microseconds; returned and stored rows are equal.
pub async fn times_are_truncated_to_microseconds(t: StoreUnderTest) {
    let odd = noon() + Duration::nanoseconds(123_456_789);
    let cut = noon() + Duration::microseconds(123_456);
    let old = chrono::DateTime::from_timestamp_micros(-1).unwrap();
    let event = NewEvent { start_time: old, end_time: odd, created_at: odd, ..new_event(5, 10) };
    let added = add_event(&*t.store, &event).await;
    assert_eq!((added.start_time, added.end_time, added.created_at, added.updated_at), (old, cut, cut, cut));
    assert_eq!(t.store.event(added.id).await.unwrap(), Some(added));
}

fn details() -> EventDetails {
    EventDetails {
        host_name: "Club Zero 🎷".into(),
        contact: "https://club.example/?a=1,2".into(),
        tags: vec!["Jazz, live".into(), "서울".into()],
        replay_until: Some(at(600)),
        gated: true,
    }
}

/// [`events::EventWriter::add_event`].
pub async fn new_event_is_active_without_seats_taken(t: StoreUnderTest) {
    let new = NewEvent { details: details(), ..new_event(5, 2_100) };
    let event = add_event(&*t.store, &new).await;
    let expected = Event {
        id: event.id,
        title: new.title,
        description: new.description,
        start_time: new.start_time,
        end_time: new.end_time,
        time_zone: new.time_zone,
        capacity: 5,
        price: new.price,
        stream_url: new.stream_url,
        is_active: true,
        cancelled_at: None,
        created_at: new.created_at,
        updated_at: new.created_at,
        seats_taken: 0,
        price_changed_at: None,
        network_limit: None,
        details: new.details,
    };
    assert_eq!(event, expected);
    assert_eq!(t.outside().0.event(event.id).await.unwrap(), Some(expected));
}

/// [`events::EventWriter::put_event`].
pub async fn put_event_overwrites_the_event_and_its_seats_taken(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let other = add_event(&*t.store, &new_event(5, 10)).await;
    let changed = Event {
        id: event.id,
        title: "Early Show".into(),
        description: "Other jokes 🎭".into(),
        start_time: at(1),
        end_time: at(2),
        time_zone: Zone::parse("America/Argentina/Buenos_Aires").unwrap(),
        capacity: 10_000_000,
        price: Sats::new(2_100_000_000_000_000).unwrap(),
        stream_url: String::new(),
        is_active: false,
        cancelled_at: Some(at(3)),
        created_at: event.created_at,
        updated_at: at(4),
        seats_taken: 4,
        price_changed_at: Some(at(5)),
        network_limit: Some(0),
        details: details(),
    };
    in_session(&*t.store, async |session| session.put_event(&changed).await.unwrap()).await;
    assert_eq!(t.store.event(event.id).await.unwrap(), Some(changed));
    assert_eq!(t.store.event(other.id).await.unwrap(), Some(other));
}

/// Rule of the suite: overwriting a missing row fails.
pub async fn overwriting_a_missing_event_fails(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let mut session = t.store.begin().await.unwrap();
    session.put_event(&Event { title: "Changed".into(), ..event.clone() }).await.unwrap();
    let missing = Event { id: EventId::new(999), ..event.clone() };
    let failure = session.put_event(&missing).await;
    assert!(matches!(failure, Err(StoreError::Corrupt(_) | StoreError::Failed(_))), "{failure:?}");
    drop(session);
    assert_eq!(t.outside().0.event(event.id).await.unwrap(), Some(event));
}

/// [`events::EventWriter::event_for_update`]: no update is lost.
pub async fn event_lock_serialises_sessions(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(100, 10)).await;
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let mut event = session.event_for_update(event.id).await.unwrap().unwrap();
                tokio::task::yield_now().await;
                event.seats_taken += 1;
                session.put_event(&event).await.unwrap();
                session.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(t.store.event(event.id).await.unwrap().unwrap().seats_taken, 20);
}

/// [`events::EventWriter::delete_event`].
pub async fn unused_event_is_deleted(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    assert!(in_session(&*t.store, async |session| session.delete_event(event.id).await.unwrap()).await);
    assert_eq!(t.store.event(event.id).await.unwrap(), None);
    assert!(!in_session(&*t.store, async |session| session.delete_event(event.id).await.unwrap()).await);
}

/// [`events::EventWriter::delete_event`]: the session stays usable.
pub async fn event_with_a_ticket_or_invoice_is_not_deleted(t: StoreUnderTest) {
    let sold = add_event(&*t.store, &new_event(5, 10)).await;
    let billed = add_event(&*t.store, &new_event(5, 10)).await;
    let unused = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    take(&*t.orders, hold_request(&sold, &user, 1)).await;
    in_session(&*t.store, async |session| {
        session.add_invoice(&new_event_invoice(&billed, 1)).await.unwrap();
        assert!(!session.delete_event(sold.id).await.unwrap());
        assert!(!session.delete_event(billed.id).await.unwrap());
        assert!(session.delete_event(unused.id).await.unwrap());
    })
    .await;
    assert_eq!(ids(&*t.store, &EventQuery::default()).await, [sold.id, billed.id]);
}

/// Ids are public: an old link must not lead to another event.
pub async fn event_ids_are_never_reused(t: StoreUnderTest) {
    let first = add_event(&*t.store, &new_event(5, 10)).await;
    in_session(&*t.store, async |session| session.delete_event(first.id).await.unwrap()).await;
    assert_ne!(add_event(&*t.store, &new_event(5, 10)).await.id, first.id);
}

/// Rule of the suite: an earlier release accepted years that RFC 3339 cannot represent. They must not break
/// lists.
pub async fn five_digit_year_is_read_as_the_latest_rfc_3339_time(t: StoreUnderTest) {
    let far = "+020270-01-01T00:00:00Z".parse().unwrap();
    let event = add_event(&*t.store, &NewEvent { end_time: far, ..new_event(5, 10) }).await;
    let read = t.outside().0.event(event.id).await.unwrap().unwrap();
    assert_eq!(read.end_time.to_rfc3339(), "9999-12-31T00:00:00+00:00");
    let listed = t.store.events(&EventQuery::default(), Page::default()).await.unwrap();
    assert_eq!(listed.iter().map(|event| event.end_time).collect::<Vec<_>>(), [read.end_time]);
}

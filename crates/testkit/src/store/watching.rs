//! `box_office::WatchReader` and `box_office::WatchWriter`.

use super::StoreUnderTest;
use crate::builders::{add_event, add_user, at, hold_request, in_session, new_event, noon, take};
use box_office::{Announcement, DomainEvent, Store, ViewerCount, ViewerTotal, WatchSessionId, WatchState};
use events::Event;
use kernel::{TicketId, Timestamp};
use std::sync::Arc;

async fn put(store: &dyn Store, ticket: TicketId, byte: u8, now: Timestamp) {
    in_session(store, async |session| {
        let ticket = session.ticket_for_update(ticket).await.unwrap().unwrap();
        session.put_watch_session(&ticket, WatchSessionId([byte; 16]), now).await.unwrap();
    })
    .await;
}

/// [`box_office::WatchWriter::put_watch_session`] and [`box_office::WatchReader::watch_states`].
pub async fn newest_watch_session_of_a_ticket_replaces_the_earlier_one(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 0)).await;
    let user = add_user(&*t.store, 1).await;
    let one = take(&*t.orders, hold_request(&event, &user, 1)).await.ticket;
    let two = take(&*t.orders, hold_request(&event, &user, 2)).await.ticket;
    put(&*t.store, one.id, 1, noon()).await;
    put(&*t.store, one.id, 2, at(1)).await;
    let missing = TicketId::new(999_999);
    let state = |session: Option<u8>| {
        let session = session.map(|byte| WatchSessionId([byte; 16]));
        Some(WatchState { event_id: event.id, status: one.status, session })
    };
    let (outside, _) = t.outside();
    let states = outside.watch_states(&[two.id, missing, one.id, one.id]).await.unwrap();
    assert_eq!(states, [state(None), None, state(Some(2)), state(Some(2))]);
    assert_eq!(outside.watch_states(&[]).await.unwrap(), []);
}

/// [`box_office::WatchWriter::put_watch_session`]: the other replica learns of a take-over.
pub async fn watch_session_is_published_on_commit(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 0)).await;
    let user = add_user(&*t.store, 1).await;
    let ticket = take(&*t.orders, hold_request(&event, &user, 1)).await.ticket;
    let mut changes = t.store.changes();
    put(&*t.store, ticket.id, 1, noon()).await;
    while changes.recv().await.unwrap() != DomainEvent::Ticket(ticket.id) {}
    in_session(&*t.store, async |session| session.notify_viewers(event.id).await.unwrap()).await;
    while changes.recv().await.unwrap() != DomainEvent::Watch(event.id) {}
}

/// [`box_office::WatchWriter::put_announcement`] and [`box_office::WatchReader::announcement`].
pub async fn announcement_is_replaced_and_withdrawn(t: StoreUnderTest) {
    let (event, other) =
        (add_event(&*t.store, &new_event(5, 0)).await, add_event(&*t.store, &new_event(5, 0)).await);
    let (outside, _) = t.outside();
    let mut changes = t.store.changes();
    assert_eq!(outside.announcement(event.id).await.unwrap(), None);
    for announcement in [
        Some(Announcement { text: "Doors 🎷".into(), at: noon() }),
        Some(Announcement { text: "Break".into(), at: at(1) }),
        None,
    ] {
        in_session(&*t.store, async |session| {
            session.put_announcement(event.id, announcement.as_ref()).await.unwrap();
        })
        .await;
        assert_eq!(outside.announcement(event.id).await.unwrap(), announcement);
        while changes.recv().await.unwrap() != DomainEvent::Watch(event.id) {}
    }
    assert_eq!(outside.announcement(other.id).await.unwrap(), None);
}

fn count(event: &Event, process: i64, viewers: u32, minutes: i64) -> ViewerCount {
    ViewerCount { event: event.id, process, viewers, at: at(minutes), since: at(minutes - 1) }
}

/// [`box_office::WatchReader::count_viewers`].
pub async fn viewers_of_all_processes_are_counted_and_the_peak_stays(t: StoreUnderTest) {
    let (event, other) =
        (add_event(&*t.store, &new_event(5, 0)).await, add_event(&*t.store, &new_event(5, 0)).await);
    let (outside, _) = t.outside();
    let total = |now, peak| ViewerTotal { now, peak };
    assert_eq!(t.store.count_viewers(&count(&event, 1, 3, 0)).await.unwrap(), total(3, 3));
    assert_eq!(outside.count_viewers(&count(&event, -2, 4, 0)).await.unwrap(), total(7, 7));
    assert_eq!(t.store.count_viewers(&count(&event, 1, 1, 1)).await.unwrap(), total(5, 7));
    // The other process counted too long ago.
    assert_eq!(t.store.count_viewers(&count(&event, 1, 2, 3)).await.unwrap(), total(2, 7));
    assert_eq!(t.store.count_viewers(&count(&event, 1, 0, 4)).await.unwrap(), total(0, 7));
    assert_eq!(t.store.count_viewers(&count(&other, 1, 1, 4)).await.unwrap(), total(1, 1));
    in_session(&*t.store, async |session| {
        let text = Announcement { text: "Break".into(), at: at(5) };
        session.put_announcement(event.id, Some(&text)).await.unwrap();
    })
    .await;
    assert_eq!(t.store.count_viewers(&count(&event, 1, 1, 5)).await.unwrap(), total(1, 7));
}

/// [`box_office::WatchReader::count_viewers`]: no count is lost.
pub async fn concurrent_viewer_counts_are_all_stored(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 0)).await;
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..10)
        .map(|process| {
            let store = Arc::clone(if process % 2 == 0 { &t.store } else { &second });
            let count = count(&event, process, 1, 0);
            tokio::spawn(async move { store.count_viewers(&count).await.unwrap() })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let total = t.store.count_viewers(&count(&event, 0, 1, 0)).await.unwrap();
    assert_eq!(total, ViewerTotal { now: 10, peak: 10 });
}

/// [`events::EventWriter::delete_event`]: announcements and viewer counts do not keep an event.
pub async fn event_with_viewer_counts_is_deleted(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 0)).await;
    t.store.count_viewers(&count(&event, 1, 1, 0)).await.unwrap();
    assert!(in_session(&*t.store, async |session| session.delete_event(event.id).await.unwrap()).await);
    assert_eq!(t.store.announcement(event.id).await.unwrap(), None);
}

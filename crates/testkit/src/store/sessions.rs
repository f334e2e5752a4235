//! `box_office::Session` and the remaining guarantees of `box_office::Store`.

use super::StoreUnderTest;
use crate::builders::{
    add_event, add_user, attach, hold_request, in_session, msats, new_event, new_event_invoice, new_invoice,
    new_user, noon, put_ticket, take,
};
use box_office::{CollectionUpdate, DomainEvent, NewJob, Task};
use events::Event;
use futures_util::FutureExt;
use kernel::PaymentId;
use payments::{Collection, CollectionState, NewRefund, RefundStatus};
use std::{sync::Arc, time::Duration};
use tickets::{Ticket, TicketStatus};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Only a failing test waits this long.
const TIMEOUT: Duration = Duration::from_mins(1);

async fn next_event(
    events: &mut Receiver<DomainEvent>,
    matches: impl Fn(&DomainEvent) -> bool,
) -> DomainEvent {
    let wait = async {
        loop {
            match events.recv().await {
                Ok(event) if matches(&event) => return event,
                Ok(_) | Err(RecvError::Lagged(_)) => (),
                Err(RecvError::Closed) => panic!("the event channel is closed"),
            }
        }
    };
    tokio::time::timeout(TIMEOUT, wait).await.unwrap_or_else(|_| panic!("no event was published"))
}

/// [`box_office::Store::begin`].
pub async fn session_reads_its_own_writes(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let hold = take(&*t.orders, hold_request(&event, &user, 1)).await;
    let mut session = t.store.begin().await.unwrap();
    let renamed = Event { title: "Renamed".into(), ..hold.event.clone() };
    session.put_event(&renamed).await.unwrap();
    assert_eq!(session.event_for_update(event.id).await.unwrap(), Some(renamed));
    let ticket = Ticket { status: TicketStatus::Failed, ..hold.ticket.clone() };
    let locked = session.ticket_for_update(ticket.id).await.unwrap().unwrap();
    session.put_ticket(&locked.map(|_| ticket.clone())).await.unwrap();
    let seen = session.ticket_for_update(ticket.id).await.unwrap().unwrap();
    assert_eq!(seen.into_inner(), ticket);
    let added = session.add_event(&new_event(1, 1)).await.unwrap();
    assert_eq!(session.event_for_update(added.id).await.unwrap(), Some(added));
    let account = session.add_user(&new_user(2)).await.unwrap().unwrap();
    assert_eq!(session.user_for_update(account.id).await.unwrap(), Some(account));
    let payment = hold.payment.unwrap();
    let invoice = session.add_invoice(&new_invoice(&payment, 1)).await.unwrap();
    let settled = payments::Invoice { settled: invoice.amount, ..invoice };
    session.put_invoice(&settled).await.unwrap();
    let seen = session.payment_for_update(payment.id).await.unwrap().unwrap();
    assert_eq!(seen.state.received(), settled.amount);
    session.rollback().await.unwrap();
}

/// [`box_office::Store::begin`].
pub async fn uncommitted_writes_are_invisible_to_others(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let (second, _) = t.outside();
    let changed = Event { title: "Changed".into(), ..event.clone() };
    let mut session = t.store.begin().await.unwrap();
    session.put_event(&changed).await.unwrap();
    let added = session.add_user(&new_user(1)).await.unwrap().unwrap();
    for store in [&t.store, &second] {
        assert_eq!(store.event(event.id).await.unwrap().as_ref(), Some(&event));
        assert_eq!(store.user(added.id).await.unwrap(), None);
    }
    session.commit().await.unwrap();
    for store in [&t.store, &second] {
        assert_eq!(store.event(event.id).await.unwrap().as_ref(), Some(&changed));
        assert_eq!(store.user(added.id).await.unwrap().as_ref(), Some(&added));
    }
}

/// [`box_office::Session`].
pub async fn dropped_session_is_rolled_back(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let mut session = t.store.begin().await.unwrap();
    session.put_event(&Event { title: "Changed".into(), ..event.clone() }).await.unwrap();
    let added = session.add_user(&new_user(1)).await.unwrap().unwrap();
    drop(session);
    for store in [&t.store, &t.outside().0] {
        assert_eq!(store.event(event.id).await.unwrap().as_ref(), Some(&event));
        assert_eq!(store.user(added.id).await.unwrap(), None);
    }
    add_user(&*t.store, 1).await;
}

/// [`box_office::Session`]: observed through the second handle, because the first one's pool could recycle a
/// connection that still holds the lock.
pub async fn dropped_session_releases_its_locks(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let (second, _) = t.outside();
    for round in 1..=10 {
        let mut session = t.store.begin().await.unwrap();
        let mut locked = session.event_for_update(event.id).await.unwrap().unwrap();
        locked.seats_taken = 40;
        session.put_event(&locked).await.unwrap();
        drop(session);
        let taken = tokio::time::timeout(TIMEOUT, async {
            in_session(&*second, async |session| {
                let mut event = session.event_for_update(event.id).await.unwrap().unwrap();
                event.seats_taken += 1;
                session.put_event(&event).await.unwrap();
                event.seats_taken
            })
            .await
        });
        assert_eq!(taken.await.unwrap_or_else(|_| panic!("the lock is still held")), round);
    }
}

/// [`box_office::Session`]: a request is cancelled while its session waits for the database.
pub async fn session_cancelled_during_a_call_is_rolled_back(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let (second, _) = t.outside();
    for _ in 0..10 {
        let mut session = t.store.begin().await.unwrap();
        let changed = Event { title: "Changed".into(), ..event.clone() };
        // One poll starts the call; dropping the future cancels it at that point.
        drop(session.put_event(&changed).now_or_never());
        drop(session);
        drop(t.store.begin().now_or_never());
        let seen =
            in_session(&*second, async |session| session.event_for_update(event.id).await.unwrap().unwrap());
        assert_eq!(tokio::time::timeout(TIMEOUT, seen).await.unwrap_or_else(|_| panic!("locked")), event);
    }
    assert_eq!(t.store.event(event.id).await.unwrap(), Some(event));
}

/// [`box_office::Session::rollback`].
pub async fn rollback_discards_all_writes(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let mut session = t.store.begin().await.unwrap();
    session.put_event(&Event { title: "Changed".into(), ..event.clone() }).await.unwrap();
    session.delete_event(event.id).await.unwrap();
    session.rollback().await.unwrap();
    let seen =
        in_session(&*t.outside().0, async |session| session.event_for_update(event.id).await.unwrap()).await;
    assert_eq!(seen, Some(event));
}

/// [`box_office::Session::commit`].
pub async fn commit_makes_all_writes_visible(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let hold = take(&*t.orders, hold_request(&event, &user, 1)).await;
    let payment = hold.payment.clone().unwrap();
    let invoice = attach(&*t.holds, new_invoice(&payment, 1)).await;
    crate::builders::settle(&*t.store, &hold, &invoice, invoice.amount, noon()).await;
    let view = t.outside().0.ticket_view(hold.ticket.id).await.unwrap().unwrap();
    assert_eq!(view.ticket.status, TicketStatus::Paid);
    assert_eq!(view.payment.unwrap().state.received(), invoice.amount);
    assert_eq!(view.invoice.unwrap().settled, invoice.amount);
    assert_eq!(view.event.seats_taken, 1);
}

/// More sessions than pooled connections: the rest wait.
pub async fn concurrent_sessions_all_commit(t: StoreUnderTest) {
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            let store = Arc::clone(if number % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let user = session.add_user(&new_user(number)).await.unwrap().unwrap();
                session.commit().await.unwrap();
                user.id
            })
        })
        .collect();
    for task in tasks {
        let id = task.await.unwrap();
        assert!(t.store.user(id).await.unwrap().is_some());
    }
}

/// Readers need no session and are not blocked by an open one.
pub async fn reads_do_not_wait_for_an_open_session(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let mut session = t.store.begin().await.unwrap();
    session.event_for_update(event.id).await.unwrap();
    session.put_event(&event).await.unwrap();
    let reads: Vec<_> = (0..50)
        .map(|_| {
            let store = Arc::clone(&t.store);
            tokio::spawn(async move { store.event(event.id).await.unwrap().is_some() })
        })
        .collect();
    for read in reads {
        let seen =
            tokio::time::timeout(TIMEOUT, read).await.unwrap_or_else(|_| panic!("the read is blocked"));
        assert!(seen.unwrap());
    }
    session.commit().await.unwrap();
}

/// [`box_office::Store::ping`].
pub async fn ping_reaches_the_database(t: StoreUnderTest) {
    t.store.ping().await.unwrap();
    t.outside().0.ping().await.unwrap();
}

/// [`box_office::Store::changes`].
pub async fn commits_publish_domain_events(t: StoreUnderTest) {
    let mut events = t.store.changes();
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    next_event(&mut events, |published| *published == DomainEvent::Event(event.id)).await;
    let user = add_user(&*t.store, 1).await;
    let mut events = t.store.changes();
    let hold = take(&*t.orders, hold_request(&event, &user, 1)).await;
    next_event(&mut events, |published| *published == DomainEvent::Ticket(hold.ticket.id)).await;
    let mut events = t.store.changes();
    take(&*t.orders, hold_request(&event, &user, 2)).await;
    next_event(&mut events, |published| *published == DomainEvent::Event(event.id)).await;
    let payment = hold.payment.clone().unwrap();
    let mut events = t.store.changes();
    attach(&*t.holds, new_invoice(&payment, 1)).await;
    next_event(&mut events, |published| *published == DomainEvent::Jobs).await;
    let mut events = t.store.changes();
    put_ticket(&*t.store, &hold.ticket).await;
    next_event(&mut events, |published| *published == DomainEvent::Ticket(hold.ticket.id)).await;
    let mut events = t.store.changes();
    in_session(&*t.store, async |session| session.put_payment(&payment).await.unwrap()).await;
    next_event(&mut events, |published| *published == DomainEvent::Ticket(hold.ticket.id)).await;
    let mut events = t.store.changes();
    let job = NewJob { task: Task::Collect { payment_id: PaymentId::new(1) }, run_at: noon(), key: None };
    in_session(&*t.store, async |session| session.enqueue(&job).await.unwrap()).await;
    next_event(&mut events, |published| *published == DomainEvent::Jobs).await;
}

/// [`box_office::Store::changes`]: caches of this replica are never older than its own commits.
pub async fn domain_events_are_published_before_commit_returns(t: StoreUnderTest) {
    let mut events = t.store.changes();
    let mut assert_published = |expected: DomainEvent| {
        let published: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
        assert!(published.contains(&expected), "{expected:?} is not in {published:?}");
    };
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    assert_published(DomainEvent::Event(event.id));
    let user = add_user(&*t.store, 1).await;
    in_session(&*t.store, async |session| assert!(session.put_user(&user).await.unwrap())).await;
    assert_published(DomainEvent::User(user.id));
    let hold = take(&*t.orders, hold_request(&event, &user, 1)).await;
    assert_published(DomainEvent::Event(event.id));
    take(&*t.orders, hold_request(&event, &user, 2)).await;
    let payment = hold.payment.clone().unwrap();
    attach(&*t.holds, new_invoice(&payment, 1)).await;
    assert_published(DomainEvent::Ticket(hold.ticket.id));
    let collection = Collection { state: CollectionState::RequestSent, detail: String::new() };
    let update = CollectionUpdate {
        payment_id: payment.id,
        invoice: None,
        collection,
        push_refused: false,
        at: noon(),
    };
    assert_eq!(t.holds.update_collections(&[update]).await.unwrap(), [true]);
    assert_published(DomainEvent::Ticket(hold.ticket.id));
    put_ticket(&*t.store, &hold.ticket).await;
    assert_published(DomainEvent::Ticket(hold.ticket.id));
    in_session(&*t.store, async |session| session.put_payment(&payment).await.unwrap()).await;
    assert_published(DomainEvent::Ticket(hold.ticket.id));
    let refund = NewRefund {
        payment_id: payment.id,
        amount: msats(1),
        destination: "$alice@vasp.example".into(),
        requested_by: None,
        created_at: noon(),
    };
    let mut refund = in_session(&*t.store, async |session| session.add_refund(&refund).await.unwrap()).await;
    assert_published(DomainEvent::Ticket(hold.ticket.id));
    refund.status = RefundStatus::Failed;
    in_session(&*t.store, async |session| session.put_refund(&refund).await.unwrap()).await;
    assert_published(DomainEvent::Ticket(hold.ticket.id));
    in_session(&*t.store, async |session| session.add_invoice(&new_event_invoice(&event, 9)).await.unwrap())
        .await;
    assert_published(DomainEvent::Event(event.id));
}

/// [`box_office::Store::changes`].
pub async fn uncommitted_changes_publish_nothing(t: StoreUnderTest) {
    let dropped = add_event(&*t.store, &new_event(5, 10)).await;
    let kept = add_event(&*t.store, &new_event(5, 10)).await;
    // A marker: all earlier events have arrived once it does.
    let mut events = t.store.changes();
    let marker = add_event(&*t.store, &new_event(5, 10)).await;
    next_event(&mut events, |published| *published == DomainEvent::Event(marker.id)).await;
    let mut session = t.store.begin().await.unwrap();
    session.put_event(&dropped).await.unwrap();
    session.rollback().await.unwrap();
    let mut session = t.store.begin().await.unwrap();
    session.put_event(&dropped).await.unwrap();
    drop(session);
    in_session(&*t.store, async |session| session.put_event(&kept).await.unwrap()).await;
    let next = next_event(&mut events, |published| *published != DomainEvent::Event(marker.id)).await;
    assert_eq!(next, DomainEvent::Event(kept.id));
}

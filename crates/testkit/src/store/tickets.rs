//! `tickets::TicketReader` and `tickets::TicketWriter`.

use super::StoreUnderTest;
use crate::builders::{
    add_event, add_user, at, code, hold_request, in_session, new_event, noon, put_ticket, take,
};
use crate::purchases::{Hold, HoldRequest};
use box_office::Store;
use chrono::Duration;
use events::NewEvent;
use kernel::{EventId, Page, TicketId, Timestamp, UserId};
use std::sync::Arc;
use tickets::{Ticket, TicketQuery, TicketStatus, Window, check_in};

async fn put(store: &dyn Store, ticket: Ticket) -> Ticket {
    put_ticket(store, &ticket).await;
    ticket
}

async fn with_status(store: &dyn Store, hold: &Hold, status: TicketStatus) -> Ticket {
    put(store, Ticket { status, ..hold.ticket.clone() }).await
}

async fn found(store: &dyn Store, query: TicketQuery) -> Vec<TicketId> {
    store.tickets(&query, Page::default()).await.unwrap().into_iter().map(|ticket| ticket.id).collect()
}

/// [`tickets::TicketReader::ticket`] and [`tickets::TicketReader::ticket_by_code`].
pub async fn ticket_is_read_by_id_and_by_code(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let ticket = take(&*t.orders, hold_request(&event, &user, 7)).await.ticket;
    take(&*t.orders, hold_request(&event, &user, 8)).await;
    assert_eq!(t.store.ticket(ticket.id).await.unwrap().as_ref(), Some(&ticket));
    assert_eq!(t.outside().0.ticket_by_code(&code(7)).await.unwrap(), Some(ticket));
    assert_eq!(t.store.ticket(TicketId::new(999)).await.unwrap(), None);
    assert_eq!(t.store.ticket_by_code(&code(9)).await.unwrap(), None);
}

/// [`tickets::TicketReader::tickets`].
pub async fn tickets_are_paged_newest_first(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let mut expected = Vec::new();
    for number in 0..5 {
        expected.push(take(&*t.orders, hold_request(&event, &user, number)).await.ticket);
    }
    expected.reverse();
    let mut seen = Vec::new();
    for offset in [0, 2, 4, 6] {
        let page = Page::new(Some(2), Some(offset));
        seen.extend(t.store.tickets(&TicketQuery::default(), page).await.unwrap());
    }
    assert_eq!(seen, expected);
}

/// [`TicketQuery`].
pub async fn tickets_are_filtered_by_account_event_and_status(t: StoreUnderTest) {
    let (one, two) =
        (add_event(&*t.store, &new_event(5, 10)).await, add_event(&*t.store, &new_event(5, 10)).await);
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let a1 = take(&*t.orders, hold_request(&one, &ann, 1)).await;
    let a2 = take(&*t.orders, hold_request(&two, &ann, 2)).await;
    let b1 = take(&*t.orders, hold_request(&one, &ben, 3)).await;
    with_status(&*t.store, &a2, TicketStatus::Paid).await;
    let query = TicketQuery::default();
    let of_ann = TicketQuery { user_id: Some(ann.id), ..query };
    assert_eq!(found(&*t.store, of_ann).await, [a2.ticket.id, a1.ticket.id]);
    let of_one = TicketQuery { event_id: Some(one.id), ..query };
    assert_eq!(found(&*t.store, of_one).await, [b1.ticket.id, a1.ticket.id]);
    let paid = TicketQuery { status: Some(TicketStatus::Paid), ..query };
    assert_eq!(found(&*t.store, paid).await, [a2.ticket.id]);
    assert_eq!(found(&*t.store, TicketQuery { status: paid.status, ..of_one }).await, []);
    assert_eq!(found(&*t.store, TicketQuery { user_id: of_ann.user_id, ..of_one }).await, [a1.ticket.id]);
}

/// [`tickets::TicketReader::lapsed_holds`].
pub async fn lapsed_holds_are_read_oldest_first_up_to_limit(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let until =
        |number, minutes| HoldRequest { hold_expires_at: at(minutes), ..hold_request(&event, &user, number) };
    let later = take(&*t.orders, until(1, 20)).await.ticket;
    let sooner = take(&*t.orders, until(2, 10)).await.ticket;
    let future = take(&*t.orders, until(3, 30)).await.ticket;
    let paid = take(&*t.orders, until(4, 5)).await;
    with_status(&*t.store, &paid, TicketStatus::Paid).await;
    let free = add_event(&*t.store, &new_event(50, 0)).await;
    take(&*t.orders, hold_request(&free, &user, 5)).await;
    assert_eq!(t.store.lapsed_holds(at(30), 10).await.unwrap(), [sooner.clone(), later.clone()]);
    assert_eq!(t.store.lapsed_holds(at(30), 1).await.unwrap(), [sooner]);
    assert_eq!(t.store.lapsed_holds(at(10), 10).await.unwrap(), []);
    assert_eq!(t.store.lapsed_holds(at(31), 10).await.unwrap().last(), Some(&future));
}

/// [`tickets::TicketReader::events_held`].
pub async fn events_held_are_those_with_a_paid_ticket(t: StoreUnderTest) {
    let mut events = Vec::new();
    for _ in 0..4 {
        events.push(add_event(&*t.store, &new_event(5, 10)).await);
    }
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let held = take(&*t.orders, hold_request(&events[0], &ann, 1)).await;
    with_status(&*t.store, &held, TicketStatus::Paid).await;
    let twice = take(&*t.orders, hold_request(&events[0], &ann, 2)).await;
    with_status(&*t.store, &twice, TicketStatus::Paid).await;
    take(&*t.orders, hold_request(&events[1], &ann, 3)).await;
    let not_requested = take(&*t.orders, hold_request(&events[2], &ann, 4)).await;
    with_status(&*t.store, &not_requested, TicketStatus::Paid).await;
    let of_ben = take(&*t.orders, hold_request(&events[3], &ben, 5)).await;
    with_status(&*t.store, &of_ben, TicketStatus::Paid).await;
    let requested = [events[0].id, events[1].id, events[3].id, EventId::new(999)];
    assert_eq!(t.store.events_held(ann.id, &requested).await.unwrap(), [events[0].id]);
    assert_eq!(t.store.events_held(ann.id, &[]).await.unwrap(), []);
    let many: Vec<EventId> = (1..=1_000).map(EventId::new).collect();
    assert_eq!(t.store.events_held(ann.id, &many).await.unwrap().len(), 2);
}

async fn holds_future_ticket(store: &dyn Store, user: UserId, now: Timestamp) -> bool {
    in_session(store, async |session| session.holds_future_ticket(user, now).await.unwrap()).await
}

/// [`tickets::TicketWriter::holds_future_ticket`].
pub async fn paid_ticket_of_a_future_event_is_found(t: StoreUnderTest) {
    let times = NewEvent { start_time: at(0), end_time: at(60), ..new_event(5, 10) };
    let event = add_event(&*t.store, &times).await;
    let user = add_user(&*t.store, 1).await;
    let hold = take(&*t.orders, hold_request(&event, &user, 1)).await;
    assert!(!holds_future_ticket(&*t.store, user.id, noon()).await);
    with_status(&*t.store, &hold, TicketStatus::Paid).await;
    assert!(holds_future_ticket(&*t.store, user.id, at(59)).await);
    assert!(!holds_future_ticket(&*t.store, user.id, at(60)).await);
    assert!(!holds_future_ticket(&*t.store, UserId::new(999), noon()).await);
}

/// [`tickets::TicketWriter::free_future_orders`].
pub async fn free_tickets_of_future_events_are_read(t: StoreUnderTest) {
    let times = |price| NewEvent { start_time: at(0), end_time: at(60), ..new_event(5, price) };
    let free = add_event(&*t.store, &times(0)).await;
    let paid = add_event(&*t.store, &times(10)).await;
    let (user, other) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let mine = take(&*t.orders, hold_request(&free, &user, 1)).await;
    let second = take(&*t.orders, hold_request(&free, &user, 2)).await;
    take(&*t.orders, hold_request(&free, &other, 3)).await;
    take(&*t.orders, hold_request(&paid, &user, 4)).await;
    with_status(&*t.store, &second, TicketStatus::Cancelled).await;
    assert!(!holds_future_ticket(&*t.store, user.id, noon()).await, "it is free");
    in_session(&*t.store, async |session| {
        let found = session.free_future_orders(user.id, at(59)).await.unwrap();
        assert_eq!(found, [mine.ticket.id]);
        assert_eq!(session.free_future_orders(user.id, at(60)).await.unwrap(), []);
    })
    .await;
}

/// [`tickets::TicketWriter::holds_future_ticket`]: the account is erased while its ticket is being paid.
pub async fn erasure_waits_for_a_concurrent_payment(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let hold = take(&*t.orders, hold_request(&event, &user, 1)).await;
    let (second, _) = t.outside();
    let mut paying = t.store.begin().await.unwrap();
    let mut ticket = paying.ticket_for_update(hold.ticket.id).await.unwrap().unwrap();
    let erasing = tokio::spawn(async move {
        let mut session = second.begin().await.unwrap();
        session.user_for_update(user.id).await.unwrap();
        let holds = session.holds_future_ticket(user.id, noon()).await.unwrap();
        session.unlink_tickets(user.id).await.unwrap();
        session.commit().await.unwrap();
        holds
    });
    // Gives the other session time to reach the lock; a shorter wait could only hide a fault.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    ticket.status = TicketStatus::Paid;
    paying.put_ticket(&ticket).await.unwrap();
    paying.commit().await.unwrap();
    assert!(erasing.await.unwrap(), "the payment was committed before the account was erased");
}

/// [`tickets::check_in`] under [`tickets::TicketWriter::ticket_for_update`].
pub async fn concurrent_check_ins_admit_a_ticket_once(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let hold = take(&*t.orders, hold_request(&event, &user, 1)).await;
    let ticket = with_status(&*t.store, &hold, TicketStatus::Paid).await;
    let window = Window { start: event.start_time, end: event.end_time, early: Duration::zero() };
    let (second, _) = t.outside();
    let scans: Vec<_> = (0..24)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            let now = event.start_time + Duration::seconds(n);
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let mut locked = session.ticket_for_update(ticket.id).await.unwrap().unwrap();
                tokio::task::yield_now().await;
                let first = check_in(&mut locked, ticket.event_id, window, now).unwrap();
                session.put_ticket(&locked).await.unwrap();
                session.commit().await.unwrap();
                first.then_some(now)
            })
        })
        .collect();
    let mut firsts = Vec::new();
    for scan in scans {
        firsts.extend(scan.await.unwrap());
    }
    assert_eq!(firsts.len(), 1, "{firsts:?}");
    let kept = t.store.ticket(hold.ticket.id).await.unwrap().unwrap();
    assert_eq!(kept.checked_in_at.as_ref(), firsts.first());
}

/// [`tickets::TicketWriter::ticket_for_update`]: each session appends a character to the address.
pub async fn ticket_lock_serialises_sessions(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let ticket = take(&*t.orders, hold_request(&event, &user, 1)).await.ticket;
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let mut ticket = session.ticket_for_update(ticket.id).await.unwrap().unwrap();
                tokio::task::yield_now().await;
                ticket.uma_address.push('x');
                session.put_ticket(&ticket).await.unwrap();
                session.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let now = t.store.ticket(ticket.id).await.unwrap().unwrap();
    assert_eq!(now.uma_address, format!("{}{}", ticket.uma_address, "x".repeat(20)));
}

/// [`tickets::TicketWriter::put_ticket`].
pub async fn put_ticket_does_not_change_seats(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let hold = take(&*t.orders, hold_request(&event, &user, 1)).await;
    let changed = Ticket {
        user_id: None,
        status: TicketStatus::Cancelled,
        uma_address: "$bob@other.example".into(),
        hold_expires_at: None,
        checked_in_at: Some(at(1)),
        paid_at: Some(at(2)),
        updated_at: at(3),
        ..hold.ticket
    };
    put(&*t.store, changed.clone()).await;
    assert_eq!(t.store.ticket(changed.id).await.unwrap(), Some(changed.clone()));
    assert_eq!(t.store.event(event.id).await.unwrap().unwrap().seats_taken, 1);
    for status in TicketStatus::ALL {
        let again = put(&*t.store, Ticket { status, ..changed.clone() }).await;
        assert_eq!(t.store.ticket(changed.id).await.unwrap(), Some(again));
    }
}

/// [`tickets::TicketWriter::unlink_tickets`].
pub async fn account_is_unlinked_from_all_its_tickets(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    for number in 1..=3 {
        take(&*t.orders, hold_request(&event, &ann, number)).await;
    }
    let of_ben = take(&*t.orders, hold_request(&event, &ben, 4)).await.ticket;
    in_session(&*t.store, async |session| session.unlink_tickets(ann.id).await.unwrap()).await;
    let all = t.store.tickets(&TicketQuery::default(), Page::default()).await.unwrap();
    assert_eq!(all.len(), 4);
    assert_eq!(all.iter().filter(|ticket| ticket.user_id.is_some()).collect::<Vec<_>>(), [&of_ben]);
    assert_eq!(t.store.event(event.id).await.unwrap().unwrap().seats_taken, 4);
}

/// [`tickets::TicketWriter::unlink_unpaid_tickets`].
pub async fn account_is_unlinked_from_unpaid_tickets_only(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(20, 10)).await;
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    for (number, status) in (1..).zip(TicketStatus::ALL) {
        let ticket = take(&*t.orders, hold_request(&event, &ann, number)).await.ticket;
        put(&*t.store, Ticket { status, ..ticket }).await;
    }
    take(&*t.orders, hold_request(&event, &ben, 99)).await;
    in_session(&*t.store, async |session| session.unlink_unpaid_tickets(ann.id).await.unwrap()).await;
    for ticket in t.store.tickets(&TicketQuery::default(), Page::default()).await.unwrap() {
        let stays = matches!(ticket.status, TicketStatus::Paid | TicketStatus::Refunded);
        assert!(ticket.user_id == Some(ben.id) || (ticket.user_id == Some(ann.id)) == stays, "{ticket:?}");
    }
}

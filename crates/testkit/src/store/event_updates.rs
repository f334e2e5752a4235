//! Event updates in [`events::EventReader`] and [`events::EventWriter`].

use super::{StoreUnderTest, orders::shop};
use crate::builders::{
    add_event, add_user, at, attach, hold_request, in_session, new_event, new_invoice, prove_of, put_ticket,
    take,
};
use crate::order_builders::{place_order, place_request};
use crate::purchases::Hold;
use box_office::Store;
use events::{Event, KnownEvent};
use identity::User;
use kernel::{EventId, TicketId};
use payments::Evidence;
use std::sync::Arc;
use tickets::{Buyer, GuestEmail, Holder, Ticket, TicketStatus};

async fn sold(t: &StoreUnderTest, event: &Event, user: &User, number: u64) -> Ticket {
    let Hold { ticket, .. } = take(&*t.orders, hold_request(event, user, number)).await;
    let paid = Ticket { status: TicketStatus::Paid, ..ticket };
    put_ticket(&*t.store, &paid).await;
    paid
}

async fn add(store: &dyn Store, event: EventId, known: &KnownEvent) -> u64 {
    in_session(store, async |session| {
        session.event_for_update(event).await.unwrap().unwrap();
        session.add_event_updates(event, known).await.unwrap()
    })
    .await
}

async fn taken(store: &dyn Store, event: EventId, limit: u32) -> Vec<TicketId> {
    let mut session = store.begin().await.unwrap();
    let rows = session.take_event_updates(event, limit).await.unwrap();
    session.commit().await.unwrap();
    rows.into_iter().map(|(_, ticket)| ticket).collect()
}

async fn known(store: &dyn Store, ticket: TicketId) -> Option<KnownEvent> {
    store.event_update(ticket).await.unwrap().map(|update| update.known)
}

/// [`events::EventWriter::add_event_updates`] and [`events::EventReader::event_update`].
pub async fn event_updates_are_added_for_orders_with_a_recipient(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(9, 10)).await;
    let other = add_event(&*t.store, &new_event(9, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let (first, second) = (sold(&t, &event, &user, 1).await, sold(&t, &event, &user, 2).await);
    let elsewhere = sold(&t, &other, &user, 3).await;
    let pending = take(&*t.orders, hold_request(&event, &user, 4)).await.ticket;
    let guest = sold(&t, &event, &user, 5).await;
    put_ticket(&*t.store, &Ticket { user_id: None, ..guest.clone() }).await;
    assert_eq!(add(&*t.store, event.id, &event.known()).await, 2);
    for ticket in [&first, &second] {
        assert_eq!(known(&*t.outside().0, ticket.id).await, Some(event.known()));
    }
    for ticket in [&elsewhere, &pending, &guest] {
        assert_eq!(t.store.event_update(ticket.id).await.unwrap(), None);
    }
    let mut session = t.store.begin().await.unwrap();
    assert_eq!(session.add_event_updates(other.id, &other.known()).await.unwrap(), 1);
    session.rollback().await.unwrap();
    assert_eq!(t.store.event_update(elsewhere.id).await.unwrap(), None);
}

/// [`events::EventWriter::add_event_updates`] for orders of several tickets.
pub async fn event_updates_are_one_per_order_and_one_per_named_holder(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 30).await;
    let email =
        |address: &str| Some(GuestEmail { address: format!("{address}@people.example"), confirmed_at: None });
    let guest = Buyer { email: email("guest"), ..Buyer::default() };
    let no_contact = Buyer { payer_address: Some("$alice@vasp.example".into()), ..Buyer::default() };
    let named = Holder { email: Some("mina@people.example".into()), ..Holder::default() };
    let mut expected = Vec::new();
    let cases = [
        (None, true, &[0, 2][..]),
        (Some(guest.clone()), true, &[0, 2]),
        (Some(guest), false, &[]),
        (Some(no_contact), true, &[2]),
    ];
    for (number, (buyer, paid, recipients)) in (1..).zip(cases) {
        let mut request = place_request(&event, &user, &[(&regular, 3)], number);
        request.holders = vec![Holder::default(), Holder::default(), named.clone()];
        if let Some(buyer) = buyer {
            request.order.buyer = buyer;
        }
        let placed = place_order(&*t.orders, request).await;
        let ids: Vec<_> = placed.tickets.iter().map(|one| one.ticket.id).collect();
        if paid {
            let payment = placed.payment.as_ref().unwrap();
            let invoice = attach(&*t.holds, new_invoice(payment, number)).await;
            let evidence = Evidence::Settled { hash: invoice.payment_hash, amount: invoice.amount };
            prove_of(&*t.store, ids[0], payment.id, evidence, at(1)).await;
        }
        expected.extend(recipients.iter().map(|index| ids[*index]));
    }
    assert_eq!(add(&*t.store, event.id, &event.known()).await, u64::try_from(expected.len()).unwrap());
    assert_eq!(taken(&*t.outside().0, event.id, 99).await, expected);
}

/// [`events::EventWriter::add_event_updates`] and [`events::EventWriter::take_event_updates`].
pub async fn unsent_event_update_keeps_its_values_and_is_enqueued_again(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(9, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let mut tickets = Vec::new();
    for number in 1..=3 {
        tickets.push(sold(&t, &event, &user, number).await.id);
    }
    assert_eq!(add(&*t.store, event.id, &event.known()).await, 3);
    assert_eq!(taken(&*t.outside().0, event.id, 2).await, tickets[..2]);
    assert_eq!(taken(&*t.store, event.id, 2).await, tickets[2..]);
    assert_eq!(taken(&*t.store, event.id, 2).await, []);
    let later = KnownEvent { title: "Later Show".into(), ..event.known() };
    assert_eq!(add(&*t.store, event.id, &later).await, 3);
    assert_eq!(known(&*t.store, tickets[0]).await, Some(event.known()));
    assert_eq!(taken(&*t.store, event.id, 9).await, tickets);
}

/// [`events::EventWriter::end_event_update`].
pub async fn event_update_is_deleted_or_stores_the_sent_details(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(9, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let ticket = sold(&t, &event, &user, 1).await.id;
    add(&*t.store, event.id, &event.known()).await;
    let update = t.store.event_update(ticket).await.unwrap().unwrap();
    let now = KnownEvent {
        title: "Later Show".into(),
        start_time: event.start_time + chrono::Duration::minutes(1),
        end_time: event.end_time + chrono::Duration::minutes(2),
        stream_url: String::new(),
    };
    let end = async |known: Option<&KnownEvent>| {
        in_session(&*t.store, async |session| session.end_event_update(update.id, known).await.unwrap())
            .await;
    };
    end(Some(&now)).await;
    assert_eq!(known(&*t.store, ticket).await, Some(now.clone()));
    end(None).await;
    assert_eq!(t.store.event_update(ticket).await.unwrap(), None);
    end(Some(&now)).await;
    assert_eq!(t.store.event_update(ticket).await.unwrap(), None);
    // A later update has another id.
    add(&*t.store, event.id, &now).await;
    assert_ne!(t.store.event_update(ticket).await.unwrap().unwrap().id, update.id);
}

/// [`events::EventWriter::take_event_updates`], called concurrently through both handles.
pub async fn concurrent_callers_take_each_event_update_once(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(30, 10)).await;
    let user = add_user(&*t.store, 1).await;
    for number in 0..20 {
        sold(&t, &event, &user, number).await;
    }
    add(&*t.store, event.id, &event.known()).await;
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..4)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move {
                let mut mine = Vec::new();
                for _ in 0..20 {
                    mine.extend(taken(&*store, event.id, 3).await);
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 20);
}

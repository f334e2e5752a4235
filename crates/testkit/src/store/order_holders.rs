//! Holders of tickets, and the orders of an account.

use super::{StoreUnderTest, orders::shop};
use crate::{
    builders::{add_user, at, attach, in_session, new_invoice, noon, prove_of},
    order_builders::{place_order, place_request},
};
use kernel::Page;
use payments::Evidence;
use tickets::{Buyer, GuestEmail, Holder, TicketStatus};

fn holder(name: &str, email: &str) -> Holder {
    Holder { name: Some(name.into()), email: Some(email.into()) }
}

/// [`box_office::OrderWriter::put_holder`] and [`box_office::PlaceRequest::holders`].
pub async fn holders_are_stored_with_the_order_changed_and_erased_with_the_account(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 10).await;
    let mut request = place_request(&event, &user, &[(&early, 2), (&regular, 1)], 1);
    request.holders = vec![holder("Ann", "ann@people.example"), Holder::default()];
    let placed = place_order(&*t.orders, request).await;
    let read = async || {
        let view = t.outside().0.order(placed.order.id).await.unwrap().unwrap();
        view.tickets.into_iter().map(|one| one.holder).collect::<Vec<_>>()
    };
    let expected = [holder("Ann", "ann@people.example"), Holder::default(), Holder::default()];
    assert_eq!(read().await, expected);
    assert_eq!(placed.tickets.iter().map(|one| one.holder.clone()).collect::<Vec<_>>(), expected);
    let third = placed.tickets[2].ticket.id;
    in_session(&*t.store, async |session| {
        drop(session.ticket_for_update(third).await.unwrap().unwrap());
        session.put_holder(third, &holder("Bob", "bob@people.example")).await.unwrap();
    })
    .await;
    assert_eq!(read().await[2], holder("Bob", "bob@people.example"));
    in_session(&*t.store, async |session| session.unlink_tickets(user.id).await.unwrap()).await;
    assert!(read().await.iter().all(Holder::is_empty));
}

/// [`box_office::OrderReader::orders_of`].
pub async fn orders_of_an_account_are_listed_newest_first(t: StoreUnderTest) {
    let (event, early, regular, user) = shop(&t, 10).await;
    let other = add_user(&*t.store, 77).await;
    let first = place_order(&*t.orders, place_request(&event, &user, &[(&early, 1)], 1)).await;
    place_order(&*t.orders, place_request(&event, &other, &[(&early, 1)], 2)).await;
    let second =
        place_order(&*t.orders, place_request(&event, &user, &[(&regular, 2), (&early, 1)], 3)).await;
    let store = t.outside().0;
    let page = |limit, offset| Page::new(Some(limit), Some(offset));
    let all = store.orders_of(user.id, page(10, 0)).await.unwrap();
    assert_eq!(all.iter().map(|view| view.order.id).collect::<Vec<_>>(), [second.order.id, first.order.id]);
    assert_eq!((&all[0].order, &all[0].tickets), (&second.order, &second.tickets));
    assert_eq!(all[0].payment, second.payment);
    let rest = store.orders_of(user.id, page(1, 1)).await.unwrap();
    assert_eq!((rest.len(), rest[0].order.id), (1, first.order.id));
    assert_eq!(store.count_orders(user.id).await.unwrap(), 2);
}

/// [`box_office::OrderWriter::adopt_orders`].
pub async fn issued_orders_of_a_guest_are_adopted_by_the_account_with_the_address(t: StoreUnderTest) {
    let (event, _, regular, user) = shop(&t, 10).await;
    let mut guests = Vec::new();
    for (number, address, confirmed) in [
        (1, "guest@people.example", true),
        (2, "guest@people.example", false),
        (3, "other@people.example", true),
    ] {
        let mut request = place_request(&event, &user, &[(&regular, 2)], number);
        let confirmed_at = confirmed.then(noon);
        let email = Some(GuestEmail { address: address.into(), confirmed_at });
        request.order.buyer = Buyer { user_id: None, email, payer_address: None, ..Buyer::default() };
        guests.push(place_order(&*t.orders, request).await);
    }
    let adopt = async || {
        in_session(&*t.store, async |session| {
            session.user_for_update(user.id).await.unwrap().unwrap();
            session.adopt_orders(user.id, "guest@people.example").await.unwrap()
        })
        .await
    };
    assert_eq!(adopt().await, 1);
    assert_eq!(adopt().await, 0, "a repetition");
    let store = t.outside().0;
    let adopted = store.order(guests[0].order.id).await.unwrap().unwrap();
    assert_eq!((adopted.order.buyer.user_id, &adopted.order.buyer.email), (Some(user.id), &None));
    assert!(adopted.tickets.iter().all(|one| one.ticket.user_id == Some(user.id)));
    assert_eq!(store.count_orders(user.id).await.unwrap(), 1);
    for unclaimed in &guests[1..] {
        let same_address = unclaimed.order.buyer.email.as_ref().unwrap().address == "guest@people.example";
        assert!(!(same_address && unclaimed.order.is_adoptable()));
        let view = store.order(unclaimed.order.id).await.unwrap().unwrap();
        assert_eq!(view.order.buyer.user_id, None);
        assert!(view.tickets.iter().all(|one| one.ticket.user_id.is_none()));
        assert!(view.tickets.iter().all(|one| one.ticket.status == TicketStatus::Pending));
    }
    // Once it is issued, it was paid for.
    let (later, payment) = (&guests[1], guests[1].payment.as_ref().unwrap());
    let invoice = attach(&*t.holds, new_invoice(payment, 1)).await;
    let evidence = Evidence::Settled { hash: invoice.payment_hash, amount: invoice.amount };
    prove_of(&*t.store, later.tickets[0].ticket.id, payment.id, evidence, at(1)).await;
    assert!(store.order(later.order.id).await.unwrap().unwrap().order.is_adoptable());
    assert_eq!(adopt().await, 1);
    assert_eq!(store.count_orders(user.id).await.unwrap(), 2);
}

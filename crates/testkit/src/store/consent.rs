//! Consent of the buyer in `box_office::Orders::place_all`: prices, repeated purchases and guest purchases.

use super::{
    StoreUnderTest,
    holds::{all_tickets, held, seats_taken},
};
use crate::builders::{
    add_event, add_user, at, attach, change_price, code, hold_request, new_event, new_invoice, noon, prove,
    settle, take,
};
use crate::purchases::{HoldOutcome, HoldRequest, Purchases};
use box_office::PurchaseRefusal;
use chrono::Duration;
use events::Event;
use kernel::{Sats, UserId};
use payments::Evidence;
use std::{collections::BTreeSet, sync::Arc};
use tickets::TicketStatus;

fn sats(amount: u64) -> Sats {
    Sats::new(amount).unwrap()
}

/// [`PurchaseRefusal::PriceChanged`]: decided from the locked event.
pub async fn changed_price_is_refused_with_the_current_price(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let shown =
        |price, number| HoldRequest { price: Some(sats(price)), ..hold_request(&event, &user, number) };
    change_price(&*t.outside().0, event.id, sats(99), noon()).await;
    let changed = HoldOutcome::Refused(PurchaseRefusal::PriceChanged { price: sats(99) });
    let outcomes = t.orders.hold_all(&[shown(10, 1), shown(99, 2), shown(0, 3)]).await.unwrap();
    assert_eq!((&outcomes[0], &outcomes[2]), (&changed, &changed));
    assert_eq!(held(&outcomes[1]).payment.as_ref().unwrap().state.price, sats(99).to_msats());
    change_price(&*t.store, event.id, sats(0), noon()).await;
    let free = HoldOutcome::Refused(PurchaseRefusal::PriceChanged { price: Sats::ZERO });
    let guest = HoldRequest { authenticated: false, ..shown(99, 5) };
    assert_eq!(t.orders.hold_all(&[shown(99, 4), guest]).await.unwrap(), [free.clone(), free]);
    assert_eq!(seats_taken(&*t.store, event.id).await, 1);
}

/// `Payment::wallet_allowed`.
pub async fn wallet_is_allowed_for_a_shown_or_hour_old_price(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let first = add_event(&*t.store, &new_event(50, 10)).await;
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    change_price(&*t.store, event.id, sats(20), noon()).await;
    let without_price = |now, number| HoldRequest { now, ..hold_request(&event, &user, number) };
    let hour = Duration::hours(1);
    let cases = [
        (hold_request(&first, &user, 1), true),
        (without_price(noon(), 2), false),
        (without_price(noon() + hour - Duration::microseconds(1), 3), false),
        (without_price(noon() + hour, 4), true),
        // The replica that changed the price has a clock ahead of this one.
        (without_price(noon() - Duration::seconds(5), 5), false),
        (HoldRequest { price: Some(sats(20)), ..without_price(noon(), 6) }, true),
        (HoldRequest { price: Some(sats(20)), authenticated: false, ..without_price(noon(), 7) }, false),
        (HoldRequest { authenticated: false, ..without_price(noon() + hour, 8) }, false),
    ];
    let requests: Vec<HoldRequest> = cases.iter().map(|(request, _)| request.clone()).collect();
    let outcomes = t.orders.hold_all(&requests).await.unwrap();
    for ((request, allowed), outcome) in cases.iter().zip(&outcomes) {
        let payment = held(outcome).payment.as_ref().unwrap();
        assert_eq!(payment.wallet_allowed, *allowed, "{request:?}");
        assert_eq!(t.store.payment(payment.id).await.unwrap().as_ref(), Some(payment));
    }
}

/// [`HoldRequest::repeats_since`]: in the store, in the batch, pending or paid, on either replica.
pub async fn repeated_purchase_returns_the_same_ticket(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(2, 10)).await;
    let free = add_event(&*t.store, &new_event(2, 0)).await;
    let user = add_user(&*t.store, 1).await;
    let purchase = |event: &Event, number| HoldRequest {
        repeats_since: Some(noon() - Duration::seconds(30)),
        ..hold_request(event, &user, number)
    };
    let outcomes =
        t.orders.hold_all(&[purchase(&event, 1), purchase(&event, 2), purchase(&free, 3)]).await.unwrap();
    let first = held(&outcomes[0]).clone();
    assert_eq!(outcomes[1], HoldOutcome::Repeated(first.ticket.id));
    let given = held(&outcomes[2]).ticket.id;
    let priced = HoldRequest { price: Some(event.price), ..purchase(&event, 4) };
    let elsewhere = t.both_orders()[1].hold_all(&[priced.clone(), purchase(&free, 5)]).await.unwrap();
    assert_eq!(elsewhere, [HoldOutcome::Repeated(first.ticket.id), HoldOutcome::Repeated(given)]);
    let invoice = attach(&*t.holds, new_invoice(first.payment.as_ref().unwrap(), 1)).await;
    settle(&*t.store, &first, &invoice, invoice.amount, noon()).await;
    // Without a price, the stored purchase's price counts, not the current one.
    change_price(&*t.store, event.id, sats(99), noon()).await;
    let again = t.orders.hold_all(&[purchase(&event, 6)]).await.unwrap();
    assert_eq!(again, [HoldOutcome::Repeated(first.ticket.id)]);
    assert_eq!((seats_taken(&*t.store, event.id).await, seats_taken(&*t.store, free.id).await), (1, 1));
}

/// [`HoldRequest::repeats_since`].
pub async fn different_purchase_is_not_a_repetition(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let other = add_event(&*t.store, &new_event(50, 10)).await;
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let since = noon() - Duration::seconds(30);
    let purchase = |number| HoldRequest { repeats_since: Some(since), ..hold_request(&event, &ann, number) };
    let first = take(&*t.orders, purchase(1)).await;
    let different = [
        HoldRequest { event_id: other.id, ..purchase(2) },
        HoldRequest { user_id: ben.id, ..purchase(3) },
        HoldRequest { uma_address: Some("$bob@vasp.example".into()), ..purchase(4) },
        HoldRequest { repeats_since: None, ..purchase(5) },
        HoldRequest { repeats_since: Some(noon()), ..purchase(6) },
        HoldRequest { authenticated: false, ..purchase(7) },
    ];
    for outcome in t.orders.hold_all(&different).await.unwrap() {
        assert_ne!(held(&outcome).ticket.id, first.ticket.id);
    }
    change_price(&*t.store, event.id, sats(20), noon()).await;
    let at_new_price = HoldRequest { price: Some(sats(20)), ..purchase(8) };
    assert_ne!(take(&*t.orders, at_new_price).await.ticket.id, first.ticket.id);
}

/// [`HoldRequest::repeats_since`]: a ticket that has lost its seat does not count as the repeated purchase.
pub async fn purchase_without_a_seat_is_not_repeated(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let purchase = |number| HoldRequest {
        repeats_since: Some(noon()),
        now: at(1),
        ..hold_request(&event, &user, number)
    };
    for (number, evidence) in [(1, Evidence::GivenUp), (2, Evidence::Cancelled), (3, Evidence::HoldLapsed)] {
        let hold = take(&*t.orders, purchase(number)).await;
        prove(&*t.store, &hold, evidence, at(1)).await;
    }
    take(&*t.orders, purchase(4)).await;
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (1, 4));
}

/// Repeated purchases that reach two replicas at the same time.
pub async fn concurrent_repeated_purchases_give_one_ticket(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let [first, second] = t.both_orders();
    let tasks: Vec<_> = (0..12)
        .map(|number| {
            let holds = Arc::clone(if number % 2 == 0 { &first } else { &second });
            let since = noon() - Duration::seconds(30);
            let request = HoldRequest { repeats_since: Some(since), ..hold_request(&event, &user, number) };
            tokio::spawn(async move { holds.hold_all(&[request]).await.unwrap().pop().unwrap() })
        })
        .collect();
    let (mut fresh, mut tickets) = (0, BTreeSet::new());
    for task in tasks {
        tickets.insert(match task.await.unwrap() {
            HoldOutcome::Held(hold) => {
                fresh += 1;
                hold.ticket.id
            }
            HoldOutcome::Repeated(ticket) => ticket,
            other => panic!("{other:?}"),
        });
    }
    assert_eq!((fresh, tickets.len()), (1, 1));
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (1, 1));
}

/// [`HoldRequest::authenticated`].
pub async fn guest_ticket_has_no_account(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let guest = |number| HoldRequest { authenticated: false, ..hold_request(&event, &user, number) };
    let hold = take(&*t.orders, guest(1)).await;
    assert_eq!((hold.ticket.user_id, hold.ticket.status), (None, TicketStatus::Pending));
    assert!(!hold.payment.as_ref().unwrap().wallet_allowed);
    assert_eq!(t.store.ticket(hold.ticket.id).await.unwrap(), Some(hold.ticket));
    let unknown = HoldRequest { user_id: UserId::new(999), ..guest(2) };
    let outcomes = t.orders.hold_all(&[unknown]).await.unwrap();
    assert_eq!(outcomes, [HoldOutcome::Refused(PurchaseRefusal::UnknownUser)]);
}

/// [`PurchaseRefusal::LoginRequired`], [`PurchaseRefusal::EmailNotProved`].
pub async fn free_ticket_requires_an_eligible_account(t: StoreUnderTest) {
    let free = add_event(&*t.store, &new_event(5, 0)).await;
    let paid = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let unverified =
        |event: &Event, number| HoldRequest { free_allowed: false, ..hold_request(event, &user, number) };
    let requests = [
        HoldRequest { authenticated: false, ..hold_request(&free, &user, 1) },
        unverified(&free, 2),
        unverified(&paid, 3),
        HoldRequest { code: code(4), ..hold_request(&free, &user, 4) },
    ];
    let outcomes = t.orders.hold_all(&requests).await.unwrap();
    assert_eq!(outcomes[0], HoldOutcome::Refused(PurchaseRefusal::LoginRequired));
    assert_eq!(outcomes[1], HoldOutcome::Refused(PurchaseRefusal::EmailNotProved));
    assert_eq!(held(&outcomes[2]).ticket.status, TicketStatus::Pending);
    assert_eq!(held(&outcomes[3]).ticket.user_id, Some(user.id));
    assert_eq!(seats_taken(&*t.store, free.id).await, 1);
}

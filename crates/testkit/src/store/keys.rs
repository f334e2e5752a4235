//! Idempotency keys of `box_office::Orders::place_all`.

use super::{
    StoreUnderTest,
    holds::{all_tickets, held, seats_taken},
};
use crate::builders::{add_event, add_user, at, code, hold_request, idempotency_key, new_event, prove, take};
use crate::purchases::{HoldOutcome, HoldRequest, Purchases};
use box_office::{IdempotencyKey, PurchaseRefusal};
use kernel::TicketId;
use payments::Evidence;
use std::{collections::BTreeSet, sync::Arc};

fn with_key(request: HoldRequest, key: IdempotencyKey) -> HoldRequest {
    HoldRequest { key: Some(key), ..request }
}

/// [`box_office::Orders::place_all`]: a replay returns its hold even if the event is no longer on sale.
pub async fn known_key_replays_its_ticket(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(1, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let request = with_key(hold_request(&event, &user, 1), idempotency_key("once", 1));
    let first = take(&*t.orders, request.clone()).await.ticket.id;
    // A retry has a new code, since the code is generated before the call.
    let retry = HoldRequest { code: code(2), ..request };
    let later = HoldRequest { code: code(3), now: event.end_time, ..retry.clone() };
    for holds in &t.both_orders() {
        let outcomes = holds.hold_all(&[retry.clone(), later.clone()]).await.unwrap();
        assert_eq!(outcomes, [HoldOutcome::Replayed(first), HoldOutcome::Replayed(first)]);
    }
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (1, 1));
}

/// [`box_office::Orders::place_all`].
pub async fn key_repeated_in_a_batch_replays_its_ticket(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let keyed = |number, key| with_key(hold_request(&event, &user, number), idempotency_key(key, 1));
    let outcomes = t
        .orders
        .hold_all(&[
            keyed(1, "a"),
            hold_request(&event, &user, 2),
            keyed(3, "a"),
            keyed(4, "b"),
            keyed(5, "a"),
        ])
        .await
        .unwrap();
    let (a, b) = (held(&outcomes[0]).ticket.id, held(&outcomes[3]).ticket.id);
    assert_eq!(outcomes[2], HoldOutcome::Replayed(a));
    assert_eq!(outcomes[4], HoldOutcome::Replayed(a));
    assert_ne!(a, b);
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (3, 3));
}

/// [`PurchaseRefusal::KeyReused`].
pub async fn key_with_a_different_request_is_refused(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let keyed = |number, print| with_key(hold_request(&event, &user, number), idempotency_key("k", print));
    let outcomes = t.orders.hold_all(&[keyed(1, 1), keyed(2, 2)]).await.unwrap();
    let first = held(&outcomes[0]).ticket.id;
    assert_eq!(outcomes[1], HoldOutcome::Refused(PurchaseRefusal::KeyReused));
    let outcomes = t.orders.hold_all(&[keyed(3, 2), keyed(4, 1)]).await.unwrap();
    assert_eq!(outcomes, [HoldOutcome::Refused(PurchaseRefusal::KeyReused), HoldOutcome::Replayed(first)]);
    assert_eq!(seats_taken(&*t.store, event.id).await, 1);
}

/// [`IdempotencyKey::scope`].
pub async fn keys_are_scoped_to_their_caller(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let scoped = |number, scope: &str, key: &str| {
        with_key(
            hold_request(&event, &user, number),
            IdempotencyKey { scope: scope.into(), ..idempotency_key(key, 1) },
        )
    };
    let requests = [scoped(1, "a", "bc"), scoped(2, "ab", "c"), scoped(3, "A", "bc"), scoped(4, "", "é/🎫")];
    let outcomes = t.orders.hold_all(&requests).await.unwrap();
    let tickets: BTreeSet<TicketId> = outcomes.iter().map(|outcome| held(outcome).ticket.id).collect();
    assert_eq!(tickets.len(), 4);
}

/// A refused request may be repeated with the same key.
pub async fn refused_request_does_not_consume_its_key(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(1, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let first = take(&*t.orders, hold_request(&event, &user, 1)).await;
    let keyed = with_key(hold_request(&event, &user, 2), idempotency_key("k", 1));
    let refused = t.orders.hold_all(&[keyed.clone(), keyed.clone()]).await.unwrap();
    assert_eq!(
        refused,
        [HoldOutcome::Refused(PurchaseRefusal::SoldOut), HoldOutcome::Refused(PurchaseRefusal::SoldOut)]
    );
    prove(&*t.store, &first, Evidence::HoldLapsed, at(20)).await;
    let outcomes = t.orders.hold_all(&[keyed]).await.unwrap();
    assert_eq!(held(&outcomes[0]).event.seats_taken, 1);
}

/// The same request sent concurrently to two replicas.
pub async fn concurrent_requests_with_one_key_give_one_ticket(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(50, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let [first, second] = t.both_orders();
    let tasks: Vec<_> = (0..12)
        .map(|n| {
            let holds = Arc::clone(if n % 2 == 0 { &first } else { &second });
            let request = with_key(hold_request(&event, &user, n), idempotency_key("k", 1));
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
            HoldOutcome::Replayed(ticket) => ticket,
            other => panic!("{other:?}"),
        });
    }
    assert_eq!((fresh, tickets.len()), (1, 1));
    assert_eq!((seats_taken(&*t.store, event.id).await, all_tickets(&*t.store).await.len()), (1, 1));
}

use crate::arena::{Arena, Store};
use serde_json::json;

const GRABS: u64 = 40;

/// Free seats are ordered for another account, from many networks and without a token.
pub(crate) async fn free_seats_are_not_taken_in_a_strangers_name(store: Store) {
    let arena = Arena::open(store, &[]).await;
    let event = arena.event(50, 0).await;
    for number in 1..=GRABS {
        let refused = arena.from(&format!("203.0.113.{number}")).buy(event, arena.admin.id).await;
        assert_eq!((refused.status, &refused.body["type"]), (401, &json!("login_required")), "{refused:?}");
    }
    assert_eq!(arena.seats_left(event).await, 50);
    let path = format!("/api/users/{}/tickets", arena.admin.id);
    assert_eq!(arena.organiser().get(&path).await.data(), &json!([]), "nothing is linked to the account");
}

/// One network orders as many guests, under other addresses, as an event has seats.
pub(crate) async fn one_network_keeps_no_event_sold_out(store: Store) {
    let arena = Arena::open(store, &[("RATE_PURCHASE", "1000")]).await;
    let event = arena.event(100, 1_000).await;
    let attacker = arena.from("203.0.113.9");
    let mut held = 0;
    for number in 0..100 {
        let mut order = attacker.order(event, arena.admin.id);
        order["uma_address"] = json!(format!("$guest{number}@localhost:1"));
        let answer = attacker.post("/api/tickets/purchase", &order).await;
        match answer.status {
            201 => held += 1,
            429 => assert_eq!(answer.body["type"], json!("hold_limit"), "{answer:?}"),
            _ => panic!("{answer:?}"),
        }
    }
    assert_eq!((held, arena.seats_left(event).await), (40, 60));
    let honest = arena.from("198.51.100.9").buy(event, arena.admin.id).await;
    assert_eq!(honest.status, 201, "{honest:?}");
}

use crate::arena::{Arena, Store};
use reqwest::Method;
use serde_json::Value;

/// A stranger repeats a guest's purchase with the same key, which clients count up from 1 or name by the order.
pub(crate) async fn a_known_key_and_body_give_a_stranger_nothing(store: Store) {
    let arena = Arena::open(store, &[]).await;
    let event = arena.event(9, 2_100).await;
    let buy = async |address: &str| -> Value {
        let guest = arena.from(address);
        let order = guest.order(event, arena.admin.id);
        let key = [("Idempotency-Key", "order-1")];
        guest.send(Method::POST, "/api/tickets/purchase", Some(&order), &key).await.data().clone()
    };
    let first = buy("203.0.113.1").await;
    let again = buy("203.0.113.1").await;
    assert_eq!(again["ticket"]["id"], first["ticket"]["id"], "the guest's own repetition");
    for stranger in ["203.0.113.2", "2001:db8::1"] {
        let got = buy(stranger).await;
        assert_ne!(got["ticket"]["id"], first["ticket"]["id"]);
        assert_ne!(got["ticket"]["ticket_code"], first["ticket"]["ticket_code"]);
        assert_ne!(got["status_token"], first["status_token"]);
    }
    assert_eq!(arena.seats_left(event).await, 9 - 3);
    arena.books_agree();
}

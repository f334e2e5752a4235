use crate::deployment::{Deployment, Store};
use serde_json::json;

const ORDERS: u64 = 40;

/// Free seats are ordered for an account from many networks without a token.
pub(crate) async fn anonymous_callers_cannot_order_free_seats_for_an_account(store: Store) {
    let deployment = Deployment::open(store, &[]).await;
    let event = deployment.event(50, 0).await;
    for number in 1..=ORDERS {
        let refused = deployment.from(&format!("203.0.113.{number}")).buy(event, deployment.admin.id).await;
        assert_eq!((refused.status, &refused.body["type"]), (401, &json!("login_required")), "{refused:?}");
    }
    assert_eq!(deployment.seats_left(event).await, 50);
    let path = format!("/api/users/{}/tickets", deployment.admin.id);
    assert_eq!(deployment.admin_client().get(&path).await.data(), &json!([]), "the account has no ticket");
}

/// One network orders all seats of an event as guests with different payer addresses.
pub(crate) async fn one_network_cannot_hold_all_seats(store: Store) {
    let deployment = Deployment::open(store, &[("RATE_PURCHASE", "1000")]).await;
    let event = deployment.event(100, 1_000).await;
    let attacker = deployment.from("203.0.113.9");
    let mut held = 0;
    for number in 0..100 {
        let mut body = attacker.purchase_request(event, deployment.admin.id);
        body["uma_address"] = json!(format!("$guest{number}@localhost:1"));
        let answer = attacker.post("/api/tickets/purchase", &body).await;
        match answer.status {
            201 => held += 1,
            429 => assert_eq!(answer.body["type"], json!("hold_limit"), "{answer:?}"),
            _ => panic!("{answer:?}"),
        }
    }
    assert_eq!((held, deployment.seats_left(event).await), (40, 60));
    let other = deployment.from("198.51.100.9").buy(event, deployment.admin.id).await;
    assert_eq!(other.status, 201, "{other:?}");
}

use crate::deployment::{Deployment, Store};
use reqwest::Method;
use serde_json::Value;

/// Another network repeats a guest's purchase with the same idempotency key: keys of clients are guessable.
pub(crate) async fn another_network_with_the_same_key_and_body_gets_another_ticket(store: Store) {
    let deployment = Deployment::open(store, &[]).await;
    let event = deployment.event(9, 2_100).await;
    let buy = async |address: &str| -> Value {
        let guest = deployment.from(address);
        let body = guest.purchase_request(event, deployment.admin.id);
        let key = [("Idempotency-Key", "order-1")];
        guest.send(Method::POST, "/api/tickets/purchase", Some(&body), &key).await.data().clone()
    };
    let first = buy("203.0.113.1").await;
    let again = buy("203.0.113.1").await;
    assert_eq!(again["ticket"]["id"], first["ticket"]["id"], "a retry of the same guest");
    for other in ["203.0.113.2", "2001:db8::1"] {
        let bought = buy(other).await;
        assert_ne!(bought["ticket"]["id"], first["ticket"]["id"]);
        assert_ne!(bought["ticket"]["ticket_code"], first["ticket"]["ticket_code"]);
        assert_ne!(bought["status_token"], first["status_token"]);
    }
    assert_eq!(deployment.seats_left(event).await, 9 - 3);
    deployment.assert_audit_passes();
}

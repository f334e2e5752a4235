//! Complimentary orders of organisers.

use crate::{
    order_emails::with_subject,
    orders::Sale,
    ticket_types::{add_type, fixed},
};
use reqwest::Method;
use serde_json::{Value, json};

impl Sale {
    pub(crate) async fn give(&self, body: &Value) -> crate::app::Reply {
        let path = format!("/api/admin/events/{}/complimentary", self.event);
        self.app.post_as(&self.admin, &path, body).await
    }

    fn gift(&self, early: u32, regular: u32) -> Value {
        let mut request = self.request(early, regular);
        request.as_object_mut().unwrap().remove("event_id");
        request
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn complimentary_tickets_are_issued_and_mailed_at_once_and_take_seats() {
    let sale = Sale::open().await;
    let mut gift = sale.gift(1, 2);
    gift["attendees"] = json!([{ "name": "Ann", "email": "ann@people.example" }, {}, { "name": "Bob" }]);
    let placed = sale.give(&gift).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let order = placed.data();
    assert_eq!(
        (&order["kind"], &order["status"], &order["total_sats"], &order["payment"]),
        (&json!("complimentary"), &json!("paid"), &json!(0), &Value::Null)
    );
    let tickets = order["tickets"].as_array().unwrap();
    assert!(tickets.iter().all(|one| one["ticket_code"].is_string() && one["amount_sats"] == 0));
    assert_eq!((&tickets[0]["holder_name"], &tickets[2]["holder_name"]), (&json!("Ann"), &json!("Bob")));
    assert_eq!(with_subject(&sale.app, "ann@people.example", "Your ticket: Late Show").await.len(), 1);
    let types = crate::ticket_types::public_types(&sale.app, sale.event).await;
    assert_eq!((&types[0]["available"], &types[1]["available"]), (&json!(3), &json!(7)));
    let audit = sale.app.get_as(&sale.admin, "/api/admin/audit").await.data().clone();
    let entry = audit.as_array().unwrap().iter().find(|one| one["action"] == "order.complimentary").unwrap();
    assert_eq!(
        (&entry["subject"], &entry["actor"], &entry["detail"]),
        (
            &json!(format!("order/{}", order["id"])),
            &json!(sale.admin.id),
            &json!(format!("3 tickets of event {}", sale.event))
        )
    );
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn complimentary_order_with_an_address_is_mailed_with_all_tickets() {
    let sale = Sale::open().await;
    let mut gift = sale.gift(0, 2);
    gift["email"] = json!("Press@people.example");
    let order = sale.give(&gift).await.data().clone();
    assert_eq!(order["email"], "press@people.example");
    let emails = with_subject(&sale.app, "press@people.example", "Your tickets: Late Show").await;
    assert_eq!(emails.len(), 1, "{emails:?}");
    assert!(emails[0].contains(&format!("/orders/{}?token=", order["id"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn complimentary_order_keeps_to_seats_and_ignores_windows_of_sale() {
    let sale = Sale::open().await;
    let closed = json!({
        "name": "Crew", "price": { "kind": "currency", "currency": "USD", "amount_minor": 100 }, "hidden": true,
        "sale_start": sale.app.now() + chrono::Duration::minutes(1),
    });
    let crew = add_type(&sale.app, &sale.admin, sale.event, closed).await.data()["id"].clone();
    let lines =
        |id: &Value, quantity: u32| json!({ "lines": [{ "ticket_type_id": id, "quantity": quantity }] });
    assert_eq!(sale.give(&lines(&crew, 2)).await.status, 201);
    sale.give(&sale.gift(5, 0)).await.refused(400, "not_enough_left");
    sale.give(&sale.gift(0, 9)).await.refused(400, "not_enough_left");
    sale.give(&json!({ "lines": [] })).await.refused(400, "invalid");
    sale.give(&lines(&json!(999_999), 1)).await.refused(400, "unknown_ticket_type");
    let archived = add_type(&sale.app, &sale.admin, sale.event, fixed("Old", 5)).await.data()["id"].clone();
    let path = format!("/api/admin/ticket-types/{archived}");
    sale.app.put_as(&sale.admin, &path, &json!({ "archived": true })).await.data();
    let refused = sale.give(&lines(&archived, 1)).await;
    assert!(refused.refused(400, "ticket_type_ended").body["fields"]["lines[0].ticket_type_id"].is_string());
    let mut bad = sale.gift(1, 0);
    bad["attendees"] = json!([{ "email": "x" }]);
    let bad = sale.give(&bad).await;
    assert!(bad.refused(400, "invalid").body["fields"]["attendees[0].email"].is_string());
    let unknown =
        sale.app.post_as(&sale.admin, "/api/admin/events/999/complimentary", &sale.gift(1, 0)).await;
    unknown.refused(404, "not_found");
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_complimentary_order_with_a_key_is_one_order() {
    let sale = Sale::open().await;
    let keyed = async |body: &Value| {
        let path = format!("/api/admin/events/{}/complimentary", sale.event);
        let call = sale.app.request(Method::POST, &path).bearer_auth(&sale.admin.token).json(body);
        sale.app.send(call.header("Idempotency-Key", "gift")).await
    };
    let first = keyed(&sale.gift(1, 1)).await.data()["id"].clone();
    assert_eq!(keyed(&sale.gift(1, 1)).await.data()["id"], first);
    keyed(&sale.gift(2, 1)).await.refused(422, "idempotency_key_reused");
    let other = sale.give(&sale.gift(1, 1)).await.data()["id"].clone();
    assert_ne!(other, first, "without a key, each request is an order");
    let audit = sale.app.get_as(&sale.admin, "/api/admin/audit").await.data().clone();
    let gifts = audit.as_array().unwrap().iter().filter(|one| one["action"] == "order.complimentary");
    assert_eq!(gifts.count(), 2);
}

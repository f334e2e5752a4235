//! Requests about ticket types, promo codes and orders.

use super::Fixture;
use crate::app::PRICE;
use serde_json::{Value, json};

fn ticket_type() -> Value {
    json!({ "name": "Regular", "price": { "kind": "fixed", "sats": PRICE } })
}

fn promo_code(text: &str) -> Value {
    json!({ "code": text, "discount": { "kind": "percent", "value": 10 } })
}

impl Fixture {
    /// Adds a ticket type to the event.
    async fn ticket_type(&self) -> i64 {
        let path = format!("/api/admin/events/{}/ticket-types", self.event);
        self.app.post_as(&self.admin, &path, &ticket_type()).await.data()["id"].as_i64().unwrap()
    }

    async fn order_request(&self) -> Value {
        let lines = [json!({ "ticket_type_id": self.ticket_type().await, "quantity": 1 })];
        json!({ "event_id": self.event, "lines": lines })
    }

    /// See [`Fixture::prepare`].
    pub(super) async fn prepare_order(&self, call: &str) -> (String, Value) {
        let (app, event) = (&self.app, self.event);
        let path = call.split_once(' ').unwrap().1;
        let id = |path: &str, id: &dyn std::fmt::Display| path.replace("{id}", &id.to_string());
        match call {
            "POST /api/orders/quote" => (path.to_owned(), self.order_request().await),
            "POST /api/orders" => {
                let mut body = self.order_request().await;
                body["email"] = json!("guest@people.example");
                (path.to_owned(), body)
            }
            "PATCH /api/orders/{id}/tickets/{ticket_id}"
            | "POST /api/orders/{id}/tickets/{ticket_id}/cancel" => {
                let placed = app.post_as(&self.alice, "/api/orders", &self.order_request().await).await;
                let ticket = placed.data()["tickets"][0]["id"].to_string();
                (
                    id(path, &placed.data()["id"]).replace("{ticket_id}", &ticket),
                    json!({ "holder_name": "Ann" }),
                )
            }
            "GET /api/orders/{id}"
            | "GET /api/orders/{id}/events"
            | "POST /api/orders/{id}/confirm"
            | "POST /api/orders/{id}/refund"
            | "POST /api/orders/{id}/cancel" => {
                let placed = app.post_as(&self.alice, "/api/orders", &self.order_request().await).await;
                let token = json!({ "token": "00000000000000000000000000000000", "destination": "$bob@vasp.example" });
                (id(path, &placed.data()["id"]), token)
            }
            "POST /api/admin/events/{id}/ticket-types" => (id(path, &event), ticket_type()),
            "PUT /api/admin/events/{id}/ticket-types/order" => {
                (id(path, &event), json!({ "ids": [self.ticket_type().await] }))
            }
            "PUT /api/admin/ticket-types/{id}" | "DELETE /api/admin/ticket-types/{id}" => {
                (id(path, &self.ticket_type().await), json!({ "name": "Crew" }))
            }
            "POST /api/admin/tickets/{id}/refund" => {
                let paid = Box::pin(self.paid()).await;
                (id(path, &paid["ticket"]["id"]), json!({}))
            }
            "POST /api/admin/events/{id}/complimentary" => {
                let lines = [json!({ "ticket_type_id": self.ticket_type().await, "quantity": 1 })];
                (id(path, &event), json!({ "lines": lines }))
            }
            "POST /api/admin/events/{id}/promo-codes" => (id(path, &event), promo_code("EVENT")),
            "POST /api/admin/promo-codes" => (path.to_owned(), promo_code("GENERAL")),
            "PUT /api/admin/promo-codes/{id}" | "DELETE /api/admin/promo-codes/{id}" => {
                let text = format!("CODE{}", path.len() + call.len());
                let added = app.post_as(&self.admin, "/api/admin/promo-codes", &promo_code(&text)).await;
                (id(path, &added.data()["id"]), json!({ "max_uses": 3 }))
            }
            _ if path.starts_with("/api/admin/events/{id}/") => (id(path, &event), json!({})),
            _ => (path.to_owned(), json!({})),
        }
    }
}

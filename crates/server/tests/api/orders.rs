//! Orders of several tickets.

use crate::{
    app::{Reply, TestApp, TestUser},
    ticket_types::{add_type, fixed, public_types, without_types},
};
use kernel::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

/// An event with "Early bird" at 1,000 sats and "Regular" at 2,000, and the shop that sells it.
pub(crate) struct Sale {
    pub(crate) app: TestApp,
    pub(crate) admin: TestUser,
    pub(crate) event: i64,
    pub(crate) early: i64,
    pub(crate) regular: i64,
}

impl Sale {
    pub(crate) async fn open() -> Self {
        Self::open_with(&[]).await
    }

    pub(crate) async fn open_with(settings: &[(&str, &str)]) -> Self {
        let app = TestApp::open_with(settings, false).await;
        let admin = app.admin().await;
        let event = without_types(&app, &admin, 10).await;
        let mut early = fixed("Early bird", 1_000);
        early["quota"] = json!(4);
        let early = add_type(&app, &admin, event, early).await.data()["id"].as_i64().unwrap();
        let regular = add_type(&app, &admin, event, fixed("Regular", 2_000)).await;
        let regular = regular.data()["id"].as_i64().unwrap();
        Self { app, admin, event, early, regular }
    }

    pub(crate) fn request(&self, early: u32, regular: u32) -> Value {
        let line = |id, quantity| json!({ "ticket_type_id": id, "quantity": quantity });
        let lines = [(self.early, early), (self.regular, regular)];
        let lines: Vec<_> = lines
            .into_iter()
            .filter(|(_, quantity)| *quantity > 0)
            .map(|(id, quantity)| line(id, quantity))
            .collect();
        json!({ "event_id": self.event, "lines": lines })
    }

    /// Places a guest's order.
    pub(crate) async fn as_guest(&self, mut request: Value) -> Reply {
        request["email"] = json!("guest@people.example");
        self.app.post("/api/orders", &request).await
    }

    pub(crate) async fn order(&self, placed: &Value) -> Value {
        let path = format!("/api/orders/{}?token={}", placed["id"], placed["order_token"].as_str().unwrap());
        self.app.get(&path).await.data().clone()
    }

    /// Pays an order and waits until it has this status.
    pub(crate) async fn pay(&self, placed: &Value, status: &str) -> Value {
        self.app.pay_bolt11(placed).await;
        self.until(placed, status).await
    }

    pub(crate) async fn until(&self, placed: &Value, status: &str) -> Value {
        let reached = async || Some(self.order(placed).await).filter(|order| order["status"] == status);
        self.app.until(status, reached).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn order_opens_to_its_buyer_organisers_and_holders_of_its_token_only() {
    let sale = Sale::open().await;
    let (alice, bob) = (sale.app.register("alice").await, sale.app.register("bob").await);
    let placed = sale.app.post_as(&alice, "/api/orders", &sale.request(1, 1)).await.data().clone();
    let path = format!("/api/orders/{}", placed["id"]);
    let token = placed["order_token"].as_str().unwrap();
    for stream in [&path, &format!("{path}/events")] {
        sale.app.get(stream).await.refused(404, "not_found");
        sale.app.get_as(&bob, stream).await.refused(404, "not_found");
        sale.app
            .get(&format!("{stream}?token={}", token.replace(|_: char| true, "0")))
            .await
            .refused(404, "not_found");
    }
    assert_eq!(sale.app.get_as(&alice, &path).await.data()["id"], placed["id"]);
    assert_eq!(sale.app.get_as(&sale.admin, &path).await.data()["id"], placed["id"]);
    assert_eq!(sale.app.get(&format!("{path}?token={token}")).await.data()["id"], placed["id"]);
    // A ticket's status token does not open the order, nor the other way round.
    let ticket = placed["tickets"][0]["id"].as_i64().unwrap();
    let status = sale.app.get(&format!("/api/tickets/{ticket}/status?token={token}")).await;
    assert_eq!(status.data()["ticket"]["ticket_code"], Value::Null);
    let bought = sale.app.buy(&alice, sale.event).await.data().clone();
    let single = sale.app.get_as(&alice, &format!("/api/users/{}/orders", alice.id)).await;
    let single = single.data()[0]["id"].clone();
    let wrong = format!("/api/orders/{single}?token={}", bought["status_token"].as_str().unwrap());
    sale.app.get(&wrong).await.refused(404, "not_found");
    let list = sale.app.get_as(&alice, &format!("/api/users/{}/orders", alice.id)).await;
    assert_eq!((list.data().as_array().unwrap().len(), list.header("x-total-count")), (2, "2"));
    assert_eq!(list.data()[1]["uma_request"]["bolt11"], placed["uma_request"]["bolt11"]);
    sale.app.get_as(&bob, &format!("/api/users/{}/orders", alice.id)).await.refused(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn quoted_price_is_charged_for_two_minutes_and_a_shown_total_only_while_it_is_current() {
    let sale = Sale::open().await;
    let request = sale.request(1, 1);
    let quoted = sale.app.post("/api/orders/quote", &request).await.data().clone();
    let path = format!("/api/admin/ticket-types/{}", sale.regular);
    let dearer = json!({ "price": { "kind": "fixed", "sats": 5_000 } });
    sale.app.put_as(&sale.admin, &path, &dearer).await.data();
    let with = |field: &str, value: &Value| {
        let mut request = request.clone();
        request[field] = value.clone();
        request
    };
    let stale = sale.as_guest(with("total_sats", &json!(3_000))).await;
    assert_eq!(stale.refused(409, "price_changed").body["price_sats"], 6_000);
    let placed = sale.as_guest(with("quote", &quoted["quote"])).await;
    assert_eq!(placed.data()["total_sats"], 3_000);
    let mut other = sale.request(1, 2);
    other["quote"] = quoted["quote"].clone();
    sale.as_guest(other).await.refused(400, "quote_mismatch");
    let forged = sale.as_guest(with("quote", &json!("00.00"))).await;
    assert!(forged.refused(400, "invalid").body["fields"]["quote"].is_string());
    sale.app.clock.advance(chrono::Duration::minutes(2));
    sale.as_guest(with("quote", &quoted["quote"])).await.refused(409, "price_changed");
    assert_eq!(sale.as_guest(with("total_sats", &json!(6_000))).await.data()["total_sats"], 6_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn order_is_granted_whole_or_not_at_all_and_its_refusal_names_the_line() {
    let sale = Sale::open_with(&[("TICKETS_PER_ORDER", "6"), ("TICKETS_PER_BUYER", "7")]).await;
    for (early, regular, kind, field) in [
        (5, 1, "not_enough_left", "lines[0].quantity"),
        (4, 3, "too_many_per_order", "lines"),
        (0, 0, "invalid", "lines"),
    ] {
        let refused = sale.as_guest(sale.request(early, regular)).await;
        refused.refused(400, kind);
        assert!(refused.body["fields"].get(field).is_some(), "{refused:?}");
    }
    let alice = sale.app.register("alice").await;
    sale.app.post_as(&alice, "/api/orders", &sale.request(4, 1)).await.data();
    let sold_out = sale.as_guest(sale.request(1, 0)).await;
    sold_out.refused(400, "sold_out");
    let limited = sale.app.post_as(&alice, "/api/orders", &sale.request(0, 3)).await;
    let message = limited.refused(400, "too_many_per_buyer").body["message"].as_str().unwrap();
    assert!(message.contains('7') && message.contains('5') && message.contains('3'), "{message}");
    let types = public_types(&sale.app, sale.event).await;
    assert_eq!((&types[0]["sale"], &types[1]["available"]), (&json!("sold_out"), &json!(5)));
    let anonymous = sale.app.post("/api/orders", &sale.request(0, 1)).await;
    assert!(anonymous.refused(400, "invalid").body["fields"]["email"].is_string());
    let mut bad = sale.request(0, 1);
    bad["attendees"] = json!([{ "email": "x" }]);
    let bad = sale.as_guest(bad).await;
    assert!(bad.refused(400, "invalid").body["fields"]["attendees[0].email"].is_string());
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_orders_return_the_first_one() {
    let sale = Sale::open().await;
    let alice = sale.app.register("alice").await;
    let request = sale.request(2, 1);
    let first = sale.app.post_as(&alice, "/api/orders", &request).await.data().clone();
    let again = sale.app.post_as(&alice, "/api/orders", &request).await.data().clone();
    assert_eq!((&again["id"], &again["order_token"]), (&first["id"], &first["order_token"]));
    assert_eq!(again["uma_request"]["bolt11"], first["uma_request"]["bolt11"]);
    let keyed = async |request: &Value, key: &str| {
        let call = sale.app.request(Method::POST, "/api/orders").bearer_auth(&alice.token).json(request);
        sale.app.send(call.header("Idempotency-Key", key)).await
    };
    let second = keyed(&request, "one").await.data()["id"].clone();
    assert_ne!(second, first["id"]);
    assert_eq!(keyed(&request, "one").await.data()["id"], second);
    keyed(&sale.request(0, 2), "one").await.refused(422, "idempotency_key_reused");
}

/// First event of a stream.
async fn first_event(app: &TestApp, path: &str) -> String {
    let mut answer = app.request(Method::GET, path).send().await.unwrap();
    let chunk = answer.chunk().await.unwrap().unwrap();
    String::from_utf8(chunk.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn order_is_streamed_as_events() {
    let sale = Sale::open().await;
    let placed = sale.as_guest(sale.request(1, 1)).await.data().clone();
    let path =
        format!("/api/orders/{}/events?token={}", placed["id"], placed["order_token"].as_str().unwrap());
    let text = first_event(&sale.app, &path).await;
    let data = text.strip_prefix("event: order\ndata: ").unwrap().lines().next().unwrap();
    let shown: Value = serde_json::from_str(data).unwrap();
    assert_eq!((&shown["id"], &shown["tickets"].as_array().unwrap().len()), (&placed["id"], &2));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_payment_issues_all_tickets_of_an_order() {
    let sale = Sale::open().await;
    let mut request = sale.request(2, 1);
    request["attendees"] = json!([{ "name": "Ann", "email": "Ann@people.example" }]);
    let placed = sale.as_guest(request).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let placed = placed.data().clone();
    assert_eq!(
        (&placed["status"], &placed["total_sats"], &placed["kind"]),
        (&json!("pending"), &json!(4_000), &json!("sale"))
    );
    assert_eq!(placed["uma_request"]["amount_sats"], 4_000);
    assert_eq!(placed["uma_request"]["description"], "2 × Early bird, 1 × Regular – Late Show");
    assert_eq!(placed["email"], "guest@people.example");
    let until: Timestamp = placed["hold_expires_at"].as_str().unwrap().parse().unwrap();
    assert!(until > sale.app.now());
    let tickets = placed["tickets"].as_array().unwrap();
    let names: Vec<_> = tickets.iter().map(|one| one["ticket_type_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Early bird", "Early bird", "Regular"]);
    assert!(tickets.iter().all(|one| one["ticket_code"].is_null() && one["payment_status"] == "pending"));
    assert_eq!(
        (&tickets[0]["holder_name"], &tickets[0]["holder_email"]),
        (&json!("Ann"), &json!("ann@people.example"))
    );
    assert_eq!((&tickets[0]["amount_sats"], &tickets[2]["amount_sats"]), (&json!(1_000), &json!(2_000)));
    let types = public_types(&sale.app, sale.event).await;
    assert_eq!((&types[0]["available"], &types[1]["available"]), (&json!(2), &json!(7)));
    let paid = sale.pay(&placed, "paid").await;
    assert_eq!(
        (&paid["payment"]["status"], &paid["payment"]["received_msats"]),
        (&json!("paid"), &json!(4_000_000))
    );
    assert_eq!((&paid["uma_request"], &paid["hold_expires_at"]), (&Value::Null, &Value::Null));
    let codes: Vec<_> =
        paid["tickets"].as_array().unwrap().iter().map(|one| one["ticket_code"].as_str().unwrap()).collect();
    assert_eq!(codes.len(), 3);
    for code in codes {
        let check = json!({ "ticket_code": code, "event_id": sale.event });
        assert_eq!(sale.app.post("/api/tickets/validate", &check).await.status, 200);
    }
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn account_that_proves_a_guests_address_adopts_the_issued_orders() {
    let sale = Sale::open().await;
    let placed = sale.as_guest(sale.request(2, 0)).await.data().clone();
    let pending = sale.as_guest(sale.request(0, 1)).await.data().clone();
    sale.pay(&placed, "paid").await;
    let guest = sale.app.register("guest").await;
    let mine = format!("/api/users/{}/orders", guest.id);
    assert_eq!(sale.app.get_as(&guest, &mine).await.data(), &json!([]), "the address is not proved");
    crate::account_links::prove(&sale.app, &guest).await;
    let orders = sale.app.get_as(&guest, &mine).await.data().clone();
    assert_eq!(orders.as_array().unwrap().len(), 1);
    assert_eq!((&orders[0]["id"], &orders[0]["email"]), (&placed["id"], &Value::Null));
    let tickets = sale.app.get_as(&guest, &format!("/api/users/{}/tickets", guest.id)).await;
    assert_eq!(tickets.data().as_array().unwrap().len(), 2);
    assert_eq!(sale.order(&placed).await["id"], placed["id"], "its token still opens it");
    assert_eq!(sale.order(&pending).await["status"], "pending");
}

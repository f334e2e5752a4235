//! Emails about orders, and the holders of their tickets.

use crate::{
    app::{Reply, TestApp, TestUser},
    orders::Sale,
    ticket_types::{add_type, fixed, public_types},
};
use reqwest::Method;
use serde_json::{Value, json};

async fn mailbox(app: &TestApp) -> String {
    app.run_jobs().await;
    app.get("/sandbox/emails").await.text
}

/// Emails to an address, as HTML.
async fn emails_to(app: &TestApp, address: &str) -> Vec<String> {
    let page = mailbox(app).await;
    let head = format!("To {address},");
    page.split("<article>").skip(1).filter(|email| email.contains(&head)).map(str::to_owned).collect()
}

pub(crate) async fn with_subject(app: &TestApp, address: &str, subject: &str) -> Vec<String> {
    let emails = emails_to(app, address).await;
    emails.into_iter().filter(|email| email.contains(&format!("<h2>{subject}</h2>"))).collect()
}

/// Adds a free ticket type.
async fn free_type(sale: &Sale) -> i64 {
    let added = add_type(&sale.app, &sale.admin, sale.event, fixed("Guest list", 0)).await;
    added.data()["id"].as_i64().unwrap()
}

async fn free_order(sale: &Sale, user: &TestUser, attendees: Value) -> Value {
    let lines = [json!({ "ticket_type_id": free_type(sale).await, "quantity": 2 })];
    let request = json!({ "event_id": sale.event, "lines": lines, "attendees": attendees });
    sale.app.post_as(user, "/api/orders", &request).await.data().clone()
}

async fn change_holder(sale: &Sale, order: &Value, ticket: usize, change: Value) -> Reply {
    let (id, ticket) = (&order["id"], &order["tickets"][ticket]["id"]);
    let token = order["order_token"].as_str().unwrap();
    let path = format!("/api/orders/{id}/tickets/{ticket}?token={token}");
    sale.app.send(sale.app.request(Method::PATCH, &path).json(&change)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn guest_gets_the_link_of_an_unpaid_order_and_an_account_does_not() {
    let sale = Sale::open().await;
    let placed = sale.as_guest(sale.request(2, 1)).await.data().clone();
    let emails = with_subject(&sale.app, "guest@people.example", "Your order: Late Show").await;
    assert_eq!(emails.len(), 1, "{emails:?}");
    let link = format!("/orders/{}?token={}", placed["id"], placed["order_token"].as_str().unwrap());
    let payment = ["payment_url", "lnurl"].map(|form| placed["payment_link"][form].as_str().unwrap());
    assert!(payment[0].contains("?ticket="), "{payment:?}");
    for text in [link.as_str(), "2 × Early bird, 1 × Regular", "4000 sats", payment[0], payment[1]] {
        assert!(emails[0].contains(text), "{text}: {}", emails[0]);
    }
    assert!(!emails[0].contains("TKT-"), "no code before the payment");
    let alice = sale.app.register("alice").await;
    sale.app.post_as(&alice, "/api/orders", &sale.request(1, 0)).await.data();
    assert_eq!(with_subject(&sale.app, &alice.email, "Your order: Late Show").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn guest_gets_the_confirmation_link_of_a_free_order_by_email_only() {
    let sale = Sale::open().await;
    let lines = [json!({ "ticket_type_id": free_type(&sale).await, "quantity": 1 })];
    let placed = sale.as_guest(json!({ "event_id": sale.event, "lines": lines })).await;
    assert_eq!(placed.data()["status"], "awaiting_confirmation");
    let emails = with_subject(&sale.app, "guest@people.example", "Confirm your order: Late Show").await;
    assert_eq!(emails.len(), 1, "{emails:?}");
    let start = format!("/orders/{}/confirm?token=", placed.data()["id"]);
    let token = emails[0].split(&start).nth(1).unwrap().split('"').next().unwrap();
    assert!(token.len() == 32 && !placed.text.contains(token), "{token}");
    assert!(!emails[0].contains(placed.data()["order_token"].as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn mailed_link_issues_a_guests_free_order_once() {
    let sale = Sale::open().await;
    let lines = [json!({ "ticket_type_id": free_type(&sale).await, "quantity": 2 })];
    let placed = sale.as_guest(json!({ "event_id": sale.event, "lines": lines })).await.data().clone();
    let emails = with_subject(&sale.app, "guest@people.example", "Confirm your order: Late Show").await;
    let path = format!("/api/orders/{}/confirm", placed["id"]);
    let start = format!("/orders/{}/confirm?token=", placed["id"]);
    let token = emails[0].split(&start).nth(1).unwrap().split('"').next().unwrap();
    for wrong in [placed["order_token"].as_str().unwrap(), "00000000000000000000000000000000", ""] {
        sale.app.post(&path, &json!({ "token": wrong })).await.refused(404, "not_found");
    }
    for _ in 0..2 {
        let confirmed = sale.app.post(&path, &json!({ "token": token })).await;
        let order = confirmed.data();
        assert_eq!((&order["status"], &order["order_token"]), (&json!("paid"), &placed["order_token"]));
        assert!(order["tickets"].as_array().unwrap().iter().all(|one| one["payment_status"] == "paid"));
    }
    let issued = with_subject(&sale.app, "guest@people.example", "Your tickets: Late Show").await;
    assert_eq!(issued.len(), 1, "{issued:?}");
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmation_after_the_hold_is_refused() {
    let sale = Sale::open().await;
    let lines = [json!({ "ticket_type_id": free_type(&sale).await, "quantity": 1 })];
    let placed = sale.as_guest(json!({ "event_id": sale.event, "lines": lines })).await.data().clone();
    let emails = with_subject(&sale.app, "guest@people.example", "Confirm your order: Late Show").await;
    let start = format!("/orders/{}/confirm?token=", placed["id"]);
    let token = emails[0].split(&start).nth(1).unwrap().split('"').next().unwrap();
    sale.app.clock.advance(chrono::Duration::minutes(18));
    sale.app.run_jobs().await;
    let path = format!("/api/orders/{}/confirm", placed["id"]);
    sale.app.post(&path, &json!({ "token": token })).await.refused(409, "order_expired");
    assert_eq!(with_subject(&sale.app, "guest@people.example", "Your tickets: Late Show").await.len(), 0);
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guest_cancels_an_unpaid_order_by_its_token() {
    let sale = Sale::open().await;
    let placed = sale.as_guest(sale.request(2, 1)).await.data().clone();
    let path = format!("/api/orders/{}/cancel", placed["id"]);
    sale.app.post(&path, &json!({})).await.refused(404, "not_found");
    let token = placed["order_token"].as_str().unwrap();
    let path = format!("{path}?token={token}");
    let cancelled = sale.app.post(&path, &json!({})).await;
    assert_eq!(cancelled.data()["status"], "cancelled");
    assert!(cancelled.data()["uma_request"].is_null());
    sale.app.post(&path, &json!({})).await.refused(409, "not_cancellable");
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guest_gives_single_free_tickets_back_by_the_orders_token() {
    let sale = Sale::open().await;
    let free = free_type(&sale).await;
    let lines = [json!({ "ticket_type_id": free, "quantity": 3 })];
    let placed = sale.as_guest(json!({ "event_id": sale.event, "lines": lines })).await.data().clone();
    let token = placed["order_token"].as_str().unwrap();
    let path = |ticket: usize, token: &str| {
        let ticket = &placed["tickets"][ticket]["id"];
        format!("/api/orders/{}/tickets/{ticket}/cancel?token={token}", placed["id"])
    };
    let unconfirmed = sale.app.post(&path(0, token), &json!({})).await;
    unconfirmed.refused(409, "not_cancellable");
    assert_eq!(sale.order(&placed).await["status"], "awaiting_confirmation");
    let emails = with_subject(&sale.app, "guest@people.example", "Confirm your order: Late Show").await;
    let start = format!("/orders/{}/confirm?token=", placed["id"]);
    let mailed = emails[0].split(&start).nth(1).unwrap().split('"').next().unwrap();
    let confirm = format!("/api/orders/{}/confirm", placed["id"]);
    sale.app.post(&confirm, &json!({ "token": mailed })).await.data();

    sale.app.post(&path(0, ""), &json!({})).await.refused(404, "not_found");
    let given = sale.app.post(&path(0, token), &json!({})).await.data().clone();
    let statuses = |order: &Value| -> Vec<String> {
        let tickets = order["tickets"].as_array().unwrap().iter();
        tickets.map(|one| one["payment_status"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (&given["status"], statuses(&given)),
        (&json!("paid"), vec!["cancelled".into(), "paid".into(), "paid".into()])
    );
    sale.app.post(&path(0, token), &json!({})).await.refused(409, "not_cancellable");
    let types = public_types(&sale.app, sale.event).await;
    assert_eq!(types.iter().find(|one| one["id"] == free).unwrap()["available"], 8);
    let foreign = sale.as_guest(sale.request(1, 0)).await.data().clone();
    let foreign =
        format!("/api/orders/{}/tickets/{}/cancel?token={token}", placed["id"], foreign["tickets"][0]["id"]);
    sale.app.post(&foreign, &json!({})).await.refused(404, "not_found");

    let cancel = format!("/api/orders/{}/cancel?token={token}", placed["id"]);
    let cancelled = sale.app.post(&cancel, &json!({})).await.data().clone();
    assert_eq!(
        (&cancelled["status"], statuses(&cancelled)),
        (&json!("cancelled"), vec!["cancelled".into(); 3])
    );
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_of_a_paid_order_are_not_given_back() {
    let sale = Sale::open().await;
    let placed = sale.as_guest(sale.request(2, 0)).await.data().clone();
    sale.pay(&placed, "paid").await;
    let (ticket, token) = (&placed["tickets"][0]["id"], placed["order_token"].as_str().unwrap());
    let path = format!("/api/orders/{}/tickets/{ticket}/cancel?token={token}", placed["id"]);
    sale.app.post(&path, &json!({})).await.refused(409, "not_cancellable");
    assert_eq!(sale.order(&placed).await["tickets"][0]["payment_status"], "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn buyer_gets_one_email_with_all_tickets_and_each_named_holder_their_own() {
    let sale = Sale::open().await;
    let alice = sale.app.register("alice").await;
    let attendees = json!([{ "name": "Ann", "email": "ann@people.example" }, { "name": "Bob" }]);
    let order = free_order(&sale, &alice, attendees).await;
    assert_eq!(order["status"], "paid");
    let codes: Vec<&str> =
        order["tickets"].as_array().unwrap().iter().map(|one| one["ticket_code"].as_str().unwrap()).collect();
    let emails = with_subject(&sale.app, &alice.email, "Your tickets: Late Show").await;
    assert_eq!(emails.len(), 1, "{emails:?}");
    let email = &emails[0];
    assert!(codes.iter().all(|code| email.contains(code)), "{email}");
    for text in
        ["Guest list, for Ann", "Guest list, for Bob", "2 × Guest list: 0 sats each", "BEGIN:VCALENDAR"]
    {
        assert!(email.contains(text), "{text}: {email}");
    }
    assert_eq!(email.matches("data:image/png").count(), 2);
    let emails = with_subject(&sale.app, "ann@people.example", "Your ticket: Late Show").await;
    assert_eq!(emails.len(), 1, "{emails:?}");
    assert!(emails[0].contains(codes[0]) && !emails[0].contains(codes[1]), "{}", emails[0]);
    assert!(!emails[0].contains(order["order_token"].as_str().unwrap()), "{}", emails[0]);
    assert!(!emails[0].contains("?token="), "a holder's email opens no order: {}", emails[0]);
    assert_eq!(emails[0].matches("data:image/png").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_holder_gets_the_ticket_once_and_none_is_named_after_check_in() {
    let sale = Sale::open().await;
    let alice = sale.app.register("alice").await;
    let order = free_order(&sale, &alice, json!([])).await;
    let cat = json!({ "holder_name": "Cat", "holder_email": "cat@people.example" });
    let changed = change_holder(&sale, &order, 1, cat.clone()).await;
    let ticket = changed.data()["tickets"][1].clone();
    assert_eq!(
        (&ticket["holder_name"], &ticket["holder_email"]),
        (&cat["holder_name"], &cat["holder_email"])
    );
    change_holder(&sale, &order, 1, json!({ "holder_name": "Cathy" })).await.data();
    let emails = with_subject(&sale.app, "cat@people.example", "Your ticket: Late Show").await;
    assert_eq!(emails.len(), 1, "a changed name is no new holder");
    assert!(emails[0].contains(ticket["ticket_code"].as_str().unwrap()));
    let removed = change_holder(&sale, &order, 1, json!({ "holder_email": null })).await;
    assert_eq!(removed.data()["tickets"][1]["holder_email"], Value::Null);
    assert_eq!(removed.data()["tickets"][1]["holder_name"], "Cathy");
    let wrong = change_holder(&sale, &order, 0, json!({ "holder_email": "x" })).await;
    assert!(wrong.refused(400, "invalid").body["fields"]["holder_email"].is_string());
    let check = json!({ "ticket_code": ticket["ticket_code"], "event_id": sale.event });
    assert_eq!(sale.app.post("/api/tickets/validate", &check).await.status, 200);
    change_holder(&sale, &order, 1, json!({ "holder_name": "Dan" })).await.refused(409, "ticket_checked_in");
    assert_eq!(with_subject(&sale.app, "cat@people.example", "Your ticket: Late Show").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn named_holder_of_an_unpaid_ticket_gets_no_email() {
    let sale = Sale::open().await;
    let mut request = sale.request(1, 0);
    request["attendees"] = json!([{ "email": "ann@people.example" }]);
    let placed = sale.as_guest(request).await.data().clone();
    change_holder(&sale, &placed, 0, json!({ "holder_email": "bob@people.example" })).await.data();
    assert_eq!(emails_to(&sale.app, "ann@people.example").await.len(), 0);
    assert_eq!(emails_to(&sale.app, "bob@people.example").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn emails_are_in_the_language_of_the_order_and_of_the_registration() {
    let sale = Sale::open().await;
    let korean = async |path: &str, body: &Value| {
        let request =
            sale.app.request(Method::POST, path).header("Accept-Language", "ko-KR,ko;q=0.9,en;q=0.8");
        sale.app.send(request.json(body)).await
    };
    let mut order = sale.request(2, 0);
    order["email"] = "guest@people.example".into();
    let placed = korean("/api/orders", &order).await.data().clone();
    sale.app.pay_bolt11(&placed).await;
    let account = json!({ "email": "mina@people.example", "name": "Mina", "password": "correct horse" });
    korean("/api/users", &account).await.data();
    sale.app
        .until("the tickets", async || {
            let emails = emails_to(&sale.app, "guest@people.example").await;
            (emails.len() == 2).then_some(())
        })
        .await;
    let emails = emails_to(&sale.app, "guest@people.example").await.concat();
    for text in
        ["<h2>주문: Late Show</h2>", "<h2>티켓: Late Show</h2>", "합계: 2000 sats", "티켓이 준비되었어요!"]
    {
        assert!(emails.contains(text), "{text}: {emails}");
    }
    let proof = with_subject(&sale.app, "mina@people.example", "이메일 주소를 확인해 주세요").await;
    assert_eq!(proof.len(), 1);
    sale.as_guest(sale.request(1, 0)).await.data();
    assert_eq!(with_subject(&sale.app, "guest@people.example", "Your order: Late Show").await.len(), 1);
}

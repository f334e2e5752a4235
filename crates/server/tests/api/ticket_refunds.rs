//! Refunds of single tickets of an order.

use crate::{
    app::Reply,
    order_emails::with_subject,
    orders::Sale,
    ticket_types::{add_type, fixed},
};
use chrono::Duration;
use serde_json::{Value, json};

impl Sale {
    async fn refund(&self, ticket: &Value, body: Value) -> Reply {
        self.app.post_as(&self.admin, &format!("/api/admin/tickets/{ticket}/refund"), &body).await
    }

    /// A paid order of two "Early bird" and one "Regular" for 4,000 sats, to be refunded to `$alice`.
    pub(crate) async fn paid_order(&self) -> Value {
        let mut request = self.request(2, 1);
        request["uma_address"] = json!(self.app.uma_address("alice"));
        let placed = self.as_guest(request).await.data().clone();
        let paid = self.pay(&placed, "paid").await;
        let mut order = placed;
        order["tickets"] = paid["tickets"].clone();
        order
    }

    async fn payment_of(&self, order: &Value) -> Value {
        let found = self.app.get_as(&self.admin, &format!("/api/admin/payments?q={}", order["id"])).await;
        let found = found.data().as_array().unwrap().clone();
        found.into_iter().find(|one| one["order_id"] == order["id"]).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn single_ticket_is_refunded_and_the_others_stay_valid() {
    let sale = Sale::open().await;
    let order = sale.paid_order().await;
    let tickets = order["tickets"].as_array().unwrap();
    let check_in = json!({ "ticket_code": tickets[1]["ticket_code"], "event_id": sale.event });
    assert_eq!(sale.app.post_as(&sale.admin, "/api/admin/check-in", &check_in).await.status, 200);
    let refunded = sale.refund(&tickets[1]["id"], json!({})).await;
    assert_eq!(refunded.status, 202, "a used ticket is refunded: {refunded:?}");
    let refund = &refunded.data()["refund"];
    assert_eq!(
        (&refunded.data()["ticket_id"], &refund["amount_msats"], &refund["destination"]),
        (&tickets[1]["id"], &json!(1_000_000), &json!(sale.app.uma_address("alice")))
    );
    sale.refund(&tickets[1]["id"], json!({})).await.refused(409, "already_refunded");
    let now = sale.order(&order).await;
    let statuses: Vec<_> =
        now["tickets"].as_array().unwrap().iter().map(|one| &one["payment_status"]).collect();
    assert_eq!(statuses, ["paid", "refunded", "paid"]);
    let payment = &now["payment"];
    assert_eq!(
        (&payment["anomaly"], &payment["refundable_msats"], &payment["amount_sats"]),
        (&Value::Null, &json!(1_000_000), &json!(4_000)),
        "the price of a revoked ticket is no surplus"
    );
    let status = format!("/api/tickets/{}/status", tickets[0]["id"]);
    let status = sale.app.get_as(&sale.admin, &status).await.data()["payment"].clone();
    assert_eq!((&status["anomaly"], &status["refund"]["amount_msats"]), (&Value::Null, &json!(1_000_000)));
    let guest = "guest@people.example";
    let revoked = with_subject(&sale.app, guest, "Your ticket was cancelled: Late Show").await;
    assert_eq!(revoked.len(), 1, "{revoked:?}");
    for text in [
        &format!("Ticket number {}", tickets[1]["id"]),
        "1000 sats will be refunded",
        "other tickets stay valid",
    ] {
        assert!(revoked[0].contains(text), "{text}: {}", revoked[0]);
    }
    let sent = async || {
        sale.app.clock.advance(Duration::seconds(10));
        let sent = with_subject(&sale.app, guest, "Refund sent: Late Show").await;
        Some(sent).filter(|sent| !sent.is_empty())
    };
    let sent = sale.app.until("the email of the refund", sent).await;
    assert!(
        sent[0].contains("Your other tickets stay valid") && !sent[0].contains("beyond the price"),
        "{sent:?}"
    );
    assert_eq!(with_subject(&sale.app, guest, "You paid too much: Late Show").await.len(), 0);
    assert_eq!(now["status"], "paid");
    let bad = sale.refund(&tickets[0]["id"], json!({ "destination": "nowhere" })).await;
    assert!(bad.refused(400, "invalid").body["fields"]["destination"].is_string());
    let elsewhere = json!({ "destination": sale.app.uma_address("bob") });
    let other = sale.refund(&tickets[2]["id"], elsewhere).await.data().clone();
    assert_eq!(
        (&other["refund"]["amount_msats"], &other["refund"]["destination"]),
        (&json!(2_000_000), &json!(sale.app.uma_address("bob")))
    );
    let last = sale.refund(&tickets[0]["id"], json!({})).await.data().clone();
    assert_eq!(last["refund"]["amount_msats"], 1_000_000);
    let settled = async || {
        sale.app.clock.advance(Duration::seconds(10));
        sale.app.run_jobs().await;
        Some(sale.order(&order).await).filter(|order| order["payment"]["refunded_msats"] == 4_000_000)
    };
    let ended = sale.app.until("the refunds", settled).await;
    assert_eq!((&ended["status"], &ended["payment"]["status"]), (&json!("refunded"), &json!("refunded")));
    let audit = sale.app.get_as(&sale.admin, "/api/admin/audit").await.data().clone();
    let revoked = audit.as_array().unwrap().iter().filter(|one| one["action"] == "ticket.revoke");
    assert_eq!(revoked.count(), 3);
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unpaid_and_unknown_tickets_are_not_refunded() {
    let sale = Sale::open().await;
    let placed = sale.as_guest(sale.request(1, 0)).await.data().clone();
    let ticket = &placed["tickets"][0]["id"];
    sale.refund(ticket, json!({ "destination": sale.app.uma_address("alice") }))
        .await
        .refused(409, "not_paid");
    sale.refund(&json!(999_999), json!({})).await.refused(404, "not_found");
    let paid = sale.pay(&placed, "paid").await;
    // The order was paid with its bolt11: there is no address to refund to.
    let missing = sale.refund(ticket, json!({})).await;
    assert!(missing.refused(400, "invalid").body["fields"]["destination"].is_string());
    assert_eq!(sale.order(&placed).await["tickets"], paid["tickets"], "nothing changed");
    let given = json!({ "destination": sale.app.uma_address("alice") });
    assert_eq!(sale.refund(ticket, given).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn guest_names_the_address_of_a_refund_by_the_mailed_link() {
    let sale = Sale::open().await;
    let placed = sale.as_guest(sale.request(1, 0)).await.data().clone();
    sale.pay(&placed, "paid").await;
    let cancel = format!("/api/admin/events/{}/cancel", sale.event);
    sale.app.post_as(&sale.admin, &cancel, &json!({})).await.data();
    let waits = async || {
        sale.app.clock.advance(Duration::seconds(10));
        sale.app.run_jobs().await;
        let sent =
            with_subject(&sale.app, "guest@people.example", "Your refund needs an address: Late Show").await;
        Some(sent).filter(|sent| !sent.is_empty())
    };
    let mail = sale.app.until("the email", waits).await.remove(0);
    let page = format!("/orders/{}?token=", placed["id"]);
    let (_, link) = mail.split_once(&page).unwrap_or_else(|| panic!("{mail} has no {page}"));
    let token: String = link.chars().take_while(char::is_ascii_alphanumeric).collect();
    let path = format!("/api/orders/{}/refund", placed["id"]);
    let address = json!({ "destination": sale.app.uma_address("bob") });
    sale.app.post(&path, &address).await.refused(404, "not_found");
    let path = format!("{path}?token={token}");
    let bad = sale.app.post(&path, &json!({ "destination": "nowhere" })).await;
    assert!(bad.refused(400, "invalid").body["fields"]["destination"].is_string());
    assert_eq!(sale.order(&placed).await["payment"]["refund_needs_address"], true);
    let named = sale.app.post(&path, &address).await;
    assert_eq!((named.status, &named.data()["payment"]["refund_needs_address"]), (202, &json!(false)));
    sale.app.post(&path, &address).await.refused(409, "address_not_needed");
    let settled = async || {
        sale.app.clock.advance(Duration::seconds(10));
        sale.app.run_jobs().await;
        Some(sale.order(&placed).await).filter(|order| order["payment"]["refunded_msats"] == 1_000_000)
    };
    let refunded = sale.app.until("the refund", settled).await;
    assert_eq!(refunded["payment"]["refunds"][0]["destination"], sale.app.uma_address("bob"));
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn free_tickets_are_revoked_without_a_refund() {
    let sale = Sale::open().await;
    let free =
        add_type(&sale.app, &sale.admin, sale.event, fixed("Guest list", 0)).await.data()["id"].clone();
    // In an order of their own …
    let gift =
        json!({ "lines": [{ "ticket_type_id": free, "quantity": 2 }], "email": "press@people.example" });
    let gift = sale.give(&gift).await.data().clone();
    let revoked = sale.refund(&gift["tickets"][0]["id"], json!({})).await;
    assert_eq!((revoked.status, &revoked.data()["refund"]), (202, &Value::Null));
    sale.refund(&gift["tickets"][0]["id"], json!({})).await.refused(409, "already_refunded");
    let path = format!("/api/orders/{}", gift["id"]);
    let now = sale.app.get_as(&sale.admin, &path).await.data().clone();
    assert_eq!(
        (&now["tickets"][0]["payment_status"], &now["tickets"][1]["payment_status"]),
        (&json!("cancelled"), &json!("paid"))
    );
    let emails =
        with_subject(&sale.app, "press@people.example", "Your ticket was cancelled: Late Show").await;
    assert_eq!(emails.len(), 1, "{emails:?}");
    assert!(!emails[0].contains("refund"), "{}", emails[0]);
    // … and beside paid ones.
    let mut request = sale.request(1, 0);
    request["lines"].as_array_mut().unwrap().push(json!({ "ticket_type_id": free, "quantity": 2 }));
    let placed = sale.as_guest(request).await.data().clone();
    sale.pay(&placed, "paid").await;
    let tickets = &placed["tickets"];
    assert_eq!(sale.refund(&tickets[1]["id"], json!({})).await.data()["refund"], Value::Null);
    let to_alice = json!({ "destination": sale.app.uma_address("alice") });
    assert_eq!(sale.refund(&tickets[0]["id"], to_alice).await.data()["refund"]["amount_msats"], 1_000_000);
    let settled = async || {
        sale.app.clock.advance(Duration::seconds(10));
        sale.app.run_jobs().await;
        Some(sale.order(&placed).await).filter(|order| order["payment"]["refunded_msats"] == 1_000_000)
    };
    sale.app.until("the refund", settled).await;
    assert_eq!(sale.refund(&tickets[2]["id"], json!({})).await.data()["refund"], Value::Null);
    assert_eq!(sale.order(&placed).await["status"], "refunded");
    let audit = sale.app.get_as(&sale.admin, "/api/admin/audit").await.data().clone();
    let revoked = audit.as_array().unwrap().iter().filter(|one| one["action"] == "ticket.revoke");
    assert_eq!(revoked.count(), 4);
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_show_their_orders_and_are_found_by_any_of_their_numbers() {
    let sale = Sale::open().await;
    // Numbers of orders, payments and tickets differ from here on.
    sale.give(&json!({ "lines": [{ "ticket_type_id": sale.regular, "quantity": 3 }] })).await.data();
    let order = sale.paid_order().await;
    let payment = sale.payment_of(&order).await;
    assert_eq!(payment["email"], "guest@people.example");
    assert_eq!((&payment["promo_code"], &payment["amount_sats"]), (&Value::Null, &json!(4_000)));
    assert_eq!(payment["lines"], order["lines"]);
    let tickets = payment["tickets"].as_array().unwrap();
    let expected = json!({
        "id": order["tickets"][2]["id"], "ticket_type_id": sale.regular, "ticket_type_name": "Regular", "amount_sats": 2_000,
        "payment_status": "paid", "holder_name": null, "holder_email": null, "checked_in_at": null,
    });
    assert_eq!((tickets.len(), &tickets[2]), (3, &expected));
    let detail = sale.app.get_as(&sale.admin, &format!("/api/admin/payments/{}", payment["id"])).await;
    assert_eq!(detail.data()["payment"], payment);
    let numbers = order["tickets"].as_array().unwrap().iter().map(|one| &one["id"]);
    for number in numbers.chain([&order["id"], &payment["id"]]) {
        let found = sale.app.get_as(&sale.admin, &format!("/api/admin/payments?q={number}")).await;
        let found: Vec<_> = found.data().as_array().unwrap().iter().map(|one| &one["id"]).cloned().collect();
        assert!(found.contains(&payment["id"]), "{number}: {found:?}");
    }
    let none = sale.app.get_as(&sale.admin, "/api/admin/payments?q=987654").await;
    assert_eq!((none.data(), none.header("x-total-count")), (&json!([]), "0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_attendees_and_check_in_say_type_order_and_holder() {
    let sale = Sale::open().await;
    let alice = sale.app.register("alice").await;
    let mut request = sale.request(1, 1);
    request["attendees"] = json!([{}, { "name": "=Ann", "email": "ann@people.example" }]);
    let placed = sale.app.post_as(&alice, "/api/orders", &request).await.data().clone();
    let order = sale.pay(&placed, "paid").await;
    let details = json!({
        "order_id": placed["id"], "ticket_type_id": sale.regular, "ticket_type_name": "Regular",
        "holder_name": "=Ann", "holder_email": "ann@people.example",
    });
    let shows = |shown: &Value| {
        for (field, value) in details.as_object().unwrap() {
            assert_eq!(&shown[field], value, "{field}: {shown}");
        }
    };
    let ticket = &order["tickets"][1];
    let mine = sale.app.get_as(&alice, &format!("/api/users/{}/tickets", alice.id)).await;
    shows(&mine.data()[0]);
    let path = format!("/api/tickets/{}/status", ticket["id"]);
    shows(&sale.app.get_as(&alice, &path).await.data()["ticket"]);
    let public = sale.app.get(&path).await.data()["ticket"].clone();
    assert!(details.as_object().unwrap().keys().all(|field| public[field].is_null()), "{public}");
    let attendees = format!("/api/admin/events/{}/attendees", sale.event);
    let listed = sale.app.get_as(&sale.admin, &attendees).await;
    shows(&listed.data()[1]);
    let check_in = json!({ "ticket_code": ticket["ticket_code"], "event_id": sale.event });
    shows(&sale.app.post_as(&sale.admin, "/api/admin/check-in", &check_in).await.data()["ticket"]);
    let csv = sale.app.get_as(&sale.admin, &format!("{attendees}?format=csv")).await.text;
    let mut lines = csv.lines();
    assert!(lines.next().unwrap().ends_with(
        "\"time_zone\",\"order_id\",\"ticket_type_id\",\"ticket_type_name\",\"holder_name\",\"holder_email\""
    ));
    let row =
        format!("\"{}\",\"{}\",\"Regular\",\"'=Ann\",\"ann@people.example\"", placed["id"], sale.regular);
    assert!(lines.nth(1).unwrap().ends_with(&row), "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_count_valid_tickets_by_type_and_code() {
    let sale = Sale::open().await;
    let code = json!({ "code": "HALF", "discount": { "kind": "percent", "value": 50 } });
    sale.app.post_as(&sale.admin, "/api/admin/promo-codes", &code).await.data();
    let mut request = sale.request(2, 1);
    request["promo_code"] = json!("half");
    request["uma_address"] = json!(sale.app.uma_address("alice"));
    let placed = sale.as_guest(request).await.data().clone();
    sale.pay(&placed, "paid").await;
    sale.as_guest(sale.request(1, 1)).await.data();
    sale.give(&json!({ "lines": [{ "ticket_type_id": sale.regular, "quantity": 2 }] })).await.data();
    sale.refund(&placed["tickets"][0]["id"], json!({})).await.data();
    let settled = async || {
        sale.app.clock.advance(Duration::seconds(10));
        sale.app.run_jobs().await;
        Some(sale.order(&placed).await).filter(|order| order["payment"]["refunded_msats"] == 500_000)
    };
    sale.app.until("the refund", settled).await;
    let path = format!("/api/admin/events/{}/sales", sale.event);
    let sales = sale.app.get_as(&sale.admin, &path).await.data().clone();
    let types = sales["types"].as_array().unwrap();
    let sold: Vec<_> = types.iter().filter(|one| one["name"] != "General admission").cloned().collect();
    let expected = json!([
        { "ticket_type_id": sale.early, "name": "Early bird", "sold": 1, "revenue_sats": 500, "complimentary": 0 },
        { "ticket_type_id": sale.regular, "name": "Regular", "sold": 1, "revenue_sats": 1_000, "complimentary": 2 },
    ]);
    assert_eq!(json!(sold), expected);
    let codes = &sales["promo_codes"];
    assert_eq!(
        codes[0],
        json!({ "id": codes[0]["id"], "code": "HALF", "orders": 1, "tickets": 2, "discount_sats": 1_500, "revenue_sats": 1_500 })
    );
    let total = json!({ "tickets": 2, "complimentary": 2, "revenue_sats": 1_500, "refunded_sats": 500 });
    assert_eq!(sales["total"], total);
    sale.app.get_as(&sale.admin, "/api/admin/events/999/sales").await.refused(404, "not_found");
}

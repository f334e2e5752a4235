//! Purchases need the consent of the buyer: price changes, repeated requests, purchases for other accounts.

use crate::app::{PRICE, Reply, TestApp, TestUser};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PURCHASE: &str = "/api/tickets/purchase";

/// Purchases like clients of the first release: without idempotency key and price.
async fn purchase(app: &TestApp, user: &TestUser, event: i64) -> Reply {
    app.post_as(user, PURCHASE, &app.purchase_request(event, user.id)).await
}

async fn purchase_with_key(app: &TestApp, user: &TestUser, body: &Value, key: &str) -> Reply {
    let request = app.request(Method::POST, PURCHASE).bearer_auth(&user.token);
    app.send(request.header("Idempotency-Key", key).json(body)).await
}

async fn connect(app: &TestApp, user: &TestUser) {
    let uri = app.sandbox().vasp().connection("alice").unwrap();
    let connected =
        app.post_as(user, "/api/users/me/nwc-connection", &json!({ "nwc_connection_uri": uri })).await;
    assert_eq!(connected.status, 200, "{connected:?}");
}

async fn change_price(app: &TestApp, admin: &TestUser, event: i64, price: u64) {
    let path = format!("/api/admin/events/{event}");
    app.put_as(admin, &path, &json!({ "price_sats": price })).await.data();
}

async fn available(app: &TestApp, event: i64) -> Value {
    app.get(&format!("/api/events/{event}")).await.data()["tickets_available"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_with_an_outdated_price_is_rejected_with_the_current_price() {
    let app = TestApp::with_worker().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    connect(&app, &alice).await;
    let event = app.add_event(&admin, 100, 5).await;
    let mut purchase_request = app.purchase_request(event, alice.id);
    purchase_request["price_sats"] = json!(100);
    change_price(&app, &admin, event, 100_050).await;
    for reply in
        [app.post_as(&alice, PURCHASE, &purchase_request).await, app.post(PURCHASE, &purchase_request).await]
    {
        assert_eq!(reply.refused(409, "price_changed").body["price_sats"], 100_050);
    }
    assert_eq!(available(&app, event).await, 5);
    purchase_request["price_sats"] = json!(100_050);
    let bought = app.post_as(&alice, PURCHASE, &purchase_request).await.data().clone();
    assert_eq!(bought["event"]["price_sats"], 100_050);
    app.until_status(&bought, "paid").await;
    for invalid in [json!(-1), json!("100"), json!(u64::MAX)] {
        purchase_request["price_sats"] = invalid;
        app.post_as(&alice, PURCHASE, &purchase_request).await.refused(400, "invalid");
    }
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_of_a_formerly_free_event_is_rejected_with_its_price() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, 0, 5).await;
    change_price(&app, &admin, event, PRICE).await;
    let purchase_request = json!({ "event_id": event, "user_id": alice.id, "price_sats": 0 });
    let reply = app.post_as(&alice, PURCHASE, &purchase_request).await;
    assert_eq!(reply.refused(409, "price_changed").body["price_sats"], PRICE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_wallet_is_not_charged_a_recently_changed_price() {
    let app = TestApp::with_worker().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    connect(&app, &alice).await;
    let event = app.add_event(&admin, 100, 5).await;
    // Creation and activation are no price changes.
    let path = format!("/api/admin/events/{event}");
    for active in [false, true] {
        app.put_as(&admin, &path, &json!({ "is_active": active, "price_sats": 100 })).await.data();
    }
    let bought = purchase(&app, &alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;
    app.clock.advance(Duration::minutes(1));
    change_price(&app, &admin, event, 100_050).await;
    let bought = purchase(&app, &alice, event).await.data().clone();
    app.until("the UMA Request", async || app.sandbox().pending().pop()).await;
    assert_eq!(
        (&bought["event"]["price_sats"], &bought["uma_request"]["amount_sats"]),
        (&json!(100_050), &json!(100_050))
    );
    app.clock.advance(Duration::hours(1));
    let bought = purchase(&app, &alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn six_concurrent_purchases_without_a_key_are_one_ticket_and_one_payment() {
    let app = TestApp::with_worker().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    connect(&app, &alice).await;
    let event = app.add_event(&admin, PRICE, 10).await;
    let replies = futures_util::future::join_all((0..6).map(|_| purchase(&app, &alice, event))).await;
    let first = replies[0].data().clone();
    let tickets: BTreeSet<i64> =
        replies.iter().map(|reply| reply.data()["ticket"]["id"].as_i64().unwrap()).collect();
    assert_eq!(tickets.len(), 1, "{replies:?}");
    for reply in &replies {
        assert_eq!(reply.status, 201);
        assert_eq!(reply.data()["uma_request"]["bolt11"], first["uma_request"]["bolt11"]);
        assert_eq!(reply.data()["status_token"], first["status_token"]);
    }
    app.until_status(&first, "paid").await;
    let late = purchase(&app, &alice, event).await;
    assert_eq!(late.data()["ticket"]["id"], first["ticket"]["id"], "a repetition shortly after the payment");
    assert_eq!(late.data()["payment_required"], false);
    let other = purchase_with_key(&app, &alice, &app.purchase_request(event, alice.id), "another").await;
    assert_ne!(other.data()["ticket"]["id"], first["ticket"]["id"]);
    assert_eq!(available(&app, event).await, 8);
    app.clock.advance(Duration::seconds(30));
    let later = purchase(&app, &alice, event).await;
    assert!(!tickets.contains(&later.data()["ticket"]["id"].as_i64().unwrap()));
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_purchase_of_the_last_seat_is_not_sold_out() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let event = app.add_event(&admin, PRICE, 1).await;
    let first = purchase(&app, &alice, event).await.data().clone();
    assert_eq!(available(&app, event).await, 0);
    assert_eq!(purchase(&app, &alice, event).await.data()["ticket"], first["ticket"]);
    purchase(&app, &bob, event).await.refused(400, "sold_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_purchase_returns_its_original_price() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let purchase_request = app.purchase_request(event, alice.id);
    let first = purchase_with_key(&app, &alice, &purchase_request, "once").await.data().clone();
    change_price(&app, &admin, event, 9_900).await;
    for again in [
        purchase_with_key(&app, &alice, &purchase_request, "once").await,
        purchase(&app, &alice, event).await,
    ] {
        assert_eq!(again.data()["ticket"], first["ticket"]);
        assert_eq!(again.data()["event"]["price_sats"], PRICE);
        assert_eq!(again.data()["uma_request"]["amount_sats"], PRICE);
    }
    let mut priced = purchase_request.clone();
    priced["price_sats"] = json!(9_900);
    purchase_with_key(&app, &alice, &priced, "once").await.refused(422, "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_purchases_of_free_tickets_are_rejected() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, 0, 200).await;
    let purchase_request = json!({ "event_id": event, "user_id": alice.id });
    for _ in 0..200 {
        app.post(PURCHASE, &purchase_request).await.refused(401, "login_required");
    }
    assert_eq!(available(&app, event).await, 200);
    assert_eq!(app.get_as(&alice, &format!("/api/users/{}/tickets", alice.id)).await.data(), &json!([]));
    let mine = app.post_as(&alice, PURCHASE, &purchase_request).await;
    assert_eq!((mine.status, &mine.data()["ticket"]["payment_status"]), (201, &json!("paid")));
    app.run_jobs().await;
    let page = app.get("/sandbox/emails").await.text;
    assert_eq!(page.matches("Your ticket: Late Show").count(), 1, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_ticket_is_not_linked_to_an_account() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    connect(&app, &alice).await;
    let event = app.add_event(&admin, PRICE, 5).await;
    let emails = async || app.get("/sandbox/emails").await.text.matches("Late Show").count();
    app.post(PURCHASE, &app.purchase_request(event, 999_999)).await.refused(404, "not_found");
    let bought = app.post(PURCHASE, &app.purchase_request(event, alice.id)).await.data().clone();
    app.until("the UMA Request", async || app.sandbox().pending().pop()).await;
    let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
    assert!(app.get_as(&alice, &path).await.data()["ticket"]["ticket_code"].is_null());
    let token = bought["status_token"].as_str().unwrap();
    let seen = app.get(&format!("{path}?token={token}")).await;
    assert_eq!(seen.data()["ticket"]["ticket_code"], bought["ticket"]["ticket_code"]);
    app.pay_bolt11(&bought).await;
    app.until_status(&bought, "paid").await;
    let lapsing = app.post(PURCHASE, &app.purchase_request(event, alice.id)).await.data().clone();
    app.clock.advance(Duration::minutes(18));
    app.until_status(&lapsing, "expired").await;
    app.run_jobs().await;
    assert_eq!(app.get_as(&alice, &format!("/api/users/{}/tickets", alice.id)).await.data(), &json!([]));
    assert_eq!(emails().await, 0, "a guest ticket sends no email to the account");
    // The account holds no ticket, so it can be deleted.
    assert_eq!(app.delete_as(&alice, &format!("/api/users/{}", alice.id)).await.status, 200);
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_ticket_is_cancelled_by_its_holder_before_the_event_starts() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let event = app.add_event(&admin, 0, 3).await;
    let bought = app.buy(&alice, event).await.data().clone();
    let path = format!("/api/tickets/{}/cancel", bought["ticket"]["id"]);
    app.post_as(&bob, &path, &json!({})).await.refused(403, "forbidden");
    let cancelled = app.post_as(&alice, &path, &json!({})).await;
    assert_eq!(cancelled.data()["ticket"]["payment_status"], "cancelled");
    app.post_as(&alice, &path, &json!({})).await.refused(409, "not_pending");
    assert_eq!(available(&app, event).await, 3);
    let used = app.buy(&alice, event).await.data().clone();
    let code = json!({ "ticket_code": used["ticket"]["ticket_code"], "event_id": event });
    app.post("/api/tickets/validate", &code).await.data();
    let path = format!("/api/tickets/{}/cancel", used["ticket"]["id"]);
    app.post_as(&alice, &path, &json!({})).await.refused(409, "not_pending");
    let late = app.buy(&bob, event).await.data().clone();
    app.clock.advance(Duration::minutes(15));
    let path = format!("/api/tickets/{}/cancel", late["ticket"]["id"]);
    app.post_as(&bob, &path, &json!({})).await.refused(409, "not_pending");
    assert_eq!(available(&app, event).await, 1);
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_an_account_returns_its_free_seats_and_is_refused_with_paid_tickets() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let (free, other) = (app.add_event(&admin, 0, 5).await, app.add_event(&admin, 0, 5).await);
    let paid = app.add_event(&admin, PRICE, 5).await;
    for event in [free, free, other] {
        app.buy(&alice, event).await.data();
        app.buy(&bob, event).await.data();
    }
    app.buy_paid(&bob, paid).await;
    assert_eq!(app.delete_as(&alice, &format!("/api/users/{}", alice.id)).await.status, 200);
    assert_eq!((available(&app, free).await, available(&app, other).await), (json!(3), json!(4)));
    app.delete_as(&bob, &format!("/api/users/{}", bob.id)).await.refused(409, "has_tickets");
    assert_eq!((available(&app, free).await, available(&app, other).await), (json!(3), json!(4)));
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_requires_a_verified_address_for_free_tickets() {
    let app = TestApp::open_with(&[("REQUIRE_PROVED_EMAIL_FOR_FREE", "on")], false).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let (free, paid) = (app.add_event(&admin, 0, 5).await, app.add_event(&admin, PRICE, 5).await);
    purchase(&app, &alice, free).await.refused(403, "email_not_proved");
    assert_eq!(purchase(&app, &alice, paid).await.status, 201);
    assert_eq!(purchase(&app, &admin, free).await.status, 201, "the address of an admin is verified");
    let without = TestApp::open().await;
    let (admin, alice) = (without.admin().await, without.register("alice").await);
    let free = without.add_event(&admin, 0, 5).await;
    assert_eq!(purchase(&without, &alice, free).await.status, 201);
}

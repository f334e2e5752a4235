//! What buyers agreed to: prices, double clicks, and purchases in the name of others.

use crate::app::{PRICE, Reply, TestApp, TestUser};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PURCHASE: &str = "/api/tickets/purchase";

/// A published client's purchase: no key, no price.
async fn click(app: &TestApp, who: &TestUser, event: i64) -> Reply {
    app.post_as(who, PURCHASE, &app.purchase_request(event, who.id)).await
}

async fn keyed(app: &TestApp, who: &TestUser, body: &Value, key: &str) -> Reply {
    let request = app.request(Method::POST, PURCHASE).bearer_auth(&who.token);
    app.send(request.header("Idempotency-Key", key).json(body)).await
}

async fn connect(app: &TestApp, who: &TestUser) {
    let uri = app.sandbox().vasp().connection("alice").unwrap();
    let connected =
        app.post_as(who, "/api/users/me/nwc-connection", &json!({ "nwc_connection_uri": uri })).await;
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
async fn a_price_that_changed_since_it_was_shown_is_refused_with_the_price_of_now() {
    let app = TestApp::working().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
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
    for nonsense in [json!(-1), json!("100"), json!(u64::MAX)] {
        purchase_request["price_sats"] = nonsense;
        app.post_as(&alice, PURCHASE, &purchase_request).await.refused(400, "invalid");
    }
    app.books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_event_that_costs_something_now_is_answered_with_its_price() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, 0, 5).await;
    change_price(&app, &admin, event, PRICE).await;
    let purchase_request = json!({ "event_id": event, "user_id": alice.id, "price_sats": 0 });
    let reply = app.post_as(&alice, PURCHASE, &purchase_request).await;
    assert_eq!(reply.refused(409, "price_changed").body["price_sats"], PRICE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_wallet_is_not_asked_for_a_price_that_is_new_to_its_owner() {
    let app = TestApp::working().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    connect(&app, &alice).await;
    let event = app.add_event(&admin, 100, 5).await;
    // As published: creation and publication are no price change.
    let path = format!("/api/admin/events/{event}");
    for active in [false, true] {
        app.put_as(&admin, &path, &json!({ "is_active": active, "price_sats": 100 })).await.data();
    }
    let bought = click(&app, &alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;
    app.clock.advance(Duration::minutes(1));
    change_price(&app, &admin, event, 100_050).await;
    let bought = click(&app, &alice, event).await.data().clone();
    app.until("the owner to be asked", async || app.sandbox().pending().pop()).await;
    assert_eq!(
        (&bought["event"]["price_sats"], &bought["uma_request"]["amount_sats"]),
        (&json!(100_050), &json!(100_050))
    );
    app.clock.advance(Duration::hours(1));
    let bought = click(&app, &alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn six_clicks_are_one_ticket_and_one_payment() {
    let app = TestApp::working().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    connect(&app, &alice).await;
    let event = app.add_event(&admin, PRICE, 10).await;
    let clicks = futures_util::future::join_all((0..6).map(|_| click(&app, &alice, event))).await;
    let first = clicks[0].data().clone();
    let tickets: BTreeSet<i64> =
        clicks.iter().map(|reply| reply.data()["ticket"]["id"].as_i64().unwrap()).collect();
    assert_eq!(tickets.len(), 1, "{clicks:?}");
    for reply in &clicks {
        assert_eq!(reply.status, 201);
        assert_eq!(reply.data()["uma_request"]["bolt11"], first["uma_request"]["bolt11"]);
        assert_eq!(reply.data()["status_token"], first["status_token"]);
    }
    app.until_status(&first, "paid").await;
    let late = click(&app, &alice, event).await;
    assert_eq!(late.data()["ticket"]["id"], first["ticket"]["id"], "paid, and still the one just made");
    assert_eq!(late.data()["payment_required"], false);
    let other = keyed(&app, &alice, &app.purchase_request(event, alice.id), "another").await;
    assert_ne!(other.data()["ticket"]["id"], first["ticket"]["id"]);
    assert_eq!(available(&app, event).await, 8);
    app.clock.advance(Duration::seconds(30));
    let later = click(&app, &alice, event).await;
    assert!(!tickets.contains(&later.data()["ticket"]["id"].as_i64().unwrap()));
    app.books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_purchase_of_the_last_seat_is_not_sold_out() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.person("alice").await, app.person("bob").await);
    let event = app.add_event(&admin, PRICE, 1).await;
    let first = click(&app, &alice, event).await.data().clone();
    assert_eq!(available(&app, event).await, 0);
    assert_eq!(click(&app, &alice, event).await.data()["ticket"], first["ticket"]);
    click(&app, &bob, event).await.refused(400, "sold_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_purchase_answers_with_its_own_price() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let purchase_request = app.purchase_request(event, alice.id);
    let first = keyed(&app, &alice, &purchase_request, "once").await.data().clone();
    change_price(&app, &admin, event, 9_900).await;
    for again in [keyed(&app, &alice, &purchase_request, "once").await, click(&app, &alice, event).await] {
        assert_eq!(again.data()["ticket"], first["ticket"]);
        assert_eq!(again.data()["event"]["price_sats"], PRICE);
        assert_eq!(again.data()["uma_request"]["amount_sats"], PRICE);
    }
    let mut priced = purchase_request.clone();
    priced["price_sats"] = json!(9_900);
    keyed(&app, &alice, &priced, "once").await.refused(422, "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_free_seats_in_a_strangers_name() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, 0, 200).await;
    let purchase_request = json!({ "event_id": event, "user_id": alice.id });
    for _ in 0..200 {
        app.post(PURCHASE, &purchase_request).await.refused(401, "login_required");
    }
    assert_eq!(available(&app, event).await, 200);
    assert_eq!(app.get_as(&alice, &format!("/api/users/{}/tickets", alice.id)).await.data(), &json!([]));
    let mine = app.post_as(&alice, PURCHASE, &purchase_request).await;
    assert_eq!((mine.status, &mine.data()["ticket"]["payment_status"]), (201, &json!("paid")));
    app.work().await;
    let letters = app.get("/sandbox/letters").await.text;
    assert_eq!(letters.matches("Your ticket: Late Show").count(), 1, "{letters}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_ticket_touches_no_account() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    connect(&app, &alice).await;
    let event = app.add_event(&admin, PRICE, 5).await;
    let letters = async || app.get("/sandbox/letters").await.text.matches("Late Show").count();
    app.post(PURCHASE, &app.purchase_request(event, 999_999)).await.refused(404, "not_found");
    let bought = app.post(PURCHASE, &app.purchase_request(event, alice.id)).await.data().clone();
    app.until("the person to be asked", async || app.sandbox().pending().pop()).await;
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
    app.work().await;
    assert_eq!(app.get_as(&alice, &format!("/api/users/{}/tickets", alice.id)).await.data(), &json!([]));
    assert_eq!(letters().await, 0, "nobody asked for a letter");
    // It is no ticket of hers, so her account may go.
    assert_eq!(app.delete_as(&alice, &format!("/api/users/{}", alice.id)).await.status, 200);
    app.books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_ticket_is_given_back_by_its_holder_before_the_event_begins() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.person("alice").await, app.person("bob").await);
    let event = app.add_event(&admin, 0, 3).await;
    let bought = app.buy(&alice, event).await.data().clone();
    let path = format!("/api/tickets/{}/cancel", bought["ticket"]["id"]);
    app.post_as(&bob, &path, &json!({})).await.refused(403, "forbidden");
    let given = app.post_as(&alice, &path, &json!({})).await;
    assert_eq!(given.data()["ticket"]["payment_status"], "cancelled");
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
    app.books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_account_gives_its_free_seats_back_and_paid_ones_keep_it() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.person("alice").await, app.person("bob").await);
    let (free, other) = (app.add_event(&admin, 0, 5).await, app.add_event(&admin, 0, 5).await);
    let paid = app.add_event(&admin, PRICE, 5).await;
    for event in [free, free, other] {
        app.buy(&alice, event).await.data();
        app.buy(&bob, event).await.data();
    }
    app.paid(&bob, paid).await;
    assert_eq!(app.delete_as(&alice, &format!("/api/users/{}", alice.id)).await.status, 200);
    assert_eq!((available(&app, free).await, available(&app, other).await), (json!(3), json!(4)));
    app.delete_as(&bob, &format!("/api/users/{}", bob.id)).await.refused(409, "has_tickets");
    assert_eq!((available(&app, free).await, available(&app, other).await), (json!(3), json!(4)));
    app.books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_may_require_a_proved_address_for_free_tickets() {
    let app = TestApp::with(&[("REQUIRE_PROVED_EMAIL_FOR_FREE", "on")], false).await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let (free, paid) = (app.add_event(&admin, 0, 5).await, app.add_event(&admin, PRICE, 5).await);
    click(&app, &alice, free).await.refused(403, "email_not_proved");
    assert_eq!(click(&app, &alice, paid).await.status, 201);
    assert_eq!(click(&app, &admin, free).await.status, 201, "the organiser's address is proved");
    let without = TestApp::open().await;
    let (admin, alice) = (without.admin().await, without.person("alice").await);
    let free = without.add_event(&admin, 0, 5).await;
    assert_eq!(click(&without, &alice, free).await.status, 201);
}

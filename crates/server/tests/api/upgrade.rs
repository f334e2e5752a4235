//! A database of the release before, with a pending, a paid and a refund-due purchase in it.

use crate::app::{PRICE, TestApp};
use kernel::{Msats, Secret};
use reqwest::Method;
use serde_json::{Value, json};
use server::{config, wiring::Database};
use testkit::{legacy, postgres::TestDatabase};

async fn read_until(answer: &mut reqwest::Response, part: &str) {
    let mut text = String::new();
    while !text.contains(part) {
        let chunk = answer.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
}

/// Leaves the database as a release without orders does, with the links and invoices of its buyers.
async fn without_orders(database: &TestDatabase) {
    database.execute(&format!("{}; DELETE FROM ticket_types", legacy::without_orders())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn purchases_of_the_release_before_are_settled_and_shown_after_an_upgrade() {
    let config = |url: String| config::Database::Postgres {
        url: Secret::new(url),
        pool_size: 2,
        ca: None,
        migrate: false,
    };
    let migrate = async |url: String| {
        Database::migrate(&config(url), false).await.unwrap();
    };
    let database = TestDatabase::create(migrate).await;
    database.execute(legacy::UNFINISHED).await;
    let app = TestApp::open_with(&[("DATABASE_URL", database.url())], true).await;
    app.sandbox().shop().faults().accept_late(86_400);
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let few = app.add_event(&admin, PRICE, 1).await;
    let late = app.buy(&alice, few).await.data().clone();
    app.clock.advance(chrono::Duration::minutes(20));
    app.until_status(&late, "expired").await;
    app.buy_paid(&alice, few).await;
    app.pay_bolt11(&late).await;
    let id = |bought: &Value| bought["ticket"]["id"].as_i64().unwrap();
    let token = |bought: &Value| bought["status_token"].as_str().unwrap().to_owned();
    let money = |seen: &Value| seen["payment"]["refundable_msats"].as_u64();
    app.until("refund due", async || {
        (money(&app.status(id(&late), &token(&late)).await) == Some(PRICE * 1_000)).then_some(())
    })
    .await;
    let event = app.add_event(&admin, PRICE, 5).await;
    let paid = app.buy_paid(&alice, event).await;
    let pending = app.buy(&alice, event).await.data().clone();
    let other_price = app.add_event(&admin, PRICE + 1, 5).await;
    // Another wallet: few unpaid requests are pushed to one.
    let mut order = app.purchase_request(other_price, alice.id);
    order["uma_address"] = json!(app.uma_address("bob"));
    let pushed = app.post_as(&alice, "/api/tickets/purchase", &order).await.data().clone();
    let path = format!("/api/tickets/{}/events?token={}", id(&pending), token(&pending));

    without_orders(&database).await;
    let mut stream = app.request(Method::GET, &path).send().await.unwrap();
    read_until(&mut stream, "\"payment_status\":\"pending\"").await;
    for (bought, status) in [(&paid, "paid"), (&pending, "pending"), (&late, "expired")] {
        let seen = app.status(id(bought), &token(bought)).await;
        assert_eq!(seen["ticket"]["payment_status"], status);
        assert_eq!(seen["payment"]["amount_sats"], PRICE);
    }
    // The wallet's pay request before the backfill, and the bolt11 after it.
    let of_pushed = |amount: Option<Msats>| amount.is_some_and(|amount| amount.get() == (PRICE + 1) * 1_000);
    let request = app
        .until("the wallet's request", async || {
            app.sandbox().pending().into_iter().find(|request| of_pushed(request.amount))
        })
        .await;
    app.sandbox().approve(&request.id).await.unwrap();
    app.until_status(&pushed, "paid").await;
    Database::migrate(&config(database.url().to_owned()), true).await.unwrap();
    app.pay_bolt11(&pending).await;
    read_until(&mut stream, "\"payment_status\":\"paid\"").await;
    let seen = app.status(id(&late), &token(&late)).await;
    assert_eq!((money(&seen), &seen["ticket"]["payment_status"]), (Some(PRICE * 1_000), &json!("expired")));
    app.assert_ledger_balances().await;
    app.shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn order_of_one_ticket_is_shown_as_the_release_before_changed_its_ticket() {
    let config = |url: String| config::Database::Postgres {
        url: Secret::new(url),
        pool_size: 2,
        ca: None,
        migrate: false,
    };
    let migrate = async |url: String| {
        Database::migrate(&config(url), false).await.unwrap();
    };
    let database = TestDatabase::create(migrate).await;
    database.execute(legacy::UNFINISHED).await;
    let app = TestApp::open_with(&[("DATABASE_URL", database.url())], true).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    app.buy(&alice, event).await.data();
    let list = format!("/api/users/{}/orders", alice.id);
    let seen = async || app.get_as(&alice, &list).await.data()[0].clone();
    let order = seen().await;
    assert_eq!(order["status"], "pending");
    let expired = "UPDATE tickets SET payment_status = 'expired'; UPDATE payments SET status = 'expired'";
    database.execute(expired).await;
    assert_eq!(seen().await["status"], "expired");
    let one = app.get_as(&alice, &format!("/api/orders/{}", order["id"])).await;
    assert_eq!((&one.data()["status"], &one.data()["uma_request"]), (&json!("expired"), &Value::Null));
    app.shop.close().await;
}

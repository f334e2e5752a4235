//! Retries of orders by organisers, and edits of types that are being sold.

use crate::orders::Sale;
use chrono::Duration;
use serde_json::{Value, json};

/// The payment of an order whose hold ended.
async fn expired(sale: &Sale, placed: &Value) -> Value {
    sale.app.clock.advance(Duration::minutes(18));
    sale.app.run_jobs().await;
    sale.until(placed, "expired").await;
    let found = sale.app.get_as(&sale.admin, &format!("/api/admin/payments?q={}", placed["id"])).await;
    let found = found.data().as_array().unwrap().clone();
    found.into_iter().find(|one| one["order_id"] == placed["id"]).unwrap()["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_of_an_order_whose_promo_code_is_used_up_says_so() {
    let sale = Sale::open().await;
    let code = json!({ "code": "ONCE", "discount": { "kind": "percent", "value": 50 }, "max_uses": 1 });
    let code = sale.app.post_as(&sale.admin, "/api/admin/promo-codes", &code).await.data()["id"].clone();
    let mut request = sale.request(0, 2);
    request["promo_code"] = json!("once");
    request["uma_address"] = json!(sale.app.uma_address("alice"));
    let first = sale.as_guest(request.clone()).await.data().clone();
    let payment = expired(&sale, &first).await;
    request["uma_address"] = json!(sale.app.uma_address("bob"));
    sale.as_guest(request).await.data();
    let retry = format!("/api/admin/payments/{payment}/retry");
    sale.app.post_as(&sale.admin, &retry, &json!({})).await.refused(409, "promo_code_exhausted");
    let more = json!({ "max_uses": 2 });
    sale.app.put_as(&sale.admin, &format!("/api/admin/promo-codes/{code}"), &more).await.data();
    assert_eq!(sale.app.post_as(&sale.admin, &retry, &json!({})).await.data()["status"], "pending");
    sale.app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_of_an_order_of_a_cancelled_event_says_so() {
    let sale = Sale::open().await;
    let placed = sale.as_guest(sale.request(0, 1)).await.data().clone();
    let payment = expired(&sale, &placed).await;
    let cancel = format!("/api/admin/events/{}/cancel", sale.event);
    sale.app.post_as(&sale.admin, &cancel, &json!({})).await.data();
    let retry = format!("/api/admin/payments/{payment}/retry");
    sale.app.post_as(&sale.admin, &retry, &json!({})).await.refused(409, "event_cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn quota_below_the_tickets_taken_is_refused_with_the_numbers() {
    let sale = Sale::open().await;
    sale.as_guest(sale.request(3, 0)).await.data();
    let path = format!("/api/admin/ticket-types/{}", sale.early);
    let refused = sale.app.put_as(&sale.admin, &path, &json!({ "quota": 2 })).await;
    let message = refused.refused(409, "quota_below_taken").body["fields"]["quota"].as_str().unwrap();
    assert!(message.contains('3'), "{message}");
    assert_eq!(sale.app.put_as(&sale.admin, &path, &json!({ "quota": 3 })).await.data()["available"], 0);
}

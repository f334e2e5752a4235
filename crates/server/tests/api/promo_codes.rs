//! Promo codes: organisers' endpoints, and the limit of guesses.

use crate::{
    app::{Reply, TestApp},
    ticket_types::{add_type, fixed, without_types},
};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

fn percent(code: &str, value: i64) -> Value {
    json!({ "code": code, "discount": { "kind": "percent", "value": value } })
}

#[tokio::test(flavor = "multi_thread")]
async fn promo_codes_are_added_changed_and_removed_by_organisers() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = app.add_event(&admin, 2_100, 10).await;
    let path = format!("/api/admin/events/{event}/promo-codes");
    let until = app.now() + Duration::days(1);
    let form = json!({ "code": "early-bird 20", "discount": { "kind": "percent", "value": 20 }, "max_uses": 5, "max_per_buyer": 1, "valid_until": until });
    let added = app.post_as(&admin, &path, &form).await;
    assert_eq!(added.status, 201, "{added:?}");
    let id = added.data()["id"].clone();
    let expected = json!({
        "id": id, "event_id": event, "code": "EARLYBIRD20", "discount": { "kind": "percent", "value": 20 }, "ticket_type_ids": null,
        "max_uses": 5, "max_per_buyer": 1, "used": 0, "valid_from": null, "valid_until": added.data()["valid_until"], "archived": false,
    });
    assert_eq!(*added.data(), expected);
    assert_eq!(*app.get_as(&admin, &path).await.data(), json!([expected]));
    app.post_as(&admin, &path, &percent("EARLYBIRD-20", 5)).await.refused(409, "promo_code_taken");
    let general =
        app.post_as(&admin, "/api/admin/promo-codes", &percent("EARLYBIRD20", 5)).await.data().clone();
    assert_eq!(general["event_id"], Value::Null);
    assert_eq!(app.get_as(&admin, "/api/admin/promo-codes").await.data()[0]["id"], general["id"]);
    let one = format!("/api/admin/promo-codes/{id}");
    let change = json!({ "code": "EARLYBIRD20", "discount": { "kind": "sats", "value": 100 }, "max_uses": null, "archived": true });
    let changed = app.put_as(&admin, &one, &change).await.data().clone();
    assert_eq!(changed["discount"], json!({ "kind": "sats", "value": 100 }));
    assert_eq!(
        (&changed["max_uses"], &changed["max_per_buyer"], &changed["archived"]),
        (&Value::Null, &json!(1), &json!(true))
    );
    let other = app.put_as(&admin, &one, &json!({ "code": "OTHER" })).await;
    assert!(other.refused(400, "invalid").body["fields"]["code"].is_string());
    let removed = app.delete_as(&admin, &one).await;
    assert_eq!(removed.body["message"], "Promo code deleted");
    app.delete_as(&admin, &one).await.refused(404, "not_found");
    app.post_as(&admin, "/api/admin/events/999/promo-codes", &percent("LOST", 5))
        .await
        .refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_promo_codes_are_refused_by_their_fields() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = app.add_event(&admin, 2_100, 10).await;
    let path = format!("/api/admin/events/{event}/promo-codes");
    for (form, field) in [
        (percent("ab", 10), "code"),
        (percent("GOOD", 101), "discount.value"),
        (json!({ "code": "GOOD", "discount": { "kind": "sats", "value": 0 } }), "discount.value"),
        (json!({ "code": "GOOD", "discount": { "kind": "half" } }), "discount.kind"),
        (
            json!({ "code": "GOOD", "discount": { "kind": "free" }, "ticket_type_ids": [999] }),
            "ticket_type_ids",
        ),
        (json!({ "code": "GOOD", "discount": { "kind": "free" }, "max_uses": 0 }), "max_uses"),
        (json!({ "code": "GOOD", "discount": { "kind": "free" }, "valid_until": app.now() }), "valid_until"),
    ] {
        let refused = app.post_as(&admin, &path, &form).await;
        refused.refused(400, "invalid");
        assert!(refused.body["fields"].get(field).is_some(), "{form}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn promo_codes_are_in_no_public_answer() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = app.add_event(&admin, 2_100, 10).await;
    app.post_as(&admin, &format!("/api/admin/events/{event}/promo-codes"), &percent("SECRETWORD", 10))
        .await
        .data();
    for path in ["/api/events".to_owned(), format!("/api/events/{event}"), format!("/events/{event}")] {
        assert!(!app.get(&path).await.text.contains("SECRETWORD"), "{path}");
    }
}

/// Wrong, expired and other codes get different answers only below the limit; beyond it a valid code gets the same as a wrong one.
#[tokio::test(flavor = "multi_thread")]
async fn promo_code_guesses_are_limited_per_network() {
    let settings = [
        ("RATE_LIMITS", "on"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("RATE_PROMO_CODES", "3"),
        ("REFUSAL_DELAY_MS", "0"),
    ];
    let app = TestApp::open_with(&settings, false).await;
    let admin = app.admin().await;
    let event = without_types(&app, &admin, 10).await;
    let id = add_type(&app, &admin, event, fixed("Regular", 1_000)).await.data()["id"].clone();
    let path = format!("/api/admin/events/{event}/promo-codes");
    app.post_as(&admin, &path, &percent("VALID", 10)).await.data();
    let mut expiring = percent("EXPIRED", 10);
    expiring["valid_until"] = json!(app.now() + Duration::minutes(1));
    app.post_as(&admin, &path, &expiring).await.data();
    app.clock.advance(Duration::minutes(1));
    let quote = async |address: &str, code: &str| -> Reply {
        let body = json!({ "event_id": event, "lines": [{ "ticket_type_id": id, "quantity": 1 }], "promo_code": code });
        let request = app.request(Method::POST, "/api/orders/quote").json(&body);
        app.send(request.header("X-Forwarded-For", address)).await
    };
    quote("203.0.113.1", "WRONG").await.refused(400, "promo_code_unknown");
    quote("203.0.113.1", "expired").await.refused(400, "promo_code_expired");
    assert_eq!(quote("203.0.113.1", "valid").await.data()["total_sats"], 900);
    quote("203.0.113.1", "GUESS").await.refused(429, "rate_limited");
    quote("203.0.113.1", "EXPIRED").await.refused(400, "promo_code_expired");
    assert_eq!(quote("203.0.113.1", "V-A-L-I-D").await.data()["total_sats"], 900, "a code that was tried");
    assert_eq!(quote("203.0.113.2", "VALID").await.data()["total_sats"], 900, "another network");
    for guess in ["ONE", "TWO"] {
        quote("203.0.113.2", guess).await.refused(400, "promo_code_unknown");
    }
    quote("203.0.113.2", "EXPIRED").await.refused(429, "rate_limited");
    quote("203.0.113.2", "WRONG").await.refused(429, "rate_limited");
}

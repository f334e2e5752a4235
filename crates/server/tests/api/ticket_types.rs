//! Ticket types: organisers' endpoints, and event responses.

use crate::app::{Reply, TestApp, TestUser};
use chrono::Duration;
use serde_json::{Value, json};

pub(crate) async fn add_type(app: &TestApp, admin: &TestUser, event: i64, form: Value) -> Reply {
    app.post_as(admin, &format!("/api/admin/events/{event}/ticket-types"), &form).await
}

pub(crate) fn fixed(name: &str, sats: u64) -> Value {
    json!({ "name": name, "price": { "kind": "fixed", "sats": sats } })
}

pub(crate) async fn public_types(app: &TestApp, event: i64) -> Vec<Value> {
    app.get(&format!("/api/events/{event}")).await.data()["ticket_types"].as_array().unwrap().clone()
}

fn names(types: &[Value]) -> Vec<&str> {
    types.iter().map(|one| one["name"].as_str().unwrap()).collect()
}

/// Removes the types that an event has from its creation.
pub(crate) async fn without_types(app: &TestApp, admin: &TestUser, capacity: u32) -> i64 {
    let event = app.add_event(admin, 2_100, capacity).await;
    let types = app.get_as(admin, &format!("/api/admin/events/{event}/ticket-types")).await.data().clone();
    for one in types.as_array().unwrap() {
        let archived = json!({ "archived": true });
        app.put_as(admin, &format!("/api/admin/ticket-types/{}", one["id"]), &archived).await.data();
    }
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_types_are_listed_in_event_responses_and_hidden_ones_to_organisers_only() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = without_types(&app, &admin, 10).await;
    let early = json!({
        "name": "Early bird", "description": "First come", "price": { "kind": "fixed", "sats": 900 }, "quota": 4,
        "sale_end": app.now() + Duration::minutes(10), "max_per_order": 2,
    });
    let early = add_type(&app, &admin, event, early).await.data().clone();
    let crew = json!({ "name": "Crew", "price": { "kind": "minimum", "min_sats": 50 }, "hidden": true });
    add_type(&app, &admin, event, crew).await.data();
    add_type(&app, &admin, event, fixed("Regular", 2_100)).await.data();
    let expected = json!({
        "id": early["id"], "name": "Early bird", "description": "First come", "price": { "kind": "fixed", "sats": 900 },
        "price_sats": 900, "quota": 4, "available": 4, "sale_start": null, "sale_end": early["sale_end"], "min_per_order": 1,
        "max_per_order": 2, "hidden": false, "position": early["position"], "archived": false, "sale": "on_sale",
    });
    for path in [format!("/api/events/{event}"), "/api/events".to_owned()] {
        let read = async |reply: Reply| {
            let data = reply.data();
            let found = data.as_array().map_or(data, |all| &all[0]);
            found["ticket_types"].as_array().unwrap().clone()
        };
        for reply in [app.get(&path).await, app.get_as(&alice, &path).await] {
            let types = read(reply).await;
            assert_eq!(names(&types), ["Early bird", "Regular"], "{path}");
            assert_eq!(types[0], expected, "{path}");
        }
        let types = read(app.get_as(&admin, &path).await).await;
        assert!(names(&types).contains(&"Crew"), "{path}");
        assert!(types.iter().all(|one| one["taken"] == 0), "{path}");
    }
    let all = app.get_as(&admin, "/api/admin/events").await.data()[0]["ticket_types"].clone();
    assert!(names(all.as_array().unwrap()).contains(&"Crew"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_type_change_shows_at_once_and_its_states_follow_the_time() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = without_types(&app, &admin, 10).await;
    let start = app.now() + Duration::minutes(5);
    let form = json!({ "name": "Regular", "price": { "kind": "fixed", "sats": 900 }, "sale_start": start });
    let id = add_type(&app, &admin, event, form).await.data()["id"].clone();
    let sale = async || public_types(&app, event).await[0]["sale"].clone();
    assert_eq!(sale().await, "not_yet");
    app.clock.advance(Duration::minutes(5));
    assert_eq!(sale().await, "on_sale");
    let path = format!("/api/admin/ticket-types/{id}");
    let change = json!({ "name": "Standard", "sale_start": null, "quota": 3 });
    let changed = app.put_as(&admin, &path, &change).await.data().clone();
    assert_eq!((&changed["sale_start"], &changed["quota"]), (&Value::Null, &json!(3)));
    let shown = public_types(&app, event).await;
    assert_eq!((&shown[0]["name"], &shown[0]["available"]), (&json!("Standard"), &json!(3)));
    let end = json!({ "sale_end": app.now() + Duration::minutes(1) });
    app.put_as(&admin, &path, &end).await.data();
    app.clock.advance(Duration::minutes(1));
    assert_eq!(sale().await, "ended");
    let dollars = json!({ "price": { "kind": "currency", "currency": "usd", "amount_minor": 2_500 }, "sale_end": null });
    let changed = app.put_as(&admin, &path, &dollars).await.data().clone();
    assert_eq!((&changed["sale"], &changed["price_sats"]), (&json!("no_rate"), &Value::Null));
    assert_eq!(changed["price"]["currency"], "USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_ticket_types_are_refused_by_their_fields() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = app.add_event(&admin, 2_100, 10).await;
    for (form, field) in [
        (json!({ "name": " ", "price": { "kind": "fixed", "sats": 1 } }), "name"),
        (json!({ "name": "A", "price": { "kind": "fixed", "sats": -1 } }), "price.sats"),
        (json!({ "name": "A", "price": { "kind": "fixed" } }), "price.sats"),
        (json!({ "name": "A", "price": { "kind": "gold" } }), "price.kind"),
        (json!({ "name": "A", "price": { "kind": "minimum", "min_sats": -1 } }), "price.min_sats"),
        (
            json!({ "name": "A", "price": { "kind": "currency", "currency": "USD", "amount_minor": 0 } }),
            "price.amount_minor",
        ),
        (json!({ "name": "A", "price": { "kind": "fixed", "sats": 1 }, "quota": 0 }), "quota"),
        (json!({ "name": "A", "price": { "kind": "fixed", "sats": 1 }, "sale_end": app.now() }), "sale_end"),
    ] {
        let refused = add_type(&app, &admin, event, form.clone()).await;
        refused.refused(400, "invalid");
        assert!(refused.body["fields"].get(field).is_some(), "{form}: {refused:?}");
    }
    add_type(&app, &admin, 999, fixed("A", 1)).await.refused(404, "not_found");
    app.put_as(&admin, "/api/admin/ticket-types/999", &json!({})).await.refused(404, "not_found");
    app.delete_as(&admin, "/api/admin/ticket-types/999").await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_types_are_sorted_archived_and_deleted_with_audit_lines() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = without_types(&app, &admin, 10).await;
    let mut ids = Vec::new();
    for name in ["One", "Two", "Three"] {
        ids.push(add_type(&app, &admin, event, fixed(name, 100)).await.data()["id"].as_i64().unwrap());
    }
    let order = format!("/api/admin/events/{event}/ticket-types/order");
    let sorted = app.put_as(&admin, &order, &json!({ "ids": [ids[2], ids[0]] })).await;
    assert_eq!(&names(sorted.data().as_array().unwrap())[..2], ["Three", "One"]);
    assert_eq!(names(&public_types(&app, event).await), ["Three", "One", "Two"]);
    for wrong in [json!([ids[0], ids[0]]), json!([999])] {
        let refused = app.put_as(&admin, &order, &json!({ "ids": wrong })).await;
        assert!(refused.refused(400, "invalid").body["fields"]["ids"].is_string());
    }
    let code = json!({ "code": "TWO", "discount": { "kind": "free" }, "ticket_type_ids": [ids[1]] });
    app.post_as(&admin, &format!("/api/admin/events/{event}/promo-codes"), &code).await.data();
    for (id, message) in [(ids[0], "Ticket type deleted"), (ids[1], "Ticket type archived")] {
        let removed = app.delete_as(&admin, &format!("/api/admin/ticket-types/{id}")).await;
        assert_eq!((removed.status, &removed.body["message"]), (200, &json!(message)));
    }
    assert_eq!(names(&public_types(&app, event).await), ["Three"]);
    let lines = app.get_as(&admin, "/api/admin/audit").await.data().clone();
    let actions: Vec<_> =
        lines.as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    for action in [
        "ticket_type.create",
        "ticket_type.sort",
        "ticket_type.delete",
        "ticket_type.archive",
        "promo_code.create",
    ] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
    assert!(!lines.to_string().contains("\"TWO\""), "a promo code is no text for the audit log");
}

#[tokio::test(flavor = "multi_thread")]
async fn event_price_follows_its_default_ticket_type() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = without_types(&app, &admin, 10).await;
    let price = async || app.get(&format!("/api/events/{event}")).await.data()["price_sats"].clone();
    add_type(&app, &admin, event, fixed("Regular", 900)).await.data();
    assert_eq!(price().await, 900);
    let first = add_type(&app, &admin, event, fixed("Early bird", 500)).await.data()["id"].clone();
    assert_eq!(price().await, 900, "the first type is the default");
    let order = format!("/api/admin/events/{event}/ticket-types/order");
    app.put_as(&admin, &order, &json!({ "ids": [first] })).await.data();
    assert_eq!(price().await, 500);
}

//! Limits of what anonymous callers can read, enumerate or take over.

use crate::app::{PASSWORD, PRICE, Reply, TestApp};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// Trusts loopback as a proxy, so that requests may come from any network.
async fn behind_a_proxy(settings: &[(&str, &str)]) -> TestApp {
    let proxy = [("RATE_LIMITS", "on"), ("TRUSTED_PROXIES", "127.0.0.1"), ("RATE_LOGIN", "1000")];
    TestApp::open_with(&[&proxy, settings].concat(), false).await
}

fn from(request: RequestBuilder, address: &str) -> RequestBuilder {
    request.header("X-Forwarded-For", address)
}

async fn get_from(app: &TestApp, address: &str, path: &str) -> Reply {
    app.send(from(app.request(Method::GET, path), address)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_event_is_visible_to_admins_and_ticket_holders_only() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let (free, paid) = (app.add_event(&admin, 0, 5).await, app.add_event(&admin, PRICE, 5).await);
    let of_free = app.buy_paid(&alice, free).await;
    let of_paid = app.buy(&alice, paid).await.data().clone();
    for (event, bought) in [(free, of_free), (paid, of_paid)] {
        let (json, page) = (format!("/api/events/{event}"), format!("/events/{event}"));
        let poster = format!("{page}/poster.png");
        for path in [&json, &page, &poster] {
            assert_eq!(app.get(path).await.status, 200, "{path}");
        }
        let off = json!({ "is_active": false });
        app.put_as(&admin, &format!("/api/admin/events/{event}"), &off).await.data();
        app.get(&json).await.refused(404, "not_found");
        app.get_as(&bob, &json).await.refused(404, "not_found");
        app.get(&poster).await.refused(404, "not_found");
        let hidden = app.get(&page).await;
        assert_eq!(hidden.status, 404);
        assert!(!hidden.text.contains("Late Show"), "{}", hidden.text);
        assert_eq!(app.get_as(&alice, &json).await.data()["is_active"], false, "the caller holds a ticket");
        // The status is public, but without the title.
        let status = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
        assert_eq!(app.get(&status).await.data()["event"]["title"], "Unavailable event");
        assert_eq!(app.get_as(&alice, &status).await.data()["event"]["title"], "Late Show");
        app.get_as(&admin, &json).await.data();
        let on = json!({ "is_active": true });
        app.put_as(&admin, &format!("/api/admin/events/{event}"), &on).await.data();
        assert_eq!(app.get(&page).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn distinct_foreign_ids_are_limited_per_network() {
    let app = behind_a_proxy(&[("RATE_FOREIGN_IDS", "3")]).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 9).await;
    let bought = app.buy(&alice, event).await.data().clone();
    let paths = |kind: &'static str| {
        (1..=4).map(move |id| match kind {
            "users" => format!("/api/users/{id}"),
            "status" => format!("/api/tickets/{id}/status"),
            _ => format!("/api/tickets/{id}/events"),
        })
    };
    for kind in ["users", "status"] {
        let all: Vec<String> = paths(kind).collect();
        for path in &all[..3] {
            let answer = get_from(&app, "203.0.113.1", path).await;
            assert!([200, 404].contains(&answer.status), "{answer:?}");
        }
        let refused = get_from(&app, "203.0.113.1", &all[3]).await;
        refused.refused(429, "rate_limited");
        assert!(refused.header("retry-after").parse::<u32>().unwrap() > 3_000);
        assert_eq!(
            get_from(&app, "203.0.113.1", &all[0]).await.status,
            200,
            "known ids stay available for polling"
        );
        assert_ne!(get_from(&app, "203.0.113.2", &all[3]).await.status, 429, "another network");
    }
    let stream = paths("events").next_back().unwrap();
    get_from(&app, "203.0.113.1", &stream).await.refused(429, "rate_limited");
    let cancel = from(app.request(Method::POST, "/api/tickets/5/cancel"), "203.0.113.1");
    app.send(cancel).await.refused(429, "rate_limited");
    // An IPv6 /64 counts as one network.
    for (last, id) in (1..=3).zip(1..) {
        get_from(&app, &format!("2001:db8::{last}"), &format!("/api/users/{id}")).await;
    }
    get_from(&app, "2001:db8::ffff", "/api/users/4").await.refused(429, "rate_limited");
    // Authorised requests are not counted.
    let own = format!(
        "/api/tickets/{}/status?token={}",
        bought["ticket"]["id"],
        bought["status_token"].as_str().unwrap()
    );
    assert_eq!(get_from(&app, "203.0.113.1", &own).await.status, 200);
    let me = from(app.request(Method::GET, &format!("/api/users/{}", alice.id)), "203.0.113.1");
    assert_eq!(app.send(me.bearer_auth(&alice.token)).await.data()["email"], alice.email);
    app.clock.advance(chrono::Duration::hours(1));
    assert_ne!(get_from(&app, "203.0.113.1", "/api/tickets/4/status").await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_of_a_guest_is_scoped_by_network() {
    let app = behind_a_proxy(&[]).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 9).await;
    let buy = async |address: &str| {
        let request =
            app.request(Method::POST, "/api/tickets/purchase").json(&app.purchase_request(event, alice.id));
        app.send(from(request, address).header("Idempotency-Key", "1")).await.data().clone()
    };
    let (first, again) = (buy("203.0.113.1").await, buy("203.0.113.1").await);
    assert_eq!(first["ticket"]["id"], again["ticket"]["id"], "a repetition");
    let other = buy("198.51.100.1").await;
    assert_ne!(other["ticket"]["id"], first["ticket"]["id"]);
    assert_ne!(other["status_token"], first["status_token"]);
}

/// The alternatives of a schema that are objects.
fn object_schemas<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(path) = schema["$ref"].as_str() {
        return object_schemas(document, document.pointer(path.trim_start_matches('#')).unwrap());
    }
    let kinds = ["oneOf", "anyOf", "allOf"].map(|kind| schema[kind].as_array());
    let alternatives = kinds.into_iter().flatten().flatten();
    let nested = alternatives.flat_map(|one| object_schemas(document, one));
    nested.chain(schema["properties"].is_object().then_some(schema)).collect()
}

/// Bodies with an array in place of each nested object.
fn arrays_for_nested_objects(document: &Value, schema: &Value) -> Vec<Value> {
    let mut bodies = Vec::new();
    for object in object_schemas(document, schema) {
        for (name, property) in object["properties"].as_object().unwrap() {
            if !object_schemas(document, property).is_empty() {
                bodies.push(json!({ name: ["a", 1] }));
                bodies.extend(
                    arrays_for_nested_objects(document, property).iter().map(|one| json!({ name: one })),
                );
            }
            let items = &property["items"];
            if !object_schemas(document, items).is_empty() {
                bodies.push(json!({ name: [["a", 1]] }));
                bodies.extend(
                    arrays_for_nested_objects(document, items).iter().map(|one| json!({ name: [one] })),
                );
            }
        }
    }
    bodies
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_array_is_rejected_on_every_route() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let document = app.get("/api/openapi.json").await.body;
    let mut checked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let operations = operations.as_object().unwrap();
        for (method, _) in operations.iter().filter(|(_, operation)| operation["requestBody"].is_object()) {
            let path = path.replace("{payment_hash}", &"0".repeat(64));
            let path = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
            let method: Method = method.to_uppercase().parse().unwrap();
            let request = app.request(method.clone(), &path.collect::<Vec<_>>().join("/"));
            let body = json!(["e@people.example", "n", PASSWORD, 1, "2090-01-01T18:00:00Z"]);
            let answer = app.send(request.bearer_auth(&admin.token).json(&body)).await;
            assert!((400..500).contains(&answer.status), "{method} {answer:?}");
            checked += 1;
        }
    }
    assert!(checked > 10, "{checked}");
    let mut nested = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            for body in arrays_for_nested_objects(&document, schema) {
                let path = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
                let method: Method = method.to_uppercase().parse().unwrap();
                let request = app.request(method.clone(), &path.collect::<Vec<_>>().join("/"));
                let answer = app.send(request.bearer_auth(&admin.token).json(&body)).await;
                let message = answer.refused(400, "invalid").body["message"].as_str().unwrap().to_owned();
                assert!(message.contains("must be a JSON object"), "{method} {body} {answer:?}");
                nested += 1;
            }
        }
    }
    assert!(nested >= 10, "{nested}");
    let body = json!(["e@people.example", "n", PASSWORD]);
    let refused = app.post("/api/users", &body).await;
    assert_eq!(refused.refused(400, "invalid").body["message"], "The body must be a JSON object");
    let login: Value = app.post_login("e@people.example", PASSWORD).await.body;
    assert_eq!(login["code"], 401, "no account was registered");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_mailbox_rejects_foreign_host_names() {
    let app = TestApp::open().await;
    let port = app.config.http.domain.as_str().split_once(':').unwrap().1.to_owned();
    let status = async |host: &str| {
        let request = app.request(Method::GET, "/sandbox/emails").header("Host", host);
        app.send(request).await.status
    };
    for own in ["localhost", "127.0.0.1", "[::1]", "shop.localhost"] {
        assert_eq!(status(&format!("{own}:{port}")).await, 200, "{own}");
    }
    for foreign in ["rebind.example", "localhost.rebind.example", "10.0.0.1", "127.0.0.1.rebind.example"] {
        assert_eq!(status(&format!("{foreign}:{port}")).await, 404, "{foreign}");
    }
}

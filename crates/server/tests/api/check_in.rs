use crate::app::{PRICE, TestApp};
use chrono::Duration;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_ticket_is_valid_for_its_event_until_the_event_ends() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let (event, other) = (app.add_event(&admin, PRICE, 5).await, app.add_event(&admin, PRICE, 5).await);
    let pending = app.buy(&alice, event).await.data().clone();
    let ticket = app.buy_paid(&alice, event).await;
    let code = ticket["ticket"]["ticket_code"].as_str().unwrap();
    let validate = async |code: &str, event: i64| {
        app.post("/api/tickets/validate", &json!({ "ticket_code": code, "event_id": event })).await
    };
    let first = validate(code, event).await.data().clone();
    assert_eq!(first["valid"], true);
    assert_eq!(
        (&first["ticket"]["id"], &first["ticket"]["user_id"]),
        (&ticket["ticket"]["id"], &json!(alice.id))
    );
    assert_eq!(
        (&first["ticket"]["ticket_code"], &first["event"]["title"]),
        (&json!(code), &json!("Late Show"))
    );
    assert_eq!(first["event"]["stream_url"], "https://stream.example/secret");
    assert!(first["validated_at"].is_string());
    assert_eq!(
        validate(&code.to_lowercase(), event).await.status,
        200,
        "codes are valid repeatedly and in any case"
    );
    validate(code, other).await.refused(400, "wrong_event");
    validate(pending["ticket"]["ticket_code"].as_str().unwrap(), event).await.refused(400, "unpaid");
    validate("TKT-00000000000000000000000000", event).await.refused(404, "not_found");
    validate("nonsense", event).await.refused(404, "not_found");
    app.clock.advance(Duration::hours(3));
    validate(code, event).await.refused(400, "event_over");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_in_opens_thirty_minutes_before_the_start() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let mut event = app.event(0, 5);
    event["start_time"] = json!(app.now() + Duration::minutes(31));
    let id = app.post_as(&admin, "/api/admin/events", &event).await.data()["id"].as_i64().unwrap();
    let ticket = app.buy_paid(&alice, id).await;
    let code = json!({ "ticket_code": ticket["ticket"]["ticket_code"], "event_id": id });
    app.post("/api/tickets/validate", &code).await.refused(400, "too_early");
    app.clock.advance(Duration::minutes(1));
    assert_eq!(app.post("/api/tickets/validate", &code).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_check_in_returns_the_attendee_and_the_first_check_in() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let ticket = app.buy_paid(&alice, event).await;
    let code = json!({ "ticket_code": ticket["ticket"]["ticket_code"], "event_id": event });
    app.post_as(&alice, "/api/admin/check-in", &code).await.refused(403, "forbidden");
    let first = app.post_as(&admin, "/api/admin/check-in", &code).await.data().clone();
    assert_eq!(
        (&first["first_time"], &first["name"], &first["checked_in"]),
        (&json!(true), &json!("alice"), &json!(1))
    );
    app.clock.advance(Duration::minutes(5));
    let again = app.post_as(&admin, "/api/admin/check-in", &code).await.data().clone();
    assert_eq!((&again["already_checked_in"], &again["checked_in"]), (&json!(true), &json!(1)));
    assert_eq!(again["checked_in_at"], first["checked_in_at"], "the first check-in is kept");
}

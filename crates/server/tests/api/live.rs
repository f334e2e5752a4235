use crate::app::{PASSWORD, PRICE, TestApp, TestUser};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_stream_delivers_status_changes() {
    let app = TestApp::with_worker().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let bought = app.buy(&alice, event).await.data().clone();
    let path = format!("/api/tickets/{}/events", bought["ticket"]["id"]);
    let token = bought["status_token"].as_str().unwrap();
    let full = app.request(Method::GET, &format!("{path}?token={token}")).send().await.unwrap();
    assert_eq!(full.headers()["content-type"], "text/event-stream");
    let anonymous = app.request(Method::GET, &path).send().await.unwrap();
    app.pay_bolt11(&bought).await;
    let code = bought["ticket"]["ticket_code"].as_str().unwrap();
    for (mut answer, sees_code) in [(full, true), (anonymous, false)] {
        let mut text = String::new();
        while !text.contains("\"payment_status\":\"paid\"") {
            let chunk = answer.chunk().await.unwrap().expect("the stream continues");
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        assert!(text.starts_with("event: status\ndata: {"));
        assert!(text.contains("\"payment_status\":\"pending\""));
        assert_eq!(text.contains(code), sees_code);
    }
    assert_eq!(app.get("/api/tickets/999999/events").await.status, 404);
    app.shop.close().await;
}

/// Reads a stream until it ends.
async fn read_to_end(mut answer: reqwest::Response) -> String {
    let mut text = String::new();
    while let Some(chunk) = answer.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    text
}

/// Opens a buyer's stream and reads its first event.
async fn open_stream(app: &TestApp, user: &TestUser, bought: &Value) -> reqwest::Response {
    let path = format!("/api/tickets/{}/events", bought["ticket"]["id"]);
    let mut answer = app.request(Method::GET, &path).bearer_auth(&user.token).send().await.unwrap();
    let first = answer.chunk().await.unwrap().unwrap();
    let first = std::str::from_utf8(&first).unwrap();
    assert!(first.contains(bought["ticket"]["ticket_code"].as_str().unwrap()), "{first}");
    assert!(first.contains("retry: "), "{first}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_token() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = app.add_event(&admin, PRICE, 50).await;
    for end in ["log-out", "password", "erasure", "expiry"] {
        let buyer = app.register(end).await;
        let bought = app.buy(&buyer, event).await.data().clone();
        let stream = open_stream(&app, &buyer, &bought).await;
        match end {
            "log-out" => assert_eq!(app.post_as(&buyer, "/api/users/logout", &json!({})).await.status, 200),
            "password" => {
                let change = json!({ "current_password": PASSWORD, "new_password": "another good password" });
                assert_eq!(app.put_as(&buyer, "/api/users/me/password", &change).await.status, 200);
            }
            "erasure" => {
                assert_eq!(app.delete_as(&buyer, &format!("/api/users/{}", buyer.id)).await.status, 200);
            }
            _ => app.clock.advance(chrono::Duration::hours(25)),
        }
        // Without the check the change of the ticket would be delivered with its code.
        if end == "expiry" {
            app.run_jobs().await;
        } else {
            app.pay_bolt11(&bought).await;
            app.until_status(&bought, "paid").await;
        }
        let rest = read_to_end(stream).await;
        assert!(!rest.contains("event:"), "{end}: {rest}");
    }
    assert!(app.get("/metrics").await.text.lines().any(|line| line == "live_streams 0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_out_on_one_replica_ends_the_streams_of_another() {
    let (_database, one, two) = TestApp::two_replicas().await;
    let admin = one.admin().await;
    let event = one.add_event(&admin, PRICE, 5).await;
    let buyer = one.register("buyer").await;
    let bought = one.buy(&buyer, event).await.data().clone();
    let stream = open_stream(&one, &buyer, &bought).await;
    assert_eq!(two.post_as(&buyer, "/api/users/logout", &json!({})).await.status, 200);
    assert!(!read_to_end(stream).await.contains("event:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_limited_per_ticket_and_network() {
    let limits = [
        ("RATE_LIMITS", "on"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("STREAMS_PER_NETWORK", "4"),
        ("STREAMS_PER_TICKET", "3"),
    ];
    let app = TestApp::open_with(&limits, false).await;
    let admin = app.admin().await;
    let event = app.add_event(&admin, PRICE, 50).await;
    let buyer = app.register("buyer").await;
    let one = app.buy(&buyer, event).await.data().clone();
    let other = app.register("other").await;
    let two = app.buy(&other, event).await.data().clone();
    let open = async |bought: &Value, query: &str, from: &str| {
        let path = format!("/api/tickets/{}/events{query}", bought["ticket"]["id"]);
        app.request(Method::GET, &path).header("X-Forwarded-For", from).send().await.unwrap()
    };
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(open(&one, "", "203.0.113.1").await);
    }
    assert!(streams.iter().all(|stream| stream.status() == 200));
    let refused = open(&one, "", "203.0.113.2").await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(refused.json::<Value>().await.unwrap()["type"], "stream_limit");
    // A stream of the holder replaces an anonymous one.
    let full = format!("?token={}", one["status_token"].as_str().unwrap());
    let holder = open(&one, &full, "203.0.113.2").await;
    assert_eq!(holder.status(), 200);
    read_to_end(streams.remove(0)).await;
    // The network has two streams left.
    let more = [open(&two, "", "203.0.113.1").await, open(&two, "", "203.0.113.1").await];
    assert!(more.iter().all(|stream| stream.status() == 200));
    assert_eq!(open(&two, "", "203.0.113.1").await.status(), 429);
    assert_eq!(open(&two, "", "203.0.113.3").await.status(), 200, "another network");
    assert_eq!(app.get("/health").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_has_a_heartbeat_and_a_maximum_life() {
    let app =
        TestApp::open_with(&[("STREAM_HEARTBEAT_SECONDS", "1"), ("STREAM_LIFE_SECONDS", "3")], false).await;
    let admin = app.admin().await;
    let event = app.add_event(&admin, PRICE, 5).await;
    let buyer = app.register("buyer").await;
    let bought = app.buy(&buyer, event).await.data().clone();
    let rest = read_to_end(open_stream(&app, &buyer, &bought).await).await;
    assert!(rest.starts_with(": heartbeat\n\n"), "{rest}");
}

use crate::app::{PRICE, TestApp};
use chrono::Duration;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_event_hides_its_stream_url_from_callers_without_a_ticket() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let id = app.add_event(&admin, PRICE, 5).await;
    let path = format!("/api/events/{id}");
    let event = app.get(&path).await.data().clone();
    let mut fields: Vec<_> = event.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    let expected = [
        "cancelled_at",
        "capacity",
        "contact",
        "created_at",
        "description",
        "end_time",
        "gated",
        "host_name",
        "id",
        "is_active",
        "price_sats",
        "replay_until",
        "start_time",
        "status",
        "stream_url",
        "tags",
        "ticket_types",
        "tickets_available",
        "time_zone",
        "title",
        "updated_at",
        "user_has_ticket",
    ];
    assert_eq!(fields, expected);
    assert!(event["stream_url"].is_null());
    assert_eq!((&event["tickets_available"], &event["user_has_ticket"]), (&json!(5), &json!(false)));
    assert!(app.get_as(&alice, &path).await.data()["stream_url"].is_null());
    assert_eq!(app.get_as(&admin, &path).await.data()["stream_url"], "https://stream.example/secret");
    app.buy(&alice, id).await;
    assert!(app.get_as(&alice, &path).await.data()["stream_url"].is_null(), "a held seat is not a ticket");
    app.buy_paid(&alice, id).await;
    let seen = app.get_as(&alice, &path).await.data().clone();
    assert_eq!(
        (&seen["stream_url"], &seen["user_has_ticket"]),
        (&json!("https://stream.example/secret"), &json!(true))
    );
    assert!(app.get("/api/events").await.data()[0]["stream_url"].is_null());
    assert_eq!(app.get_as(&alice, "/api/events").await.data()[0]["user_has_ticket"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_list_is_filtered_sorted_and_paged() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    for (title, hours, price) in [("Third", 30, 5), ("First", 10, 0), ("Second 100%", 20, 5)] {
        let mut event = app.event(price, 5);
        event["title"] = json!(title);
        event["start_time"] = json!(app.now() + Duration::hours(hours));
        event["end_time"] = json!(app.now() + Duration::hours(hours + 1));
        app.post_as(&admin, "/api/admin/events", &event).await.data();
    }
    let off = app.add_event(&admin, PRICE, 5).await;
    app.put_as(&admin, &format!("/api/admin/events/{off}"), &json!({ "is_active": false })).await.data();
    let titles = async |query: &str| -> Vec<String> {
        let reply = app.get(&format!("/api/events{query}")).await;
        reply
            .data()
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["title"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(titles("").await, ["First", "Second 100%", "Third"]);
    assert_eq!(titles("?limit=1&offset=1").await, ["Second 100%"]);
    assert_eq!(app.get("/api/events?limit=1").await.header("x-total-count"), "3");
    for invalid in
        ["?limit=0", "?limit=-3", "?limit=abc&offset=xyz", "?limit=99999999999999999999", "?offset=-1"]
    {
        assert_eq!(app.get(&format!("/api/events{invalid}")).await.status, 200, "{invalid}");
    }
    assert_eq!(titles("?free=true").await, ["First"]);
    assert_eq!(titles("?max_price_sats=0").await, ["First"]);
    assert_eq!(titles("?max_price_sats=4").await, ["First"]);
    assert_eq!(titles("?max_price_sats=5").await, ["First", "Second 100%", "Third"]);
    assert_eq!(titles("?max_price_sats=5&free=false").await, ["Second 100%", "Third"]);
    assert_eq!(titles("?max_price_sats=").await.len(), 3);
    assert_eq!(app.get("/api/events?max_price_sats=4").await.header("x-total-count"), "1");
    for invalid in ["-1", "1.5", "much", "99999999999999999999", "2100000000000001"] {
        let reply = app.get(&format!("/api/events?max_price_sats={invalid}")).await;
        assert!(reply.refused(400, "invalid").body["fields"]["max_price_sats"].is_string(), "{invalid}");
    }
    assert_eq!(titles("?q=100%25").await, ["Second 100%"]);
    assert_eq!(titles("?q=_").await, Vec::<String>::new());
    assert_eq!(titles("?upcoming=true").await.len(), 3);
    assert_eq!(titles("?past=true").await, Vec::<String>::new());
    let to = (app.now() + Duration::hours(15)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(titles(&format!("?to={to}")).await, ["First"]);
    app.get("/api/events?from=yesterday").await.refused(400, "invalid");
    app.clock.advance(Duration::days(30));
    assert_eq!(titles("?upcoming=true").await, Vec::<String>::new());
    assert_eq!(titles("?past=true").await, ["Third", "Second 100%", "First"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_the_time_zone_that_its_organiser_set() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let id = app.add_event(&admin, 0, 5).await;
    let path = format!("/api/events/{id}");
    assert_eq!(app.get(&path).await.data()["time_zone"], "UTC");
    let change = json!({ "time_zone": "Europe/Berlin" });
    let changed = app.put_as(&admin, &format!("/api/admin/events/{id}"), &change).await;
    assert_eq!(changed.data()["time_zone"], "Europe/Berlin");
    let start_time = changed.data()["start_time"].clone();
    app.put_as(&admin, &format!("/api/admin/events/{id}"), &json!({ "title": "Later" })).await.data();
    assert_eq!(app.get(&path).await.data()["time_zone"], "Europe/Berlin");
    assert_eq!(
        app.get(&path).await.data()["start_time"],
        start_time,
        "the time zone does not change the start time"
    );
    let mut event = app.event(PRICE, 5);
    event["time_zone"] = json!("Asia/Seoul");
    assert_eq!(app.post_as(&admin, "/api/admin/events", &event).await.data()["time_zone"], "Asia/Seoul");
    assert_eq!(app.get_as(&admin, "/api/admin/events").await.data()[0]["time_zone"], "Asia/Seoul");
    let ticket = app.buy(&alice, id).await.data()["ticket"]["id"].clone();
    let status = app.get(&format!("/api/tickets/{ticket}/status")).await;
    assert_eq!(status.data()["event"]["time_zone"], "Europe/Berlin");
    let mine = app.get_as(&alice, &format!("/api/users/{}/tickets", alice.id)).await;
    assert_eq!(mine.data()[0]["event"]["time_zone"], "Europe/Berlin");
}

/// The published form writes back the fields that it knows.
#[tokio::test(flavor = "multi_thread")]
async fn organiser_tags_and_replay_are_public_and_survive_the_published_form() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let mut event = app.event(PRICE, 5);
    let replay = app.now() + Duration::days(30);
    let details = json!({ "host_name": " Club Zero", "contact": "hi@club.example", "tags": ["Jazz", "Live"],
        "replay_until": replay, "gated": true });
    event.as_object_mut().unwrap().extend(details.as_object().unwrap().clone());
    let created = app.post_as(&admin, "/api/admin/events", &event).await.data().clone();
    let (path, change) =
        (format!("/api/events/{}", created["id"]), format!("/api/admin/events/{}", created["id"]));
    let shown = app.get(&path).await.data().clone();
    for event in [&created, &shown, &app.get("/api/events").await.data()[0]] {
        assert_eq!(event["host_name"], "Club Zero");
        assert_eq!((&event["contact"], &event["tags"]), (&details["contact"], &details["tags"]));
        assert_eq!(event["gated"], true);
        assert_eq!(event["replay_until"], shown["replay_until"]);
    }
    let mut published = app.event(PRICE, 5);
    published["title"] = json!("Later Show");
    let kept = app.put_as(&admin, &change, &published).await.data().clone();
    for field in ["host_name", "contact", "tags", "replay_until", "gated"] {
        assert_eq!(kept[field], shown[field], "{field}");
    }
    let cleared = json!({ "host_name": "", "contact": "", "tags": [], "replay_until": null, "gated": false });
    let cleared = app.put_as(&admin, &change, &cleared).await.data().clone();
    assert_eq!((&cleared["replay_until"], &cleared["gated"]), (&json!(null), &json!(false)));
    assert_eq!((&cleared["host_name"], &cleared["tags"]), (&json!(""), &json!([])));
    let log = app.get_as(&admin, "/api/admin/audit").await;
    assert_eq!(log.data()[0]["detail"], "host_name, contact, tags, replay_until, gated");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_event_list_is_not_modified() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let id = app.add_event(&admin, PRICE, 5).await;
    let first = app.get("/api/events").await;
    let tag = first.header("etag").to_owned();
    let again = app.request(Method::GET, "/api/events").header("If-None-Match", &tag);
    assert_eq!(app.send(again).await.status, 304);
    app.put_as(&admin, &format!("/api/admin/events/{id}"), &json!({ "title": "Later Show" })).await.data();
    let changed = app.request(Method::GET, "/api/events").header("If-None-Match", &tag);
    assert_eq!(app.send(changed).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_change_events() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let id = app.add_event(&admin, PRICE, 5).await;
    let event = app.event(PRICE, 5);
    app.post("/api/admin/events", &event).await.refused(401, "unauthorized");
    app.post_as(&alice, "/api/admin/events", &event).await.refused(403, "forbidden");
    app.put_as(&alice, &format!("/api/admin/events/{id}"), &json!({ "title": "Mine" }))
        .await
        .refused(403, "forbidden");
    app.delete_as(&alice, &format!("/api/admin/events/{id}")).await.refused(403, "forbidden");
    assert_eq!(app.get("/api/events").await.header("x-total-count"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_event_fields_are_rejected() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let past = app.now() - Duration::hours(1);
    let faults = [
        ("title", json!(" ")),
        ("title", json!("x".repeat(5_000))),
        ("capacity", json!(0)),
        ("capacity", json!(-1)),
        ("price_sats", json!(-1)),
        ("start_time", json!(past)),
        ("end_time", json!(past)),
        ("stream_url", json!("javascript:alert(1)")),
        ("time_zone", json!("Mars/Olympus")),
        ("time_zone", json!("Europe/Berlin".repeat(1_000))),
        ("host_name", json!("x".repeat(101))),
        ("contact", json!("javascript:alert(1)")),
        ("tags", json!(["Jazz", "jazz"])),
        ("replay_until", json!(past)),
    ];
    for (field, value) in faults {
        let mut event = app.event(PRICE, 5);
        event[field] = value;
        let reply = app.post_as(&admin, "/api/admin/events", &event).await;
        assert!(reply.refused(400, "invalid").body["fields"][field].is_string(), "{field}: {reply:?}");
    }
    for (field, value) in [
        ("capacity", json!("many")),
        ("time_zone", json!(2)),
        ("start_time", json!("soon")),
        ("price_sats", json!(1.5)),
        ("tags", json!("Jazz")),
        ("replay_until", json!("never")),
        ("gated", json!("yes")),
    ] {
        let mut event = app.event(PRICE, 5);
        event[field] = value;
        let reply = app.post_as(&admin, "/api/admin/events", &event).await;
        assert!(reply.refused(400, "invalid").body["fields"][field].is_string(), "{field}: {reply:?}");
    }
    assert_eq!(app.get("/api/events").await.header("x-total-count"), "0", "no event is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn capacity_covers_sold_and_held_seats_and_events_with_tickets_are_not_deleted() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let id = app.add_event(&admin, PRICE, 5).await;
    let path = format!("/api/admin/events/{id}");
    app.buy_paid(&alice, id).await;
    app.buy(&alice, id).await.data();
    app.put_as(&admin, &path, &json!({ "capacity": 1 })).await.refused(409, "capacity_below_sold");
    assert_eq!(app.put_as(&admin, &path, &json!({ "capacity": 2 })).await.data()["tickets_available"], 0);
    app.delete_as(&admin, &path).await.refused(409, "event_has_tickets");
    let empty = app.add_event(&admin, PRICE, 5).await;
    let gone = app.delete_as(&admin, &format!("/api/admin/events/{empty}")).await;
    assert_eq!(gone.status, 200);
    assert!(gone.body.get("data").is_none());
    app.get(&format!("/api/events/{empty}")).await.refused(404, "not_found");
    app.delete_as(&admin, "/api/admin/events/999999").await.refused(404, "not_found");
    app.put_as(&admin, "/api/admin/events/999999", &json!({})).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_changes_are_recorded_in_the_audit_log() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let id = app.add_event(&admin, PRICE, 5).await;
    app.put_as(&admin, &format!("/api/admin/events/{id}"), &json!({ "title": "Later Show" })).await.data();
    let log = app.get_as(&admin, "/api/admin/audit").await;
    let line = &log.data()[0];
    assert_eq!((&line["action"], &line["actor"]), (&json!("event.update"), &json!(admin.id)));
    assert_eq!(line["subject"], format!("event/{id}"));
}

//! Watch sessions, their live updates, and the authorization of media servers.

use crate::app::{PRICE, TestApp, TestUser};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

const PLAYLIST: &str = "https://media.example/hls/late-show/index.m3u8";
const SEGMENT: &str = "/hls/late-show/720p/7.ts";

/// A gated event with an HLS stream that starts in 15 minutes; early entry has begun.
async fn add_event(app: &TestApp, admin: &TestUser, changes: Value) -> i64 {
    let mut event = app.event(PRICE, 5);
    event["stream_url"] = json!(PLAYLIST);
    event["gated"] = json!(true);
    event.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    app.post_as(admin, "/api/admin/events", &event).await.data()["id"].as_i64().unwrap()
}

async fn watch(app: &TestApp, user: &TestUser, event: i64) -> Value {
    let opened = app.post_as(user, &format!("/api/events/{event}/watch"), &json!({})).await;
    assert_eq!(opened.status, 201, "{opened:?}");
    opened.data().clone()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}"))
}

/// Live updates of a watch session.
struct Updates {
    answer: reqwest::Response,
    read: String,
}

impl Updates {
    async fn open(app: &TestApp, event: i64, session: &str) -> Self {
        let path = format!("/api/events/{event}/watch/live?session={session}");
        let answer = app.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        Self { answer, read: String::new() }
    }

    /// The next event of this name.
    async fn next(&mut self, name: &str) -> Value {
        loop {
            while let Some((message, rest)) = self.read.split_once("\n\n") {
                let found = message.strip_prefix(&format!("event: {name}\ndata: ")).map(str::to_owned);
                let rest = rest.to_owned();
                self.read = rest;
                if let Some(data) = found {
                    return serde_json::from_str(&data).unwrap();
                }
            }
            let chunk =
                self.answer.chunk().await.unwrap().unwrap_or_else(|| panic!("no {name} before the end"));
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn ends(mut self) -> String {
        while let Some(chunk) = self.answer.chunk().await.unwrap() {
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        self.read
    }
}

/// Status of the subrequest of nginx for a request target.
async fn nginx(app: &TestApp, target: &str) -> u16 {
    let request = app.request(Method::GET, "/api/stream/authorize").header("X-Original-URI", target);
    request.send().await.unwrap().status().as_u16()
}

async fn segment(app: &TestApp, token: &str) -> u16 {
    nginx(app, &format!("{SEGMENT}?token={token}")).await
}

async fn media_mtx(app: &TestApp, action: &str, path: &str, token: &str) -> u16 {
    let request = json!({
        "user": "", "password": "", "token": "", "ip": "203.0.113.7", "action": action, "path": path,
        "protocol": "hls", "id": null, "query": format!("token={token}"),
    });
    app.post("/api/stream/authorize", &request).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn holders_watch_a_gated_event_in_its_window_and_get_no_stream_url() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let start = app.now() + Duration::hours(3);
    let times = json!({ "start_time": start, "end_time": start + Duration::hours(1), "replay_until": start + Duration::hours(9) });
    let event = add_event(&app, &admin, times).await;
    let path = format!("/api/events/{event}/watch");
    let bought = app.buy_paid(&alice, event).await;
    app.buy(&bob, event).await.data();
    app.post_as(&bob, &path, &json!({})).await.refused(403, "no_ticket");
    app.post(&path, &json!({})).await.refused(403, "no_ticket");
    let ticket = bought["ticket"]["id"].clone();
    app.post_as(&bob, &path, &json!({ "ticket_id": ticket })).await.refused(403, "no_ticket");
    app.post(&path, &json!({ "ticket_id": ticket, "token": "00" })).await.refused(403, "no_ticket");
    app.post_as(&alice, "/api/events/999999/watch", &json!({})).await.refused(404, "not_found");
    for (hours, phase, open) in
        [(0, "before", false), (3, "live", true), (1, "replay", true), (8, "over", false)]
    {
        app.clock.advance(Duration::hours(hours));
        let alice = app.log_in(&alice.email).await;
        let session = watch(&app, &alice, event).await;
        assert_eq!((text(&session, "phase"), &session["ticket_id"]), (phase, &ticket));
        assert_eq!(session["media"]["url"] == PLAYLIST, open, "{session}");
        assert_eq!(session["media"].is_null(), !open);
        assert_eq!(session.to_string().contains("media.example"), open);
        let tickets = app.get_as(&alice, &format!("/api/users/{}/tickets", alice.id)).await;
        let event_path = format!("/api/events/{event}");
        let shown = app.get_as(&alice, &event_path).await;
        let page = format!("{}/events/{event}/watch", app.config.http.public_url);
        assert_eq!(shown.data()["stream_url"], page.as_str());
        assert_eq!(tickets.data()[0]["event"]["stream_url"], page.as_str());
        for reply in [&tickets, &shown, &app.get(&event_path).await, &app.get("/api/events").await] {
            assert!(!reply.text.contains("media.example"), "{reply:?}");
        }
    }
    let admin = app.log_in(&admin.email).await;
    let source = app.get_as(&admin, &format!("/api/events/{event}")).await;
    assert_eq!(source.data()["stream_url"], PLAYLIST, "organisers read the source");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_watches_with_the_token_of_the_ticket_and_an_organiser_without_a_ticket() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = add_event(&app, &admin, json!({})).await;
    let bought = app.buy_paid(&alice, event).await;
    let form = json!({ "ticket_id": bought["ticket"]["id"], "token": bought["status_token"] });
    let path = format!("/api/events/{event}/watch");
    let guest = app.post(&path, &form).await.data().clone();
    assert_eq!(guest["media"]["kind"], "hls");
    assert_eq!(segment(&app, text(&guest["media"], "token")).await, 204);
    let organiser = watch(&app, &admin, event).await;
    assert!(organiser["ticket_id"].is_null());
    assert_eq!(segment(&app, text(&organiser["media"], "token")).await, 204);
    assert_eq!(segment(&app, text(&guest["media"], "token")).await, 204, "no take-over by organisers");
    let mut updates = Updates::open(&app, event, text(&organiser, "session")).await;
    assert_eq!(updates.next("viewers").await, json!({ "now": 0, "peak": 0 }));
    // The right of an organiser ends with the log-out.
    app.clock.advance(Duration::seconds(2));
    app.post_as(&admin, "/api/users/logout", &json!({})).await;
    assert_eq!(updates.next("session").await["state"], "ended");
    updates.ends().await;
    for session in ["1-00", "o1.1.1-00000000000000000000000000000000", ""] {
        let live = format!("/api/events/{event}/watch/live?session={session}");
        app.get(&live).await.refused(403, "no_ticket");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_session_of_a_ticket_ends_the_earlier_one() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = add_event(&app, &admin, json!({})).await;
    app.buy_paid(&alice, event).await;
    let first = watch(&app, &alice, event).await;
    let mut updates = Updates::open(&app, event, text(&first, "session")).await;
    assert_eq!(updates.next("session").await["state"], "current");
    let token = updates.next("token").await;
    assert_eq!(segment(&app, text(&token, "token")).await, 204);
    let second = watch(&app, &alice, event).await;
    assert_eq!(updates.next("session").await["state"], "taken_over");
    assert!(updates.ends().await.is_empty());
    for old in [text(&first["media"], "token"), text(&token, "token")] {
        assert_eq!(segment(&app, old).await, 403);
    }
    assert_eq!(segment(&app, text(&second["media"], "token")).await, 204);
    // Reconnecting shows the reason.
    let mut again = Updates::open(&app, event, text(&first, "session")).await;
    assert_eq!(again.next("session").await["state"], "taken_over");
    // The first page takes the session over again.
    let third = watch(&app, &alice, event).await;
    assert_eq!(segment(&app, text(&second["media"], "token")).await, 403);
    assert_eq!(segment(&app, text(&third["media"], "token")).await, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_take_over_and_a_refund_on_one_replica_revoke_on_the_other() {
    let (_database, one, two) = TestApp::two_replicas().await;
    let admin = one.admin().await;
    let event = add_event(&one, &admin, json!({ "price_sats": 0 })).await;
    let buyer = one.register("buyer").await;
    one.buy(&buyer, event).await.data();
    let first = watch(&one, &buyer, event).await;
    let mut updates = Updates::open(&one, event, text(&first, "session")).await;
    assert_eq!(updates.next("session").await["state"], "current");
    let old = text(&first["media"], "token");
    assert_eq!((segment(&one, old).await, segment(&two, old).await), (204, 204));
    let second = watch(&two, &buyer, event).await;
    assert_eq!(updates.next("session").await["state"], "taken_over");
    assert_eq!(segment(&one, old).await, 403);
    assert_eq!(segment(&two, old).await, 403);
    let new = text(&second["media"], "token");
    assert_eq!((segment(&one, new).await, segment(&two, new).await), (204, 204));
    let mut updates = Updates::open(&one, event, text(&second, "session")).await;
    assert_eq!(updates.next("session").await["state"], "current");
    // An announcement reaches the viewers of every replica.
    let announcements = format!("/api/admin/events/{event}/announcements");
    two.post_as(&admin, &announcements, &json!({ "text": "Doors are open" })).await.data();
    assert_eq!(updates.next("announcement").await["announcement"], Value::Null);
    assert_eq!(updates.next("announcement").await["announcement"]["text"], "Doors are open");
    let viewers = format!("/api/admin/events/{event}/viewers");
    one.until("the other replica's viewer", async || {
        let seen = two.get_as(&admin, &viewers).await.data().clone();
        (seen == json!({ "now": 1, "peak": 1 })).then_some(())
    })
    .await;
    // Revoked by the cancellation of the event on the other replica.
    two.post_as(&admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    for _ in 0..3 {
        two.run_jobs().await;
    }
    assert_eq!(updates.next("session").await["state"], "ended");
    assert_eq!((segment(&one, new).await, segment(&two, new).await), (403, 403));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_token_opens_its_event_only_until_it_expires_or_the_ticket_is_refunded() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = add_event(&app, &admin, json!({})).await;
    let other =
        add_event(&app, &admin, json!({ "stream_url": "https://media.example/hls/other/index.m3u8" })).await;
    let bought = app.buy_paid(&alice, event).await;
    let session = watch(&app, &alice, event).await;
    let token = text(&session["media"], "token");
    assert_eq!(nginx(&app, &format!("/hls/late-show/index.m3u8?x=1&token={token}")).await, 204);
    for target in [
        format!("/hls/other/index.m3u8?token={token}"),
        format!("/hls/late-show/../other/index.m3u8?token={token}"),
        format!("/hls/late-show/%2e%2e/other/index.m3u8?token={token}"),
        format!("{SEGMENT}?token={}", token.replace('0', "1")),
        format!("{SEGMENT}?tokens={token}"),
        format!("{SEGMENT}?token="),
        SEGMENT.to_owned(),
    ] {
        assert_eq!(nginx(&app, &target).await, 403, "{target}");
    }
    assert_eq!(app.get("/api/stream/authorize").await.status, 403);
    assert_eq!(app.get(&format!("/api/stream/authorize?token={token}")).await.status, 403);
    // The form of MediaMTX.
    assert_eq!(media_mtx(&app, "read", "hls/late-show", token).await, 200);
    for (action, path, token) in [
        ("publish", "hls/late-show", token),
        ("read", "hls/other", token),
        ("read", "late-show", token),
        ("read", "hls/late-show", "00"),
    ] {
        assert_eq!(media_mtx(&app, action, path, token).await, 401, "{action} {path}");
    }
    assert_eq!(app.post("/api/stream/authorize", &json!({})).await.status, 400);
    // Live updates renew the token; the old one expires.
    app.clock.advance(Duration::seconds(60));
    let mut updates = Updates::open(&app, event, text(&session, "session")).await;
    let renewed = updates.next("token").await;
    let renewed = text(&renewed, "token").to_owned();
    assert_eq!((segment(&app, token).await, segment(&app, &renewed).await), (204, 204));
    app.clock.advance(Duration::seconds(31));
    assert_eq!((segment(&app, token).await, segment(&app, &renewed).await), (403, 204));
    // A stream that moved.
    let moved = json!({ "stream_url": "https://media.example/hls/moved/index.m3u8" });
    app.put_as(&admin, &format!("/api/admin/events/{event}"), &moved).await.data();
    assert_eq!(segment(&app, &renewed).await, 403);
    assert_eq!(nginx(&app, &format!("/hls/moved/1.ts?token={renewed}")).await, 204);
    app.put_as(&admin, &format!("/api/admin/events/{event}"), &json!({ "stream_url": PLAYLIST }))
        .await
        .data();
    assert_eq!(segment(&app, &renewed).await, 204);
    // A refund revokes.
    let refund = format!("/api/admin/tickets/{}/refund", bought["ticket"]["id"]);
    assert_eq!(app.post_as(&admin, &refund, &json!({})).await.status, 202);
    assert_eq!(segment(&app, &renewed).await, 403);
    assert_eq!(updates.next("session").await["state"], "ended");
    assert_eq!(app.get(&format!("/api/events/{other}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn live_updates_open_the_stream_at_early_entry_and_renew_its_token() {
    let app = TestApp::open_with(&[("STREAM_HEARTBEAT_SECONDS", "1")], false).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let start = app.now() + Duration::hours(1);
    let times = json!({ "start_time": start, "end_time": start + Duration::hours(1) });
    let event = add_event(&app, &admin, times).await;
    app.buy_paid(&alice, event).await;
    let session = watch(&app, &alice, event).await;
    let mut updates = Updates::open(&app, event, text(&session, "session")).await;
    let before = updates.next("event").await;
    assert_eq!((&before["phase"], &before["media"]), (&json!("before"), &Value::Null));
    app.clock.advance(Duration::minutes(31));
    let live = updates.next("event").await;
    assert_eq!((&live["phase"], &live["media"]["url"]), (&json!("live"), &json!(PLAYLIST)));
    let first = updates.next("token").await;
    assert_eq!(segment(&app, text(&first, "token")).await, 204);
    app.clock.advance(Duration::seconds(46));
    assert_ne!(updates.next("token").await["token"], first["token"]);
    // Times that change.
    let later = json!({ "end_time": start + Duration::hours(2) });
    app.put_as(&admin, &format!("/api/admin/events/{event}"), &later).await.data();
    let moved = updates.next("event").await;
    let ends_at = app.get(&format!("/api/events/{event}")).await.data()["end_time"].clone();
    assert_eq!(moved["ends_at"], ends_at);
    app.clock.advance(Duration::hours(3));
    assert_eq!(updates.next("event").await["phase"], "over");
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_are_counted_and_see_announcements_at_once() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let event = add_event(&app, &admin, json!({ "price_sats": 0 })).await;
    let viewers = format!("/api/admin/events/{event}/viewers");
    let announcements = format!("/api/admin/events/{event}/announcements");
    let mut open = Vec::new();
    for user in [&alice, &bob] {
        app.buy(user, event).await.data();
        let session = watch(&app, user, event).await;
        let mut updates = Updates::open(&app, event, text(&session, "session")).await;
        assert_eq!(updates.next("announcement").await["announcement"], Value::Null);
        open.push(updates);
    }
    assert_eq!(app.get_as(&admin, &viewers).await.data(), &json!({ "now": 2, "peak": 2 }));
    let announced = app.post_as(&admin, &announcements, &json!({ "text": " Doors  are open " })).await;
    assert_eq!((announced.status, &announced.data()["text"]), (201, &json!("Doors are open")));
    for updates in &mut open {
        assert_eq!(updates.next("announcement").await["announcement"], *announced.data());
    }
    assert_eq!(watch(&app, &alice, event).await["announcement"], *announced.data());
    drop(open.pop());
    drop(open);
    app.until("the viewers left", async || {
        let seen = app.get_as(&admin, &viewers).await.data().clone();
        (seen == json!({ "now": 0, "peak": 2 })).then_some(())
    })
    .await;
    assert_eq!(app.delete_as(&admin, &announcements).await.status, 200);
    assert_eq!(watch(&app, &alice, event).await["announcement"], Value::Null);
    for text in ["", " ", &"x".repeat(501)] {
        let refused = app.post_as(&admin, &announcements, &json!({ "text": text })).await;
        assert!(refused.refused(400, "invalid").body["fields"]["text"].is_string());
    }
    let other = "/api/admin/events/999999";
    app.post_as(&admin, &format!("{other}/announcements"), &json!({ "text": "x" }))
        .await
        .refused(404, "not_found");
    app.get_as(&admin, &format!("{other}/viewers")).await.refused(404, "not_found");
    let log = app.get_as(&admin, "/api/admin/audit").await;
    let actions: Vec<&str> = log.data().as_array().unwrap().iter().map(|line| text(line, "action")).collect();
    assert_eq!(actions[..2], ["event.announcement.withdraw", "event.announce"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_media_server_is_not_limited_by_its_address() {
    let limits = [
        ("RATE_LIMITS", "on"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("CONNECTIONS_PER_NETWORK", "1"),
        ("TICKETS_LIMIT_LOOPBACK", "on"),
    ];
    let app = TestApp::open_with(&limits, false).await;
    let statuses = futures_util::future::join_all((0..300).map(|_| async {
        let request =
            app.request(Method::GET, "/api/stream/authorize").header("X-Forwarded-For", "203.0.113.7");
        request.header("X-Original-URI", SEGMENT).send().await.unwrap().status().as_u16()
    }));
    assert!(statuses.await.into_iter().all(|status| status == 403));
}

//! Quotas on outstanding seats.

use crate::app::{PRICE, Reply, TestApp, TestUser};
use reqwest::Method;
use serde_json::{Value, json};

const PURCHASE: &str = "/api/tickets/purchase";
const ATTACKER: &str = "198.51.100.7";

/// Enables limits and trusts loopback as a proxy.
async fn shop(extra: &[(&str, &str)]) -> TestApp {
    let settings = [("TRUSTED_PROXIES", "127.0.0.1"), ("RATE_LIMITS", "on"), ("RATE_PURCHASE", "100000")];
    TestApp::open_with(&[&settings, extra].concat(), false).await
}

/// Purchases as a guest from an address.
async fn purchase_as_guest(app: &TestApp, address: &str, payer: &str, event: i64, user: i64) -> Reply {
    let mut purchase_request = app.purchase_request(event, user);
    purchase_request["uma_address"] = json!(app.uma_address(payer));
    app.send(app.request(Method::POST, PURCHASE).header("X-Forwarded-For", address).json(&purchase_request))
        .await
}

async fn purchase_as_user(app: &TestApp, address: &str, user: &TestUser, event: i64, key: usize) -> Reply {
    let request = app.request(Method::POST, PURCHASE).header("X-Forwarded-For", address);
    let request = request.bearer_auth(&user.token).header("Idempotency-Key", format!("key-{key}"));
    app.send(request.json(&app.purchase_request(event, user.id))).await
}

async fn available(app: &TestApp, event: i64) -> i64 {
    app.get(&format!("/api/events/{event}")).await.data()["tickets_available"].as_i64().unwrap()
}

fn limit(reply: &Reply) -> &Value {
    &reply.refused(429, "hold_limit").body["limit"]
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_cannot_keep_an_event_sold_out() {
    let app = shop(&[]).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 500).await;
    let payers: Vec<String> = (0..130).map(|number| format!("payer{number}")).collect();
    let replies = futures_util::future::join_all(
        payers.iter().map(|payer| purchase_as_guest(&app, ATTACKER, payer, event, alice.id)),
    );
    let replies = replies.await;
    let held = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!((held, available(&app, event).await), (100, 400), "a fifth of the event");
    let refused = replies.iter().find(|reply| reply.status != 201).unwrap();
    assert_eq!(limit(refused), &json!({ "scope": "network", "allowed": 100, "outstanding": 100 }));
    assert!(refused.body["message"].as_str().unwrap().contains("100"), "{refused:?}");
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(purchase_as_guest(&app, "198.51.100.8", "alice", event, alice.id).await.status, 201);
    // A paid seat does not count.
    let bought = replies.iter().find(|reply| reply.status == 201).unwrap().data().clone();
    app.pay_bolt11(&bought).await;
    app.until_status(&bought, "paid").await;
    assert_eq!(purchase_as_guest(&app, ATTACKER, "late", event, alice.id).await.status, 201);
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_one_concurrent_holds_ten_are_allowed() {
    let app = shop(&[]).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 500).await;
    let guests = (0..61).map(|_| purchase_as_guest(&app, ATTACKER, "alice", event, alice.id));
    let replies = futures_util::future::join_all(guests).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 10);
    let refused = replies.iter().find(|reply| reply.status != 201).unwrap();
    assert_eq!(limit(refused), &json!({ "scope": "payer", "allowed": 10, "outstanding": 10 }));
    let mine = futures_util::future::join_all(
        (0..61).map(|key| purchase_as_user(&app, ATTACKER, &alice, event, key)),
    );
    let mine = mine.await;
    assert_eq!(mine.iter().filter(|reply| reply.status == 201).count(), 10);
    let refused = mine.iter().find(|reply| reply.status != 201).unwrap();
    assert_eq!(limit(refused), &json!({ "scope": "account", "allowed": 10, "outstanding": 10 }));
    assert_eq!(available(&app, event).await, 480);
}

#[tokio::test(flavor = "multi_thread")]
async fn free_seats_count_like_holds() {
    let app = shop(&[]).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, 0, 100).await;
    for key in 0..10 {
        assert_eq!(purchase_as_user(&app, "127.0.0.1", &alice, event, key).await.status, 201);
    }
    let refused = purchase_as_user(&app, "127.0.0.1", &alice, event, 10).await;
    assert_eq!(limit(&refused)["scope"], "account", "also from an exempt address");
    let other = app.add_event(&admin, 0, 100).await;
    assert_eq!(purchase_as_user(&app, "127.0.0.1", &alice, other, 11).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organiser_changes_the_network_limit_of_an_event() {
    let app =
        shop(&[("HOLDS_PER_NETWORK", "2"), ("HOLDS_PER_NETWORK_PERCENT", "0"), ("RATE_PURCHASE", "7")]).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 50).await;
    let path = format!("/api/admin/events/{event}");
    let buy = async |payer: &str| purchase_as_guest(&app, ATTACKER, payer, event, alice.id).await;
    for payer in ["a", "b"] {
        assert_eq!(buy(payer).await.status, 201);
    }
    assert_eq!(limit(&buy("c").await), &json!({ "scope": "network", "allowed": 2, "outstanding": 2 }));
    let raised = app.put_as(&admin, &path, &json!({ "network_limit": 3 })).await;
    assert_eq!(raised.data()["network_limit"], 3);
    assert_eq!(buy("c").await.status, 201);
    assert_eq!(limit(&buy("d").await)["allowed"], 3);
    app.put_as(&admin, &path, &json!({ "network_limit": 0 })).await.data();
    // Without a network limit, the rate limit of the address allows all seats.
    for payer in ["d", "e", "f", "g", "h"] {
        assert_eq!(buy(payer).await.status, 201);
    }
    assert!(app.get(&format!("/api/events/{event}")).await.data().get("network_limit").is_none());
    app.put_as(&admin, &path, &json!({ "title": "Later" })).await.data();
    assert_eq!(buy("i").await.status, 201, "an omitted limit is unchanged");
    app.put_as(&admin, &path, &json!({ "network_limit": null })).await.data();
    assert_eq!(limit(&buy("j").await)["allowed"], 2);
    app.put_as(&admin, &path, &json!({ "network_limit": -1 })).await.refused(400, "invalid");
    let mut other = app.event(PRICE, 50);
    other["network_limit"] = json!(7);
    assert_eq!(app.post_as(&admin, "/api/admin/events", &other).await.data()["network_limit"], 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_with_a_limit_of_its_own_keeps_a_rate_limit_of_purchases() {
    let app =
        shop(&[("HOLDS_PER_NETWORK", "1"), ("HOLDS_PER_NETWORK_PERCENT", "0"), ("RATE_PURCHASE", "2")]).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let mut allowed_by_limit = Vec::new();
    for (limit, last) in [(json!(1), 1_u8), (json!(5), 2), (json!(0), 3)] {
        let mut event = app.event(PRICE, 10);
        event["network_limit"] = limit;
        let made = app.post_as(&admin, "/api/admin/events", &event).await.data().clone();
        let event = made["id"].as_i64().unwrap();
        let address = format!("198.51.100.{last}");
        let mut allowed = 0;
        for payer in 0..15 {
            let answer = purchase_as_guest(&app, &address, &format!("p{payer}"), event, alice.id).await;
            allowed += usize::from(answer.body["type"] != "rate_limited");
        }
        allowed_by_limit.push(allowed);
    }
    // At least the general limit; all seats of the event if its limit is off.
    assert_eq!(allowed_by_limit, [2, 5, 10]);
}

#[tokio::test(flavor = "multi_thread")]
async fn private_addresses_and_shops_without_limits_have_no_quota() {
    let app = shop(&[("HOLDS_PER_NETWORK", "1"), ("HOLDS_PER_NETWORK_PERCENT", "0")]).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 50).await;
    for address in ["127.0.0.1", "192.168.7.7", "10.1.2.3", "fd00::1"] {
        for payer in ["a", "b"] {
            assert_eq!(
                purchase_as_guest(&app, address, payer, event, alice.id).await.status,
                201,
                "{address}"
            );
        }
    }
    // All /64 networks of a /48 share twice the limit of one.
    for (address, status) in [
        ("2001:db8:1:1::1", 201),
        ("2001:db8:1:1::2", 429),
        ("2001:db8:1:2::1", 201),
        ("2001:db8:1:3::1", 429),
    ] {
        assert_eq!(
            purchase_as_guest(&app, address, "alice", event, alice.id).await.status,
            status,
            "{address}"
        );
    }
    let open =
        TestApp::open_with(&[("TRUSTED_PROXIES", "127.0.0.1"), ("HOLDS_PER_NETWORK", "1")], false).await;
    let (admin, alice) = (open.admin().await, open.register("alice").await);
    let event = open.add_event(&admin, PRICE, 50).await;
    for _ in 0..12 {
        assert_eq!(purchase_as_guest(&open, ATTACKER, "alice", event, alice.id).await.status, 201);
    }
}

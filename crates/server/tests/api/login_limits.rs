//! Limits of login attempts, by account and network.

use crate::app::{PASSWORD, Reply, TestApp};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Instant;

const ALICE: &str = "alice@people.example";
const WRONG: &str = "wrong password";
const ATTACKER: &str = "203.0.113.9";
const HOME: &str = "198.51.100.7";

/// Trusts loopback as a proxy, so that requests may come from any network.
async fn limited(settings: &[(&str, &str)]) -> TestApp {
    let base = [
        ("RATE_LIMITS", "on"),
        ("TRUSTED_PROXIES", "127.0.0.0/8"),
        ("RATE_LOGIN", "1000"),
        ("REFUSAL_DELAY_MS", "0"),
    ];
    let app = TestApp::open_with(&[&base, settings].concat(), false).await;
    let form = json!({ "email": ALICE, "name": "Alice", "password": PASSWORD });
    assert_eq!(app.post("/api/users", &form).await.status, 201);
    app
}

async fn post(app: &TestApp, network: &str, path: &str, body: &Value) -> Reply {
    app.send(app.request(Method::POST, path).header("X-Forwarded-For", network).json(body)).await
}

async fn login(app: &TestApp, network: &str, email: &str, password: &str) -> Reply {
    post(app, network, "/api/users/login", &json!({ "email": email, "password": password })).await
}

fn retry_after(reply: &Reply) -> i64 {
    reply.refused(429, "rate_limited").header("retry-after").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_from_one_network_do_not_block_other_networks() {
    let app = limited(&[]).await;
    let mut waits = Vec::new();
    for _ in 0..34 {
        let reply = login(&app, ATTACKER, ALICE, WRONG).await;
        if reply.status == 429 {
            waits.push(retry_after(&reply));
            app.clock.advance(Duration::seconds(retry_after(&reply)));
        } else {
            reply.refused(401, "invalid_credentials");
        }
    }
    assert!(waits.len() > 5 && waits.is_sorted(), "{waits:?}");
    assert!(waits[5] > 10 * waits[0], "{waits:?}");
    retry_after(&login(&app, ATTACKER, " ALICE@People.example", PASSWORD).await);
    assert_eq!(login(&app, HOME, ALICE, PASSWORD).await.status, 200);
    // Other accounts are not limited for this network.
    login(&app, ATTACKER, "bob@people.example", WRONG).await.refused(401, "invalid_credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ipv6_customer_is_one_network() {
    let app = limited(&[("RATE_LOGIN_ACCOUNT", "3")]).await;
    for host in 1..=3 {
        login(&app, &format!("2001:db8:1:2::{host}"), ALICE, WRONG).await.refused(401, "invalid_credentials");
    }
    // A customer has a whole /48.
    for same in ["2001:db8:1:2:ffff::1", "2001:db8:1:3::1"] {
        retry_after(&login(&app, same, ALICE, PASSWORD).await);
    }
    assert_eq!(login(&app, "2001:db8:2:2::1", ALICE, PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_accounts_are_limited_like_known_ones() {
    let app = limited(&[("RATE_LOGIN_ACCOUNT", "3")]).await;
    let mut seen = [Vec::new(), Vec::new()];
    for _ in 0..5 {
        for (email, seen) in [ALICE, "unknown@people.example"].into_iter().zip(&mut seen) {
            let reply = login(&app, ATTACKER, email, WRONG).await;
            seen.push((reply.status, reply.text, reply.headers.get("retry-after").cloned()));
        }
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_from_many_networks_are_limited_and_known_networks_are_exempt() {
    let app = limited(&[("RATE_LOGIN_ACCOUNT", "1")]).await;
    assert_eq!(login(&app, HOME, ALICE, PASSWORD).await.status, 200);
    let mut refused = 0;
    for number in 1..=200 {
        refused += u32::from(login(&app, &format!("192.0.2.{number}"), ALICE, WRONG).await.status == 429);
    }
    assert!(refused > 150, "{refused}");
    retry_after(&login(&app, ATTACKER, ALICE, PASSWORD).await);
    assert_eq!(login(&app, HOME, ALICE, PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_for_account_changes_count_too() {
    let app = limited(&[("RATE_LOGIN_ACCOUNT", "3")]).await;
    let alice = app.log_in(ALICE).await;
    let account = format!("/api/users/{}", alice.id);
    let password = json!({ "current_password": WRONG, "new_password": "another good one" });
    let address = json!({ "email": "new@people.example", "name": "A", "current_password": WRONG });
    app.put_as(&alice, "/api/users/me/password", &password).await.refused(400, "invalid");
    app.put_as(&alice, &account, &address).await.refused(403, "wrong_password");
    app.put_as(&alice, "/api/users/me/password", &password).await.refused(400, "invalid");
    retry_after(&app.put_as(&alice, "/api/users/me/password", &password).await);
    retry_after(&app.put_as(&alice, &account, &address).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn log_ins_and_registrations_are_limited_by_address() {
    let app = limited(&[("RATE_LOGIN", "4"), ("RATE_REGISTER", "2")]).await;
    for number in 0..4 {
        login(&app, ATTACKER, &format!("a{number}@people.example"), WRONG)
            .await
            .refused(401, "invalid_credentials");
    }
    retry_after(&login(&app, ATTACKER, "d@people.example", WRONG).await);
    assert_eq!(login(&app, HOME, ALICE, PASSWORD).await.status, 200);
    let form = json!({ "email": "x", "name": "", "password": "" });
    for _ in 0..2 {
        post(&app, ATTACKER, "/api/users", &form).await.refused(400, "invalid");
    }
    retry_after(&post(&app, ATTACKER, "/api/users", &form).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limits_can_be_disabled() {
    let app = TestApp::open().await;
    app.register("alice").await;
    for _ in 0..20 {
        app.post_login(ALICE, WRONG).await.refused(401, "invalid_credentials");
    }
    assert_eq!(app.post_login(ALICE, PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_a_limit_is_delayed() {
    let app = limited(&[("RATE_VALIDATE", "1"), ("REFUSAL_DELAY_MS", "250")]).await;
    let validate = async || {
        let begun = Instant::now();
        let body = json!({ "ticket_code": "TKT-00000000000000000000000000", "event_id": 1 });
        (post(&app, ATTACKER, "/api/tickets/validate", &body).await, begun.elapsed())
    };
    assert_ne!(validate().await.0.status, 429);
    let (reply, took) = validate().await;
    retry_after(&reply);
    assert!(took >= Duration::milliseconds(250).to_std().unwrap(), "{took:?}");
}

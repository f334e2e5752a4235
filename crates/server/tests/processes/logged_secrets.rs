//! Logs at level TRACE contain no secret.

use crate::{
    process::{PASSWORD, retry_until},
    test_server::{CLIENT_SECRET, Node, TestOptions, TestServer, WEBHOOK_KEY},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::Clock;
use reqwest::StatusCode;
use sandbox::lightspark::LightsparkSettings;
use serde_json::{Value, json};
use server::system::SystemClock;
use std::fs;

const TRACING: TestOptions =
    TestOptions { auto_approve: false, wallet_timeout_secs: 20, log: "trace", node: Node::Lightspark };
const REFRESH_TOKEN: &str = "a-refresh-token-without-a-grant";
const STREAM: &str = "https://stream.example/live";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Runs all flows that handle secrets; returns the secrets with their kind.
async fn run_all_flows(server: &TestServer) -> Vec<(&'static str, String)> {
    let mut secrets: Vec<(&str, String)> = vec![
        ("password", PASSWORD.to_owned()),
        ("webhook key", WEBHOOK_KEY.to_owned()),
        ("client secret", CLIENT_SECRET.to_owned()),
        ("client secret as sent", STANDARD.encode(format!("sandbox:{CLIENT_SECRET}"))),
        ("node password", LightsparkSettings::default().node_password.expose().clone()),
        ("refresh token", REFRESH_TOKEN.to_owned()),
        ("stream", STREAM.to_owned()),
        ("access token", server.token.clone()),
    ];
    for name in ["JWT_SECRET", "UMA_SIGNING_PRIVKEY", "UMA_ENCRYPTION_PRIVKEY", "WALLET_ENCRYPTION_KEY"] {
        let value = &server.settings[name];
        secrets.push((name, value.rsplit(':').next().unwrap().to_owned()));
    }
    // Registration, failed and successful login.
    let ann = json!({ "email": "ann@people.example", "name": "Ann", "password": "ann likes long words" });
    secrets.push(("new password", "ann likes long words".to_owned()));
    retry_until(|| server.post("/api/users", &ann), StatusCode::CREATED).await;
    let wrong = json!({ "email": "ann@people.example", "password": "not what ann likes" });
    secrets.push(("wrong password", "not what ann likes".to_owned()));
    server.post("/api/users/login", &wrong).send().await.unwrap();
    let login = retry_until(|| server.post("/api/users/login", &ann), StatusCode::OK).await;
    secrets.push(("another access token", text(&login["data"]["token"])));

    let event = server.event(3).await;
    // No wallet is connected: the payment is requested by UMA Request.
    let requested = server.buy(event).await;
    let request = server.sandbox().until(|sandbox| sandbox.pending().pop()).await;
    server.sandbox().approve(&request.id).await.unwrap();
    server.until_status(&requested, "paid").await;
    // A malformed connection, then one that expires soon and has an unknown refresh token, so that a renewal is tried.
    let malformed = format!(
        "nostr+walletconnect://{}?relay=ws://127.0.0.1:1&secret={}",
        "ab".repeat(32),
        "cd".repeat(32)
    );
    secrets.push(("secret of a bad connection", "cd".repeat(32)));
    let connect = "/api/users/me/nwc-connection";
    server.post(connect, &json!({ "nwc_connection_uri": malformed })).send().await.unwrap();
    let uri = server.sandbox().connection("alice").unwrap();
    let secret = uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    secrets.extend([("NWC secret", secret.to_owned()), ("NWC URI", uri.clone())]);
    let offer = json!({
        "nwc_connection_uri": uri, "refresh_token": REFRESH_TOKEN, "client_id": "npub1shop ws://127.0.0.1:7777",
        "uma_address": server.sandbox().uma_address("alice"),
        "expires_at": SystemClock.now() + chrono::TimeDelta::seconds(50),
    });
    retry_until(|| server.post(connect, &offer), StatusCode::OK).await;
    server.buy(event).await;
    retry_until(|| server.post(connect, &json!({ "nwc_connection_uri": uri })), StatusCode::OK).await;
    let paid = server.buy(event).await;
    server.until_status(&paid, "paid").await;
    for bought in [&requested, &paid] {
        secrets.push(("status token", text(&bought["status_token"])));
    }
    // A watch session, its live updates, and the requests of media servers.
    let now = SystemClock.now();
    let gated = json!({ "stream_url": format!("{STREAM}/index.m3u8"), "gated": true, "start_time": now,
        "end_time": now + chrono::TimeDelta::hours(1) });
    let changed = server.put(&format!("/api/admin/events/{event}"), &gated).send().await.unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
    let watch = format!("/api/events/{event}/watch");
    let session = retry_until(|| server.post(&watch, &json!({})), StatusCode::CREATED).await["data"].clone();
    let token = text(&session["media"]["token"]);
    let live = format!("{watch}/live?session={}", text(&session["session"]));
    let mut updates = server.get(&live).send().await.unwrap();
    assert!(updates.chunk().await.unwrap().is_some());
    drop(updates);
    for (target, status) in [
        (format!("/live/1.ts?token={token}"), StatusCode::NO_CONTENT),
        (format!("/other/1.ts?token={token}"), StatusCode::FORBIDDEN),
    ] {
        let asked = server.get("/api/stream/authorize").header("X-Original-URI", target);
        assert_eq!(asked.send().await.unwrap().status(), status);
    }
    let asked = json!({ "action": "read", "path": "live", "query": format!("token={token}") });
    let asked = server.post("/api/stream/authorize", &asked);
    assert_eq!(asked.send().await.unwrap().status(), StatusCode::OK);
    secrets.extend([("stream token", token), ("watch session", text(&session["session"]))]);
    // Check-in and refund.
    let status =
        format!("/api/tickets/{}/status?token={}", paid["ticket"]["id"], text(&paid["status_token"]));
    let seen = retry_until(|| server.get(&status), StatusCode::OK).await["data"].clone();
    let code = text(&seen["ticket"]["ticket_code"]);
    let check = json!({ "event_id": event, "ticket_code": code });
    server.post("/api/tickets/validate", &check).send().await.unwrap();
    secrets.push(("ticket code", code));
    let payments =
        retry_until(|| server.get("/api/admin/payments?status=paid"), StatusCode::OK).await["data"].clone();
    let refund = format!("/api/admin/payments/{}/refund", payments[0]["id"]);
    retry_until(|| server.post(&refund, &json!({ "revoke": true })), StatusCode::CREATED).await;
    let refunded = |sandbox: &sandbox::Sandbox| {
        let sent = sandbox.shop().payments().into_iter().find(|payment| payment.id.starts_with("Outgoing"));
        sent.filter(|payment| payment.resolved_at.is_some())
    };
    server.sandbox().until(refunded).await;
    for payment in server.sandbox().shop().payments() {
        let preimage = server.sandbox().shop().preimage_of(payment.payment_hash);
        secrets.extend(preimage.map(|preimage| ("preimage", preimage.expose_hex())));
    }
    // Error paths log too.
    server.sandbox().shop().faults().always(sandbox::Call::CreateInvoice, sandbox::Fault::Unavailable);
    server.post("/api/tickets/purchase", &json!({ "event_id": event })).send().await.unwrap();
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_contains_a_secret() {
    let mut server = TestServer::open(TRACING).await;
    let secrets = run_all_flows(&server).await;
    server.kill();
    let log = fs::read_to_string(server.log()).unwrap();
    // The log must contain the finest level, also of libraries, and the flows.
    for level in ["TRACE", "DEBUG", "purchase", "hyper"] {
        assert!(log.contains(level), "{level}: {} bytes", log.len());
    }
    let leaks: Vec<_> = secrets
        .iter()
        .filter_map(|(what, secret)| {
            assert!(secret.len() >= 8, "{what} is too short to search for");
            let line = log.lines().find(|line| line.contains(secret.as_str()))?;
            Some(format!("{what}: {line}"))
        })
        .collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

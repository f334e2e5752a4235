//! No secret in anything that a process says at the finest level, whatever it is asked to do.

use crate::{
    shop::{PASSWORD, insist},
    stage::{CLIENT_SECRET, Node, Stage, WEBHOOK_KEY, World},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use kernel::Clock;
use reqwest::StatusCode;
use sandbox::lightspark::LightsparkSettings;
use serde_json::{Value, json};
use server::system::SystemClock;
use std::fs;

const TALKATIVE: World =
    World { approves: false, wallet_timeout_secs: 20, log: "trace", node: Node::Lightspark };
const REFRESH_TOKEN: &str = "a-refresh-token-that-nobody-gave";
const STREAM: &str = "https://stream.example/live";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Everything that may be in no line, by what it is.
async fn whole_flow(stage: &Stage) -> Vec<(&'static str, String)> {
    let mut secrets: Vec<(&str, String)> = vec![
        ("password", PASSWORD.to_owned()),
        ("webhook key", WEBHOOK_KEY.to_owned()),
        ("client secret", CLIENT_SECRET.to_owned()),
        ("client secret as sent", STANDARD.encode(format!("sandbox:{CLIENT_SECRET}"))),
        ("node password", LightsparkSettings::default().node_password.expose().clone()),
        ("refresh token", REFRESH_TOKEN.to_owned()),
        ("stream", STREAM.to_owned()),
        ("access token", stage.token.clone()),
    ];
    for name in ["JWT_SECRET", "UMA_SIGNING_PRIVKEY", "UMA_ENCRYPTION_PRIVKEY", "WALLET_ENCRYPTION_KEY"] {
        let value = &stage.settings[name];
        secrets.push((name, value.rsplit(':').next().unwrap().to_owned()));
    }
    // Somebody new, a wrong password, a wrong token.
    let ann = json!({ "email": "ann@people.example", "name": "Ann", "password": "ann likes long words" });
    secrets.push(("new password", "ann likes long words".to_owned()));
    insist(|| stage.post("/api/users", &ann), StatusCode::CREATED).await;
    let wrong = json!({ "email": "ann@people.example", "password": "not what ann likes" });
    secrets.push(("wrong password", "not what ann likes".to_owned()));
    stage.post("/api/users/login", &wrong).send().await.unwrap();
    let login = insist(|| stage.post("/api/users/login", &ann), StatusCode::OK).await;
    secrets.push(("another access token", text(&login["data"]["token"])));

    let event = stage.event(3).await;
    // Nobody's wallet is connected: a UMA Request, approved.
    let asked = stage.buy(event).await;
    let request = stage.world().until(|world| world.pending().pop()).await;
    stage.world().approve(&request.id).await.unwrap();
    stage.until_status(&asked, "paid").await;
    // A connection that was never any good, then one by NWC whose refresh token nobody takes, which is tried because it ends soon.
    let rubbish = format!(
        "nostr+walletconnect://{}?relay=ws://127.0.0.1:1&secret={}",
        "ab".repeat(32),
        "cd".repeat(32)
    );
    secrets.push(("secret of a bad connection", "cd".repeat(32)));
    let connect = "/api/users/me/nwc-connection";
    stage.post(connect, &json!({ "nwc_connection_uri": rubbish })).send().await.unwrap();
    let uri = stage.world().connection("alice").unwrap();
    let secret = uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    secrets.extend([("NWC secret", secret.to_owned()), ("NWC URI", uri.clone())]);
    let offer = json!({
        "nwc_connection_uri": uri, "refresh_token": REFRESH_TOKEN, "client_id": "npub1shop ws://127.0.0.1:7777",
        "uma_address": stage.world().uma_address("alice"),
        "expires_at": SystemClock.now() + chrono::TimeDelta::seconds(50),
    });
    insist(|| stage.post(connect, &offer), StatusCode::OK).await;
    stage.buy(event).await;
    insist(|| stage.post(connect, &json!({ "nwc_connection_uri": uri })), StatusCode::OK).await;
    let paid = stage.buy(event).await;
    stage.until_status(&paid, "paid").await;
    for bought in [&asked, &paid] {
        secrets.push(("status token", text(&bought["status_token"])));
    }
    // In, and back.
    let status =
        format!("/api/tickets/{}/status?token={}", paid["ticket"]["id"], text(&paid["status_token"]));
    let seen = insist(|| stage.get(&status), StatusCode::OK).await["data"].clone();
    let code = text(&seen["ticket"]["ticket_code"]);
    let check = json!({ "event_id": event, "ticket_code": code });
    stage.post("/api/tickets/validate", &check).send().await.unwrap();
    secrets.push(("ticket code", code));
    let payments =
        insist(|| stage.get("/api/admin/payments?status=paid"), StatusCode::OK).await["data"].clone();
    let refund = format!("/api/admin/payments/{}/refund", payments[0]["id"]);
    insist(|| stage.post(&refund, &json!({ "revoke": true })), StatusCode::CREATED).await;
    let back = |world: &sandbox::Sandbox| {
        let sent = world.shop().payments().into_iter().find(|payment| payment.id.starts_with("Outgoing"));
        sent.filter(|payment| payment.resolved_at.is_some())
    };
    stage.world().until(back).await;
    for payment in stage.world().shop().payments() {
        let preimage = stage.world().shop().preimage_of(payment.payment_hash);
        secrets.extend(preimage.map(|preimage| ("preimage", preimage.expose_hex())));
    }
    // Errors speak too.
    stage.world().shop().faults().always(sandbox::Call::CreateInvoice, sandbox::Fault::Unavailable);
    stage.post("/api/tickets/purchase", &json!({ "event_id": event })).send().await.unwrap();
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_any_line_of_the_whole_flow() {
    let mut stage = Stage::open(TALKATIVE).await;
    let secrets = whole_flow(&stage).await;
    stage.kill();
    let said = fs::read_to_string(stage.log()).unwrap();
    // The finest level, of libraries too, and what was done is in there.
    for level in ["TRACE", "DEBUG", "purchase", "hyper"] {
        assert!(said.contains(level), "{level}: {} bytes", said.len());
    }
    let leaks: Vec<_> = secrets
        .iter()
        .filter_map(|(what, secret)| {
            assert!(secret.len() >= 8, "{what} is too short to be looked for");
            let line = said.lines().find(|line| line.contains(secret.as_str()))?;
            Some(format!("{what}: {line}"))
        })
        .collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

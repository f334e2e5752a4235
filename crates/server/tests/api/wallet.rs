use crate::app::{ADMIN, PRICE, TestApp};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use sandbox::nostr::{Grant, WalletFault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_wallet_is_shown_without_its_secret() {
    let app = TestApp::open().await;
    let alice = app.register("alice").await;
    let path = "/api/users/me/nwc-connection";
    app.get(path).await.refused(401, "unauthorized");
    assert_eq!(app.get_as(&alice, path).await.data(), &json!({ "connected": false }));
    for invalid in ["", "https://wallet.example", "nostr+walletconnect://zz?relay=wss://r.example&secret=1"] {
        let reply = app.post_as(&alice, path, &json!({ "nwc_connection_uri": invalid })).await;
        assert!(reply.refused(400, "invalid").body["fields"]["nwc_connection_uri"].is_string());
    }
    let private = json!({ "nwc_connection_uri": format!("nostr+walletconnect://{}?relay=ws://10.0.0.1&secret={}", "ab".repeat(32), "cd".repeat(32)) });
    app.post_as(&alice, path, &private).await.refused(400, "invalid");
    let uri = app.sandbox().vasp().connection("alice").unwrap();
    let expires = app.now() + Duration::hours(1);
    let connected =
        app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri, "expires_at": expires })).await;
    assert_eq!(connected.status, 200);
    assert!(connected.body.get("data").is_none());
    let seen = app.get_as(&alice, path).await;
    assert_eq!(seen.data()["connected"], true);
    assert!(seen.data().get("renews").is_none(), "a pasted NWC URI is not renewed");
    assert_eq!(seen.data()["state"], "connected");
    assert!(seen.data()["created_at"].is_string() && seen.data()["expires_at"].is_string());
    assert!(!seen.text.contains("nostr") && !seen.text.contains("secret"));
    app.clock.advance(Duration::hours(1));
    assert_eq!(
        app.get_as(&alice, path).await.data()["connected"],
        false,
        "an expired connection is not connected"
    );
    assert_eq!(app.delete_as(&alice, path).await.status, 200);
    assert_eq!(app.get_as(&alice, path).await.data(), &json!({ "connected": false }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_wallet_pays_only_authenticated_purchases() {
    let app = TestApp::with_worker().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let uri = app.sandbox().vasp().connection("alice").unwrap();
    app.post_as(&alice, "/api/users/me/nwc-connection", &json!({ "nwc_connection_uri": uri })).await;
    // Without a token, a UMA Request is sent instead.
    let anonymous =
        app.post("/api/tickets/purchase", &app.purchase_request(event, alice.id)).await.data().clone();
    app.until("the UMA Request", async || app.sandbox().pending().pop()).await;
    let bought = app.buy(&alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;
    let (id, token) =
        (anonymous["ticket"]["id"].as_i64().unwrap(), anonymous["status_token"].as_str().unwrap());
    assert_eq!(app.status(id, token).await["ticket"]["payment_status"], "pending");
    app.assert_ledger_balances().await;
}

const CLIENT: &str = "npub1shop ws://127.0.0.1:7777";

/// Performs the UMA Auth flow of the web app, with consent; returns the body of the connection request.
async fn uma_auth_grant(app: &TestApp) -> Value {
    let base = app.sandbox().base_url();
    let verifier = "a-code-verifier-of-more-than-forty-three-characters";
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    let mut request = url::form_urlencoded::Serializer::new(String::new());
    let redirect = format!("{}/oauth/callback", app.config.http.public_url);
    for (name, value) in [
        ("client_id", CLIENT),
        ("redirect_uri", &redirect),
        ("response_type", "code"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("required_commands", "pay_invoice"),
        ("optional_commands", "lookup_invoice"),
    ] {
        request.append_pair(name, value);
    }
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let consent = json!({ "request": request.finish(), "user": "alice", "allow": true });
    let consent = http.post(format!("{base}/api/auth/consent")).json(&consent).send().await.unwrap();
    let consent: Value = serde_json::from_str(&consent.text().await.unwrap()).unwrap();
    let back = url::Url::parse(consent["redirect"].as_str().unwrap()).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("code", &code),
        ("redirect_uri", &redirect),
        ("code_verifier", verifier),
    ];
    let token = http.post(format!("{base}/uma/auth/token")).form(&form).send().await.unwrap();
    let token: Value = serde_json::from_str(&token.text().await.unwrap()).unwrap();
    json!({
        "nwc_connection_uri": token["nwc_connection_uri"],
        "refresh_token": token["refresh_token"],
        "client_id": CLIENT,
        "uma_address": app.uma_address("alice"),
        "expires_at": app.now() + Duration::seconds(token["expires_in"].as_i64().unwrap()),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_that_cannot_pay_or_is_unreachable_replaces_no_connection() {
    let app = TestApp::open().await;
    let alice = app.register("alice").await;
    let path = "/api/users/me/nwc-connection";
    let working = app.sandbox().connection("alice").unwrap();
    assert_eq!(app.post_as(&alice, path, &json!({ "nwc_connection_uri": working })).await.status, 200);
    let before = app.get_as(&alice, path).await.data().clone();
    let wallet = app.sandbox().connectable("alice").unwrap();
    let refusal = async |uri: &str| {
        let reply = app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri })).await;
        let text = reply.refused(400, "invalid").body["fields"]["nwc_connection_uri"].clone();
        assert_eq!(app.get_as(&alice, path).await.data(), &before, "the first connection is kept");
        text.as_str().unwrap().to_owned()
    };
    let receiving = wallet.connect("receives only", Grant::receiving()).unwrap();
    assert!(refusal(&receiving).await.contains("may not pay"));
    let ended = wallet.connect("ended", Grant::all().until(app.now())).unwrap();
    assert!(refusal(&ended).await.contains("EXPIRED"));
    // Without get_info, the permission to pay is unknown until the first payment.
    let minimal = wallet.connect("without get_info", Grant::all().without("get_info")).unwrap();
    let bob = app.register("bob").await;
    assert_eq!(app.post_as(&bob, path, &json!({ "nwc_connection_uri": minimal })).await.status, 200);
    let relay = app.sandbox().relay().unwrap();
    relay.faults().refuse_connections(true);
    relay.cut_all();
    let unreachable = wallet.connect("unreachable", Grant::all()).unwrap();
    assert!(refusal(&unreachable).await.contains("nothing was changed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_on_another_network_is_refused() {
    let app = TestApp::open().await;
    let alice = app.register("alice").await;
    let wallet = app.sandbox().connectable("alice").unwrap();
    wallet.set_network("mainnet");
    let uri = wallet.connect("mainnet", Grant::all()).unwrap();
    let path = "/api/users/me/nwc-connection";
    let reply = app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri })).await;
    let text = reply.refused(400, "invalid").body["fields"]["nwc_connection_uri"].clone();
    assert_eq!(text, "this wallet is on mainnet, but this shop is on regtest");
    wallet.set_network("regtest");
    assert_eq!(app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri })).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_connects_at_most_ten_wallets_per_minute() {
    let app = TestApp::open().await;
    let (alice, bob) = (app.register("alice").await, app.register("bob").await);
    let path = "/api/users/me/nwc-connection";
    let wallet = app.sandbox().connectable("alice").unwrap();
    let offer =
        |n: u32| json!({ "nwc_connection_uri": wallet.connect(&format!("try {n}"), Grant::all()).unwrap() });
    for n in 0..10 {
        assert_eq!(app.post_as(&alice, path, &offer(n)).await.status, 200);
    }
    let reply = app.post_as(&alice, path, &offer(11)).await;
    assert_eq!(reply.refused(429, "rate_limited").header("retry-after"), "60");
    assert_eq!(app.post_as(&bob, path, &offer(12)).await.status, 200);
    app.clock.advance(Duration::minutes(1));
    assert_eq!(app.post_as(&alice, path, &offer(13)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_has_the_shops_default_until_its_owner_sets_one() {
    let app = TestApp::open().await;
    let alice = app.register("alice").await;
    let path = "/api/users/me/nwc-connection";
    app.put_as(&alice, path, &json!({ "budget_per_day_sats": 5 })).await.refused(404, "not_found");
    let config = app.get("/api/config").await;
    assert_eq!(config.data()["wallet_budget_per_purchase_sats"], 1_000_000);
    let uri = app.sandbox().connection("alice").unwrap();
    let offer = json!({ "nwc_connection_uri": uri, "budget_per_purchase_sats": 2_100 });
    assert_eq!(app.post_as(&alice, path, &offer).await.status, 200);
    let budgets = async || {
        let seen = app.get_as(&alice, path).await.data().clone();
        (seen["budget_per_purchase_sats"].clone(), seen["budget_per_day_sats"].clone())
    };
    assert_eq!(budgets().await, (json!(2_100), json!(2_000_000)));
    let zero = app.put_as(&alice, path, &json!({ "budget_per_day_sats": 0 })).await;
    assert!(zero.refused(400, "invalid").body["fields"]["budget_per_day_sats"].is_string());
    assert_eq!(app.put_as(&alice, path, &json!({ "budget_per_day_sats": 9_000 })).await.status, 200);
    assert_eq!(budgets().await, (json!(1_000_000), json!(9_000)), "an omitted budget is the default");
    assert_eq!(app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri })).await.status, 200);
    assert_eq!(budgets().await, (json!(1_000_000), json!(9_000)), "a new connection keeps the budget");
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_revokes_the_connection_at_its_provider() {
    let app = TestApp::with_worker().await;
    let alice = app.register("alice").await;
    let path = "/api/users/me/nwc-connection";
    let connection = uma_auth_grant(&app).await;
    assert_eq!(app.post_as(&alice, path, &connection).await.status, 200);
    assert_eq!(app.delete_as(&alice, path).await.status, 200);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT),
        ("refresh_token", connection["refresh_token"].as_str().unwrap()),
    ];
    // The wallet rejects the revoked connection.
    app.until("the revocation at the wallet", async || {
        let reply = app
            .post_as(&alice, path, &json!({ "nwc_connection_uri": connection["nwc_connection_uri"] }))
            .await;
        (reply.status == 400).then_some(())
    })
    .await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer =
        http.post(format!("{}/uma/auth/token", app.sandbox().base_url())).form(&form).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400, "the refresh token is void");
}

#[tokio::test(flavor = "multi_thread")]
async fn error_texts_of_a_wallet_provider_are_not_shown() {
    let app = TestApp::with_worker().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let path = "/api/users/me/nwc-connection";
    let mut connection = uma_auth_grant(&app).await;
    connection["refresh_token"] = json!("unknown to the provider");
    connection["expires_at"] = json!(app.now() + Duration::minutes(1));
    assert_eq!(app.post_as(&alice, path, &connection).await.status, 200);
    app.clock.advance(Duration::minutes(2));
    let event = app.add_event(&admin, PRICE, 5).await;
    app.buy(&alice, event).await.data();
    let seen = app
        .until("the failed renewal", async || {
            let seen = app.get_as(&alice, path).await;
            (seen.data()["state"] == "needs_reconnect").then_some(seen)
        })
        .await;
    assert_eq!(seen.data()["connected"], false);
    assert_eq!(
        seen.data()["problem"],
        "Your wallet's provider ended the connection. Connect your wallet again."
    );
    for raw in ["invalid_grant", "error_description", "{"] {
        assert!(!seen.data()["problem"].as_str().unwrap().contains(raw), "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_connected_by_uma_auth_pays_and_is_renewed() {
    let app = TestApp::with_worker().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    assert!(
        app.get("/api/config").await.data()["uma_auth"]["app_pubkey"].as_str().unwrap().starts_with("npub1")
    );
    let connected = app.post_as(&alice, "/api/users/me/nwc-connection", &uma_auth_grant(&app).await).await;
    assert_eq!(connected.status, 200, "{connected:?}");
    let event = app.add_event(&admin, PRICE, 5).await;
    let bought = app.buy(&alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;

    app.clock.advance(Duration::days(30));
    let (admin, alice) = (app.log_in(ADMIN).await, app.log_in(&alice.email).await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let bought = app.buy(&alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;
    assert!(app.sandbox().pending().is_empty(), "no UMA Request was sent");
    let seen = app.get_as(&alice, "/api/users/me/nwc-connection").await;
    assert_eq!((&seen.data()["connected"], &seen.data()["renews"]), (&json!(true), &json!(true)));
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unresponsive_wallets_do_not_delay_other_payment_requests() {
    const UNRESPONSIVE: u32 = 40;
    let app = TestApp::with_worker().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, UNRESPONSIVE + 1).await;
    let uri = app.sandbox().connection("alice").unwrap();
    app.post_as(&alice, "/api/users/me/nwc-connection", &json!({ "nwc_connection_uri": uri })).await;
    for _ in 0..UNRESPONSIVE {
        app.sandbox().connectable("alice").unwrap().faults().next("pay_invoice", WalletFault::Silence);
        assert_eq!(app.buy(&alice, event).await.status, 201);
    }
    app.post("/api/tickets/purchase", &app.purchase_request(event, alice.id)).await.data();
    let request = app.sandbox().until(|world| world.pending().pop());
    // Far below the timeout of one unresponsive wallet.
    tokio::time::timeout(std::time::Duration::from_secs(30), request).await.expect("a UMA Request is sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_expiry_has_expires_at_null() {
    let app = TestApp::open().await;
    let alice = app.register("alice").await;
    let path = "/api/users/me/nwc-connection";
    let none = app.get_as(&alice, path).await;
    assert!(!none.data().as_object().unwrap().contains_key("expires_at"));
    let uri = app.sandbox().vasp().connection("alice").unwrap();
    assert_eq!(app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri })).await.status, 200);
    let seen = app.get_as(&alice, path).await;
    assert!(seen.data()["connected"].as_bool().unwrap());
    assert!(seen.data().as_object().unwrap().get("expires_at").unwrap().is_null());
}

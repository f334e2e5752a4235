use crate::app::{ADMIN, PRICE, TestApp};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Duration;
use sandbox::nostr::{Grant, WalletFault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_wallet_is_told_and_never_shown() {
    let app = TestApp::open().await;
    let alice = app.person("alice").await;
    let path = "/api/users/me/nwc-connection";
    app.get(path).await.refused(401, "unauthorized");
    assert_eq!(app.get_as(&alice, path).await.data(), &json!({ "connected": false }));
    for bad in ["", "https://wallet.example", "nostr+walletconnect://zz?relay=wss://r.example&secret=1"] {
        let reply = app.post_as(&alice, path, &json!({ "nwc_connection_uri": bad })).await;
        assert!(reply.refused(400, "invalid").body["fields"]["nwc_connection_uri"].is_string());
    }
    let inner = json!({ "nwc_connection_uri": format!("nostr+walletconnect://{}?relay=ws://10.0.0.1&secret={}", "ab".repeat(32), "cd".repeat(32)) });
    app.post_as(&alice, path, &inner).await.refused(400, "invalid");
    let uri = app.sandbox().vasp().connection("alice").unwrap();
    let expires = app.now() + Duration::hours(1);
    let connected =
        app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri, "expires_at": expires })).await;
    assert_eq!(connected.status, 200);
    assert!(connected.body.get("data").is_none());
    let seen = app.get_as(&alice, path).await;
    assert_eq!(seen.data()["connected"], true);
    assert!(seen.data().get("renews").is_none(), "an NWC string ends when it ends");
    assert_eq!(seen.data()["state"], "connected");
    assert!(seen.data()["created_at"].is_string() && seen.data()["expires_at"].is_string());
    assert!(!seen.text.contains("nostr") && !seen.text.contains("secret"));
    app.clock.advance(Duration::hours(1));
    assert_eq!(
        app.get_as(&alice, path).await.data()["connected"],
        false,
        "an expired connection is not used"
    );
    assert_eq!(app.delete_as(&alice, path).await.status, 200);
    assert_eq!(app.get_as(&alice, path).await.data(), &json!({ "connected": false }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_wallet_pays_for_its_owner_and_not_on_anybodys_word() {
    let app = TestApp::working().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let uri = app.sandbox().vasp().connection("alice").unwrap();
    app.post_as(&alice, "/api/users/me/nwc-connection", &json!({ "nwc_connection_uri": uri })).await;
    // Without a token the same purchase leaves the wallet alone: the person is asked.
    let anonymous =
        app.post("/api/tickets/purchase", &app.purchase_request(event, alice.id)).await.data().clone();
    app.until("the person to be asked", async || app.sandbox().pending().pop()).await;
    let bought = app.buy(&alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;
    let (id, token) =
        (anonymous["ticket"]["id"].as_i64().unwrap(), anonymous["status_token"].as_str().unwrap());
    assert_eq!(app.status(id, token).await["ticket"]["payment_status"], "pending");
    app.books_agree().await;
}

const CLIENT: &str = "npub1shop ws://127.0.0.1:7777";

/// What the web app does for the UMA Connect Button, consent included; the body that it sends to the shop.
async fn granted(app: &TestApp) -> Value {
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
        "uma_address": app.uma("alice"),
        "expires_at": app.now() + Duration::seconds(token["expires_in"].as_i64().unwrap()),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_that_cannot_pay_or_does_not_answer_takes_no_other_ones_place() {
    let app = TestApp::open().await;
    let alice = app.person("alice").await;
    let path = "/api/users/me/nwc-connection";
    let good = app.sandbox().connection("alice").unwrap();
    assert_eq!(app.post_as(&alice, path, &json!({ "nwc_connection_uri": good })).await.status, 200);
    let before = app.get_as(&alice, path).await.data().clone();
    let wallet = app.sandbox().connectable("alice").unwrap();
    let complaint = async |uri: &str| {
        let reply = app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri })).await;
        let words = reply.refused(400, "invalid").body["fields"]["nwc_connection_uri"].clone();
        assert_eq!(app.get_as(&alice, path).await.data(), &before, "the first one stays");
        words.as_str().unwrap().to_owned()
    };
    let receiving = wallet.connect("receives only", Grant::receiving()).unwrap();
    assert!(complaint(&receiving).await.contains("may not pay"));
    let ended = wallet.connect("ended", Grant::all().until(app.now())).unwrap();
    assert!(complaint(&ended).await.contains("EXPIRED"));
    // It answers, and does not tell: whether it pays is seen when it is asked to.
    let terse = wallet.connect("terse", Grant::all().without("get_info")).unwrap();
    let bob = app.person("bob").await;
    assert_eq!(app.post_as(&bob, path, &json!({ "nwc_connection_uri": terse })).await.status, 200);
    let relay = app.sandbox().relay().unwrap();
    relay.faults().refuse_connections(true);
    relay.cut_all();
    let unreached = wallet.connect("unreached", Grant::all()).unwrap();
    assert!(complaint(&unreached).await.contains("nothing was changed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_on_another_network_is_refused() {
    let app = TestApp::open().await;
    let alice = app.person("alice").await;
    let wallet = app.sandbox().connectable("alice").unwrap();
    wallet.say_network("mainnet");
    let uri = wallet.connect("mainnet", Grant::all()).unwrap();
    let path = "/api/users/me/nwc-connection";
    let reply = app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri })).await;
    let words = reply.refused(400, "invalid").body["fields"]["nwc_connection_uri"].clone();
    assert_eq!(words, "this wallet is on mainnet, but this shop is on regtest");
    wallet.say_network("regtest");
    assert_eq!(app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri })).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_tries_out_ten_wallets_a_minute() {
    let app = TestApp::open().await;
    let (alice, bob) = (app.person("alice").await, app.person("bob").await);
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
async fn a_budget_is_the_shops_until_its_owner_sets_one() {
    let app = TestApp::open().await;
    let alice = app.person("alice").await;
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
    assert_eq!(budgets().await, (json!(1_000_000), json!(9_000)), "what is left out is the shop's again");
    assert_eq!(app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri })).await.status, 200);
    assert_eq!(budgets().await, (json!(1_000_000), json!(9_000)), "connecting again keeps the budget");
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_revokes_the_connection_at_its_provider() {
    let app = TestApp::working().await;
    let alice = app.person("alice").await;
    let path = "/api/users/me/nwc-connection";
    let connection = granted(&app).await;
    assert_eq!(app.post_as(&alice, path, &connection).await.status, 200);
    assert_eq!(app.delete_as(&alice, path).await.status, 200);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT),
        ("refresh_token", connection["refresh_token"].as_str().unwrap()),
    ];
    // The wallet itself no longer knows the connection.
    app.until("the wallet to forget the connection", async || {
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
async fn words_of_a_provider_that_refuses_a_renewal_are_not_shown() {
    let app = TestApp::working().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let path = "/api/users/me/nwc-connection";
    let mut connection = granted(&app).await;
    connection["refresh_token"] = json!("unknown to the provider");
    connection["expires_at"] = json!(app.now() + Duration::minutes(1));
    assert_eq!(app.post_as(&alice, path, &connection).await.status, 200);
    app.clock.advance(Duration::minutes(2));
    let event = app.add_event(&admin, PRICE, 5).await;
    app.buy(&alice, event).await.data();
    let seen = app
        .until("the refusal", async || {
            let seen = app.get_as(&alice, path).await;
            (seen.data()["state"] == "needs_reconnect").then_some(seen)
        })
        .await;
    assert_eq!(seen.data()["connected"], false);
    assert_eq!(
        seen.data()["problem"],
        "Your wallet's provider ended the connection. Connect your wallet again."
    );
    for theirs in ["invalid_grant", "error_description", "{"] {
        assert!(!seen.data()["problem"].as_str().unwrap().contains(theirs), "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_connected_by_uma_auth_pays_and_is_renewed_where_its_provider_says() {
    let app = TestApp::working().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    assert!(
        app.get("/api/config").await.data()["uma_auth"]["app_pubkey"].as_str().unwrap().starts_with("npub1")
    );
    let connected = app.post_as(&alice, "/api/users/me/nwc-connection", &granted(&app).await).await;
    assert_eq!(connected.status, 200, "{connected:?}");
    let event = app.add_event(&admin, PRICE, 5).await;
    let bought = app.buy(&alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;

    app.clock.advance(Duration::days(30));
    let (admin, alice) = (app.known(ADMIN).await, app.known(&alice.email).await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let bought = app.buy(&alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;
    assert!(app.sandbox().pending().is_empty(), "no UMA Request was sent");
    let seen = app.get_as(&alice, "/api/users/me/nwc-connection").await;
    assert_eq!((&seen.data()["connected"], &seen.data()["renews"]), (&json!(true), &json!(true)));
    app.books_agree().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallets_that_do_not_answer_keep_nobody_else_from_being_asked() {
    const SILENT: u32 = 40;
    let app = TestApp::working().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, SILENT + 1).await;
    let uri = app.sandbox().connection("alice").unwrap();
    app.post_as(&alice, "/api/users/me/nwc-connection", &json!({ "nwc_connection_uri": uri })).await;
    for _ in 0..SILENT {
        app.sandbox().connectable("alice").unwrap().faults().next("pay_invoice", WalletFault::Silence);
        assert_eq!(app.buy(&alice, event).await.status, 201);
    }
    app.post("/api/tickets/purchase", &app.purchase_request(event, alice.id)).await.data();
    let asked = app.sandbox().until(|world| world.pending().pop());
    // Far below the minute that each of the others may take.
    tokio::time::timeout(std::time::Duration::from_secs(30), asked).await.expect("the buyer's VASP is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_an_end_says_so() {
    let app = TestApp::open().await;
    let alice = app.person("alice").await;
    let path = "/api/users/me/nwc-connection";
    let none = app.get_as(&alice, path).await;
    assert!(!none.data().as_object().unwrap().contains_key("expires_at"));
    let uri = app.sandbox().vasp().connection("alice").unwrap();
    assert_eq!(app.post_as(&alice, path, &json!({ "nwc_connection_uri": uri })).await.status, 200);
    let seen = app.get_as(&alice, path).await;
    assert!(seen.data()["connected"].as_bool().unwrap());
    assert!(seen.data().as_object().unwrap().get("expires_at").unwrap().is_null());
}

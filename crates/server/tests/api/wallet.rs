use crate::app::{PRICE, TestApp};
use chrono::Duration;
use serde_json::json;

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
    let anonymous = app.post("/api/tickets/purchase", &app.wish(event, alice.id)).await.data().clone();
    app.until("the person to be asked", async || app.sandbox().pending().pop()).await;
    let bought = app.buy(&alice, event).await.data().clone();
    app.until_status(&bought, "paid").await;
    let (id, token) =
        (anonymous["ticket"]["id"].as_i64().unwrap(), anonymous["status_token"].as_str().unwrap());
    assert_eq!(app.status(id, token).await["ticket"]["payment_status"], "pending");
    app.books_agree().await;
}

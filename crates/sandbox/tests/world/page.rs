//! The wallet's page and its API.

use crate::shop::{Shop, client};
use reqwest::{RequestBuilder, Response};
use sandbox::InvoiceState;
use serde_json::{Value, json};

async fn json_of(answer: Response) -> Value {
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

async fn overview(shop: &Shop) -> Value {
    json_of(client().get(format!("{}/api/requests", shop.sandbox.base_url())).send().await.unwrap()).await
}

fn post(shop: &Shop, path: &str, body: &Value) -> RequestBuilder {
    client().post(format!("{}{path}", shop.sandbox.base_url())).json(body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_shows_and_approves_a_request() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    shop.push(&shop.uma_invoice("alice", &order)).await.unwrap();
    let seen = overview(&shop).await;
    assert_eq!(seen["users"][0]["name"], "alice");
    assert_eq!(seen["users"][0]["balance_sats"], 1_000_000);
    assert_eq!(seen["requests"][0]["amount_sats"], 2_100);
    assert_eq!(seen["requests"][0]["state"], "pending");
    assert_eq!(seen["requests"][0]["payee"], shop.uma_address());
    let id = seen["requests"][0]["id"].as_str().unwrap().to_owned();
    let answer = post(&shop, &format!("/api/requests/{id}/approve"), &json!({})).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(json_of(answer).await["state"], "paid");
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
    let answer = post(&shop, &format!("/api/requests/{id}/decline"), &json!({})).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 409);
    let answer = post(&shop, "/api/requests/none/approve", &json!({})).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_pays_tops_up_and_sets_automatic_approval() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    let body = json!({ "to": shop.uma_address(), "amount_sats": 2_100, "comment": "hi" });
    let paid = post(&shop, "/api/users/carol/pay", &body).send().await.unwrap();
    assert_eq!(paid.status().as_u16(), 200);
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
    let body = json!({ "to": "nonsense", "amount_sats": 2_100 });
    let refused = post(&shop, "/api/users/carol/pay", &body).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 422);
    let before = overview(&shop).await["users"][2]["balance_sats"].as_u64().unwrap();
    post(&shop, "/api/users/carol/top-up", &json!({ "amount_sats": 1_000 })).send().await.unwrap();
    post(&shop, "/api/users/carol/auto-approve", &json!({ "on": true })).send().await.unwrap();
    let seen = overview(&shop).await;
    assert_eq!(seen["users"][2]["balance_sats"], before + 1_000);
    assert_eq!(seen["users"][2]["auto_approve"], true);
    assert_eq!(seen["received"][0]["amount_sats"], 1_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simulated_payment_settles_an_invoice_once() {
    let shop = Shop::open(None).await;
    let order = shop.order(2_100);
    let body = json!({ "bolt11": shop.invoice(&order).bolt11 });
    let paid = post(&shop, "/api/simulate", &body).send().await.unwrap();
    assert_eq!(json_of(paid).await["amount_sats"], 2_100);
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
    let again = post(&shop, "/api/simulate", &body).send().await.unwrap();
    assert_eq!(again.status().as_u16(), 422);
    let nonsense = post(&shop, "/api/simulate", &json!({ "bolt11": "nonsense" })).send().await.unwrap();
    assert_eq!(nonsense.status().as_u16(), 422);
    let foreign = post(&shop, "/api/simulate", &body).header("origin", "https://evil.example");
    assert_eq!(foreign.send().await.unwrap().status().as_u16(), 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cross_site_requests_are_rejected() {
    let shop = Shop::open(None).await;
    shop.push(&shop.uma_invoice("alice", &shop.order(2_100))).await.unwrap();
    let id = shop.sandbox.pending()[0].id.clone();
    let path = format!("/api/requests/{id}/approve");
    let url = format!("{}{path}", shop.sandbox.base_url());
    let foreign = [
        post(&shop, &path, &json!({})).header("origin", "https://evil.example"),
        post(&shop, &path, &json!({})).header("origin", "null"),
        post(&shop, &path, &json!({})).header("origin", "http://localhost:1"),
        post(&shop, &path, &json!({})).header("sec-fetch-site", "cross-site"),
        post(&shop, &path, &json!({})).header("host", "rebound.example"),
        client().post(&url).header("content-type", "text/plain").body("{}"),
        client().post(&url),
        client().get(format!("{}/api/requests", shop.sandbox.base_url())).header("host", "rebound.example"),
        client()
            .get(format!("{}/api/requests", shop.sandbox.base_url()))
            .header("sec-fetch-site", "cross-site"),
    ];
    for (at, request) in foreign.into_iter().enumerate() {
        assert_eq!(request.send().await.unwrap().status().as_u16(), 403, "request {at}");
    }
    assert_eq!(shop.sandbox.pending().len(), 1);
    let own = post(&shop, &path, &json!({})).header("origin", shop.sandbox.base_url());
    assert_eq!(own.send().await.unwrap().status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_loads_no_external_resources() {
    let shop = Shop::open(None).await;
    for (path, kind) in [("/", "text/html"), ("/wallet.js", "text/javascript"), ("/wallet.css", "text/css")] {
        let answer = client().get(format!("{}{path}", shop.sandbox.base_url())).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-type").starts_with(kind));
        assert!(header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"));
        let body = answer.text().await.unwrap();
        assert!(!body.is_empty());
        assert!(!body.contains("https://"), "{path}");
        if path == "/" {
            assert!(body.contains("Test money"));
            assert!(
                !body.contains("<style") && !body.contains(" style="),
                "the policy forbids inline styles"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wallet_has_a_connection_string() {
    let shop = Shop::open(None).await;
    let uri = overview(&shop).await["users"][0]["nwc_uri"].as_str().unwrap().to_owned();
    assert!(uri.starts_with("nostr+walletconnect://"));
    assert_eq!(shop.sandbox.connection("alice"), Some(uri.clone()));
    assert_ne!(shop.sandbox.connection("bob"), Some(uri));
    shop.sandbox.connectable("alice").unwrap().listens().await;
}

#[test]
fn sandbox_runs_in_an_actix_system() {
    actix_web::rt::System::new().block_on(async {
        let shop = Shop::open(None).await;
        let order = shop.order(2_100);
        shop.push(&shop.uma_invoice("alice", &order)).await.unwrap();
        let id = shop.sandbox.pending()[0].id.clone();
        shop.sandbox.approve(&id).await.unwrap();
        assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
        shop.next_webhook(0).await;
        shop.sandbox.stop().await;
    });
}

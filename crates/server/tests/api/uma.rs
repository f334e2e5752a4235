use crate::app::{PRICE, TestApp, TestUser};
use chrono::Duration;
use sandbox::{RequestState, SenderFault};
use serde_json::{Value, json};

async fn shop_with_a_pending_order(app: &TestApp) -> (TestUser, TestUser, Value) {
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let bought = app.buy(&alice, event).await.data().clone();
    (admin, alice, bought)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pay_request_that_does_not_verify_gets_no_invoice() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 20).await;
    let faults = [
        SenderFault::BadSignature,
        SenderFault::ReplayedNonce,
        SenderFault::StaleTimestamp,
        SenderFault::FutureTimestamp,
        SenderFault::WrongAmount,
        SenderFault::WrongCurrency,
        SenderFault::UnknownTicket,
        SenderFault::OtherPayer,
        SenderFault::NoCompliance,
    ];
    for fault in faults {
        let bought = app.buy(&alice, event).await.data().clone();
        let request = app.until("the wallet's request", async || app.sandbox().pending().pop()).await;
        app.sandbox().vasp().faults().next_payment(fault);
        // The outcome is checked below.
        let _ = app.sandbox().approve(&request.id).await;
        let ended = async || match app.sandbox().vasp().request(&request.id)?.state {
            RequestState::Paying => None,
            state => Some(state),
        };
        let state = app.until("the final state of the request", ended).await;
        assert!(
            matches!(&state, RequestState::Failed { .. } | RequestState::Pending { .. }),
            "{fault:?}: {state:?}"
        );
        let (id, token) =
            (bought["ticket"]["id"].as_i64().unwrap(), bought["status_token"].as_str().unwrap());
        assert_eq!(app.status(id, token).await["ticket"]["payment_status"], "pending", "{fault:?}");
        let _ = app.sandbox().decline(&request.id);
    }
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pay_request_without_the_links_tag_or_for_no_ticket_is_rejected() {
    let app = TestApp::open().await;
    let (_, _, bought) = shop_with_a_pending_order(&app).await;
    let id = &bought["ticket"]["id"];
    for path in
        [format!("/uma/payreq/{id}"), format!("/uma/payreq/{id}?t=00"), "/uma/payreq/999999?t=00".to_owned()]
    {
        let reply = app.post(&path, &json!({})).await;
        assert_eq!((reply.status, reply.body["status"].as_str()), (404, Some("ERROR")), "{reply:?}");
        assert!(!reply.text.contains("lnbc"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_shows_the_vasp_of_a_sent_request() {
    let app = TestApp::open().await;
    let (_, _, bought) = shop_with_a_pending_order(&app).await;
    let (id, token) = (bought["ticket"]["id"].as_i64().unwrap(), bought["status_token"].as_str().unwrap());
    let seen = app
        .until("the request to be sent", async || {
            let seen = app.status(id, token).await;
            (seen["collection"]["state"] == "request_sent").then_some(seen)
        })
        .await;
    let domain = app.uma_address("alice");
    assert_eq!(seen["collection"]["vasp_domain"], domain.split('@').nth(1).unwrap());
    assert!(seen["hold_expires_at"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_payable_while_the_vasp_is_unreachable() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let mut purchase_request = app.purchase_request(event, alice.id);
    purchase_request["uma_address"] = json!("$alice@localhost:1");
    let bought = app.post_as(&alice, "/api/tickets/purchase", &purchase_request).await.data().clone();
    let (id, token) = (bought["ticket"]["id"].as_i64().unwrap(), bought["status_token"].as_str().unwrap());
    let seen = app
        .until("the wallet to be unreachable", async || {
            app.clock.advance(Duration::seconds(5));
            let seen = app.status(id, token).await;
            (seen["collection"]["state"] == "unreachable").then_some(seen)
        })
        .await;
    let detail = seen["collection"]["detail"].as_str().unwrap();
    assert!(detail.contains(' ') && detail.ends_with('.'), "{detail}");
    let payments = app.get_as(&admin, "/api/admin/payments").await;
    let path = format!("/api/admin/payments/{}", payments.data()[0]["id"]);
    let pending = app.get_as(&admin, &path).await;
    assert_eq!(pending.data()["collection"]["state"], "unreachable");
    assert_eq!(pending.data()["collection"]["detail"], detail);
    app.pay_bolt11(&bought).await;
    app.until_status(&bought, "paid").await;
    assert!(app.status(id, token).await["collection"].is_null(), "no payment is requested any more");
    let paid = app.get_as(&admin, &path).await;
    assert_eq!((paid.status, &paid.data()["collection"]), (200, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_keys_and_configuration_are_published() {
    let app = TestApp::open().await;
    let keys = app.get("/.well-known/lnurlpubkey").await;
    assert_eq!(keys.status, 200);
    for field in ["signingCertChain", "encryptionCertChain"] {
        assert!(!keys.body[field].as_array().unwrap().is_empty(), "{keys:?}");
    }
    let expires = keys.body["expirationTimestamp"].as_i64().unwrap();
    assert!(expires > app.now().timestamp());
    let configuration = app.get("/.well-known/uma-configuration").await.body;
    assert_eq!(configuration, app.post("/.well-known/uma-configuration", &json!({})).await.body);
    assert!(configuration["uma_major_versions"].as_array().unwrap().contains(&json!(1)), "{configuration}");
    assert!(configuration["uma_request_endpoint"].as_str().unwrap().ends_with("/uma/request"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_lnurl_payment_needs_an_amount_that_identifies_one_ticket() {
    let app = TestApp::open().await;
    let discovery = app.get("/.well-known/lnurlp/tickets").await.body;
    assert_eq!(discovery["tag"], "payRequest", "{discovery}");
    let none = app.get(&format!("/api/lnurl/callback?amount={}", PRICE * 1_000)).await;
    assert_eq!((none.status, none.body["status"].as_str()), (200, Some("ERROR")));
    let (_, alice, bought) = shop_with_a_pending_order(&app).await;
    let one = app.get(&format!("/api/lnurl/callback?amount={}", PRICE * 1_000)).await;
    assert!(one.body["pr"].as_str().unwrap().starts_with("lnbc"), "{one:?}");
    assert_eq!(one.body["routes"], json!([]));
    app.shop.runtime.office.simulate_payment(one.body["pr"].as_str().unwrap()).await.unwrap();
    app.until_status(&bought, "paid").await;
    // The amount does not distinguish two tickets of the same price.
    let event = app.get("/api/events").await.data()[0]["id"].as_i64().unwrap();
    app.buy(&alice, event).await.data();
    app.buy(&alice, event).await.data();
    let two = app.get(&format!("/api/lnurl/callback?amount={}", PRICE * 1_000)).await;
    assert_eq!((two.status, two.body["status"].as_str()), (200, Some("ERROR")));
    assert!(!two.text.contains("lnbc"));
    for invalid in ["", "?amount=0", "?amount=-1", "?amount=abc", "?amount=1&ref=1-00", "?ref="] {
        let reply = app.get(&format!("/api/lnurl/callback{invalid}")).await;
        assert_eq!((reply.status, reply.body["status"].as_str()), (200, Some("ERROR")), "{invalid}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_lnurl_users_and_uma_requests_are_rejected() {
    let app = TestApp::open().await;
    let reply = app.get("/.well-known/lnurlp/unknown").await;
    assert_eq!((reply.status, reply.body["status"].as_str()), (404, Some("ERROR")));
    let request = app.post("/uma/request", &json!({ "invoice": "uma1x" })).await;
    assert_eq!((request.status, request.body["status"].as_str()), (501, Some("ERROR")));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_below_lnurlp_have_the_lnurl_format() {
    let app = TestApp::open().await;
    let path = "/.well-known/lnurlp";
    for (reply, status) in [
        (app.get(path).await, 404),
        (app.get(&format!("{path}/")).await, 404),
        (app.get(&format!("{path}/tickets/more")).await, 404),
        (app.get(&format!("{path}/unknown")).await, 404),
        (app.post(&format!("{path}/tickets"), &json!({})).await, 405),
        (app.post(&format!("{path}/"), &json!({})).await, 404),
    ] {
        assert_eq!((reply.status, reply.body["status"].as_str()), (status, Some("ERROR")), "{reply:?}");
        assert!(reply.body["reason"].is_string() && reply.body["error"].is_null(), "{reply:?}");
    }
    let invalid = app.get(&format!("{path}/tickets?ticket=nonsense")).await;
    assert_eq!((invalid.status, invalid.body["status"].as_str()), (404, Some("ERROR")));
}

#[tokio::test(flavor = "multi_thread")]
async fn incomplete_uma_parameters_are_rejected_by_name() {
    let app = TestApp::open().await;
    let all = [
        ("signature", "00"),
        ("vaspDomain", "vasp.example"),
        ("nonce", "1"),
        ("timestamp", "1"),
        ("umaVersion", "1.0"),
    ];
    for missing in 0..all.len() {
        for only in [false, true] {
            let kept = all.iter().enumerate().filter(|(index, _)| (*index == missing) == only);
            let query: Vec<_> = kept.map(|(_, (name, value))| format!("{name}={value}")).collect();
            let reply = app.get(&format!("/.well-known/lnurlp/$tickets?{}", query.join("&"))).await;
            let code = reply.body["code"].as_str();
            assert_eq!(
                (reply.status, code),
                (400, Some("MISSING_REQUIRED_UMA_PARAMETERS")),
                "{query:?} {reply:?}"
            );
        }
    }
    let plain = app.get("/.well-known/lnurlp/tickets?isSubjectToTravelRule=true").await;
    assert_eq!((plain.status, plain.body["tag"].as_str()), (200, Some("payRequest")));
    assert!(plain.body["currencies"].is_null(), "plain LNURL has no currencies: {plain:?}");
    let invalid = app.post("/api/lnurl/callback", &json!({ "amount": 7, "payeeData": 1 })).await;
    assert_eq!(invalid.body["reason"], "the body is not a pay request", "parser errors are not exposed");
}

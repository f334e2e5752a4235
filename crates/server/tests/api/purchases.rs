use crate::app::{PRICE, TestApp};
use chrono::Duration;
use reqwest::Method;
use sandbox::{Call, Fault, WebhookFault};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_purchased_with_a_uma_wallet() {
    let app = TestApp::with_worker().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let before =
        app.get_as(&admin, "/api/admin/node/balance").await.data()["total_balance_sats"].as_u64().unwrap();
    let reply = app.buy(&alice, event).await;
    assert_eq!(reply.status, 201);
    let bought = reply.data().clone();
    assert_eq!(bought["ticket"]["payment_status"], "pending");
    assert_eq!(bought["payment_required"], true);
    let request = &bought["uma_request"];
    for field in
        ["invoice_id", "bolt11", "payment_hash", "uma_address", "description", "expires_at", "status"]
    {
        assert!(request[field].is_string(), "{field} in {request}");
    }
    assert_eq!(request["amount_sats"], PRICE);
    let has = async |number: &str| app.get("/metrics").await.text.lines().any(|line| line == number);
    assert!(has("holds 1").await && has("settlements_total 0").await);
    let seen = app.approve(&bought).await;
    assert!(has("holds 0").await && has("settlements_total 1").await);
    assert_eq!(seen["payment"]["status"], "paid");
    assert!(seen["ticket"]["paid_at"].is_string());
    let code = bought["ticket"]["ticket_code"].as_str().unwrap();
    let valid = app.post("/api/tickets/validate", &json!({ "ticket_code": code, "event_id": event })).await;
    assert_eq!(valid.data()["event"]["stream_url"], "https://stream.example/secret");
    let after =
        app.get_as(&admin, "/api/admin/node/balance").await.data()["total_balance_sats"].as_u64().unwrap();
    assert_eq!(after, before + PRICE);
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_ticket_is_issued_without_an_invoice() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, 0, 5).await;
    let purchase_request = json!({ "event_id": event, "user_id": alice.id });
    let bought = app.post_as(&alice, "/api/tickets/purchase", &purchase_request).await.data().clone();
    assert_eq!(bought["ticket"]["payment_status"], "paid");
    assert!(bought.get("uma_request").is_none() && bought.get("payment_required").is_none());
    let status =
        app.status(bought["ticket"]["id"].as_i64().unwrap(), bought["status_token"].as_str().unwrap()).await;
    assert_eq!(
        status["payment"],
        json!({
            "status": "paid", "amount_sats": 0, "invoice_id": null, "bolt11": null, "received_msats": 0,
            "refundable_msats": 0, "refunded_msats": 0, "anomaly": null, "refund": null,
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_purchases_are_rejected_and_store_nothing() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let inactive = app.add_event(&admin, PRICE, 5).await;
    app.put_as(&admin, &format!("/api/admin/events/{inactive}"), &json!({ "is_active": false })).await.data();
    app.buy(&alice, inactive).await.refused(400, "event_inactive");
    app.buy(&alice, 999_999).await.refused(404, "not_found");
    for address in ["alice@wallet.example", "$alice", "$al ice@wallet.example", "", "$@x.example", "$alice@"]
    {
        let purchase_request = json!({ "event_id": event, "user_id": alice.id, "uma_address": address });
        let reply = app.post_as(&alice, "/api/tickets/purchase", &purchase_request).await;
        assert!(reply.refused(400, "invalid").body["fields"]["uma_address"].is_string(), "{address}");
    }
    let long = json!({ "event_id": event, "user_id": alice.id, "uma_address": format!("${}@x.example", "a".repeat(5_000)) });
    app.post_as(&alice, "/api/tickets/purchase", &long).await.refused(400, "invalid");
    let typed = json!({ "event_id": "1", "user_id": alice.id, "uma_address": "$a@x.example" });
    app.post_as(&alice, "/api/tickets/purchase", &typed).await.refused(400, "invalid");
    app.clock.advance(Duration::hours(4));
    app.buy(&alice, event).await.refused(400, "event_over");
    let mine = app.get_as(&alice, &format!("/api/users/{}/tickets", alice.id)).await;
    assert_eq!(mine.data(), &json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn authenticated_callers_purchase_for_themselves_only() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let for_bob = app.purchase_request(event, bob.id);
    app.post_as(&alice, "/api/tickets/purchase", &for_bob).await.refused(403, "forbidden");
    app.post_as(&admin, "/api/tickets/purchase", &for_bob).await.refused(403, "forbidden");
    let request = app.request(Method::POST, "/api/tickets/purchase").bearer_auth("nonsense").json(&for_bob);
    app.send(request).await.refused(401, "unauthorized");
    app.post("/api/tickets/purchase", &app.purchase_request(event, 999_999)).await.refused(404, "not_found");
    // Guests purchase without a token.
    let anonymous = app.post("/api/tickets/purchase", &for_bob).await;
    assert_eq!(anonymous.status, 201);
    assert!(anonymous.data()["uma_request"]["bolt11"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_code_and_invoice_are_visible_to_the_buyer_and_admins_only() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let bought = app.buy(&alice, event).await.data().clone();
    let other = app.buy(&bob, event).await.data().clone();
    let code = &bought["ticket"]["ticket_code"];
    assert!(code.as_str().unwrap().len() >= 26, "128 bits in base 32");
    let path = format!("/api/tickets/{}/status", bought["ticket"]["id"]);
    let token = bought["status_token"].as_str().unwrap();
    let foreign = other["status_token"].as_str().unwrap();
    let others = [
        app.get(&path).await,
        app.get_as(&bob, &path).await,
        app.get(&format!("{path}?token={foreign}")).await,
        app.get(&format!("{path}?token=")).await,
    ];
    for reply in others {
        assert!(reply.data()["ticket"]["ticket_code"].is_null(), "{reply:?}");
        assert!(reply.data()["payment"]["bolt11"].is_null(), "{reply:?}");
        assert!(!reply.text.contains(code.as_str().unwrap()) && !reply.text.contains("lnbc"));
        assert_eq!(reply.data()["ticket"]["payment_status"], "pending");
        assert_eq!(reply.data()["payment"]["amount_sats"], PRICE);
    }
    let authorised = [
        app.get_as(&alice, &path).await,
        app.get_as(&admin, &path).await,
        app.get(&format!("{path}?token={token}")).await,
    ];
    for reply in authorised {
        assert_eq!(&reply.data()["ticket"]["ticket_code"], code);
        assert_eq!(reply.data()["payment"]["bolt11"], bought["uma_request"]["bolt11"]);
    }
    app.get("/api/tickets/999999/status").await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_are_listed_for_their_owner_and_admins_only() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    app.buy(&alice, event).await.data();
    let path = format!("/api/users/{}/tickets", alice.id);
    app.get(&path).await.refused(401, "unauthorized");
    app.get_as(&bob, &path).await.refused(403, "forbidden");
    let mine = app.get_as(&alice, &path).await.data()[0].clone();
    assert!(mine["event"]["stream_url"].is_null(), "not paid yet");
    assert_eq!(
        (&mine["payment"]["status"], &mine["payment"]["amount_sats"]),
        (&json!("pending"), &json!(PRICE))
    );
    assert_eq!(
        app.get_as(&admin, &path).await.data()[0]["event"]["stream_url"],
        "https://stream.example/secret"
    );
    app.buy_paid(&alice, event).await;
    let paid = app.get_as(&alice, &path).await.data()[0].clone();
    assert_eq!(paid["event"]["stream_url"], "https://stream.example/secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_idempotency_key_returns_the_same_ticket() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let with_key = async |user: Option<&crate::app::TestUser>, body: &Value, key: &str| {
        let mut request =
            app.request(Method::POST, "/api/tickets/purchase").header("Idempotency-Key", key).json(body);
        if let Some(user) = user {
            request = request.bearer_auth(&user.token);
        }
        app.send(request).await
    };
    let purchase_request = app.purchase_request(event, alice.id);
    let first = with_key(Some(&alice), &purchase_request, "k-1").await;
    let again = with_key(Some(&alice), &purchase_request, "k-1").await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.data()["ticket"], again.data()["ticket"]);
    assert_eq!(first.data()["uma_request"]["bolt11"], again.data()["uma_request"]["bolt11"]);
    let mut other = purchase_request.clone();
    other["uma_address"] = json!(app.uma_address("bob"));
    with_key(Some(&alice), &other, "k-1").await.refused(422, "idempotency_key_reused");
    // Keys are scoped by caller, so that a guessed key returns no other caller's ticket.
    let anonymous = with_key(None, &purchase_request, "k-1").await;
    assert_ne!(anonymous.data()["ticket"]["id"], first.data()["ticket"]["id"]);
    let bobs = with_key(Some(&bob), &app.purchase_request(event, bob.id), "k-1").await;
    assert_ne!(bobs.data()["ticket"]["id"], first.data()["ticket"]["id"]);
    assert_eq!(app.get(&format!("/api/events/{event}")).await.data()["tickets_available"], 2);
    with_key(Some(&alice), &purchase_request, &"x".repeat(300)).await.refused(400, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_purchases_of_fifty_seats_sell_exactly_fifty() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 50).await;
    let buyers = (0..200).map(|_| {
        app.post("/api/tickets/purchase", Box::leak(Box::new(app.purchase_request(event, alice.id))))
    });
    let replies = futures_util::future::join_all(buyers).await;
    let (sold, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 201);
    assert_eq!((sold.len(), refused.len()), (50, 150));
    for reply in refused {
        reply.refused(400, "sold_out");
    }
    let tickets: BTreeSet<i64> =
        sold.iter().map(|reply| reply.data()["ticket"]["id"].as_i64().unwrap()).collect();
    assert_eq!(tickets.len(), 50);
    assert_eq!(app.get(&format!("/api/events/{event}")).await.data()["tickets_available"], 0);
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_hold_returns_its_seat() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 1).await;
    let bought = app.buy(&alice, event).await.data().clone();
    app.buy(&alice, event).await.refused(400, "sold_out");
    app.clock.advance(Duration::minutes(18));
    app.until_status(&bought, "expired").await;
    assert_eq!(app.get(&format!("/api/events/{event}")).await.data()["tickets_available"], 1);
    assert_eq!(app.buy(&alice, event).await.status, 201);
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_payment_without_a_free_seat_is_refundable() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 1).await;
    app.sandbox().shop().faults().accept_late(86_400);
    let late = app.buy(&alice, event).await.data().clone();
    app.clock.advance(Duration::minutes(18));
    app.until_status(&late, "expired").await;
    let other = app.buy_paid(&alice, event).await;
    assert_eq!(other["ticket"]["payment_status"], "pending");
    app.pay_bolt11(&late).await;
    let due = app
        .until("the refundable payment", async || {
            app.clock.advance(Duration::minutes(1));
            let list = app.get_as(&admin, "/api/admin/payments?status=refund_due").await;
            list.data().as_array().unwrap().first().cloned()
        })
        .await;
    assert_eq!((&due["exception"], &due["refundable_msats"]), (&json!("refund_due"), &json!(PRICE * 1_000)));
    assert_eq!(due["ticket"]["id"], late["ticket"]["id"]);
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_poller_settles_payments_without_webhooks() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 1).await;
    app.sandbox().shop().faults().all_webhooks(WebhookFault::Drop);
    let bought = app.buy(&alice, event).await.data().clone();
    app.run_jobs().await;
    app.pay_bolt11(&bought).await;
    app.clock.advance(Duration::minutes(1));
    app.until_status(&bought, "paid").await;
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_webhook_settles_once_and_an_unsigned_one_is_rejected() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 1).await;
    app.sandbox().shop().faults().all_webhooks(WebhookFault::Keep);
    let bought = app.buy(&alice, event).await.data().clone();
    app.pay_bolt11(&bought).await;
    let (body, signature) =
        app.until("a webhook", async || app.sandbox().world().kept_webhooks().pop()).await;
    let deliver = async |body: String, signature: Option<&str>| {
        let mut request = app.request(Method::POST, "/api/webhooks/payment").body(body);
        if let Some(signature) = signature {
            request = request.header("lightspark-signature", signature);
        }
        app.send(request).await
    };
    deliver(body.clone(), None).await.refused(400, "bad_webhook");
    deliver(body.clone(), Some("00")).await.refused(400, "bad_webhook");
    deliver(body.replace('}', " }"), Some(&signature)).await.refused(400, "bad_webhook");
    for _ in 0..10 {
        assert_eq!(deliver(body.clone(), Some(&signature)).await.status, 200);
    }
    app.until_status(&bought, "paid").await;
    for _ in 0..3 {
        assert_eq!(deliver(body.clone(), Some(&signature)).await.status, 200);
        app.run_jobs().await;
    }
    let payment = app.get_as(&admin, "/api/admin/payments").await.data()[0].clone();
    assert_eq!((&payment["received_msats"], &payment["exception"]), (&json!(PRICE * 1_000), &Value::Null));
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_alone_marks_no_ticket_paid() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    app.sandbox().shop().faults().all_webhooks(WebhookFault::Drop);
    let bought = app.buy(&alice, event).await.data().clone();
    let request = &bought["uma_request"];
    let callback = json!({
        "payment_hash": request["payment_hash"], "status": "COMPLETED", "invoice_id": request["invoice_id"],
        "amount_sats": PRICE, "timestamp": 1, "signature": "00",
    });
    let reply = app.post("/api/tickets/uma-callback", &callback).await;
    assert_eq!(reply.data(), &json!({ "status": "processed" }));
    let (id, token) = (bought["ticket"]["id"].as_i64().unwrap(), bought["status_token"].as_str().unwrap());
    assert_eq!(app.status(id, token).await["ticket"]["payment_status"], "pending");
    app.pay_bolt11(&bought).await;
    // Callbacks share a response of the node for five seconds.
    app.clock.advance(Duration::seconds(5));
    app.post("/api/tickets/uma-callback", &callback).await.data();
    assert_eq!(
        app.status(id, token).await["ticket"]["payment_status"],
        "paid",
        "a callback triggers a check at the node"
    );
    let unknown = json!({ "payment_hash": "00".repeat(32), "status": "COMPLETED", "invoice_id": "x" });
    app.post("/api/tickets/uma-callback", &unknown).await.refused(404, "not_found");
    let malformed = json!({ "payment_hash": "zz", "status": "COMPLETED", "invoice_id": "x" });
    app.post("/api/tickets/uma-callback", &malformed).await.refused(400, "invalid");
    app.post("/api/tickets/uma-callback", &json!({})).await.refused(400, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_found_by_invoice_id_or_bolt11_for_its_owner() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let bought = app.buy(&alice, event).await.data().clone();
    for field in ["invoice_id", "bolt11"] {
        let path = format!("/api/payments/{}/status", bought["uma_request"][field].as_str().unwrap());
        app.get(&path).await.refused(401, "unauthorized");
        app.get_as(&bob, &path).await.refused(403, "forbidden");
        let seen = app.get_as(&alice, &path).await.data().clone();
        assert_eq!(
            (&seen["payment"]["status"], &seen["payment"]["amount_sats"]),
            (&json!("pending"), &json!(PRICE))
        );
        assert_eq!(seen["ticket"]["ticket_code"], bought["ticket"]["ticket_code"]);
        assert_eq!(seen["uma_status"]["payment_hash"], bought["uma_request"]["payment_hash"]);
        assert_eq!(app.get_as(&admin, &path).await.status, 200);
    }
    app.get_as(&alice, "/api/payments/nothing/status").await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_node_fails_the_purchase_and_returns_the_seat() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 1).await;
    app.sandbox().shop().faults().next(Call::CreateInvoice, Fault::Unavailable);
    app.buy(&alice, event).await.refused(503, "lightning_unavailable");
    assert_eq!(app.get(&format!("/api/events/{event}")).await.data()["tickets_available"], 1);
    assert_eq!(app.buy(&alice, event).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_ticket_is_cancelled_by_its_buyer_only() {
    let app = TestApp::open().await;
    let (admin, alice, bob) = (app.admin().await, app.register("alice").await, app.register("bob").await);
    let event = app.add_event(&admin, PRICE, 1).await;
    let bought = app.buy(&alice, event).await.data().clone();
    let path = format!("/api/tickets/{}/cancel", bought["ticket"]["id"]);
    app.post(&path, &json!({})).await.refused(403, "forbidden");
    app.post_as(&bob, &path, &json!({})).await.refused(403, "forbidden");
    let with_token = format!("{path}?token={}", bought["status_token"].as_str().unwrap());
    let cancelled = app.post(&with_token, &json!({})).await;
    assert_eq!(cancelled.data()["ticket"]["payment_status"], "cancelled");
    assert_eq!(app.get(&format!("/api/events/{event}")).await.data()["tickets_available"], 1);
    app.post(&with_token, &json!({})).await.refused(409, "not_pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn purchases_and_validations_are_rate_limited_by_address() {
    let app =
        TestApp::open_with(&[("RATE_LIMITS", "on"), ("RATE_PURCHASE", "2"), ("RATE_VALIDATE", "1")], false)
            .await;
    let purchase_request = app.purchase_request(1, 1);
    for _ in 0..2 {
        app.post("/api/tickets/purchase", &purchase_request).await.refused(404, "not_found");
    }
    app.post("/api/tickets/purchase", &purchase_request).await.refused(429, "rate_limited");
    // X-Forwarded-For of an untrusted peer is ignored.
    let spoofed = app
        .request(Method::POST, "/api/tickets/purchase")
        .header("X-Forwarded-For", "9.9.9.9")
        .json(&purchase_request);
    app.send(spoofed).await.refused(429, "rate_limited");
    let code = json!({ "ticket_code": "TKT-00000", "event_id": 1 });
    app.post("/api/tickets/validate", &code).await.refused(404, "not_found");
    app.post("/api/tickets/validate", &code).await.refused(429, "rate_limited");
}

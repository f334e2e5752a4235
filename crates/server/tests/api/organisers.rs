use crate::app::{PRICE, TestApp};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn admin_routes_reject_other_users() {
    let app = TestApp::open().await;
    let alice = app.register("alice").await;
    let get_routes = [
        "status",
        "overview",
        "node/balance",
        "events",
        "events/1/attendees",
        "payments",
        "payments/pending",
        "payments/1",
        "audit",
        "jobs/dead",
    ];
    for path in get_routes.map(|path| format!("/api/admin/{path}")) {
        app.get(&path).await.refused(401, "unauthorized");
        app.get_as(&alice, &path).await.refused(403, "forbidden");
    }
    let post_routes = [
        "payments/1/retry",
        "payments/1/refund",
        "events/1/uma-invoice",
        "events/1/cancel",
        "jobs/1/revive",
        "check-in",
    ];
    for path in post_routes.map(|path| format!("/api/admin/{path}")) {
        app.post(&path, &json!({})).await.refused(401, "unauthorized");
        app.post_as(&alice, &path, &json!({})).await.refused(403, "forbidden");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn admin_status_has_no_envelope() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    assert_eq!(app.get_as(&admin, "/api/admin/status").await.body, json!({ "is_admin": true }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_payment_is_retried_while_a_seat_is_free() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 1).await;
    let bought = app.buy(&alice, event).await.data().clone();
    let pending = app.get_as(&admin, "/api/admin/payments/pending").await.data().clone();
    let row = &pending[0];
    assert_eq!((&row["amount_sats"], &row["status"]), (&json!(PRICE), &json!("pending")));
    assert_eq!(
        (&row["ticket"]["id"], &row["ticket"]["uma_address"]),
        (&bought["ticket"]["id"], &json!(app.uma_address("alice")))
    );
    assert_eq!(
        (&row["ticket"]["ticket_code"], &row["invoice_id"]),
        (&bought["ticket"]["ticket_code"], &bought["uma_request"]["invoice_id"])
    );
    let path = format!("/api/admin/payments/{}/retry", row["id"]);
    app.post_as(&admin, &path, &json!({})).await.refused(400, "not_retryable");
    app.post_as(&admin, "/api/admin/payments/999999/retry", &json!({})).await.refused(404, "not_found");
    app.clock.advance(Duration::minutes(18));
    app.until_status(&bought, "expired").await;
    let retried = app.post_as(&admin, &path, &json!({})).await.data().clone();
    assert_eq!((&retried["payment_id"], &retried["status"]), (&row["id"], &json!("pending")));
    assert_eq!(retried["new_invoice"]["amount_sats"], PRICE);
    assert_ne!(retried["new_invoice"]["bolt11"], bought["uma_request"]["bolt11"]);
    app.clock.advance(Duration::minutes(18));
    app.until_status(&bought, "expired").await;
    app.buy(&alice, event).await.data();
    app.post_as(&admin, &path, &json!({})).await.refused(409, "sold_out");
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_ticket_is_refunded_to_the_buyer() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let bought = app.buy_paid(&alice, event).await;
    let payment = app.get_as(&admin, "/api/admin/payments").await.data()[0]["id"].clone();
    let path = format!("/api/admin/payments/{payment}/refund");
    app.post_as(&admin, &path, &json!({})).await.refused(409, "nothing_due");
    app.post_as(&admin, &path, &json!({ "destination": "invalid", "revoke": true }))
        .await
        .refused(400, "invalid");
    let refund = app.post_as(&admin, &path, &json!({ "revoke": true })).await.data().clone();
    assert_eq!(
        (&refund["amount_msats"], &refund["destination"]),
        (&json!(PRICE * 1_000), &json!(app.uma_address("alice")))
    );
    app.until_status(&bought, "refunded").await;
    let detail = app
        .until("the refund", async || {
            app.clock.advance(Duration::seconds(10));
            let detail = app.get_as(&admin, &format!("/api/admin/payments/{payment}")).await.data().clone();
            (detail["refunds"][0]["status"] == "paid").then_some(detail)
        })
        .await;
    assert_eq!(
        (&detail["payment"]["refundable_msats"], &detail["payment"]["refunded_msats"]),
        (&json!(0), &json!(PRICE * 1_000))
    );
    let kinds: Vec<&str> =
        detail["timeline"].as_array().unwrap().iter().filter_map(|entry| entry["kind"].as_str()).collect();
    for kind in ["held", "invoice", "settled", "paid", "refund"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_an_event_refunds_or_cancels_all_tickets() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 3).await;
    let paid = app.buy_paid(&alice, event).await;
    let pending = app.buy(&alice, event).await.data().clone();
    let path = format!("/api/admin/events/{event}/cancel");
    let plan = app.post_as(&admin, &format!("{path}?dry_run=true"), &json!({})).await.data().clone();
    assert_eq!((&plan["tickets"], &plan["refund_sats"]), (&json!(2), &json!(PRICE)));
    assert_eq!(
        app.get(&format!("/api/events/{event}")).await.data()["is_active"],
        true,
        "a dry run changes nothing"
    );
    assert_eq!(app.post_as(&admin, &path, &json!({})).await.data()["dry_run"], false);
    app.until_status(&paid, "refunded").await;
    app.until_status(&pending, "cancelled").await;
    app.buy(&alice, event).await.refused(400, "event_cancelled");
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_counts_sales_and_holds() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    app.buy_paid(&alice, event).await;
    app.buy(&alice, event).await.data();
    let overview = app.get_as(&admin, "/api/admin/overview").await.data().clone();
    assert_eq!((&overview["sold_today"], &overview["revenue_sats"]), (&json!(1), &json!(PRICE)));
    assert_eq!(
        (&overview["held"], &overview["waiting"], &overview["refundable"]),
        (&json!(1), &json!(1), &json!(0))
    );
    assert_eq!(overview["series"][0]["sold"], 1);
    let row = &overview["events"][0];
    assert_eq!((&row["sold"], &row["held"], &row["capacity"]), (&json!(1), &json!(1), &json!(5)));
    let listed = app.get_as(&admin, "/api/admin/events").await.data()[0].clone();
    assert_eq!(
        (&listed["sold"], &listed["held"], &listed["title"]),
        (&json!(1), &json!(1), &json!("Late Show"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attendees_have_paid_tickets_and_their_csv_has_no_formulas() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let buyer = app.register("buyer").await;
    let renamed = json!({ "email": buyer.email, "name": "=HYPERLINK(\"http://evil.example\")" });
    app.put_as(&buyer, &format!("/api/users/{}", buyer.id), &renamed).await.data();
    let event = app.add_event(&admin, PRICE, 5).await;
    app.buy_paid(&buyer, event).await;
    app.buy(&buyer, event).await.data();
    let list = app.get_as(&admin, &format!("/api/admin/events/{event}/attendees")).await;
    assert_eq!(list.data().as_array().unwrap().len(), 1);
    assert_eq!(list.data()[0]["email"], buyer.email);
    let zone = json!({ "time_zone": "Asia/Seoul" });
    app.put_as(&admin, &format!("/api/admin/events/{event}"), &zone).await.data();
    let csv = app.get_as(&admin, &format!("/api/admin/events/{event}/attendees?format=csv")).await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert!(csv.text.contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\""), "{}", csv.text);
    assert_eq!(csv.text.lines().count(), 2);
    assert!(csv.text.contains("+09:00\"") && csv.text.contains("\"Asia/Seoul\""), "{}", csv.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_an_events_own_invoice_issues_no_ticket() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let (event, free) = (app.add_event(&admin, PRICE, 5).await, app.add_event(&admin, 0, 5).await);
    let reply = app.post_as(&admin, &format!("/api/admin/events/{event}/uma-invoice"), &json!({})).await;
    assert_eq!(reply.status, 201);
    let made = reply.data();
    assert_eq!((&made["event"]["id"], &made["invoice"]["amount_sats"]), (&json!(event), &json!(PRICE)));
    assert_eq!(made["uma_address"], format!("$tickets@{}", app.config.http.domain));
    let shown = app.get(&format!("/api/events/{event}")).await.data()["uma_request_invoice"].clone();
    assert_eq!(
        (&shown["bolt11"], &shown["invoice_id"]),
        (&made["invoice"]["bolt11"], &made["invoice"]["id"])
    );
    app.post_as(&admin, &format!("/api/admin/events/{free}/uma-invoice"), &json!({}))
        .await
        .refused(400, "free_event");
    app.shop.runtime.office.simulate_payment(made["invoice"]["bolt11"].as_str().unwrap()).await.unwrap();
    app.until("the payment in the ledger", async || {
        app.clock.advance(Duration::seconds(30));
        let ledger = app.shop.runtime.database.store.ledger(app.now()).await.unwrap();
        (ledger.event_level.get() == PRICE * 1_000).then_some(())
    })
    .await;
    app.assert_ledger_balances().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_are_filtered_by_status_and_search_text() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 5).await;
    let bought = app.buy_paid(&alice, event).await;
    app.buy(&alice, event).await.data();
    let count = async |query: &str| -> usize {
        app.get_as(&admin, &format!("/api/admin/payments{query}")).await.data().as_array().unwrap().len()
    };
    assert_eq!(count("").await, 2);
    assert_eq!(count("?status=paid").await, 1);
    assert_eq!(count("?status=refundable").await, 0);
    assert_eq!(count(&format!("?q={}", bought["uma_request"]["payment_hash"].as_str().unwrap())).await, 1);
    assert_eq!(count("?q=alice").await, 2);
    assert_eq!(count("?q=%25").await, 0, "wildcards are escaped");
    app.get_as(&admin, "/api/admin/payments?status=nonsense").await.refused(400, "invalid");
    let request = app.request(Method::GET, "/api/admin/payments?limit=1").bearer_auth(&admin.token);
    let page = app.send(request).await;
    assert_eq!(page.data().as_array().unwrap().len(), 1);
    assert_eq!(page.header("x-total-count"), "2", "the total, not the page");
    let paid = app.get_as(&admin, "/api/admin/payments?status=paid").await;
    assert_eq!(paid.header("x-total-count"), "1");
    assert_eq!(app.get_as(&admin, "/api/admin/payments/pending").await.header("x-total-count"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_shows_a_cancelled_event_and_it_cannot_be_reactivated() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 50).await;
    let path = format!("/api/events/{event}");
    let before = app.get(&path).await.data().clone();
    assert_eq!((&before["status"], &before["cancelled_at"]), (&json!("on_sale"), &Value::Null));
    let bought = app.buy_paid(&alice, event).await;
    app.post_as(&admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    let seen = app.get(&path).await.data().clone();
    assert_eq!((&seen["status"], &seen["is_active"]), (&json!("cancelled"), &json!(false)));
    assert!(seen["cancelled_at"].is_string(), "{seen}");
    assert_eq!(seen["tickets_available"], 0, "a cancelled event has no available seats");
    let listed = app.get_as(&admin, "/api/admin/events").await.data()[0].clone();
    assert_eq!((&listed["status"], &listed["cancelled_at"]), (&json!("cancelled"), &seen["cancelled_at"]));
    let overview = app.get_as(&admin, "/api/admin/overview").await.data().clone();
    assert_eq!(overview["events"][0]["status"], "cancelled");
    let mine = app.get_as(&alice, &format!("/api/users/{}/tickets", alice.id)).await.data()[0].clone();
    assert_eq!(mine["event"]["status"], "cancelled");
    let status = app.until_status(&bought, "refunded").await;
    assert_eq!(status["event"]["status"], "cancelled");
    // Reactivation, alone and with all fields as the web app sends them.
    let mut all = seen.clone();
    all["is_active"] = json!(true);
    for body in [json!({ "is_active": true }), all] {
        let again = app.put_as(&admin, &format!("/api/admin/events/{event}"), &body).await;
        again.refused(409, "event_cancelled");
    }
    assert_eq!(app.get(&path).await.data()["status"], "cancelled");
    let text = json!({ "description": "Sorry.", "is_active": false });
    app.put_as(&admin, &format!("/api/admin/events/{event}"), &text).await.data();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timeline_shows_evidence_with_its_time_and_origin() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 3).await;
    app.sandbox().shop().faults().accept_late(86_400);
    let bought = app.buy(&alice, event).await.data().clone();
    app.clock.advance(Duration::minutes(20));
    app.shop.runtime.office.expire_holds().await.unwrap();
    let expired_at = app.now();
    app.clock.advance(Duration::minutes(5));
    app.pay_bolt11(&bought).await;
    app.until_status(&bought, "paid").await;
    let payment = app.get_as(&admin, "/api/admin/payments").await.data()[0]["id"].clone();
    let refund = app
        .post_as(&admin, &format!("/api/admin/payments/{payment}/refund"), &json!({ "revoke": true }))
        .await;
    assert_eq!(refund.status, 201);
    app.until_status(&bought, "refunded").await;
    let path = format!("/api/admin/payments/{payment}");
    let detail = app
        .until("the refund", async || {
            app.clock.advance(Duration::seconds(30));
            let detail = app.get_as(&admin, &path).await.data().clone();
            (detail["payment"]["refunded_msats"] == PRICE * 1_000).then_some(detail)
        })
        .await;
    let entry = |kind: &str| {
        let entries = detail["timeline"].as_array().unwrap();
        let found: Vec<_> = entries.iter().filter(|entry| entry["kind"] == kind).collect();
        assert_eq!(found.len(), 1, "{kind} in {detail}");
        found[0].clone()
    };
    let expired = entry("hold_lapsed");
    let at: chrono::DateTime<chrono::Utc> = expired["at"].as_str().unwrap().parse().unwrap();
    assert!((at - expired_at).abs() < Duration::seconds(1), "the time of the expiry: {expired}");
    assert_eq!((&expired["origin"], &expired["status"]), (&json!("system"), &json!("expired")));
    let settled = entry("settled");
    assert_eq!((&settled["origin"], &settled["status"]), (&json!("node"), &json!("paid")));
    assert!(settled["detail"].as_str().unwrap().starts_with("2100000 msats on "), "{settled}");
    let revoked = entry("revoked");
    assert_eq!((&revoked["origin"], &revoked["actor_id"]), (&json!("organiser"), &json!(admin.id)));
    assert_eq!(entry("refunded")["origin"], "node");
}

/// More rows than two internal pages.
#[tokio::test(flavor = "multi_thread")]
async fn lists_without_a_limit_are_complete_and_have_a_total_count() {
    const ROWS: usize = 203;
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 300).await;
    for _ in 0..ROWS {
        app.buy(&alice, event).await.data();
    }
    let tickets = format!("/api/users/{}/tickets", alice.id);
    for path in ["/api/admin/payments", "/api/admin/payments/pending", &tickets] {
        let complete = app.get_as(&admin, path).await;
        let ids: Vec<i64> =
            complete.data().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        assert_eq!((ids.len(), complete.header("x-total-count")), (ROWS, "203"), "{path}");
        assert!(ids.is_sorted_by(|one, other| one > other), "{path}: newest first, without duplicates");
        let page = app.get_as(&admin, &format!("{path}?limit=10&offset=200")).await;
        assert_eq!(
            (page.data().as_array().unwrap().len(), page.header("x-total-count")),
            (3, "203"),
            "{path}"
        );
        let rest = app.get_as(&admin, &format!("{path}?offset=50")).await;
        assert_eq!(rest.data().as_array().unwrap().len(), ROWS - 50, "{path}");
    }
    let free = app.add_event(&admin, 0, 300).await;
    for _ in 0..ROWS {
        app.buy(&alice, free).await.data();
    }
    let attendees = format!("/api/admin/events/{free}/attendees");
    let complete = app.get_as(&admin, &attendees).await;
    assert_eq!((complete.data().as_array().unwrap().len(), complete.header("x-total-count")), (ROWS, "203"));
    let csv = app.get_as(&admin, &format!("{attendees}?format=csv")).await;
    assert_eq!(csv.text.lines().count(), ROWS + 1);
    for (path, total) in [
        ("/api/admin/events".to_owned(), "2"),
        (format!("/api/admin/events/{event}/invoices"), "0"),
        ("/api/admin/jobs/dead".to_owned(), "0"),
        ("/api/admin/audit".to_owned(), "2"),
    ] {
        assert_eq!(app.get_as(&admin, &path).await.header("x-total-count"), total, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_events_invoice_is_public_only_while_its_amount_is_the_events_price() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let event = app.add_event(&admin, PRICE, 5).await;
    let path = format!("/api/events/{event}");
    let edit = format!("/api/admin/events/{event}");
    app.post_as(&admin, &format!("{edit}/uma-invoice"), &json!({})).await.data();
    assert_eq!(app.get(&path).await.data()["uma_request_invoice"]["amount_sats"], PRICE);
    assert_eq!(app.put_as(&admin, &edit, &json!({ "price_sats": PRICE + 1 })).await.status, 200);
    assert!(app.get(&path).await.data()["uma_request_invoice"].is_null(), "its amount is the old price");
    assert_eq!(app.put_as(&admin, &edit, &json!({ "price_sats": PRICE })).await.status, 200);
    assert!(app.get(&path).await.data()["uma_request_invoice"].is_object());
    assert_eq!(app.post_as(&admin, &format!("{edit}/cancel"), &json!({})).await.status, 200);
    assert!(
        app.get_as(&admin, &path).await.data()["uma_request_invoice"].is_null(),
        "the event is cancelled"
    );
    let refused = app.post_as(&admin, &format!("{edit}/uma-invoice"), &json!({})).await;
    refused.refused(409, "event_cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_in_a_year_of_five_digits_is_refused_and_lists_stay_readable() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let mut far = app.event(0, 2);
    far["start_time"] = json!("+020270-01-01T00:00:00.000Z");
    let refused = app.post_as(&admin, "/api/admin/events", &far).await;
    let body = &refused.refused(400, "invalid").body;
    assert!(body["fields"]["start_time"].as_str().unwrap().starts_with("must be a date and time"), "{body}");
    let event = app.add_event(&admin, 0, 2).await;
    let path = format!("/api/admin/events/{event}");
    app.put_as(&admin, &path, &json!({ "end_time": "10000-01-01T00:00:00Z" })).await.refused(400, "invalid");
    // Bounds of the domain, for well-formed times.
    app.put_as(&admin, &path, &json!({ "end_time": "2500-01-01T00:00:00Z" })).await.refused(400, "invalid");
    assert_eq!(app.get("/api/events").await.data().as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn event_texts_are_normalised_without_invisible_characters() {
    let app = TestApp::open().await;
    let admin = app.admin().await;
    let mut event = app.event(0, 2);
    event["title"] = json!("Cafe\u{301}\u{3000}Night");
    event["description"] = json!("one\r\ntwo\rthree");
    let made = app.post_as(&admin, "/api/admin/events", &event).await.data().clone();
    assert_eq!((&made["title"], &made["description"]), (&json!("Café Night"), &json!("one\ntwo\nthree")));
    let found = app.get("/api/events?q=cafe%CC%81%E2%80%8B").await.data().clone();
    assert_eq!(found.as_array().unwrap().len(), 1);
    for (field, text) in [("title", "Late\u{202e}Show"), ("title", "\u{3164}"), ("description", "a\u{0}b")] {
        let mut bad = app.event(0, 2);
        bad[field] = json!(text);
        let refused = app.post_as(&admin, "/api/admin/events", &bad).await;
        assert_eq!(
            refused.refused(400, "invalid").body["field_types"][field],
            "invisible_characters",
            "{text:?}"
        );
    }
}

//! Transactional emails; their delivery delays no other operation.

use crate::app::{PRICE, TestApp};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

const PAGE: &str = "/sandbox/emails";

async fn mailbox(app: &TestApp) -> String {
    app.get(PAGE).await.text
}

async fn until_email(app: &TestApp, text: &str) -> String {
    app.until(text, async || Some(mailbox(app).await).filter(|page| page.contains(text))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ticket_email_has_a_qr_code_a_calendar_entry_and_a_receipt() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let bought = app.buy_paid(&alice, event).await;
    let page = until_email(&app, "Your ticket: Late Show").await;
    for text in [
        alice.email.as_str(),
        bought["ticket"]["ticket_code"].as_str().unwrap(),
        "data:image/png;base64,",
        "BEGIN:VCALENDAR",
        "SUMMARY:Late Show",
        &format!("Receipt: {PRICE} sats paid on "),
        bought["uma_request"]["invoice_id"].as_str().unwrap(),
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(page.matches("Your ticket: Late Show").count(), 1, "one email");
}

#[tokio::test(flavor = "multi_thread")]
async fn ticket_emails_state_times_in_the_events_zone_and_in_utc() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let mut event = app.event(0, 2);
    event["time_zone"] = json!("Asia/Kolkata");
    let made = app.post_as(&admin, "/api/admin/events", &event).await.data().clone();
    app.buy(&alice, made["id"].as_i64().unwrap()).await.data();
    let page = until_email(&app, "Your ticket: Late Show").await;
    let starts = app.now() + Duration::minutes(15);
    let utc = format!("{} UTC", starts.format("%H:%M"));
    let local = format!("{} (Asia/Kolkata)", (starts + Duration::minutes(330)).format("%H:%M"));
    for text in [utc.as_str(), local.as_str(), "X-WR-TIMEZONE:Asia/Kolkata"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let exact = starts.format("DTSTART:%Y%m%dT%H%M%SZ").to_string();
    assert!(page.contains(&exact), "{exact}: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn free_tickets_are_sent_by_email() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, 0, 2).await;
    app.buy(&alice, event).await.data();
    let page = until_email(&app, "Your ticket: Late Show").await;
    assert!(page.contains("Receipt: the ticket is free."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_reservation_is_notified_by_email() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let bought = app.buy(&alice, event).await.data().clone();
    app.clock.advance(Duration::hours(1));
    app.until_status(&bought, "expired").await;
    let page = until_email(&app, "Your reservation expired: Late Show").await;
    assert!(page.contains("If you did pay, you&#39;ll get your ticket or a refund."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_refund_email_states_the_amount() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let bought = app.buy_paid(&alice, event).await;
    let payment = app.get_as(&admin, "/api/admin/payments").await.data()[0]["id"].clone();
    let path = format!("/api/admin/payments/{payment}/refund");
    app.post_as(&admin, &path, &json!({ "revoke": true })).await.data();
    app.until_status(&bought, "refunded").await;
    let page = until_email(&app, "Refund sent: Late Show").await;
    assert!(page.contains(&format!("a refund of {PRICE} sats")), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn holders_of_free_tickets_are_notified_of_a_cancellation_once() {
    let app = TestApp::open().await;
    let (admin, alice, ben) = (app.admin().await, app.register("alice").await, app.register("ben").await);
    let event = app.add_event(&admin, 0, 5).await;
    for buyer in [&alice, &ben] {
        app.buy(buyer, event).await.data();
    }
    for _ in 0..2 {
        app.post_as(&admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    }
    let subject = "Cancelled: Late Show";
    app.until("both emails", async || (mailbox(&app).await.matches(subject).count() == 2).then_some(()))
        .await;
    // Later jobs send no third email.
    app.clock.advance(Duration::hours(1));
    app.run_jobs().await;
    let page = mailbox(&app).await;
    assert_eq!(page.matches(subject).count(), 2, "{page}");
    assert!(page.contains("The organiser cancelled Late Show"), "{page}");
    assert!(page.contains("nothing to refund"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn buyers_of_a_cancelled_event_are_notified_of_the_cancellation_and_the_refund() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    app.buy_paid(&alice, event).await;
    app.post_as(&admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    let page = until_email(&app, "Refund sent: Late Show").await;
    assert!(page.contains("Cancelled: Late Show"), "{page}");
    assert!(page.contains("The event was cancelled by the organiser."), "{page}");
    // Ticket, cancellation and refund.
    assert_eq!(page.matches(": Late Show</h2>").count(), 3, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_refund_is_notified_by_its_own_email() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    app.buy_paid(&alice, event).await;
    let payment = app.get_as(&admin, "/api/admin/payments").await.data()[0]["id"].clone();
    let path = format!("/api/admin/payments/{payment}/refund");
    let unreachable = json!({ "revoke": true, "destination": "payee@127.0.0.1:9" });
    app.post_as(&admin, &path, &unreachable).await.data();
    let subject = "Your refund couldn";
    let page = app
        .until("the failed refund", async || {
            app.clock.advance(Duration::hours(1));
            Some(mailbox(&app).await).filter(|page| page.contains(subject))
        })
        .await;
    assert!(page.contains("The money is still yours."), "{page}");
    assert!(!page.contains("Refund sent"), "{page}");
    assert!(!page.contains("too late"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn buyers_with_a_pending_order_are_asked_not_to_pay_for_a_cancelled_event() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let cancelled = app.buy(&alice, event).await.data().clone();
    let cancel = format!("/api/tickets/{}/cancel", cancelled["ticket"]["id"]);
    app.post_as(&alice, &cancel, &json!({})).await.data();
    app.buy(&alice, event).await.data();
    app.post_as(&admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    let page = until_email(&app, "Cancelled: Late Show").await;
    assert!(page.contains("to pay for your order"), "{page}");
    assert_eq!(page.matches("Cancelled: Late Show").count(), 1, "no email for the cancelled ticket: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_test_mailbox_is_served_to_loopback_and_only_without_smtp() {
    let app = TestApp::open().await;
    assert!(mailbox(&app).await.contains("No emails yet"));
    let forwarded = app.request(Method::GET, PAGE).header("x-forwarded-for", "203.0.113.9");
    app.send(forwarded).await.refused(404, "not_found");
    let kept = tempfile::tempdir().unwrap();
    let directory = format!("file://{}", kept.path().display());
    let sending = TestApp::open_with(
        &[("SMTP_URL", &directory), ("MAIL_FROM", "Tickets <tickets@shop.example>")],
        false,
    )
    .await;
    sending.get(PAGE).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_email_is_a_multipart_message_with_attachments() {
    let kept = tempfile::tempdir().unwrap();
    let directory = format!("file://{}", kept.path().display());
    let settings = [("SMTP_URL", directory.as_str()), ("MAIL_FROM", "Tickets <tickets@shop.example>")];
    let app = TestApp::open_with(&settings, false).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    app.buy_paid(&alice, event).await;
    let mail = app
        .until("the mail", async || {
            let files = std::fs::read_dir(kept.path()).unwrap();
            let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
            texts.into_iter().find(|text| text.contains("Subject: Your ticket: Late Show"))
        })
        .await;
    for text in [
        "From: Tickets <tickets@shop.example>",
        "To: alice@people.example",
        "multipart/alternative",
        "Auto-Submitted: auto-generated",
        "Message-ID: <job-",
        "Date: ",
        "multipart/related",
        "Content-ID: <ticket-qr>",
        "image/png",
        "method=PUBLISH",
        "filename=\"event.ics\"",
        "text/calendar",
    ] {
        assert!(mail.contains(text), "{text}: {mail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_continue_while_the_mail_server_is_down_and_failed_emails_are_requeued() {
    // The port was just released: connections are refused.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("smtp://127.0.0.1:{port}");
    let settings = [("SMTP_URL", url.as_str()), ("MAIL_FROM", "Tickets <tickets@shop.example>")];
    let app = TestApp::open_with(&settings, false).await;
    let (admin, alice) = (app.admin().await, app.register("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let bought = app.buy_paid(&alice, event).await;
    let code = json!({ "ticket_code": bought["ticket"]["ticket_code"], "event_id": event });
    assert_eq!(app.post("/api/tickets/validate", &code).await.status, 200);
    app.assert_ledger_balances().await;
    // The email fails after many attempts; admins see the failed job and requeue it.
    let failed = app
        .until("the failed email", async || {
            app.clock.advance(Duration::hours(1));
            let jobs = app.get_as(&admin, "/api/admin/jobs/dead").await.data().clone();
            jobs.as_array().unwrap().iter().find(|job| job.to_string().contains("ticket")).cloned()
        })
        .await;
    let requeue = format!("/api/admin/jobs/{}/revive", failed["id"]);
    assert_eq!(app.post_as(&admin, &requeue, &Value::Null).await.status, 200);
}

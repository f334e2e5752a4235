//! What the shop writes to people, and that nothing waits for the mail.

use crate::app::{PRICE, TestApp};
use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};

const PAGE: &str = "/sandbox/letters";

async fn letters(app: &TestApp) -> String {
    app.get(PAGE).await.text
}

async fn until_letter(app: &TestApp, words: &str) -> String {
    app.until(words, async || Some(letters(app).await).filter(|page| page.contains(words))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_ticket_comes_by_mail_with_its_code_as_qr_the_date_and_a_receipt() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let bought = app.paid(&alice, event).await;
    let page = until_letter(&app, "Your ticket: Late Show").await;
    for words in [
        alice.email.as_str(),
        bought["ticket"]["ticket_code"].as_str().unwrap(),
        "data:image/png;base64,",
        "BEGIN:VCALENDAR",
        "SUMMARY:Late Show",
        &format!("Receipt: {PRICE} sats paid on "),
        bought["uma_request"]["invoice_id"].as_str().unwrap(),
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert_eq!(page.matches("Your ticket: Late Show").count(), 1, "one letter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_tells_times_by_the_events_clocks_and_in_utc() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let mut event = app.event(0, 2);
    event["time_zone"] = json!("Asia/Kolkata");
    let made = app.post_as(&admin, "/api/admin/events", &event).await.data().clone();
    app.buy(&alice, made["id"].as_i64().unwrap()).await.data();
    let page = until_letter(&app, "Your ticket: Late Show").await;
    let starts = app.now() + Duration::minutes(15);
    let utc = format!("{} UTC", starts.format("%H:%M"));
    let local = format!("{} (Asia/Kolkata)", (starts + Duration::minutes(330)).format("%H:%M"));
    for words in [utc.as_str(), local.as_str(), "X-WR-TIMEZONE:Asia/Kolkata"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let exact = starts.format("DTSTART:%Y%m%dT%H%M%SZ").to_string();
    assert!(page.contains(&exact), "{exact}: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_ticket_comes_by_mail_too() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, 0, 2).await;
    app.buy(&alice, event).await.data();
    let page = until_letter(&app, "Your ticket: Late Show").await;
    assert!(page.contains("Receipt: the ticket is free."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_did_not_pay_in_time_is_told() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let bought = app.buy(&alice, event).await.data().clone();
    app.clock.advance(Duration::hours(1));
    app.until_status(&bought, "expired").await;
    let page = until_letter(&app, "Your reservation expired: Late Show").await;
    assert!(page.contains("If you did pay, you&#39;ll get your ticket or a refund."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gets_their_money_back_is_told_how_much() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let bought = app.paid(&alice, event).await;
    let payment = app.get_as(&admin, "/api/admin/payments").await.data()[0]["id"].clone();
    let path = format!("/api/admin/payments/{payment}/refund");
    app.post_as(&admin, &path, &json!({ "revoke": true })).await.data();
    app.until_status(&bought, "refunded").await;
    let page = until_letter(&app, "Refund sent: Late Show").await;
    assert!(page.contains(&format!("a refund of {PRICE} sats")), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_free_ticket_hears_that_the_event_is_called_off() {
    let app = TestApp::open().await;
    let (admin, alice, ben) = (app.admin().await, app.person("alice").await, app.person("ben").await);
    let event = app.add_event(&admin, 0, 5).await;
    for who in [&alice, &ben] {
        app.buy(who, event).await.data();
    }
    for _ in 0..2 {
        app.post_as(&admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    }
    let both = "Cancelled: Late Show";
    app.until("both letters", async || (letters(&app).await.matches(both).count() == 2).then_some(())).await;
    // Whatever is left to do adds no third one.
    app.clock.advance(Duration::hours(1));
    app.work().await;
    let page = letters(&app).await;
    assert_eq!(page.matches(both).count(), 2, "{page}");
    assert!(page.contains("The organiser cancelled Late Show"), "{page}");
    assert!(page.contains("nothing to refund"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn buyers_of_a_cancelled_event_are_notified_of_the_cancellation_and_the_refund() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    app.paid(&alice, event).await;
    app.post_as(&admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    let page = until_letter(&app, "Refund sent: Late Show").await;
    assert!(page.contains("Cancelled: Late Show"), "{page}");
    assert!(page.contains("The event was cancelled by the organiser."), "{page}");
    // The ticket, the cancellation, the refund.
    assert_eq!(page.matches(": Late Show</h2>").count(), 3, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_cannot_be_delivered_has_an_email_of_its_own() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    app.paid(&alice, event).await;
    let payment = app.get_as(&admin, "/api/admin/payments").await.data()[0]["id"].clone();
    let path = format!("/api/admin/payments/{payment}/refund");
    let nowhere = json!({ "revoke": true, "destination": "nobody@127.0.0.1:9" });
    app.post_as(&admin, &path, &nowhere).await.data();
    let subject = "Your refund couldn";
    let page = app
        .until("the refund to be given up", async || {
            app.clock.advance(Duration::hours(1));
            Some(letters(&app).await).filter(|page| page.contains(subject))
        })
        .await;
    assert!(page.contains("The money is still yours."), "{page}");
    assert!(!page.contains("Refund sent"), "{page}");
    assert!(!page.contains("too late"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_about_to_pay_for_an_event_that_is_called_off_is_asked_not_to() {
    let app = TestApp::open().await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let given_up = app.buy(&alice, event).await.data().clone();
    let cancel = format!("/api/tickets/{}/cancel", given_up["ticket"]["id"]);
    app.post_as(&alice, &cancel, &json!({})).await.data();
    app.buy(&alice, event).await.data();
    app.post_as(&admin, &format!("/api/admin/events/{event}/cancel"), &json!({})).await.data();
    let page = until_letter(&app, "Cancelled: Late Show").await;
    assert!(page.contains("to pay for your order"), "{page}");
    assert_eq!(page.matches("Cancelled: Late Show").count(), 1, "a seat given up needs no letter: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_shown_at_this_machine_alone_and_only_where_they_are_not_sent() {
    let app = TestApp::open().await;
    assert!(letters(&app).await.contains("No emails yet"));
    let forwarded = app.request(Method::GET, PAGE).header("x-forwarded-for", "203.0.113.9");
    app.send(forwarded).await.refused(404, "not_found");
    let kept = tempfile::tempdir().unwrap();
    let directory = format!("file://{}", kept.path().display());
    let sending =
        TestApp::with(&[("SMTP_URL", &directory), ("MAIL_FROM", "Tickets <tickets@shop.example>")], false)
            .await;
    sending.get(PAGE).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_a_mail_with_its_attachments() {
    let kept = tempfile::tempdir().unwrap();
    let directory = format!("file://{}", kept.path().display());
    let settings = [("SMTP_URL", directory.as_str()), ("MAIL_FROM", "Tickets <tickets@shop.example>")];
    let app = TestApp::with(&settings, false).await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    app.paid(&alice, event).await;
    let mail = app
        .until("the mail", async || {
            let files = std::fs::read_dir(kept.path()).unwrap();
            let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
            texts.into_iter().find(|text| text.contains("Subject: Your ticket: Late Show"))
        })
        .await;
    for words in [
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
        assert!(mail.contains(words), "{words}: {mail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_sells_while_the_mail_is_down_and_tries_the_letter_again() {
    // Nobody listens on a port that was just given back.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("smtp://127.0.0.1:{port}");
    let settings = [("SMTP_URL", url.as_str()), ("MAIL_FROM", "Tickets <tickets@shop.example>")];
    let app = TestApp::with(&settings, false).await;
    let (admin, alice) = (app.admin().await, app.person("alice").await);
    let event = app.add_event(&admin, PRICE, 2).await;
    let bought = app.paid(&alice, event).await;
    let door = json!({ "ticket_code": bought["ticket"]["ticket_code"], "event_id": event });
    assert_eq!(app.post("/api/tickets/validate", &door).await.status, 200);
    app.books_agree().await;
    // Given up after many tries, and shown to organisers, who can have it tried again.
    let dead = app
        .until("the letter to be given up", async || {
            app.clock.advance(Duration::hours(1));
            let jobs = app.get_as(&admin, "/api/admin/jobs/dead").await.data().clone();
            jobs.as_array().unwrap().iter().find(|job| job.to_string().contains("ticket")).cloned()
        })
        .await;
    let revive = format!("/api/admin/jobs/{}/revive", dead["id"]);
    assert_eq!(app.post_as(&admin, &revive, &Value::Null).await.status, 200);
}

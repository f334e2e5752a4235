//! Emails to ticket holders about changed events.

use crate::{
    harness::{TestShop, profile},
    refunds::{paid, run},
};
use box_office::Origin;
use chrono::Duration;
use events::{Event, EventPatch};
use payments::Notice;

fn sent(shop: &TestShop) -> Vec<Notice> {
    shop.emails.sent.lock().unwrap().drain(..).collect()
}

async fn edit(shop: &TestShop, event: &Event, patch: EventPatch) -> Event {
    shop.clock.advance(Duration::seconds(1));
    shop.office.update_event(&shop.admin, event.id, &patch).await.unwrap()
}

fn title(title: &str) -> EventPatch {
    EventPatch { title: Some(title.into()), ..EventPatch::default() }
}

fn renamed(old: &str) -> Notice {
    Notice::EventChanged { title: Some(old.into()), times: None, link: false }
}

async fn due(shop: &TestShop) -> u64 {
    shop.office.store().job_stats(shop.office.now()).await.unwrap().due
}

#[tokio::test]
async fn each_holder_of_a_paid_ticket_is_notified_once() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = paid(&shop, &event).await;
    paid(&shop, &event).await;
    shop.buy(&event).await;
    run(&shop).await;
    sent(&shop);
    let moved = EventPatch {
        start_time: Some(event.start_time + Duration::hours(1)),
        stream_url: Some("https://stream.example/later".into()),
        ..EventPatch::default()
    };
    edit(&shop, &event, moved).await;
    run(&shop).await;
    let times = Some((event.start_time, event.end_time));
    let notice = Notice::EventChanged { title: None, times, link: true };
    assert_eq!(sent(&shop), [notice.clone(), notice]);
    run(&shop).await;
    assert_eq!(sent(&shop), []);
    assert_eq!(shop.office.store().event_update(receipt.view.ticket.id).await.unwrap(), None);
}

#[tokio::test]
async fn irrelevant_edits_send_no_email() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    run(&shop).await;
    // No ticket is sold yet.
    edit(&shop, &event, title("Early Show")).await;
    assert_eq!(due(&shop).await, 0);
    paid(&shop, &event).await;
    run(&shop).await;
    sent(&shop);
    let unnoticed = EventPatch {
        title: Some("Early Show".into()),
        description: Some("New".into()),
        start_time: Some(event.start_time),
        end_time: Some(event.end_time),
        time_zone: Some("Asia/Seoul".into()),
        capacity: Some(99),
        price_sats: Some(9),
        stream_url: Some(event.stream_url.clone()),
        is_active: Some(false),
        ..EventPatch::default()
    };
    edit(&shop, &event, unnoticed).await;
    assert_eq!(due(&shop).await, 0);
    run(&shop).await;
    assert_eq!(sent(&shop), []);
}

#[tokio::test]
async fn edits_before_delivery_are_merged_and_a_reverted_edit_sends_no_email() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    paid(&shop, &event).await;
    run(&shop).await;
    sent(&shop);
    edit(&shop, &event, title("Later Show")).await;
    edit(&shop, &event, title("Latest Show")).await;
    run(&shop).await;
    assert_eq!(sent(&shop), [renamed("Late Show")]);
    edit(&shop, &event, title("Late Show")).await;
    edit(&shop, &event, title("Latest Show")).await;
    run(&shop).await;
    assert_eq!(sent(&shop), []);
    // The second edit comes after the first email was claimed.
    shop.emails.failures.store(0, std::sync::atomic::Ordering::SeqCst);
    edit(&shop, &event, title("One")).await;
    let jobs = shop.office.claim_jobs(50).await.unwrap();
    for job in &jobs {
        shop.office.run_job(job).await.unwrap();
    }
    edit(&shop, &event, title("Two")).await;
    run(&shop).await;
    assert_eq!(sent(&shop), [renamed("Latest Show")]);
}

#[tokio::test]
async fn two_replicas_send_the_same_email_for_the_same_edit() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    paid(&shop, &event).await;
    run(&shop).await;
    sent(&shop);
    edit(&shop, &event, title("Later Show")).await;
    let mut jobs = shop.office.claim_jobs(50).await.unwrap();
    shop.office.run_job(&jobs.pop().unwrap()).await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    shop.replica.run_due_jobs().await.unwrap();
    assert_eq!(sent(&shop), [renamed("Late Show")]);
    edit(&shop, &event, title("Latest Show")).await;
    run(&shop).await;
    assert_eq!(sent(&shop), [renamed("Later Show")]);
}

#[tokio::test]
async fn cancelled_or_ended_events_and_invalid_tickets_get_no_update_email() {
    let shop = TestShop::open().await;
    let cancelled = shop.event(10, 2_100).await;
    let over = shop.event(10, 2_100).await;
    for event in [&cancelled, &over] {
        paid(&shop, event).await;
    }
    run(&shop).await;
    sent(&shop);
    edit(&shop, &cancelled, title("Later Show")).await;
    shop.office.cancel_event(&shop.admin, cancelled.id).await.unwrap();
    edit(&shop, &cancelled, title("Latest Show")).await;
    run(&shop).await;
    let notices = sent(&shop);
    assert!(!notices.iter().any(|notice| matches!(notice, Notice::EventChanged { .. })), "{notices:?}");
    shop.clock.advance(Duration::hours(4));
    run(&shop).await;
    sent(&shop);
    edit(&shop, &over, title("Later Show")).await;
    run(&shop).await;
    assert_eq!(sent(&shop), []);
}

#[tokio::test]
async fn missing_address_sends_no_email_and_a_refused_address_ends_the_update() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let ticket = paid(&shop, &event).await.view.ticket.id;
    run(&shop).await;
    sent(&shop);
    let change = profile("gone@mail.example", "A");
    shop.office.update_user(&shop.buyer, shop.buyer.id(), change, Origin::Unlimited).await.unwrap();
    edit(&shop, &event, title("Later Show")).await;
    run(&shop).await;
    assert_eq!(sent(&shop), []);
    assert_eq!(shop.office.store().event_update(ticket).await.unwrap(), None, "the update ended");
}

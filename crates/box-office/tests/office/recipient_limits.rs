//! Limits per recipient of emails and UMA Requests.

use crate::harness::{TestShop, payment_of, profile, register, registration};
use box_office::{AccountEmail, Origin};
use chrono::Duration;
use payments::CollectionState;
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv6Addr},
    sync::atomic::Ordering,
};

#[tokio::test]
async fn requests_to_one_payer_are_pushed_two_at_a_time() {
    let shop = TestShop::open().await;
    let event = shop.event(70, 2_100).await;
    let mut bought = Vec::new();
    for _ in 0..9 {
        bought.push(shop.buy(&event).await);
    }
    let pushed = || shop.vasp.pushed.lock().unwrap().len();
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(pushed(), 2);
    let waiting = payment_of(&shop.view(bought[8].view.ticket.id).await).collection;
    assert_eq!(waiting.state, CollectionState::Queued);
    assert!(waiting.detail.contains("QR code"), "{waiting:?}");
    shop.clock.advance(Duration::seconds(119));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(pushed(), 2);
    shop.clock.advance(Duration::seconds(11));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(pushed(), 4);
}

#[tokio::test]
async fn paid_request_frees_a_place_for_the_next() {
    let shop = TestShop::open().await;
    let event = shop.event(70, 2_100).await;
    let first = shop.buy(&event).await;
    shop.buy(&event).await;
    shop.buy(&event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 2);
    shop.pay(&first.view.invoice.clone().unwrap());
    shop.poll().await;
    shop.clock.advance(Duration::seconds(10));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn repeated_profile_updates_send_one_email() {
    let shop = TestShop::open().await;
    let bob = register(&shop.office, "bob@mail.example").await;
    for number in 0..500 {
        let change = profile("bob@mail.example", &format!("Bob {number}"));
        shop.office.update_user(&bob, bob.id(), change, Origin::Unlimited).await.unwrap();
        if number % 50 == 0 {
            shop.office.run_due_jobs().await.unwrap();
        }
    }
    shop.office.run_due_jobs().await.unwrap();
    let sent = shop.emails.account_emails.lock().unwrap().clone();
    assert_eq!(sent.iter().filter(|(to, _)| to == "bob@mail.example").count(), 1);
}

/// Changes an account's address 500 times and runs due jobs after each change.
async fn change_address_often(shop: &TestShop, deliveries_fail: bool) -> Vec<(String, AccountEmail)> {
    let bob = register(&shop.office, "bob@mail.example").await;
    for number in 0..500 {
        let change = profile(&format!("victim{number}@mail.example"), "Bob");
        shop.office.update_user(&bob, bob.id(), change, Origin::Unlimited).await.unwrap();
        shop.emails.failures.store(if deliveries_fail { 2 } else { 0 }, Ordering::SeqCst);
        shop.office.run_due_jobs().await.unwrap();
    }
    shop.emails.failures.store(0, Ordering::SeqCst);
    for _ in 0..12 {
        shop.clock.advance(Duration::minutes(20));
        shop.office.run_due_jobs().await.unwrap();
    }
    let sent = shop.emails.account_emails.lock().unwrap().clone();
    sent.into_iter().filter(|(to, _)| to.starts_with("victim")).collect()
}

#[tokio::test]
async fn address_changes_of_one_account_send_few_emails() {
    let sent = change_address_often(&TestShop::open().await, false).await;
    assert!(sent.iter().any(|(_, email)| matches!(email, AccountEmail::Notice { .. })));
    assert!(sent.len() <= 10, "{}", sent.len());
}

#[tokio::test]
async fn failed_deliveries_count_towards_limits() {
    let sent = change_address_often(&TestShop::open().await, true).await;
    assert!(sent.len() <= 10, "{}", sent.len());
}

#[tokio::test]
async fn one_network_cannot_exhaust_the_limit_of_a_mail_domain() {
    let shop = TestShop::open_with(|settings| settings.mail_limits.per_domain = 20).await;
    let register = async |name: &str, last: u64| {
        // Addresses of one IPv6 /48.
        let network = u128::from(last) << 64 | 0x2001_0db8_0001_u128 << 80;
        let origin = Origin::Network(IpAddr::V6(Ipv6Addr::from_bits(network)));
        shop.office.register(registration(&format!("{name}@mail.example")), origin).await.unwrap();
    };
    for number in 0..30 {
        register(&format!("bot{number}"), number).await;
    }
    shop.office.run_due_jobs().await.unwrap();
    let reached = || {
        let sent = shop.emails.account_emails.lock().unwrap().clone();
        sent.into_iter().map(|(to, _)| to).filter(|to| !to.starts_with('a')).collect::<BTreeSet<_>>()
    };
    assert_eq!(reached().len(), 2, "a tenth");
    let other = Origin::Network("192.0.2.1".parse().unwrap());
    shop.office.register(registration("other@mail.example"), other).await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    assert!(reached().contains("other@mail.example"));
    // First links are delayed, not dropped.
    for _ in 0..150 {
        shop.clock.advance(Duration::minutes(30));
        shop.office.run_due_jobs().await.unwrap();
    }
    assert_eq!(reached().len(), 31);
}

#[tokio::test]
async fn failed_email_job_records_the_mail_servers_error() {
    let shop = TestShop::open().await;
    shop.office.run_due_jobs().await.unwrap();
    let event = shop.event(10, 0).await;
    shop.emails.failures.store(usize::MAX, Ordering::SeqCst);
    let bob = register(&shop.office, "bob@mail.example").await;
    let job = shop.office.claim_jobs(10).await.unwrap().remove(0);
    shop.office.run_job(&job).await.unwrap();
    shop.clock.advance(Duration::minutes(1));
    let job = shop.office.claim_jobs(10).await.unwrap().remove(0);
    assert_eq!(job.last_error.as_deref(), Some("the mail server is not available: 451 try again"));
    // A refused address is not retried, and the failed job has the reason.
    let change = profile("gone@mail.example", "Bob");
    shop.office.update_user(&bob, bob.id(), change, Origin::Unlimited).await.unwrap();
    let order = box_office::Order { user_id: bob.id(), ..shop.order(&event) };
    shop.office.purchase(order).await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    let failed = shop.office.store().failed_jobs(kernel::Page::default()).await.unwrap();
    let reasons: Vec<_> = failed.iter().filter_map(|job| job.last_error.as_deref()).collect();
    assert_eq!(reasons, ["the mail server refused the email: 550 no such user"]);
}

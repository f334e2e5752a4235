//! What one recipient may be sent: emails, and UMA Requests in a wallet.

use crate::harness::{Shop, payment_of, person, profile};
use box_office::Origin;
use chrono::Duration;
use payments::CollectionState;

#[tokio::test]
async fn requests_to_one_payer_are_pushed_two_at_a_time() {
    let shop = Shop::open().await;
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
async fn a_request_that_is_paid_makes_room_for_the_next() {
    let shop = Shop::open().await;
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
async fn five_hundred_profile_updates_send_one_email() {
    let shop = Shop::open().await;
    let bob = person(&shop.office, "bob@mail.example").await;
    for number in 0..500 {
        let change = profile("bob@mail.example", &format!("Bob {number}"));
        shop.office.update_user(&bob, bob.id(), change, Origin::Unlimited).await.unwrap();
        if number % 50 == 0 {
            shop.office.run_due_jobs().await.unwrap();
        }
    }
    shop.office.run_due_jobs().await.unwrap();
    let sent = shop.letters.account_emails.lock().unwrap().clone();
    assert_eq!(sent.iter().filter(|(to, _)| to == "bob@mail.example").count(), 1);
}

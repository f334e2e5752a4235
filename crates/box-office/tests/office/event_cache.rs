use crate::harness::Shop;
use chrono::Duration;
use events::EventPatch;
use futures_util::future::join_all;
use kernel::EventId;
use std::sync::Arc;

#[tokio::test]
async fn an_event_stays_the_same_arc_until_it_changes() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    let look = async || shop.office.event(event.id).await.unwrap().unwrap();
    let first = look().await;
    assert_eq!(*first, event);
    let other = shop.event(5, 0).await;
    assert!(Arc::ptr_eq(&first, &look().await));
    shop.office.event(other.id).await.unwrap();
    shop.buy(&event).await;
    assert!(!Arc::ptr_eq(&first, &look().await));
}

#[tokio::test]
async fn what_was_committed_here_is_seen_at_once() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    let look = async || shop.office.event(event.id).await.unwrap();
    assert_eq!(look().await.unwrap().seats_taken, 0);
    for taken in 1..=3 {
        shop.buy(&event).await;
        assert_eq!(look().await.unwrap().seats_taken, taken);
    }
    shop.lapse().await;
    assert_eq!(look().await.unwrap().seats_taken, 0);
    let patch = EventPatch { title: Some("Later Show".into()), ..EventPatch::default() };
    shop.office.update_event(&shop.admin, event.id, &patch).await.unwrap();
    assert_eq!(look().await.unwrap().title, "Later Show");
    let unsold = shop.event(1, 0).await;
    assert!(shop.office.event(unsold.id).await.unwrap().is_some());
    shop.office.delete_event(&shop.admin, unsold.id).await.unwrap();
    assert!(shop.office.event(unsold.id).await.unwrap().is_none());
}

#[tokio::test]
async fn an_event_that_does_not_exist_yet_is_not_remembered_as_missing() {
    let shop = Shop::open().await;
    let next = EventId::new(shop.event(1, 0).await.id.get() + 1);
    assert!(shop.office.event(next).await.unwrap().is_none());
    assert_eq!(shop.event(1, 0).await.id, next);
    assert!(shop.office.event(next).await.unwrap().is_some());
}

#[tokio::test]
async fn nothing_is_believed_for_longer_than_a_second() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    let look = async || shop.office.event(event.id).await.unwrap().unwrap();
    let first = look().await;
    shop.clock.advance(Duration::milliseconds(999));
    assert!(Arc::ptr_eq(&first, &look().await));
    shop.clock.advance(Duration::milliseconds(1));
    assert!(!Arc::ptr_eq(&first, &look().await));
}

#[tokio::test]
async fn more_news_than_can_be_heard_is_no_stale_event() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    let first = shop.office.event(event.id).await.unwrap().unwrap();
    shop.buy(&event).await;
    // Nobody looks at any event during a sale of which each ticket is a piece of news.
    let other = shop.event(10_000, 0).await;
    for _ in 0..3 {
        join_all((0..500).map(|_| shop.buy(&other))).await;
    }
    let seen = shop.office.event(event.id).await.unwrap().unwrap();
    assert_eq!((first.seats_taken, seen.seats_taken), (0, 1));
}

#[tokio::test]
async fn what_is_shown_after_a_batch_is_what_the_store_has_whatever_else_changed_meanwhile() {
    let shop = Shop::open().await;
    let event = shop.event(10_000, 0).await;
    for round in 0..20 {
        let patch = EventPatch { title: Some(format!("Show {round}")), ..EventPatch::default() };
        let renamed = async {
            if round % 2 == 0 {
                shop.office.update_event(&shop.admin, event.id, &patch).await.unwrap();
            }
        };
        tokio::join!(join_all((0..7).map(|_| shop.buy(&event))), renamed);
        let seen = shop.office.event(event.id).await.unwrap().unwrap();
        assert_eq!(seen.seats_taken, 7 * (round + 1));
        assert_eq!(Some((*seen).clone()), shop.office.store().event(event.id).await.unwrap());
    }
}

use crate::harness::TestShop;
use chrono::Duration;
use events::EventPatch;
use futures_util::future::join_all;
use kernel::EventId;
use std::sync::Arc;

#[tokio::test]
async fn cached_event_is_the_same_arc_until_it_changes() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let read = async || shop.office.event(event.id).await.unwrap().unwrap();
    let first = read().await;
    assert_eq!(*first, event);
    let other = shop.event(5, 0).await;
    assert!(Arc::ptr_eq(&first, &read().await));
    shop.office.event(other.id).await.unwrap();
    shop.buy(&event).await;
    assert!(!Arc::ptr_eq(&first, &read().await));
}

#[tokio::test]
async fn commits_of_this_replica_are_visible_at_once() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let read = async || shop.office.event(event.id).await.unwrap();
    assert_eq!(read().await.unwrap().seats_taken, 0);
    for taken in 1..=3 {
        shop.buy(&event).await;
        assert_eq!(read().await.unwrap().seats_taken, taken);
    }
    shop.lapse().await;
    assert_eq!(read().await.unwrap().seats_taken, 0);
    let patch = EventPatch { title: Some("Later Show".into()), ..EventPatch::default() };
    shop.office.update_event(&shop.admin, event.id, &patch).await.unwrap();
    assert_eq!(read().await.unwrap().title, "Later Show");
    let unsold = shop.event(1, 0).await;
    assert!(shop.office.event(unsold.id).await.unwrap().is_some());
    shop.office.delete_event(&shop.admin, unsold.id).await.unwrap();
    assert!(shop.office.event(unsold.id).await.unwrap().is_none());
}

#[tokio::test]
async fn missing_event_is_not_cached() {
    let shop = TestShop::open().await;
    let next = EventId::new(shop.event(1, 0).await.id.get() + 1);
    assert!(shop.office.event(next).await.unwrap().is_none());
    assert_eq!(shop.event(1, 0).await.id, next);
    assert!(shop.office.event(next).await.unwrap().is_some());
}

#[tokio::test]
async fn cached_event_expires_after_one_second() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let read = async || shop.office.event(event.id).await.unwrap().unwrap();
    let first = read().await;
    shop.clock.advance(Duration::milliseconds(999));
    assert!(Arc::ptr_eq(&first, &read().await));
    shop.clock.advance(Duration::milliseconds(1));
    assert!(!Arc::ptr_eq(&first, &read().await));
}

#[tokio::test]
async fn lagged_notifications_clear_the_cache() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let first = shop.office.event(event.id).await.unwrap().unwrap();
    shop.buy(&event).await;
    // More notifications than the channel holds, without a read in between.
    let other = shop.event(10_000, 0).await;
    for _ in 0..3 {
        join_all((0..500).map(|_| shop.buy(&other))).await;
    }
    let read = shop.office.event(event.id).await.unwrap().unwrap();
    assert_eq!((first.seats_taken, read.seats_taken), (0, 1));
}

#[tokio::test]
async fn cache_equals_the_store_after_a_batch_with_concurrent_changes() {
    let shop = TestShop::open().await;
    let event = shop.event(10_000, 0).await;
    for round in 0..20 {
        let patch = EventPatch { title: Some(format!("Show {round}")), ..EventPatch::default() };
        let renamed = async {
            if round % 2 == 0 {
                shop.office.update_event(&shop.admin, event.id, &patch).await.unwrap();
            }
        };
        tokio::join!(join_all((0..7).map(|_| shop.buy(&event))), renamed);
        let read = shop.office.event(event.id).await.unwrap().unwrap();
        assert_eq!(read.seats_taken, 7 * (round + 1));
        assert_eq!(Some((*read).clone()), shop.office.store().event(event.id).await.unwrap());
    }
}

//! `identity::KnownNetworkReader` and `identity::KnownNetworkWriter`.

use super::StoreUnderTest;
use crate::builders::{add_user, at, in_session, noon};
use box_office::Store;
use identity::{KNOWN_NETWORK_LIFE, KNOWN_NETWORKS, User};
use kernel::Timestamp;

async fn put(store: &dyn Store, user: &User, byte: u8, now: Timestamp) {
    in_session(store, async |session| session.put_network(user.id, [byte; 16], now).await.unwrap()).await;
}

/// [`identity::KnownNetworkReader::network_seen_at`] and [`identity::KnownNetworkWriter::put_network`].
pub async fn network_of_an_account_is_stored_with_its_time(t: StoreUnderTest) {
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    put(&*t.store, &ann, 1, noon()).await;
    put(&*t.store, &ann, 1, at(5)).await;
    let outside = t.outside().0;
    assert_eq!(outside.network_seen_at(ann.id, [1; 16]).await.unwrap(), Some(at(5)));
    assert_eq!(outside.network_seen_at(ann.id, [2; 16]).await.unwrap(), None);
    assert_eq!(outside.network_seen_at(ben.id, [1; 16]).await.unwrap(), None);
}

/// [`identity::KnownNetworkWriter::put_network`]: only the newest are kept.
pub async fn newest_networks_of_an_account_are_kept(t: StoreUnderTest) {
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    put(&*t.store, &ben, 1, noon()).await;
    let most = u8::try_from(KNOWN_NETWORKS).unwrap();
    for byte in 1..=most + 2 {
        put(&*t.store, &ann, byte, at(byte.into())).await;
    }
    for byte in 1..=most + 2 {
        let seen = t.store.network_seen_at(ann.id, [byte; 16]).await.unwrap();
        assert_eq!(seen.is_some(), byte > 2, "{byte}");
    }
    assert!(t.store.network_seen_at(ben.id, [1; 16]).await.unwrap().is_some());
}

/// [`identity::KnownNetworkWriter::delete_networks`].
pub async fn networks_of_an_account_are_deleted_together(t: StoreUnderTest) {
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    for user in [&ann, &ben] {
        put(&*t.store, user, 1, noon()).await;
        put(&*t.store, user, 2, noon()).await;
    }
    in_session(&*t.store, async |session| session.delete_networks(ann.id).await.unwrap()).await;
    assert_eq!(t.store.network_seen_at(ann.id, [1; 16]).await.unwrap(), None);
    assert!(t.store.network_seen_at(ben.id, [2; 16]).await.unwrap().is_some());
}

/// [`box_office::Queue::prune`].
pub async fn networks_not_seen_for_long_are_pruned(t: StoreUnderTest) {
    let ann = add_user(&*t.store, 1).await;
    put(&*t.store, &ann, 1, noon()).await;
    put(&*t.store, &ann, 2, at(60)).await;
    assert_eq!(t.store.prune(at(30), 100).await.unwrap(), 0);
    assert_eq!(t.store.prune(at(30) + KNOWN_NETWORK_LIFE, 100).await.unwrap(), 1);
    assert_eq!(t.store.network_seen_at(ann.id, [1; 16]).await.unwrap(), None);
    assert!(t.store.network_seen_at(ann.id, [2; 16]).await.unwrap().is_some());
}

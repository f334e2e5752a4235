//! `identity::UserReader` and `identity::UserWriter`.

use super::StoreUnderTest;
use crate::builders::{add_user, at, connection, in_session, new_user, noon};
use box_office::Store;
use identity::{
    Email, NewUser, PasswordHash, RefreshClaim, Sealed, User, WalletBudget, WalletConnection, WalletHealth,
};
use kernel::{Sats, UserId};
use std::sync::Arc;

async fn by_email(store: &dyn Store, email: &str) -> Option<UserId> {
    store.user_by_email(&Email::parse(email).unwrap()).await.unwrap().map(|user| user.id)
}

/// [`identity::UserReader::user`] and [`identity::UserReader::user_by_email`].
pub async fn account_is_read_by_id_and_by_email(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let new = new_user(1);
    assert_eq!((user.email.as_ref(), &user.name), (Some(&new.email), &new.name));
    assert_eq!((user.password_hash.as_ref(), user.email_verified_at), (Some(&new.password_hash), None));
    assert_eq!((user.created_at, user.updated_at, user.deleted_at), (noon(), noon(), None));
    assert!(user.tokens_valid_from <= noon());
    assert_eq!((user.account_key.as_ref(), user.language), (Some(&new.account_key), new.language));
    assert_eq!(t.store.user(user.id).await.unwrap().as_ref(), Some(&user));
    assert_eq!(t.outside().0.user_by_email(&new.email).await.unwrap().as_ref(), Some(&user));
    assert_eq!(by_email(&*t.store, "USER1@EXAMPLE.COM").await, Some(user.id));
    assert_eq!(by_email(&*t.store, "user2@example.com").await, None);
    assert_eq!(t.store.user(UserId::new(999)).await.unwrap(), None);
}

/// [`identity::UserReader::user`]: erased accounts are returned too.
pub async fn erased_account_is_readable_and_releases_its_email(t: StoreUnderTest) {
    let (user, other) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let (erased, other) = (user.erased(at(1)), other.erased(at(2)));
    in_session(&*t.store, async |session| {
        assert!(session.put_user(&erased).await.unwrap());
        assert!(session.put_user(&other).await.unwrap());
    })
    .await;
    assert_eq!(t.store.user(user.id).await.unwrap(), Some(erased));
    assert_eq!(by_email(&*t.store, "user1@example.com").await, None);
    assert_ne!(add_user(&*t.store, 1).await.id, user.id);
}

/// [`identity::UserWriter::add_user`].
pub async fn duplicate_email_adds_nothing_and_keeps_the_session_usable(t: StoreUnderTest) {
    let first = add_user(&*t.store, 1).await;
    let third = in_session(&*t.store, async |session| {
        let twin = NewUser { name: "Twin".into(), ..new_user(1) };
        assert_eq!(session.add_user(&twin).await.unwrap(), None);
        let second = session.add_user(&new_user(2)).await.unwrap();
        assert!(second.is_some());
        assert_eq!(session.add_user(&new_user(2)).await.unwrap(), None);
        session.add_user(&new_user(3)).await.unwrap().unwrap()
    })
    .await;
    assert_eq!(t.store.user(first.id).await.unwrap(), Some(first));
    assert_eq!(by_email(&*t.store, "user3@example.com").await, Some(third.id));
}

/// [`identity::UserWriter::put_user`].
pub async fn change_to_a_duplicate_email_changes_nothing_and_keeps_the_session_usable(t: StoreUnderTest) {
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let renamed = User {
        name: "Benjamin".into(),
        password_hash: Some(PasswordHash::from_stored("$2b$04$other".into())),
        email_verified_at: Some(at(1)),
        tokens_valid_from: at(2),
        updated_at: at(3),
        ..ben.clone()
    };
    in_session(&*t.store, async |session| {
        let clash = User { email: ann.email.clone(), name: "Thief".into(), ..ben.clone() };
        assert!(!session.put_user(&clash).await.unwrap());
        assert_eq!(session.user_for_update(ben.id).await.unwrap().as_ref(), Some(&ben));
        assert!(session.put_user(&renamed).await.unwrap());
    })
    .await;
    assert_eq!(t.store.user(ben.id).await.unwrap(), Some(renamed));
    assert_eq!(t.store.user(ann.id).await.unwrap(), Some(ann));
}

/// Concurrent registrations of one email address add one account.
pub async fn concurrent_registrations_of_one_email_add_one_account(t: StoreUnderTest) {
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..10)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let added = session.add_user(&new_user(1)).await.unwrap().is_some();
                session.commit().await.unwrap();
                added
            })
        })
        .collect();
    let mut added = 0;
    for task in tasks {
        added += u32::from(task.await.unwrap());
    }
    assert_eq!(added, 1);
}

/// [`identity::UserWriter::user_for_update`]: each session appends a character to the name.
pub async fn account_lock_serialises_sessions(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let (store, id) = (Arc::clone(if n % 2 == 0 { &t.store } else { &second }), user.id);
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let mut user = session.user_for_update(id).await.unwrap().unwrap();
                tokio::task::yield_now().await;
                user.name.push('x');
                assert!(session.put_user(&user).await.unwrap());
                session.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let now = t.store.user(user.id).await.unwrap().unwrap();
    assert_eq!(now.name, format!("{}{}", user.name, "x".repeat(20)));
}

/// [`identity::UserWriter::wallet_for_update`]: of concurrent refresh claims through two handles, one is
/// granted.
pub async fn wallet_connection_lock_serialises_sessions(t: StoreUnderTest) {
    let ann = add_user(&*t.store, 1).await;
    assert_eq!(
        in_session(&*t.store, async |session| session.wallet_for_update(ann.id).await.unwrap()).await,
        None
    );
    let renewable =
        WalletConnection { refresh_token: Some(Sealed::from_stored("b:CCCC".into())), ..connection(ann.id) };
    in_session(&*t.store, async |session| session.put_wallet(&renewable).await.unwrap()).await;
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let (store, id) = (Arc::clone(if n % 2 == 0 { &t.store } else { &second }), ann.id);
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let current = session.wallet_for_update(id).await.unwrap().unwrap();
                tokio::task::yield_now().await;
                let granted = match current.claim_refresh(at(1), "lost") {
                    RefreshClaim::Granted(claimed) => {
                        session.put_wallet(&claimed).await.unwrap();
                        1
                    }
                    other => {
                        assert!(matches!(other, RefreshClaim::Taken(_)), "{other:?}");
                        0
                    }
                };
                session.commit().await.unwrap();
                granted
            })
        })
        .collect();
    let mut granted = 0;
    for task in tasks {
        granted += task.await.unwrap();
    }
    assert_eq!(granted, 1);
}

/// [`identity::UserWriter::put_wallet`], [`identity::UserWriter::delete_wallet`] and [`identity::UserReader::wallet`].
pub async fn wallet_connection_is_added_replaced_and_deleted(t: StoreUnderTest) {
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    assert_eq!(t.store.wallet(ann.id).await.unwrap(), None);
    let full = WalletConnection {
        uri: Sealed::from_stored("b:BBBB".into()),
        expires_at: Some(at(60)),
        refresh_token: Some(Sealed::from_stored("b:CCCC".into())),
        client_id: Some("npub1x".into()),
        token_endpoint: Some("https://vasp.example/token".into()),
        uma_address: Some("$alice@vasp.example".into()),
        health: WalletHealth::Failed("revoked by the wallet".into()),
        budget: WalletBudget {
            per_purchase: Sats::new(7).ok(),
            per_day: Sats::new(2_100_000_000_000_000).ok(),
        },
        refresh_claimed_until: Some(at(6)),
        silences: 3,
        updated_at: at(5),
        ..connection(ann.id)
    };
    for expected in [connection(ann.id), full, connection(ann.id)] {
        in_session(&*t.store, async |session| {
            session.put_wallet(&connection(ben.id)).await.unwrap();
            session.put_wallet(&expected).await.unwrap();
        })
        .await;
        assert_eq!(t.store.wallet(ann.id).await.unwrap(), Some(expected));
    }
    assert!(in_session(&*t.store, async |session| session.delete_wallet(ann.id).await.unwrap()).await);
    assert!(!in_session(&*t.store, async |session| session.delete_wallet(ann.id).await.unwrap()).await);
    assert_eq!(t.store.wallet(ann.id).await.unwrap(), None);
    assert_eq!(t.store.wallet(ben.id).await.unwrap(), Some(connection(ben.id)));
}

/// Unicode text is stored unchanged.
pub async fn unicode_names_round_trip(t: StoreUnderTest) {
    let names =
        ["Zoë", "Zoe\u{308}", "李小龍", "עברית", "👩‍👩‍👧‍👦", "O'Brien; --", "\u{FFFD}\u{10FFFF}", "ß\u{200B}"];
    for (number, name) in (1..).zip(names) {
        let new = NewUser { name: name.into(), ..new_user(number) };
        let user =
            in_session(&*t.store, async |session| session.add_user(&new).await.unwrap().unwrap()).await;
        assert_eq!(t.store.user(user.id).await.unwrap().unwrap().name, name);
    }
}

/// [`identity::UserReader::wallets`].
pub async fn wallet_connections_are_filtered_by_sealing_key(t: StoreUnderTest) {
    let sealed = |key: &str| Sealed::from_stored(format!("{key}:AAAA"));
    let mut users = Vec::new();
    for (number, uri, token) in [
        (1, "a", None),
        (2, "b", None),
        (3, "b", Some("a")),
        (4, "b", Some("b")),
        (5, "ab", Some("b")),
        (6, "B", None),
        (7, "b", Some("B")),
    ] {
        let user = add_user(&*t.store, number).await;
        let connection =
            WalletConnection { uri: sealed(uri), refresh_token: token.map(sealed), ..connection(user.id) };
        in_session(&*t.store, async |session| session.put_wallet(&connection).await.unwrap()).await;
        users.push(user.id);
    }
    let outside = t.outside().0;
    let listed = async |key, after, limit| {
        let wallets = outside.wallets(key, after, limit).await.unwrap();
        wallets.into_iter().map(|wallet| wallet.user_id).collect::<Vec<_>>()
    };
    let none = UserId::new(0);
    assert_eq!(listed(None, none, 9).await, users);
    assert_eq!(listed(Some("b"), none, 9).await, [users[0], users[2], users[4], users[5], users[6]]);
    assert_eq!(listed(Some("b"), none, 2).await, [users[0], users[2]]);
    assert_eq!(listed(Some("b"), users[2], 1).await, [users[4]]);
    assert_eq!(listed(Some("a"), none, 9).await, users[1..]);
}

//! `uma_protocol::nonce::NonceLog`.

use super::StoreUnderTest;
use crate::builders::{add_user, in_session, new_user, noon};
use std::sync::Arc;
use uma_protocol::VaspDomain;

fn vasp(name: &str) -> VaspDomain {
    VaspDomain::parse(name).unwrap()
}

/// [`uma_protocol::nonce::NonceLog::remember`].
pub async fn a_nonce_is_remembered_once_per_vasp(t: StoreUnderTest) {
    let (one, two) = (vasp("one.example"), vasp("two.example:8443"));
    let now = noon().timestamp();
    in_session(&*t.store, async |session| {
        assert!(session.remember(&one, "n1", now).await.unwrap());
        assert!(!session.remember(&one, "n1", now).await.unwrap());
        assert!(session.remember(&one, "N1", now).await.unwrap());
        assert!(session.remember(&two, "n1", now).await.unwrap());
        assert!(session.remember(&one, "", now).await.unwrap());
    })
    .await;
    in_session(&*t.outside().0, async |session| {
        assert!(!session.remember(&one, "n1", now + 1).await.unwrap());
        assert!(!session.remember(&two, "n1", now).await.unwrap());
        assert!(session.remember(&two, "n2", now).await.unwrap());
    })
    .await;
}

/// [`box_office::Session`].
pub async fn a_replay_leaves_the_session_usable(t: StoreUnderTest) {
    let one = vasp("one.example");
    in_session(&*t.store, async |session| session.remember(&one, "n1", 1).await.unwrap()).await;
    let user = in_session(&*t.store, async |session| {
        assert!(!session.remember(&one, "n1", 1).await.unwrap());
        session.add_user(&new_user(1)).await.unwrap().unwrap()
    })
    .await;
    assert_eq!(t.store.user(user.id).await.unwrap(), Some(user));
}

/// A request that failed may be sent again.
pub async fn a_nonce_of_a_session_that_is_not_committed_is_not_remembered(t: StoreUnderTest) {
    let one = vasp("one.example");
    let mut session = t.store.begin().await.unwrap();
    assert!(session.remember(&one, "n1", 1).await.unwrap());
    session.rollback().await.unwrap();
    assert!(in_session(&*t.store, async |session| session.remember(&one, "n1", 1).await.unwrap()).await);
    add_user(&*t.store, 1).await;
}

/// A message and its replay arriving at two replicas at once: one is taken.
pub async fn two_sessions_racing_with_one_nonce_admit_one(t: StoreUnderTest) {
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..10)
        .map(|n| {
            let store = Arc::clone(if n % 2 == 0 { &t.store } else { &second });
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let fresh = session.remember(&vasp("one.example"), "n1", 1).await.unwrap();
                session.commit().await.unwrap();
                fresh
            })
        })
        .collect();
    let mut admitted = 0;
    for task in tasks {
        admitted += u32::from(task.await.unwrap());
    }
    assert_eq!(admitted, 1);
}

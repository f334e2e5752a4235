//! `identity::EmailTokenReader` and `identity::EmailTokenWriter`.

use super::StoreUnderTest;
use crate::builders::{add_user, at, email_token, in_session, noon};
use box_office::Store;
use identity::{EmailToken, EmailTokenPurpose};
use std::sync::Arc;

async fn put(store: &dyn Store, token: &EmailToken) {
    in_session(store, async |session| session.put_email_token(token).await.unwrap()).await;
}

/// [`identity::EmailTokenReader::email_token`]: "expired ones too".
pub async fn email_token_is_read_by_its_hash(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let token = EmailToken { expires_at: noon(), ..email_token(&user, 7) };
    put(&*t.store, &token).await;
    assert_eq!(t.outside().0.email_token(&token.hash).await.unwrap(), Some(token));
    assert_eq!(t.store.email_token(&[8; 32]).await.unwrap(), None);
}

/// [`identity::EmailTokenWriter::put_email_token`].
pub async fn new_email_token_replaces_the_earlier_one_of_its_purpose(t: StoreUnderTest) {
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let (first, second) = (email_token(&ann, 1), email_token(&ann, 2));
    let reset = EmailToken { purpose: EmailTokenPurpose::ResetPassword, ..email_token(&ann, 3) };
    let login = EmailToken { purpose: EmailTokenPurpose::LogIn, ..email_token(&ann, 5) };
    let of_ben = email_token(&ben, 4);
    for token in [&first, &reset, &login, &of_ben, &second] {
        put(&*t.store, token).await;
    }
    assert_eq!(t.store.email_token(&first.hash).await.unwrap(), None);
    for token in [second, reset, login, of_ben] {
        assert_eq!(t.store.email_token(&token.hash).await.unwrap(), Some(token));
    }
}

/// [`identity::EmailTokenWriter::take_email_token`]: "of several sessions, one gets it".
pub async fn email_token_is_consumed_by_one_session(t: StoreUnderTest) {
    let user = add_user(&*t.store, 1).await;
    let token = email_token(&user, 1);
    put(&*t.store, &token).await;
    let mut session = t.store.begin().await.unwrap();
    assert_eq!(session.take_email_token(&token.hash).await.unwrap().as_ref(), Some(&token));
    session.rollback().await.unwrap();
    let (second, _) = t.outside();
    let tasks: Vec<_> = (0..10)
        .map(|n| {
            let (store, hash) = (Arc::clone(if n % 2 == 0 { &t.store } else { &second }), token.hash);
            tokio::spawn(async move {
                let mut session = store.begin().await.unwrap();
                let taken = session.take_email_token(&hash).await.unwrap().is_some();
                session.commit().await.unwrap();
                taken
            })
        })
        .collect();
    let mut taken = 0;
    for task in tasks {
        taken += u32::from(task.await.unwrap());
    }
    assert_eq!(taken, 1);
    assert_eq!(t.store.email_token(&token.hash).await.unwrap(), None);
}

/// [`identity::EmailTokenWriter::delete_email_tokens`].
pub async fn email_tokens_of_an_account_are_deleted_together(t: StoreUnderTest) {
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let reset = EmailToken { purpose: EmailTokenPurpose::ResetPassword, ..email_token(&ann, 2) };
    let (first, of_ben) = (email_token(&ann, 1), email_token(&ben, 3));
    for token in [&first, &reset, &of_ben] {
        put(&*t.store, token).await;
    }
    in_session(&*t.store, async |session| session.delete_email_tokens(ann.id).await.unwrap()).await;
    for gone in [first, reset] {
        assert_eq!(t.store.email_token(&gone.hash).await.unwrap(), None);
    }
    assert_eq!(t.store.email_token(&of_ben.hash).await.unwrap(), Some(of_ben));
}

/// [`box_office::Queue::prune`].
pub async fn expired_email_tokens_are_pruned(t: StoreUnderTest) {
    let (ann, ben) = (add_user(&*t.store, 1).await, add_user(&*t.store, 2).await);
    let old = EmailToken { expires_at: at(1), ..email_token(&ann, 1) };
    let young = EmailToken { expires_at: at(9), ..email_token(&ben, 2) };
    put(&*t.store, &old).await;
    put(&*t.store, &young).await;
    assert_eq!(t.store.prune(at(5), 100).await.unwrap(), 1);
    assert_eq!(t.store.email_token(&old.hash).await.unwrap(), None);
    assert_eq!(t.store.email_token(&young.hash).await.unwrap(), Some(young));
}

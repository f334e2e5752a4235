//! `box_office::Holds::remember_all`.

use super::StoreUnderTest;
use crate::builders::{noon, seen_nonce};
use std::sync::Arc;

/// [`box_office::Holds::remember_all`].
pub async fn nonce_is_accepted_once_per_vasp(t: StoreUnderTest) {
    let one = |nonce: &str| seen_nonce("one.example", nonce, noon());
    let two = |nonce: &str| seen_nonce("two.example:8443", nonce, noon());
    let batch = [one("n1"), one("n1"), one("N1"), two("n1"), one(""), one("a\0b")];
    assert_eq!(t.holds.remember_all(&batch).await.unwrap(), [true, false, true, true, true, true]);
    let again = [two("n1"), two("n2"), one("n1"), one("a\0b")];
    assert_eq!(t.outside().1.remember_all(&again).await.unwrap(), [false, true, false, false]);
    assert!(t.holds.remember_all(&[]).await.unwrap().is_empty());
}

/// A message and its replay reach two replicas concurrently; one is accepted.
pub async fn concurrent_replicas_accept_a_nonce_once(t: StoreUnderTest) {
    let (_, second) = t.outside();
    let tasks: Vec<_> = (0..10)
        .map(|n| {
            let holds = Arc::clone(if n % 2 == 0 { &t.holds } else { &second });
            tokio::spawn(async move {
                // Batches in opposite orders must not deadlock.
                let mut batch =
                    [seen_nonce("one.example", "n1", noon()), seen_nonce("one.example", "n2", noon())];
                if n % 3 == 0 {
                    batch.reverse();
                }
                holds.remember_all(&batch).await.unwrap().into_iter().filter(|fresh| *fresh).count()
            })
        })
        .collect();
    let mut admitted = 0;
    for task in tasks {
        admitted += task.await.unwrap();
    }
    assert_eq!(admitted, 2);
}

//! A restored backup reuses ids: tokens and links issued after the backup must not authorise access to rows of other users.

use crate::app::{PRICE, TestApp};
use kernel::Secret;
use serde_json::json;
use server::{config, wiring::Database};
use std::{fs, path::Path};
use testkit::postgres::TestDatabase;

const SECRET: &str = "the same secret before and after the restore";

async fn shop(database: &str) -> TestApp {
    TestApp::open_with(&[("DATABASE_URL", database), ("JWT_SECRET", SECRET)], false).await
}

/// `lost` continues after the backup and `restored` is the backup; `back_up` copies the files on SQLite.
async fn assert_lost_tokens_are_void(lost: &str, restored: &str, back_up: impl FnOnce()) {
    let old = shop(lost).await;
    let event = old.add_event(&old.admin().await, PRICE, 5).await;
    back_up();
    let former = old.register("former").await;
    let lost = old.buy(&former, event).await.data().clone();

    let new = shop(restored).await;
    let admin = new.admin().await;
    if new.get("/api/events").await.data().as_array().unwrap().is_empty() {
        assert_eq!(new.add_event(&admin, PRICE, 5).await, event);
    }
    let alice = new.register("alice").await;
    let bought = new.buy(&alice, event).await.data().clone();
    let id = bought["ticket"]["id"].as_i64().unwrap();
    assert_eq!((alice.id, id), (former.id, lost["ticket"]["id"].as_i64().unwrap()), "ids are reused");

    let own = new.status(id, bought["status_token"].as_str().unwrap()).await;
    assert_eq!(own["ticket"]["ticket_code"], bought["ticket"]["ticket_code"]);
    let seen = new.status(id, lost["status_token"].as_str().unwrap()).await;
    for secret in [&seen["ticket"]["ticket_code"], &seen["payment"]["bolt11"], &seen["uma_request"]] {
        assert!(secret.is_null(), "{seen}");
    }
    let cancel = format!("/api/tickets/{id}/cancel?token={}", lost["status_token"].as_str().unwrap());
    new.post(&cancel, &json!({})).await.refused(403, "forbidden");
    for (order, valid) in [(&bought, true), (&lost, false)] {
        let link = order["uma_request"]["payment_url"].as_str().unwrap();
        let reference = link.split_once("?ticket=").unwrap().1;
        let amount = PRICE * 1_000;
        let reply = new.get(&format!("/api/lnurl/callback?amount={amount}&ref={reference}")).await;
        assert_eq!(reply.body["pr"] == bought["uma_request"]["bolt11"], valid, "{reply:?}");
        assert_eq!(reply.text.contains("lnbc"), valid, "{reply:?}");
    }
    assert_eq!(new.get_as(&alice, "/api/users/me").await.status, 200);
    assert_eq!(new.get_as(&former, "/api/users/me").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_tokens_made_after_a_backup_stay_void_on_sqlite() {
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str| files.path().join(name);
    let url = |path: &Path| format!("sqlite://{}", path.display());
    let (lost, restored) = (path("lost.db"), path("restored.db"));
    let back_up = || {
        for part in ["", "-wal"] {
            let copied = |name: &str| path(&format!("{name}{part}"));
            if copied("lost.db").exists() {
                fs::copy(copied("lost.db"), copied("restored.db")).unwrap();
            }
        }
    };
    assert_lost_tokens_are_void(&url(&lost), &url(&restored), back_up).await;
}

async fn database() -> TestDatabase {
    TestDatabase::create(async |url| {
        let config =
            config::Database::Postgres { url: Secret::new(url), pool_size: 2, ca: None, migrate: false };
        Database::migrate(&config, false).await.unwrap();
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_tokens_made_after_a_backup_stay_void_on_postgres() {
    let (lost, restored) = (database().await, database().await);
    assert_lost_tokens_are_void(lost.url(), restored.url(), || {}).await;
}

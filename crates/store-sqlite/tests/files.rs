//! Guarantees of a durable file.

#![expect(clippy::unwrap_used, reason = "tests")]

use box_office::Store;
use events::EventReader;
use std::{fs, path::Path};
use store_sqlite::Sqlite;
use testkit::builders::{add_event, add_user, hold_request, in_session, new_event, take};
use testkit::purchases::{HoldOutcome, Purchases};
use tickets::TicketReader;

fn copy(from: &Path, to: &Path) {
    for companion in ["", "-wal"] {
        let name = |path: &Path| format!("{}{companion}", path.display());
        if Path::new(&name(from)).exists() {
            fs::copy(name(from), name(to)).unwrap();
        }
    }
}

#[tokio::test]
async fn sales_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    let shop = Sqlite::open(&path).await.unwrap();
    let event = add_event(&shop, &new_event(1, 10)).await;
    let user = add_user(&shop, 1).await;
    let ticket = take(&shop, hold_request(&event, &user, 1)).await.ticket;
    drop(shop);
    let shop = Sqlite::open(&path).await.unwrap();
    assert_eq!(shop.ticket(ticket.id).await.unwrap(), Some(ticket));
    assert_eq!(shop.event(event.id).await.unwrap().unwrap().seats_taken, 1);
    let again = shop.hold_all(&[hold_request(&event, &user, 2)]).await.unwrap();
    assert!(matches!(again[0], HoldOutcome::Refused(_)));
}

#[tokio::test]
async fn killed_process_keeps_every_committed_hold() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    let shop = Sqlite::open(&path).await.unwrap();
    let event = add_event(&shop, &new_event(50, 10)).await;
    let user = add_user(&shop, 1).await;
    for sold in 1..=5 {
        take(&shop, hold_request(&event, &user, sold)).await;
        // Copies the files as a killed process leaves them, with a session open.
        let mut session = shop.begin().await.unwrap();
        session.put_event(&events::Event { title: "Half way".into(), ..event.clone() }).await.unwrap();
        let left = directory.path().join(format!("killed-{sold}.db"));
        copy(&path, &left);
        session.rollback().await.unwrap();
        let found = Sqlite::open(&left).await.unwrap().event(event.id).await.unwrap().unwrap();
        assert_eq!((u64::from(found.seats_taken), found.title), (sold, event.title.clone()));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    let shop = Sqlite::open(&path).await.unwrap();
    add_user(&shop, 1).await;
    let files: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() > 1, "{files:?}");
    for file in files {
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "{file:?}");
    }
}

#[test]
fn session_of_a_stopped_runtime_does_not_block_the_next_one() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let first = runtime();
    let shop = first.block_on(Sqlite::memory()).unwrap();
    let session = first.block_on(async {
        let mut session = shop.begin().await.unwrap();
        session.add_event(&new_event(1, 1)).await.unwrap();
        session
    });
    first.shutdown_background();
    drop(session);
    let count = runtime().block_on(async {
        in_session(&shop, async |session| session.add_event(&new_event(1, 1)).await.unwrap()).await;
        shop.count_events(&events::EventQuery::default()).await.unwrap()
    });
    assert_eq!(count, 1);
}

#[tokio::test]
async fn non_database_file_is_rejected_and_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    fs::write(&path, "not a database, but longer than the hundred bytes of a header would be".repeat(9))
        .unwrap();
    let before = fs::read(&path).unwrap();
    assert!(Sqlite::open(&path).await.is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
}

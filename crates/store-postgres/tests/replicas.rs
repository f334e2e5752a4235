//! Several replicas on one database: notifications, restarts of the server, and cancelled callers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use box_office::{
    Attachment, CollectionUpdate, DomainEvent, GroupCommit, Holds, PurchaseRefusal, Store, Views,
};
use events::EventReader;
use payments::{Collection, CollectionState, PaymentReader};
use std::{sync::Arc, time::Duration};
use store_postgres::{PgConfig, Postgres};
use testkit::purchases::{HoldOutcome, Purchases};
use testkit::{
    builders::{
        add_event, add_user, attach, hold_request, in_session, new_event, new_invoice, noon, put_ticket, take,
    },
    postgres::{Cluster, TestDatabase, eventually},
};

async fn migrate(url: String) {
    Postgres::connect(PgConfig::new(url)).await.unwrap().migrate().await.unwrap();
}

async fn replica(url: &str) -> Arc<Postgres> {
    Arc::new(Postgres::connect(PgConfig::new(url)).await.unwrap())
}

async fn two_replicas() -> (TestDatabase, Arc<Postgres>, Arc<Postgres>) {
    let database = TestDatabase::create(migrate).await;
    let (one, two) = (replica(database.url()).await, replica(database.url()).await);
    (database, one, two)
}

async fn expect_event(receiver: &mut tokio::sync::broadcast::Receiver<DomainEvent>, expected: DomainEvent) {
    let listen = async { while receiver.recv().await != Ok(expected) {} };
    tokio::time::timeout(Duration::from_mins(1), listen)
        .await
        .unwrap_or_else(|_| panic!("{expected:?} was not published"));
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_of_one_replica_notify_the_others() {
    let (_database, one, two) = two_replicas().await;
    let mut receiver = two.changes();
    let event = add_event(&*one, &new_event(5, 10)).await;
    expect_event(&mut receiver, DomainEvent::Event(event.id)).await;
    let user = add_user(&*one, 1).await;
    let hold = take(&*one, hold_request(&event, &user, 1)).await;
    expect_event(&mut receiver, DomainEvent::Ticket(hold.ticket.id)).await;
    attach(&*one, new_invoice(&hold.payment.unwrap(), 1)).await;
    expect_event(&mut receiver, DomainEvent::Jobs).await;
    put_ticket(&*one, &hold.ticket).await;
    expect_event(&mut receiver, DomainEvent::Ticket(hold.ticket.id)).await;
}

/// Waits until a session of this database is blocked on a lock.
async fn wait_for_blocked_session(database: &TestDatabase) {
    wait_for_blocked_sessions(database, 1).await;
}

/// Waits until `count` sessions of this database are blocked on locks.
async fn wait_for_blocked_sessions(database: &TestDatabase, count: usize) {
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let blocked =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("blocked sessions", async || client.query(blocked, &[]).await.unwrap().len() >= count).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_batch_releases_its_locks() {
    let (database, one, two) = two_replicas().await;
    let event = add_event(&*one, &new_event(1_000, 10)).await;
    let user = add_user(&*one, 1).await;
    let payment = take(&*one, hold_request(&event, &user, 1)).await.payment.unwrap();
    let mut holder = two.begin().await.unwrap();
    holder.event_for_update(event.id).await.unwrap();
    let holding = tokio::spawn({
        let (one, request) = (Arc::clone(&one), hold_request(&event, &user, 2));
        async move { one.hold_all(&[request]).await }
    });
    wait_for_blocked_session(&database).await;
    holding.abort();
    assert!(holding.await.unwrap_err().is_cancelled());
    holder.rollback().await.unwrap();
    // Through the other replica: the first one would clean up its own connection.
    let mut holder = two.begin().await.unwrap();
    let seen = holder.event_for_update(event.id).await.unwrap().unwrap();
    assert_eq!(seen.seats_taken, 1);
    holder.payment_for_update(payment.id).await.unwrap();
    let attaching = tokio::spawn({
        let (one, attachment) = (
            Arc::clone(&one),
            [Attachment {
                payment_id: payment.id,
                invoice: new_invoice(&payment, 1),
                watch_from: noon(),
                replace: false,
            }],
        );
        async move { one.attach_all(&attachment).await }
    });
    wait_for_blocked_session(&database).await;
    attaching.abort();
    assert!(attaching.await.unwrap_err().is_cancelled());
    holder.rollback().await.unwrap();
    in_session(&*two, async |session| session.payment_for_update(payment.id).await.unwrap().unwrap()).await;
    assert_eq!(two.invoices_of(payment.id).await.unwrap(), []);
    assert_eq!(two.ledger(noon()).await.unwrap().miscounted, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn collection_update_blocked_by_a_retry_sees_the_new_invoice() {
    let (database, one, two) = two_replicas().await;
    let event = add_event(&*one, &new_event(5, 10)).await;
    let user = add_user(&*one, 1).await;
    let payment = take(&*one, hold_request(&event, &user, 1)).await.payment.unwrap();
    let first = attach(&*one, new_invoice(&payment, 1)).await;
    let mut holder = two.begin().await.unwrap();
    holder.payment_for_update(payment.id).await.unwrap();
    let retrying = tokio::spawn({
        let invoice = new_invoice(&payment, 2);
        let attachment = Attachment { payment_id: payment.id, invoice, watch_from: noon(), replace: true };
        let two = Arc::clone(&two);
        async move { two.attach_all(&[attachment]).await }
    });
    wait_for_blocked_sessions(&database, 1).await;
    let updating = tokio::spawn({
        let update = CollectionUpdate {
            payment_id: payment.id,
            invoice: Some(first.payment_hash),
            collection: Collection { state: CollectionState::RequestSent, detail: String::new() },
            push_refused: false,
            at: noon(),
        };
        let one = Arc::clone(&one);
        async move { one.update_collections(&[update]).await }
    });
    wait_for_blocked_sessions(&database, 2).await;
    holder.rollback().await.unwrap();
    retrying.await.unwrap().unwrap();
    assert_eq!(updating.await.unwrap().unwrap(), [false]);
    let stored = two.payment(payment.id).await.unwrap().unwrap();
    assert_eq!(stored.collection.state, CollectionState::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_behind_queues_sell_each_seat_once() {
    let (_database, one, two) = two_replicas().await;
    let (hot_event, other) =
        (add_event(&*one, &new_event(50, 10)).await, add_event(&*one, &new_event(1_000, 10)).await);
    let user = add_user(&*one, 1).await;
    let queues: Vec<_> = [&one, &two]
        .into_iter()
        .map(|store| {
            let store = Arc::clone(store);
            Arc::new(GroupCommit::new(1_000, 64, move |batch: Vec<_>| {
                let store = Arc::clone(&store);
                async move { store.hold_all(&batch).await }
            }))
        })
        .collect();
    let buyers: Vec<_> = (0..400_u64)
        .zip(queues.iter().cycle())
        .map(|(number, queue)| {
            let request = hold_request(if number % 4 == 3 { &other } else { &hot_event }, &user, number);
            let queue = Arc::clone(queue);
            tokio::spawn(async move { queue.submit(request).await.unwrap() })
        })
        .collect();
    let (mut held, mut sold_out) = (0, 0);
    for buyer in buyers {
        match buyer.await.unwrap() {
            HoldOutcome::Held(_) => held += 1,
            HoldOutcome::Refused(PurchaseRefusal::SoldOut) => sold_out += 1,
            other => panic!("neither a seat nor sold out: {other:?}"),
        }
    }
    assert_eq!((held, sold_out), (50 + 100, 250));
    let ledger = one.ledger(noon()).await.unwrap();
    assert_eq!((ledger.oversold, ledger.miscounted), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn store_reconnects_after_a_database_crash_and_restart() {
    let cluster = Cluster::start(true);
    let url = cluster.url("postgres");
    let (one, two) = (replica(&url).await, replica(&url).await);
    one.migrate().await.unwrap();
    let event = add_event(&*one, &new_event(100, 10)).await;
    let user = add_user(&*one, 1).await;
    let mut numbers = 0_u64..;
    for stop in [Cluster::crash_and_restart, Cluster::restart] {
        let session = one.begin().await.unwrap();
        take(&*one, hold_request(&event, &user, numbers.next().unwrap())).await;
        two.event(event.id).await.unwrap();
        stop(&cluster);
        assert!(session.commit().await.is_err(), "the server rolled this back");
        // A call may fail, but a reported success is durable.
        eventually("a seat after the restart", async || {
            let held = one.hold_all(&[hold_request(&event, &user, numbers.next().unwrap())]).await;
            held.is_ok_and(|outcomes| matches!(outcomes.as_slice(), [HoldOutcome::Held(_)]))
        })
        .await;
        eventually("reads through the other replica", async || two.event(event.id).await.is_ok()).await;
        let mut receiver = two.changes();
        eventually("the other replica receives events again", async || {
            in_session(&*one, async |session| {
                session.put_event(&current_event(&one, event.id).await).await.unwrap();
            })
            .await;
            tokio::time::timeout(
                Duration::from_millis(200),
                expect_event(&mut receiver, DomainEvent::Event(event.id)),
            )
            .await
            .is_ok()
        })
        .await;
    }
    let now = two.event(event.id).await.unwrap().unwrap();
    assert!(now.seats_taken >= 4, "commits before a crash are durable: {}", now.seats_taken);
    assert_eq!(two.ledger(noon()).await.unwrap().miscounted, []);
}

async fn current_event(store: &Postgres, id: kernel::EventId) -> events::Event {
    store.event(id).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn unreachable_database_is_a_transient_error() {
    let config = PgConfig {
        connect_timeout: Duration::from_millis(200),
        ..PgConfig::new("postgres://nobody@%2Fnonexistent%2Fdirectory/tickets")
    };
    let store = Postgres::connect(config).await.unwrap();
    assert!(store.ping().await.is_err_and(|error| error.is_transient()));
    assert!(store.hold_all(&[]).await.is_ok_and(|outcomes| outcomes.is_empty()));
    assert!(store.begin().await.is_err_and(|error| error.is_transient()));
    assert!(store.pool_state().timeouts > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lock_timeout_is_a_transient_error() {
    let (database, one, _two) = two_replicas().await;
    let event = add_event(&*one, &new_event(5, 10)).await;
    let user = add_user(&*one, 1).await;
    let config = PgConfig { lock_timeout: Duration::from_millis(50), ..PgConfig::new(database.url()) };
    let short_timeout = Postgres::connect(config).await.unwrap();
    let mut holder = one.begin().await.unwrap();
    holder.event_for_update(event.id).await.unwrap();
    let mut session = short_timeout.begin().await.unwrap();
    assert!(session.event_for_update(event.id).await.is_err_and(|error| error.is_transient()));
    assert!(
        short_timeout
            .hold_all(&[hold_request(&event, &user, 1)])
            .await
            .is_err_and(|error| error.is_transient())
    );
    holder.rollback().await.unwrap();
    take(&short_timeout, hold_request(&event, &user, 2)).await;
}

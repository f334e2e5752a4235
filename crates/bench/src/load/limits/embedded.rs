//! SQLite's limit for purchases written directly into the tables: one writer, all queued purchases in one durable transaction.

use crate::{
    load::driver::{Figures, Load, closed_loop},
    shop,
};
use diesel::{
    Connection, ExpressionMethods, RunQueryDsl, connection::SimpleConnection, dsl::insert_into,
    sqlite::SqliteConnection,
};
use std::thread;
use tokio::sync::{mpsc, oneshot};

diesel::table! {
    events (id) {
        id -> BigInt,
        seats_taken -> BigInt,
    }
}
diesel::table! {
    tickets (id) {
        id -> BigInt,
        event_id -> BigInt,
        ticket_code -> Text,
        payment_status -> Text,
        uma_address -> Text,
        hold_expires_at -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}
diesel::table! {
    payments (id) {
        id -> BigInt,
        ticket_id -> BigInt,
        event_id -> BigInt,
        status -> Text,
        price_msats -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}
diesel::table! {
    uma_request_invoices (id) {
        id -> BigInt,
        payment_id -> BigInt,
        event_id -> BigInt,
        invoice_id -> Text,
        payment_hash -> Text,
        bolt11 -> Text,
        amount_msats -> BigInt,
        metadata -> Text,
        uma_address -> Text,
        expires_at -> BigInt,
        created_at -> BigInt,
    }
}

const EVENT: &str = "INSERT INTO events (id, title, description, start_time, end_time, capacity, price_sats, stream_url, search_text, \
    created_at, updated_at) VALUES (1, 'x', 'x', 1, 2, 100000000, 10, 'x', 'x', 0, 0)";
const MAX_CONCURRENCY: usize = 64;

fn buy(db: &mut SqliteConnection, number: i64) {
    use diesel::{QueryDsl, update};
    let code = format!("{number:064x}");
    update(events::table.find(1)).set(events::seats_taken.eq(events::seats_taken + 1)).execute(db).unwrap();
    insert_into(tickets::table)
        .values((
            tickets::id.eq(number),
            tickets::event_id.eq(1),
            tickets::ticket_code.eq(&code),
            tickets::payment_status.eq("pending"),
            tickets::uma_address.eq("$a@b.example"),
            tickets::hold_expires_at.eq(1),
            tickets::created_at.eq(1),
            tickets::updated_at.eq(1),
        ))
        .execute(db)
        .unwrap();
    insert_into(payments::table)
        .values((
            payments::id.eq(number),
            payments::ticket_id.eq(number),
            payments::event_id.eq(1),
            payments::status.eq("pending"),
            payments::price_msats.eq(10_000),
            payments::created_at.eq(1),
            payments::updated_at.eq(1),
        ))
        .execute(db)
        .unwrap();
    insert_into(uma_request_invoices::table)
        .values((
            uma_request_invoices::payment_id.eq(number),
            uma_request_invoices::event_id.eq(1),
            uma_request_invoices::invoice_id.eq(&code),
            uma_request_invoices::payment_hash.eq(&code),
            uma_request_invoices::bolt11.eq(&code),
            uma_request_invoices::amount_msats.eq(10_000),
            uma_request_invoices::metadata.eq(""),
            uma_request_invoices::uma_address.eq("$a@b.example"),
            uma_request_invoices::expires_at.eq(1),
            uma_request_invoices::created_at.eq(1),
        ))
        .execute(db)
        .unwrap();
}

/// The limit of the embedded store.
pub(crate) async fn group(load: &Load) -> Figures {
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("limit.db");
    let settings = shop::settings(1, &format!("sqlite://{}", path.display()));
    shop::prepare(&std::env::current_exe().unwrap(), &shop::sandboxed(settings, 0));
    let mut db = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    db.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
        .unwrap();
    db.batch_execute(EVENT).unwrap();
    let (desk, mut waiting) = mpsc::channel::<(i64, oneshot::Sender<()>)>(4_096);
    let writer = thread::spawn(move || {
        let mut batch = Vec::new();
        while waiting.blocking_recv_many(&mut batch, MAX_CONCURRENCY) > 0 {
            db.immediate_transaction::<_, diesel::result::Error, _>(|db| {
                for (number, _) in &batch {
                    buy(db, *number);
                }
                Ok(())
            })
            .unwrap();
            for (_, buyer) in batch.drain(..) {
                buyer.send(()).ok();
            }
        }
    });
    let figures = closed_loop(load, move |number| {
        let desk = desk.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            desk.send((i64::try_from(number).unwrap(), answer)).await.unwrap();
            answered.await.unwrap();
        }
    })
    .await;
    writer.join().unwrap();
    figures
}

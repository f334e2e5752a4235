//! Limits on node calls caused by unauthenticated requests.

use crate::harness::{TestShop, invoice_of};
use box_office::PaymentCallback;
use chrono::Duration;
use futures_util::future::join_all;
use payments::Invoice;
use std::sync::atomic::Ordering;
use tickets::TicketStatus;

const BURST: usize = 200;

fn callback(invoice: &Invoice) -> PaymentCallback {
    PaymentCallback { payment_hash: invoice.payment_hash.to_hex(), invoice_id: invoice.invoice_id.clone() }
}

fn checks(shop: &TestShop) -> usize {
    shop.node_calls.checks.load(Ordering::SeqCst)
}

/// Sends callbacks and LUD-21 look-ups concurrently.
async fn burst(shop: &TestShop, invoice: &Invoice) {
    let (callback, hash) = (callback(invoice), invoice.payment_hash.to_hex());
    let callbacks = join_all((0..BURST).map(|_| shop.office.handle_payment_callback(&callback)));
    let verified = join_all((0..BURST).map(|_| shop.office.lnurl_verify(&hash)));
    let (callbacks, verified) = tokio::join!(callbacks, verified);
    assert!(callbacks.iter().all(Result::is_ok) && verified.iter().all(Result::is_ok));
}

#[tokio::test]
async fn burst_of_callbacks_checks_the_node_once_in_five_seconds() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let invoice = invoice_of(&receipt.view);
    burst(&shop, &invoice).await;
    assert_eq!(checks(&shop), 1);
    shop.clock.advance(Duration::milliseconds(4_999));
    burst(&shop, &invoice).await;
    assert_eq!(checks(&shop), 1);
    shop.pay(&invoice);
    shop.clock.advance(Duration::milliseconds(1));
    burst(&shop, &invoice).await;
    assert_eq!(checks(&shop), 2);
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    shop.clock.advance(Duration::minutes(1));
    burst(&shop, &invoice).await;
    assert_eq!(checks(&shop), 2, "a settled invoice is not checked");
}

#[tokio::test]
async fn polled_answer_serves_callbacks_but_internal_checks_are_never_cached() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let invoice = invoice_of(&receipt.view);
    shop.poll().await;
    let polled = checks(&shop);
    burst(&shop, &invoice).await;
    assert_eq!(checks(&shop), polled);
    // An internal check bypasses the cache, so that a payment is not delayed.
    shop.pay(&invoice);
    shop.office.check_invoice(invoice.payment_hash).await.unwrap();
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
}

#[tokio::test]
async fn failed_check_is_not_repeated_at_once() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    shop.node_calls.unavailable.store(true, Ordering::SeqCst);
    burst(&shop, &invoice_of(&receipt.view)).await;
    assert_eq!(checks(&shop), 1);
}

#[tokio::test]
async fn burst_of_lnurl_callbacks_creates_one_invoice() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    shop.buy(&event).await;
    let before = shop.node_calls.invoices.load(Ordering::SeqCst);
    let answers =
        join_all((0..BURST).map(|_| shop.office.lnurl_callback("amount=2100000", None, None))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(shop.node_calls.invoices.load(Ordering::SeqCst) - before, 1);
}

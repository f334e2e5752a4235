//! What callers who prove nothing may ask of our node.

use crate::harness::{Shop, invoice_of};
use box_office::PaymentCallback;
use chrono::Duration;
use futures_util::future::join_all;
use payments::Invoice;
use std::sync::atomic::Ordering;
use tickets::TicketStatus;

const BURST: usize = 200;

fn hint(invoice: &Invoice) -> PaymentCallback {
    PaymentCallback { payment_hash: invoice.payment_hash.to_hex(), invoice_id: invoice.invoice_id.clone() }
}

fn checks(shop: &Shop) -> usize {
    shop.counted.checks.load(Ordering::SeqCst)
}

/// Callbacks and LUD-21 look-ups, all at once.
async fn burst(shop: &Shop, invoice: &Invoice) {
    let (hint, hash) = (hint(invoice), invoice.payment_hash.to_hex());
    let callbacks = join_all((0..BURST).map(|_| shop.office.handle_payment_callback(&hint)));
    let verified = join_all((0..BURST).map(|_| shop.office.lnurl_verify(&hash)));
    let (callbacks, verified) = tokio::join!(callbacks, verified);
    assert!(callbacks.iter().all(Result::is_ok) && verified.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_burst_of_callbacks_asks_the_node_once_in_five_seconds() {
    let shop = Shop::open().await;
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
    assert_eq!(checks(&shop), 2, "what is settled is not asked about");
}

#[tokio::test]
async fn the_pollers_answer_serves_callbacks_but_not_the_other_way_round() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let invoice = invoice_of(&receipt.view);
    shop.poll().await;
    let polled = checks(&shop);
    burst(&shop, &invoice).await;
    assert_eq!(checks(&shop), polled);
    // Our own questions are fresh: a remembered answer must not delay a payment.
    shop.pay(&invoice);
    shop.office.check_invoice(invoice.payment_hash).await.unwrap();
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
}

#[tokio::test]
async fn a_node_that_does_not_answer_is_not_asked_again_at_once() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    shop.counted.away.store(true, Ordering::SeqCst);
    burst(&shop, &invoice_of(&receipt.view)).await;
    assert_eq!(checks(&shop), 1);
}

#[tokio::test]
async fn a_burst_of_lnurl_callbacks_makes_one_invoice() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    shop.buy(&event).await;
    let before = shop.counted.invoices.load(Ordering::SeqCst);
    let answers =
        join_all((0..BURST).map(|_| shop.office.lnurl_callback("amount=2100000", None, None))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(shop.counted.invoices.load(Ordering::SeqCst) - before, 1);
}

use crate::harness::{TestShop, invoice_of, payment_id, payment_of};
use box_office::{RetryError, TicketError};
use chrono::Duration;
use payments::PaymentStatus;
use tickets::TicketStatus;

#[tokio::test]
async fn hold_keeps_its_seat_until_the_grace_period_ends() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = shop.buy(&event).await;
    shop.clock.advance(Duration::minutes(16));
    assert_eq!(shop.office.expire_holds().await.unwrap(), 0);
    shop.clock.advance(Duration::seconds(61));
    assert_eq!(shop.office.expire_holds().await.unwrap(), 1);
    assert_eq!(shop.office.expire_holds().await.unwrap(), 0);
    let view = shop.view(receipt.view.ticket.id).await;
    assert_eq!(
        (view.ticket.status, payment_of(&view).state.status),
        (TicketStatus::Expired, PaymentStatus::Expired)
    );
    assert_eq!(shop.seats_taken(&event).await, 0);
    shop.buy(&event).await;
    shop.audit().await;
}

#[tokio::test]
async fn payment_without_notification_is_found_before_its_hold_expires() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = shop.buy(&event).await;
    shop.pay(&invoice_of(&receipt.view));
    assert_eq!(shop.lapse().await, 0);
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    assert_eq!(shop.seats_taken(&event).await, 1);
}

#[tokio::test]
async fn cancelled_hold_releases_its_seat_at_once() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = shop.buy(&event).await;
    let id = receipt.view.ticket.id;
    let stranger = shop.office.cancel_ticket(id, None, Some("guess")).await;
    assert!(matches!(stranger, Err(TicketError::Forbidden)));
    shop.office.cancel_ticket(id, None, Some(&receipt.status_token)).await.unwrap();
    let again = shop.office.cancel_ticket(id, None, Some(&receipt.status_token)).await;
    assert!(matches!(again, Err(TicketError::NotPending)));
    assert_eq!(shop.view(id).await.ticket.status, TicketStatus::Cancelled);
    assert_eq!(shop.seats_taken(&event).await, 0);
    shop.audit().await;
}

#[tokio::test]
async fn retry_needs_a_seat_and_creates_a_new_invoice() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = shop.buy(&event).await;
    let id = payment_id(&receipt);
    assert!(matches!(shop.office.retry(&shop.admin, id).await, Err(RetryError::NotRetryable)));
    shop.lapse().await;
    let other = shop.buy(&event).await;
    assert!(matches!(shop.office.retry(&shop.admin, id).await, Err(RetryError::SoldOut)));
    shop.office.cancel_ticket(other.view.ticket.id, None, Some(&other.status_token)).await.unwrap();
    let retried = shop.office.retry(&shop.admin, id).await.unwrap();
    let fresh = retried.invoice.unwrap();
    assert_ne!(fresh.payment_hash, invoice_of(&receipt.view).payment_hash);
    assert_eq!(shop.seats_taken(&event).await, 1);
    shop.pay(&fresh);
    shop.poll().await;
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    shop.audit().await;
}

#[tokio::test]
async fn cancelled_event_accepts_no_late_payment_and_no_retry() {
    let shop = TestShop::open().await;
    let event = shop.event(5, 2_100).await;
    let (late, lapsed) = (shop.buy(&event).await, shop.buy(&event).await);
    assert_eq!(shop.lapse().await, 2);
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    let proof = box_office::Proof::Node { amount: invoice_of(&late.view).amount, at: None };
    shop.office.settle(invoice_of(&late.view).payment_hash, proof).await.unwrap();
    let view = shop.view(late.view.ticket.id).await;
    assert_eq!(view.ticket.status, TicketStatus::Expired);
    assert_eq!(payment_of(&view).state.refundable(), invoice_of(&late.view).amount);
    let retry = shop.office.retry(&shop.admin, payment_id(&lapsed)).await;
    assert!(matches!(retry, Err(RetryError::EventCancelled)), "{retry:?}");
    assert_eq!(shop.seats_taken(&event).await, 0);
    shop.audit().await;
}

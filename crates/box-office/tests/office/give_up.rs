//! Giving up refunds, and money reserved by open refunds.

use crate::{
    harness::{BUYER, TestShop, invoice_of, payment_id, payment_of, unreachable},
    refund_orders::{expire, the_order},
    refunds::{arrived, paid, run, the_refund},
    settling::node_proof,
};
use box_office::{GiveUpError, GivenUp, Receipt, RefundError, RetryError};
use chrono::Duration;
use events::Event;
use kernel::RefundId;
use payments::{GiveUpRefusal, OrderStatus, PaymentStatus, Refund, RefundStatus};
use sandbox::{Call, Fault};
use tickets::TicketStatus;

const OTHER: &str = "bob@vasp.example";

async fn give_up(
    shop: &TestShop,
    receipt: &Receipt,
    destination: Option<&str>,
    confirmed: bool,
) -> Result<GivenUp, GiveUpError> {
    let id = the_refund(shop, receipt).await.id;
    shop.office.give_up_refund(&shop.admin, payment_id(receipt), id, destination, confirmed).await
}

/// A refund whose destination does not answer.
async fn requested(shop: &TestShop, event: &Event) -> Receipt {
    let receipt = paid(shop, event).await;
    shop.vasp.refusals.lock().unwrap().extend((0..20).map(|_| unreachable()));
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    receipt
}

#[tokio::test]
async fn refund_without_an_invoice_is_replaced_by_one_to_another_address() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = Box::pin(requested(&shop, &event)).await;
    let nowhere = give_up(&shop, &receipt, Some("nowhere"), false).await;
    assert!(matches!(nowhere, Err(GiveUpError::Refund(RefundError::BadDestination))));
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Requested);
    let given_up = give_up(&shop, &receipt, Some(OTHER), false).await.unwrap();
    let next = given_up.next.unwrap();
    assert_eq!((given_up.refund.status, next.destination.as_str()), (RefundStatus::Failed, OTHER));
    shop.vasp.refusals.lock().unwrap().clear();
    run(&shop).await;
    assert_eq!((the_refund(&shop, &receipt).await.id, arrived(&shop)), (next.id, 2_100_000));
    let again = give_up(&shop, &receipt, None, true).await;
    assert!(matches!(again, Err(GiveUpError::Refused(GiveUpRefusal::Ended))));
    let other =
        shop.office.give_up_refund(&shop.admin, payment_id(&receipt), RefundId::new(999), None, false);
    assert!(matches!(other.await, Err(GiveUpError::NoRefund)));
    let audit = shop.office.store().audit_log(kernel::Page::default()).await.unwrap();
    assert!(audit.iter().any(|entry| entry.entry.action == "refund.give_up"));
    shop.audit().await;
}

#[tokio::test]
async fn refund_that_the_node_may_be_paying_requires_expiry_and_confirmation() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().next(Call::Pay, Fault::LostRequest);
    shop.node.faults().always(Call::Outgoing, Fault::Unavailable);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    for confirmed in [false, true] {
        let refused = give_up(&shop, &receipt, None, confirmed).await;
        assert!(matches!(refused, Err(GiveUpError::Refused(GiveUpRefusal::InFlight))), "{refused:?}");
    }
    expire(&shop).await;
    let refused = give_up(&shop, &receipt, Some(OTHER), false).await;
    assert!(matches!(refused, Err(GiveUpError::Refused(GiveUpRefusal::Unresolved))), "{refused:?}");
    give_up(&shop, &receipt, Some(OTHER), true).await.unwrap();
    assert_eq!(arrived(&shop), 0);
    shop.node.faults().clear();
    run(&shop).await;
    assert_eq!((the_refund(&shop, &receipt).await.status, arrived(&shop)), (RefundStatus::Paid, 2_100_000));
    assert_eq!(the_order(&shop, &receipt).await.status, OrderStatus::Paid);
    shop.audit().await;
}

/// A late payment without a seat, with an open refund whose destination does not answer.
async fn late_and_requested(shop: &TestShop) -> Receipt {
    let event = shop.event(1, 2_100).await;
    let receipt = shop.buy(&event).await;
    shop.lapse().await;
    let other = shop.buy(&event).await;
    let invoice = invoice_of(&receipt.view);
    shop.office.settle(invoice.payment_hash, node_proof(&invoice)).await.unwrap();
    assert_eq!(payment_of(&shop.view(receipt.view.ticket.id).await).state.refundable().get(), 2_100_000);
    shop.vasp.refusals.lock().unwrap().extend((0..20).map(|_| unreachable()));
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), false).await.unwrap();
    // The seat is free again.
    shop.office.cancel_ticket(other.view.ticket.id, Some(&shop.buyer), None).await.unwrap();
    receipt
}

#[tokio::test]
async fn retry_is_refused_while_a_refund_of_the_money_is_open() {
    let shop = TestShop::open().await;
    let receipt = late_and_requested(&shop).await;
    let retried = shop.office.retry(&shop.admin, payment_id(&receipt)).await;
    assert!(matches!(retried, Err(RetryError::RefundOpen)), "{retried:?}");
    let ticket = shop.view(receipt.view.ticket.id).await.ticket;
    assert_eq!(ticket.status, TicketStatus::Expired);
    shop.vasp.refusals.lock().unwrap().clear();
    shop.clock.advance(Duration::minutes(5));
    run(&shop).await;
    assert_eq!((the_refund(&shop, &receipt).await.status, arrived(&shop)), (RefundStatus::Paid, 2_100_000));
    // The money was refunded, so the retry requests it again.
    let retried = shop.office.retry(&shop.admin, payment_id(&receipt)).await.unwrap();
    assert_eq!(retried.status, PaymentStatus::Pending);
    shop.audit().await;
}

#[tokio::test]
async fn retry_after_giving_up_the_refund_issues_the_ticket() {
    let shop = TestShop::open().await;
    let receipt = late_and_requested(&shop).await;
    give_up(&shop, &receipt, None, false).await.unwrap();
    let retried = shop.office.retry(&shop.admin, payment_id(&receipt)).await.unwrap();
    assert_eq!(retried.status, PaymentStatus::Paid);
    run(&shop).await;
    assert_eq!(arrived(&shop), 0);
    shop.audit().await;
}

/// A refund of money that is not refundable, as an earlier release could leave behind.
#[tokio::test]
async fn refund_whose_money_is_not_refundable_is_closed_unpaid() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    let refund = payments::NewRefund {
        payment_id: payment_id(&receipt),
        amount: payment_of(&receipt.view).state.price,
        destination: BUYER.into(),
        requested_by: None,
        created_at: shop.office.now(),
    };
    let mut session = shop.office.store().begin().await.unwrap();
    let refund: Refund = session.add_refund(&refund).await.unwrap();
    let task = box_office::Task::Refund { payment_id: refund.payment_id, refund_id: refund.id };
    let job = box_office::NewJob { task, run_at: shop.office.now(), key: None };
    session.enqueue(&job).await.unwrap();
    session.commit().await.unwrap();
    run(&shop).await;
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!((refund.status, arrived(&shop)), (RefundStatus::Failed, 0), "the ticket keeps its price");
    assert_eq!(refund.sentence().as_deref(), Some("Its money is not refundable any more."));
    shop.audit().await;
}

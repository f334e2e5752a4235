//! Payment orders to our node: stored before the call, sent once, closed by proof.

use crate::{
    harness::{BUYER, TestShop, invoice_of, payment_id, payment_of},
    refunds::{arrived, paid, run, the_refund},
};
use box_office::{Job, Receipt, RefundError, Task};
use chrono::Duration;
use payments::{OrderStatus, OutgoingOrder, Payer, Refund, RefundReason, RefundStatus};
use sandbox::{Call, Direction, Fault, PaymentRecord, Progress};

/// Advances past an order's expiry and the check after it.
pub(crate) async fn expire(shop: &TestShop) {
    shop.clock.advance(Duration::minutes(12));
    run(shop).await;
}

pub(crate) async fn the_order(shop: &TestShop, receipt: &Receipt) -> OutgoingOrder {
    shop.office.store().outgoing_orders_of(payment_id(receipt)).await.unwrap().remove(0)
}

/// Outgoing payments of the shop's node that did not fail.
fn sent(shop: &TestShop) -> Vec<PaymentRecord> {
    let mut sent = shop.node.payments();
    sent.retain(|one| one.direction == Direction::Outgoing && !matches!(one.progress, Progress::Failed(_)));
    sent
}

#[tokio::test]
async fn order_is_stored_before_the_call_and_closed_by_proof() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.payer.faults().hold_incoming(true);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    let order = the_order(&shop, &receipt).await;
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!((order.payer, order.status, order.attempt), (Payer::Node, OrderStatus::Ordered, 1));
    assert_eq!((Some(order.payment_hash), order.refund_id), (refund.payment_hash, Some(refund.id)));
    shop.payer.release_held().unwrap();
    run(&shop).await;
    assert_eq!(the_order(&shop, &receipt).await.status, OrderStatus::Paid);
}

/// Answers after which earlier releases paid twice: the node paid, the answer was an error, and an admin requested another refund.
#[tokio::test]
async fn unclear_answer_does_not_make_the_money_refundable() {
    for keys in [true, false] {
        for fault in [
            Fault::LostAnswer,
            Fault::StatusAfter(408),
            Fault::ErrorAfter("InvalidInputException"),
            Fault::Status(502),
        ] {
            let shop = TestShop::open().await;
            let event = shop.event(1, 2_100).await;
            let receipt = paid(&shop, &event).await;
            shop.node.faults().ignore_idempotency_keys(!keys);
            shop.node.faults().next(Call::Pay, fault.clone());
            shop.node.faults().always(Call::Outgoing, Fault::NotFound);
            shop.office
                .request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true)
                .await
                .unwrap();
            run(&shop).await;
            let again =
                shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await;
            let refund = the_refund(&shop, &receipt).await;
            if refund.status == RefundStatus::Sending {
                assert!(matches!(again, Err(RefundError::NothingDue)), "{keys} {fault:?}: {again:?}");
            }
            shop.node.faults().clear();
            shop.node.faults().ignore_idempotency_keys(!keys);
            expire(&shop).await;
            let done = the_refund(&shop, &receipt).await.status;
            // Without idempotency keys, an order that never arrived fails at its expiry.
            if !keys && fault == Fault::Status(502) {
                assert_eq!((refund.status, done), (RefundStatus::Sending, RefundStatus::Failed));
                assert_eq!(arrived(&shop), 0);
            } else {
                assert_eq!(done, RefundStatus::Paid, "{keys} {fault:?}");
                assert_eq!(arrived(&shop), 2_100_000, "{keys} {fault:?}");
            }
            assert!(sent(&shop).len() <= 1, "{keys} {fault:?}");
            shop.audit().await;
        }
    }
}

#[tokio::test]
async fn node_without_idempotency_keys_never_gets_an_order_twice() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().ignore_idempotency_keys(true);
    shop.node.faults().next(Call::Pay, Fault::LostRequest);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    assert_eq!(shop.node.faults().calls(Call::Pay), 1, "NOT_FOUND proves nothing before the expiry");
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Sending);
    expire(&shop).await;
    assert_eq!(shop.node.faults().calls(Call::Pay), 1);
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!(
        (refund.status, the_order(&shop, &receipt).await.status),
        (RefundStatus::Failed, OrderStatus::Failed)
    );
    // The failure is certain now, so the money can be refunded to another invoice.
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), false).await.unwrap();
    run(&shop).await;
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn refusal_counts_only_if_the_node_has_no_payment() {
    for (paid_before, status) in [(false, RefundStatus::Failed), (true, RefundStatus::Paid)] {
        let shop = TestShop::open().await;
        let event = shop.event(1, 2_100).await;
        let receipt = paid(&shop, &event).await;
        let no = Fault::Refuse("no\n\u{202e}way".to_owned());
        shop.node.faults().next(Call::Pay, no);
        if paid_before {
            // The look-up after the refusal fails; a later one finds the payment.
            shop.node.faults().next(Call::Outgoing, Fault::Unavailable);
        }
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
        run(&shop).await;
        let refund = the_refund(&shop, &receipt).await;
        assert_eq!(refund.status, status, "{paid_before}");
        let why = (!paid_before).then(|| "The node could not pay the refund: no way.".to_owned());
        assert_eq!(refund.sentence(), why);
        assert_eq!(refund.reason(), (!paid_before).then_some(RefundReason::PaymentFailed));
        assert_eq!(arrived(&shop), if paid_before { 2_100_000 } else { 0 });
        shop.audit().await;
    }
}

#[tokio::test]
async fn order_without_an_answer_is_unresolved_after_its_expiry() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().next(Call::Pay, Fault::LostAnswer);
    shop.node.faults().always(Call::Outgoing, Fault::Unavailable);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    expire(&shop).await;
    assert_eq!(the_order(&shop, &receipt).await.status, OrderStatus::Unresolved);
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!(refund.status, RefundStatus::Sending);
    assert_eq!(refund.reason(), Some(RefundReason::Unresolved), "{}", refund.error);
    let sentence = refund.sentence().unwrap();
    assert!(sentence.starts_with("The node never confirmed whether this refund was paid: "), "{sentence}");
    shop.node.faults().clear();
    shop.clock.advance(Duration::minutes(31));
    run(&shop).await;
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Paid);
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn refund_sent_by_a_release_without_order_rows_is_checked_first() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().ignore_idempotency_keys(true);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    let order = payments::InvoiceOrder {
        amount: payment_of(&receipt.view).state.price,
        metadata: "[]".to_owned(),
        expiry_secs: 600,
    };
    let invoice = payments::Lightning::create_invoice(&*shop.payer, &order).await.unwrap();
    let mut session = shop.office.store().begin().await.unwrap();
    let refund = Refund {
        status: RefundStatus::Sending,
        bolt11: Some(invoice.bolt11),
        payment_hash: Some(invoice.payment_hash),
        ..the_refund(&shop, &receipt).await
    };
    assert!(session.put_refund(&refund).await.unwrap());
    session.commit().await.unwrap();
    run(&shop).await;
    assert_eq!(shop.node.faults().calls(Call::Pay), 0);
    assert_eq!(the_order(&shop, &receipt).await.status, OrderStatus::Ordered);
}

#[tokio::test]
async fn invoice_shared_by_two_refunds_is_paid_once() {
    let shop = TestShop::open().await;
    let event = shop.event(2, 2_100).await;
    let receipts = [paid(&shop, &event).await, shop.buy(&event).await];
    shop.pay(&invoice_of(&receipts[1].view));
    shop.poll().await;
    *shop.vasp.same_invoice.lock().unwrap() = Some(String::new());
    for receipt in &receipts {
        shop.office.request_refund(Some(&shop.admin), payment_id(receipt), Some(BUYER), true).await.unwrap();
    }
    run(&shop).await;
    assert_eq!(arrived(&shop), 2_100_000);
    let mut statuses = Vec::new();
    for receipt in &receipts {
        statuses.push(the_refund(&shop, receipt).await.status);
    }
    statuses.sort_by_key(|status| status.as_str());
    assert_ne!(statuses, [RefundStatus::Paid, RefundStatus::Paid]);
    assert_eq!(sent(&shop).len(), 1);
}

/// The call outlasts the lease, renewals fail, and another worker claims the job.
#[tokio::test(flavor = "multi_thread")]
async fn two_workers_of_one_job_send_one_order() {
    for keys in [true, false] {
        let shop = TestShop::open().await;
        let event = shop.event(1, 2_100).await;
        let receipt = paid(&shop, &event).await;
        shop.node.faults().ignore_idempotency_keys(!keys);
        shop.node.faults().next(Call::Pay, Fault::Slow(std::time::Duration::from_millis(400)));
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
        let job = the_job(&shop).await;
        let first = tokio::spawn({
            let office = shop.office.clone();
            async move { office.run_job(&job).await }
        });
        while shop.node.faults().calls(Call::Pay) == 0 {
            tokio::task::yield_now().await;
        }
        shop.clock.advance(Duration::seconds(61));
        let second = the_job(&shop).await;
        shop.office.run_job(&second).await.unwrap();
        first.await.unwrap().unwrap();
        run(&shop).await;
        if !keys {
            assert_eq!(shop.node.faults().calls(Call::Pay), 1, "one call in total");
        }
        assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Paid);
        assert_eq!((sent(&shop).len(), arrived(&shop)), (1, 2_100_000));
        shop.audit().await;
    }
}

async fn the_job(shop: &TestShop) -> Job {
    loop {
        let jobs = shop.office.claim_jobs(50).await.unwrap();
        for job in jobs {
            if matches!(job.task, Task::Refund { .. }) {
                return job;
            }
            shop.office.run_job(&job).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lease_is_renewed_during_a_long_call() {
    let renewal = std::time::Duration::from_millis(5);
    let shop = TestShop::open_with(|settings| settings.lease_renewal = renewal).await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().next(Call::Pay, Fault::Slow(std::time::Duration::from_secs(3)));
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    let job = the_job(&shop).await;
    let running = tokio::spawn({
        let office = shop.office.clone();
        async move { office.run_job(&job).await }
    });
    // Three lease durations pass in one-second steps, each long enough for several renewals.
    for _ in 0..180 {
        shop.clock.advance(Duration::seconds(1));
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        let jobs = shop.office.claim_jobs(50).await.unwrap();
        assert!(jobs.iter().all(|job| !matches!(job.task, Task::Refund { .. })), "the lease was lost");
    }
    running.await.unwrap().unwrap();
    run(&shop).await;
    assert_eq!((shop.node.faults().calls(Call::Pay), arrived(&shop)), (1, 2_100_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn job_that_lost_its_lease_is_aborted() {
    let renewal = std::time::Duration::from_millis(5);
    let shop = TestShop::open_with(|settings| settings.lease_renewal = renewal).await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().next(Call::Pay, Fault::Slow(std::time::Duration::from_hours(1)));
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    let job = the_job(&shop).await;
    let running = tokio::spawn({
        let (office, job) = (shop.office.clone(), job.clone());
        async move { office.run_job(&job).await }
    });
    while shop.node.faults().calls(Call::Pay) == 0 {
        tokio::task::yield_now().await;
    }
    // Releasing the claim lets another worker take the job.
    shop.office.release_job(&job).await.unwrap();
    running.await.unwrap().unwrap();
    run(&shop).await;
    assert_eq!((the_refund(&shop, &receipt).await.status, arrived(&shop)), (RefundStatus::Paid, 2_100_000));
}

#[tokio::test]
async fn invoice_paid_for_another_refund_by_a_release_without_order_rows_is_not_paid_again() {
    let shop = TestShop::open().await;
    let event = shop.event(2, 2_100).await;
    let receipts = [paid(&shop, &event).await, paid(&shop, &event).await];
    *shop.vasp.same_invoice.lock().unwrap() = Some(String::new());
    for receipt in &receipts {
        shop.office.request_refund(Some(&shop.admin), payment_id(receipt), Some(BUYER), true).await.unwrap();
        // Only the row of the refund has the payment hash.
        if receipt.view.ticket.id == receipts[0].view.ticket.id {
            let metadata = uma_protocol::lnurlp::Metadata::plain("alice").as_str().to_owned();
            let amount = payment_of(&receipt.view).state.price;
            let order = payments::InvoiceOrder { amount, metadata, expiry_secs: 86_400 };
            let invoice = payments::Lightning::create_invoice(&*shop.payer, &order).await.unwrap();
            *shop.vasp.same_invoice.lock().unwrap() = Some(invoice.bolt11.clone());
            let refund = Refund {
                status: RefundStatus::Failed,
                bolt11: Some(invoice.bolt11),
                payment_hash: Some(invoice.payment_hash),
                ..the_refund(&shop, receipt).await
            };
            let mut session = shop.office.store().begin().await.unwrap();
            assert!(session.put_refund(&refund).await.unwrap());
            session.commit().await.unwrap();
        }
    }
    for _ in 0..10 {
        run(&shop).await;
    }
    let refund = the_refund(&shop, &receipts[1]).await;
    assert_eq!(refund.status, RefundStatus::Failed, "not a dead-lettered job");
    assert!(refund.error.contains("in use already"), "{}", refund.error);
    assert_eq!(shop.node.faults().calls(Call::Pay), 0);
    assert_eq!(shop.office.store().failed_jobs(kernel::Page::default()).await.unwrap(), []);
    // The money can be refunded to another invoice.
    *shop.vasp.same_invoice.lock().unwrap() = None;
    shop.office
        .request_refund(Some(&shop.admin), payment_id(&receipts[1]), Some(BUYER), false)
        .await
        .unwrap();
    run(&shop).await;
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn unconfirmed_payment_is_checked_with_backoff_and_shown_after_half_an_hour() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    *shop.vasp.invoice_life.lock().unwrap() = Some(24 * 3_600);
    shop.node.faults().next(Call::Pay, Fault::LostAnswer);
    shop.node.faults().always(Call::Outgoing, Fault::Unavailable);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!((refund.status, refund.error.as_str()), (RefundStatus::Sending, ""));
    let checks = shop.node.faults().calls(Call::Outgoing);
    assert!(checks >= 8, "frequent at first: {checks}");
    for _ in 0..23 * 6 {
        shop.clock.advance(Duration::minutes(10));
        shop.office.run_due_jobs().await.unwrap();
    }
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!(refund.status, RefundStatus::Sending);
    assert!(refund.error.contains("has not confirmed this payment since"), "{}", refund.error);
    shop.node.faults().clear();
    shop.clock.advance(Duration::minutes(10));
    run(&shop).await;
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Paid);
    assert_eq!(the_refund(&shop, &receipt).await.error, "");
    assert_eq!(arrived(&shop), 2_100_000);
}

#[tokio::test]
async fn idempotency_key_of_an_order_contains_its_payment_hash() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), true).await.unwrap();
    run(&shop).await;
    let hash = the_order(&shop, &receipt).await.payment_hash.to_hex();
    let keys: Vec<_> = sent(&shop).into_iter().filter_map(|payment| payment.idempotency_key).collect();
    assert!(keys.len() == 1 && keys[0].ends_with(&hash), "{keys:?}");
}

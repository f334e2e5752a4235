//! Orders to our node: written before the call, given once, closed by proof.

use crate::{
    harness::{BUYER, Shop, invoice_of, payment_id, payment_of},
    refunds::{arrived, paid, run, the_refund},
};
use box_office::{Job, Receipt, RefundError, Task};
use chrono::Duration;
use payments::{OrderStatus, OutgoingOrder, Payer, Refund, RefundStatus};
use sandbox::{Call, Direction, Fault, PaymentRecord, Progress};

/// Time passes until an order to pay can no longer be acted on, and until the node was asked after that.
pub(crate) async fn expire(shop: &Shop) {
    shop.clock.advance(Duration::minutes(12));
    run(shop).await;
}

pub(crate) async fn the_order(shop: &Shop, receipt: &Receipt) -> OutgoingOrder {
    shop.office.store().outgoing_orders_of(payment_id(receipt)).await.unwrap().remove(0)
}

/// What left the shop's node.
fn sent(shop: &Shop) -> Vec<PaymentRecord> {
    let mut sent = shop.node.payments();
    sent.retain(|one| one.direction == Direction::Outgoing && !matches!(one.progress, Progress::Failed(_)));
    sent
}

#[tokio::test]
async fn an_order_is_written_before_the_call_and_closed_by_proof() {
    let shop = Shop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.payer.faults().hold_incoming(true);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
    run(&shop).await;
    let order = the_order(&shop, &receipt).await;
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!((order.payer, order.status, order.attempt), (Payer::Node, OrderStatus::Ordered, 1));
    assert_eq!((Some(order.payment_hash), order.refund_id), (refund.payment_hash, Some(refund.id)));
    shop.payer.release_held().unwrap();
    run(&shop).await;
    assert_eq!(the_order(&shop, &receipt).await.status, OrderStatus::Paid);
}

/// The answers with which refunds were paid twice: each came after the work, and the second order was an admin's next refund.
#[tokio::test]
async fn an_unclear_answer_does_not_make_the_money_refundable_again() {
    for keys in [true, false] {
        for fault in [
            Fault::LostAnswer,
            Fault::StatusAfter(408),
            Fault::ErrorAfter("InvalidInputException"),
            Fault::Status(502),
        ] {
            let shop = Shop::open().await;
            let event = shop.event(1, 2_100).await;
            let receipt = paid(&shop, &event).await;
            shop.node.faults().forget_keys(!keys);
            shop.node.faults().next(Call::Pay, fault.clone());
            shop.node.faults().always(Call::Outgoing, Fault::NotFound);
            shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
            run(&shop).await;
            let again =
                shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await;
            let refund = the_refund(&shop, &receipt).await;
            if refund.status == RefundStatus::Sending {
                assert!(matches!(again, Err(RefundError::NothingDue)), "{keys} {fault:?}: {again:?}");
            }
            shop.node.faults().clear();
            shop.node.faults().forget_keys(!keys);
            expire(&shop).await;
            let done = the_refund(&shop, &receipt).await.status;
            // Without keys an order that never arrived waits for its expiry; then it has failed for certain.
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
async fn a_node_without_keys_is_never_given_the_same_order_again() {
    let shop = Shop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().forget_keys(true);
    shop.node.faults().next(Call::Pay, Fault::LostRequest);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
    run(&shop).await;
    assert_eq!(shop.node.faults().asked(Call::Pay), 1, "NOT_FOUND proves nothing before the expiry");
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Sending);
    expire(&shop).await;
    assert_eq!(shop.node.faults().asked(Call::Pay), 1);
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!(
        (refund.status, the_order(&shop, &receipt).await.status),
        (RefundStatus::Failed, OrderStatus::Failed)
    );
    // Certain now: an admin may refund it to another invoice.
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, false).await.unwrap();
    run(&shop).await;
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn a_refusal_counts_only_if_the_node_s_books_agree() {
    for (paid_before, status) in [(false, RefundStatus::Failed), (true, RefundStatus::Paid)] {
        let shop = Shop::open().await;
        let event = shop.event(1, 2_100).await;
        let receipt = paid(&shop, &event).await;
        let no = Fault::Refuse("no".to_owned());
        shop.node.faults().next(Call::Pay, no);
        if paid_before {
            // The look-up after the refusal is not answered; later it shows that the node paid.
            shop.node.faults().next(Call::Outgoing, Fault::Unavailable);
        }
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
        run(&shop).await;
        assert_eq!(the_refund(&shop, &receipt).await.status, status, "{paid_before}");
        assert_eq!(arrived(&shop), if paid_before { 2_100_000 } else { 0 });
        shop.audit().await;
    }
}

#[tokio::test]
async fn a_node_that_never_answers_leaves_the_refund_unresolved() {
    let shop = Shop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().next(Call::Pay, Fault::LostAnswer);
    shop.node.faults().always(Call::Outgoing, Fault::Unavailable);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
    run(&shop).await;
    expire(&shop).await;
    assert_eq!(the_order(&shop, &receipt).await.status, OrderStatus::Unresolved);
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!(refund.status, RefundStatus::Sending);
    assert!(!refund.error.is_empty());
    shop.node.faults().clear();
    shop.clock.advance(Duration::minutes(31));
    run(&shop).await;
    assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Paid);
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn a_refund_sent_by_a_release_without_orders_is_asked_about_first() {
    let shop = Shop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().forget_keys(true);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
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
    assert_eq!(shop.node.faults().asked(Call::Pay), 0);
    assert_eq!(the_order(&shop, &receipt).await.status, OrderStatus::Ordered);
}

#[tokio::test]
async fn an_address_that_gives_the_same_invoice_to_two_refunds_is_paid_once() {
    let shop = Shop::open().await;
    let event = shop.event(2, 2_100).await;
    let receipts = [paid(&shop, &event).await, shop.buy(&event).await];
    shop.pay(&invoice_of(&receipts[1].view));
    shop.poll().await;
    *shop.vasp.same_invoice.lock().unwrap() = Some(String::new());
    for receipt in &receipts {
        shop.office.request_refund(Some(&shop.admin), payment_id(receipt), BUYER, true).await.unwrap();
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

/// The call takes longer than the lease, the renewals fail, and another worker takes the job.
#[tokio::test(flavor = "multi_thread")]
async fn two_workers_of_one_job_order_once() {
    for keys in [true, false] {
        let shop = Shop::open().await;
        let event = shop.event(1, 2_100).await;
        let receipt = paid(&shop, &event).await;
        shop.node.faults().forget_keys(!keys);
        shop.node.faults().next(Call::Pay, Fault::Slow(std::time::Duration::from_millis(400)));
        shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
        let job = the_job(&shop).await;
        let first = tokio::spawn({
            let office = shop.office.clone();
            async move { office.run_job(&job).await }
        });
        while shop.node.faults().asked(Call::Pay) == 0 {
            tokio::task::yield_now().await;
        }
        shop.clock.advance(Duration::seconds(61));
        let second = the_job(&shop).await;
        shop.office.run_job(&second).await.unwrap();
        first.await.unwrap().unwrap();
        run(&shop).await;
        if !keys {
            assert_eq!(shop.node.faults().asked(Call::Pay), 1, "one call, whoever has the job");
        }
        assert_eq!(the_refund(&shop, &receipt).await.status, RefundStatus::Paid);
        assert_eq!((sent(&shop).len(), arrived(&shop)), (1, 2_100_000));
        shop.audit().await;
    }
}

async fn the_job(shop: &Shop) -> Job {
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
async fn a_long_call_keeps_its_lease() {
    let renewal = std::time::Duration::from_millis(5);
    let shop = Shop::open_with(|settings| settings.lease_renewal = renewal).await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().next(Call::Pay, Fault::Slow(std::time::Duration::from_secs(3)));
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
    let job = the_job(&shop).await;
    let running = tokio::spawn({
        let office = shop.office.clone();
        async move { office.run_job(&job).await }
    });
    // Three leases pass, a second at a time; each second is long enough for several renewals.
    for _ in 0..180 {
        shop.clock.advance(Duration::seconds(1));
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        let jobs = shop.office.claim_jobs(50).await.unwrap();
        assert!(jobs.iter().all(|job| !matches!(job.task, Task::Refund { .. })), "the lease was lost");
    }
    running.await.unwrap().unwrap();
    run(&shop).await;
    assert_eq!((shop.node.faults().asked(Call::Pay), arrived(&shop)), (1, 2_100_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_lost_its_lease_stops() {
    let renewal = std::time::Duration::from_millis(5);
    let shop = Shop::open_with(|settings| settings.lease_renewal = renewal).await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.node.faults().next(Call::Pay, Fault::Slow(std::time::Duration::from_hours(1)));
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
    let job = the_job(&shop).await;
    let running = tokio::spawn({
        let (office, job) = (shop.office.clone(), job.clone());
        async move { office.run_job(&job).await }
    });
    while shop.node.faults().asked(Call::Pay) == 0 {
        tokio::task::yield_now().await;
    }
    // Another worker has the job: here, because it was given back.
    shop.office.give_back(&job).await.unwrap();
    running.await.unwrap().unwrap();
    run(&shop).await;
    assert_eq!((the_refund(&shop, &receipt).await.status, arrived(&shop)), (RefundStatus::Paid, 2_100_000));
}

#[tokio::test]
async fn an_invoice_that_a_release_without_orders_has_paid_for_another_refund_is_not_paid_again() {
    let shop = Shop::open().await;
    let event = shop.event(2, 2_100).await;
    let receipts = [paid(&shop, &event).await, paid(&shop, &event).await];
    *shop.vasp.same_invoice.lock().unwrap() = Some(String::new());
    for receipt in &receipts {
        shop.office.request_refund(Some(&shop.admin), payment_id(receipt), BUYER, true).await.unwrap();
        // Only the refund's own row has the payment hash.
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
    assert_eq!(refund.status, RefundStatus::Failed, "an answer, not a dead job");
    assert!(refund.error.contains("in use already"), "{}", refund.error);
    assert_eq!(shop.node.faults().asked(Call::Pay), 0);
    assert_eq!(shop.office.store().dead_jobs(kernel::Page::default()).await.unwrap(), []);
    // The money can go anywhere else.
    *shop.vasp.same_invoice.lock().unwrap() = None;
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipts[1]), BUYER, false).await.unwrap();
    run(&shop).await;
    assert_eq!(arrived(&shop), 2_100_000);
    shop.audit().await;
}

#[tokio::test]
async fn a_payment_without_confirmation_is_asked_about_less_often_and_shown_after_half_an_hour() {
    let shop = Shop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    *shop.vasp.invoice_life.lock().unwrap() = Some(24 * 3_600);
    shop.node.faults().next(Call::Pay, Fault::LostAnswer);
    shop.node.faults().always(Call::Outgoing, Fault::Unavailable);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
    run(&shop).await;
    let refund = the_refund(&shop, &receipt).await;
    assert_eq!((refund.status, refund.error.as_str()), (RefundStatus::Sending, ""));
    let asked = shop.node.faults().asked(Call::Outgoing);
    assert!(asked >= 8, "often at first: {asked}");
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
async fn the_key_of_an_order_names_its_payment_hash() {
    let shop = Shop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), BUYER, true).await.unwrap();
    run(&shop).await;
    let hash = the_order(&shop, &receipt).await.payment_hash.to_hex();
    let keys: Vec<_> = sent(&shop).into_iter().filter_map(|payment| payment.idempotency_key).collect();
    assert!(keys.len() == 1 && keys[0].ends_with(&hash), "{keys:?}");
}

//! Orders to connected wallets: each payment hash is ordered once, across replicas and restarts.

use crate::collecting::{buy_authenticated, collection, connect, preimage, refused, script_answers, unknown};
use crate::harness::{TestShop, invoice_of, payment_id, payment_of, unreachable};
use box_office::{BudgetChange, Job, Receipt, RetryError, Task};
use chrono::Duration;
use kernel::Sats;
use payments::{Collection, CollectionState, OrderStatus, OutgoingOrder, Payer, WalletAnswer};
use tickets::TicketStatus;
use tokio::sync::oneshot;

async fn collect_job(shop: &TestShop) -> Job {
    let mut jobs = shop.office.claim_jobs(50).await.unwrap();
    jobs.retain(|job| matches!(job.task, Task::Collect { .. }));
    jobs.pop().unwrap()
}

async fn order(shop: &TestShop, receipt: &Receipt) -> OutgoingOrder {
    let orders = shop.office.store().outgoing_orders_of(payment_id(receipt)).await.unwrap();
    assert_eq!(orders.len(), 1);
    orders.into_iter().next().unwrap()
}

fn ordered(shop: &TestShop) -> usize {
    shop.wallet.paid.lock().unwrap().len()
}

fn pushed(shop: &TestShop) -> usize {
    shop.vasp.pushed.lock().unwrap().len()
}

async fn paying(shop: &TestShop) -> u64 {
    shop.office.store().in_flight().await.unwrap().paying
}

async fn later(shop: &TestShop, seconds: i64) {
    shop.clock.advance(Duration::seconds(seconds));
    shop.office.run_due_jobs().await.unwrap();
}

async fn detail(shop: &TestShop, receipt: &Receipt) -> String {
    payment_of(&shop.view(receipt.view.ticket.id).await).collection.detail
}

fn declined(code: &str) -> WalletAnswer {
    WalletAnswer::Refused { code: code.into(), message: "theirs".into(), connection_dead: false }
}

#[tokio::test]
async fn wallet_is_ordered_once_across_two_replicas() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    buy_authenticated(&shop, &event).await;
    let first = collect_job(&shop).await;
    let ((started, on_start), (resume, on_resume)) = (oneshot::channel(), oneshot::channel());
    *shop.wallet.gate.lock().unwrap() = Some((started, on_resume));
    let other = async {
        on_start.await.unwrap();
        // The first claim's lease expires during its call.
        shop.clock.advance(Duration::minutes(10));
        let mut jobs = shop.replica.claim_jobs(50).await.unwrap();
        jobs.retain(|job| matches!(job.task, Task::Collect { .. }));
        assert_eq!(jobs.len(), 1);
        shop.replica.run_job(&jobs[0]).await.unwrap();
        resume.send(()).unwrap();
    };
    let (ran, ()) = tokio::join!(shop.office.run_job(&first), other);
    ran.unwrap();
    assert_eq!(ordered(&shop), 1);
}

#[tokio::test]
async fn restart_does_not_repeat_an_order_in_any_collection_state() {
    for state in CollectionState::ALL {
        let shop = TestShop::open().await;
        let event = shop.event(10, 2_100).await;
        connect(&shop).await;
        let receipt = buy_authenticated(&shop, &event).await;
        let ((started, on_start), (_resume, on_resume)) = (oneshot::channel(), oneshot::channel());
        *shop.wallet.gate.lock().unwrap() = Some((started, on_resume));
        {
            let killed = shop.office.run_due_jobs();
            tokio::pin!(killed);
            tokio::select! {
                _ = &mut killed => panic!("the wallet waits"),
                started = on_start => started.unwrap(),
            }
        }
        let mut session = shop.office.store().begin().await.unwrap();
        let mut payment = session.payment_for_update(payment_id(&receipt)).await.unwrap().unwrap();
        payment.collection = Collection { state, detail: String::new() };
        session.put_payment(&payment).await.unwrap();
        session.commit().await.unwrap();
        for _ in 0..12 {
            shop.clock.advance(Duration::minutes(1));
            shop.replica.run_due_jobs().await.unwrap();
        }
        assert_eq!(ordered(&shop), 1, "{state:?}");
        assert!(shop.wallet.lookups.lock().unwrap().len() > 3, "{state:?}");
    }
}

#[tokio::test]
async fn order_of_a_release_without_order_rows_is_checked_and_not_repeated() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    let mut session = shop.office.store().begin().await.unwrap();
    let mut payment = session.payment_for_update(payment_id(&receipt)).await.unwrap().unwrap();
    payment.collection = Collection { state: CollectionState::WalletPaying, detail: String::new() };
    session.put_payment(&payment).await.unwrap();
    session.commit().await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    later(&shop, 10).await;
    assert_eq!((ordered(&shop), shop.wallet.lookups.lock().unwrap().len()), (0, 1));
}

#[tokio::test]
async fn paying_wallet_defers_the_vasp_request() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [unknown()]);
    script_answers(&shop, std::iter::repeat_n(WalletAnswer::Pending, 9));
    for _ in 0..10 {
        shop.office.run_due_jobs().await.unwrap();
        shop.clock.advance(Duration::seconds(61));
    }
    assert_eq!((ordered(&shop), pushed(&shop), paying(&shop).await), (1, 0, 1));
    assert_eq!(collection(&shop, &receipt).await, CollectionState::WalletPaying);
    assert_eq!(detail(&shop, &receipt).await, "Your connected wallet is still paying.");
    script_answers(&shop, [WalletAnswer::Paid(preimage(&shop, &receipt))]);
    later(&shop, 1).await;
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    assert_eq!((order(&shop, &receipt).await.status, paying(&shop).await), (OrderStatus::Paid, 0));
}

#[tokio::test]
async fn unresponsive_wallet_is_still_counted_and_checked_after_the_vasp_request() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    for _ in 0..5 {
        shop.office.run_due_jobs().await.unwrap();
        shop.clock.advance(Duration::seconds(10));
    }
    assert_eq!((ordered(&shop), pushed(&shop), paying(&shop).await), (1, 1, 1));
    assert!(detail(&shop, &receipt).await.contains("it is the same invoice, so you pay once"));
    let lookups = shop.wallet.lookups.lock().unwrap().len();
    later(&shop, 61).await;
    later(&shop, 61).await;
    assert!(shop.wallet.lookups.lock().unwrap().len() >= lookups + 2, "checked with growing delays");
    assert_eq!((ordered(&shop), pushed(&shop)), (1, 1));
    script_answers(&shop, [WalletAnswer::Pending]);
    later(&shop, 61).await;
    let wallet = shop.office.store().wallet(shop.buyer.id()).await.unwrap().unwrap();
    assert_eq!(wallet.silences, 0, "an answer resets the count");
    script_answers(&shop, [WalletAnswer::Paid(preimage(&shop, &receipt))]);
    later(&shop, 61).await;
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    assert_eq!(paying(&shop).await, 0);
    shop.audit().await;
}

#[tokio::test]
async fn refusal_is_final_while_the_vasp_is_retried() {
    for code in ["QUOTA_EXCEEDED", "NOT_SENT", "INSUFFICIENT_BALANCE"] {
        let shop = TestShop::open().await;
        let event = shop.event(10, 2_100).await;
        connect(&shop).await;
        shop.vasp.refusals.lock().unwrap().extend([unreachable(), unreachable(), unreachable()]);
        let receipt = buy_authenticated(&shop, &event).await;
        script_answers(&shop, [declined(code)]);
        shop.office.run_due_jobs().await.unwrap();
        for _ in 0..4 {
            later(&shop, 60).await;
        }
        assert_eq!((ordered(&shop), pushed(&shop), paying(&shop).await), (1, 1, 0), "{code}");
        assert!(detail(&shop, &receipt).await.contains("our connected wallet") || code == "QUOTA_EXCEEDED");
        assert!(!detail(&shop, &receipt).await.contains("theirs"), "the wallet's text is not shown");
    }
}

#[tokio::test]
async fn connection_that_cannot_be_renewed_is_ordered_once() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [refused(true)]);
    shop.office.run_due_jobs().await.unwrap();
    let order = order(&shop, &receipt).await;
    assert_eq!((order.payer, order.attempt, order.status), (Payer::Wallet, 1, OrderStatus::Failed));
    assert_eq!(ordered(&shop), 1, "the connection has no refresh token");
}

#[tokio::test]
async fn retry_is_refused_until_the_wallet_payment_has_failed() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, std::iter::repeat_n(WalletAnswer::Pending, 40));
    shop.office.run_due_jobs().await.unwrap();
    shop.lapse().await;
    let retried = shop.office.retry(&shop.admin, payment_id(&receipt)).await;
    assert!(matches!(retried, Err(RetryError::WalletOpen)), "{retried:?}");
    assert_eq!(shop.seats_taken(&event).await, 0, "no seat was taken");
    // The node reports that the invoice ended unpaid.
    later(&shop, 60).await;
    later(&shop, 400).await;
    later(&shop, 400).await;
    assert_eq!((order(&shop, &receipt).await.status, paying(&shop).await), (OrderStatus::Failed, 0));
    let retried = shop.office.retry(&shop.admin, payment_id(&receipt)).await.unwrap();
    assert_ne!(retried.invoice.unwrap().payment_hash, invoice_of(&receipt.view).payment_hash);
}

async fn set_budget(shop: &TestShop, per_purchase: Option<u64>, per_day: Option<u64>) {
    let sats = |limit: Option<u64>| Some(limit.map(|sats| Sats::new(sats).unwrap()));
    let change = BudgetChange { per_purchase: sats(per_purchase), per_day: sats(per_day) };
    shop.office.change_wallet_budget(&shop.buyer, change).await.unwrap();
}

#[tokio::test]
async fn purchase_over_budget_is_not_ordered_and_the_reason_is_shown() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    set_budget(&shop, Some(2_099), None).await;
    let receipt = buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!((ordered(&shop), pushed(&shop)), (0, 1));
    assert_eq!(collection(&shop, &receipt).await, CollectionState::RequestSent);
    assert!(detail(&shop, &receipt).await.contains("2099 sats per purchase"));
    set_budget(&shop, Some(2_100), None).await;
    buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(ordered(&shop), 1);
}

#[tokio::test]
async fn daily_budget_counts_every_order_that_did_not_fail() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    set_budget(&shop, None, Some(4_200)).await;
    script_answers(&shop, [declined("PAYMENT_FAILED"), WalletAnswer::Pending, WalletAnswer::Pending]);
    for _ in 0..3 {
        buy_authenticated(&shop, &event).await;
        shop.office.run_due_jobs().await.unwrap();
    }
    assert_eq!((ordered(&shop), pushed(&shop)), (3, 1), "the failed order does not count");
    let fourth = buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!((ordered(&shop), pushed(&shop)), (3, 2));
    assert!(detail(&shop, &fourth).await.contains("4200 sats per day"));
    let now = shop.office.now();
    let spent = shop.office.store().ordered_from_wallet(shop.buyer.id(), box_office::budget_day(now)).await;
    assert_eq!(spent.unwrap().to_sats_floor().get(), 4_200);
}

#[tokio::test]
async fn concurrent_purchases_on_two_replicas_respect_the_daily_budget() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    set_budget(&shop, None, Some(4_200)).await;
    script_answers(&shop, std::iter::repeat_n(WalletAnswer::Pending, 20));
    for _ in 0..6 {
        buy_authenticated(&shop, &event).await;
    }
    let mut jobs = shop.office.claim_jobs(50).await.unwrap();
    jobs.retain(|job| matches!(job.task, Task::Collect { .. }));
    assert_eq!(jobs.len(), 6);
    let (ones, others) = jobs.split_at(3);
    let all = ones
        .iter()
        .map(|job| shop.office.run_job(job))
        .chain(others.iter().map(|job| shop.replica.run_job(job)));
    for ran in futures_util::future::join_all(all).await {
        ran.unwrap();
    }
    // The other four fall back to UMA Requests, two at a time.
    assert_eq!((ordered(&shop), pushed(&shop)), (2, 2));
}

#[tokio::test]
async fn answer_of_a_wallet_connected_after_the_order_is_ignored() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [unknown()]);
    shop.office.run_due_jobs().await.unwrap();
    shop.clock.advance(Duration::seconds(10));
    connect(&shop).await;
    script_answers(&shop, [declined("PAYMENT_FAILED")]);
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(order(&shop, &receipt).await.status, OrderStatus::Ordered);
}

#[tokio::test]
async fn late_refusal_by_the_wallet_does_not_replace_the_sent_request() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    for _ in 0..5 {
        shop.office.run_due_jobs().await.unwrap();
        shop.clock.advance(Duration::seconds(10));
    }
    assert_eq!(collection(&shop, &receipt).await, CollectionState::RequestSent);
    script_answers(&shop, [declined("INSUFFICIENT_BALANCE")]);
    later(&shop, 61).await;
    assert_eq!(order(&shop, &receipt).await.status, OrderStatus::Failed);
    assert_eq!(collection(&shop, &receipt).await, CollectionState::RequestSent);
    assert_eq!(pushed(&shop), 1);
}

#[tokio::test]
async fn replaced_invoice_is_not_ordered_and_the_new_one_is_collected() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    shop.lapse().await;
    // The payment is retried while the job of the first invoice is leased.
    let stale = collect_job(&shop).await;
    let retried = shop.office.retry(&shop.admin, payment_id(&receipt)).await.unwrap().invoice.unwrap();
    script_answers(&shop, [WalletAnswer::Pending]);
    shop.office.run_due_jobs().await.unwrap();
    shop.office.run_job(&stale).await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(*shop.wallet.paid.lock().unwrap(), [retried.payment_hash]);
    assert_eq!(order(&shop, &receipt).await.payment_hash, retried.payment_hash);
}

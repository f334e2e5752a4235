//! Orders to connected wallets: one payment hash is ordered once, on any replica, after any restart.

use crate::collecting::{buy_authenticated, collection, connect, preimage, refused, script_answers, unknown};
use crate::harness::{Shop, invoice_of, payment_id, payment_of, unreachable};
use box_office::{BudgetChange, Job, Receipt, RetryError, Task};
use chrono::Duration;
use kernel::Sats;
use payments::{Collection, CollectionState, OrderStatus, OutgoingOrder, Payer, WalletAnswer};
use tickets::TicketStatus;
use tokio::sync::oneshot;

async fn collect_job(shop: &Shop) -> Job {
    let mut jobs = shop.office.claim_jobs(50).await.unwrap();
    jobs.retain(|job| matches!(job.task, Task::Collect { .. }));
    jobs.pop().unwrap()
}

async fn order(shop: &Shop, receipt: &Receipt) -> OutgoingOrder {
    let orders = shop.office.store().outgoing_orders_of(payment_id(receipt)).await.unwrap();
    assert_eq!(orders.len(), 1);
    orders.into_iter().next().unwrap()
}

fn ordered(shop: &Shop) -> usize {
    shop.wallet.paid.lock().unwrap().len()
}

fn pushed(shop: &Shop) -> usize {
    shop.vasp.pushed.lock().unwrap().len()
}

async fn paying(shop: &Shop) -> u64 {
    shop.office.store().in_flight().await.unwrap().paying
}

async fn later(shop: &Shop, seconds: i64) {
    shop.clock.advance(Duration::seconds(seconds));
    shop.office.run_due_jobs().await.unwrap();
}

async fn detail(shop: &Shop, receipt: &Receipt) -> String {
    payment_of(&shop.view(receipt.view.ticket.id).await).collection.detail
}

fn declined(code: &str) -> WalletAnswer {
    WalletAnswer::Refused { code: code.into(), message: "theirs".into(), connection_dead: false }
}

#[tokio::test]
async fn two_replicas_order_a_wallet_to_pay_once() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    buy_authenticated(&shop, &event).await;
    let first = collect_job(&shop).await;
    let ((asked, hears), (go, waits)) = (oneshot::channel(), oneshot::channel());
    *shop.wallet.gate.lock().unwrap() = Some((asked, waits));
    let other = async {
        hears.await.unwrap();
        // The first claim's lease is over while its call is on the way.
        shop.clock.advance(Duration::minutes(10));
        let mut jobs = shop.replica.claim_jobs(50).await.unwrap();
        jobs.retain(|job| matches!(job.task, Task::Collect { .. }));
        assert_eq!(jobs.len(), 1);
        shop.replica.run_job(&jobs[0]).await.unwrap();
        go.send(()).unwrap();
    };
    let (ran, ()) = tokio::join!(shop.office.run_job(&first), other);
    ran.unwrap();
    assert_eq!(ordered(&shop), 1);
}

#[tokio::test]
async fn a_restart_does_not_order_again_however_far_the_vasp_is() {
    for state in CollectionState::ALL {
        let shop = Shop::open().await;
        let event = shop.event(10, 2_100).await;
        connect(&shop).await;
        let receipt = buy_authenticated(&shop, &event).await;
        let ((asked, hears), (_go, waits)) = (oneshot::channel(), oneshot::channel());
        *shop.wallet.gate.lock().unwrap() = Some((asked, waits));
        {
            let killed = shop.office.run_due_jobs();
            tokio::pin!(killed);
            tokio::select! {
                _ = &mut killed => panic!("the wallet waits"),
                asked = hears => asked.unwrap(),
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
        assert!(shop.wallet.asked.lock().unwrap().len() > 3, "{state:?}");
    }
}

#[tokio::test]
async fn an_order_of_a_release_without_order_rows_is_asked_about_and_not_repeated() {
    let shop = Shop::open().await;
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
    assert_eq!((ordered(&shop), shop.wallet.asked.lock().unwrap().len()), (0, 1));
}

#[tokio::test]
async fn a_wallet_that_is_still_paying_keeps_the_vasp_from_being_asked() {
    let shop = Shop::open().await;
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
async fn a_silent_wallet_stays_counted_and_asked_after_the_vasp_was_asked_for_the_same_bolt11() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    for _ in 0..5 {
        shop.office.run_due_jobs().await.unwrap();
        shop.clock.advance(Duration::seconds(10));
    }
    assert_eq!((ordered(&shop), pushed(&shop), paying(&shop).await), (1, 1, 1));
    assert!(detail(&shop, &receipt).await.contains("it is the same invoice, so you pay once"));
    let asked = shop.wallet.asked.lock().unwrap().len();
    later(&shop, 61).await;
    later(&shop, 61).await;
    assert!(shop.wallet.asked.lock().unwrap().len() >= asked + 2, "it is asked about with growing pauses");
    assert_eq!((ordered(&shop), pushed(&shop)), (1, 1));
    script_answers(&shop, [WalletAnswer::Pending]);
    later(&shop, 61).await;
    let wallet = shop.office.store().wallet(shop.buyer.id()).await.unwrap().unwrap();
    assert_eq!(wallet.silences, 0, "an answer ends the silence");
    script_answers(&shop, [WalletAnswer::Paid(preimage(&shop, &receipt))]);
    later(&shop, 61).await;
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    assert_eq!(paying(&shop).await, 0);
    shop.audit().await;
}

#[tokio::test]
async fn a_sure_refusal_is_final_while_the_vasp_is_tried_again() {
    for code in ["QUOTA_EXCEEDED", "NOT_SENT", "INSUFFICIENT_BALANCE"] {
        let shop = Shop::open().await;
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
        assert!(!detail(&shop, &receipt).await.contains("theirs"), "a wallet's words are not ours");
    }
}

#[tokio::test]
async fn a_connection_that_cannot_be_renewed_is_ordered_once() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [refused(true)]);
    shop.office.run_due_jobs().await.unwrap();
    let order = order(&shop, &receipt).await;
    assert_eq!((order.payer, order.attempt, order.status), (Payer::Wallet, 1, OrderStatus::Failed));
    assert_eq!(ordered(&shop), 1, "there was nothing to renew");
}

#[tokio::test]
async fn an_admins_retry_is_refused_until_the_wallets_payment_certainly_failed() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, std::iter::repeat_n(WalletAnswer::Pending, 40));
    shop.office.run_due_jobs().await.unwrap();
    shop.lapse().await;
    let retried = shop.office.retry(&shop.admin, payment_id(&receipt)).await;
    assert!(matches!(retried, Err(RetryError::WalletOpen)), "{retried:?}");
    assert_eq!(shop.seats_taken(&event).await, 0, "no seat was taken");
    // Our node says that the invoice ended unpaid.
    later(&shop, 60).await;
    later(&shop, 400).await;
    later(&shop, 400).await;
    assert_eq!((order(&shop, &receipt).await.status, paying(&shop).await), (OrderStatus::Failed, 0));
    let retried = shop.office.retry(&shop.admin, payment_id(&receipt)).await.unwrap();
    assert_ne!(retried.invoice.unwrap().payment_hash, invoice_of(&receipt.view).payment_hash);
}

async fn set_budget(shop: &Shop, per_purchase: Option<u64>, per_day: Option<u64>) {
    let sats = |limit: Option<u64>| Some(limit.map(|sats| Sats::new(sats).unwrap()));
    let change = BudgetChange { per_purchase: sats(per_purchase), per_day: sats(per_day) };
    shop.office.change_wallet_budget(&shop.buyer, change).await.unwrap();
}

#[tokio::test]
async fn a_purchase_above_the_budget_is_not_ordered_and_the_buyer_reads_why() {
    let shop = Shop::open().await;
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
async fn a_days_budget_counts_every_order_that_did_not_certainly_fail() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    set_budget(&shop, None, Some(4_200)).await;
    script_answers(&shop, [declined("PAYMENT_FAILED"), WalletAnswer::Pending, WalletAnswer::Pending]);
    for _ in 0..3 {
        buy_authenticated(&shop, &event).await;
        shop.office.run_due_jobs().await.unwrap();
    }
    assert_eq!((ordered(&shop), pushed(&shop)), (3, 1), "the failed one does not count");
    let fourth = buy_authenticated(&shop, &event).await;
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!((ordered(&shop), pushed(&shop)), (3, 2));
    assert!(detail(&shop, &fourth).await.contains("4200 sats per day"));
    let now = shop.office.now();
    let spent = shop.office.store().ordered_from_wallet(shop.buyer.id(), box_office::budget_day(now)).await;
    assert_eq!(spent.unwrap().to_sats_floor().get(), 4_200);
}

#[tokio::test]
async fn purchases_at_once_on_two_replicas_do_not_exceed_the_days_budget() {
    let shop = Shop::open().await;
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
async fn a_wallet_connected_after_the_order_says_nothing_about_it() {
    let shop = Shop::open().await;
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
async fn a_late_refusal_of_the_wallet_leaves_the_sent_request_visible_and_open() {
    let shop = Shop::open().await;
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
async fn an_invoice_that_a_retry_replaced_is_not_ordered_and_the_new_one_is_collected() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    let receipt = buy_authenticated(&shop, &event).await;
    shop.lapse().await;
    // The job of the first invoice is leased while the payment is retried.
    let stale = collect_job(&shop).await;
    let retried = shop.office.retry(&shop.admin, payment_id(&receipt)).await.unwrap().invoice.unwrap();
    script_answers(&shop, [WalletAnswer::Pending]);
    shop.office.run_due_jobs().await.unwrap();
    shop.office.run_job(&stale).await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(*shop.wallet.paid.lock().unwrap(), [retried.payment_hash]);
    assert_eq!(order(&shop, &receipt).await.payment_hash, retried.payment_hash);
}

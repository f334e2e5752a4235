//! Changes of an order during a wallet call.

use crate::collecting::{buy_authenticated, connect, refused, script_answers};
use crate::harness::{TestShop, payment_id, payment_of};
use crate::wallets::{connect_renewable, renew};
use box_office::BudgetChange;
use chrono::Duration;
use kernel::Sats;
use payments::{OrderStatus, WalletAnswer};
use tickets::TicketStatus;
use tokio::sync::oneshot;

#[tokio::test]
async fn order_that_ended_or_exceeds_the_budget_during_renewal_is_not_sent_again() {
    for cancelled in [true, false] {
        let shop = TestShop::open().await;
        let event = shop.event(10, 2_100).await;
        connect_renewable(&shop).await;
        renew(&shop, Ok(()));
        let receipt = buy_authenticated(&shop, &event).await;
        script_answers(&shop, [refused(true), WalletAnswer::Pending]);
        let ((started, on_start), (resume, on_resume)) = (oneshot::channel(), oneshot::channel());
        *shop.refresher.gate.lock().unwrap() = Some((started, on_resume));
        let meanwhile = async {
            on_start.await.unwrap();
            if cancelled {
                shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
                shop.replica.run_due_jobs().await.unwrap();
            } else {
                let change =
                    BudgetChange { per_purchase: Some(Some(Sats::new(2_099).unwrap())), per_day: None };
                shop.office.change_wallet_budget(&shop.buyer, change).await.unwrap();
            }
            resume.send(()).unwrap();
        };
        let (ran, ()) = tokio::join!(shop.office.run_due_jobs(), meanwhile);
        ran.unwrap();
        assert_eq!(shop.wallet.paid.lock().unwrap().len(), 1, "cancelled: {cancelled}");
        let view = shop.view(receipt.view.ticket.id).await;
        let orders = shop.office.store().outgoing_orders_of(payment_of(&view).id).await.unwrap();
        assert_eq!(orders[0].status, OrderStatus::Failed);
        // A cancelled order is not collected from the VASP either.
        assert_eq!(shop.vasp.pushed.lock().unwrap().len(), usize::from(!cancelled));
        let expected = if cancelled { TicketStatus::Cancelled } else { TicketStatus::Pending };
        assert_eq!(view.ticket.status, expected);
    }
}

/// Before the job that cancels the pending tickets runs.
#[tokio::test]
async fn event_cancelled_during_renewal_is_not_ordered() {
    for ordered_before in [false, true] {
        let shop = TestShop::open().await;
        let event = shop.event(10, 2_100).await;
        connect_renewable(&shop).await;
        if ordered_before {
            script_answers(&shop, [refused(true), WalletAnswer::Pending]);
        } else {
            shop.clock.advance(Duration::minutes(6));
        }
        renew(&shop, Ok(()));
        buy_authenticated(&shop, &event).await;
        let ((started, on_start), (resume, on_resume)) = (oneshot::channel(), oneshot::channel());
        *shop.refresher.gate.lock().unwrap() = Some((started, on_resume));
        let cancel = async {
            on_start.await.unwrap();
            shop.replica.cancel_event(&shop.admin, event.id).await.unwrap();
            resume.send(()).unwrap();
        };
        let (ran, ()) = tokio::join!(shop.office.run_due_jobs(), cancel);
        ran.unwrap();
        assert_eq!(shop.wallet.paid.lock().unwrap().len(), usize::from(ordered_before));
        assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn order_that_ended_during_the_wallet_call_is_not_requested_from_the_vasp() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    buy_authenticated(&shop, &event).await;
    script_answers(&shop, [refused(false)]);
    let ((started, on_start), (resume, on_resume)) = (oneshot::channel(), oneshot::channel());
    *shop.wallet.gate.lock().unwrap() = Some((started, on_resume));
    let meanwhile = async {
        on_start.await.unwrap();
        shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
        shop.replica.run_due_jobs().await.unwrap();
        resume.send(()).unwrap();
    };
    let (ran, ()) = tokio::join!(shop.office.run_due_jobs(), meanwhile);
    ran.unwrap();
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn invoice_replaced_during_renewal_is_not_ordered() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Ok(()));
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [WalletAnswer::Pending]);
    let ((started, on_start), (resume, on_resume)) = (oneshot::channel(), oneshot::channel());
    *shop.refresher.gate.lock().unwrap() = Some((started, on_resume));
    let retry = async {
        on_start.await.unwrap();
        shop.lapse().await;
        let retried = shop.replica.retry(&shop.admin, payment_id(&receipt)).await.unwrap();
        resume.send(()).unwrap();
        retried.invoice.unwrap()
    };
    let (ran, retried) = tokio::join!(shop.office.run_due_jobs(), retry);
    ran.unwrap();
    shop.clock.advance(Duration::seconds(2));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(*shop.wallet.paid.lock().unwrap(), [retried.payment_hash]);
}

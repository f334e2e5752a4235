//! What happens to an order while its buyer's wallet is asked.

use crate::collecting::{buy_authenticated, connect, refused, script_answers};
use crate::harness::{Shop, payment_id, payment_of};
use crate::wallets::{connect_renewable, renew};
use box_office::BudgetChange;
use chrono::Duration;
use kernel::Sats;
use payments::{OrderStatus, WalletAnswer};
use tickets::TicketStatus;
use tokio::sync::oneshot;

#[tokio::test]
async fn an_order_that_ended_or_is_over_budget_while_its_connection_was_renewed_is_not_sent_again() {
    for cancelled in [true, false] {
        let shop = Shop::open().await;
        let event = shop.event(10, 2_100).await;
        connect_renewable(&shop).await;
        renew(&shop, Ok(()));
        let receipt = buy_authenticated(&shop, &event).await;
        script_answers(&shop, [refused(true), WalletAnswer::Pending]);
        let ((asked, hears), (go, waits)) = (oneshot::channel(), oneshot::channel());
        *shop.refresher.gate.lock().unwrap() = Some((asked, waits));
        let meanwhile = async {
            hears.await.unwrap();
            if cancelled {
                shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
                shop.replica.run_due_jobs().await.unwrap();
            } else {
                let change =
                    BudgetChange { per_purchase: Some(Some(Sats::new(2_099).unwrap())), per_day: None };
                shop.office.change_wallet_budget(&shop.buyer, change).await.unwrap();
            }
            go.send(()).unwrap();
        };
        let (ran, ()) = tokio::join!(shop.office.run_due_jobs(), meanwhile);
        ran.unwrap();
        assert_eq!(shop.wallet.paid.lock().unwrap().len(), 1, "cancelled: {cancelled}");
        let view = shop.view(receipt.view.ticket.id).await;
        let orders = shop.office.store().outgoing_orders_of(payment_of(&view).id).await.unwrap();
        assert_eq!(orders[0].status, OrderStatus::Failed);
        // A cancelled order is not asked for anywhere else.
        assert_eq!(shop.vasp.pushed.lock().unwrap().len(), usize::from(!cancelled));
        let expected = if cancelled { TicketStatus::Cancelled } else { TicketStatus::Pending };
        assert_eq!(view.ticket.status, expected);
    }
}

/// The event is cancelled, and the job that ends its pending tickets did not run yet.
#[tokio::test]
async fn no_wallet_is_ordered_to_pay_for_an_event_cancelled_while_the_connection_was_renewed() {
    for ordered_before in [false, true] {
        let shop = Shop::open().await;
        let event = shop.event(10, 2_100).await;
        connect_renewable(&shop).await;
        if ordered_before {
            script_answers(&shop, [refused(true), WalletAnswer::Pending]);
        } else {
            shop.clock.advance(Duration::minutes(6));
        }
        renew(&shop, Ok(()));
        buy_authenticated(&shop, &event).await;
        let ((asked, hears), (go, waits)) = (oneshot::channel(), oneshot::channel());
        *shop.refresher.gate.lock().unwrap() = Some((asked, waits));
        let cancel = async {
            hears.await.unwrap();
            shop.replica.cancel_event(&shop.admin, event.id).await.unwrap();
            go.send(()).unwrap();
        };
        let (ran, ()) = tokio::join!(shop.office.run_due_jobs(), cancel);
        ran.unwrap();
        assert_eq!(shop.wallet.paid.lock().unwrap().len(), usize::from(ordered_before));
        assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn an_order_that_ended_while_the_wallet_was_asked_is_not_asked_of_the_vasp() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect(&shop).await;
    buy_authenticated(&shop, &event).await;
    script_answers(&shop, [refused(false)]);
    let ((asked, hears), (go, waits)) = (oneshot::channel(), oneshot::channel());
    *shop.wallet.gate.lock().unwrap() = Some((asked, waits));
    let meanwhile = async {
        hears.await.unwrap();
        shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
        shop.replica.run_due_jobs().await.unwrap();
        go.send(()).unwrap();
    };
    let (ran, ()) = tokio::join!(shop.office.run_due_jobs(), meanwhile);
    ran.unwrap();
    assert_eq!(shop.vasp.pushed.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn an_invoice_that_a_retry_replaced_while_the_connection_was_renewed_is_not_ordered() {
    let shop = Shop::open().await;
    let event = shop.event(10, 2_100).await;
    connect_renewable(&shop).await;
    shop.clock.advance(Duration::minutes(6));
    renew(&shop, Ok(()));
    let receipt = buy_authenticated(&shop, &event).await;
    script_answers(&shop, [WalletAnswer::Pending]);
    let ((asked, hears), (go, waits)) = (oneshot::channel(), oneshot::channel());
    *shop.refresher.gate.lock().unwrap() = Some((asked, waits));
    let retry = async {
        hears.await.unwrap();
        shop.lapse().await;
        let retried = shop.replica.retry(&shop.admin, payment_id(&receipt)).await.unwrap();
        go.send(()).unwrap();
        retried.invoice.unwrap()
    };
    let (ran, retried) = tokio::join!(shop.office.run_due_jobs(), retry);
    ran.unwrap();
    shop.clock.advance(Duration::seconds(2));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(*shop.wallet.paid.lock().unwrap(), [retried.payment_hash]);
}

//! State that survives a restart.

use crate::shop::{Behaviour, Shop};
use kernel::Msats;
use sandbox::{InvoiceState, InvoiceText, PayInvoice, Progress, RequestState};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn state_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let shop = Shop::open(Some(directory.path())).await;
    let text = InvoiceText::Description("a seat".to_owned());
    let node = shop.sandbox.shop();
    let paid = node.make_invoice(Some(Msats::new(7_000).unwrap()), &text, 600).unwrap();
    let open = node.make_invoice(Some(Msats::new(7_000).unwrap()), &text, 600).unwrap();
    let order = PayInvoice { bolt11: paid.bolt11.clone(), ..PayInvoice::default() };
    shop.sandbox.wallet("alice").unwrap().pay_invoice(&order).unwrap();
    shop.sandbox.vasp().set_auto_approve("alice", true).unwrap();
    let (balance, key) = (node.purse(), node.public_key());
    let connection = shop.sandbox.connection("alice");
    let shop = shop.restarted().await;
    let node = shop.sandbox.shop();
    assert_eq!((node.purse(), node.public_key()), (balance, key));
    assert!(matches!(node.invoice(&paid.id).unwrap().state, InvoiceState::Settled { .. }));
    assert_eq!(node.invoice(&open.id).unwrap(), open);
    assert_eq!(shop.sandbox.connection("alice"), connection, "the connection string is unchanged");
    assert!(shop.sandbox.vasp().auto_approves("alice"));
    assert!(!shop.sandbox.vasp().auto_approves("bob"));
    let again = shop.sandbox.wallet("alice").unwrap().pay_invoice(&order).unwrap();
    assert_eq!(again.progress, Progress::Settled);
    assert_eq!(node.purse(), balance, "paid once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pending_request_survives_a_restart_and_is_paid_once() {
    let directory = tempfile::tempdir().unwrap();
    let shop = Shop::open(Some(directory.path())).await;
    let order = shop.order(2_100);
    let invoice = shop.uma_invoice("alice", &order);
    shop.push(&invoice).await.unwrap();
    let shop = shop.restarted().await;
    let waiting = shop.sandbox.pending();
    assert_eq!(waiting.len(), 1);
    shop.push(&invoice).await.unwrap();
    assert_eq!(shop.sandbox.pending(), waiting, "the same invoice is the same request");
    shop.sandbox.approve(&waiting[0].id).await.unwrap();
    let shop = shop.restarted().await;
    assert!(matches!(shop.sandbox.vasp().requests()[0].state, RequestState::Paid { .. }));
    assert!(shop.sandbox.approve(&waiting[0].id).await.is_err());
    assert!(matches!(shop.invoice(&order).state, InvoiceState::Settled { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupted_approval_completes_and_pays_once() {
    let directory = tempfile::tempdir().unwrap();
    let shop = Shop::open(Some(directory.path())).await;
    let order = shop.order(2_100);
    shop.push(&shop.uma_invoice("alice", &order)).await.unwrap();
    let id = shop.sandbox.pending()[0].id.clone();
    shop.behave(Behaviour::NeverAnswers);
    let vasp = std::sync::Arc::clone(shop.sandbox.vasp());
    let approval = tokio::spawn({
        let id = id.clone();
        async move { vasp.approve(&id).await }
    });
    shop.until_requested(1).await;
    let shop = shop.restarted_to(Behaviour::Honest).await;
    assert!(approval.await.unwrap().is_err());
    let paid = shop
        .sandbox
        .until(|sandbox| {
            let request = sandbox.vasp().request(&id)?;
            matches!(request.state, RequestState::Paid { .. }).then_some(request)
        })
        .await;
    assert_eq!(paid.amount, Msats::new(2_100_000).ok());
    let settled = shop.sandbox.shop().payments();
    assert_eq!(settled.iter().filter(|payment| payment.progress == Progress::Settled).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payment_in_flight_settles_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let shop = Shop::open(Some(directory.path())).await;
    let node = shop.sandbox.shop();
    node.faults().hold_incoming(true);
    let text = InvoiceText::Description("held".to_owned());
    let invoice = node.make_invoice(Some(Msats::new(7_000).unwrap()), &text, 600).unwrap();
    let order = PayInvoice { bolt11: invoice.bolt11.clone(), ..PayInvoice::default() };
    shop.sandbox.wallet("alice").unwrap().pay_invoice(&order).unwrap();
    let shop = shop.restarted().await;
    let node = shop.sandbox.shop();
    assert!(matches!(node.invoice(&invoice.id).unwrap().state, InvoiceState::Settled { .. }));
    assert_eq!(shop.sandbox.wallet("alice").unwrap().purse().1, Msats::ZERO);
    assert_eq!(shop.next_webhook(0).await.entity, node.payments()[0].id, "and its webhook is sent");
}

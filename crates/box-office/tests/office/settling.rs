use crate::harness::{TestShop, invoice_of, payment_id, payment_of};
use box_office::{InvoiceCheck, Proof, Settled};
use chrono::Duration;
use kernel::{Clock, Msats};
use payments::{Invoice, Notice, PaymentAnomaly, PaymentStatus, Preimage};
use sandbox::{Call, Fault};
use tickets::TicketStatus;

pub(crate) fn node_proof(invoice: &Invoice) -> Proof {
    Proof::Node { amount: invoice.amount, at: None }
}

#[tokio::test]
async fn concurrent_identical_proofs_issue_one_ticket() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let invoice = invoice_of(&receipt.view);
    shop.pay(&invoice);
    let proofs: Vec<_> = (0..10)
        .map(|n| {
            let (office, invoice) = (shop.office.clone(), invoice.clone());
            tokio::spawn(async move {
                if n % 2 == 0 {
                    office.settle(invoice.payment_hash, node_proof(&invoice)).await.unwrap()
                } else {
                    match office.check_invoice(invoice.payment_hash).await.unwrap() {
                        InvoiceCheck::Settled(settled) => settled,
                        other => panic!("{other:?}"),
                    }
                }
            })
        })
        .collect();
    let mut issued = 0;
    for proof in proofs {
        issued += i32::from(proof.await.unwrap() == Settled::Issued);
    }
    assert_eq!(issued, 1);
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(
        shop.emails.sent.lock().unwrap().iter().filter(|notice| **notice == Notice::TicketIssued).count(),
        1
    );
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
    shop.audit().await;
}

#[tokio::test]
async fn wrong_preimage_or_unpaid_invoice_settles_nothing() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let hash = invoice_of(&receipt.view).payment_hash;
    let wrong = Proof::Preimage(Preimage::new([9; 32]));
    assert_eq!(shop.office.settle(hash, wrong).await.unwrap(), Settled::NotProved);
    assert_eq!(shop.office.check_invoice(hash).await.unwrap(), InvoiceCheck::Open);
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Pending);
}

#[tokio::test]
async fn poller_finds_a_payment_after_a_node_outage() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    shop.pay(&invoice_of(&receipt.view));
    shop.node.faults().always(Call::Incoming, Fault::Unavailable);
    shop.poll().await;
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Pending);
    shop.node.faults().clear();
    shop.clock.advance(chrono::Duration::seconds(30));
    shop.office.run_due_jobs().await.unwrap();
    assert_eq!(shop.view(receipt.view.ticket.id).await.ticket.status, TicketStatus::Paid);
}

#[tokio::test]
async fn late_payment_takes_a_free_seat() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let receipt = shop.buy(&event).await;
    assert_eq!(shop.lapse().await, 1);
    assert_eq!(shop.seats_taken(&event).await, 0);
    let invoice = invoice_of(&receipt.view);
    let settled = shop.office.settle(invoice.payment_hash, node_proof(&invoice)).await.unwrap();
    assert_eq!(settled, Settled::Issued);
    assert_eq!(shop.seats_taken(&event).await, 1);
    let view = shop.view(receipt.view.ticket.id).await;
    assert_eq!(payment_of(&view).state.anomaly(), PaymentAnomaly::Late);
    shop.audit().await;
}

#[tokio::test]
async fn late_payment_without_a_free_seat_is_refundable_and_listed() {
    let shop = TestShop::open().await;
    let event = shop.event(1, 2_100).await;
    let late = shop.buy(&event).await;
    shop.lapse().await;
    let winner = shop.buy(&event).await;
    shop.pay(&invoice_of(&winner.view));
    shop.poll().await;
    let invoice = invoice_of(&late.view);
    assert_eq!(
        shop.office.settle(invoice.payment_hash, node_proof(&invoice)).await.unwrap(),
        Settled::Recorded
    );
    let view = shop.view(late.view.ticket.id).await;
    assert_eq!(view.ticket.status, TicketStatus::Expired);
    assert_eq!(payment_of(&view).state.anomaly(), PaymentAnomaly::RefundDue);
    let query = box_office::PaymentQuery { refundable: true, ..box_office::PaymentQuery::default() };
    let shown = shop.office.store().payment_views(&query, kernel::Page::default()).await.unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!(shop.seats_taken(&event).await, 1);
    shop.audit().await;
}

#[tokio::test]
async fn one_of_two_concurrent_late_payments_gets_the_last_seat() {
    let shop = TestShop::open().await;
    let event = shop.event(2, 2_100).await;
    let (one, two) = (shop.buy(&event).await, shop.buy(&event).await);
    shop.lapse().await;
    let taken = shop.buy(&event).await;
    let race = [&one, &two].map(|receipt| {
        let (office, invoice) = (shop.office.clone(), invoice_of(&receipt.view));
        tokio::spawn(async move { office.settle(invoice.payment_hash, node_proof(&invoice)).await.unwrap() })
    });
    let mut issued = 0;
    for settled in race {
        issued += i32::from(settled.await.unwrap() == Settled::Issued);
    }
    assert_eq!(issued, 1);
    assert_eq!(shop.seats_taken(&event).await, 2);
    assert_eq!(taken.view.ticket.status, TicketStatus::Pending);
    shop.audit().await;
}

#[tokio::test]
async fn over_under_and_double_payments_are_refundable_anomalies() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let settle = async |invoice: &Invoice, msats: u64| {
        let proof = Proof::Node { amount: Msats::new(msats).unwrap(), at: None };
        shop.office.settle(invoice.payment_hash, proof).await.unwrap()
    };
    let over = shop.buy(&event).await;
    assert_eq!(settle(&invoice_of(&over.view), 2_100_500).await, Settled::Issued);
    let state = payment_of(&shop.view(over.view.ticket.id).await).state;
    assert_eq!((state.anomaly(), state.refundable().get()), (PaymentAnomaly::Over, 500));

    let under = shop.buy(&event).await;
    assert_eq!(settle(&invoice_of(&under.view), 2_099_999).await, Settled::Recorded);
    let state = payment_of(&shop.view(under.view.ticket.id).await).state;
    assert_eq!((state.status, state.anomaly()), (PaymentStatus::Pending, PaymentAnomaly::Under));

    let double = shop.buy(&event).await;
    shop.lapse().await;
    let retried = shop.office.retry(&shop.admin, payment_id(&double)).await.unwrap();
    assert_eq!(settle(&retried.invoice.unwrap(), 2_100_000).await, Settled::Issued);
    assert_eq!(settle(&invoice_of(&double.view), 2_100_000).await, Settled::Recorded);
    let state = payment_of(&shop.view(double.view.ticket.id).await).state;
    assert_eq!((state.anomaly(), state.refundable().get()), (PaymentAnomaly::Duplicate, 2_100_000));
    shop.audit().await;
}

#[tokio::test]
async fn settlement_of_an_unknown_invoice_changes_nothing() {
    let shop = TestShop::open().await;
    let proof = Proof::Preimage(Preimage::new([5; 32]));
    let hash = Preimage::new([5; 32]).payment_hash();
    assert_eq!(shop.office.settle(hash, proof).await.unwrap(), Settled::UnknownInvoice);
}

#[tokio::test]
async fn implausible_settlement_time_is_replaced_by_now() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    for far in ["+58882-01-01T00:00:00Z", "2026-11-22T00:00:00Z", "2031-01-01T00:00:00Z"] {
        let receipt = shop.buy(&event).await;
        let invoice = invoice_of(&receipt.view);
        shop.clock.advance(Duration::minutes(1));
        let proof = Proof::Node { amount: invoice.amount, at: Some(far.parse().unwrap()) };
        shop.office.settle(invoice.payment_hash, proof).await.unwrap();
        let settled = shop.office.store().invoice_by_hash(invoice.payment_hash).await.unwrap().unwrap();
        assert_eq!(settled.settled_at, Some(shop.clock.now()), "{far}");
    }
}

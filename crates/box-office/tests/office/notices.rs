//! Emails to buyers, from transition to mailer.

use crate::{
    harness::{BUYER, TestShop, invoice_of, payment_id},
    refunds::{paid, run},
};
use box_office::{Job, MailContent, NewJob, Proof, Task, TicketMail};
use chrono::Duration;
use kernel::Msats;
use payments::{CancelledTicket, Notice, RefundedTicket};
use sandbox::PayFailure;

const PRICE: u64 = 2_100_000;

fn msats(amount: u64) -> Msats {
    Msats::new(amount).unwrap()
}

fn sent(shop: &TestShop) -> Vec<Notice> {
    shop.emails.sent.lock().unwrap().drain(..).collect()
}

#[tokio::test]
async fn cancelled_event_notifies_each_buyer_of_cancellation_and_refund() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    paid(&shop, &event).await;
    shop.buy(&event).await;
    assert_eq!(sent(&shop), [Notice::TicketIssued]);
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    run(&shop).await;
    let cancelled = |ticket, refundable| Notice::EventCancelled { ticket, refundable: msats(refundable) };
    assert_eq!(
        sent(&shop),
        [
            cancelled(CancelledTicket::Unpaid, 0),
            cancelled(CancelledTicket::Paid, PRICE),
            Notice::RefundSent { amount: msats(PRICE), ticket: RefundedTicket::EventCancelled },
        ]
    );
}

#[tokio::test]
async fn undeliverable_refund_has_its_own_notice() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = paid(&shop, &event).await;
    sent(&shop);
    shop.node.faults().fail_next_payment(PayFailure::NoRoute);
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    run(&shop).await;
    let cancelled = Notice::EventCancelled { ticket: CancelledTicket::Paid, refundable: msats(PRICE) };
    assert_eq!(sent(&shop), [cancelled, Notice::RefundUndelivered { amount: msats(PRICE) }]);
    // A destination whose invoice has the wrong amount.
    *shop.vasp.wrong_amount.lock().unwrap() = Some(1_000);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), false).await.unwrap();
    run(&shop).await;
    assert_eq!(sent(&shop), [Notice::RefundUndelivered { amount: msats(PRICE) }]);
}

#[tokio::test]
async fn ticket_without_a_refund_address_is_notified_once_across_two_replicas() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = paid(&shop, &event).await;
    sent(&shop);
    let mut session = shop.office.store().begin().await.unwrap();
    let mut ticket = session.ticket_for_update(receipt.view.ticket.id).await.unwrap().unwrap();
    ticket.uma_address = "nowhere".to_owned();
    session.put_ticket(&ticket).await.unwrap();
    session.commit().await.unwrap();
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    let first = shop.office.claim_jobs(50).await.unwrap();
    shop.clock.advance(Duration::minutes(10));
    let second = shop.replica.claim_jobs(50).await.unwrap();
    let is_cancellation = |job: &&Job| matches!(job.task, Task::CancelEvent { .. });
    let jobs = (first.iter().find(is_cancellation).unwrap(), second.iter().find(is_cancellation).unwrap());
    let (one, two) = tokio::join!(shop.office.run_job(jobs.0), shop.replica.run_job(jobs.1));
    one.unwrap();
    two.unwrap();
    run(&shop).await;
    let cancelled = Notice::EventCancelled { ticket: CancelledTicket::Paid, refundable: msats(PRICE) };
    assert_eq!(sent(&shop), [cancelled, Notice::RefundNeedsAddress { amount: msats(PRICE) }]);
}

#[tokio::test]
async fn refund_of_a_surplus_says_that_the_ticket_stays_valid() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = shop.buy(&event).await;
    let invoice = invoice_of(&receipt.view);
    let proof = Proof::Node { amount: msats(PRICE + 5_000), at: None };
    shop.office.settle(invoice.payment_hash, proof).await.unwrap();
    run(&shop).await;
    assert_eq!(sent(&shop), [Notice::TicketIssued, Notice::Surplus { amount: msats(5_000) }]);
    shop.office.request_refund(Some(&shop.admin), payment_id(&receipt), Some(BUYER), false).await.unwrap();
    run(&shop).await;
    let refund = Notice::RefundSent { amount: msats(5_000), ticket: RefundedTicket::Valid };
    assert_eq!(sent(&shop), [refund]);
}

#[tokio::test]
async fn job_of_an_earlier_release_is_sent_with_the_cause_of_the_payment_state() {
    let shop = TestShop::open().await;
    let event = shop.event(10, 2_100).await;
    let receipt = paid(&shop, &event).await;
    shop.office.cancel_event(&shop.admin, event.id).await.unwrap();
    shop.vasp.refusals.lock().unwrap().extend((0..20).map(|_| crate::harness::unreachable()));
    run(&shop).await;
    sent(&shop);
    let mut session = shop.office.store().begin().await.unwrap();
    for name in ["refund_due", "ticket", "expired", "unheard_of"] {
        let content = MailContent::Template(name.into());
        let task = Task::Mail(TicketMail { ticket_id: receipt.view.ticket.id, content });
        session.enqueue(&NewJob { task, run_at: shop.office.now(), key: None }).await.unwrap();
    }
    session.commit().await.unwrap();
    shop.office.run_due_jobs().await.unwrap();
    let cancelled = Notice::EventCancelled { ticket: CancelledTicket::Paid, refundable: msats(PRICE) };
    // The ticket is invalid now, so its email is not sent.
    assert_eq!(sent(&shop), [cancelled.clone(), cancelled]);
}

#[test]
fn mail_job_json_is_compatible_with_releases_without_notices() {
    let task = Task::notify(kernel::TicketId::new(7), Notice::PaymentLate { amount: msats(5) });
    let json = serde_json::to_value(&task).unwrap();
    assert_eq!(
        json,
        serde_json::json!({ "task": "mail", "ticket_id": 7, "letter": "refund_due",
            "notice": { "kind": "payment_late", "amount": 5 } })
    );
    assert_eq!(serde_json::from_value::<Task>(json).unwrap(), task);
    let old = r#"{"task":"mail","ticket_id":7,"letter":"ticket"}"#;
    let later = r#"{"task":"mail","ticket_id":7,"letter":"ticket","notice":{"kind":"moved"}}"#;
    for json in [old, later] {
        let Task::Mail(mail) = serde_json::from_str(json).unwrap() else { panic!("{json}") };
        assert_eq!(mail.content, MailContent::Template("ticket".into()));
    }
}

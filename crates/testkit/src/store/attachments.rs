//! `box_office::Holds::attach_all`.

use super::StoreUnderTest;
use crate::builders::{add_event, add_user, at, new_event, new_invoice, noon, prove, take, wish};
use box_office::{AttachOutcome, Attachment, Task};
use kernel::PaymentId;
use payments::{Evidence, InvoiceStatus};
use std::collections::BTreeSet;

/// [`Holds::attach_all`].
pub async fn invoices_are_attached_and_collecting_and_watching_enqueued(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let mut attachments = Vec::new();
    for number in 1..=3 {
        let payment = take(&*t.holds, wish(&event, &user, number)).await.payment.unwrap();
        attachments.push(Attachment { payment_id: payment.id, invoice: new_invoice(&payment, number) });
    }
    let outcomes = t.holds.attach_all(&attachments).await.unwrap();
    assert_eq!(outcomes.len(), 3);
    let mut expected = BTreeSet::new();
    for (attachment, outcome) in attachments.iter().zip(outcomes) {
        let AttachOutcome::Attached(invoice) = outcome else { panic!("not attached") };
        let new = &attachment.invoice;
        assert_eq!((invoice.payment_id, invoice.event_id), (Some(attachment.payment_id), event.id));
        assert_eq!((&invoice.invoice_id, invoice.payment_hash), (&new.invoice_id, new.payment_hash));
        assert_eq!(
            (&invoice.bolt11, invoice.amount, &invoice.metadata),
            (&new.bolt11, new.amount, &new.metadata)
        );
        assert_eq!((&invoice.uma_address, &invoice.uma_invoice), (&new.uma_address, &new.uma_invoice));
        assert_eq!((invoice.expires_at, invoice.created_at), (new.expires_at, new.created_at));
        assert_eq!(
            (invoice.status, invoice.settled.get(), invoice.settled_at),
            (InvoiceStatus::Open, 0, None)
        );
        assert_eq!(t.outside().0.invoices_of(attachment.payment_id).await.unwrap(), [*invoice]);
        expected.insert(format!("{:?}", Task::Collect { payment_id: attachment.payment_id }));
        expected.insert(format!("{:?}", Task::watch(new.payment_hash)));
    }
    let jobs = t.store.claim_jobs(noon(), at(1), 100).await.unwrap();
    assert_eq!(jobs.len(), 6);
    let tasks: BTreeSet<String> = jobs.into_iter().map(|job| format!("{:?}", job.task)).collect();
    assert_eq!(tasks, expected);
}

/// [`AttachOutcome::NotPending`].
pub async fn an_attachment_to_a_payment_that_is_not_pending_fails_alone(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let gone = take(&*t.holds, wish(&event, &user, 1)).await;
    let good = take(&*t.holds, wish(&event, &user, 2)).await.payment.unwrap();
    prove(&*t.store, &gone, Evidence::HoldLapsed, at(20)).await;
    let gone = gone.payment.unwrap();
    let outcomes = t
        .holds
        .attach_all(&[
            Attachment { payment_id: gone.id, invoice: new_invoice(&gone, 1) },
            Attachment { payment_id: good.id, invoice: new_invoice(&good, 2) },
            Attachment { payment_id: PaymentId::new(999), invoice: new_invoice(&good, 3) },
        ])
        .await
        .unwrap();
    assert!(matches!(
        outcomes[..],
        [AttachOutcome::NotPending, AttachOutcome::Attached(_), AttachOutcome::NotPending]
    ));
    assert_eq!(t.store.invoices_of(gone.id).await.unwrap(), []);
    assert_eq!(t.store.invoices_of(good.id).await.unwrap().len(), 1);
    assert_eq!(t.store.claim_jobs(noon(), at(1), 10).await.unwrap().len(), 2);
}

/// A crash between commit and answer makes the caller attach again.
pub async fn an_attachment_given_twice_is_remembered_once(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let payment = take(&*t.holds, wish(&event, &user, 1)).await.payment.unwrap();
    let attachment = Attachment { payment_id: payment.id, invoice: new_invoice(&payment, 1) };
    let first = t.holds.attach_all(&[attachment.clone(), attachment.clone()]).await.unwrap();
    let again = t.outside().1.attach_all(&[attachment]).await.unwrap();
    assert_eq!((&first[0], &first[0]), (&first[1], &again[0]));
    assert_eq!(t.store.invoices_of(payment.id).await.unwrap().len(), 1);
    assert_eq!(t.store.claim_jobs(noon(), at(1), 10).await.unwrap().len(), 2);
}

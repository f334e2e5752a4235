//! `box_office::Holds::attach_all`.

use super::StoreUnderTest;
use crate::builders::{add_event, add_user, at, hold_request, new_event, new_invoice, noon, prove, take};
use box_office::{AttachOutcome, Attachment, CollectionUpdate, Holds, Task};
use kernel::PaymentId;
use payments::{Collection, CollectionState, Evidence, Invoice, InvoiceRole, InvoiceStatus, Payment};
use std::{collections::BTreeSet, sync::Arc};

/// [`Holds::attach_all`].
pub async fn attached_invoices_enqueue_collection_and_watch_jobs(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let mut attachments = Vec::new();
    for number in 1..=3 {
        let payment = take(&*t.orders, hold_request(&event, &user, number)).await.payment.unwrap();
        attachments.push(Attachment {
            payment_id: payment.id,
            invoice: new_invoice(&payment, number),
            watch_from: at(7),
            replace: false,
        });
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
    let mut tasks = BTreeSet::new();
    for time in [noon(), at(7)] {
        let jobs = t.store.claim_jobs(time, at(60), 100).await.unwrap();
        assert_eq!(jobs.len(), 3);
        assert!(
            jobs.iter()
                .all(|job| job.run_at == time && matches!(job.task, Task::Watch { .. }) == (time == at(7)))
        );
        tasks.extend(jobs.into_iter().map(|job| format!("{:?}", job.task)));
    }
    assert_eq!(tasks, expected);
}

/// [`AttachOutcome::NotPending`].
pub async fn attachment_to_a_non_pending_payment_does_not_affect_its_batch(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let expired = take(&*t.orders, hold_request(&event, &user, 1)).await;
    let good = take(&*t.orders, hold_request(&event, &user, 2)).await.payment.unwrap();
    prove(&*t.store, &expired, Evidence::HoldLapsed, at(20)).await;
    let expired = expired.payment.unwrap();
    let outcomes = t
        .holds
        .attach_all(&[
            Attachment {
                payment_id: expired.id,
                invoice: new_invoice(&expired, 1),
                watch_from: noon(),
                replace: false,
            },
            Attachment {
                payment_id: good.id,
                invoice: new_invoice(&good, 2),
                watch_from: noon(),
                replace: false,
            },
            Attachment {
                payment_id: PaymentId::new(999),
                invoice: new_invoice(&good, 3),
                watch_from: noon(),
                replace: false,
            },
        ])
        .await
        .unwrap();
    assert!(matches!(
        outcomes[..],
        [AttachOutcome::NotPending, AttachOutcome::Attached(_), AttachOutcome::NotPending]
    ));
    assert_eq!(t.store.invoices_of(expired.id).await.unwrap(), []);
    assert_eq!(t.store.invoices_of(good.id).await.unwrap().len(), 1);
    assert_eq!(t.store.claim_jobs(noon(), at(1), 10).await.unwrap().len(), 2);
}

/// [`Holds::update_collections`].
pub async fn last_collection_update_of_a_payment_in_a_batch_is_stored(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let one = take(&*t.orders, hold_request(&event, &user, 1)).await.payment.unwrap();
    let two = take(&*t.orders, hold_request(&event, &user, 2)).await.payment.unwrap();
    let expired = take(&*t.orders, hold_request(&event, &user, 3)).await;
    prove(&*t.store, &expired, Evidence::HoldLapsed, at(20)).await;
    let expired = t.store.payment(expired.payment.unwrap().id).await.unwrap().unwrap();
    let update = |payment_id: PaymentId, state: CollectionState, detail: &str| CollectionUpdate {
        payment_id,
        invoice: None,
        collection: Collection { state, detail: detail.into() },
        push_refused: false,
        at: at(2),
    };
    let updates = [
        update(one.id, CollectionState::WalletPaying, ""),
        update(expired.id, CollectionState::RequestSent, "vasp.example"),
        update(two.id, CollectionState::Unreachable, "vasp.example"),
        update(one.id, CollectionState::Refused, "no money"),
        update(PaymentId::new(999), CollectionState::Refused, ""),
    ];
    assert_eq!(t.holds.update_collections(&updates).await.unwrap(), [true, false, true, true, false]);
    let (seen, _) = t.outside();
    for (before, update) in [(one, &updates[3]), (two, &updates[2])] {
        let expected = Payment { collection: update.collection.clone(), updated_at: at(2), ..before };
        assert_eq!(seen.payment(expected.id).await.unwrap(), Some(expected));
    }
    assert_eq!(seen.payment(expired.id).await.unwrap(), Some(expired));
    assert!(t.holds.update_collections(&[]).await.unwrap().is_empty());
}

/// [`CollectionUpdate::invoice`] and [`Attachment::collect_key`]: results for an invoice do not apply to the
/// one that replaced it.
pub async fn collection_update_of_a_replaced_invoice_is_rejected(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let payment = take(&*t.orders, hold_request(&event, &user, 1)).await.payment.unwrap();
    let update = |invoice: &Invoice| CollectionUpdate {
        payment_id: payment.id,
        invoice: Some(invoice.payment_hash),
        collection: Collection { state: CollectionState::RequestSent, detail: invoice.bolt11.clone() },
        push_refused: false,
        at: at(2),
    };
    let first = attached(&*t.holds, &payment, 1, false).await;
    assert_eq!(t.holds.update_collections(&[update(&first)]).await.unwrap(), [true]);
    // The jobs of the first invoice are leased.
    assert_eq!(t.store.claim_jobs(noon(), at(5), 10).await.unwrap().len(), 2);
    let second = attached(&*t.outside().1, &payment, 2, true).await;
    let jobs = t.store.claim_jobs(noon(), at(5), 10).await.unwrap();
    assert!(jobs.iter().any(|job| matches!(job.task, Task::Collect { .. })), "a job of its own: {jobs:?}");
    assert_eq!(t.holds.update_collections(&[update(&first)]).await.unwrap(), [false]);
    assert_eq!(t.holds.update_collections(&[update(&second)]).await.unwrap(), [true]);
    let stored = t.outside().0.payment(payment.id).await.unwrap().unwrap();
    assert_eq!(stored.collection.detail, second.bolt11);
}

async fn attached(holds: &dyn Holds, payment: &Payment, number: u64, replace: bool) -> Invoice {
    let invoice = new_invoice(payment, number);
    let attachment = Attachment { payment_id: payment.id, invoice, watch_from: noon(), replace };
    match holds.attach_all(&[attachment]).await.unwrap().pop().unwrap() {
        AttachOutcome::Attached(invoice) => *invoice,
        AttachOutcome::NotPending => panic!("the payment is not pending"),
    }
}

/// [`Attachment::replace`].
pub async fn current_invoice_is_kept_until_a_retry_replaces_it(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let payment = take(&*t.orders, hold_request(&event, &user, 1)).await.payment.unwrap();
    let first = attached(&*t.holds, &payment, 1, false).await;
    let (store, holds) = t.outside();
    assert_eq!(attached(&*holds, &payment, 2, false).await, first);
    assert_eq!(t.store.invoices_of(payment.id).await.unwrap(), std::slice::from_ref(&first));
    assert_eq!(t.store.claim_jobs(noon(), at(1), 10).await.unwrap().len(), 2);
    let second = attached(&*holds, &payment, 3, true).await;
    let earlier = Invoice { role: InvoiceRole::Earlier, ..first };
    assert_eq!(
        (second.role, second.payment_hash),
        (InvoiceRole::Current, new_invoice(&payment, 3).payment_hash)
    );
    assert_eq!(store.invoices_of(payment.id).await.unwrap(), [second.clone(), earlier.clone()]);
    // The same retry, repeated after a crash between commit and response.
    assert_eq!(attached(&*t.holds, &payment, 3, true).await, second);
    assert_eq!(store.invoices_of(payment.id).await.unwrap(), [second, earlier]);
}

/// Replicas that attach invoices to one payment concurrently return the same invoice.
pub async fn concurrent_attachments_give_one_current_invoice(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let payment = take(&*t.orders, hold_request(&event, &user, 1)).await.payment.unwrap();
    let (_, second) = t.outside();
    let tasks: Vec<_> = (0..10)
        .map(|number| {
            let holds = Arc::clone(if number % 2 == 0 { &t.holds } else { &second });
            let payment = payment.clone();
            tokio::spawn(async move { attached(&*holds, &payment, number, false).await })
        })
        .collect();
    let mut invoices = Vec::new();
    for task in tasks {
        invoices.push(task.await.unwrap());
    }
    invoices.dedup();
    assert_eq!(t.store.invoices_of(payment.id).await.unwrap(), invoices);
}

/// After a crash between commit and response the caller attaches again.
pub async fn repeated_attachment_is_stored_once(t: StoreUnderTest) {
    let event = add_event(&*t.store, &new_event(5, 10)).await;
    let user = add_user(&*t.store, 1).await;
    let payment = take(&*t.orders, hold_request(&event, &user, 1)).await.payment.unwrap();
    let attachment = Attachment {
        payment_id: payment.id,
        invoice: new_invoice(&payment, 1),
        watch_from: noon(),
        replace: false,
    };
    let first = t.holds.attach_all(&[attachment.clone(), attachment.clone()]).await.unwrap();
    let again = t.outside().1.attach_all(&[attachment]).await.unwrap();
    assert_eq!((&first[0], &first[0]), (&first[1], &again[0]));
    assert_eq!(t.store.invoices_of(payment.id).await.unwrap().len(), 1);
    assert_eq!(t.store.claim_jobs(noon(), at(1), 10).await.unwrap().len(), 2);
}

use crate::{
    error::Fault,
    invoices, jobs, payments, schema,
    store::{PendingEvents, Sqlite},
};
use ::payments::{Invoice, InvoiceRole, NewInvoice};
use async_trait::async_trait;
use box_office::{AttachOutcome, Attachment, CollectionUpdate, DomainEvent, Holds, NewJob, SeenNonce, Task};
use diesel::{prelude::*, sqlite::SqliteConnection};
use kernel::StoreError;

fn attach(
    connection: &mut SqliteConnection,
    attachment: &Attachment,
    domain_events: &mut PendingEvents,
) -> Result<AttachOutcome, Fault> {
    let Some((ticket, true)) = payments::ticket_and_pending(connection, attachment.payment_id)? else {
        return Ok(AttachOutcome::NotPending);
    };
    let new = NewInvoice {
        payment_id: Some(attachment.payment_id),
        role: InvoiceRole::Current,
        ..attachment.invoice.clone()
    };
    if attachment.replace {
        // Repeating an attachment must not retire the invoice that it attached.
        if invoices::by_hash(connection, new.payment_hash)?.is_none() {
            invoices::retire(connection, attachment.payment_id, InvoiceRole::Current)?;
        }
    } else if let Some(current) = Invoice::current(invoices::of_payment(connection, attachment.payment_id)?) {
        return Ok(AttachOutcome::Attached(Box::new(current)));
    }
    let Some(invoice) = invoices::add(connection, &new)? else {
        // Attached earlier; its jobs were enqueued then.
        let known = invoices::by_hash(connection, new.payment_hash)?
            .ok_or_else(|| Fault::corrupt("invoice with a known payment hash is missing"))?;
        return Ok(AttachOutcome::Attached(Box::new(known)));
    };
    let collect = Task::Collect { payment_id: attachment.payment_id };
    // The new invoice is unique, so its polling needs no key.
    let watch = (Task::watch(new.payment_hash), None, attachment.watch_from);
    for (task, key, run_at) in [(collect, Some(attachment.collect_key()), new.created_at), watch] {
        jobs::enqueue(connection, &NewJob { task, run_at, key }, new.created_at)?;
    }
    domain_events.add(DomainEvent::Jobs);
    domain_events.add(DomainEvent::Ticket(ticket));
    Ok(AttachOutcome::Attached(Box::new(invoice)))
}

fn put_nonce(connection: &mut SqliteConnection, seen: &SeenNonce) -> Result<bool, Fault> {
    use schema::nonces::dsl as nonces;
    let rows = diesel::insert_into(nonces::nonces)
        .values((
            nonces::domain.eq(seen.domain.as_str()),
            nonces::nonce.eq(&seen.nonce),
            nonces::seen_at.eq(seen.timestamp.saturating_mul(1_000_000)),
        ))
        .on_conflict_do_nothing()
        .execute(connection)?;
    Ok(rows == 1)
}

#[async_trait]
impl Holds for Sqlite {
    async fn attach_all(&self, attachments: &[Attachment]) -> Result<Vec<AttachOutcome>, StoreError> {
        if attachments.is_empty() {
            return Ok(Vec::new());
        }
        let attachments = attachments.to_vec();
        self.write(move |connection, domain_events| {
            attachments.iter().map(|attachment| attach(connection, attachment, domain_events)).collect()
        })
        .await
    }

    async fn update_collections(&self, updates: &[CollectionUpdate]) -> Result<Vec<bool>, StoreError> {
        let updates = updates.to_vec();
        self.write(move |connection, domain_events| {
            updates
                .iter()
                .map(|update| payments::update_collection(connection, update, domain_events))
                .collect()
        })
        .await
    }

    async fn remember_all(&self, nonces: &[SeenNonce]) -> Result<Vec<bool>, StoreError> {
        let nonces = nonces.to_vec();
        self.write(move |connection, _| nonces.iter().map(|seen| put_nonce(connection, seen)).collect()).await
    }
}

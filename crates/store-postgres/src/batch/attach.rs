use super::{BatchResult, Column};
use crate::{
    error::driver_error,
    hot::HotConnection,
    rows::{InvoiceRow, RowReader},
};
use box_office::{AttachOutcome, Attachment, DomainEvent, Task};
use chrono::SubsecRound;
use futures_util::try_join;
use kernel::{InvoiceRowId, Msats, PaymentId, StoreError, TicketId, Timestamp};
use payments::{Invoice, InvoiceRole, InvoiceStatus, NewInvoice, PaymentHash, PaymentStatus};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio_postgres::types::Json;

/// Rows read at the start of the batch; its payments are locked.
struct LockedRows {
    /// Tickets of the requested payments that are pending.
    pending: BTreeMap<PaymentId, TicketId>,
    /// Invoices with a hash to attach, and all invoices of the requested payments.
    invoices: HashMap<PaymentHash, Invoice>,
    ids: std::vec::IntoIter<InvoiceRowId>,
}

/// Attaches a batch of invoices in one transaction.
pub(super) async fn attach(
    connection: &mut HotConnection,
    attachments: &[Attachment],
) -> Result<BatchResult<AttachOutcome>, StoreError> {
    connection.open = true;
    let mut locked = load_locked_rows(connection, attachments).await?;
    let mut rows = BatchColumns::default();
    let mut domain_events = Vec::new();
    let mut outcomes = Vec::with_capacity(attachments.len());
    for attachment in attachments {
        let Some(ticket) = locked.pending.get(&attachment.payment_id).copied() else {
            outcomes.push(AttachOutcome::NotPending);
            continue;
        };
        let hash = attachment.invoice.payment_hash;
        let current = || locked.current(attachment.payment_id).filter(|_| !attachment.replace);
        let invoice = if let Some(invoice) = current().or_else(|| locked.invoices.get(&hash).cloned()) {
            invoice
        } else {
            let retired = locked.retire(attachment.payment_id);
            rows.retired.extend(retired.iter().map(|id| id.get()));
            let Some(id) = locked.ids.next() else {
                return Err(StoreError::Corrupt("fewer ids than attachments".to_owned()));
            };
            rows.add(id, attachment);
            let invoice = stored(id, attachment);
            locked.invoices.insert(hash, invoice.clone());
            invoice
        };
        domain_events.push(DomainEvent::Ticket(ticket));
        outcomes.push(AttachOutcome::Attached(Box::new(invoice)));
    }
    if rows.ids.is_empty() {
        connection.client.batch_execute("ROLLBACK").await.map_err(driver_error)?;
        domain_events.clear();
    } else {
        rows.send(connection).await.map_err(driver_error)?;
        domain_events.push(DomainEvent::Jobs);
    }
    connection.open = false;
    Ok(BatchResult { outcomes, domain_events })
}

impl LockedRows {
    /// Returns the payment's current invoice.
    fn current(&self, payment: PaymentId) -> Option<Invoice> {
        let own = self.invoices.values().filter(|invoice| invoice.payment_id == Some(payment));
        Invoice::current(own.cloned())
    }

    /// Marks the payment's current invoices as earlier ones. There is at most one, except in rows of releases
    /// without roles.
    fn retire(&mut self, payment: PaymentId) -> Vec<InvoiceRowId> {
        let current = self
            .invoices
            .values_mut()
            .filter(|invoice| invoice.payment_id == Some(payment) && invoice.role == InvoiceRole::Current);
        current
            .map(|invoice| {
                invoice.role = InvoiceRole::Earlier;
                invoice.id
            })
            .collect()
    }
}

async fn load_locked_rows(
    connection: &HotConnection,
    attachments: &[Attachment],
) -> Result<LockedRows, StoreError> {
    let (client, statements) = (&connection.client, &connection.statements);
    let payment_ids: BTreeSet<_> = attachments.iter().map(|attachment| attachment.payment_id.get()).collect();
    let payment_ids: Vec<_> = payment_ids.into_iter().collect();
    let hashes: Vec<_> =
        attachments.iter().map(|attachment| attachment.invoice.payment_hash.to_hex()).collect();
    let count = i32::try_from(attachments.len()).map_err(|error| StoreError::Failed(error.into()))?;
    let (payment_columns, invoice_columns, count_columns): ([&Column; 1], [&Column; 2], [&Column; 1]) =
        ([&payment_ids], [&hashes, &payment_ids], [&count]);
    let ((), payments, invoices, ids) = try_join!(
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
        client.query(&statements.lock_payments, &payment_columns),
        client.query(&statements.known_invoices, &invoice_columns),
        client.query(&statements.invoice_ids, &count_columns),
    )
    .map_err(driver_error)?;
    let mut pending = BTreeMap::new();
    for row in &payments {
        let status: &str = row.try_get(2).map_err(driver_error)?;
        if status == PaymentStatus::Pending.as_str() {
            let (payment, ticket) =
                (row.try_get(0).map_err(driver_error)?, row.try_get(1).map_err(driver_error)?);
            pending.insert(PaymentId::new(payment), TicketId::new(ticket));
        }
    }
    let invoices = invoices.iter().map(|row| {
        let invoice = Invoice::try_from(InvoiceRow::read(&mut RowReader::of(row)).map_err(driver_error)?)?;
        Ok((invoice.payment_hash, invoice))
    });
    let ids = ids.iter().map(|row| row.try_get(0).map(InvoiceRowId::new));
    Ok(LockedRows {
        pending,
        invoices: invoices.collect::<Result<_, StoreError>>()?,
        ids: ids.collect::<Result<Vec<_>, _>>().map_err(driver_error)?.into_iter(),
    })
}

/// The invoice as a later read returns it: times are truncated to microseconds.
fn stored(id: InvoiceRowId, attachment: &Attachment) -> Invoice {
    let NewInvoice {
        payment_id: _,
        event_id,
        role: _,
        invoice_id,
        payment_hash,
        bolt11,
        amount,
        metadata,
        uma_address,
        uma_invoice,
        expires_at,
        created_at,
    } = attachment.invoice.clone();
    Invoice {
        id,
        payment_id: Some(attachment.payment_id),
        event_id,
        role: InvoiceRole::Current,
        invoice_id,
        payment_hash,
        bolt11,
        amount,
        metadata,
        uma_address,
        uma_invoice,
        status: InvoiceStatus::Open,
        settled: Msats::ZERO,
        settled_at: None,
        expires_at: expires_at.trunc_subsecs(6),
        created_at: created_at.trunc_subsecs(6),
    }
}

/// Rows of a batch, one vector per column.
#[derive(Default)]
struct BatchColumns<'a> {
    ids: Vec<i64>,
    payments: Vec<i64>,
    events: Vec<i64>,
    invoice_ids: Vec<&'a str>,
    hashes: Vec<String>,
    bolt11s: Vec<&'a str>,
    amounts: Vec<i64>,
    metadata: Vec<&'a str>,
    addresses: Vec<&'a str>,
    uma_invoices: Vec<Option<&'a str>>,
    expiries: Vec<Timestamp>,
    created: Vec<Timestamp>,
    /// Invoices replaced by retries.
    retired: Vec<i64>,
    tasks: Vec<Json<Task>>,
    task_keys: Vec<Option<String>>,
    task_times: Vec<Timestamp>,
}

impl<'a> BatchColumns<'a> {
    fn add(&mut self, id: InvoiceRowId, attachment: &'a Attachment) {
        let invoice = &attachment.invoice;
        self.tasks.push(Json(Task::Collect { payment_id: attachment.payment_id }));
        self.task_keys.push(Some(attachment.collect_key()));
        self.task_times.push(invoice.created_at);
        self.tasks.push(Json(Task::watch(invoice.payment_hash)));
        // The new invoice is unique, so its polling needs no key, and no place in the middle of an index.
        self.task_keys.push(None);
        self.task_times.push(attachment.watch_from);
        self.ids.push(id.get());
        self.payments.push(attachment.payment_id.get());
        self.events.push(invoice.event_id.get());
        self.invoice_ids.push(&invoice.invoice_id);
        self.hashes.push(invoice.payment_hash.to_hex());
        self.bolt11s.push(&invoice.bolt11);
        self.amounts.push(invoice.amount.to_i64());
        self.metadata.push(&invoice.metadata);
        self.addresses.push(&invoice.uma_address);
        self.uma_invoices.push(invoice.uma_invoice.as_deref());
        self.expiries.push(invoice.expires_at);
        self.created.push(invoice.created_at);
    }

    async fn send(&self, connection: &HotConnection) -> Result<(), tokio_postgres::Error> {
        let (client, statements) = (&connection.client, &connection.statements);
        let invoices: [&Column; 12] = [
            &self.ids,
            &self.payments,
            &self.events,
            &self.invoice_ids,
            &self.hashes,
            &self.bolt11s,
            &self.amounts,
            &self.metadata,
            &self.addresses,
            &self.uma_invoices,
            &self.expiries,
            &self.created,
        ];
        let jobs: [&Column; 3] = [&self.tasks, &self.task_keys, &self.task_times];
        let retired: [&Column; 1] = [&self.retired];
        try_join!(
            async {
                if self.retired.is_empty() {
                    Ok(0)
                } else {
                    client.execute(&statements.retire_invoices, &retired).await
                }
            },
            client.execute(&statements.add_invoices, &invoices),
            client.execute(&statements.add_jobs, &jobs),
            client.batch_execute("COMMIT"),
        )?;
        Ok(())
    }
}

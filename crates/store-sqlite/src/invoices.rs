use crate::{
    error::Fault,
    schema,
    values::{micros, micros_opt, msats, parse_word, timestamp, timestamp_opt},
};
use diesel::{prelude::*, sqlite::SqliteConnection};
use kernel::{EventId, InvoiceRowId, Page, PaymentId};
use payments::{Invoice, InvoiceRole, InvoiceStatus, NewInvoice, PaymentHash};
use schema::uma_request_invoices::{dsl, table};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = schema::uma_request_invoices)]
pub(crate) struct InvoiceRow {
    id: i64,
    pub(crate) payment_id: Option<i64>,
    event_id: i64,
    invoice_id: String,
    payment_hash: String,
    bolt11: String,
    amount_msats: i64,
    metadata: String,
    uma_address: String,
    uma_invoice: Option<String>,
    status: String,
    settled_msats: i64,
    settled_at: Option<i64>,
    expires_at: i64,
    created_at: i64,
    role: Option<String>,
}

pub(crate) fn hash(text: &str) -> Result<PaymentHash, Fault> {
    PaymentHash::from_hex(text).map_err(|error| Fault::corrupt(format!("payment hash {text:?}: {error}")))
}

impl TryFrom<InvoiceRow> for Invoice {
    type Error = Fault;
    fn try_from(row: InvoiceRow) -> Result<Self, Fault> {
        let role = InvoiceRole::parse(row.role.as_deref(), &row.metadata);
        Ok(Self {
            id: InvoiceRowId::new(row.id),
            payment_id: row.payment_id.map(PaymentId::new),
            event_id: EventId::new(row.event_id),
            role: role.ok_or_else(|| Fault::corrupt(format!("invoice {}: role {:?}", row.id, row.role)))?,
            invoice_id: row.invoice_id,
            payment_hash: hash(&row.payment_hash)?,
            bolt11: row.bolt11,
            amount: msats(row.amount_msats)?,
            metadata: row.metadata,
            uma_address: row.uma_address,
            uma_invoice: row.uma_invoice,
            status: parse_word(InvoiceStatus::parse, &row.status)?,
            settled: msats(row.settled_msats)?,
            settled_at: timestamp_opt(row.settled_at)?,
            expires_at: timestamp(row.expires_at)?,
            created_at: timestamp(row.created_at)?,
        })
    }
}

fn one(row: Option<InvoiceRow>) -> Result<Option<Invoice>, Fault> {
    row.map(Invoice::try_from).transpose()
}

pub(crate) fn of_payment(
    connection: &mut SqliteConnection,
    payment: PaymentId,
) -> Result<Vec<Invoice>, Fault> {
    let rows = table
        .filter(dsl::payment_id.eq(payment.get()))
        .order(dsl::id.desc())
        .select(InvoiceRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Invoice::try_from).collect()
}

pub(crate) fn by_hash(
    connection: &mut SqliteConnection,
    hash: PaymentHash,
) -> Result<Option<Invoice>, Fault> {
    one(table
        .filter(dsl::payment_hash.eq(hash.to_hex()))
        .select(InvoiceRow::as_select())
        .get_result(connection)
        .optional()?)
}

pub(crate) fn by_node_id(
    connection: &mut SqliteConnection,
    invoice_id: &str,
) -> Result<Option<Invoice>, Fault> {
    one(table
        .filter(dsl::invoice_id.eq(invoice_id))
        .order(dsl::id.desc())
        .select(InvoiceRow::as_select())
        .first(connection)
        .optional()?)
}

pub(crate) fn of_event(connection: &mut SqliteConnection, event: EventId) -> Result<Option<Invoice>, Fault> {
    one(table
        .filter(dsl::event_id.eq(event.get()).and(dsl::payment_id.is_null()))
        .order(dsl::id.desc())
        .select(InvoiceRow::as_select())
        .first(connection)
        .optional()?)
}

pub(crate) fn page_of_event(
    connection: &mut SqliteConnection,
    event: EventId,
    page: Page,
) -> Result<Vec<Invoice>, Fault> {
    let rows = table
        .filter(dsl::event_id.eq(event.get()).and(dsl::payment_id.is_null()))
        .order(dsl::id.desc())
        .limit(page.limit().into())
        .offset(page.offset().into())
        .select(InvoiceRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Invoice::try_from).collect()
}

/// Marks the payment's invoices of this role as earlier ones.
pub(crate) fn retire(
    connection: &mut SqliteConnection,
    payment: PaymentId,
    role: InvoiceRole,
) -> Result<(), Fault> {
    let invoices = of_payment(connection, payment)?;
    let retired: Vec<i64> =
        invoices.iter().filter(|invoice| invoice.role == role).map(|invoice| invoice.id.get()).collect();
    if !retired.is_empty() {
        diesel::update(table.filter(dsl::id.eq_any(retired)))
            .set(dsl::role.eq(InvoiceRole::Earlier.as_str()))
            .execute(connection)?;
    }
    Ok(())
}

/// Adds an invoice; returns `None` if its payment hash exists.
pub(crate) fn add(connection: &mut SqliteConnection, invoice: &NewInvoice) -> Result<Option<Invoice>, Fault> {
    one(diesel::insert_into(table)
        .values((
            dsl::payment_id.eq(invoice.payment_id.map(PaymentId::get)),
            dsl::event_id.eq(invoice.event_id.get()),
            dsl::invoice_id.eq(&invoice.invoice_id),
            dsl::payment_hash.eq(invoice.payment_hash.to_hex()),
            dsl::bolt11.eq(&invoice.bolt11),
            dsl::amount_msats.eq(invoice.amount.to_i64()),
            dsl::metadata.eq(&invoice.metadata),
            dsl::uma_address.eq(&invoice.uma_address),
            dsl::uma_invoice.eq(&invoice.uma_invoice),
            dsl::expires_at.eq(micros(invoice.expires_at)),
            dsl::created_at.eq(micros(invoice.created_at)),
            dsl::role.eq(invoice.role.as_str()),
        ))
        .on_conflict(dsl::payment_hash)
        .do_nothing()
        .returning(InvoiceRow::as_returning())
        .get_result(connection)
        .optional()?)
}

pub(crate) fn put(connection: &mut SqliteConnection, invoice: &Invoice) -> Result<(), Fault> {
    let is_stale = dsl::settled_msats.gt(invoice.settled.to_i64());
    let rows = diesel::update(table.find(invoice.id.get()).filter(diesel::dsl::not(is_stale)))
        .set((
            dsl::status.eq(invoice.status.as_str()),
            dsl::settled_msats.eq(invoice.settled.to_i64()),
            dsl::settled_at.eq(micros_opt(invoice.settled_at)),
            dsl::uma_invoice.eq(&invoice.uma_invoice),
        ))
        .execute(connection)?;
    if rows == 1 || table.find(invoice.id.get()).count().get_result::<i64>(connection)? == 1 {
        Ok(())
    } else {
        Err(Fault::corrupt(format!("invoice {} does not exist", invoice.id)))
    }
}

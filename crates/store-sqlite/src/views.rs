use crate::{
    error::Fault,
    events::{EventRow, instr},
    invoices::InvoiceRow,
    ledger,
    payments::{self, PaymentRow, Settlements},
    sales, sales_report, schema,
    store::Sqlite,
    tickets::{self, TicketRow},
    values::{micros, timestamp},
};
use ::events::Event;
use ::payments::{Invoice, PaymentAnomaly};
use ::tickets::{TicketQuery, TicketStatus};
use async_trait::async_trait;
use box_office::{
    Attendee, AuditEntry, EventSales, InFlight, Ledger, NewAudit, PaymentQuery, SalesPoint, SalesReport,
    TicketView, Views,
};
use diesel::{
    dsl::{InnerJoin, IntoBoxed, sql},
    prelude::*,
    sql_types::{BigInt, Bool, Text},
    sqlite::SqliteConnection,
};
use kernel::{AuditId, EventId, Page, PaymentId, StoreError, TicketId, Timestamp, UserId};
use std::collections::HashMap;

diesel::define_sql_function! {
    /// Lower case of ASCII letters.
    fn lower(text: Text) -> Text;
}

/// Joins rows with their events, payments and invoices in a fixed number of statements. Keeps the order.
fn complete(connection: &mut SqliteConnection, rows: Vec<TicketRow>) -> Result<Vec<TicketView>, Fault> {
    use schema::{events::dsl as event, payments::dsl as payment, uma_request_invoices::dsl as invoice};
    let event_ids: Vec<i64> = rows.iter().map(|row| row.event_id).collect();
    let ticket_ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let order_ids: Vec<Option<i64>> = rows.iter().filter_map(|row| row.order_id).map(Some).collect();
    let mut events = HashMap::new();
    let found = event::events.filter(event::id.eq_any(event_ids)).select(EventRow::as_select());
    for row in found.load(connection)? {
        events.insert(row.id, Event::try_from(row)?);
    }
    let (mut payments, mut of_orders) = (HashMap::new(), HashMap::new());
    let of_ticket = payment::ticket_id.eq_any(ticket_ids);
    let of_order = payment::order_id.eq_any(order_ids).assume_not_null();
    let found =
        payment::payments.filter(of_ticket.or(of_order)).select((PaymentRow::as_select(), payment::order_id));
    let found: Vec<(PaymentRow, Option<i64>)> = found.load(connection)?;
    let payment_ids: Vec<Option<i64>> = found.iter().map(|(row, _)| Some(row.id)).collect();
    for (row, order) in found {
        if let Some(order) = order {
            of_orders.insert(order, row.ticket_id);
        }
        payments.insert(row.ticket_id, row);
    }
    let mut settlements: HashMap<i64, Settlements> = HashMap::new();
    let mut invoices: HashMap<i64, Vec<Invoice>> = HashMap::new();
    let found = invoice::uma_request_invoices
        .filter(invoice::payment_id.eq_any(payment_ids))
        .order(invoice::id)
        .select(InvoiceRow::as_select());
    for row in found.load(connection)? {
        let Some(payment) = row.payment_id else { continue };
        let invoice = Invoice::try_from(row)?;
        if !invoice.settled.is_zero() {
            settlements.entry(payment).or_default().insert(invoice.payment_hash, invoice.settled);
        }
        invoices.entry(payment).or_default().push(invoice);
    }
    let view = |row: TicketRow| {
        let event = events.get(&row.event_id).cloned();
        let first = row.order_id.and_then(|order| of_orders.get(&order).copied()).unwrap_or(row.id);
        let payment = payments.get(&first).cloned();
        let invoices = payment.as_ref().and_then(|payment| invoices.get(&payment.id).cloned());
        let payment = payment.map(|row| {
            let settlements = settlements.get(&row.id).cloned().unwrap_or_default();
            row.with(settlements)
        });
        let event = event.ok_or_else(|| Fault::corrupt(format!("ticket {} has no event", row.id)))?;
        let (ticket, holder) = row.with_holder()?;
        Ok(TicketView {
            event,
            ticket,
            holder,
            payment: payment.transpose()?,
            invoice: invoices.and_then(Invoice::current),
        })
    };
    rows.into_iter().map(view).collect()
}

fn one(connection: &mut SqliteConnection, id: TicketId) -> Result<Option<TicketView>, Fault> {
    let row = schema::tickets::table
        .find(id.get())
        .select(TicketRow::as_select())
        .get_result(connection)
        .optional()?;
    Ok(complete(connection, row.into_iter().collect())?.pop())
}

type PaymentRows =
    IntoBoxed<'static, InnerJoin<schema::payments::table, schema::tickets::table>, diesel::sqlite::Sqlite>;

fn matching(query: &PaymentQuery) -> PaymentRows {
    use schema::{payments::dsl as payment, tickets::dsl as ticket, uma_request_invoices::dsl as invoice};
    let mut rows = payment::payments.inner_join(ticket::tickets).into_boxed();
    if let Some(status) = query.status {
        rows = rows.filter(payment::status.eq(status.as_str()));
    }
    match query.anomaly {
        // A literal: SQLite uses a partial index only if the query repeats its condition.
        Some(exception) if exception != PaymentAnomaly::None => {
            rows = rows
                .filter(sql::<Bool>("exception <> 'none'").and(payment::exception.eq(exception.as_str())));
        }
        Some(none) => rows = rows.filter(payment::exception.eq(none.as_str())),
        None => (),
    }
    if query.refundable {
        rows = rows.filter(sql::<Bool>("refundable_msats > 0"));
    }
    if let Some(event) = query.event_id {
        rows = rows.filter(payment::event_id.eq(event.get()));
    }
    if let Some(price) = query.price {
        rows = rows.filter(payment::price_msats.eq(price.to_i64()));
    }
    if let Some(payer) = &query.payer {
        rows = rows.filter(lower(ticket::uma_address).eq(payer.to_ascii_lowercase()));
    }
    if let Some(below) = query.below {
        rows = rows.filter(payment::id.lt(below.get()));
    }
    let text = query.text.as_deref().unwrap_or_default().trim().to_ascii_lowercase();
    if !text.is_empty() {
        let on_invoice = invoice::uma_request_invoices.select(invoice::payment_id).filter(
            instr(lower(invoice::invoice_id), text.clone())
                .gt(0)
                .or(instr(invoice::payment_hash, text.clone()).gt(0))
                .or(instr(lower(invoice::bolt11), text.clone()).gt(0))
                .or(instr(lower(invoice::uma_address), text.clone()).gt(0)),
        );
        // No row has id 0.
        let number: i64 = text.parse().unwrap_or_default();
        // The query has `tickets` joined as the first ticket of the order.
        let of_order =
            sql::<Bool>("payments.order_id = (SELECT one.order_id FROM tickets one WHERE one.id = ")
                .bind::<BigInt, _>(number)
                .sql(")");
        rows = rows.filter(
            instr(lower(ticket::uma_address), text)
                .gt(0)
                .or(payment::id.eq(number))
                .or(ticket::id.eq(number))
                .or(payment::order_id.eq(number).assume_not_null())
                .or(of_order)
                .or(payment::id.nullable().eq_any(on_invoice)),
        );
    }
    rows
}

pub(crate) fn payments(
    connection: &mut SqliteConnection,
    query: &PaymentQuery,
    page: Page,
) -> Result<Vec<TicketView>, Fault> {
    let rows = matching(query)
        .order(schema::payments::id.desc())
        .limit(page.limit().into())
        .offset(page.offset().into())
        .select(TicketRow::as_select())
        .load(connection)?;
    complete(connection, rows)
}

fn attendees(
    connection: &mut SqliteConnection,
    event: EventId,
    after: Option<TicketId>,
    page: Page,
) -> Result<Vec<Attendee>, Fault> {
    use schema::{tickets::dsl as ticket, users::dsl as user};
    type Account = (Option<String>, Option<String>, Option<i64>);
    let rows: Vec<(TicketRow, Account)> = ticket::tickets
        .left_join(user::users)
        .filter(ticket::event_id.eq(event.get()).and(ticket::payment_status.eq(TicketStatus::Paid.as_str())))
        .filter(ticket::id.gt(after.map_or(0, TicketId::get)))
        .order(ticket::id)
        .limit(page.limit().into())
        .offset(page.offset().into())
        .select((
            TicketRow::as_select(),
            (user::name.nullable(), user::email.nullable(), user::deleted_at.nullable()),
        ))
        .load(connection)?;
    rows.into_iter()
        .map(|(row, (name, email, deleted_at))| {
            let exists = deleted_at.is_none();
            let (ticket, holder) = row.with_holder()?;
            Ok(Attendee { ticket, holder, name: name.filter(|_| exists), email: email.filter(|_| exists) })
        })
        .collect()
}

fn audit_log(connection: &mut SqliteConnection, page: Page) -> Result<Vec<AuditEntry>, Fault> {
    use schema::audit_log::dsl as log;
    type Row = (i64, Option<i64>, String, String, String, i64);
    let rows: Vec<Row> = log::audit_log
        .order(log::id.desc())
        .limit(page.limit().into())
        .offset(page.offset().into())
        .load(connection)?;
    rows.into_iter()
        .map(|(id, actor, action, subject, detail, at)| {
            let entry =
                NewAudit { actor: actor.map(UserId::new), action, subject, detail, at: timestamp(at)? };
            Ok(AuditEntry { id: AuditId::new(id), entry })
        })
        .collect()
}

#[async_trait]
impl Views for Sqlite {
    async fn tickets_by_id(&self, requested: &[TicketId]) -> Result<Vec<Option<TicketView>>, StoreError> {
        let requested: Vec<i64> = requested.iter().map(|id| id.get()).collect();
        self.read(move |connection| {
            let found = schema::tickets::table.filter(schema::tickets::id.eq_any(&requested));
            let rows = found.select(TicketRow::as_select()).load(connection)?;
            let views = complete(connection, rows)?.into_iter();
            let views: HashMap<i64, TicketView> = views.map(|view| (view.ticket.id.get(), view)).collect();
            Ok(requested.iter().map(|id| views.get(id).cloned()).collect())
        })
        .await
    }

    async fn payment_view(&self, id: PaymentId) -> Result<Option<TicketView>, StoreError> {
        self.read(move |connection| match payments::ticket_and_pending(connection, id)? {
            Some((ticket, _)) => one(connection, ticket),
            None => Ok(None),
        })
        .await
    }

    async fn ticket_views(&self, query: &TicketQuery, page: Page) -> Result<Vec<TicketView>, StoreError> {
        let query = *query;
        self.read(move |connection| {
            let rows = tickets::page(connection, &query, page)?;
            complete(connection, rows)
        })
        .await
    }

    async fn count_tickets(&self, query: &TicketQuery) -> Result<u64, StoreError> {
        let query = *query;
        self.read(move |connection| tickets::count(connection, &query)).await
    }

    async fn tickets_of(&self, requested: &[(UserId, Page)]) -> Result<Vec<Vec<TicketView>>, StoreError> {
        let requested = requested.to_vec();
        self.read(move |connection| {
            let mut page_of = |(user, page): (UserId, Page)| {
                let query = TicketQuery { user_id: Some(user), ..TicketQuery::default() };
                let rows = tickets::page(connection, &query, page)?;
                complete(connection, rows)
            };
            requested.into_iter().map(&mut page_of).collect()
        })
        .await
    }

    async fn payment_views(&self, query: &PaymentQuery, page: Page) -> Result<Vec<TicketView>, StoreError> {
        let query = query.clone();
        self.read(move |connection| payments(connection, &query, page)).await
    }

    async fn count_payments(&self, query: &PaymentQuery) -> Result<u64, StoreError> {
        let query = query.clone();
        self.read(move |connection| {
            let found: i64 = matching(&query).count().get_result(connection)?;
            Ok(found.unsigned_abs())
        })
        .await
    }

    async fn event_sales(&self, event: Option<EventId>, page: Page) -> Result<Vec<EventSales>, StoreError> {
        self.read(move |connection| sales::of_events(connection, event, page)).await
    }

    async fn sales_series(
        &self,
        event: Option<EventId>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<SalesPoint>, StoreError> {
        self.read(move |connection| sales::by_hour(connection, event, micros(from), micros(to))).await
    }

    async fn attendees(
        &self,
        event: EventId,
        after: Option<TicketId>,
        page: Page,
    ) -> Result<Vec<Attendee>, StoreError> {
        self.read(move |connection| attendees(connection, event, after, page)).await
    }

    async fn sales_report(&self, event: EventId) -> Result<SalesReport, StoreError> {
        self.read(move |connection| sales_report::read(connection, event)).await
    }

    async fn in_flight(&self) -> Result<InFlight, StoreError> {
        self.read(ledger::in_flight).await
    }

    async fn ledger(&self, before: Timestamp) -> Result<Ledger, StoreError> {
        self.read(move |connection| ledger::ledger(connection, micros(before))).await
    }

    async fn count_audit(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            let found: i64 = schema::audit_log::table.count().get_result(connection)?;
            Ok(found.unsigned_abs())
        })
        .await
    }

    async fn audit_log(&self, page: Page) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(move |connection| audit_log(connection, page)).await
    }
}

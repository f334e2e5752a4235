use crate::{
    Postgres,
    batch::hot_pool_error,
    error::store_error,
    event::contains,
    rows::{EventRow, InvoiceRow, PaymentRow, TicketRow, amount_of},
    schema, ticket,
};
use async_trait::async_trait;
use box_office::{
    Attendee, AuditEntry, EventSales, InFlight, Ledger, NewAudit, PaymentQuery, SalesPoint, SalesReport,
    TicketView, Views,
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, PgTextExpressionMethods,
    QueryDsl, SelectableHelper,
    dsl::{count, count_star, exists, sql},
    pg::Pg,
    sql_types::{BigInt, Bool, Text, Timestamptz},
};
use diesel_async::RunQueryDsl;
use events::Event;
use kernel::{AuditId, EventId, Msats, Page, PaymentId, StoreError, TicketId, Timestamp, UserId};
use payments::Invoice;
use schema::{
    audit_log as a, events as e, payments as p, tickets as t, uma_request_invoices as i, users as u,
};
use tickets::{TicketQuery, TicketStatus};

mod joined;
mod ledger;
mod sales_report;

/// A ticket with its event and payment, and one of the payment's invoices.
type Joined = (TicketRow, EventRow, Option<PaymentRow>, Option<InvoiceRow>);

/// Groups adjacent rows of one ticket into views. Keeps the order.
fn views(rows: Vec<Joined>) -> Result<Vec<TicketView>, StoreError> {
    let mut views = Vec::new();
    let mut rows = rows.into_iter().peekable();
    while let Some((ticket, event, payment, first)) = rows.next() {
        let mut invoices = Vec::from_iter(first.map(Invoice::try_from).transpose()?);
        while let Some((.., invoice)) = rows.next_if(|(next, ..)| next.id == ticket.id) {
            invoices.extend(invoice.map(Invoice::try_from).transpose()?);
        }
        let settled = invoices.iter().filter(|invoice| !invoice.settled.is_zero());
        let settlements = settled.map(|invoice| (invoice.payment_hash, invoice.settled)).collect();
        let (ticket, holder) = ticket.with_holder()?;
        views.push(TicketView {
            ticket,
            holder,
            event: Event::try_from(event)?,
            payment: payment.map(|row| row.with(settlements)).transpose()?,
            invoice: Invoice::current(invoices),
        });
    }
    Ok(views)
}

/// Loads ticket views by a condition on any of the four tables. `$of` joins payments with all tickets of their orders, or with the first.
macro_rules! joined_where {
    ($store:expr, $of:expr, $condition:expr, $order:expr) => {
        t::table
            .inner_join(e::table.on(e::id.eq(t::event_id)))
            .left_join(p::table.on($of))
            .left_join(i::table.on(i::payment_id.eq(p::id.nullable())))
            .filter($condition)
            .order(($order, i::id.desc()))
            .select((
                TicketRow::as_select(),
                EventRow::as_select(),
                Option::<PaymentRow>::as_select(),
                Option::<InvoiceRow>::as_select(),
            ))
            .load(&mut *$store.connection().await?)
            .await
            .map_err(store_error)
            .and_then(views)
    };
}

diesel::define_sql_function! {
    /// Lower case.
    fn lower(text: Text) -> Text;
}

/// Payments that match the query's filters.
fn matching(query: &PaymentQuery) -> p::BoxedQuery<'static, Pg> {
    let mut rows = p::table.into_boxed();
    if let Some(status) = query.status {
        rows = rows.filter(p::status.eq(status.as_str()));
    }
    if let Some(exception) = query.anomaly {
        rows = rows.filter(p::exception.eq(exception.as_str()));
    }
    if query.refundable {
        rows = rows.filter(p::refundable_msats.gt(0));
    }
    if let Some(event) = query.event_id {
        rows = rows.filter(p::event_id.eq(event.get()));
    }
    if let Some(price) = query.price {
        rows = rows.filter(p::price_msats.eq(price.to_i64()));
    }
    if let Some(payer) = &query.payer {
        let of_payer = lower(t::uma_address).eq(payer.to_ascii_lowercase());
        rows = rows.filter(exists(t::table.filter(t::id.eq(p::ticket_id)).filter(of_payer)));
    }
    if let Some(below) = query.below {
        rows = rows.filter(p::id.lt(below.get()));
    }
    let Some(text) = &query.text else { return rows };
    let Some(pattern) = contains(text.trim()) else { return rows.filter(sql::<Bool>("false")) };
    let number: i64 = text.trim().parse().unwrap_or(-1);
    let on_ticket = t::table.filter(t::id.eq(p::ticket_id)).filter(t::uma_address.ilike(pattern.clone()));
    let of_order = t::table.filter(t::order_id.eq(p::order_id)).filter(t::id.eq(number));
    let on_invoice = i::table.filter(i::payment_id.eq(p::id.nullable())).filter(
        i::invoice_id
            .ilike(pattern.clone())
            .or(i::bolt11.ilike(pattern.clone()))
            .or(i::payment_hash.ilike(pattern.clone()))
            .or(i::uma_address.ilike(pattern)),
    );
    let numbered = p::id.eq(number).or(p::ticket_id.eq(number)).or(exists(of_order));
    // An order of a release without orders has none.
    let numbered = numbered.or(p::order_id.eq(number).assume_not_null());
    rows.filter(numbered.or(exists(on_ticket)).or(exists(on_invoice)))
}

#[async_trait]
impl Views for Postgres {
    async fn tickets_by_id(&self, requested: &[TicketId]) -> Result<Vec<Option<TicketView>>, StoreError> {
        let connection = self.hot.get().await.map_err(hot_pool_error)?;
        joined::tickets_by_id(&connection, requested).await
    }

    async fn payment_view(&self, id: PaymentId) -> Result<Option<TicketView>, StoreError> {
        Ok(joined_where!(self, p::ticket_id.eq(t::id), p::id.eq(id.get()), t::id.desc())?.pop())
    }

    async fn ticket_views(&self, query: &TicketQuery, page: Page) -> Result<Vec<TicketView>, StoreError> {
        let selected = ticket::matching(query)
            .order(t::id.desc())
            .limit(page.limit().into())
            .offset(page.offset().into())
            .select(t::id);
        let of_order = p::ticket_id.eq(t::id).or(p::order_id.eq(t::order_id));
        joined_where!(self, of_order, t::id.eq_any(selected), t::id.desc())
    }

    async fn count_tickets(&self, query: &TicketQuery) -> Result<u64, StoreError> {
        let count: i64 = ticket::matching(query)
            .count()
            .get_result(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        Ok(count.unsigned_abs())
    }

    async fn tickets_of(&self, requested: &[(UserId, Page)]) -> Result<Vec<Vec<TicketView>>, StoreError> {
        let connection = self.hot.get().await.map_err(hot_pool_error)?;
        joined::tickets_of(&connection, requested).await
    }

    async fn payment_views(&self, query: &PaymentQuery, page: Page) -> Result<Vec<TicketView>, StoreError> {
        let selected = matching(query)
            .order(p::id.desc())
            .limit(page.limit().into())
            .offset(page.offset().into())
            .select(p::id);
        joined_where!(self, p::ticket_id.eq(t::id), p::id.eq_any(selected), p::id.desc())
    }

    async fn count_payments(&self, query: &PaymentQuery) -> Result<u64, StoreError> {
        let count: i64 =
            matching(query).count().get_result(&mut *self.connection().await?).await.map_err(store_error)?;
        Ok(count.unsigned_abs())
    }

    async fn event_sales(&self, event: Option<EventId>, page: Page) -> Result<Vec<EventSales>, StoreError> {
        let db = &mut *self.connection().await?;
        let mut selected = e::table.select(EventRow::as_select()).into_boxed();
        if let Some(event) = event {
            selected = selected.filter(e::id.eq(event.get()));
        }
        let events: Vec<EventRow> = selected
            .order(e::id.desc())
            .limit(page.limit().into())
            .offset(page.offset().into())
            .load(db)
            .await
            .map_err(store_error)?;
        let ids: Vec<i64> = events.iter().map(|event| event.id).collect();
        let tickets: Vec<(i64, String, i64, i64)> = t::table
            .filter(t::event_id.eq_any(&ids))
            .group_by((t::event_id, t::payment_status))
            .select((t::event_id, t::payment_status, count_star(), count(t::checked_in_at)))
            .load(db)
            .await
            .map_err(store_error)?;
        let money: Vec<(i64, i64, i64)> = p::table
            .filter(p::event_id.eq_any(&ids))
            .group_by(p::event_id)
            .select((
                p::event_id,
                sql::<BigInt>(
                    "coalesce(sum(price_msats - revoked_msats) FILTER (WHERE status = 'paid'), 0)::bigint",
                ),
                sql::<BigInt>("sum(refundable_msats)::bigint"),
            ))
            .load(db)
            .await
            .map_err(store_error)?;
        let counted = |event: i64, status: TicketStatus| {
            tickets
                .iter()
                .filter(move |row| row.0 == event && row.1 == status.as_str())
                .map(|row| row.2)
                .sum::<i64>()
        };
        events
            .into_iter()
            .map(|row| {
                let id = row.id;
                let checked_in: i64 = tickets.iter().filter(|row| row.0 == id).map(|row| row.3).sum();
                let (revenue, refundable) =
                    money.iter().find(|row| row.0 == id).map_or((0, 0), |row| (row.1, row.2));
                Ok(EventSales {
                    sold: counted(id, TicketStatus::Paid).unsigned_abs(),
                    held: counted(id, TicketStatus::Pending).unsigned_abs(),
                    checked_in: checked_in.unsigned_abs(),
                    revenue: amount_of("event", id, revenue)?,
                    refundable: amount_of("event", id, refundable)?,
                    event: Event::try_from(row)?,
                })
            })
            .collect()
    }

    async fn sales_series(
        &self,
        event: Option<EventId>,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<SalesPoint>, StoreError> {
        let hour = || sql::<Timestamptz>("date_trunc('hour', tickets.paid_at, 'UTC')");
        let mut selected = t::table
            .left_join(p::table.on(p::ticket_id.eq(t::id)))
            .filter(t::paid_at.ge(from).and(t::paid_at.lt(to)))
            .group_by(hour())
            .order(hour())
            .select((
                hour(),
                count_star(),
                sql::<BigInt>(
                    "coalesce(sum(coalesce(tickets.price_msats, payments.price_msats)), 0)::bigint",
                ),
            ))
            .into_boxed();
        if let Some(event) = event {
            selected = selected.filter(t::event_id.eq(event.get()));
        }
        let rows: Vec<(Timestamp, i64, i64)> =
            selected.load(&mut *self.connection().await?).await.map_err(store_error)?;
        rows.into_iter()
            .map(|(at, sold, revenue)| {
                Ok(SalesPoint {
                    at,
                    sold: sold.unsigned_abs(),
                    revenue: Msats::try_from(revenue)
                        .map_err(|error| StoreError::Corrupt(error.to_string()))?,
                })
            })
            .collect()
    }

    async fn attendees(
        &self,
        event: EventId,
        after: Option<TicketId>,
        page: Page,
    ) -> Result<Vec<Attendee>, StoreError> {
        let rows: Vec<(TicketRow, Option<(String, Option<String>, Option<Timestamp>)>)> = t::table
            .left_join(u::table.on(u::id.nullable().eq(t::user_id)))
            .filter(t::event_id.eq(event.get()))
            .filter(t::payment_status.eq(TicketStatus::Paid.as_str()))
            .filter(t::id.gt(after.map_or(0, TicketId::get)))
            .order(t::id)
            .limit(page.limit().into())
            .offset(page.offset().into())
            .select((TicketRow::as_select(), (u::name, u::email, u::deleted_at).nullable()))
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        rows.into_iter()
            .map(|(ticket, account)| {
                let account = account.filter(|(_, _, deleted_at)| deleted_at.is_none());
                let (name, email) = account.map_or((None, None), |(name, email, _)| (Some(name), email));
                let (ticket, holder) = ticket.with_holder()?;
                Ok(Attendee { ticket, holder, name, email })
            })
            .collect()
    }

    async fn sales_report(&self, event: EventId) -> Result<SalesReport, StoreError> {
        sales_report::read(&mut *self.connection().await?, event).await
    }

    async fn in_flight(&self) -> Result<InFlight, StoreError> {
        ledger::in_flight(&mut *self.connection().await?).await
    }

    async fn ledger(&self, before: Timestamp) -> Result<Ledger, StoreError> {
        ledger::read(&mut *self.connection().await?, before).await
    }

    async fn count_audit(&self) -> Result<u64, StoreError> {
        let count: i64 =
            a::table.count().get_result(&mut *self.connection().await?).await.map_err(store_error)?;
        Ok(count.unsigned_abs())
    }

    async fn audit_log(&self, page: Page) -> Result<Vec<AuditEntry>, StoreError> {
        let rows: Vec<(i64, Option<i64>, String, String, String, Timestamp)> = a::table
            .order(a::id.desc())
            .limit(page.limit().into())
            .offset(page.offset().into())
            .select((a::id, a::actor_id, a::action, a::subject, a::detail, a::created_at))
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|(id, actor, action, subject, detail, at)| AuditEntry {
                id: AuditId::new(id),
                entry: NewAudit { actor: actor.map(UserId::new), action, subject, detail, at },
            })
            .collect())
    }
}

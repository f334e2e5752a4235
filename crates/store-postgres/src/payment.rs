use crate::{
    Postgres,
    error::{require_one_row, store_error, without_nul},
    outgoing, payment_event, refund,
    rows::{InvoiceRow, PaymentRow, amount_of, hash},
    schema,
    session::PgSession,
};
use async_trait::async_trait;
use box_office::DomainEvent;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, SelectableHelper,
    insert_into, update,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::try_join;
use kernel::{EventId, Msats, OrderId, Page, PaymentId, StoreError, TicketId, Timestamp, UserId};
use payments::{
    Invoice, InvoiceRole, NewInvoice, NewRefund, OutgoingOrder, Payment, PaymentEvent, PaymentHash,
    PaymentReader, PaymentWriter, Refund,
};
use schema::{payments as p, tickets as t, uma_request_invoices as i};
use std::collections::{BTreeMap, HashMap};

/// Loads the settlements of the payments' invoices.
async fn with_settlements(
    db: &mut AsyncPgConnection,
    rows: Vec<PaymentRow>,
) -> Result<Vec<Payment>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let settled: Vec<(i64, Option<i64>, String, i64)> = i::table
        .filter(i::payment_id.eq_any(ids))
        .filter(i::settled_msats.gt(0))
        .select((i::id, i::payment_id, i::payment_hash, i::settled_msats))
        .load(db)
        .await
        .map_err(store_error)?;
    let mut settlements: HashMap<i64, BTreeMap<PaymentHash, Msats>> = HashMap::new();
    for (id, payment, payment_hash, amount) in settled {
        if let Some(payment) = payment {
            let parts = settlements.entry(payment).or_default();
            parts.insert(hash(id, &payment_hash)?, amount_of("invoice", id, amount)?);
        }
    }
    rows.into_iter()
        .map(|row| {
            let parts = settlements.remove(&row.id).unwrap_or_default();
            row.with(parts)
        })
        .collect()
}

async fn one(
    db: &mut AsyncPgConnection,
    row: QueryResult<PaymentRow>,
) -> Result<Option<Payment>, StoreError> {
    let row = row.optional().map_err(store_error)?;
    Ok(with_settlements(db, row.into_iter().collect()).await?.pop())
}

/// The payment of an order.
pub(crate) async fn of_order(
    db: &mut AsyncPgConnection,
    order: OrderId,
) -> Result<Option<Payment>, StoreError> {
    let row = p::table.filter(p::order_id.eq(order.get())).select(PaymentRow::as_select()).first(db).await;
    one(db, row).await
}

async fn invoices_of(db: &mut AsyncPgConnection, payment: PaymentId) -> Result<Vec<Invoice>, StoreError> {
    let rows: Vec<InvoiceRow> = i::table
        .filter(i::payment_id.eq(payment.get()))
        .order(i::id.desc())
        .select(InvoiceRow::as_select())
        .load(db)
        .await
        .map_err(store_error)?;
    rows.into_iter().map(Invoice::try_from).collect()
}

fn invoice(row: QueryResult<InvoiceRow>) -> Result<Option<Invoice>, StoreError> {
    row.optional().map_err(store_error)?.map(Invoice::try_from).transpose()
}

#[async_trait]
impl PaymentReader for Postgres {
    async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        let db = &mut *self.connection().await?;
        let row = p::table.find(id.get()).select(PaymentRow::as_select()).first(db).await;
        one(db, row).await
    }

    async fn payment_of_ticket(&self, ticket: TicketId) -> Result<Option<Payment>, StoreError> {
        let db = &mut *self.connection().await?;
        let order =
            t::table.filter(t::id.eq(ticket.get()).and(t::order_id.is_not_null())).select(t::order_id);
        let of_ticket = p::ticket_id.eq(ticket.get()).or(p::order_id.eq_any(order));
        let row = p::table.filter(of_ticket).select(PaymentRow::as_select()).first(db).await;
        one(db, row).await
    }

    async fn invoices_of(&self, payment: PaymentId) -> Result<Vec<Invoice>, StoreError> {
        invoices_of(&mut *self.connection().await?, payment).await
    }

    async fn invoices_by_hash(&self, hashes: &[PaymentHash]) -> Result<Vec<Option<Invoice>>, StoreError> {
        let hex: Vec<String> = hashes.iter().map(|hash| hash.to_hex()).collect();
        let rows: Vec<InvoiceRow> = i::table
            .filter(i::payment_hash.eq_any(hex))
            .select(InvoiceRow::as_select())
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        let invoices = rows.into_iter().map(|row| Invoice::try_from(row).map(|row| (row.payment_hash, row)));
        let invoices: HashMap<PaymentHash, Invoice> = invoices.collect::<Result<_, _>>()?;
        Ok(hashes.iter().map(|hash| invoices.get(hash).cloned()).collect())
    }

    async fn invoice_by_node_id(&self, invoice_id: &str) -> Result<Option<Invoice>, StoreError> {
        // Postgres rejects NUL, so no stored id has one.
        if invoice_id.contains('\0') {
            return Ok(None);
        }
        let row = i::table
            .filter(i::invoice_id.eq(invoice_id))
            .order(i::id.desc())
            .select(InvoiceRow::as_select())
            .first(&mut *self.connection().await?)
            .await;
        invoice(row)
    }

    async fn refunds_of(&self, payment: PaymentId) -> Result<Vec<Refund>, StoreError> {
        refund::of_payment(&mut *self.connection().await?, payment).await
    }

    async fn payment_events(&self, payment: PaymentId) -> Result<Vec<PaymentEvent>, StoreError> {
        payment_event::of_payment(&mut *self.connection().await?, payment).await
    }

    async fn refunds_since(&self, since: Timestamp) -> Result<Vec<Refund>, StoreError> {
        refund::since(&mut *self.connection().await?, since).await
    }

    async fn outgoing_orders_of(&self, payment: PaymentId) -> Result<Vec<OutgoingOrder>, StoreError> {
        outgoing::of_payment(&mut *self.connection().await?, payment).await
    }

    async fn ordered_from_wallet(&self, user: UserId, since: Timestamp) -> Result<Msats, StoreError> {
        outgoing::from_wallet(&mut *self.connection().await?, user, since).await
    }

    async fn event_invoice(&self, event: EventId) -> Result<Option<Invoice>, StoreError> {
        let row = i::table
            .filter(i::event_id.eq(event.get()).and(i::payment_id.is_null()))
            .order(i::id.desc())
            .select(InvoiceRow::as_select())
            .first(&mut *self.connection().await?)
            .await;
        invoice(row)
    }

    async fn count_event_invoices(&self, event: EventId) -> Result<u64, StoreError> {
        let count: i64 = i::table
            .filter(i::event_id.eq(event.get()).and(i::payment_id.is_null()))
            .count()
            .get_result(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        Ok(count.unsigned_abs())
    }

    async fn event_invoices(&self, event: EventId, page: Page) -> Result<Vec<Invoice>, StoreError> {
        let rows: Vec<InvoiceRow> = i::table
            .filter(i::event_id.eq(event.get()).and(i::payment_id.is_null()))
            .order(i::id.desc())
            .limit(page.limit().into())
            .offset(page.offset().into())
            .select(InvoiceRow::as_select())
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        rows.into_iter().map(Invoice::try_from).collect()
    }
}

/// Overwrites a payment's row.
async fn overwrite(mut db: &AsyncPgConnection, payment: &Payment) -> Result<(), StoreError> {
    let state = &payment.state;
    let rows = update(p::table.find(payment.id.get()))
        .set((
            p::status.eq(state.status.as_str()),
            p::price_msats.eq(state.price.to_i64()),
            p::revoked_msats.eq(state.revoked.to_i64()),
            p::refunded_msats.eq(state.refunded.to_i64()),
            p::revoked_refunded_msats.eq(state.revoked_refunded.to_i64()),
            p::late.eq(state.late),
            p::exception.eq(state.anomaly().as_str()),
            p::refundable_msats.eq(state.refundable().to_i64()),
            p::collection_state.eq(payment.collection.state.as_str()),
            p::collection_detail.eq(without_nul(&payment.collection.detail)),
            p::wallet_allowed.eq(payment.wallet_allowed),
            p::payer_address.eq(payment.payer.to_column()),
            p::paid_at.eq(payment.paid_at),
            p::updated_at.eq(payment.updated_at),
        ))
        .execute(&mut db)
        .await
        .map_err(store_error)?;
    require_one_row(rows, "payment", payment.id)
}

impl PgSession {
    /// A refund changes its ticket's status as shown.
    async fn publish_ticket_of(&mut self, payment: PaymentId) -> Result<(), StoreError> {
        let ticket: Option<i64> = p::table
            .find(payment.get())
            .select(p::ticket_id)
            .get_result(self.db())
            .await
            .optional()
            .map_err(store_error)?;
        if let Some(ticket) = ticket {
            self.publish_on_commit(DomainEvent::Ticket(TicketId::new(ticket)));
        }
        Ok(())
    }
}

#[async_trait]
impl PaymentWriter for PgSession {
    async fn payment_for_update(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        let db = self.db();
        let row = p::table.find(id.get()).select(PaymentRow::as_select()).for_no_key_update().first(db).await;
        one(db, row).await
    }

    async fn put_payment(&mut self, payment: &Payment) -> Result<(), StoreError> {
        overwrite(self.db(), payment).await?;
        self.publish_on_commit(DomainEvent::Ticket(payment.ticket_id));
        Ok(())
    }

    async fn record_payment(&mut self, payment: &Payment, event: &PaymentEvent) -> Result<(), StoreError> {
        let db = &*self.db();
        // Pipelined: the history entry costs no extra round trip.
        try_join!(overwrite(db, payment), payment_event::add(db, event))?;
        self.publish_on_commit(DomainEvent::Ticket(payment.ticket_id));
        Ok(())
    }

    async fn add_payment_event(&mut self, event: &PaymentEvent) -> Result<(), StoreError> {
        payment_event::add(self.db(), event).await
    }

    async fn add_invoice(&mut self, invoice: &NewInvoice) -> Result<Invoice, StoreError> {
        let payment_hash = invoice.payment_hash.to_hex();
        let added: Option<InvoiceRow> = insert_into(i::table)
            .values((
                i::payment_id.eq(invoice.payment_id.map(PaymentId::get)),
                i::event_id.eq(invoice.event_id.get()),
                i::invoice_id.eq(&invoice.invoice_id),
                i::payment_hash.eq(&payment_hash),
                i::bolt11.eq(&invoice.bolt11),
                i::amount_msats.eq(invoice.amount.to_i64()),
                i::metadata.eq(&invoice.metadata),
                i::uma_address.eq(&invoice.uma_address),
                i::uma_invoice.eq(invoice.uma_invoice.as_deref()),
                i::expires_at.eq(invoice.expires_at),
                i::created_at.eq(invoice.created_at),
                i::role.eq(invoice.role.as_str()),
            ))
            .on_conflict(i::payment_hash)
            .do_nothing()
            .returning(InvoiceRow::as_returning())
            .get_result(self.db())
            .await
            .optional()
            .map_err(store_error)?;
        if invoice.payment_id.is_none() {
            self.publish_on_commit(DomainEvent::Event(invoice.event_id));
        }
        let row = match added {
            Some(row) => row,
            None => i::table
                .filter(i::payment_hash.eq(&payment_hash))
                .select(InvoiceRow::as_select())
                .first(self.db())
                .await
                .map_err(store_error)?,
        };
        Invoice::try_from(row)
    }

    async fn invoices_in_session(&mut self, payment: PaymentId) -> Result<Vec<Invoice>, StoreError> {
        invoices_of(self.db(), payment).await
    }

    async fn retire_invoices(&mut self, payment: PaymentId, role: InvoiceRole) -> Result<(), StoreError> {
        let invoices = invoices_of(self.db(), payment).await?;
        let retired: Vec<i64> =
            invoices.iter().filter(|invoice| invoice.role == role).map(|invoice| invoice.id.get()).collect();
        if !retired.is_empty() {
            update(i::table.filter(i::id.eq_any(retired)))
                .set(i::role.eq(InvoiceRole::Earlier.as_str()))
                .execute(self.db())
                .await
                .map_err(store_error)?;
        }
        Ok(())
    }

    async fn put_invoice(&mut self, invoice: &Invoice) -> Result<(), StoreError> {
        let is_stale = i::settled_msats.gt(invoice.settled.to_i64());
        let rows = update(i::table.find(invoice.id.get()).filter(diesel::dsl::not(is_stale)))
            .set((
                i::status.eq(invoice.status.as_str()),
                i::settled_msats.eq(invoice.settled.to_i64()),
                i::settled_at.eq(invoice.settled_at),
                i::uma_invoice.eq(invoice.uma_invoice.as_deref()),
            ))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        if rows == 1 {
            return Ok(());
        }
        let found = i::table.find(invoice.id.get()).count().get_result::<i64>(self.db()).await;
        require_one_row(usize::from(found.map_err(store_error)? == 1), "invoice", invoice.id)
    }

    async fn add_refund(&mut self, refund: &NewRefund) -> Result<Refund, StoreError> {
        self.publish_ticket_of(refund.payment_id).await?;
        refund::add(self.db(), refund).await
    }

    async fn refunds_for_update(&mut self, payment: PaymentId) -> Result<Vec<Refund>, StoreError> {
        refund::locked(self.db(), payment).await
    }

    async fn put_refund(&mut self, refund: &Refund) -> Result<bool, StoreError> {
        self.publish_ticket_of(refund.payment_id).await?;
        refund::put(self.db(), refund).await
    }

    async fn outgoing_orders_for_update(
        &mut self,
        payment: PaymentId,
    ) -> Result<Vec<OutgoingOrder>, StoreError> {
        outgoing::locked(self.db(), payment).await
    }

    async fn ordered_from_wallet(&mut self, user: UserId, since: Timestamp) -> Result<Msats, StoreError> {
        outgoing::from_wallet(self.db(), user, since).await
    }

    async fn add_outgoing_order(&mut self, order: &OutgoingOrder) -> Result<bool, StoreError> {
        outgoing::add(self.db(), order).await
    }

    async fn put_outgoing_order(&mut self, order: &OutgoingOrder) -> Result<(), StoreError> {
        outgoing::put(self.db(), order).await
    }
}

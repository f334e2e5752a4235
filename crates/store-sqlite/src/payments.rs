use crate::{
    error::Fault,
    invoices::{self, hash},
    outgoing, payment_events, refunds, schema,
    session::SqliteSession,
    store::{PendingEvents, Sqlite},
    values::{micros, micros_opt, msats, parse_word, timestamp, timestamp_opt, without_nul},
};
use async_trait::async_trait;
use box_office::{CollectionUpdate, DomainEvent};
use diesel::{prelude::*, sqlite::SqliteConnection};
use kernel::{EventId, Msats, OrderId, Page, PaymentId, StoreError, TicketId, Timestamp, UserId};
use payments::{
    Collection, CollectionState, Invoice, InvoiceRole, KnownPayer, NewInvoice, NewRefund, OutgoingOrder,
    Payment, PaymentEvent, PaymentHash, PaymentReader, PaymentState, PaymentStatus, PaymentWriter, Refund,
};
use schema::payments::{dsl, table};
use std::collections::BTreeMap;

pub(crate) type Settlements = BTreeMap<PaymentHash, Msats>;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = schema::payments)]
pub(crate) struct PaymentRow {
    pub(crate) id: i64,
    pub(crate) ticket_id: i64,
    event_id: i64,
    status: String,
    price_msats: i64,
    revoked_msats: i64,
    refunded_msats: i64,
    revoked_refunded_msats: i64,
    late: bool,
    collection_state: String,
    collection_detail: String,
    wallet_allowed: bool,
    payer_address: Option<String>,
    paid_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl PaymentRow {
    /// Received amounts are stored on the invoices.
    pub(crate) fn with(self, settlements: Settlements) -> Result<Payment, Fault> {
        Ok(Payment {
            id: PaymentId::new(self.id),
            ticket_id: TicketId::new(self.ticket_id),
            event_id: EventId::new(self.event_id),
            state: PaymentState {
                status: parse_word(PaymentStatus::parse, &self.status)?,
                price: msats(self.price_msats)?,
                revoked: msats(self.revoked_msats)?,
                settlements,
                refunded: msats(self.refunded_msats)?,
                revoked_refunded: msats(self.revoked_refunded_msats)?,
                late: self.late,
            },
            collection: Collection {
                state: parse_word(CollectionState::parse, &self.collection_state)?,
                detail: self.collection_detail,
            },
            wallet_allowed: self.wallet_allowed,
            payer: KnownPayer::from_column(self.payer_address),
            paid_at: timestamp_opt(self.paid_at)?,
            created_at: timestamp(self.created_at)?,
            updated_at: timestamp(self.updated_at)?,
        })
    }

    fn complete(self, connection: &mut SqliteConnection) -> Result<Payment, Fault> {
        use schema::uma_request_invoices::dsl as invoice;
        let rows: Vec<(String, i64)> = invoice::uma_request_invoices
            .filter(invoice::payment_id.eq(self.id).and(invoice::settled_msats.gt(0)))
            .select((invoice::payment_hash, invoice::settled_msats))
            .load(connection)?;
        let settlements = rows.into_iter().map(|(text, amount)| Ok((hash(&text)?, msats(amount)?)));
        let settlements = settlements.collect::<Result<Settlements, Fault>>()?;
        self.with(settlements)
    }
}

pub(crate) fn find(connection: &mut SqliteConnection, id: PaymentId) -> Result<Option<Payment>, Fault> {
    let row = table.find(id.get()).select(PaymentRow::as_select()).get_result(connection).optional()?;
    row.map(|row| row.complete(connection)).transpose()
}

pub(crate) fn of_ticket(
    connection: &mut SqliteConnection,
    ticket: TicketId,
) -> Result<Option<Payment>, Fault> {
    use schema::tickets::dsl as t;
    let order = t::tickets.filter(t::id.eq(ticket.get())).select(t::order_id);
    let row = table
        .filter(dsl::ticket_id.eq(ticket.get()).or(dsl::order_id.eq_any(order).assume_not_null()))
        .select(PaymentRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(|row| row.complete(connection)).transpose()
}

pub(crate) fn of_order(connection: &mut SqliteConnection, order: OrderId) -> Result<Option<Payment>, Fault> {
    let row = table
        .filter(dsl::order_id.eq(order.get()))
        .select(PaymentRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(|row| row.complete(connection)).transpose()
}

/// Adds a payment without settlements and sets its id.
pub(crate) fn add(
    connection: &mut SqliteConnection,
    payment: &mut Payment,
    order: OrderId,
) -> Result<(), Fault> {
    let id = diesel::insert_into(table)
        .values((
            dsl::ticket_id.eq(payment.ticket_id.get()),
            dsl::event_id.eq(payment.event_id.get()),
            dsl::status.eq(payment.state.status.as_str()),
            dsl::price_msats.eq(payment.state.price.to_i64()),
            dsl::collection_state.eq(payment.collection.state.as_str()),
            dsl::wallet_allowed.eq(payment.wallet_allowed),
            dsl::order_id.eq(order.get()),
            dsl::created_at.eq(micros(payment.created_at)),
            dsl::updated_at.eq(micros(payment.updated_at)),
        ))
        .returning(dsl::id)
        .get_result(connection)?;
    payment.id = PaymentId::new(id);
    Ok(())
}

fn put(connection: &mut SqliteConnection, payment: &Payment) -> Result<(), Fault> {
    let state = &payment.state;
    let rows = diesel::update(table.find(payment.id.get()))
        .set((
            dsl::status.eq(state.status.as_str()),
            dsl::price_msats.eq(state.price.to_i64()),
            dsl::revoked_msats.eq(state.revoked.to_i64()),
            dsl::refunded_msats.eq(state.refunded.to_i64()),
            dsl::revoked_refunded_msats.eq(state.revoked_refunded.to_i64()),
            dsl::late.eq(state.late),
            dsl::received_msats.eq(state.received().to_i64()),
            dsl::kept_msats.eq(state.kept().to_i64()),
            dsl::refundable_msats.eq(state.refundable().to_i64()),
            dsl::exception.eq(state.anomaly().as_str()),
            dsl::collection_state.eq(payment.collection.state.as_str()),
            dsl::collection_detail.eq(without_nul(&payment.collection.detail)),
            dsl::payer_address.eq(payment.payer.to_column()),
            dsl::paid_at.eq(micros_opt(payment.paid_at)),
            dsl::created_at.eq(micros(payment.created_at)),
            dsl::updated_at.eq(micros(payment.updated_at)),
        ))
        .execute(connection)?;
    if rows == 1 { Ok(()) } else { Err(Fault::corrupt(format!("payment {} does not exist", payment.id))) }
}

/// Returns the payment's ticket, and whether the payment is pending.
pub(crate) fn ticket_and_pending(
    connection: &mut SqliteConnection,
    id: PaymentId,
) -> Result<Option<(TicketId, bool)>, Fault> {
    let row: Option<(i64, String)> =
        table.find(id.get()).select((dsl::ticket_id, dsl::status)).get_result(connection).optional()?;
    Ok(row.map(|(ticket, status)| (TicketId::new(ticket), status == PaymentStatus::Pending.as_str())))
}

/// Updates the collection state of a pending payment.
pub(crate) fn update_collection(
    connection: &mut SqliteConnection,
    update: &CollectionUpdate,
    domain_events: &mut PendingEvents,
) -> Result<bool, Fault> {
    let Some((ticket, true)) = ticket_and_pending(connection, update.payment_id)? else { return Ok(false) };
    if let Some(hash) = update.invoice {
        let current = Invoice::current(invoices::of_payment(connection, update.payment_id)?);
        if current.is_some_and(|current| current.payment_hash != hash) {
            return Ok(false);
        }
    }
    if update.push_refused {
        use schema::uma_pushes::{dsl as pushes, table as pushed};
        diesel::update(pushed.find(update.payment_id.get()))
            .set(pushes::refused_at.eq(micros(update.at)))
            .execute(connection)?;
    }
    diesel::update(table.find(update.payment_id.get()))
        .set((
            dsl::collection_state.eq(update.collection.state.as_str()),
            dsl::collection_detail.eq(without_nul(&update.collection.detail)),
            dsl::updated_at.eq(micros(update.at)),
        ))
        .execute(connection)?;
    domain_events.add(DomainEvent::Ticket(ticket));
    Ok(true)
}

/// A ticket shows its payment, so a change of the payment is one of the ticket.
fn add_ticket_event(
    connection: &mut SqliteConnection,
    domain_events: &mut PendingEvents,
    payment: PaymentId,
) -> Result<(), Fault> {
    if let Some((ticket, _)) = ticket_and_pending(connection, payment)? {
        domain_events.add(DomainEvent::Ticket(ticket));
    }
    Ok(())
}

/// An invoice belongs to a payment, or to an event as a whole.
fn add_invoice_event(
    connection: &mut SqliteConnection,
    domain_events: &mut PendingEvents,
    payment: Option<PaymentId>,
    event: EventId,
) -> Result<(), Fault> {
    match payment {
        Some(payment) => add_ticket_event(connection, domain_events, payment),
        None => {
            domain_events.add(DomainEvent::Event(event));
            Ok(())
        }
    }
}

#[async_trait]
impl PaymentReader for Sqlite {
    async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        self.read(move |connection| find(connection, id)).await
    }

    async fn payment_of_ticket(&self, ticket: TicketId) -> Result<Option<Payment>, StoreError> {
        self.read(move |connection| of_ticket(connection, ticket)).await
    }

    async fn invoices_of(&self, payment: PaymentId) -> Result<Vec<Invoice>, StoreError> {
        self.read(move |connection| invoices::of_payment(connection, payment)).await
    }

    async fn invoices_by_hash(&self, hashes: &[PaymentHash]) -> Result<Vec<Option<Invoice>>, StoreError> {
        let hashes = hashes.to_vec();
        self.read(move |connection| hashes.iter().map(|hash| invoices::by_hash(connection, *hash)).collect())
            .await
    }

    async fn invoice_by_node_id(&self, invoice_id: &str) -> Result<Option<Invoice>, StoreError> {
        let invoice_id = invoice_id.to_owned();
        self.read(move |connection| invoices::by_node_id(connection, &invoice_id)).await
    }

    async fn refunds_of(&self, payment: PaymentId) -> Result<Vec<Refund>, StoreError> {
        self.read(move |connection| refunds::of_payment(connection, payment)).await
    }

    async fn payment_events(&self, payment: PaymentId) -> Result<Vec<PaymentEvent>, StoreError> {
        self.read(move |connection| payment_events::of_payment(connection, payment)).await
    }

    async fn refunds_since(&self, since: Timestamp) -> Result<Vec<Refund>, StoreError> {
        let since = micros(since);
        self.read(move |connection| refunds::since(connection, since)).await
    }

    async fn outgoing_orders_of(&self, payment: PaymentId) -> Result<Vec<OutgoingOrder>, StoreError> {
        self.read(move |connection| outgoing::of_payment(connection, payment)).await
    }

    async fn ordered_from_wallet(&self, user: UserId, since: Timestamp) -> Result<Msats, StoreError> {
        self.read(move |connection| outgoing::from_wallet(connection, user, since)).await
    }

    async fn event_invoice(&self, event: EventId) -> Result<Option<Invoice>, StoreError> {
        self.read(move |connection| invoices::of_event(connection, event)).await
    }

    async fn count_event_invoices(&self, event: EventId) -> Result<u64, StoreError> {
        use schema::uma_request_invoices::dsl as invoice;
        self.read(move |connection| {
            let found: i64 = invoice::uma_request_invoices
                .filter(invoice::event_id.eq(event.get()).and(invoice::payment_id.is_null()))
                .count()
                .get_result(connection)?;
            Ok(found.unsigned_abs())
        })
        .await
    }

    async fn event_invoices(&self, event: EventId, page: Page) -> Result<Vec<Invoice>, StoreError> {
        self.read(move |connection| invoices::page_of_event(connection, event, page)).await
    }
}

#[async_trait]
impl PaymentWriter for SqliteSession {
    async fn payment_for_update(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        self.run(move |connection, _| find(connection, id)).await
    }

    async fn put_payment(&mut self, payment: &Payment) -> Result<(), StoreError> {
        let payment = payment.clone();
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::Ticket(payment.ticket_id));
            put(connection, &payment)
        })
        .await
    }

    async fn record_payment(&mut self, payment: &Payment, event: &PaymentEvent) -> Result<(), StoreError> {
        let (payment, event) = (payment.clone(), event.clone());
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::Ticket(payment.ticket_id));
            put(connection, &payment)?;
            payment_events::add(connection, &event)
        })
        .await
    }

    async fn add_payment_event(&mut self, event: &PaymentEvent) -> Result<(), StoreError> {
        let event = event.clone();
        self.run(move |connection, _| payment_events::add(connection, &event)).await
    }

    async fn add_invoice(&mut self, invoice: &NewInvoice) -> Result<Invoice, StoreError> {
        let invoice = invoice.clone();
        self.run(move |connection, domain_events| {
            add_invoice_event(connection, domain_events, invoice.payment_id, invoice.event_id)?;
            match invoices::add(connection, &invoice)? {
                Some(added) => Ok(added),
                None => invoices::by_hash(connection, invoice.payment_hash)?
                    .ok_or_else(|| Fault::corrupt("invoice with a known payment hash is missing")),
            }
        })
        .await
    }

    async fn invoices_in_session(&mut self, payment: PaymentId) -> Result<Vec<Invoice>, StoreError> {
        self.run(move |connection, _| invoices::of_payment(connection, payment)).await
    }

    async fn retire_invoices(&mut self, payment: PaymentId, role: InvoiceRole) -> Result<(), StoreError> {
        self.run(move |connection, domain_events| {
            add_ticket_event(connection, domain_events, payment)?;
            invoices::retire(connection, payment, role)
        })
        .await
    }

    async fn add_refund(&mut self, refund: &NewRefund) -> Result<Refund, StoreError> {
        let refund = refund.clone();
        self.run(move |connection, domain_events| {
            add_ticket_event(connection, domain_events, refund.payment_id)?;
            refunds::add(connection, &refund)
        })
        .await
    }

    async fn refunds_for_update(&mut self, payment: PaymentId) -> Result<Vec<Refund>, StoreError> {
        self.run(move |connection, _| refunds::of_payment(connection, payment)).await
    }

    async fn put_refund(&mut self, refund: &Refund) -> Result<bool, StoreError> {
        let refund = refund.clone();
        self.run(move |connection, domain_events| {
            add_ticket_event(connection, domain_events, refund.payment_id)?;
            refunds::put(connection, &refund)
        })
        .await
    }

    async fn outgoing_orders_for_update(
        &mut self,
        payment: PaymentId,
    ) -> Result<Vec<OutgoingOrder>, StoreError> {
        self.run(move |connection, _| outgoing::of_payment(connection, payment)).await
    }

    async fn ordered_from_wallet(&mut self, user: UserId, since: Timestamp) -> Result<Msats, StoreError> {
        self.run(move |connection, _| outgoing::from_wallet(connection, user, since)).await
    }

    async fn add_outgoing_order(&mut self, order: &OutgoingOrder) -> Result<bool, StoreError> {
        let order = order.clone();
        self.run(move |connection, _| outgoing::add(connection, &order)).await
    }

    async fn put_outgoing_order(&mut self, order: &OutgoingOrder) -> Result<(), StoreError> {
        let order = order.clone();
        self.run(move |connection, _| outgoing::put(connection, &order)).await
    }

    async fn put_invoice(&mut self, invoice: &Invoice) -> Result<(), StoreError> {
        let invoice = invoice.clone();
        self.run(move |connection, domain_events| {
            add_invoice_event(connection, domain_events, invoice.payment_id, invoice.event_id)?;
            invoices::put(connection, &invoice)
        })
        .await
    }
}

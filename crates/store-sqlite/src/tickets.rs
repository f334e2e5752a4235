use crate::{
    error::Fault,
    schema,
    session::SqliteSession,
    store::{PendingEvents, Sqlite},
    values::{micros, micros_opt, parse_word, row_key, timestamp, timestamp_opt},
};
use async_trait::async_trait;
use box_office::{DomainEvent, NetworkTags};
use diesel::{dsl::case_when, prelude::*, sql_types::Bool, sqlite::SqliteConnection};
use kernel::{
    EventId, Locked, Msats, OrderId, Page, Sats, StoreError, TicketId, TicketTypeId, Timestamp, UserId,
};
use schema::tickets::{dsl, table};
use std::collections::HashSet;
use tickets::{
    Holder, Ticket, TicketCode, TicketOrder, TicketQuery, TicketReader, TicketStatus, TicketWriter,
};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = schema::tickets)]
pub(crate) struct TicketRow {
    pub(crate) id: i64,
    pub(crate) event_id: i64,
    user_id: Option<i64>,
    ticket_code: String,
    payment_status: String,
    uma_address: String,
    hold_expires_at: Option<i64>,
    checked_in_at: Option<i64>,
    paid_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    link_key: Option<Vec<u8>>,
    pub(crate) order_id: Option<i64>,
    ticket_type_id: Option<i64>,
    price_msats: Option<i64>,
    holder_name: Option<String>,
    holder_email: Option<String>,
}

impl TicketRow {
    /// The ticket and the person that it is for.
    pub(crate) fn with_holder(mut self) -> Result<(Ticket, Holder), Fault> {
        let holder = Holder { name: self.holder_name.take(), email: self.holder_email.take() };
        Ok((Ticket::try_from(self)?, holder))
    }

    fn order(&self) -> Result<Option<TicketOrder>, Fault> {
        let (Some(order), Some(ticket_type), Some(price)) =
            (self.order_id, self.ticket_type_id, self.price_msats)
        else {
            return Ok(None);
        };
        let price = Msats::try_from(price).ok().and_then(Msats::to_sats_exact);
        Ok(Some(TicketOrder {
            order_id: OrderId::new(order),
            ticket_type_id: TicketTypeId::new(ticket_type),
            price: price.ok_or_else(|| Fault::corrupt(format!("price of ticket {}", self.id)))?,
        }))
    }
}

impl TryFrom<TicketRow> for Ticket {
    type Error = Fault;
    fn try_from(row: TicketRow) -> Result<Self, Fault> {
        Ok(Self {
            id: TicketId::new(row.id),
            event_id: EventId::new(row.event_id),
            order: row.order()?,
            user_id: row.user_id.map(UserId::new),
            code: TicketCode::parse(&row.ticket_code)
                .map_err(|error| Fault::corrupt(format!("ticket {}: {error}", row.id)))?,
            link_key: row_key(row.link_key)?,
            status: parse_word(TicketStatus::parse, &row.payment_status)?,
            uma_address: row.uma_address,
            hold_expires_at: timestamp_opt(row.hold_expires_at)?,
            checked_in_at: timestamp_opt(row.checked_in_at)?,
            paid_at: timestamp_opt(row.paid_at)?,
            created_at: timestamp(row.created_at)?,
            updated_at: timestamp(row.updated_at)?,
        })
    }
}

fn find(connection: &mut SqliteConnection, id: TicketId) -> Result<Option<Ticket>, Fault> {
    let row = table.find(id.get()).select(TicketRow::as_select()).get_result(connection).optional()?;
    row.map(Ticket::try_from).transpose()
}

fn matching(query: &TicketQuery) -> schema::tickets::BoxedQuery<'static, diesel::sqlite::Sqlite> {
    let mut rows = table.into_boxed();
    if let Some(user) = query.user_id {
        rows = rows.filter(dsl::user_id.eq(user.get()));
    }
    if let Some(event) = query.event_id {
        rows = rows.filter(dsl::event_id.eq(event.get()));
    }
    if let Some(status) = query.status {
        rows = rows.filter(dsl::payment_status.eq(status.as_str()));
    }
    if let Some(below) = query.below {
        rows = rows.filter(dsl::id.lt(below.get()));
    }
    rows
}

pub(crate) fn count(connection: &mut SqliteConnection, query: &TicketQuery) -> Result<u64, Fault> {
    let found: i64 = matching(query).count().get_result(connection)?;
    Ok(found.unsigned_abs())
}

/// Returns a page of rows, newest first.
pub(crate) fn page(
    connection: &mut SqliteConnection,
    query: &TicketQuery,
    page: Page,
) -> Result<Vec<TicketRow>, Fault> {
    Ok(matching(query)
        .order(dsl::id.desc())
        .limit(page.limit().into())
        .offset(page.offset().into())
        .select(TicketRow::as_select())
        .load(connection)?)
}

pub(crate) fn lapsed(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<Ticket>, Fault> {
    // A literal: SQLite uses a partial index only if the query repeats its condition.
    let pending = diesel::dsl::sql::<diesel::sql_types::Bool>("payment_status = 'pending'");
    let rows = table
        .filter(pending.and(dsl::hold_expires_at.lt(micros(before)).assume_not_null()))
        // One ticket stands for its order.
        .filter(diesel::dsl::sql::<Bool>(
            "NOT EXISTS (SELECT 1 FROM tickets o WHERE o.order_id = tickets.order_id AND o.id < tickets.id)",
        ))
        .order((dsl::hold_expires_at, dsl::id))
        .limit(limit.into())
        .select(TicketRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Ticket::try_from).collect()
}

pub(crate) fn held(
    connection: &mut SqliteConnection,
    user: UserId,
    requested: &[EventId],
) -> Result<Vec<EventId>, Fault> {
    let held: Vec<i64> = table
        .filter(dsl::user_id.eq(user.get()).and(dsl::payment_status.eq(TicketStatus::Paid.as_str())))
        .select(dsl::event_id)
        .distinct()
        .order(dsl::event_id)
        .load(connection)?;
    // A user has few tickets, the request may have many events.
    let requested: HashSet<i64> = requested.iter().map(|id| id.get()).collect();
    Ok(held.into_iter().filter(|id| requested.contains(id)).map(EventId::new).collect())
}

pub(crate) fn holds_future(
    connection: &mut SqliteConnection,
    user: UserId,
    now: Timestamp,
) -> Result<bool, Fault> {
    use schema::events;
    let future = table
        .inner_join(events::table)
        .filter(dsl::user_id.eq(user.get()))
        .filter(dsl::payment_status.eq(TicketStatus::Paid.as_str()))
        // Free tickets have no `hold_expires_at`.
        .filter(dsl::hold_expires_at.is_not_null())
        .filter(events::end_time.gt(micros(now)));
    Ok(diesel::select(diesel::dsl::exists(future)).get_result(connection)?)
}

fn put(connection: &mut SqliteConnection, ticket: &Ticket) -> Result<(), Fault> {
    let rows = diesel::update(table.find(ticket.id.get()))
        .set((
            dsl::event_id.eq(ticket.event_id.get()),
            dsl::user_id.eq(ticket.user_id.map(UserId::get)),
            dsl::ticket_code.eq(ticket.code.expose()),
            dsl::payment_status.eq(ticket.status.as_str()),
            dsl::uma_address.eq(&ticket.uma_address),
            dsl::hold_expires_at.eq(micros_opt(ticket.hold_expires_at)),
            dsl::checked_in_at.eq(micros_opt(ticket.checked_in_at)),
            dsl::paid_at.eq(micros_opt(ticket.paid_at)),
            dsl::created_at.eq(micros(ticket.created_at)),
            dsl::updated_at.eq(micros(ticket.updated_at)),
            // Network tags are kept only while the seat is outstanding.
            dsl::network_tag.eq(case_when(ticket.is_outstanding().into_sql::<Bool>(), dsl::network_tag)),
            dsl::site_tag.eq(case_when(ticket.is_outstanding().into_sql::<Bool>(), dsl::site_tag)),
        ))
        .execute(connection)?;
    if rows == 1 { Ok(()) } else { Err(Fault::corrupt(format!("ticket {} does not exist", ticket.id))) }
}

/// Adds a ticket, of an order with its type and price, and sets its id.
pub(crate) fn add(
    connection: &mut SqliteConnection,
    ticket: &mut Ticket,
    network: Option<&NetworkTags>,
    (order, ticket_type, price): (OrderId, TicketTypeId, Sats),
    holder: &Holder,
) -> Result<(), Fault> {
    let id = diesel::insert_into(table)
        .values((
            dsl::event_id.eq(ticket.event_id.get()),
            dsl::user_id.eq(ticket.user_id.map(UserId::get)),
            dsl::ticket_code.eq(ticket.code.expose()),
            dsl::payment_status.eq(ticket.status.as_str()),
            dsl::uma_address.eq(&ticket.uma_address),
            dsl::hold_expires_at.eq(micros_opt(ticket.hold_expires_at)),
            dsl::paid_at.eq(micros_opt(ticket.paid_at)),
            dsl::created_at.eq(micros(ticket.created_at)),
            dsl::updated_at.eq(micros(ticket.updated_at)),
            dsl::link_key.eq(ticket.link_key.as_ref().map(|key| key.expose().as_slice())),
            dsl::network_tag.eq(network.map(|tags| tags.network.as_slice())),
            dsl::site_tag.eq(network.and_then(|tags| tags.site.as_ref()).map(<[u8; 16]>::as_slice)),
            dsl::order_id.eq(order.get()),
            dsl::ticket_type_id.eq(ticket_type.get()),
            dsl::price_msats.eq(price.to_msats().to_i64()),
            dsl::holder_name.eq(&holder.name),
            dsl::holder_email.eq(&holder.email),
        ))
        .returning(dsl::id)
        .get_result(connection)?;
    ticket.id = TicketId::new(id);
    ticket.order = Some(TicketOrder { order_id: order, ticket_type_id: ticket_type, price });
    Ok(())
}

#[async_trait]
impl TicketReader for Sqlite {
    async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        self.read(move |connection| find(connection, id)).await
    }

    async fn ticket_by_code(&self, code: &TicketCode) -> Result<Option<Ticket>, StoreError> {
        let code = code.clone();
        self.read(move |connection| {
            let row = table
                .filter(dsl::ticket_code.eq(code.expose()))
                .select(TicketRow::as_select())
                .get_result(connection)
                .optional()?;
            row.map(Ticket::try_from).transpose()
        })
        .await
    }

    async fn tickets(&self, query: &TicketQuery, window: Page) -> Result<Vec<Ticket>, StoreError> {
        let query = *query;
        self.read(move |connection| {
            page(connection, &query, window)?.into_iter().map(Ticket::try_from).collect()
        })
        .await
    }

    async fn lapsed_holds(&self, before: Timestamp, limit: u32) -> Result<Vec<Ticket>, StoreError> {
        self.read(move |connection| lapsed(connection, before, limit)).await
    }

    async fn events_held(&self, user: UserId, events: &[EventId]) -> Result<Vec<EventId>, StoreError> {
        let events = events.to_vec();
        self.read(move |connection| held(connection, user, &events)).await
    }
}

#[async_trait]
impl TicketWriter for SqliteSession {
    async fn ticket_for_update(&mut self, id: TicketId) -> Result<Option<Locked<Ticket>>, StoreError> {
        Ok(self.run(move |connection, _| find(connection, id)).await?.map(Locked::by_store))
    }

    async fn put_ticket(&mut self, ticket: &Locked<Ticket>) -> Result<(), StoreError> {
        let ticket = Ticket::clone(ticket);
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::Ticket(ticket.id));
            put(connection, &ticket)
        })
        .await
    }

    async fn holds_future_ticket(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        self.run(move |connection, _| holds_future(connection, user, now)).await
    }

    async fn free_future_orders(
        &mut self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Vec<TicketId>, StoreError> {
        use schema::events;
        self.run(move |connection, _| {
            let rows: Vec<(i64, Option<i64>)> = table
                .inner_join(events::table)
                .filter(dsl::user_id.eq(user.get()))
                .filter(dsl::payment_status.eq(TicketStatus::Paid.as_str()))
                .filter(dsl::hold_expires_at.is_null())
                .filter(events::end_time.gt(micros(now)))
                .order((dsl::order_id, dsl::id))
                .select((dsl::id, dsl::order_id))
                .load(connection)?;
            let mut seen = HashSet::new();
            let first = rows.into_iter().filter(|(_, order)| order.is_none_or(|order| seen.insert(order)));
            Ok(first.map(|(id, _)| TicketId::new(id)).collect())
        })
        .await
    }

    async fn unlink_tickets(&mut self, user: UserId) -> Result<(), StoreError> {
        self.run(move |connection, domain_events| unlink(connection, domain_events, user, &[])).await
    }

    async fn unlink_unpaid_tickets(&mut self, user: UserId) -> Result<(), StoreError> {
        let kept = [TicketStatus::Paid, TicketStatus::Refunded];
        self.run(move |connection, domain_events| unlink(connection, domain_events, user, &kept)).await
    }
}

/// Unlinks an account from its tickets, except those with a status in `kept`.
fn unlink(
    connection: &mut SqliteConnection,
    domain_events: &mut PendingEvents,
    user: UserId,
    kept: &[TicketStatus],
) -> Result<(), Fault> {
    let kept: Vec<&str> = kept.iter().map(|status| status.as_str()).collect();
    crate::orders::unlink(connection, user, &kept)?;
    if kept.is_empty() {
        // The account is being erased, and with it the people that it named.
        diesel::update(table.filter(dsl::user_id.eq(user.get())))
            .set((dsl::holder_name.eq(None::<String>), dsl::holder_email.eq(None::<String>)))
            .execute(connection)?;
    }
    let tickets: Vec<i64> =
        diesel::update(table.filter(dsl::user_id.eq(user.get())).filter(dsl::payment_status.ne_all(kept)))
            .set(dsl::user_id.eq(None::<i64>))
            .returning(dsl::id)
            .get_results(connection)?;
    for id in tickets {
        domain_events.add(DomainEvent::Ticket(TicketId::new(id)));
    }
    Ok(())
}

use crate::{
    Postgres,
    error::{require_one_row, store_error},
    rows::TicketRow,
    schema,
    session::PgSession,
};
use async_trait::async_trait;
use box_office::DomainEvent;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, IntoSql, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, QueryDsl, SelectableHelper,
    dsl::{case_when, exists, sql},
    pg::Pg,
    select, sql_query,
    sql_types::{Array, BigInt, Bool, Text},
    update,
};
use diesel_async::RunQueryDsl;
use kernel::{EventId, Locked, Page, StoreError, TicketId, Timestamp, UserId};
use schema::{events as e, orders as o, tickets as t};
use std::collections::HashSet;
use tickets::{Ticket, TicketCode, TicketQuery, TicketReader, TicketStatus, TicketWriter};

/// Tickets that match the query's filters.
pub(crate) fn matching(query: &TicketQuery) -> t::BoxedQuery<'static, Pg> {
    let mut rows = t::table.into_boxed();
    if let Some(user) = query.user_id {
        rows = rows.filter(t::user_id.eq(user.get()));
    }
    if let Some(event) = query.event_id {
        rows = rows.filter(t::event_id.eq(event.get()));
    }
    if let Some(status) = query.status {
        rows = rows.filter(t::payment_status.eq(status.as_str()));
    }
    if let Some(below) = query.below {
        rows = rows.filter(t::id.lt(below.get()));
    }
    rows
}

#[async_trait]
impl TicketReader for Postgres {
    async fn ticket(&self, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        t::table
            .find(id.get())
            .select(TicketRow::as_select())
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?
            .map(Ticket::try_from)
            .transpose()
    }

    async fn ticket_by_code(&self, code: &TicketCode) -> Result<Option<Ticket>, StoreError> {
        t::table
            .filter(t::ticket_code.eq(code.expose()))
            .select(TicketRow::as_select())
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?
            .map(Ticket::try_from)
            .transpose()
    }

    async fn tickets(&self, query: &TicketQuery, page: Page) -> Result<Vec<Ticket>, StoreError> {
        let rows: Vec<TicketRow> = matching(query)
            .order(t::id.desc())
            .limit(page.limit().into())
            .offset(page.offset().into())
            .select(TicketRow::as_select())
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        rows.into_iter().map(Ticket::try_from).collect()
    }

    async fn lapsed_holds(&self, before: Timestamp, limit: u32) -> Result<Vec<Ticket>, StoreError> {
        let rows: Vec<TicketRow> = t::table
            // A literal, not a parameter: the partial index requires this exact condition.
            .filter(sql::<Bool>("payment_status = 'pending'"))
            .filter(t::hold_expires_at.lt(before))
            // One ticket stands for its order.
            .filter(sql::<Bool>(
                "NOT EXISTS (SELECT FROM tickets o WHERE o.order_id = tickets.order_id AND o.id < tickets.id)",
            ))
            .order((t::hold_expires_at, t::id))
            .limit(limit.into())
            .select(TicketRow::as_select())
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        rows.into_iter().map(Ticket::try_from).collect()
    }

    async fn events_held(&self, user: UserId, events: &[EventId]) -> Result<Vec<EventId>, StoreError> {
        let requested: Vec<i64> = events.iter().map(|id| id.get()).collect();
        let held: Vec<i64> = t::table
            .filter(t::user_id.eq(user.get()))
            .filter(t::payment_status.eq(TicketStatus::Paid.as_str()))
            .filter(t::event_id.eq_any(requested))
            .select(t::event_id)
            .distinct()
            .order(t::event_id)
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        Ok(held.into_iter().map(EventId::new).collect())
    }
}

#[async_trait]
impl TicketWriter for PgSession {
    async fn ticket_for_update(&mut self, id: TicketId) -> Result<Option<Locked<Ticket>>, StoreError> {
        t::table
            .find(id.get())
            .select(TicketRow::as_select())
            .for_no_key_update()
            .first(self.db())
            .await
            .optional()
            .map_err(store_error)?
            .map(|row| Ticket::try_from(row).map(Locked::by_store))
            .transpose()
    }

    async fn put_ticket(&mut self, ticket: &Locked<Ticket>) -> Result<(), StoreError> {
        let rows = update(t::table.find(ticket.id.get()))
            .set((
                t::event_id.eq(ticket.event_id.get()),
                t::user_id.eq(ticket.user_id.map(UserId::get)),
                t::ticket_code.eq(ticket.code.expose()),
                t::payment_status.eq(ticket.status.as_str()),
                t::uma_address.eq(&ticket.uma_address),
                t::hold_expires_at.eq(ticket.hold_expires_at),
                t::checked_in_at.eq(ticket.checked_in_at),
                t::paid_at.eq(ticket.paid_at),
                t::updated_at.eq(ticket.updated_at),
                // Network tags are kept only while the seat is outstanding.
                t::network_tag.eq(case_when(ticket.is_outstanding().into_sql::<Bool>(), t::network_tag)),
                t::site_tag.eq(case_when(ticket.is_outstanding().into_sql::<Bool>(), t::site_tag)),
            ))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        self.publish_on_commit(DomainEvent::Ticket(ticket.id));
        require_one_row(rows, "ticket", ticket.id)
    }

    async fn holds_future_ticket(&mut self, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        // Orders before tickets, each in id order, like every session that locks several.
        let of_tickets = t::table.filter(t::user_id.eq(user.get())).select(t::order_id);
        let _orders: Vec<i64> = o::table
            .filter(o::id.nullable().eq_any(of_tickets))
            .select(o::id)
            .order(o::id)
            .for_no_key_update()
            .load(self.db())
            .await
            .map_err(store_error)?;
        let _locked: Vec<i64> = t::table
            .filter(t::user_id.eq(user.get()))
            .select(t::id)
            .order(t::id)
            .for_no_key_update()
            .load(self.db())
            .await
            .map_err(store_error)?;
        let future = t::table
            .inner_join(e::table.on(e::id.eq(t::event_id)))
            .filter(t::user_id.eq(user.get()).and(t::payment_status.eq(TicketStatus::Paid.as_str())))
            // Free tickets have no `hold_expires_at`.
            .filter(t::hold_expires_at.is_not_null())
            .filter(e::end_time.gt(now));
        select(exists(future)).get_result(self.db()).await.map_err(store_error)
    }

    async fn free_future_orders(
        &mut self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Vec<TicketId>, StoreError> {
        let rows: Vec<(i64, Option<i64>)> = t::table
            .filter(t::user_id.eq(user.get()).and(t::payment_status.eq(TicketStatus::Paid.as_str())))
            .filter(t::hold_expires_at.is_null())
            .filter(t::event_id.eq_any(e::table.filter(e::end_time.gt(now)).select(e::id)))
            .order((t::order_id, t::id))
            .select((t::id, t::order_id))
            .load(self.db())
            .await
            .map_err(store_error)?;
        Ok(first_of_orders(rows))
    }

    async fn unlink_tickets(&mut self, user: UserId) -> Result<(), StoreError> {
        unlink(self, user, &[]).await
    }

    async fn unlink_unpaid_tickets(&mut self, user: UserId) -> Result<(), StoreError> {
        unlink(self, user, &[TicketStatus::Paid, TicketStatus::Refunded]).await
    }
}

/// The first ticket of each order, and tickets without one.
fn first_of_orders(rows: Vec<(i64, Option<i64>)>) -> Vec<TicketId> {
    let mut seen = HashSet::new();
    let first = rows.into_iter().filter(|(_, order)| order.is_none_or(|order| seen.insert(order)));
    first.map(|(id, _)| TicketId::new(id)).collect()
}

/// Unlinks an account from its tickets, except those with a status in `kept`.
async fn unlink(session: &mut PgSession, user: UserId, kept: &[TicketStatus]) -> Result<(), StoreError> {
    let kept: Vec<&str> = kept.iter().map(|status| status.as_str()).collect();
    // Orders are locked before their tickets.
    sql_query(
        "UPDATE orders SET user_id = NULL, buyer_key = NULL WHERE buyer_key = 'account/' || $1 \
        AND NOT EXISTS (SELECT FROM tickets t WHERE t.order_id = orders.id AND t.payment_status = ANY($2))",
    )
    .bind::<BigInt, _>(user.get())
    .bind::<Array<Text>, _>(&kept)
    .execute(session.db())
    .await
    .map_err(store_error)?;
    // In id order, like every session that locks several tickets.
    let locked: Vec<i64> = t::table
        .filter(t::user_id.eq(user.get()))
        .filter(t::payment_status.ne_all(&kept))
        .select(t::id)
        .order(t::id)
        .for_no_key_update()
        .load(session.db())
        .await
        .map_err(store_error)?;
    if kept.is_empty() {
        // The account is being erased, and with it the people that it named.
        update(t::table.filter(t::id.eq_any(&locked)))
            .set((t::holder_name.eq(None::<String>), t::holder_email.eq(None::<String>)))
            .execute(session.db())
            .await
            .map_err(store_error)?;
    }
    let unlinked: Vec<i64> = update(t::table.filter(t::id.eq_any(locked)))
        .set(t::user_id.eq(None::<i64>))
        .returning(t::id)
        .get_results(session.db())
        .await
        .map_err(store_error)?;
    for id in unlinked {
        session.publish_on_commit(DomainEvent::Ticket(TicketId::new(id)));
    }
    Ok(())
}

//! Orders, ticket types and promo codes outside the hot path.

use crate::{
    Postgres,
    error::{corrupt, is_unique_violation, require_one_row, store_error},
    order_backfill,
    order_rows::{CodeRow, LineRow, OrderRow, TypeRow, discount_columns, price_columns, visibility_column},
    order_transition::put_transition,
    payment,
    rows::{TicketRow, seats_column},
    schema::{
        events as e, order_lines as l, orders as o, orders_rollout as rollout, promo_code_types as ct,
        promo_codes as c, ticket_types as y, tickets as t,
    },
    session::PgSession,
};
use async_trait::async_trait;
use box_office::{
    DomainEvent, LockedOrder, OrderReader, OrderTerms, OrderView, OrderWriter, OrderedTicket,
    check_transition_locks,
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension,
    QueryDsl, SelectableHelper, delete,
    dsl::{exists, not},
    insert_into, sql_query,
    sql_types::{Array, BigInt},
    update,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use events::{EventWriter, NewPromoCode, NewTicketType, PromoCode, PromoCodeText, PromoTypes, TicketType};
use kernel::{
    EventId, Locked, OrderId, Page, PromoCodeId, StoreError, TicketId, TicketTypeId, Timestamp, UserId,
};
use std::collections::{BTreeMap, BTreeSet};
use tickets::{BuyerKey, BuyerUsage, Holder, Inventory, Order, OrderTicket, Transition};

async fn types_of(db: &mut AsyncPgConnection, events: &[EventId]) -> Result<Vec<TicketType>, StoreError> {
    let rows: Vec<TypeRow> = y::table
        .filter(y::event_id.eq_any(events.iter().map(|event| event.get())))
        .order((y::event_id, y::position, y::id))
        .select(TypeRow::as_select())
        .load(db)
        .await
        .map_err(store_error)?;
    rows.into_iter().map(TicketType::try_from).collect()
}

async fn with_types(db: &mut AsyncPgConnection, rows: Vec<CodeRow>) -> Result<Vec<PromoCode>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let named: Vec<(i64, i64)> = ct::table
        .filter(ct::promo_code_id.eq_any(rows.iter().map(|row| row.id)))
        .select((ct::promo_code_id, ct::ticket_type_id))
        .load(db)
        .await
        .map_err(store_error)?;
    rows.into_iter().map(|row| row.with_types(&named)).collect()
}

/// Promo codes by id, locked in the order of ids.
async fn locked_codes(db: &mut AsyncPgConnection, ids: &[i64]) -> Result<Vec<PromoCode>, StoreError> {
    let rows: Vec<CodeRow> = c::table
        .filter(c::id.eq_any(ids))
        .order(c::id)
        .select(CodeRow::as_select())
        .for_no_key_update()
        .load(db)
        .await
        .map_err(store_error)?;
    with_types(db, rows).await
}

async fn put_types(db: &mut AsyncPgConnection, id: i64, named: &PromoTypes) -> Result<(), StoreError> {
    delete(ct::table.filter(ct::promo_code_id.eq(id))).execute(db).await.map_err(store_error)?;
    let PromoTypes::Only(named) = named else { return Ok(()) };
    let rows: Vec<_> =
        named.iter().map(|one| (ct::promo_code_id.eq(id), ct::ticket_type_id.eq(one.get()))).collect();
    insert_into(ct::table).values(rows).execute(db).await.map_err(store_error)?;
    Ok(())
}

async fn with_lines(db: &mut AsyncPgConnection, id: OrderId, row: OrderRow) -> Result<Order, StoreError> {
    let lines = l::table
        .filter(l::order_id.eq(id.get()))
        .order(l::position)
        .select(LineRow::as_select())
        .load(db)
        .await
        .map_err(store_error)?;
    row.with_lines(lines)
}

fn ordered(rows: Vec<TicketRow>) -> Result<Vec<OrderedTicket>, StoreError> {
    let tickets = rows.into_iter().map(|row| {
        let (ticket, holder) = row.with_holder()?;
        let order =
            ticket.order.ok_or_else(|| corrupt("ticket", ticket.id.get(), "invalid type or price"))?;
        Ok(OrderedTicket { ticket_type_id: order.ticket_type_id, price: order.price, holder, ticket })
    });
    tickets.collect()
}

async fn tickets_of(db: &mut AsyncPgConnection, id: OrderId) -> Result<Vec<OrderedTicket>, StoreError> {
    let of_order = t::table.filter(t::order_id.eq(id.get())).order(t::id);
    let rows = of_order.select(TicketRow::as_select()).load(db).await;
    ordered(rows.map_err(store_error)?)
}

/// The tickets of an order, locked in id order, like every session that locks several.
async fn locked_tickets(db: &mut AsyncPgConnection, id: OrderId) -> Result<Vec<OrderedTicket>, StoreError> {
    let of_order = t::table.filter(t::order_id.eq(id.get())).order(t::id);
    let rows = of_order.select(TicketRow::as_select()).for_no_key_update().load(db).await;
    ordered(rows.map_err(store_error)?)
}

/// Whether all processes maintain orders.
pub(crate) async fn finished(db: &mut AsyncPgConnection) -> Result<bool, StoreError> {
    let finished: Option<Timestamp> =
        rollout::table.find(1).select(rollout::finished_at).first(db).await.map_err(store_error)?;
    Ok(finished.is_some())
}

/// Adds the order of a ticket of a release without orders, and the type of its event.
async fn add_order(db: &mut AsyncPgConnection, ticket: TicketId) -> Result<(), StoreError> {
    let event: Option<i64> = t::table
        .filter(t::id.eq(ticket.get()).and(t::order_id.is_null()))
        .select(t::event_id)
        .first(db)
        .await
        .optional()
        .map_err(store_error)?;
    let Some(event) = event else { return Ok(()) };
    e::table.find(event).select(e::id).for_no_key_update().first::<i64>(db).await.map_err(store_error)?;
    let events = vec![event];
    sql_query(order_backfill::ADD_TYPES)
        .bind::<Array<BigInt>, _>(&events)
        .execute(db)
        .await
        .map_err(store_error)?;
    sql_query(order_backfill::ADD_ORDER)
        .bind::<BigInt, _>(ticket.get())
        .execute(db)
        .await
        .map_err(store_error)?;
    Ok(())
}

async fn view(db: &mut AsyncPgConnection, row: OrderRow) -> Result<OrderView, StoreError> {
    let id = row.id();
    let order = with_lines(db, id, row).await?;
    let tickets = tickets_of(db, id).await?;
    let payment = payment::of_order(db, id).await?;
    Ok(OrderView { order, tickets, payment })
}

async fn usage(
    db: &mut AsyncPgConnection,
    event: EventId,
    buyer: &BuyerKey,
    codes: &[i64],
) -> Result<BuyerUsage, StoreError> {
    let key = buyer.to_column();
    let seats: i64 = o::table
        .inner_join(t::table.on(t::order_id.eq(o::id.nullable())))
        .filter(o::buyer_key.eq(&key).and(o::event_id.eq(event.get())))
        .filter(t::payment_status.eq_any(["pending", "paid"]))
        .count()
        .get_result(db)
        .await
        .map_err(store_error)?;
    let seat = t::table
        .filter(t::order_id.eq(o::id.nullable()))
        .filter(t::payment_status.eq_any(["pending", "paid"]));
    let used: Vec<Option<i64>> = o::table
        .filter(o::buyer_key.eq(&key).and(o::promo_code_id.eq_any(codes)))
        .filter(exists(seat))
        .select(o::promo_code_id)
        .load(db)
        .await
        .map_err(store_error)?;
    let mut promo_uses = BTreeMap::<_, u32>::new();
    for code in used.into_iter().flatten() {
        let uses = promo_uses.entry(PromoCodeId::new(code)).or_default();
        *uses = uses.saturating_add(1);
    }
    let tickets = u32::try_from(seats).map_err(|error| StoreError::Failed(error.into()))?;
    Ok(BuyerUsage { tickets, promo_uses })
}

#[async_trait]
impl OrderReader for Postgres {
    async fn ticket_types(&self, event: EventId) -> Result<Vec<TicketType>, StoreError> {
        types_of(&mut *self.connection().await?, &[event]).await
    }

    async fn ticket_types_of(&self, events: &[EventId]) -> Result<Vec<TicketType>, StoreError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        types_of(&mut *self.connection().await?, events).await
    }

    async fn ticket_type(&self, id: TicketTypeId) -> Result<Option<TicketType>, StoreError> {
        let row: Option<TypeRow> = y::table
            .find(id.get())
            .select(TypeRow::as_select())
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?;
        row.map(TicketType::try_from).transpose()
    }

    async fn promo_code(&self, id: PromoCodeId) -> Result<Option<PromoCode>, StoreError> {
        let mut db = self.connection().await?;
        let row = c::table.find(id.get()).select(CodeRow::as_select()).first(&mut *db).await.optional();
        let rows = row.map_err(store_error)?.into_iter().collect();
        Ok(with_types(&mut db, rows).await?.pop())
    }

    async fn promo_codes(&self, event: Option<EventId>) -> Result<Vec<PromoCode>, StoreError> {
        let mut db = self.connection().await?;
        // Postgres has no index for `IS NOT DISTINCT FROM`.
        let codes = c::table.into_boxed();
        let codes = match event {
            Some(event) => codes.filter(c::event_id.eq(event.get())),
            None => codes.filter(c::event_id.is_null()),
        };
        let rows =
            codes.order(c::id).select(CodeRow::as_select()).load(&mut *db).await.map_err(store_error)?;
        with_types(&mut db, rows).await
    }

    async fn promo_codes_named(&self, text: &PromoCodeText) -> Result<Vec<PromoCode>, StoreError> {
        let mut db = self.connection().await?;
        let rows = c::table
            .filter(c::code.eq(text.expose()))
            .order(c::id)
            .select(CodeRow::as_select())
            .load(&mut *db)
            .await
            .map_err(store_error)?;
        with_types(&mut db, rows).await
    }

    async fn order(&self, id: OrderId) -> Result<Option<OrderView>, StoreError> {
        let mut db = self.connection().await?;
        let row = o::table.find(id.get()).select(OrderRow::as_select()).first(&mut *db).await.optional();
        match row.map_err(store_error)? {
            Some(row) => view(&mut db, row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn orders(&self, ids: &[OrderId]) -> Result<Vec<(Order, Vec<OrderedTicket>)>, StoreError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.get()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let db = &mut *self.connection().await?;
        let rows: Vec<OrderRow> = o::table
            .filter(o::id.eq_any(&ids))
            .order(o::id)
            .select(OrderRow::as_select())
            .load(db)
            .await
            .map_err(store_error)?;
        let lines: Vec<LineRow> = l::table
            .filter(l::order_id.eq_any(&ids))
            .order((l::order_id, l::position))
            .select(LineRow::as_select())
            .load(db)
            .await
            .map_err(store_error)?;
        let of_orders = t::table.filter(t::order_id.eq_any(&ids)).order((t::order_id, t::id));
        let tickets = of_orders.select(TicketRow::as_select()).load(db).await;
        let mut lines = lines.into_iter().peekable();
        let mut tickets = ordered(tickets.map_err(store_error)?)?.into_iter().peekable();
        let mut orders = Vec::with_capacity(rows.len());
        for row in rows {
            let id = row.id();
            let of_row = std::iter::from_fn(|| lines.next_if(|line| line.order_id() == id)).collect();
            let is_of = |one: &OrderedTicket| one.ticket.order.is_some_and(|order| order.order_id == id);
            let tickets = std::iter::from_fn(|| tickets.next_if(is_of)).collect();
            orders.push((row.with_lines(of_row)?, tickets));
        }
        Ok(orders)
    }

    async fn orders_of(&self, user: UserId, page: Page) -> Result<Vec<OrderView>, StoreError> {
        let mut db = self.connection().await?;
        let rows: Vec<OrderRow> = o::table
            .filter(o::buyer_key.eq(BuyerKey::Account(user).to_column()))
            .order(o::id.desc())
            .limit(page.limit().into())
            .offset(page.offset().into())
            .select(OrderRow::as_select())
            .load(&mut *db)
            .await
            .map_err(store_error)?;
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            views.push(view(&mut db, row).await?);
        }
        Ok(views)
    }

    async fn count_orders(&self, user: UserId) -> Result<u64, StoreError> {
        let orders: i64 = o::table
            .filter(o::buyer_key.eq(BuyerKey::Account(user).to_column()))
            .count()
            .get_result(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        Ok(orders.unsigned_abs())
    }

    async fn order_of_ticket(&self, ticket: TicketId) -> Result<Option<OrderId>, StoreError> {
        let order: Option<Option<i64>> = t::table
            .find(ticket.get())
            .select(t::order_id)
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?;
        Ok(order.flatten().map(OrderId::new))
    }

    async fn orders_finished(&self) -> Result<bool, StoreError> {
        finished(&mut *self.connection().await?).await
    }
}

#[async_trait]
impl OrderWriter for PgSession {
    async fn add_ticket_type(&mut self, new: &NewTicketType) -> Result<TicketType, StoreError> {
        let (kind, sats, currency, minor) = price_columns(new.price);
        let row: TypeRow = insert_into(y::table)
            .values((
                y::event_id.eq(new.event_id.get()),
                y::name.eq(&new.name),
                y::description.eq(&new.description),
                y::price_kind.eq(kind),
                y::price_sats.eq(sats),
                y::price_currency.eq(currency),
                y::price_minor_units.eq(minor),
                y::quota.eq(new.quota.map(seats_column)),
                y::sale_starts_at.eq(new.sale_starts_at),
                y::sale_ends_at.eq(new.sale_ends_at),
                y::min_per_order.eq(seats_column(new.min_per_order)),
                y::max_per_order.eq(new.max_per_order.map(seats_column)),
                y::visibility.eq(visibility_column(new.visibility)),
                y::position.eq(seats_column(new.position)),
                y::created_at.eq(new.created_at),
                y::updated_at.eq(new.created_at),
            ))
            .returning(TypeRow::as_returning())
            .get_result(self.db())
            .await
            .map_err(store_error)?;
        self.publish_on_commit(DomainEvent::Event(new.event_id));
        row.try_into()
    }

    async fn put_ticket_type(&mut self, one: &TicketType) -> Result<(), StoreError> {
        let (kind, sats, currency, minor) = price_columns(one.price);
        let rows = update(y::table.find(one.id.get()))
            .set((
                y::name.eq(&one.name),
                y::description.eq(&one.description),
                y::price_kind.eq(kind),
                y::price_sats.eq(sats),
                y::price_currency.eq(currency),
                y::price_minor_units.eq(minor),
                y::quota.eq(one.quota.map(seats_column)),
                y::taken.eq(seats_column(one.taken)),
                y::sale_starts_at.eq(one.sale_starts_at),
                y::sale_ends_at.eq(one.sale_ends_at),
                y::min_per_order.eq(seats_column(one.min_per_order)),
                y::max_per_order.eq(one.max_per_order.map(seats_column)),
                y::visibility.eq(visibility_column(one.visibility)),
                y::position.eq(seats_column(one.position)),
                y::archived_at.eq(one.archived_at),
                y::price_changed_at.eq(one.price_changed_at),
                y::updated_at.eq(one.updated_at),
            ))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        self.publish_on_commit(DomainEvent::Event(one.event_id));
        require_one_row(rows, "ticket type", one.id)
    }

    async fn delete_ticket_type(&mut self, one: &TicketType) -> Result<bool, StoreError> {
        let ordered = l::table.filter(l::ticket_type_id.eq(one.id.get()));
        let named = ct::table.filter(ct::ticket_type_id.eq(one.id.get()));
        let unused = y::table.find(one.id.get()).filter(not(exists(ordered))).filter(not(exists(named)));
        let rows = delete(unused).execute(self.db()).await.map_err(store_error)?;
        self.publish_on_commit(DomainEvent::Event(one.event_id));
        Ok(rows == 1)
    }

    async fn promo_code_for_update(
        &mut self,
        id: PromoCodeId,
    ) -> Result<Option<Locked<PromoCode>>, StoreError> {
        Ok(locked_codes(self.db(), &[id.get()]).await?.pop().map(Locked::by_store))
    }

    async fn add_promo_code(&mut self, new: &NewPromoCode) -> Result<Option<PromoCode>, StoreError> {
        let (kind, amount) = discount_columns(new.discount);
        // A savepoint: a unique violation must leave the session usable.
        let added = self.db().transaction(async |savepoint| {
            insert_into(c::table)
                .values((
                    c::event_id.eq(new.event_id.map(EventId::get)),
                    c::code.eq(new.code.expose()),
                    c::discount_kind.eq(kind),
                    c::discount_amount.eq(amount),
                    c::all_types.eq(new.ticket_types == PromoTypes::All),
                    c::max_uses.eq(new.max_uses.map(seats_column)),
                    c::max_uses_per_buyer.eq(new.max_uses_per_buyer.map(seats_column)),
                    c::valid_from.eq(new.valid_from),
                    c::valid_until.eq(new.valid_until),
                    c::created_at.eq(new.created_at),
                    c::updated_at.eq(new.created_at),
                ))
                .returning(CodeRow::as_returning())
                .get_result(savepoint)
                .await
        });
        let row: CodeRow = match added.await {
            Ok(row) => row,
            Err(error) if is_unique_violation(&error) => return Ok(None),
            Err(error) => return Err(store_error(error)),
        };
        put_types(self.db(), row.id, &new.ticket_types).await?;
        Ok(with_types(self.db(), vec![row]).await?.pop())
    }

    async fn put_promo_code(&mut self, code: &Locked<PromoCode>) -> Result<(), StoreError> {
        let (kind, amount) = discount_columns(code.discount);
        let rows = update(c::table.find(code.id.get()))
            .set((
                c::discount_kind.eq(kind),
                c::discount_amount.eq(amount),
                c::all_types.eq(code.ticket_types == PromoTypes::All),
                c::max_uses.eq(code.max_uses.map(seats_column)),
                c::used.eq(seats_column(code.used)),
                c::max_uses_per_buyer.eq(code.max_uses_per_buyer.map(seats_column)),
                c::valid_from.eq(code.valid_from),
                c::valid_until.eq(code.valid_until),
                c::archived_at.eq(code.archived_at),
                c::updated_at.eq(code.updated_at),
            ))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        require_one_row(rows, "promo code", code.id)?;
        put_types(self.db(), code.id.get(), &code.ticket_types).await
    }

    async fn delete_promo_code(&mut self, code: &Locked<PromoCode>) -> Result<bool, StoreError> {
        let ordered = o::table.filter(o::promo_code_id.eq(code.id.get()));
        let unused = c::table.find(code.id.get()).filter(not(exists(ordered)));
        Ok(delete(unused).execute(self.db()).await.map_err(store_error)? == 1)
    }

    async fn inventory_for_update(
        &mut self,
        event: EventId,
        codes: &BTreeSet<PromoCodeId>,
        buyers: &BTreeSet<BuyerKey>,
        terms: &OrderTerms,
    ) -> Result<Option<Locked<Inventory>>, StoreError> {
        let Some(event) = self.event_for_update(event).await? else { return Ok(None) };
        let db = self.db();
        let ids: Vec<i64> = codes.iter().map(|id| id.get()).collect();
        let promo_codes = locked_codes(db, &ids).await?;
        let mut usages = BTreeMap::new();
        for buyer in buyers {
            usages.insert(buyer.clone(), usage(db, event.id, buyer, &ids).await?);
        }
        Ok(Some(Locked::by_store(Inventory {
            ticket_types: types_of(db, &[event.id]).await?,
            event,
            promo_codes,
            rates: terms.rates.clone(),
            buyers: usages,
            limits: terms.limits,
        })))
    }

    async fn order_for_update(
        &mut self,
        id: OrderId,
    ) -> Result<Option<(Locked<Order>, Vec<OrderTicket>)>, StoreError> {
        let db = self.db();
        let row = o::table.find(id.get()).select(OrderRow::as_select()).for_no_key_update().first(db).await;
        let Some(row) = row.optional().map_err(store_error)? else { return Ok(None) };
        let order = with_lines(db, id, row).await?;
        let tickets = locked_tickets(db, id).await?;
        Ok(Some((Locked::by_store(order), tickets.iter().map(OrderedTicket::state).collect())))
    }

    async fn put_holder(&mut self, ticket: TicketId, holder: &Holder) -> Result<(), StoreError> {
        let rows = update(t::table.find(ticket.get()))
            .set((t::holder_name.eq(&holder.name), t::holder_email.eq(&holder.email)))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        self.publish_on_commit(DomainEvent::Ticket(ticket));
        require_one_row(rows, "ticket", ticket)
    }

    async fn adopt_orders(&mut self, user: UserId, email: &str) -> Result<u64, StoreError> {
        let db = self.db();
        let known = o::issued_at.is_not_null().or(o::email_confirmed_at.is_not_null());
        let orders: Vec<i64> = o::table
            .filter(o::guest_email.eq(email).and(o::user_id.is_null()).and(known))
            .select(o::id)
            .order(o::id)
            .for_no_key_update()
            .load(db)
            .await
            .map_err(store_error)?;
        if orders.is_empty() {
            return Ok(0);
        }
        update(o::table.filter(o::id.eq_any(&orders)))
            .set((
                o::user_id.eq(user.get()),
                o::buyer_key.eq(BuyerKey::Account(user).to_column()),
                o::guest_email.eq(None::<String>),
                o::email_confirmed_at.eq(None::<Timestamp>),
            ))
            .execute(db)
            .await
            .map_err(store_error)?;
        // In id order, like every session that locks several tickets.
        let tickets: Vec<i64> = t::table
            .filter(t::order_id.eq_any(&orders))
            .select(t::id)
            .order(t::id)
            .for_no_key_update()
            .load(db)
            .await
            .map_err(store_error)?;
        update(t::table.filter(t::id.eq_any(&tickets)))
            .set(t::user_id.eq(user.get()))
            .execute(db)
            .await
            .map_err(store_error)?;
        for ticket in tickets {
            self.publish_on_commit(DomainEvent::Ticket(TicketId::new(ticket)));
        }
        u64::try_from(orders.len()).map_err(|error| StoreError::Failed(error.into()))
    }

    async fn inventory_of_ticket_for_update(
        &mut self,
        ticket: TicketId,
    ) -> Result<Option<Locked<Inventory>>, StoreError> {
        let row: Option<(i64, Option<i64>)> = t::table
            .left_join(o::table.on(o::id.nullable().eq(t::order_id)))
            .filter(t::id.eq(ticket.get()))
            .select((t::event_id, o::promo_code_id.nullable()))
            .first(self.db())
            .await
            .optional()
            .map_err(store_error)?;
        let Some((event, code)) = row else { return Ok(None) };
        let codes = code.map(PromoCodeId::new).into_iter().collect();
        let terms = OrderTerms::default();
        self.inventory_for_update(EventId::new(event), &codes, &BTreeSet::new(), &terms).await
    }

    async fn order_of_ticket_for_update(
        &mut self,
        ticket: TicketId,
    ) -> Result<Option<LockedOrder>, StoreError> {
        let finished = self.is_finished().await?;
        let db = self.db();
        if !finished {
            add_order(db, ticket).await?;
        }
        let of_ticket = t::table.filter(t::id.eq(ticket.get()).and(t::order_id.is_not_null()));
        let row = o::table
            .filter(o::id.nullable().eq_any(of_ticket.select(t::order_id)))
            .select(OrderRow::as_select())
            .for_no_key_update()
            .first(db)
            .await;
        let Some(row) = row.optional().map_err(store_error)? else { return Ok(None) };
        let id = row.id();
        let mut order = with_lines(db, id, row).await?;
        let tickets = locked_tickets(db, id).await?;
        if let (false, [only]) = (finished, tickets.as_slice()) {
            order.copy_ticket(&only.ticket);
        }
        Ok(Some(LockedOrder { order: Locked::by_store(order), tickets }))
    }

    async fn put_transition(
        &mut self,
        order: &Locked<Order>,
        transition: &Transition,
        inventory: Option<&Locked<Inventory>>,
    ) -> Result<(), StoreError> {
        check_transition_locks(order, transition, inventory.map(|inventory| &**inventory))?;
        put_transition(self.db(), order, transition).await?;
        for (ticket, _) in &transition.tickets {
            self.publish_on_commit(DomainEvent::Ticket(*ticket));
        }
        if transition.taken.seats > 0 || transition.released.seats > 0 {
            self.publish_on_commit(DomainEvent::Event(order.event_id));
        }
        Ok(())
    }
}

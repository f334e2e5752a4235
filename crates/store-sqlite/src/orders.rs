use crate::{
    error::Fault,
    events as event_rows, order_backfill,
    order_transition::put_transition,
    payments as payment_rows, place, promo_codes, schema,
    session::SqliteSession,
    store::Sqlite,
    ticket_types,
    tickets::TicketRow,
    values::{count, micros, micros_opt, parse_word, sats, timestamp, timestamp_opt},
};
use async_trait::async_trait;
use box_office::{
    DomainEvent, LockedOrder, OrderReader, OrderTerms, OrderView, OrderWriter, OrderedTicket,
    check_transition_locks,
};
use diesel::{
    dsl::{exists, not},
    prelude::*,
    sqlite::SqliteConnection,
};
use events::{Conversion, NewPromoCode, NewTicketType, PromoCode, PromoCodeText, TicketType};
use kernel::{
    EventId, Language, Locked, OrderId, Page, PromoCodeId, StoreError, TicketId, TicketTypeId, UserId,
};
use schema::{order_lines::dsl as l, orders::dsl as o, tickets::dsl as t};
use std::collections::BTreeSet;
use tickets::{
    Buyer, BuyerKey, GuestEmail, Holder, Inventory, Order, OrderKind, OrderLine, OrderStatus, OrderTicket,
    Transition,
};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = schema::orders)]
pub(crate) struct OrderRow {
    id: i64,
    event_id: i64,
    kind: String,
    user_id: Option<i64>,
    guest_email: Option<String>,
    email_confirmed_at: Option<i64>,
    payer_address: Option<String>,
    total_sats: i64,
    promo_code_id: Option<i64>,
    status: String,
    hold_expires_at: Option<i64>,
    issued_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    language: String,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = schema::order_lines)]
pub(crate) struct LineRow {
    ticket_type_id: i64,
    quantity: i64,
    list_price_sats: i64,
    discount_sats: i64,
    conversion: Option<String>,
}

impl TryFrom<LineRow> for OrderLine {
    type Error = Fault;
    fn try_from(row: LineRow) -> Result<Self, Fault> {
        let conversion = row.conversion.as_deref().map(serde_json::from_str::<Conversion>).transpose();
        Ok(Self {
            ticket_type_id: TicketTypeId::new(row.ticket_type_id),
            quantity: count(row.quantity)?,
            list_price: sats(row.list_price_sats)?,
            discount: sats(row.discount_sats)?,
            conversion: conversion.map_err(|error| Fault::corrupt(format!("conversion: {error}")))?,
        })
    }
}

impl OrderRow {
    pub(crate) fn complete(self, connection: &mut SqliteConnection) -> Result<Order, Fault> {
        let lines: Vec<LineRow> = l::order_lines
            .filter(l::order_id.eq(self.id))
            .order(l::position)
            .select(LineRow::as_select())
            .load(connection)?;
        let confirmed_at = timestamp_opt(self.email_confirmed_at)?;
        Ok(Order {
            id: OrderId::new(self.id),
            event_id: EventId::new(self.event_id),
            kind: parse_word(OrderKind::parse, &self.kind)?,
            buyer: Buyer {
                user_id: self.user_id.map(UserId::new),
                email: self.guest_email.map(|address| GuestEmail { address, confirmed_at }),
                payer_address: self.payer_address,
                language: Language::parse(&self.language).unwrap_or_default(),
            },
            lines: lines.into_iter().map(OrderLine::try_from).collect::<Result<_, _>>()?,
            total: sats(self.total_sats)?,
            promo_code: self.promo_code_id.map(PromoCodeId::new),
            status: parse_word(OrderStatus::parse, &self.status)?,
            hold_expires_at: timestamp_opt(self.hold_expires_at)?,
            issued_at: timestamp_opt(self.issued_at)?,
            created_at: timestamp(self.created_at)?,
            updated_at: timestamp(self.updated_at)?,
        })
    }
}

pub(crate) fn find(connection: &mut SqliteConnection, id: OrderId) -> Result<Option<Order>, Fault> {
    let row = o::orders.find(id.get()).select(OrderRow::as_select()).get_result(connection).optional()?;
    row.map(|row| row.complete(connection)).transpose()
}

fn tickets_of(connection: &mut SqliteConnection, id: OrderId) -> Result<Vec<OrderedTicket>, Fault> {
    let rows: Vec<TicketRow> = t::tickets
        .filter(t::order_id.eq(id.get()))
        .order(t::id)
        .select(TicketRow::as_select())
        .load(connection)?;
    let tickets = rows.into_iter().map(|row| {
        let (ticket, holder) = row.with_holder()?;
        let order = ticket.order;
        let order =
            order.ok_or_else(|| Fault::corrupt(format!("ticket {} has no type or price", ticket.id)))?;
        Ok(OrderedTicket { ticket_type_id: order.ticket_type_id, price: order.price, holder, ticket })
    });
    tickets.collect()
}

fn order_id(connection: &mut SqliteConnection, ticket: TicketId) -> Result<Option<OrderId>, Fault> {
    let order: Option<Option<i64>> =
        t::tickets.find(ticket.get()).select(t::order_id).get_result(connection).optional()?;
    Ok(order.flatten().map(OrderId::new))
}

/// The session holds the database's write lock.
fn of_ticket(connection: &mut SqliteConnection, ticket: TicketId) -> Result<Option<LockedOrder>, Fault> {
    let finished = order_backfill::finished(connection)?;
    if !finished {
        order_backfill::add_missing_order(connection, ticket)?;
    }
    let Some(id) = order_id(connection, ticket)? else { return Ok(None) };
    let Some(mut order) = find(connection, id)? else { return Ok(None) };
    let tickets = tickets_of(connection, id)?;
    if let (false, [only]) = (finished, tickets.as_slice()) {
        order.copy_ticket(&only.ticket);
    }
    Ok(Some(LockedOrder { order: Locked::by_store(order), tickets }))
}

fn view(connection: &mut SqliteConnection, id: OrderId) -> Result<Option<OrderView>, Fault> {
    let Some(order) = find(connection, id)? else { return Ok(None) };
    let tickets = tickets_of(connection, id)?;
    let payment = payment_rows::of_order(connection, id)?;
    Ok(Some(OrderView { order, tickets, payment }))
}

/// Adds an order with its lines and sets its id.
pub(crate) fn add(connection: &mut SqliteConnection, order: &mut Order) -> Result<(), Fault> {
    let email = order.buyer.email.as_ref();
    let id = diesel::insert_into(o::orders)
        .values((
            o::event_id.eq(order.event_id.get()),
            o::kind.eq(order.kind.as_str()),
            o::user_id.eq(order.buyer.user_id.map(UserId::get)),
            o::guest_email.eq(email.map(|email| &email.address)),
            o::email_confirmed_at.eq(micros_opt(email.and_then(|email| email.confirmed_at))),
            o::payer_address.eq(order.buyer.payer_address.as_ref()),
            o::language.eq(order.buyer.language.as_str()),
            o::buyer_key.eq(order.buyer.key().map(|key| key.to_column())),
            o::total_sats.eq(order.total.to_i64()),
            o::promo_code_id.eq(order.promo_code.map(PromoCodeId::get)),
            o::status.eq(order.status.as_str()),
            o::hold_expires_at.eq(micros_opt(order.hold_expires_at)),
            o::issued_at.eq(micros_opt(order.issued_at)),
            o::created_at.eq(micros(order.created_at)),
            o::updated_at.eq(micros(order.updated_at)),
        ))
        .returning(o::id)
        .get_result(connection)?;
    order.id = OrderId::new(id);
    for (position, line) in (0_i64..).zip(&order.lines) {
        let conversion = line.conversion.as_ref().map(serde_json::to_string).transpose();
        diesel::insert_into(l::order_lines)
            .values((
                l::order_id.eq(id),
                l::position.eq(position),
                l::ticket_type_id.eq(line.ticket_type_id.get()),
                l::quantity.eq(i64::from(line.quantity)),
                l::list_price_sats.eq(line.list_price.to_i64()),
                l::discount_sats.eq(line.discount.to_i64()),
                l::conversion.eq(conversion.map_err(|error| Fault::corrupt(format!("conversion: {error}")))?),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Unlinks an account from its orders, except those that have a ticket with a status in `kept`.
pub(crate) fn unlink(connection: &mut SqliteConnection, user: UserId, kept: &[&str]) -> Result<(), Fault> {
    let is_kept = t::tickets
        .filter(t::order_id.eq(o::id.nullable()))
        .filter(t::payment_status.eq_any(kept.iter().copied()));
    let of_user = o::orders.filter(o::buyer_key.eq(BuyerKey::Account(user).to_column()));
    diesel::update(of_user.filter(not(exists(is_kept))))
        .set((o::user_id.eq(None::<i64>), o::buyer_key.eq(None::<String>)))
        .execute(connection)?;
    Ok(())
}

/// Erases the payer's address from the account's free orders.
pub(crate) fn erase_free(connection: &mut SqliteConnection, user: UserId) -> Result<(), Fault> {
    let of_user = o::orders.filter(o::buyer_key.eq(BuyerKey::Account(user).to_column()));
    diesel::update(of_user.filter(o::total_sats.eq(0).and(o::status.eq("paid"))))
        .set(o::payer_address.eq(None::<String>))
        .execute(connection)?;
    Ok(())
}

#[async_trait]
impl OrderReader for Sqlite {
    async fn ticket_types(&self, event: EventId) -> Result<Vec<TicketType>, StoreError> {
        self.read(move |connection| ticket_types::of_events(connection, &[event])).await
    }

    async fn ticket_types_of(&self, events: &[EventId]) -> Result<Vec<TicketType>, StoreError> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let events = events.to_vec();
        self.read(move |connection| ticket_types::of_events(connection, &events)).await
    }

    async fn ticket_type(&self, id: TicketTypeId) -> Result<Option<TicketType>, StoreError> {
        self.read(move |connection| ticket_types::find(connection, id)).await
    }

    async fn promo_code(&self, id: PromoCodeId) -> Result<Option<PromoCode>, StoreError> {
        self.read(move |connection| promo_codes::find(connection, id)).await
    }

    async fn promo_codes(&self, event: Option<EventId>) -> Result<Vec<PromoCode>, StoreError> {
        self.read(move |connection| promo_codes::of_event(connection, event)).await
    }

    async fn promo_codes_named(&self, text: &PromoCodeText) -> Result<Vec<PromoCode>, StoreError> {
        let texts = BTreeSet::from([text.clone()]);
        self.read(move |connection| promo_codes::named(connection, &texts)).await
    }

    async fn order(&self, id: OrderId) -> Result<Option<OrderView>, StoreError> {
        self.read(move |connection| view(connection, id)).await
    }

    async fn orders(&self, ids: &[OrderId]) -> Result<Vec<(Order, Vec<OrderedTicket>)>, StoreError> {
        let ids: BTreeSet<OrderId> = ids.iter().copied().collect();
        self.read(move |connection| {
            let read = |id: OrderId| {
                let Some(order) = find(connection, id)? else { return Ok(None) };
                Ok(Some((order, tickets_of(connection, id)?)))
            };
            ids.into_iter().map(read).filter_map(Result::transpose).collect()
        })
        .await
    }

    async fn orders_of(&self, user: UserId, page: Page) -> Result<Vec<OrderView>, StoreError> {
        self.read(move |connection| {
            let ids: Vec<i64> = o::orders
                .filter(o::buyer_key.eq(BuyerKey::Account(user).to_column()))
                .order(o::id.desc())
                .limit(page.limit().into())
                .offset(page.offset().into())
                .select(o::id)
                .load(connection)?;
            let views = ids.into_iter().filter_map(|id| view(connection, OrderId::new(id)).transpose());
            views.collect()
        })
        .await
    }

    async fn count_orders(&self, user: UserId) -> Result<u64, StoreError> {
        self.read(move |connection| {
            let key = BuyerKey::Account(user).to_column();
            let orders: i64 = o::orders.filter(o::buyer_key.eq(key)).count().get_result(connection)?;
            Ok(orders.unsigned_abs())
        })
        .await
    }

    async fn order_of_ticket(&self, ticket: TicketId) -> Result<Option<OrderId>, StoreError> {
        self.read(move |connection| order_id(connection, ticket)).await
    }

    async fn orders_finished(&self) -> Result<bool, StoreError> {
        self.read(order_backfill::finished).await
    }
}

#[async_trait]
impl OrderWriter for SqliteSession {
    async fn add_ticket_type(&mut self, ticket_type: &NewTicketType) -> Result<TicketType, StoreError> {
        let new = ticket_type.clone();
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::Event(new.event_id));
            ticket_types::add(connection, &new)
        })
        .await
    }

    async fn put_ticket_type(&mut self, ticket_type: &TicketType) -> Result<(), StoreError> {
        let one = ticket_type.clone();
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::Event(one.event_id));
            ticket_types::put(connection, &one)
        })
        .await
    }

    async fn delete_ticket_type(&mut self, ticket_type: &TicketType) -> Result<bool, StoreError> {
        let (id, event) = (ticket_type.id, ticket_type.event_id);
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::Event(event));
            ticket_types::delete(connection, id)
        })
        .await
    }

    async fn promo_code_for_update(
        &mut self,
        id: PromoCodeId,
    ) -> Result<Option<Locked<PromoCode>>, StoreError> {
        // The session holds the database's write lock.
        Ok(self.run(move |connection, _| promo_codes::find(connection, id)).await?.map(Locked::by_store))
    }

    async fn add_promo_code(&mut self, code: &NewPromoCode) -> Result<Option<PromoCode>, StoreError> {
        let new = code.clone();
        self.run(move |connection, _| promo_codes::add(connection, &new)).await
    }

    async fn put_promo_code(&mut self, code: &Locked<PromoCode>) -> Result<(), StoreError> {
        let code = PromoCode::clone(code);
        self.run(move |connection, _| promo_codes::put(connection, &code)).await
    }

    async fn delete_promo_code(&mut self, code: &Locked<PromoCode>) -> Result<bool, StoreError> {
        let id = code.id;
        self.run(move |connection, _| promo_codes::delete(connection, id)).await
    }

    async fn inventory_for_update(
        &mut self,
        event: EventId,
        codes: &BTreeSet<PromoCodeId>,
        buyers: &BTreeSet<BuyerKey>,
        terms: &OrderTerms,
    ) -> Result<Option<Locked<Inventory>>, StoreError> {
        let (codes, buyers, terms) = (codes.clone(), buyers.clone(), terms.clone());
        let inventory = self.run(move |connection, _| {
            let Some(event) = event_rows::find(connection, event)? else { return Ok(None) };
            let codes = codes.iter().filter_map(|id| promo_codes::find(connection, *id).transpose());
            let codes = codes.collect::<Result<Vec<_>, _>>()?;
            place::inventory(connection, event, codes, &buyers, &terms).map(Some)
        });
        Ok(inventory.await?.map(Locked::by_store))
    }

    async fn order_for_update(
        &mut self,
        id: OrderId,
    ) -> Result<Option<(Locked<Order>, Vec<OrderTicket>)>, StoreError> {
        let rows = self.run(move |connection, _| {
            let Some(order) = find(connection, id)? else { return Ok(None) };
            let tickets = tickets_of(connection, id)?;
            Ok(Some((order, tickets.iter().map(OrderedTicket::state).collect())))
        });
        Ok(rows.await?.map(|(order, tickets)| (Locked::by_store(order), tickets)))
    }

    async fn put_holder(&mut self, ticket: TicketId, holder: &Holder) -> Result<(), StoreError> {
        let holder = holder.clone();
        self.run(move |connection, domain_events| {
            let rows = diesel::update(t::tickets.find(ticket.get()))
                .set((t::holder_name.eq(holder.name), t::holder_email.eq(holder.email)))
                .execute(connection)?;
            domain_events.add(DomainEvent::Ticket(ticket));
            if rows == 1 { Ok(()) } else { Err(Fault::corrupt(format!("ticket {ticket} does not exist"))) }
        })
        .await
    }

    async fn adopt_orders(&mut self, user: UserId, email: &str) -> Result<u64, StoreError> {
        let email = email.to_owned();
        self.run(move |connection, domain_events| {
            let known = o::issued_at.is_not_null().or(o::email_confirmed_at.is_not_null());
            let orders: Vec<i64> = diesel::update(
                o::orders.filter(o::guest_email.eq(email).and(o::user_id.is_null()).and(known)),
            )
            .set((
                o::user_id.eq(user.get()),
                o::buyer_key.eq(BuyerKey::Account(user).to_column()),
                o::guest_email.eq(None::<String>),
                o::email_confirmed_at.eq(None::<i64>),
            ))
            .returning(o::id)
            .get_results(connection)?;
            let tickets: Vec<i64> =
                diesel::update(t::tickets.filter(t::order_id.eq_any(orders.iter().copied().map(Some))))
                    .set(t::user_id.eq(user.get()))
                    .returning(t::id)
                    .get_results(connection)?;
            for id in tickets {
                domain_events.add(DomainEvent::Ticket(TicketId::new(id)));
            }
            u64::try_from(orders.len()).map_err(|error| Fault::corrupt(error.to_string()))
        })
        .await
    }

    async fn inventory_of_ticket_for_update(
        &mut self,
        ticket: TicketId,
    ) -> Result<Option<Locked<Inventory>>, StoreError> {
        let row = self.run(move |connection, _| {
            let row: Option<(i64, Option<i64>)> = t::tickets
                .find(ticket.get())
                .select((t::event_id, t::order_id))
                .get_result(connection)
                .optional()?;
            let Some((event, order)) = row else { return Ok(None) };
            let code: Option<Option<i64>> = match order {
                None => None,
                Some(order) => {
                    o::orders.find(order).select(o::promo_code_id).get_result(connection).optional()?
                }
            };
            Ok(Some((EventId::new(event), code.flatten().map(PromoCodeId::new))))
        });
        let Some((event, code)) = row.await? else { return Ok(None) };
        let codes = code.into_iter().collect();
        self.inventory_for_update(event, &codes, &BTreeSet::new(), &OrderTerms::default()).await
    }

    async fn order_of_ticket_for_update(
        &mut self,
        ticket: TicketId,
    ) -> Result<Option<LockedOrder>, StoreError> {
        self.run(move |connection, _| of_ticket(connection, ticket)).await
    }

    async fn put_transition(
        &mut self,
        order: &Locked<Order>,
        transition: &Transition,
        inventory: Option<&Locked<Inventory>>,
    ) -> Result<(), StoreError> {
        check_transition_locks(order, transition, inventory.map(|inventory| &**inventory))?;
        let (before, transition) = (Order::clone(order), transition.clone());
        self.run(move |connection, domain_events| {
            put_transition(connection, &before, &transition)?;
            for (ticket, _) in &transition.tickets {
                domain_events.add(DomainEvent::Ticket(*ticket));
            }
            if transition.taken.seats > 0 || transition.released.seats > 0 {
                domain_events.add(DomainEvent::Event(before.event_id));
            }
            Ok(())
        })
        .await
    }
}

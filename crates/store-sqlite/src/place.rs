//! Placing orders.

use crate::{
    error::Fault,
    events as event_rows, jobs, order_backfill, orders, payments, promo_codes, quotas, schema,
    store::{PendingEvents, Sqlite},
    ticket_types, tickets, users,
    values::{count, micros, parse_word, sats, timestamp},
};
use ::events::{Event, PromoCode};

use ::tickets::{BuyerKey, BuyerUsage, Inventory, TicketStatus};
use async_trait::async_trait;
use box_office::{
    DomainEvent, NewJob, OrderBatch, OrderDecision, OrderIds, OrderTerms, Orders, PlaceOutcome, PlaceRequest,
    PlacedOrder, RecentOrder,
};
use diesel::{
    dsl::{exists, min},
    prelude::*,
    sqlite::SqliteConnection,
};
use kernel::{
    EventId, Locked, OrderId, PaymentId, PromoCodeId, Sats, StoreError, TicketId, TicketTypeId, Timestamp,
    UserId,
};
use schema::{
    idempotency_keys::dsl as k, order_lines::dsl as l, orders::dsl as o, payments::dsl as p,
    tickets::dsl as t,
};
use std::collections::{BTreeMap, BTreeSet};

/// Limits the search for a repeated order to an account's newest tickets.
const RECENT_TICKETS: i64 = 50;

/// Everything that orders of an event are decided from.
pub(crate) fn inventory(
    connection: &mut SqliteConnection,
    event: Event,
    promo_codes: Vec<PromoCode>,
    buyers: &BTreeSet<BuyerKey>,
    terms: &OrderTerms,
) -> Result<Inventory, Fault> {
    let codes: Vec<i64> = promo_codes.iter().map(|code| code.id.get()).collect();
    let usage = buyers.iter().map(|buyer| Ok((buyer.clone(), usage(connection, event.id, buyer, &codes)?)));
    Ok(Inventory {
        buyers: usage.collect::<Result<_, Fault>>()?,
        ticket_types: ticket_types::of_events(connection, &[event.id])?,
        event,
        promo_codes,
        rates: terms.rates.clone(),
        limits: terms.limits,
    })
}

fn usage(
    connection: &mut SqliteConnection,
    event: EventId,
    buyer: &BuyerKey,
    codes: &[i64],
) -> Result<BuyerUsage, Fault> {
    let key = buyer.to_column();
    let seat = || t::payment_status.eq_any(["pending", "paid"]);
    let tickets: i64 = o::orders
        .inner_join(t::tickets.on(t::order_id.eq(o::id.nullable())))
        .filter(o::buyer_key.eq(&key).and(o::event_id.eq(event.get())).and(seat()))
        .count()
        .get_result(connection)?;
    let mut promo_uses = BTreeMap::new();
    if !codes.is_empty() {
        let used: Vec<i64> = o::orders
            .filter(o::buyer_key.eq(&key).and(o::promo_code_id.eq_any(codes)))
            .filter(exists(t::tickets.filter(t::order_id.eq(o::id.nullable()).and(seat()))))
            .select(o::promo_code_id.assume_not_null())
            .load(connection)?;
        for code in used {
            let uses: &mut u32 = promo_uses.entry(PromoCodeId::new(code)).or_default();
            *uses = uses.saturating_add(1);
        }
    }
    Ok(BuyerUsage { tickets: count(tickets)?, promo_uses })
}

/// The account's orders after `since` that hold a seat. A ticket of a release without orders is one line.
fn recent(
    connection: &mut SqliteConnection,
    user: UserId,
    since: Timestamp,
) -> Result<Vec<RecentOrder>, Fault> {
    type Row = (i64, Option<i64>, i64, String, String, i64);
    let rows: Vec<Row> = t::tickets
        .filter(t::user_id.eq(user.get()))
        .order(t::id.desc())
        .limit(RECENT_TICKETS)
        .select((t::id, t::order_id, t::event_id, t::uma_address, t::payment_status, t::created_at))
        .load(connection)?;
    let mut recent = BTreeMap::new();
    for (ticket, order, event, address, status, created_at) in rows {
        let created_at = timestamp(created_at)?;
        let held = parse_word(TicketStatus::parse, &status)?.takes_seat();
        let group = order.ok_or(ticket);
        if !held || created_at <= since || recent.contains_key(&group) {
            continue;
        }
        let mut one = RecentOrder {
            ticket_id: TicketId::new(ticket),
            event_id: EventId::new(event),
            user_id: user,
            payer_address: Some(address).filter(|address| !address.is_empty()),
            lines: Vec::new(),
            total: Sats::ZERO,
            promo_code: None,
            created_at,
        };
        if let Some(order) = order {
            let (total, code): (i64, Option<i64>) =
                o::orders.find(order).select((o::total_sats, o::promo_code_id)).get_result(connection)?;
            (one.total, one.promo_code) = (sats(total)?, code.map(PromoCodeId::new));
            let first: Option<i64> =
                t::tickets.filter(t::order_id.eq(order)).select(min(t::id)).get_result(connection)?;
            one.ticket_id = first.map_or(one.ticket_id, TicketId::new);
            let lines: Vec<(i64, i64, i64)> = l::order_lines
                .filter(l::order_id.eq(order))
                .order(l::position)
                .select((l::ticket_type_id, l::quantity, l::list_price_sats))
                .load(connection)?;
            let lines = lines
                .into_iter()
                .map(|(one, quantity, price)| Ok((TicketTypeId::new(one), count(quantity)?, sats(price)?)));
            one.lines = lines.collect::<Result<_, Fault>>()?;
        } else {
            let price: Option<i64> = p::payments
                .filter(p::ticket_id.eq(ticket))
                .select(p::price_msats)
                .get_result(connection)
                .optional()?;
            one.total = sats(price.unwrap_or_default() / 1_000)?;
            one.lines = vec![(TicketTypeId::new(0), 1, one.total)];
        }
        recent.insert(group, one);
    }
    Ok(recent.into_values().collect())
}

/// Reads what the batch is decided from. The transaction holds the database's write lock.
fn load(
    connection: &mut SqliteConnection,
    terms: &OrderTerms,
    requests: &[PlaceRequest],
) -> Result<OrderBatch, Fault> {
    let mut batch = OrderBatch::default();
    batch.finished = order_backfill::finished(connection)?;
    let texts = requests.iter().filter_map(|request| request.order.promo_code.clone()).collect();
    let codes = promo_codes::named(connection, &texts)?;
    for id in requests.iter().map(|request| request.event_id).collect::<BTreeSet<_>>() {
        let Some(event) = event_rows::find(connection, id)? else { continue };
        if !batch.finished {
            order_backfill::add_missing_type(connection, id)?;
        }
        // An all-events code is counted over all events, so each inventory has the usage of all buyers of the batch.
        let buyers = requests.iter().filter_map(|request| request.counted_buyer(&terms.limits)).collect();
        let inventory = inventory(connection, event, codes.clone(), &buyers, terms)?;
        batch.inventories.insert(id, Locked::by_store(inventory));
    }
    let accounts: BTreeSet<UserId> = requests
        .iter()
        .flat_map(|request| [request.order.buyer.user_id, request.purchase_for])
        .flatten()
        .collect();
    for user in accounts {
        if users::user_exists(connection, user)? {
            batch.users.insert(user);
        }
        let of_user = requests.iter().filter(|request| request.order.buyer.user_id == Some(user));
        if let Some(since) = of_user.filter_map(|request| request.repeats_since).min() {
            batch.recent.extend(recent(connection, user, since)?);
        }
    }
    for key in requests.iter().filter_map(|request| request.key.as_ref()) {
        let row: Option<(Vec<u8>, i64)> = k::idempotency_keys
            .find((&key.scope, &key.key))
            .select((k::fingerprint, k::ticket_id))
            .get_result(connection)
            .optional()?;
        if let Some((fingerprint, ticket)) = row {
            let fingerprint = fingerprint.try_into().map_err(|_| Fault::corrupt("idempotency key"))?;
            batch.keys.insert((key.scope.clone(), key.key.clone()), (fingerprint, TicketId::new(ticket)));
        }
    }
    for key in requests.iter().flat_map(|request| request.quota_keys(&terms.outstanding)) {
        if !batch.outstanding.has(&key) {
            let seats = quotas::outstanding(connection, &key)?;
            batch.outstanding.insert(key, seats);
        }
    }
    Ok(batch)
}

/// Inserts the rows of an order and sets their ids.
fn write(
    connection: &mut SqliteConnection,
    request: &PlaceRequest,
    placed: &mut PlacedOrder,
    domain_events: &mut PendingEvents,
) -> Result<(), Fault> {
    orders::add(connection, &mut placed.order)?;
    let order = placed.order.id;
    for ordered in &mut placed.tickets {
        let of_order = (order, ordered.ticket_type_id, ordered.price);
        let network = request.network.as_ref();
        tickets::add(connection, &mut ordered.ticket, network, of_order, &ordered.holder)?;
        domain_events.add(DomainEvent::Ticket(ordered.ticket.id));
    }
    let first = placed.tickets.first().map(|first| first.ticket.id);
    let first = first.ok_or_else(|| Fault::corrupt("order without tickets"))?;
    if let Some(task) = placed.email_task() {
        jobs::enqueue(connection, &NewJob { task, run_at: request.now, key: None }, request.now)?;
        domain_events.add(DomainEvent::Jobs);
    }
    if let Some(entry) = placed.audit(request) {
        jobs::add_audit(connection, &entry)?;
    }
    if let Some(payment) = &mut placed.payment {
        payment.ticket_id = first;
        payments::add(connection, payment, order)?;
    }
    if let Some(key) = &request.key {
        diesel::insert_into(k::idempotency_keys)
            .values((
                k::scope.eq(&key.scope),
                k::key.eq(&key.key),
                k::fingerprint.eq(key.fingerprint.as_slice()),
                k::ticket_id.eq(first.get()),
                k::created_at.eq(micros(request.now)),
            ))
            .execute(connection)?;
    }
    domain_events.add(DomainEvent::Event(placed.order.event_id));
    Ok(())
}

fn place(
    connection: &mut SqliteConnection,
    terms: &OrderTerms,
    requests: &[PlaceRequest],
    domain_events: &mut PendingEvents,
) -> Result<Vec<PlaceOutcome>, Fault> {
    let mut batch = load(connection, terms, requests)?;
    let mut outcomes = Vec::with_capacity(requests.len());
    for request in requests {
        outcomes.push(match batch.decide(&terms.outstanding, request) {
            OrderDecision::Decided(outcome) => outcome,
            OrderDecision::Granted(granted) => {
                let ids = OrderIds {
                    order: OrderId::new(0),
                    tickets: vec![TicketId::new(0); granted.tickets()],
                    payment: PaymentId::new(0),
                };
                let mut placed =
                    granted.with_ids(request, &ids).map_err(|error| Fault::corrupt(error.to_string()))?;
                write(connection, request, &mut placed, domain_events)?;
                batch.record(request, &placed);
                PlaceOutcome::Placed(Box::new(placed))
            }
        });
    }
    for event in batch.changed_events() {
        event_rows::put_seats(connection, event)?;
    }
    for (one, taken) in batch.changed_types() {
        ticket_types::put_taken(connection, one, taken)?;
    }
    for (code, used) in batch.changed_codes() {
        promo_codes::put_used(connection, code, used)?;
    }
    Ok(outcomes)
}

#[async_trait]
impl Orders for Sqlite {
    async fn place_all(
        &self,
        terms: &OrderTerms,
        requests: &[PlaceRequest],
    ) -> Result<Vec<PlaceOutcome>, StoreError> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let (terms, requests) = (terms.clone(), requests.to_vec());
        self.write(move |connection, domain_events| place(connection, &terms, &requests, domain_events)).await
    }
}

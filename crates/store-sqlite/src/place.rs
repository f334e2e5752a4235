//! Placing orders.

use crate::{
    error::Fault,
    events as event_rows, jobs, order_backfill, orders, payments, promo_codes, quotas, schema,
    store::{PendingEvents, Sqlite},
    ticket_types, tickets, users,
    values::{count, micros, sats, timestamp},
};
use ::events::{Event, PromoCode};
use ::payments::Notice;
use ::tickets::{BuyerKey, BuyerUsage, Inventory, Issuance};
use async_trait::async_trait;
use box_office::{
    DomainEvent, NewJob, OrderBatch, OrderDecision, OrderIds, OrderTerms, Orders, PlaceOutcome, PlaceRequest,
    PlacedOrder, RecentOrder, Task,
};
use diesel::{dsl::exists, prelude::*, sqlite::SqliteConnection};
use kernel::{
    EventId, Locked, OrderId, PaymentId, PromoCodeId, StoreError, TicketId, TicketTypeId, Timestamp, UserId,
};
use schema::{idempotency_keys::dsl as k, order_lines::dsl as l, orders::dsl as o, tickets::dsl as t};
use std::collections::{BTreeMap, BTreeSet};

/// Limits the search for a repeated order to an account's newest orders.
const RECENT_ORDERS: i64 = 50;

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

/// The account's orders after `since` that hold a seat.
fn recent(
    connection: &mut SqliteConnection,
    user: UserId,
    since: Timestamp,
) -> Result<Vec<RecentOrder>, Fault> {
    type Row = (i64, i64, Option<String>, i64, Option<i64>, i64);
    let rows: Vec<Row> = o::orders
        .filter(o::buyer_key.eq(BuyerKey::Account(user).to_column()))
        .filter(o::created_at.gt(micros(since)))
        .filter(o::status.eq_any(["pending", "awaiting_confirmation", "paid"]))
        .order(o::id.desc())
        .limit(RECENT_ORDERS)
        .select((o::id, o::event_id, o::payer_address, o::total_sats, o::promo_code_id, o::created_at))
        .load(connection)?;
    let mut recent = Vec::with_capacity(rows.len());
    for (id, event, payer_address, total, code, created_at) in rows {
        let lines: Vec<(i64, i64, i64)> = l::order_lines
            .filter(l::order_id.eq(id))
            .order(l::position)
            .select((l::ticket_type_id, l::quantity, l::list_price_sats))
            .load(connection)?;
        let lines = lines
            .into_iter()
            .map(|(one, quantity, price)| Ok((TicketTypeId::new(one), count(quantity)?, sats(price)?)));
        recent.push(RecentOrder {
            order_id: OrderId::new(id),
            event_id: EventId::new(event),
            user_id: user,
            payer_address,
            lines: lines.collect::<Result<_, Fault>>()?,
            total: sats(total)?,
            promo_code: code.map(PromoCodeId::new),
            created_at: timestamp(created_at)?,
        });
    }
    Ok(recent)
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
        // An all-events code is counted over all events, so each inventory has the usage of all buyers of the batch.
        let buyers = requests.iter().filter_map(|request| request.order.buyer.key()).collect();
        let inventory = inventory(connection, event, codes.clone(), &buyers, terms)?;
        batch.inventories.insert(id, Locked::by_store(inventory));
    }
    let accounts: BTreeSet<UserId> =
        requests.iter().filter_map(|request| request.order.buyer.user_id).collect();
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
        let row: Option<(Vec<u8>, Option<i64>)> = k::idempotency_keys
            .inner_join(t::tickets.on(t::id.eq(k::ticket_id)))
            .filter(k::scope.eq(&key.scope).and(k::key.eq(&key.key)))
            .select((k::fingerprint, t::order_id))
            .get_result(connection)
            .optional()?;
        if let Some((fingerprint, order)) = row {
            let fingerprint = fingerprint.try_into().map_err(|_| Fault::corrupt("idempotency key"))?;
            batch.keys.insert((key.scope.clone(), key.key.clone()), (fingerprint, order.map(OrderId::new)));
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
        let of_order = Some((order, ordered.ticket_type_id, ordered.price));
        tickets::add(connection, &mut ordered.ticket, request.network.as_ref(), of_order)?;
        domain_events.add(DomainEvent::Ticket(ordered.ticket.id));
        if placed.issuance == Issuance::AtOnce {
            let task = Task::notify(ordered.ticket.id, Notice::TicketIssued);
            jobs::enqueue(connection, &NewJob { task, run_at: request.now, key: None }, request.now)?;
            domain_events.add(DomainEvent::Jobs);
        }
    }
    let first = placed.tickets.first().map(|first| first.ticket.id);
    let first = first.ok_or_else(|| Fault::corrupt("order without tickets"))?;
    if let Some(payment) = &mut placed.payment {
        payment.ticket_id = first;
        payments::add(connection, payment, Some(order))?;
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

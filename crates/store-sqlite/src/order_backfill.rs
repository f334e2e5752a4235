//! Orders for the tickets of releases without orders.
//!
//! Until [`crate::schema::orders_rollout`] is finished, another release may sell, settle and release tickets without their orders.
//! An order then has one ticket, whose row is authoritative; each run copies it again.

use crate::error::Fault;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable},
    sqlite::SqliteConnection,
};
use kernel::{EventId, TicketId};

/// Tickets of one transaction, so that other writers wait for milliseconds.
const BATCH: i64 = 2_000;

/// One type per event without types, and the price of an event with one type: only this release writes types.
const ADD_TYPES: &str = "INSERT INTO ticket_types (event_id, name, description, price_kind, price_sats, taken, min_per_order, visibility, \
    position, price_changed_at, created_at, updated_at) \
    SELECT id, 'General admission', '', 'fixed', price_sats, 0, 1, 'public', 0, price_changed_at, created_at, updated_at FROM events \
    WHERE NOT EXISTS (SELECT 1 FROM ticket_types y WHERE y.event_id = events.id)";
const COPY_PRICES: &str = "UPDATE ticket_types SET price_sats = e.price_sats, price_changed_at = e.price_changed_at FROM events e \
    WHERE e.id = ticket_types.event_id AND ticket_types.price_kind = 'fixed' AND ticket_types.price_sats <> e.price_sats \
    AND (SELECT count(*) FROM ticket_types y WHERE y.event_id = e.id) = 1";
const LAST_OF_BATCH: &str = "SELECT max(id) AS id FROM (SELECT id FROM tickets WHERE order_id IS NULL AND id > ?1 ORDER BY id LIMIT ?2)";
const ADD_ORDERS: &str = "INSERT INTO orders (event_id, kind, user_id, payer_address, buyer_key, total_sats, status, hold_expires_at, issued_at, \
    legacy_ticket_id, created_at, updated_at) \
    SELECT t.event_id, 'sale', t.user_id, nullif(t.uma_address, ''), \
    coalesce('account/' || t.user_id, 'payer/' || lower(nullif(t.uma_address, ''))), coalesce(p.price_msats, 0) / 1000, \
    t.payment_status, t.hold_expires_at, t.paid_at, t.id, t.created_at, t.updated_at \
    FROM tickets t LEFT JOIN payments p ON p.ticket_id = t.id \
    WHERE t.order_id IS NULL AND t.id > ?1 AND t.id <= ?2 ORDER BY t.id";
const ADD_LINES: &str = "INSERT INTO order_lines (order_id, position, ticket_type_id, quantity, list_price_sats, discount_sats) \
    SELECT o.id, 0, (SELECT min(y.id) FROM ticket_types y WHERE y.event_id = o.event_id), 1, o.total_sats, 0 \
    FROM orders o JOIN tickets t ON t.id = o.legacy_ticket_id \
    WHERE t.order_id IS NULL AND o.legacy_ticket_id > ?1 AND o.legacy_ticket_id <= ?2";
const LINK_TICKETS: &str = "UPDATE tickets SET order_id = o.id, ticket_type_id = l.ticket_type_id, price_msats = l.list_price_sats * 1000 \
    FROM orders o JOIN order_lines l ON l.order_id = o.id \
    WHERE o.legacy_ticket_id = tickets.id AND tickets.order_id IS NULL AND tickets.id > ?1 AND tickets.id <= ?2";
const LINK_PAYMENTS: &str = "UPDATE payments SET order_id = o.id FROM orders o WHERE o.legacy_ticket_id = payments.ticket_id \
    AND payments.order_id IS NULL AND payments.ticket_id > ?1 AND payments.ticket_id <= ?2";
const COPY_TICKETS: &str = "UPDATE orders SET user_id = t.user_id, payer_address = nullif(t.uma_address, ''), \
    buyer_key = coalesce('account/' || t.user_id, 'email/' || iif(email_confirmed_at IS NULL, NULL, guest_email), \
        'payer/' || lower(nullif(t.uma_address, ''))), \
    status = t.payment_status, hold_expires_at = t.hold_expires_at, issued_at = coalesce(issued_at, t.paid_at), updated_at = t.updated_at \
    FROM tickets t WHERE t.order_id = orders.id AND (\
        (status <> t.payment_status AND NOT (status = 'awaiting_confirmation' AND t.payment_status = 'pending')) \
        OR orders.hold_expires_at IS NOT t.hold_expires_at OR orders.user_id IS NOT t.user_id OR payer_address IS NOT nullif(t.uma_address, ''))";
const RECOUNT_TYPES: &str = "UPDATE ticket_types SET taken = c.seats FROM (\
        SELECT y.id, count(t.id) AS seats FROM ticket_types y \
        LEFT JOIN tickets t ON t.ticket_type_id = y.id AND t.event_id = y.event_id AND t.payment_status IN ('pending', 'paid') GROUP BY y.id\
    ) c WHERE c.id = ticket_types.id AND c.seats <> ticket_types.taken";
const RECOUNT_CODES: &str = "UPDATE promo_codes SET used = c.uses FROM (\
        SELECT k.id, count(DISTINCT o.id) AS uses FROM promo_codes k \
        LEFT JOIN (orders o JOIN tickets t ON t.order_id = o.id AND t.payment_status IN ('pending', 'paid')) ON o.promo_code_id = k.id GROUP BY k.id\
    ) c WHERE c.id = promo_codes.id AND c.uses <> promo_codes.used";

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
}

/// Whether all processes maintain orders.
pub(crate) fn finished(connection: &mut SqliteConnection) -> Result<bool, Fault> {
    use crate::schema::orders_rollout::dsl;
    let finished: Option<i64> =
        dsl::orders_rollout.find(1).select(dsl::finished_at).get_result(connection)?;
    Ok(finished.is_some())
}

/// Completes the backfill, then declares that all processes maintain orders: a file is used by one release at a time.
pub(crate) fn finish(connection: &mut SqliteConnection) -> Result<(), Fault> {
    backfill(connection)?;
    sql_query("UPDATE orders_rollout SET finished_at = CAST(unixepoch('subsec') * 1000000 AS INTEGER) WHERE finished_at IS NULL")
        .execute(connection)?;
    Ok(())
}

/// Adds a type to an event that a release without types created.
pub(crate) fn add_missing_type(connection: &mut SqliteConnection, event: EventId) -> Result<(), Fault> {
    sql_query(format!("{ADD_TYPES} AND id = ?1")).bind::<BigInt, _>(event.get()).execute(connection)?;
    Ok(())
}

/// Adds the order of a ticket that a release without orders sold, and the type of its event.
pub(crate) fn add_missing_order(connection: &mut SqliteConnection, ticket: TicketId) -> Result<(), Fault> {
    use crate::schema::tickets::dsl;
    let without = dsl::tickets.find(ticket.get()).filter(dsl::order_id.is_null());
    let event: Option<i64> = without.select(dsl::event_id).get_result(connection).optional()?;
    let Some(event) = event else { return Ok(()) };
    add_missing_type(connection, EventId::new(event))?;
    for statement in [ADD_ORDERS, ADD_LINES, LINK_TICKETS, LINK_PAYMENTS] {
        let before = ticket.get().saturating_sub(1);
        sql_query(statement).bind::<BigInt, _>(before).bind::<BigInt, _>(ticket.get()).execute(connection)?;
    }
    Ok(())
}

/// Adds the missing types and orders in short transactions, and returns the number of orders. May run again, and beside other
/// processes.
pub(crate) fn backfill(connection: &mut SqliteConnection) -> Result<u64, Fault> {
    if finished(connection)? {
        return Ok(0);
    }
    connection.immediate_transaction(|connection| {
        sql_query(ADD_TYPES).execute(connection)?;
        sql_query(COPY_PRICES).execute(connection).map(drop)
    })?;
    let (mut after, mut added) = (0, 0_u64);
    while let Some((last, orders)) = batch(connection, after)? {
        (after, added) = (last, added.saturating_add(orders));
    }
    connection.immediate_transaction(|connection| {
        for statement in [COPY_TICKETS, RECOUNT_TYPES, RECOUNT_CODES] {
            sql_query(statement).execute(connection)?;
        }
        Ok::<_, Fault>(())
    })?;
    Ok(added)
}

/// Orders of the next tickets after this id: the last id and their number, or `None` without any.
fn batch(connection: &mut SqliteConnection, after: i64) -> Result<Option<(i64, u64)>, Fault> {
    connection.immediate_transaction(|connection| {
        let last: Last = sql_query(LAST_OF_BATCH)
            .bind::<BigInt, _>(after)
            .bind::<BigInt, _>(BATCH)
            .get_result(connection)?;
        let Some(last) = last.id else { return Ok(None) };
        let mut added = 0;
        for statement in [ADD_ORDERS, ADD_LINES, LINK_TICKETS, LINK_PAYMENTS] {
            let rows =
                sql_query(statement).bind::<BigInt, _>(after).bind::<BigInt, _>(last).execute(connection)?;
            if statement == ADD_ORDERS {
                added = rows;
            }
        }
        Ok(Some((last, u64::try_from(added).unwrap_or(u64::MAX))))
    })
}

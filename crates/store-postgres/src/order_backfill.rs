//! Orders for the tickets of releases without orders.
//!
//! Until `orders_rollout` is finished, a replica of the release before may sell, settle and release tickets without their orders.
//! An order then has one ticket, whose row is authoritative; each run copies it again.

use crate::error::driver_error;
use kernel::StoreError;
use std::time::Duration;
use tokio_postgres::{Client, Error, types::ToSql};

/// Rows locked by one transaction, so that sales wait for milliseconds.
const BATCH: i64 = 2_000;

const FINISHED: &str = "SELECT finished_at IS NOT NULL FROM orders_rollout";
/// Events without types; the lock excludes an organiser who adds the first one.
const UNTYPED_EVENTS: &str = "SELECT id FROM events e WHERE NOT EXISTS (SELECT FROM ticket_types y WHERE y.event_id = e.id) \
    ORDER BY id LIMIT $1 FOR NO KEY UPDATE";
/// Types of these locked events, where they have none.
pub(crate) const ADD_TYPES: &str = "INSERT INTO ticket_types (event_id, name, description, price_kind, price_sats, min_per_order, visibility, position, \
        price_changed_at, created_at, updated_at) \
    SELECT id, 'General admission', '', 'fixed', price_sats, 1, 'public', 0, price_changed_at, created_at, updated_at FROM events e \
    WHERE id = ANY($1) AND NOT EXISTS (SELECT FROM ticket_types y WHERE y.event_id = e.id)";
/// Prices that a release without types changed: only where the event has one type.
const COPY_PRICES: &str = "UPDATE ticket_types y SET price_sats = e.price_sats, price_changed_at = e.price_changed_at FROM events e \
    WHERE e.id = y.event_id AND y.price_kind = 'fixed' AND y.price_sats <> e.price_sats \
    AND (SELECT count(*) FROM ticket_types other WHERE other.event_id = e.id) = 1";
/// Adds the orders of the tickets without one that `$batch` selects.
macro_rules! add_orders {
    ($batch:literal) => {
        concat!(
            "WITH batch AS MATERIALIZED (\
        ",
            $batch,
            "\
    ), priced AS MATERIALIZED (\
        SELECT b.*, p.id AS payment, coalesce(p.price_msats, 0) AS price, nextval('orders_id_seq') AS new_order, y.id AS new_type \
        FROM batch b LEFT JOIN payments p ON p.ticket_id = b.id \
        CROSS JOIN LATERAL (SELECT id FROM ticket_types WHERE event_id = b.event_id ORDER BY id LIMIT 1) y ORDER BY b.id\
    ), orders AS (\
        INSERT INTO orders (id, event_id, kind, user_id, payer_address, buyer_key, total_sats, status, hold_expires_at, issued_at, \
            legacy_ticket_id, created_at, updated_at) \
        SELECT new_order, event_id, 'sale', user_id, nullif(uma_address, ''), \
            coalesce('account/' || user_id, 'payer/' || lower(nullif(uma_address, ''))), price / 1000, payment_status, hold_expires_at, \
            paid_at, id, created_at, updated_at FROM priced\
    ), lines AS (\
        INSERT INTO order_lines (order_id, position, ticket_type_id, quantity, list_price_sats, discount_sats) \
        SELECT new_order, 0, new_type, 1, price / 1000, 0 FROM priced\
    ), linked AS (\
        UPDATE tickets t SET order_id = new_order, ticket_type_id = new_type, price_msats = price FROM priced WHERE t.id = priced.id\
    ), paid AS (\
        UPDATE payments p SET order_id = new_order FROM priced WHERE p.id = priced.payment\
    ) SELECT max(id), count(*) FROM priced"
        )
    };
}

/// A ticket that a session has locked waits for the next run.
const ADD_ORDERS: &str = add_orders!(
    "SELECT * FROM tickets WHERE order_id IS NULL AND id > $1 ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED"
);
/// The order of one ticket.
pub(crate) const ADD_ORDER: &str =
    add_orders!("SELECT * FROM tickets WHERE order_id IS NULL AND id = $1 FOR NO KEY UPDATE");
/// Orders that differ from their ticket. They are locked before the ticket is read again.
const STALE_ORDERS: &str = "SELECT o.id FROM orders o JOIN tickets t ON t.order_id = o.id WHERE (\
        (o.status <> t.payment_status AND NOT (o.status = 'awaiting_confirmation' AND t.payment_status = 'pending')) \
        OR o.hold_expires_at IS DISTINCT FROM t.hold_expires_at OR o.user_id IS DISTINCT FROM t.user_id OR o.payer_address IS DISTINCT FROM nullif(t.uma_address, '')\
    ) AND o.id > $1 ORDER BY o.id LIMIT $2 FOR NO KEY UPDATE OF o SKIP LOCKED";
const COPY_TICKETS: &str = "UPDATE orders o SET user_id = t.user_id, payer_address = nullif(t.uma_address, ''), \
    buyer_key = coalesce('account/' || t.user_id, 'email/' || CASE WHEN o.email_confirmed_at IS NOT NULL THEN o.guest_email END, \
        'payer/' || lower(nullif(t.uma_address, ''))), \
    status = t.payment_status, hold_expires_at = t.hold_expires_at, issued_at = coalesce(o.issued_at, t.paid_at), updated_at = t.updated_at \
    FROM tickets t WHERE t.order_id = o.id AND o.id = ANY($1)";
/// Events whose types are miscounted, read without a lock and recounted under the event's.
const MISCOUNTED_EVENTS: &str = "SELECT DISTINCT event_id FROM ticket_types y WHERE y.taken <> (\
        SELECT count(*) FROM tickets t WHERE t.event_id = y.event_id AND t.ticket_type_id = y.id AND t.payment_status IN ('pending', 'paid')\
    ) ORDER BY event_id";
const LOCK_EVENT: &str = "SELECT id FROM events WHERE id = $1 FOR NO KEY UPDATE";
const RECOUNT_TYPES: &str = "UPDATE ticket_types y SET taken = (\
        SELECT count(*) FROM tickets t WHERE t.event_id = y.event_id AND t.ticket_type_id = y.id AND t.payment_status IN ('pending', 'paid')\
    ) WHERE y.event_id = $1";
const MISCOUNTED_CODES: &str = "SELECT id FROM promo_codes k WHERE k.used <> (\
        SELECT count(*) FROM orders o WHERE o.promo_code_id = k.id \
        AND EXISTS (SELECT FROM tickets t WHERE t.order_id = o.id AND t.payment_status IN ('pending', 'paid'))\
    ) ORDER BY id";
const LOCK_CODE: &str = "SELECT id FROM promo_codes WHERE id = $1 FOR NO KEY UPDATE";
const RECOUNT_CODE: &str = "UPDATE promo_codes k SET used = (\
        SELECT count(*) FROM orders o WHERE o.promo_code_id = k.id \
        AND EXISTS (SELECT FROM tickets t WHERE t.order_id = o.id AND t.payment_status IN ('pending', 'paid'))\
    ) WHERE k.id = $1";

/// Adds the missing types and orders in short transactions, and returns the number of orders. May run again, and while
/// replicas sell.
pub(crate) async fn backfill(client: &Client) -> Result<u64, StoreError> {
    run(client).await.map_err(driver_error)
}

async fn run(client: &Client) -> Result<u64, Error> {
    if client.query_one(FINISHED, &[]).await?.try_get(0)? {
        return Ok(0);
    }
    add_types(client).await?;
    client.execute(COPY_PRICES, &[]).await?;
    let (mut after, mut added) = (0_i64, 0_u64);
    loop {
        let row = client.query_one(ADD_ORDERS, &[&after, &BATCH]).await?;
        let (last, count): (Option<i64>, i64) = (row.try_get(0)?, row.try_get(1)?);
        let Some(last) = last else { break };
        (after, added) = (last, added.saturating_add(count.unsigned_abs()));
    }
    if added > 0 {
        // Without statistics of the new rows the comparisons below would use nested loops.
        client
            .batch_execute("ANALYZE tickets; ANALYZE orders; ANALYZE order_lines; ANALYZE ticket_types")
            .await?;
    }
    copy_tickets(client).await?;
    recount(client, MISCOUNTED_EVENTS, LOCK_EVENT, RECOUNT_TYPES).await?;
    recount(client, MISCOUNTED_CODES, LOCK_CODE, RECOUNT_CODE).await?;
    Ok(added)
}

/// Tickets that the backfill skipped, because a session had locked them.
const LEFT: &str = "SELECT EXISTS (SELECT FROM tickets WHERE order_id IS NULL) OR EXISTS (\
        SELECT FROM orders o JOIN tickets t ON t.order_id = o.id WHERE o.status <> t.payment_status \
        AND NOT (o.status = 'awaiting_confirmation' AND t.payment_status = 'pending'))";
const FINISH: &str = "UPDATE orders_rollout SET finished_at = now() WHERE finished_at IS NULL";
/// Runs of the backfill until no ticket is left.
const FINISHING_RUNS: u32 = 100;
const FINISHING_PAUSE: Duration = Duration::from_millis(100);

/// Completes the backfill, then declares that all processes maintain orders. Fails while a ticket without an order stays locked.
pub(crate) async fn finish(client: &Client) -> Result<(), StoreError> {
    for _ in 0..FINISHING_RUNS {
        backfill(client).await?;
        let finished: bool =
            client.query_one(FINISHED, &[]).await.and_then(|row| row.try_get(0)).map_err(driver_error)?;
        if finished {
            return Ok(());
        }
        let left: bool =
            client.query_one(LEFT, &[]).await.and_then(|row| row.try_get(0)).map_err(driver_error)?;
        if !left {
            client.execute(FINISH, &[]).await.map_err(driver_error)?;
            return Ok(());
        }
        tokio::time::sleep(FINISHING_PAUSE).await;
    }
    Err(StoreError::Unavailable("a ticket without an order is locked: run it again".into()))
}

async fn add_types(client: &Client) -> Result<(), Error> {
    loop {
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        let rows = client.query(UNTYPED_EVENTS, &[&BATCH]).await?;
        let untyped = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
        client.execute(ADD_TYPES, &[&untyped]).await?;
        client.batch_execute("COMMIT").await?;
        if untyped.is_empty() {
            return Ok(());
        }
    }
}

async fn copy_tickets(client: &Client) -> Result<(), Error> {
    let mut after = 0_i64;
    loop {
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        let rows = client.query(STALE_ORDERS, &[&after, &BATCH]).await?;
        let stale = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
        client.execute(COPY_TICKETS, &[&stale]).await?;
        client.batch_execute("COMMIT").await?;
        let Some(last) = stale.last() else { return Ok(()) };
        after = *last;
    }
}

/// Recounts each row that `find` returns, under its lock: a statement after the lock sees what the holder before committed.
async fn recount(client: &Client, find: &str, lock: &str, count: &str) -> Result<(), Error> {
    for row in client.query(find, &[]).await? {
        let id: i64 = row.try_get(0)?;
        let id: [&(dyn ToSql + Sync); 1] = [&id];
        client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        client.execute(lock, &id).await?;
        client.execute(count, &id).await?;
        client.batch_execute("COMMIT").await?;
    }
    Ok(())
}

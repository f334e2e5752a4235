use crate::{error::store_error, rows::amount_of};
use box_office::{InFlight, Ledger};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{EventId, OrderId, PaymentId, PromoCodeId, StoreError, TicketId, TicketTypeId, Timestamp};

#[derive(QueryableByName)]
struct Sums {
    #[diesel(sql_type = BigInt)]
    received: i64,
    #[diesel(sql_type = BigInt)]
    event_level: i64,
    #[diesel(sql_type = BigInt)]
    kept: i64,
    #[diesel(sql_type = BigInt)]
    refunded: i64,
    #[diesel(sql_type = BigInt)]
    refundable: i64,
    #[diesel(sql_type = BigInt)]
    overdue_holds: i64,
    #[diesel(sql_type = BigInt)]
    overdue_jobs: i64,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    held: i64,
    #[diesel(sql_type = BigInt)]
    paying: i64,
    #[diesel(sql_type = BigInt)]
    refunding: i64,
    #[diesel(sql_type = BigInt)]
    refundable: i64,
}

const IN_FLIGHT: &str = "SELECT \
    (SELECT count(*) FROM tickets WHERE payment_status = 'pending') AS held, \
    (SELECT count(*) FROM pay_orders WHERE payer = 'wallet' AND status IN ('ordered', 'unresolved')) AS paying, \
    (SELECT count(*) FROM refunds WHERE status = 'sending') AS refunding, \
    (SELECT count(*) FROM payments WHERE refundable_msats > 0) AS refundable";

const SUMS: &str = "SELECT \
    (SELECT coalesce(sum(settled_msats), 0)::bigint FROM uma_request_invoices WHERE payment_id IS NOT NULL) AS received, \
    (SELECT coalesce(sum(settled_msats), 0)::bigint FROM uma_request_invoices WHERE payment_id IS NULL) AS event_level, \
    (SELECT coalesce(sum(price_msats - revoked_msats), 0)::bigint FROM payments WHERE status = 'paid') AS kept, \
    (SELECT coalesce(sum(refunded_msats), 0)::bigint FROM payments) AS refunded, \
    (SELECT coalesce(sum(refundable_msats), 0)::bigint FROM payments) AS refundable, \
    (SELECT count(*) FROM tickets WHERE payment_status = 'pending' AND hold_expires_at < $1) AS overdue_holds, \
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at < $1) AS overdue_jobs";

const OVERSOLD: &str = "SELECT e.id FROM events e JOIN tickets t ON t.event_id = e.id \
    WHERE t.payment_status IN ('pending', 'paid') GROUP BY e.id HAVING count(*) > e.capacity ORDER BY e.id";

const MISCOUNTED: &str = "SELECT e.id FROM events e \
    LEFT JOIN tickets t ON t.event_id = e.id AND t.payment_status IN ('pending', 'paid') \
    GROUP BY e.id HAVING count(t.id) <> e.seats_taken ORDER BY e.id";

/// Tickets whose status contradicts their payment's, which may be failed or refunded for a cancelled ticket; tickets of a
/// paid order are refunded or cancelled one by one. Tickets of a free order have no payment, and are pending until its
/// address is confirmed.
const MISMATCHED: &str = "SELECT t.id FROM tickets t LEFT JOIN payments own ON own.ticket_id = t.id \
    LEFT JOIN payments shared ON shared.order_id = t.order_id LEFT JOIN orders o ON o.id = t.order_id \
    WHERE CASE \
        WHEN coalesce(own.id, shared.id) IS NULL THEN t.payment_status NOT IN ('paid', 'cancelled', 'refunded') \
            AND NOT (coalesce(o.total_sats = 0 AND o.hold_expires_at IS NOT NULL, false) AND t.payment_status IN ('pending', 'expired')) \
        WHEN t.payment_status IN ('cancelled', 'refunded') AND coalesce(own.status, shared.status) = 'paid' THEN \
            NOT EXISTS (SELECT 1 FROM tickets other WHERE other.order_id = t.order_id AND other.payment_status = 'paid') \
        WHEN t.payment_status = 'cancelled' THEN coalesce(own.status, shared.status) NOT IN ('failed', 'refunded') \
        ELSE t.payment_status <> coalesce(own.status, shared.status) \
    END ORDER BY t.id";

const OVERSOLD_TYPES: &str = "SELECT y.id FROM ticket_types y JOIN tickets t ON t.ticket_type_id = y.id \
    WHERE t.payment_status IN ('pending', 'paid') AND EXISTS (SELECT 1 FROM orders_rollout WHERE finished_at IS NOT NULL) \
    GROUP BY y.id, y.quota HAVING count(*) > y.quota ORDER BY y.id";

const MISCOUNTED_TYPES: &str = "SELECT y.id FROM ticket_types y \
    LEFT JOIN tickets t ON t.ticket_type_id = y.id AND t.payment_status IN ('pending', 'paid') \
    WHERE EXISTS (SELECT 1 FROM orders_rollout WHERE finished_at IS NOT NULL) \
    GROUP BY y.id, y.taken HAVING count(t.id) <> y.taken ORDER BY y.id";

const MISCOUNTED_CODES: &str = "SELECT c.id FROM promo_codes c \
    LEFT JOIN orders o ON o.promo_code_id = c.id AND o.status IN ('pending', 'awaiting_confirmation', 'paid') \
    WHERE EXISTS (SELECT 1 FROM orders_rollout WHERE finished_at IS NOT NULL) \
    GROUP BY c.id, c.used HAVING count(o.id) <> c.used ORDER BY c.id";

/// A paid payment's price is that of the tickets that are still valid.
const CONTRADICTORY_ORDERS: &str = "WITH issued AS (\
        SELECT order_id, ticket_type_id, count(*) AS tickets, sum(price_msats) AS price, \
            sum(CASE WHEN payment_status = 'pending' THEN 1 ELSE 0 END) AS pending, \
            sum(CASE WHEN payment_status = 'paid' THEN 1 ELSE 0 END) AS paid, \
            sum(CASE WHEN payment_status = 'paid' THEN price_msats ELSE 0 END) AS kept \
        FROM tickets GROUP BY order_id, ticket_type_id\
    ), lines AS (\
        SELECT l.order_id, sum(l.quantity * (l.list_price_sats - l.discount_sats)) AS total, \
            sum(CASE WHEN i.tickets = l.quantity AND i.price = 1000 * l.quantity * (l.list_price_sats - l.discount_sats) \
                THEN 0 ELSE 1 END) AS wrong, \
            sum(i.pending) AS pending, sum(i.paid) AS paid, sum(i.kept) AS kept, sum(l.quantity) AS tickets \
        FROM order_lines l LEFT JOIN issued i ON i.order_id = l.order_id AND i.ticket_type_id = l.ticket_type_id GROUP BY l.order_id\
    ), totals AS (\
        SELECT order_id, sum(tickets) AS tickets FROM issued GROUP BY order_id\
    ) SELECT o.id FROM orders o LEFT JOIN lines l ON l.order_id = o.id LEFT JOIN totals ON totals.order_id = o.id \
    LEFT JOIN payments p ON p.order_id = o.id \
    WHERE EXISTS (SELECT 1 FROM orders_rollout WHERE finished_at IS NOT NULL) AND (l.order_id IS NULL OR l.wrong > 0 \
        OR l.total <> o.total_sats OR l.tickets <> coalesce(totals.tickets, 0) OR (p.id IS NULL) <> (o.total_sats = 0) \
        OR p.price_msats > 1000 * o.total_sats OR (p.status = 'paid' AND p.price_msats - p.revoked_msats <> l.kept) \
        OR CASE WHEN o.status IN ('pending', 'awaiting_confirmation') THEN l.pending <> l.tickets \
            WHEN o.status = 'paid' THEN l.paid = 0 OR l.pending > 0 ELSE l.paid + l.pending > 0 END) \
    ORDER BY o.id";

/// No foreign key protects these columns: its check would cost each purchase more than the row of its order.
const DETACHED_PAYMENTS: &str = "SELECT p.id AS id FROM payments p LEFT JOIN tickets t ON t.id = p.ticket_id WHERE t.id IS NULL \
    UNION SELECT i.payment_id AS id FROM uma_request_invoices i LEFT JOIN payments p ON p.id = i.payment_id \
    WHERE i.payment_id IS NOT NULL AND p.id IS NULL ORDER BY id";

const CHECKS: [&str; 8] = [
    OVERSOLD,
    MISCOUNTED,
    MISMATCHED,
    OVERSOLD_TYPES,
    MISCOUNTED_TYPES,
    MISCOUNTED_CODES,
    CONTRADICTORY_ORDERS,
    DETACHED_PAYMENTS,
];

fn ids<T>(rows: Vec<Id>, new: impl Fn(i64) -> T) -> Vec<T> {
    rows.into_iter().map(|row| new(row.id)).collect()
}

/// Reads the ledger from one snapshot.
pub(super) async fn read(db: &mut AsyncPgConnection, before: Timestamp) -> Result<Ledger, StoreError> {
    let (sums, found) = db
        .build_transaction()
        .repeatable_read()
        .read_only()
        .run(async |db| -> Result<_, diesel::result::Error> {
            // The audit scans whole tables, without a timeout.
            sql_query("SET LOCAL statement_timeout = 0").execute(db).await?;
            for setting in ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"] {
                sql_query(format!("SET LOCAL {setting} = on")).execute(db).await?;
            }
            let sums: Sums = sql_query(SUMS).bind::<Timestamptz, _>(before).get_result(db).await?;
            let mut found: [Vec<Id>; CHECKS.len()] = Default::default();
            for (rows, check) in found.iter_mut().zip(CHECKS) {
                *rows = sql_query(check).load(db).await?;
            }
            Ok((sums, found))
        })
        .await
        .map_err(store_error)?;
    let sum = |amount: i64| amount_of("ledger", 0, amount);
    let [
        oversold,
        miscounted,
        mismatched,
        oversold_types,
        miscounted_types,
        miscounted_codes,
        orders,
        detached,
    ] = found;
    Ok(Ledger {
        received: sum(sums.received)?,
        event_level: sum(sums.event_level)?,
        kept: sum(sums.kept)?,
        refunded: sum(sums.refunded)?,
        refundable: sum(sums.refundable)?,
        oversold: ids(oversold, EventId::new),
        miscounted: ids(miscounted, EventId::new),
        mismatched: ids(mismatched, TicketId::new),
        oversold_types: ids(oversold_types, TicketTypeId::new),
        miscounted_types: ids(miscounted_types, TicketTypeId::new),
        miscounted_codes: ids(miscounted_codes, PromoCodeId::new),
        contradictory_orders: ids(orders, OrderId::new),
        detached_payments: ids(detached, PaymentId::new),
        overdue_holds: sums.overdue_holds.unsigned_abs(),
        overdue_jobs: sums.overdue_jobs.unsigned_abs(),
    })
}

pub(super) async fn in_flight(db: &mut AsyncPgConnection) -> Result<InFlight, StoreError> {
    let counts: Counts = sql_query(IN_FLIGHT).get_result(db).await.map_err(store_error)?;
    Ok(InFlight {
        held: counts.held.unsigned_abs(),
        paying: counts.paying.unsigned_abs(),
        refunding: counts.refunding.unsigned_abs(),
        refundable: counts.refundable.unsigned_abs(),
    })
}

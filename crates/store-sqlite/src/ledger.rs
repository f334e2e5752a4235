use crate::{
    error::Fault,
    values::{large_count, msats},
};
use box_office::{InFlight, Ledger};
use diesel::{prelude::*, sql_query, sql_types::BigInt, sqlite::SqliteConnection};
use kernel::{EventId, TicketId};

const SUMS: &str = "
    SELECT (SELECT coalesce(sum(settled_msats), 0) FROM uma_request_invoices WHERE payment_id IS NOT NULL) AS received,
           (SELECT coalesce(sum(settled_msats), 0) FROM uma_request_invoices WHERE payment_id IS NULL) AS event_level,
           coalesce(sum(price_msats) FILTER (WHERE status = 'paid'), 0) AS kept,
           coalesce(sum(refunded_msats), 0) AS refunded,
           coalesce(sum(refundable_msats), 0) AS refundable,
           (SELECT count(*) FROM tickets WHERE payment_status = 'pending' AND hold_expires_at < ?1) AS overdue_holds,
           (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at < ?1) AS overdue_jobs
    FROM payments";

const OVERSOLD: &str = "
    SELECT e.id FROM events e JOIN tickets t ON t.event_id = e.id
    WHERE t.payment_status IN ('pending', 'paid')
    GROUP BY e.id HAVING count(*) > e.capacity ORDER BY e.id";

const MISCOUNTED: &str = "
    SELECT e.id FROM events e
    LEFT JOIN tickets t ON t.event_id = e.id AND t.payment_status IN ('pending', 'paid')
    GROUP BY e.id HAVING count(t.id) <> e.seats_taken ORDER BY e.id";

/// Tickets whose status contradicts their payment's. A cancelled ticket's payment has failed or was refunded.
const MISMATCHED: &str = "
    SELECT t.id FROM tickets t JOIN payments p ON p.ticket_id = t.id
    WHERE t.payment_status <> p.status
      AND NOT (t.payment_status = 'cancelled' AND p.status IN ('failed', 'refunded'))
    ORDER BY t.id";

const IN_FLIGHT: &str = "
    SELECT (SELECT count(*) FROM tickets WHERE payment_status = 'pending') AS held,
           (SELECT count(*) FROM pay_orders WHERE payer = 'wallet' AND status IN ('ordered', 'unresolved')) AS paying,
           (SELECT count(*) FROM refunds WHERE status = 'sending') AS refunding,
           (SELECT count(*) FROM payments WHERE refundable_msats > 0) AS refundable";

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
struct Number {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

fn numbers(connection: &mut SqliteConnection, query: &str) -> Result<Vec<i64>, Fault> {
    let rows: Vec<Number> = sql_query(query).load(connection)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

pub(crate) fn ledger(connection: &mut SqliteConnection, before: i64) -> Result<Ledger, Fault> {
    let sums: Sums = sql_query(SUMS).bind::<BigInt, _>(before).get_result(connection)?;
    Ok(Ledger {
        received: msats(sums.received)?,
        event_level: msats(sums.event_level)?,
        kept: msats(sums.kept)?,
        refunded: msats(sums.refunded)?,
        refundable: msats(sums.refundable)?,
        oversold: numbers(connection, OVERSOLD)?.into_iter().map(EventId::new).collect(),
        miscounted: numbers(connection, MISCOUNTED)?.into_iter().map(EventId::new).collect(),
        mismatched: numbers(connection, MISMATCHED)?.into_iter().map(TicketId::new).collect(),
        overdue_holds: large_count(sums.overdue_holds)?,
        overdue_jobs: large_count(sums.overdue_jobs)?,
    })
}

pub(crate) fn in_flight(connection: &mut SqliteConnection) -> Result<InFlight, Fault> {
    let counts: Counts = sql_query(IN_FLIGHT).get_result(connection)?;
    Ok(InFlight {
        held: large_count(counts.held)?,
        paying: large_count(counts.paying)?,
        refunding: large_count(counts.refunding)?,
        refundable: large_count(counts.refundable)?,
    })
}

use crate::{error::store_error, rows::amount_of};
use box_office::{InFlight, Ledger};
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{EventId, StoreError, TicketId, Timestamp};

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
    (SELECT coalesce(sum(price_msats), 0)::bigint FROM payments WHERE status = 'paid') AS kept, \
    (SELECT coalesce(sum(refunded_msats), 0)::bigint FROM payments) AS refunded, \
    (SELECT coalesce(sum(refundable_msats), 0)::bigint FROM payments) AS refundable, \
    (SELECT count(*) FROM tickets WHERE payment_status = 'pending' AND hold_expires_at < $1) AS overdue_holds, \
    (SELECT count(*) FROM jobs WHERE status = 'queued' AND run_at < $1) AS overdue_jobs";

const OVERSOLD: &str = "SELECT e.id FROM events e JOIN tickets t ON t.event_id = e.id \
    WHERE t.payment_status IN ('pending', 'paid') GROUP BY e.id HAVING count(*) > e.capacity ORDER BY e.id";

const MISCOUNTED: &str = "SELECT e.id FROM events e \
    LEFT JOIN tickets t ON t.event_id = e.id AND t.payment_status IN ('pending', 'paid') \
    GROUP BY e.id HAVING count(t.id) <> e.seats_taken ORDER BY e.id";

/// Tickets whose status contradicts their payment's. A cancelled ticket's payment may have failed or been
/// refunded; a free ticket has none and is never pending.
const MISMATCHED: &str = "SELECT t.id FROM tickets t LEFT JOIN payments p ON p.ticket_id = t.id \
    WHERE CASE \
        WHEN p.id IS NULL THEN t.payment_status NOT IN ('paid', 'cancelled', 'refunded') \
        WHEN t.payment_status = 'cancelled' THEN p.status NOT IN ('failed', 'refunded') \
        ELSE t.payment_status <> p.status \
    END ORDER BY t.id";

/// Reads the ledger from one snapshot.
pub(super) async fn read(db: &mut AsyncPgConnection, before: Timestamp) -> Result<Ledger, StoreError> {
    let (sums, oversold, miscounted, mismatched) = db
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
            let oversold: Vec<Id> = sql_query(OVERSOLD).load(db).await?;
            let miscounted: Vec<Id> = sql_query(MISCOUNTED).load(db).await?;
            let mismatched: Vec<Id> = sql_query(MISMATCHED).load(db).await?;
            Ok((sums, oversold, miscounted, mismatched))
        })
        .await
        .map_err(store_error)?;
    let sum = |amount: i64| amount_of("ledger", 0, amount);
    Ok(Ledger {
        received: sum(sums.received)?,
        event_level: sum(sums.event_level)?,
        kept: sum(sums.kept)?,
        refunded: sum(sums.refunded)?,
        refundable: sum(sums.refundable)?,
        oversold: oversold.into_iter().map(|row| EventId::new(row.id)).collect(),
        miscounted: miscounted.into_iter().map(|row| EventId::new(row.id)).collect(),
        mismatched: mismatched.into_iter().map(|row| TicketId::new(row.id)).collect(),
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

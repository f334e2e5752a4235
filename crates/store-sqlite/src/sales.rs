use crate::{
    error::Fault,
    events::EventRow,
    schema,
    values::{large_count, msats, timestamp},
};
use box_office::{EventSales, SalesPoint};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable},
    sqlite::SqliteConnection,
};
use kernel::{EventId, Page};

const OF_ONE: &str = "
    SELECT count(*) FILTER (WHERE payment_status = 'paid') AS sold,
           count(*) FILTER (WHERE payment_status = 'pending') AS held,
           count(checked_in_at) AS checked_in,
           (SELECT coalesce(sum(kept_msats), 0) FROM payments WHERE event_id = ?1) AS revenue,
           (SELECT coalesce(sum(refundable_msats), 0) FROM payments WHERE event_id = ?1) AS refundable
    FROM tickets WHERE event_id = ?1";

const BY_HOUR: &str = "
    SELECT t.paid_at / 3600000000 * 3600000000 AS at,
           count(*) AS sold,
           coalesce(sum(coalesce(t.price_msats, p.price_msats)), 0) AS revenue
    FROM tickets t LEFT JOIN payments p ON p.ticket_id = t.id
    WHERE t.paid_at >= ?1 AND t.paid_at < ?2 AND (?3 IS NULL OR t.event_id = ?3)
    GROUP BY 1 ORDER BY 1";

#[derive(QueryableByName)]
struct Sums {
    #[diesel(sql_type = BigInt)]
    sold: i64,
    #[diesel(sql_type = BigInt)]
    held: i64,
    #[diesel(sql_type = BigInt)]
    checked_in: i64,
    #[diesel(sql_type = BigInt)]
    revenue: i64,
    #[diesel(sql_type = BigInt)]
    refundable: i64,
}

#[derive(QueryableByName)]
struct Hour {
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = BigInt)]
    sold: i64,
    #[diesel(sql_type = BigInt)]
    revenue: i64,
}

pub(crate) fn of_events(
    connection: &mut SqliteConnection,
    event: Option<EventId>,
    page: Page,
) -> Result<Vec<EventSales>, Fault> {
    use schema::events::{dsl, table};
    let mut rows = table.into_boxed();
    if let Some(event) = event {
        rows = rows.filter(dsl::id.eq(event.get()));
    }
    let rows: Vec<EventRow> = rows
        .order(dsl::id.desc())
        .limit(page.limit().into())
        .offset(page.offset().into())
        .select(EventRow::as_select())
        .load(connection)?;
    rows.into_iter()
        .map(|row| {
            let sums: Sums = sql_query(OF_ONE).bind::<BigInt, _>(row.id).get_result(connection)?;
            Ok(EventSales {
                event: row.try_into()?,
                sold: large_count(sums.sold)?,
                held: large_count(sums.held)?,
                checked_in: large_count(sums.checked_in)?,
                revenue: msats(sums.revenue)?,
                refundable: msats(sums.refundable)?,
            })
        })
        .collect()
}

pub(crate) fn by_hour(
    connection: &mut SqliteConnection,
    event: Option<EventId>,
    from: i64,
    to: i64,
) -> Result<Vec<SalesPoint>, Fault> {
    let hours: Vec<Hour> = sql_query(BY_HOUR)
        .bind::<BigInt, _>(from)
        .bind::<BigInt, _>(to)
        .bind::<Nullable<BigInt>, _>(event.map(EventId::get))
        .load(connection)?;
    hours
        .into_iter()
        .map(|hour| {
            Ok(SalesPoint {
                at: timestamp(hour.at)?,
                sold: large_count(hour.sold)?,
                revenue: msats(hour.revenue)?,
            })
        })
        .collect()
}

use crate::{
    error::Fault,
    schema,
    values::{micros, timestamp},
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
    sqlite::SqliteConnection,
};
use events::{EventUpdate, KnownEvent};
use kernel::{EventId, EventUpdateId, TicketId};
use schema::event_updates::{dsl, table};

/// Returns the ticket holder's unsent update.
pub(crate) fn of_ticket(
    connection: &mut SqliteConnection,
    ticket: TicketId,
) -> Result<Option<EventUpdate>, Fault> {
    type Row = (i64, String, i64, i64, String);
    let row: Option<Row> = table
        .filter(dsl::ticket_id.eq(ticket.get()))
        .select((dsl::id, dsl::title, dsl::start_time, dsl::end_time, dsl::stream_url))
        .get_result(connection)
        .optional()?;
    row.map(|(id, title, start, end, stream_url)| {
        let known =
            KnownEvent { title, start_time: timestamp(start)?, end_time: timestamp(end)?, stream_url };
        Ok(EventUpdate { id: EventUpdateId::new(id), ticket, known })
    })
    .transpose()
}

/// Adds one update per order with a paid ticket, and one per paid ticket with a named holder. An existing update keeps its values
/// and is enqueued again.
pub(crate) fn add(
    connection: &mut SqliteConnection,
    event: EventId,
    known: &KnownEvent,
) -> Result<u64, Fault> {
    let rows = diesel::sql_query(
        "INSERT INTO event_updates (event_id, ticket_id, title, start_time, end_time, stream_url) \
         SELECT t.event_id, t.id, ?1, ?2, ?3, ?4 FROM tickets t LEFT JOIN orders o ON o.id = t.order_id \
         LEFT JOIN (SELECT order_id, min(id) AS first, max(payment_status = 'paid') AS valid FROM tickets \
            WHERE event_id = ?5 GROUP BY order_id) AS of_order ON of_order.order_id = t.order_id \
         WHERE t.event_id = ?5 AND (\
            (t.payment_status = 'paid' AND (t.holder_email IS NOT NULL OR (t.order_id IS NULL AND t.user_id IS NOT NULL))) \
            OR (t.id = of_order.first AND of_order.valid AND (t.user_id IS NOT NULL OR o.guest_email IS NOT NULL))) \
         ORDER BY t.id \
         ON CONFLICT (ticket_id) DO UPDATE SET enqueued = 0",
    )
    .bind::<Text, _>(&known.title)
    .bind::<BigInt, _>(micros(known.start_time))
    .bind::<BigInt, _>(micros(known.end_time))
    .bind::<Text, _>(&known.stream_url)
    .bind::<BigInt, _>(event.get())
    .execute(connection)?;
    Ok(u64::try_from(rows).unwrap_or(u64::MAX))
}

pub(crate) fn take(
    connection: &mut SqliteConnection,
    event: EventId,
    limit: u32,
) -> Result<Vec<(EventUpdateId, TicketId)>, Fault> {
    let rows: Vec<(i64, i64)> = table
        .filter(
            dsl::event_id.eq(event.get()).and(diesel::dsl::sql::<diesel::sql_types::Bool>("enqueued = 0")),
        )
        .order(dsl::id)
        .limit(limit.into())
        .select((dsl::id, dsl::ticket_id))
        .load(connection)?;
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    diesel::update(table.filter(dsl::id.eq_any(ids))).set(dsl::enqueued.eq(true)).execute(connection)?;
    Ok(rows.into_iter().map(|(id, ticket)| (EventUpdateId::new(id), TicketId::new(ticket))).collect())
}

/// Deletes an update, or stores the event details that its holder has now been sent.
pub(crate) fn end(
    connection: &mut SqliteConnection,
    update: EventUpdateId,
    known: Option<&KnownEvent>,
) -> Result<(), Fault> {
    let row = table.find(update.get());
    match known {
        None => diesel::delete(row).execute(connection)?,
        Some(known) => diesel::update(row)
            .set((
                dsl::title.eq(&known.title),
                dsl::start_time.eq(micros(known.start_time)),
                dsl::end_time.eq(micros(known.end_time)),
                dsl::stream_url.eq(&known.stream_url),
            ))
            .execute(connection)?,
    };
    Ok(())
}

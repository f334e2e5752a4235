use crate::{error::store_error, schema::event_updates as u};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, delete, sql_query,
    sql_types::{Int8, Text, Timestamptz},
    update,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use events::{EventUpdate, KnownEvent};
use kernel::{EventId, EventUpdateId, StoreError, TicketId, Timestamp};

/// Returns the ticket holder's unsent update.
pub(crate) async fn of_ticket(
    db: &mut AsyncPgConnection,
    ticket: TicketId,
) -> Result<Option<EventUpdate>, StoreError> {
    let row: Option<(i64, String, Timestamp, Timestamp, String)> = u::table
        .filter(u::ticket_id.eq(ticket.get()))
        .select((u::id, u::title, u::start_time, u::end_time, u::stream_url))
        .first(db)
        .await
        .optional()
        .map_err(store_error)?;
    Ok(row.map(|(id, title, start_time, end_time, stream_url)| EventUpdate {
        id: EventUpdateId::new(id),
        ticket,
        known: KnownEvent { title, start_time, end_time, stream_url },
    }))
}

/// Adds one update per order with a paid ticket, and one per paid ticket with a named holder. An existing update keeps its values
/// and is enqueued again.
pub(crate) async fn add(
    db: &mut AsyncPgConnection,
    event: EventId,
    known: &KnownEvent,
) -> Result<u64, StoreError> {
    let rows = sql_query(
        "INSERT INTO event_updates (event_id, ticket_id, title, start_time, end_time, stream_url) \
         SELECT t.event_id, t.id, $1, $2, $3, $4 FROM tickets t LEFT JOIN orders o ON o.id = t.order_id \
         LEFT JOIN (SELECT order_id, min(id) AS first, bool_or(payment_status = 'paid') AS valid FROM tickets \
            WHERE event_id = $5 GROUP BY order_id) AS of_order ON of_order.order_id = t.order_id \
         WHERE t.event_id = $5 AND (\
            (t.payment_status = 'paid' AND (t.holder_email IS NOT NULL OR (t.order_id IS NULL AND t.user_id IS NOT NULL))) \
            OR (t.id = of_order.first AND of_order.valid AND (t.user_id IS NOT NULL OR o.guest_email IS NOT NULL))) \
         ORDER BY t.id \
         ON CONFLICT (ticket_id) DO UPDATE SET enqueued = false",
    )
    .bind::<Text, _>(&known.title)
    .bind::<Timestamptz, _>(known.start_time)
    .bind::<Timestamptz, _>(known.end_time)
    .bind::<Text, _>(&known.stream_url)
    .bind::<Int8, _>(event.get())
    .execute(db)
    .await
    .map_err(store_error)?;
    Ok(u64::try_from(rows).unwrap_or(u64::MAX))
}

pub(crate) async fn take(
    db: &mut AsyncPgConnection,
    event: EventId,
    limit: u32,
) -> Result<Vec<(EventUpdateId, TicketId)>, StoreError> {
    let rows: Vec<(i64, i64)> = u::table
        .filter(u::event_id.eq(event.get()))
        .filter(u::enqueued.eq(false))
        .order(u::id)
        .limit(limit.into())
        .select((u::id, u::ticket_id))
        .for_update()
        .load(db)
        .await
        .map_err(store_error)?;
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    update(u::table.filter(u::id.eq_any(ids)))
        .set(u::enqueued.eq(true))
        .execute(db)
        .await
        .map_err(store_error)?;
    Ok(rows.into_iter().map(|(id, ticket)| (EventUpdateId::new(id), TicketId::new(ticket))).collect())
}

/// Deletes an update, or stores the event details that its holder has now been sent.
pub(crate) async fn end(
    db: &mut AsyncPgConnection,
    id: EventUpdateId,
    known: Option<&KnownEvent>,
) -> Result<(), StoreError> {
    let row = u::table.find(id.get());
    let ended = match known {
        None => delete(row).execute(db).await,
        Some(known) => {
            update(row)
                .set((
                    u::title.eq(&known.title),
                    u::start_time.eq(known.start_time),
                    u::end_time.eq(known.end_time),
                    u::stream_url.eq(&known.stream_url),
                ))
                .execute(db)
                .await
        }
    };
    ended.map(drop).map_err(store_error)
}

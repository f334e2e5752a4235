use crate::{
    Postgres,
    error::{require_one_row, store_error},
    event_update,
    rows::{EventRow, seats_column},
    schema::events as e,
    session::PgSession,
};
use async_trait::async_trait;
use box_office::{DomainEvent, OrderWriter};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper,
    TextExpressionMethods, delete,
    dsl::sql,
    insert_into,
    pg::Pg,
    result::{DatabaseErrorKind, Error},
    sql_types::Bool,
    update,
};
use diesel_async::{AsyncConnection, RunQueryDsl};
use events::{Event, EventQuery, EventReader, EventUpdate, EventWriter, KnownEvent, NewEvent, NewTicketType};
use kernel::{EventId, EventUpdateId, Page, StoreError, TicketId};

/// Limits the words of a search text; each word costs a comparison with every event.
const MAX_WORDS: usize = 16;

/// Events that match the query's filters.
fn matching(query: &EventQuery) -> e::BoxedQuery<'static, Pg> {
    let mut rows = e::table.into_boxed();
    if query.active_only {
        rows = rows.filter(e::is_active.and(e::cancelled_at.is_null()));
    }
    for word in query.text.iter().flat_map(|text| text.split_whitespace().take(MAX_WORDS)) {
        rows = match contains(&word.to_lowercase()) {
            Some(pattern) => rows.filter(e::search_text.like(pattern)),
            None => rows.filter(sql::<Bool>("false")),
        };
    }
    match query.free {
        Some(true) => rows = rows.filter(e::price_sats.eq(0)),
        Some(false) => rows = rows.filter(e::price_sats.gt(0)),
        None => {}
    }
    if let Some(price) = query.max_price {
        rows = rows.filter(e::price_sats.le(price.to_i64()));
    }
    if let Some(time) = query.ends_after {
        rows = rows.filter(e::end_time.gt(time));
    }
    if let Some(time) = query.starts_before {
        rows = rows.filter(e::start_time.lt(time));
    }
    if let Some(time) = query.ended_by {
        rows = rows.filter(e::end_time.le(time));
    }
    rows
}

/// LIKE pattern for text that contains `text`, with wildcards escaped. `None` if it has a NUL: no stored text
/// has one, and the server rejects it.
pub(crate) fn contains(text: &str) -> Option<String> {
    let escaped =
        text.chars().flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]));
    (!text.contains('\0')).then(|| format!("%{}%", escaped.collect::<String>()))
}

/// Searchable text of an event.
fn search_text(title: &str, description: &str) -> String {
    format!("{title}\n{description}").to_lowercase()
}

#[async_trait]
impl EventReader for Postgres {
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        e::table
            .find(id.get())
            .select(EventRow::as_select())
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?
            .map(Event::try_from)
            .transpose()
    }

    async fn events(&self, query: &EventQuery, page: Page) -> Result<Vec<Event>, StoreError> {
        let rows = matching(query);
        let sorted = if query.ended_by.is_some() {
            rows.order((e::start_time.desc(), e::id.desc()))
        } else {
            rows.order((e::start_time, e::id))
        };
        let rows: Vec<EventRow> = sorted
            .limit(page.limit().into())
            .offset(page.offset().into())
            .select(EventRow::as_select())
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        rows.into_iter().map(Event::try_from).collect()
    }

    async fn count_events(&self, query: &EventQuery) -> Result<u64, StoreError> {
        let count: i64 =
            matching(query).count().get_result(&mut *self.connection().await?).await.map_err(store_error)?;
        Ok(count.unsigned_abs())
    }

    async fn event_update(&self, ticket: TicketId) -> Result<Option<EventUpdate>, StoreError> {
        event_update::of_ticket(&mut *self.connection().await?, ticket).await
    }
}

#[async_trait]
impl EventWriter for PgSession {
    async fn event_for_update(&mut self, id: EventId) -> Result<Option<Event>, StoreError> {
        e::table
            .find(id.get())
            .select(EventRow::as_select())
            .for_no_key_update()
            .first(self.db())
            .await
            .optional()
            .map_err(store_error)?
            .map(Event::try_from)
            .transpose()
    }

    async fn add_event(&mut self, event: &NewEvent) -> Result<Event, StoreError> {
        let row: EventRow = insert_into(e::table)
            .values((
                e::title.eq(&event.title),
                e::description.eq(&event.description),
                e::start_time.eq(event.start_time),
                e::end_time.eq(event.end_time),
                e::time_zone.eq(event.time_zone.name()),
                e::capacity.eq(seats_column(event.capacity)),
                e::price_sats.eq(event.price.to_i64()),
                e::stream_url.eq(&event.stream_url),
                e::network_limit.eq(event.network_limit.map(seats_column)),
                e::host_name.eq(&event.details.host_name),
                e::contact.eq(&event.details.contact),
                e::tags.eq(event.details.tags.join("\n")),
                e::replay_until.eq(event.details.replay_until),
                e::gated.eq(event.details.gated),
                e::is_active.eq(true),
                e::seats_taken.eq(0),
                e::search_text.eq(search_text(&event.title, &event.description)),
                e::created_at.eq(event.created_at),
                e::updated_at.eq(event.created_at),
            ))
            .returning(EventRow::as_returning())
            .get_result(self.db())
            .await
            .map_err(store_error)?;
        let event = Event::try_from(row)?;
        self.add_ticket_type(&NewTicketType::general_admission(event.id, event.price, event.created_at))
            .await?;
        Ok(event)
    }

    async fn put_event(&mut self, event: &Event) -> Result<(), StoreError> {
        let rows = update(e::table.find(event.id.get()))
            .set((
                e::title.eq(&event.title),
                e::description.eq(&event.description),
                e::start_time.eq(event.start_time),
                e::end_time.eq(event.end_time),
                e::time_zone.eq(event.time_zone.name()),
                e::capacity.eq(seats_column(event.capacity)),
                e::price_sats.eq(event.price.to_i64()),
                e::stream_url.eq(&event.stream_url),
                e::is_active.eq(event.is_active),
                e::cancelled_at.eq(event.cancelled_at),
                e::seats_taken.eq(seats_column(event.seats_taken)),
                e::price_changed_at.eq(event.price_changed_at),
                e::network_limit.eq(event.network_limit.map(seats_column)),
                e::host_name.eq(&event.details.host_name),
                e::contact.eq(&event.details.contact),
                e::tags.eq(event.details.tags.join("\n")),
                e::replay_until.eq(event.details.replay_until),
                e::gated.eq(event.details.gated),
                e::search_text.eq(search_text(&event.title, &event.description)),
                e::updated_at.eq(event.updated_at),
            ))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        self.publish_on_commit(DomainEvent::Event(event.id));
        require_one_row(rows, "event", event.id)
    }

    async fn delete_event(&mut self, id: EventId) -> Result<bool, StoreError> {
        // A savepoint: a foreign key violation must leave the session usable.
        let outcome = self
            .db()
            .transaction(async |savepoint| delete(e::table.find(id.get())).execute(savepoint).await)
            .await;
        match outcome {
            Ok(deleted) => {
                self.publish_on_commit(DomainEvent::Event(id));
                Ok(deleted > 0)
            }
            Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Ok(false),
            Err(error) => Err(store_error(error)),
        }
    }

    async fn add_event_updates(&mut self, event: EventId, known: &KnownEvent) -> Result<u64, StoreError> {
        event_update::add(self.db(), event, known).await
    }

    async fn take_event_updates(
        &mut self,
        event: EventId,
        limit: u32,
    ) -> Result<Vec<(EventUpdateId, TicketId)>, StoreError> {
        event_update::take(self.db(), event, limit).await
    }

    async fn end_event_update(
        &mut self,
        update: EventUpdateId,
        known: Option<&KnownEvent>,
    ) -> Result<(), StoreError> {
        event_update::end(self.db(), update, known).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_escaped_in_search_patterns() {
        assert_eq!(contains("50%_\\x").as_deref(), Some("%50\\%\\_\\\\x%"));
        assert_eq!(contains("a\0b"), None);
    }
}

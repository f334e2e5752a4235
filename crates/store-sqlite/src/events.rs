use crate::{
    error::Fault,
    event_updates, schema,
    session::SqliteSession,
    store::Sqlite,
    ticket_types,
    values::{count, micros, micros_opt, sats, timestamp, timestamp_opt},
};
use async_trait::async_trait;
use box_office::DomainEvent;
use diesel::{prelude::*, sql_types::Text, sqlite::SqliteConnection};
use events::{
    Event, EventDetails, EventQuery, EventReader, EventUpdate, EventWriter, KnownEvent, NewEvent,
    NewTicketType, Zone,
};
use kernel::{EventId, EventUpdateId, Page, StoreError, TicketId};
use schema::events::{dsl, table};

/// Limits the words of a search text.
const MAX_WORDS: usize = 32;

diesel::define_sql_function! {
    /// 1-based position of `needle` in `haystack`, 0 if absent. Unlike LIKE, it has no wildcards.
    fn instr(haystack: Text, needle: Text) -> BigInt;
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = schema::events)]
pub(crate) struct EventRow {
    pub(crate) id: i64,
    title: String,
    description: String,
    start_time: i64,
    end_time: i64,
    capacity: i64,
    price_sats: i64,
    stream_url: String,
    is_active: bool,
    cancelled_at: Option<i64>,
    seats_taken: i64,
    created_at: i64,
    updated_at: i64,
    time_zone: String,
    price_changed_at: Option<i64>,
    network_limit: Option<i64>,
    host_name: String,
    contact: String,
    tags: String,
    replay_until: Option<i64>,
    gated: bool,
}

impl TryFrom<EventRow> for Event {
    type Error = Fault;
    fn try_from(row: EventRow) -> Result<Self, Fault> {
        Ok(Self {
            id: EventId::new(row.id),
            title: row.title,
            description: row.description,
            start_time: timestamp(row.start_time)?,
            end_time: timestamp(row.end_time)?,
            time_zone: Zone::parse(&row.time_zone)
                .map_err(|_| Fault::corrupt(format!("time zone {:?}", row.time_zone)))?,
            capacity: count(row.capacity)?,
            price: sats(row.price_sats)?,
            stream_url: row.stream_url,
            is_active: row.is_active,
            cancelled_at: timestamp_opt(row.cancelled_at)?,
            created_at: timestamp(row.created_at)?,
            updated_at: timestamp(row.updated_at)?,
            seats_taken: count(row.seats_taken)?,
            price_changed_at: timestamp_opt(row.price_changed_at)?,
            network_limit: row.network_limit.map(count).transpose()?,
            details: EventDetails {
                host_name: row.host_name,
                contact: row.contact,
                tags: row.tags.lines().map(str::to_owned).collect(),
                replay_until: timestamp_opt(row.replay_until)?,
                gated: row.gated,
            },
        })
    }
}

type Filtered<'a> = schema::events::BoxedQuery<'a, diesel::sqlite::Sqlite>;

fn filtered(query: &EventQuery) -> Filtered<'static> {
    let mut rows = table.into_boxed();
    if query.active_only {
        rows = rows.filter(dsl::is_active.eq(true).and(dsl::cancelled_at.is_null()));
    }
    match query.free {
        Some(true) => rows = rows.filter(dsl::price_sats.eq(0)),
        Some(false) => rows = rows.filter(dsl::price_sats.gt(0)),
        None => (),
    }
    if let Some(price) = query.max_price {
        rows = rows.filter(dsl::price_sats.le(price.to_i64()));
    }
    if let Some(end) = query.ends_after {
        rows = rows.filter(dsl::end_time.gt(micros(end)));
    }
    if let Some(start) = query.starts_before {
        rows = rows.filter(dsl::start_time.lt(micros(start)));
    }
    if let Some(end) = query.ended_by {
        rows = rows.filter(dsl::end_time.le(micros(end)));
    }
    for word in query.text.as_deref().unwrap_or_default().to_lowercase().split_whitespace().take(MAX_WORDS) {
        rows = rows.filter(instr(dsl::search_text, word.to_owned()).gt(0));
    }
    rows
}

fn search_text(title: &str, description: &str) -> String {
    format!("{title}\n{description}").to_lowercase()
}

pub(crate) fn find(connection: &mut SqliteConnection, id: EventId) -> Result<Option<Event>, Fault> {
    let row = table.find(id.get()).select(EventRow::as_select()).get_result(connection).optional()?;
    row.map(Event::try_from).transpose()
}

fn page(connection: &mut SqliteConnection, query: &EventQuery, page: Page) -> Result<Vec<Event>, Fault> {
    let rows = filtered(query);
    let sorted = if query.ended_by.is_some() {
        rows.order((dsl::start_time.desc(), dsl::id.desc()))
    } else {
        rows.order((dsl::start_time, dsl::id))
    };
    let rows = sorted
        .limit(page.limit().into())
        .offset(page.offset().into())
        .select(EventRow::as_select())
        .load(connection)?;
    rows.into_iter().map(Event::try_from).collect()
}

fn add(connection: &mut SqliteConnection, event: &NewEvent) -> Result<Event, Fault> {
    diesel::insert_into(table)
        .values((
            dsl::title.eq(&event.title),
            dsl::description.eq(&event.description),
            dsl::start_time.eq(micros(event.start_time)),
            dsl::end_time.eq(micros(event.end_time)),
            dsl::time_zone.eq(event.time_zone.name()),
            dsl::capacity.eq(i64::from(event.capacity)),
            dsl::price_sats.eq(event.price.to_i64()),
            dsl::stream_url.eq(&event.stream_url),
            dsl::network_limit.eq(event.network_limit.map(i64::from)),
            dsl::host_name.eq(&event.details.host_name),
            dsl::contact.eq(&event.details.contact),
            dsl::tags.eq(event.details.tags.join("\n")),
            dsl::replay_until.eq(micros_opt(event.details.replay_until)),
            dsl::gated.eq(event.details.gated),
            dsl::search_text.eq(search_text(&event.title, &event.description)),
            dsl::created_at.eq(micros(event.created_at)),
            dsl::updated_at.eq(micros(event.created_at)),
        ))
        .returning(EventRow::as_returning())
        .get_result(connection)?
        .try_into()
}

fn put(connection: &mut SqliteConnection, event: &Event) -> Result<(), Fault> {
    let rows = diesel::update(table.find(event.id.get()))
        .set((
            dsl::title.eq(&event.title),
            dsl::description.eq(&event.description),
            dsl::start_time.eq(micros(event.start_time)),
            dsl::end_time.eq(micros(event.end_time)),
            dsl::time_zone.eq(event.time_zone.name()),
            dsl::capacity.eq(i64::from(event.capacity)),
            dsl::price_sats.eq(event.price.to_i64()),
            dsl::stream_url.eq(&event.stream_url),
            dsl::is_active.eq(event.is_active),
            dsl::cancelled_at.eq(micros_opt(event.cancelled_at)),
            dsl::seats_taken.eq(i64::from(event.seats_taken)),
            dsl::price_changed_at.eq(micros_opt(event.price_changed_at)),
            dsl::network_limit.eq(event.network_limit.map(i64::from)),
            dsl::host_name.eq(&event.details.host_name),
            dsl::contact.eq(&event.details.contact),
            dsl::tags.eq(event.details.tags.join("\n")),
            dsl::replay_until.eq(micros_opt(event.details.replay_until)),
            dsl::gated.eq(event.details.gated),
            dsl::search_text.eq(search_text(&event.title, &event.description)),
            dsl::created_at.eq(micros(event.created_at)),
            dsl::updated_at.eq(micros(event.updated_at)),
        ))
        .execute(connection)?;
    if rows == 1 { Ok(()) } else { Err(Fault::corrupt(format!("event {} does not exist", event.id))) }
}

/// Writes only the seat counter, for batches of holds.
pub(crate) fn put_seats(connection: &mut SqliteConnection, event: &Event) -> Result<(), Fault> {
    diesel::update(table.find(event.id.get()))
        .set(dsl::seats_taken.eq(i64::from(event.seats_taken)))
        .execute(connection)?;
    Ok(())
}

fn delete(connection: &mut SqliteConnection, id: EventId) -> Result<bool, Fault> {
    use schema::{tickets, uma_request_invoices as invoices};
    let tickets = tickets::table.filter(tickets::event_id.eq(id.get()));
    let invoices = invoices::table.filter(invoices::event_id.eq(id.get()));
    let used = diesel::dsl::exists(tickets).or(diesel::dsl::exists(invoices));
    if diesel::select(used).get_result(connection)? {
        return Ok(false);
    }
    Ok(diesel::delete(table.find(id.get())).execute(connection)? == 1)
}

#[async_trait]
impl EventReader for Sqlite {
    async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        self.read(move |connection| find(connection, id)).await
    }

    async fn events(&self, query: &EventQuery, window: Page) -> Result<Vec<Event>, StoreError> {
        let query = query.clone();
        self.read(move |connection| page(connection, &query, window)).await
    }

    async fn count_events(&self, query: &EventQuery) -> Result<u64, StoreError> {
        let query = query.clone();
        let count =
            self.read(move |connection| Ok(filtered(&query).count().get_result::<i64>(connection)?)).await?;
        Ok(crate::values::large_count(count)?)
    }

    async fn event_update(&self, ticket: TicketId) -> Result<Option<EventUpdate>, StoreError> {
        self.read(move |connection| event_updates::of_ticket(connection, ticket)).await
    }
}

#[async_trait]
impl EventWriter for SqliteSession {
    async fn event_for_update(&mut self, id: EventId) -> Result<Option<Event>, StoreError> {
        // The session holds the database's write lock.
        self.run(move |connection, _| find(connection, id)).await
    }

    async fn add_event(&mut self, event: &NewEvent) -> Result<Event, StoreError> {
        let event = event.clone();
        self.run(move |connection, domain_events| {
            let event = add(connection, &event)?;
            let first = NewTicketType::general_admission(event.id, event.price, event.created_at);
            ticket_types::add(connection, &first)?;
            domain_events.add(DomainEvent::Event(event.id));
            Ok(event)
        })
        .await
    }

    async fn put_event(&mut self, event: &Event) -> Result<(), StoreError> {
        let event = event.clone();
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::Event(event.id));
            put(connection, &event)
        })
        .await
    }

    async fn delete_event(&mut self, id: EventId) -> Result<bool, StoreError> {
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::Event(id));
            delete(connection, id)
        })
        .await
    }

    async fn add_event_updates(&mut self, event: EventId, known: &KnownEvent) -> Result<u64, StoreError> {
        let known = known.clone();
        self.run(move |connection, _| event_updates::add(connection, event, &known)).await
    }

    async fn take_event_updates(
        &mut self,
        event: EventId,
        limit: u32,
    ) -> Result<Vec<(EventUpdateId, TicketId)>, StoreError> {
        self.run(move |connection, _| event_updates::take(connection, event, limit)).await
    }

    async fn end_event_update(
        &mut self,
        update: EventUpdateId,
        known: Option<&KnownEvent>,
    ) -> Result<(), StoreError> {
        let known = known.cloned();
        self.run(move |connection, _| event_updates::end(connection, update, known.as_ref())).await
    }
}

use crate::{
    error::Fault,
    schema::{tickets, watch_sessions, watch_viewers, watched_events},
    session::SqliteSession,
    store::Sqlite,
    values::{micros, micros_opt, parse_word, timestamp_opt},
};
use ::tickets::{Ticket, TicketStatus};
use async_trait::async_trait;
use box_office::{
    Announcement, DomainEvent, ViewerCount, ViewerTotal, WatchReader, WatchSessionId, WatchState, WatchWriter,
};
use diesel::{prelude::*, sqlite::SqliteConnection};
use kernel::{EventId, Locked, StoreError, TicketId, Timestamp};
use std::collections::HashMap;

type StateRow = (i64, i64, String, Option<Vec<u8>>);

fn state((id, event, status, session): StateRow) -> Result<(i64, WatchState), Fault> {
    let session = session.map(|bytes| <[u8; 16]>::try_from(bytes).map(WatchSessionId)).transpose();
    let state = WatchState {
        event_id: EventId::new(event),
        status: parse_word(TicketStatus::parse, &status)?,
        session: session.map_err(|_| Fault::corrupt(format!("watch session of ticket {id}")))?,
    };
    Ok((id, state))
}

fn count(connection: &mut SqliteConnection, count: ViewerCount) -> Result<ViewerTotal, Fault> {
    let ViewerCount { event, process, viewers, at, since } = count;
    diesel::replace_into(watch_viewers::table)
        .values((
            watch_viewers::event_id.eq(event.get()),
            watch_viewers::process.eq(process),
            watch_viewers::viewers.eq(i64::from(viewers)),
            watch_viewers::counted_at.eq(micros(at)),
        ))
        .execute(connection)?;
    let of_event = watch_viewers::table.filter(watch_viewers::event_id.eq(event.get()));
    diesel::delete(of_event.filter(watch_viewers::counted_at.lt(micros(since)))).execute(connection)?;
    let counts: Vec<i64> = of_event.select(watch_viewers::viewers).load(connection)?;
    let now = counts.into_iter().fold(0_i64, i64::saturating_add);
    let row = watched_events::table.find(event.get());
    let before: Option<i64> = row.select(watched_events::peak).get_result(connection).optional()?;
    let peak = before.unwrap_or_default().max(now);
    diesel::insert_into(watched_events::table)
        .values((watched_events::event_id.eq(event.get()), watched_events::peak.eq(peak)))
        .on_conflict(watched_events::event_id)
        .do_update()
        .set(watched_events::peak.eq(peak))
        .execute(connection)?;
    let viewers = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(ViewerTotal { now: viewers(now), peak: viewers(peak) })
}

fn announce(
    connection: &mut SqliteConnection,
    event: EventId,
    announcement: Option<Announcement>,
) -> Result<(), Fault> {
    let (text, at) = announcement.map(|one| (one.text, one.at)).unzip();
    diesel::insert_into(watched_events::table)
        .values((
            watched_events::event_id.eq(event.get()),
            watched_events::announcement.eq(&text),
            watched_events::announced_at.eq(micros_opt(at)),
            watched_events::peak.eq(0),
        ))
        .on_conflict(watched_events::event_id)
        .do_update()
        .set((watched_events::announcement.eq(&text), watched_events::announced_at.eq(micros_opt(at))))
        .execute(connection)?;
    Ok(())
}

#[async_trait]
impl WatchReader for Sqlite {
    async fn watch_states(&self, ids: &[TicketId]) -> Result<Vec<Option<WatchState>>, StoreError> {
        let ids = ids.to_vec();
        self.read(move |connection| {
            let rows: Vec<StateRow> = tickets::table
                .left_join(watch_sessions::table.on(watch_sessions::ticket_id.eq(tickets::id)))
                .filter(tickets::id.eq_any(ids.iter().map(|id| id.get())))
                .select((
                    tickets::id,
                    tickets::event_id,
                    tickets::payment_status,
                    watch_sessions::session.nullable(),
                ))
                .load(connection)?;
            let states: HashMap<i64, WatchState> = rows.into_iter().map(state).collect::<Result<_, _>>()?;
            Ok(ids.iter().map(|id| states.get(&id.get()).copied()).collect())
        })
        .await
    }

    async fn announcement(&self, event: EventId) -> Result<Option<Announcement>, StoreError> {
        self.read(move |connection| {
            let row: Option<(Option<String>, Option<i64>)> = watched_events::table
                .find(event.get())
                .select((watched_events::announcement, watched_events::announced_at))
                .get_result(connection)
                .optional()?;
            let Some((Some(text), at)) = row else { return Ok(None) };
            Ok(timestamp_opt(at)?.map(|at| Announcement { text, at }))
        })
        .await
    }

    async fn count_viewers(&self, of_process: &ViewerCount) -> Result<ViewerTotal, StoreError> {
        let of_process = *of_process;
        self.write(move |connection, _| count(connection, of_process)).await
    }
}

#[async_trait]
impl WatchWriter for SqliteSession {
    async fn put_watch_session(
        &mut self,
        ticket: &Locked<Ticket>,
        session: WatchSessionId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = ticket.id;
        self.run(move |connection, domain_events| {
            diesel::replace_into(watch_sessions::table)
                .values((
                    watch_sessions::ticket_id.eq(id.get()),
                    watch_sessions::session.eq(session.0.as_slice()),
                    watch_sessions::opened_at.eq(micros(now)),
                ))
                .execute(connection)?;
            domain_events.add(DomainEvent::Ticket(id));
            Ok(())
        })
        .await
    }

    async fn put_announcement(
        &mut self,
        event: EventId,
        announcement: Option<&Announcement>,
    ) -> Result<(), StoreError> {
        let announcement = announcement.cloned();
        self.run(move |connection, domain_events| {
            domain_events.add(DomainEvent::Watch(event));
            announce(connection, event, announcement)
        })
        .await
    }

    async fn notify_viewers(&mut self, event: EventId) -> Result<(), StoreError> {
        self.run(move |_, domain_events| {
            domain_events.add(DomainEvent::Watch(event));
            Ok(())
        })
        .await
    }
}

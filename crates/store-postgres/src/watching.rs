use crate::{
    Postgres,
    error::{corrupt, store_error},
    schema::{tickets as t, watch_sessions as s, watch_viewers as v, watched_events as e},
    session::PgSession,
};
use async_trait::async_trait;
use box_office::{
    Announcement, DomainEvent, ViewerCount, ViewerTotal, WatchReader, WatchSessionId, WatchState, WatchWriter,
};
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl, delete,
    dsl::sum,
    insert_into, sql_query,
    sql_types::{BigInt, Integer},
};
use diesel_async::{AsyncConnection, RunQueryDsl};
use kernel::{EventId, Locked, StoreError, TicketId, Timestamp};
use std::collections::HashMap;
use tickets::{Ticket, TicketStatus};

type StateRow = (i64, i64, String, Option<Vec<u8>>);

fn state((id, event, status, session): StateRow) -> Result<(i64, WatchState), StoreError> {
    let bad = |what: &str| corrupt("watch session", id, what);
    let session = session.map(|bytes| <[u8; 16]>::try_from(bytes).map(WatchSessionId)).transpose();
    let state = WatchState {
        event_id: EventId::new(event),
        status: TicketStatus::parse(&status).ok_or_else(|| bad(&status))?,
        session: session.map_err(|_| bad("session"))?,
    };
    Ok((id, state))
}

#[derive(diesel::QueryableByName)]
struct Peak {
    #[diesel(sql_type = Integer)]
    peak: i32,
}

#[async_trait]
impl WatchReader for Postgres {
    async fn watch_states(&self, tickets: &[TicketId]) -> Result<Vec<Option<WatchState>>, StoreError> {
        let ids: Vec<i64> = tickets.iter().map(|id| id.get()).collect();
        let rows: Vec<StateRow> = t::table
            .left_join(s::table.on(s::ticket_id.eq(t::id)))
            .filter(t::id.eq_any(ids))
            .select((t::id, t::event_id, t::payment_status, s::session.nullable()))
            .load(&mut *self.connection().await?)
            .await
            .map_err(store_error)?;
        let states: HashMap<i64, WatchState> = rows.into_iter().map(state).collect::<Result<_, _>>()?;
        Ok(tickets.iter().map(|id| states.get(&id.get()).copied()).collect())
    }

    async fn announcement(&self, event: EventId) -> Result<Option<Announcement>, StoreError> {
        let row: Option<(Option<String>, Option<Timestamp>)> = e::table
            .find(event.get())
            .select((e::announcement, e::announced_at))
            .first(&mut *self.connection().await?)
            .await
            .optional()
            .map_err(store_error)?;
        Ok(row.and_then(|(text, at)| Some(Announcement { text: text?, at: at? })))
    }

    async fn count_viewers(&self, count: &ViewerCount) -> Result<ViewerTotal, StoreError> {
        let ViewerCount { event, process, viewers, at, since } = *count;
        let viewers = i32::try_from(viewers).unwrap_or(i32::MAX);
        let mut connection = self.connection().await?;
        let counted = connection.transaction::<_, diesel::result::Error, _>(async |db| {
            let own = (v::event_id.eq(event.get()), v::process.eq(process), v::viewers.eq(viewers), v::counted_at.eq(at));
            insert_into(v::table)
                .values(own)
                .on_conflict((v::event_id, v::process))
                .do_update()
                .set((v::viewers.eq(viewers), v::counted_at.eq(at)))
                .execute(db)
                .await?;
            delete(v::table.filter(v::event_id.eq(event.get())).filter(v::counted_at.lt(since))).execute(db).await?;
            let now: Option<i64> =
                v::table.filter(v::event_id.eq(event.get())).select(sum(v::viewers)).first(db).await?;
            let now = i32::try_from(now.unwrap_or_default()).unwrap_or(i32::MAX);
            let raise = "INSERT INTO watched_events (event_id, peak) VALUES ($1, $2) \
                ON CONFLICT (event_id) DO UPDATE SET peak = greatest(watched_events.peak, excluded.peak) RETURNING peak";
            let raised = sql_query(raise).bind::<BigInt, _>(event.get()).bind::<Integer, _>(now);
            let Peak { peak } = raised.get_result(db).await?;
            Ok((now, peak))
        });
        let (now, peak) = counted.await.map_err(store_error)?;
        Ok(ViewerTotal { now: now.unsigned_abs(), peak: peak.unsigned_abs() })
    }
}

#[async_trait]
impl WatchWriter for PgSession {
    async fn put_watch_session(
        &mut self,
        ticket: &Locked<Ticket>,
        session: WatchSessionId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, session) = (ticket.id, session.0);
        insert_into(s::table)
            .values((s::ticket_id.eq(id.get()), s::session.eq(session.as_slice()), s::opened_at.eq(now)))
            .on_conflict(s::ticket_id)
            .do_update()
            .set((s::session.eq(session.as_slice()), s::opened_at.eq(now)))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        self.publish_on_commit(DomainEvent::Ticket(id));
        Ok(())
    }

    async fn put_announcement(
        &mut self,
        event: EventId,
        announcement: Option<&Announcement>,
    ) -> Result<(), StoreError> {
        let (text, at) = (announcement.map(|one| one.text.as_str()), announcement.map(|one| one.at));
        insert_into(e::table)
            .values((
                e::event_id.eq(event.get()),
                e::announcement.eq(text),
                e::announced_at.eq(at),
                e::peak.eq(0),
            ))
            .on_conflict(e::event_id)
            .do_update()
            .set((e::announcement.eq(text), e::announced_at.eq(at)))
            .execute(self.db())
            .await
            .map_err(store_error)?;
        self.publish_on_commit(DomainEvent::Watch(event));
        Ok(())
    }

    async fn notify_viewers(&mut self, event: EventId) -> Result<(), StoreError> {
        self.publish_on_commit(DomainEvent::Watch(event));
        Ok(())
    }
}

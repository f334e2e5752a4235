//! Emails to ticket holders about a changed event. What a holder knows is kept with the edit, so that several edits before the
//! email goes out are one email with the newest state.

use crate::{BoxOffice, Job, JobEnd, MailStamp, NewJob, Session, Task, TicketView};
use events::{Event, EventChanges, EventUpdate};
use kernel::{EventId, StoreError, TicketId, Timestamp};
use payments::Notice;
use tickets::TicketStatus;

/// Emails enqueued in one transaction.
const EMAILS_PER_PAGE: u32 = 100;

/// Keeps what the holders of paid tickets know of an event that is being changed, and enqueues their emails. The caller has locked
/// the event.
pub(crate) async fn announce_changes(
    session: &mut dyn Session,
    before: &Event,
    after: &Event,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = before.known();
    if known.changes(after, now).is_none() || session.add_event_updates(after.id, &known).await? == 0 {
        return Ok(());
    }
    // One job per edit: a running one may have read its last page already.
    let key = Some(format!("announce-event/{}/{}", after.id, after.updated_at.timestamp_micros()));
    session.enqueue(&NewJob { task: Task::AnnounceEvent { event_id: after.id }, run_at: now, key }).await
}

impl BoxOffice {
    /// Enqueues a page of emails about a changed event.
    pub(crate) async fn announce_event(&self, event: EventId) -> Result<JobEnd, StoreError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let updates = session.take_event_updates(event, EMAILS_PER_PAGE).await?;
        if updates.is_empty() {
            session.rollback().await?;
            return Ok(JobEnd::Done);
        }
        for (update, ticket_id) in updates {
            let key = Some(format!("event-update/{update}"));
            let task = Task::MailEventUpdate { ticket_id };
            session.enqueue(&NewJob { task, run_at: now, key }).await?;
        }
        session.commit().await?;
        Ok(JobEnd::Retry { at: now, error: None })
    }

    /// Notifies a ticket's holder of what they do not know yet of the event.
    pub(crate) async fn mail_event_update(&self, job: &Job, ticket: TicketId) -> Result<JobEnd, StoreError> {
        let Some(update) = self.store().event_update(ticket).await? else { return Ok(JobEnd::Done) };
        // Not from the cache: what is sent must be at least as new as the edit that enqueued it.
        let Some(view) = self.store().ticket_view(ticket).await? else { return Ok(JobEnd::Done) };
        let Some(changes) = unannounced(&update, &view, self.now()) else {
            return self.end_event_update(&update, &view, JobEnd::Done).await;
        };
        let stamp = MailStamp::of(job);
        let changed_at = view.event.updated_at;
        let stamp = MailStamp {
            // A job sends another email when the event changed once more meanwhile.
            id: format!("{}-{}", stamp.id, changed_at.timestamp_micros()),
            at: stamp.at.max(changed_at),
        };
        let EventChanges { title, times, link } = changes;
        let notice = Notice::EventChanged { title, times, link };
        match self.send_notice(job, &view, &notice, &stamp).await? {
            again @ JobEnd::Retry { .. } => Ok(again),
            end => {
                let told = EventUpdate { known: view.event.known(), ..update };
                self.end_event_update(&told, &view, end).await
            }
        }
    }

    /// Ends an update with its job, unless the event changed again since `view` was read.
    async fn end_event_update(
        &self,
        update: &EventUpdate,
        view: &TicketView,
        end: JobEnd,
    ) -> Result<JobEnd, StoreError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let event = session.event_for_update(view.event.id).await?;
        let view = event.map(|event| TicketView { event, ..view.clone() });
        let more = view.is_some_and(|view| unannounced(update, &view, now).is_some());
        session.end_event_update(update.id, more.then_some(&update.known)).await?;
        session.commit().await?;
        Ok(if more { JobEnd::Retry { at: now, error: None } } else { end })
    }
}

/// What the holder of a valid ticket does not know yet.
fn unannounced(update: &EventUpdate, view: &TicketView, now: Timestamp) -> Option<EventChanges> {
    let valid = view.ticket.status == TicketStatus::Paid;
    update.known.changes(&view.event, now).filter(|_| valid)
}

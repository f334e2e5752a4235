//! Emails to ticket holders about a changed event. The state that holders were last notified of is stored with the edit, so that
//! several edits before the email result in one email with the newest state.

use crate::{BoxOffice, Job, JobEnd, MailStamp, NewJob, Session, Task, TicketView};
use events::{Event, EventChanges, EventUpdate};
use kernel::{EventId, StoreError, TicketId, Timestamp};
use payments::Notice;
use tickets::TicketStatus;

/// Emails enqueued per transaction.
const EMAILS_PER_PAGE: u32 = 100;

/// Stores the state that holders of paid tickets were notified of, and enqueues their emails. The caller holds the event's lock.
pub(crate) async fn enqueue_event_updates(
    session: &mut dyn Session,
    before: &Event,
    after: &Event,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = before.known();
    if known.changes(after, now).is_none() || session.add_event_updates(after.id, &known).await? == 0 {
        return Ok(());
    }
    // One job per edit: a running job may already have read its last page.
    let key = Some(format!("announce-event/{}/{}", after.id, after.updated_at.timestamp_micros()));
    session.enqueue(&NewJob { task: Task::AnnounceEvent { event_id: after.id }, run_at: now, key }).await
}

impl BoxOffice {
    /// Enqueues a page of emails about a changed event.
    pub(crate) async fn enqueue_update_emails(&self, event: EventId) -> Result<JobEnd, StoreError> {
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

    /// Notifies a ticket's holder of the changes since the last notification.
    pub(crate) async fn send_event_update(&self, job: &Job, ticket: TicketId) -> Result<JobEnd, StoreError> {
        let Some(update) = self.store().event_update(ticket).await? else { return Ok(JobEnd::Done) };
        // Not from the cache: the email must be at least as new as the edit that enqueued it.
        let Some(view) = self.store().ticket_view(ticket).await? else { return Ok(JobEnd::Done) };
        let Some(changes) = unannounced(&update, &view, self.now()) else {
            return self.end_event_update(&update, &view, JobEnd::Done).await;
        };
        let stamp = MailStamp::of(job);
        let changed_at = view.event.updated_at;
        let stamp = MailStamp {
            // The id includes the edit: the same job may send a second email after another edit.
            id: format!("{}-{}", stamp.id, changed_at.timestamp_micros()),
            at: stamp.at.max(changed_at),
        };
        let EventChanges { title, times, link } = changes;
        let notice = Notice::EventChanged { title, times, link };
        match self.send_notice(job, &view, &notice, &stamp).await? {
            again @ JobEnd::Retry { .. } => Ok(again),
            end => {
                let sent = EventUpdate { known: view.event.known(), ..update };
                self.end_event_update(&sent, &view, end).await
            }
        }
    }

    /// Deletes an update with the end of its job, unless the event changed again since `view` was read.
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

/// Changes that the holder of a valid ticket was not notified of yet.
fn unannounced(update: &EventUpdate, view: &TicketView, now: Timestamp) -> Option<EventChanges> {
    let valid = view.ticket.status == TicketStatus::Paid;
    update.known.changes(&view.event, now).filter(|_| valid)
}

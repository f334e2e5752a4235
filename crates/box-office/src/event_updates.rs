//! Emails to ticket holders about a changed event. The state that holders were last notified of is stored with the edit, so that
//! several edits before the email result in one email with the newest state.

use crate::{
    BoxOffice, HolderNotice, Job, JobEnd, MailStamp, NewJob, OrderedTicket, Session, Task, TicketView,
    holder_mail::enqueue_holder_notices,
};
use events::{Event, EventChanges, EventUpdate};
use kernel::{EventId, StoreError, TicketId, Timestamp};
use payments::Notice;
use tickets::TicketStatus;

/// Emails enqueued per transaction.
const EMAILS_PER_PAGE: u32 = 100;

/// Stores the state that buyers and holders of paid tickets were notified of, and enqueues their emails. The caller holds the
/// event's lock.
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

    /// Notifies the recipients of a ticket's update of the changes since the last notification.
    pub(crate) async fn send_event_update(&self, job: &Job, ticket: TicketId) -> Result<JobEnd, StoreError> {
        let Some(update) = self.store().event_update(ticket).await? else { return Ok(JobEnd::Done) };
        let Some(recipients) = self.update_recipients(ticket).await? else { return Ok(JobEnd::Done) };
        let Some(changes) = recipients.unannounced(&update, &recipients.event, self.now()) else {
            return self.end_event_update(&update, &recipients, None, JobEnd::Done).await;
        };
        let stamp = MailStamp::of(job);
        let changed_at = recipients.event.updated_at;
        let stamp = MailStamp {
            // The id includes the edit: the same job may send a second email after another edit.
            id: format!("{}-{}", stamp.id, changed_at.timestamp_micros()),
            at: stamp.at.max(changed_at),
        };
        let EventChanges { title, times, link } = changes;
        let for_holder = HolderNotice::EventChanged { title: title.clone(), times, link };
        let notice = Notice::EventChanged { title, times, link };
        let end = match &recipients.buyer {
            Some(view) => self.send_notice(job, view, &notice, &stamp).await?,
            None => JobEnd::Done,
        };
        if let JobEnd::Retry { .. } = end {
            return Ok(end);
        }
        let sent = EventUpdate { known: recipients.event.known(), ..update };
        self.end_event_update(&sent, &recipients, Some(for_holder), end).await
    }

    /// Recipients of a ticket's update: the buyer if the ticket is the first of its order, with a valid ticket of the order, and the
    /// ticket's named holder. `None` if the ticket does not exist.
    async fn update_recipients(&self, ticket: TicketId) -> Result<Option<Recipients>, StoreError> {
        // Not from the cache: the email must be at least as new as the edit that enqueued it.
        let Some(view) = self.store().ticket_view(ticket).await? else { return Ok(None) };
        let event = view.event.clone();
        let is_valid = view.ticket.status == TicketStatus::Paid;
        let Some(order) = self.order_of(ticket).await? else {
            return Ok(Some(Recipients { event, buyer: Some(view).filter(|_| is_valid), holder: None }));
        };
        let holder = order.tickets.iter().find(|one| one.ticket.id == ticket && is_valid);
        let holder = holder.filter(|one| one.holder.email.is_some()).cloned();
        let is_first = order.tickets.first().is_some_and(|first| first.ticket.id == ticket);
        let valid = order.tickets.iter().find(|one| one.ticket.status == TicketStatus::Paid);
        let buyer = match valid.filter(|_| is_first) {
            Some(valid) if valid.ticket.id != ticket => self.store().ticket_view(valid.ticket.id).await?,
            Some(_) => Some(view),
            None => None,
        };
        Ok(Some(Recipients { event, buyer, holder }))
    }

    /// Deletes an update with the end of its job, unless the event changed again since it was read, and enqueues the holder's email.
    async fn end_event_update(
        &self,
        update: &EventUpdate,
        recipients: &Recipients,
        notice: Option<HolderNotice>,
        end: JobEnd,
    ) -> Result<JobEnd, StoreError> {
        let now = self.now();
        let mut session = self.store().begin().await?;
        let event = session.event_for_update(recipients.event.id).await?;
        let more = event.is_some_and(|event| recipients.unannounced(update, &event, now).is_some());
        session.end_event_update(update.id, more.then_some(&update.known)).await?;
        if let Some(notice) = notice {
            enqueue_holder_notices(&mut *session, recipients.holder.iter(), &notice, now).await?;
        }
        session.commit().await?;
        Ok(if more { JobEnd::Retry { at: now, error: None } } else { end })
    }
}

/// Recipients of the email about a changed event.
struct Recipients {
    event: Event,
    /// A valid ticket of the buyer's order.
    buyer: Option<TicketView>,
    /// The valid ticket of a named holder.
    holder: Option<OrderedTicket>,
}

impl Recipients {
    /// Changes that they were not notified of yet.
    fn unannounced(&self, update: &EventUpdate, event: &Event, now: Timestamp) -> Option<EventChanges> {
        let has_recipient = self.buyer.is_some() || self.holder.is_some();
        update.known.changes(event, now).filter(|_| has_recipient)
    }
}

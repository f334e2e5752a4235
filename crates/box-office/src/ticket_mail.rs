use crate::{
    BoxOffice, Job, JobEnd, NewJob, Outbox, Task, TicketView,
    mail_limits::{Mail, MailKind},
    order_mail::was_paid,
};
use kernel::{StoreError, TicketId, Timestamp};
use payments::{EventFacts, Notice};
use serde::{Deserialize, Serialize};
use tickets::TicketStatus;

/// Identity of an email, equal for repetitions of the same one (RFC 5322, section 3.6.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailStamp {
    /// Left part of the `Message-ID`.
    pub id: String,
    /// Time of enqueuing.
    pub at: Timestamp,
}

impl MailStamp {
    /// Stamp of a job that sends the same email on every run. Includes the time, because job ids repeat after a restore.
    pub fn of(job: &Job) -> Self {
        Self { id: format!("job-{}-{}", job.id, job.created_at.timestamp_micros()), at: job.created_at }
    }

    /// Stamp of a job that sends a different email on every run, such as one with a new link.
    pub fn of_run(job: &Job) -> Self {
        let stamp = Self::of(job);
        Self { id: format!("{}-{}", stamp.id, job.attempts), ..stamp }
    }
}

/// An email about a ticket, as stored in a job. Its JSON also has the template name in `letter`, which is all that releases
/// without [`Notice`] read and write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct TicketMail {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Content.
    pub content: MailContent,
}

/// Content of an email about a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailContent {
    /// A notice.
    Notice(Notice),
    /// Template name in a job of another release.
    Template(String),
}

#[derive(Serialize, Deserialize)]
struct Wire {
    ticket_id: TicketId,
    letter: String,
    /// An untyped value, so that a notice of a later release does not make the job unreadable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notice: Option<serde_json::Value>,
}

impl From<Wire> for TicketMail {
    fn from(wire: Wire) -> Self {
        let notice = wire.notice.and_then(|notice| serde_json::from_value(notice).ok());
        let content = notice.map_or(MailContent::Template(wire.letter), MailContent::Notice);
        Self { ticket_id: wire.ticket_id, content }
    }
}

impl From<TicketMail> for Wire {
    fn from(mail: TicketMail) -> Self {
        let (letter, notice) = match mail.content {
            MailContent::Notice(notice) => {
                (notice.template_name().to_owned(), serde_json::to_value(notice).ok())
            }
            MailContent::Template(name) => (name, None),
        };
        Self { ticket_id: mail.ticket_id, letter, notice }
    }
}

impl TicketMail {
    /// The notice to send, if it still applies: a job may run long after the transition that enqueued it.
    pub fn current(&self, view: &TicketView) -> Option<Notice> {
        let event = EventFacts { seat_free: false, cancelled: view.event.cancelled_at.is_some() };
        let notice = match &self.content {
            MailContent::Notice(notice) => notice.clone(),
            MailContent::Template(name) => {
                let payment = view.payment.as_ref().map(|payment| &payment.state);
                Notice::from_template_name(name, payment, event)?
            }
        };
        let status = view.ticket.status;
        let applies = match notice {
            Notice::TicketIssued => status == TicketStatus::Paid,
            Notice::OrderExpired { .. } | Notice::OrderFailed { .. } => !status.takes_seat(),
            _ => true,
        };
        applies.then_some(notice)
    }
}

impl Task {
    /// Task that notifies a ticket's buyer by email.
    pub const fn notify(ticket_id: TicketId, notice: Notice) -> Self {
        Self::Mail(TicketMail { ticket_id, content: MailContent::Notice(notice) })
    }
}

/// Enqueues the emails of a transition in its transaction.
pub(crate) async fn enqueue_notices(
    outbox: &mut dyn Outbox,
    ticket: TicketId,
    notices: impl IntoIterator<Item = Notice, IntoIter: Send>,
    now: Timestamp,
) -> Result<(), StoreError> {
    for notice in notices {
        outbox.enqueue(&NewJob { task: Task::notify(ticket, notice), run_at: now, key: None }).await?;
    }
    Ok(())
}

impl BoxOffice {
    pub(crate) async fn send_ticket_email(&self, job: &Job, mail: &TicketMail) -> Result<JobEnd, StoreError> {
        if self.dependencies.mailer.is_none() {
            return Ok(JobEnd::Done);
        }
        let Some(view) = self.ticket_view(mail.ticket_id).await? else { return Ok(JobEnd::Done) };
        let Some(notice) = mail.current(&view) else { return Ok(JobEnd::Done) };
        if notice == Notice::TicketIssued
            && let Some(order) = self.store().order_of_ticket(view.ticket.id).await?
        {
            return self.send_issued_order(job, &view, order).await;
        }
        self.send_notice(job, &view, &notice, &MailStamp::of(job)).await
    }

    /// Sends a notice to the ticket's buyer within the limits of the address. Without an address nothing is sent.
    pub(crate) async fn send_notice(
        &self,
        job: &Job,
        view: &TicketView,
        notice: &Notice,
        stamp: &MailStamp,
    ) -> Result<JobEnd, StoreError> {
        let Some(mailer) = &self.dependencies.mailer else { return Ok(JobEnd::Done) };
        let Some(to) = self.recipient(view).await? else { return Ok(JobEnd::Done) };
        // A buyer who paid gets every email. For a free ticket the address may be another person's.
        let kind = if was_paid(view) { MailKind::Paid } else { MailKind::Other };
        let limited = Mail { kind, to: &to.email, proved: to.proved, network: None };
        if let Some(end) = self.limit_mail(job, limited).await? {
            return Ok(end);
        }
        Ok(self.email_sent(job, mailer.send(&to, notice, view, stamp).await))
    }
}

//! Emails to the people that tickets are for.

use crate::{
    BoxOffice, Job, JobEnd, NewJob, OrderEmail, OrderedTicket, Outbox, Recipient, Session, Task,
    account_email::address_tag, mail_limits::MailKind,
};
use identity::Email;
use kernel::{Language, StoreError, TicketId, Timestamp};
use serde::{Deserialize, Serialize};
use tickets::TicketStatus;

/// What happened to a ticket, without the money of its order, which is not the holder's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HolderNotice {
    /// The organiser changed the event; the fields of [`payments::Notice::EventChanged`].
    EventChanged {
        /// Former title, if it changed.
        title: Option<String>,
        /// Former start and end, if one of them changed.
        times: Option<(Timestamp, Timestamp)>,
        /// Whether the stream's address changed.
        link: bool,
    },
    /// The organiser revoked the ticket.
    Revoked,
    /// The buyer gave the ticket back.
    GivenBack,
    /// The organiser cancelled the event.
    EventCancelled,
}

impl HolderNotice {
    /// Whether the ticket stays valid.
    const fn stays_valid(&self) -> bool {
        matches!(self, Self::EventChanged { .. })
    }
}

impl Recipient {
    /// A named holder. The address is the buyer's claim, however the order was paid.
    fn holder(email: Email, language: Language) -> Self {
        Self { email, proved: false, language, tickets_page: None, order_page: None }
    }
}

/// Enqueues the emails about valid tickets to their named holders, in the transaction of the change.
pub(crate) async fn enqueue_holder_notices<'a>(
    outbox: &mut dyn Outbox,
    tickets: impl Iterator<Item = &'a OrderedTicket> + Send,
    notice: &HolderNotice,
    now: Timestamp,
) -> Result<(), StoreError> {
    for one in tickets {
        let Some(email) = one.holder.email.as_deref().and_then(|email| Email::parse(email).ok()) else {
            continue;
        };
        let (ticket_id, address) = (one.ticket.id, address_tag(&email));
        let task = Task::NotifyHolder { ticket_id, address, notice: notice.clone() };
        outbox.enqueue(&NewJob { task, run_at: now, key: None }).await?;
    }
    Ok(())
}

impl BoxOffice {
    /// Notifies a ticket's named holder. Not sent if the holder was replaced, has the buyer's address, or the notice is outdated.
    pub(crate) async fn send_holder_notice(
        &self,
        job: &Job,
        id: TicketId,
        address: &str,
        notice: &HolderNotice,
    ) -> Result<JobEnd, StoreError> {
        let Some(view) = self.store().ticket_view(id).await? else { return Ok(JobEnd::Done) };
        let to = view.holder.email.as_deref().and_then(|email| Email::parse(email).ok());
        let Some(to) = to.filter(|to| address_tag(to) == address) else { return Ok(JobEnd::Done) };
        let buyer = self.recipient(&view).await?;
        let is_valid = view.ticket.status == TicketStatus::Paid;
        if is_valid != notice.stays_valid() || buyer.is_some_and(|buyer| buyer.email == to) {
            return Ok(JobEnd::Done);
        }
        let language = self.order_of(id).await?.map(|order| order.order.buyer.language).unwrap_or_default();
        let email = OrderEmail::HolderNotice { ticket: Box::new(view), notice: notice.clone() };
        self.send_order_email(job, &Recipient::holder(to, language), MailKind::Other, &email).await
    }

    /// Enqueues the email with a ticket for its named holder.
    pub(crate) async fn enqueue_holder_email(
        &self,
        session: &mut dyn Session,
        ticket_id: TicketId,
        email: Option<&str>,
    ) -> Result<(), StoreError> {
        let Some(email) = email.and_then(|email| Email::parse(email).ok()) else { return Ok(()) };
        let address = address_tag(&email);
        let key = Some(format!("holder/{ticket_id}/{address}"));
        let task = Task::MailHolder { ticket_id, address };
        session.enqueue(&NewJob { task, run_at: self.now(), key }).await
    }

    /// Sends a ticket to its named holder, unless the ticket is not valid any more or is for another one now.
    pub(crate) async fn send_holder_email(
        &self,
        job: &Job,
        id: TicketId,
        address: &str,
    ) -> Result<JobEnd, StoreError> {
        let Some(view) = self.order_of(id).await? else { return Ok(JobEnd::Done) };
        let one = view.tickets.iter().find(|one| one.ticket.id == id);
        let Some(one) = one.filter(|one| one.ticket.status == TicketStatus::Paid) else {
            return Ok(JobEnd::Done);
        };
        let to = one.holder.email.as_deref().and_then(|email| Email::parse(email).ok());
        let Some(to) = to.filter(|to| address_tag(to) == address) else { return Ok(JobEnd::Done) };
        let Some(ticket) = self.ticket_view(id).await? else { return Ok(JobEnd::Done) };
        let types = self.ticket_types(view.order.event_id).await?;
        let named = types.iter().find(|known| known.id == one.ticket_type_id);
        let ticket_type = named.map(|one| one.name.clone()).unwrap_or_default();
        let email = OrderEmail::Holder { ticket: Box::new(ticket), ticket_type };
        self.send_order_email(job, &Recipient::holder(to, view.order.buyer.language), MailKind::Other, &email)
            .await
    }
}
